//! Every text of pages, mails and code, in English, as `web/texts/berth.pot` lists it for translators.
//! It deliberately writes no file: a test compares, and `script/texts` renews.

use std::collections::BTreeMap;

use crate::base::texts::{self, Message};
use crate::web::{Pages, filters, said, source};

/// Every text with the templates that say it; of one that code says, `code`.
pub fn all(mails: impl Iterator<Item = (String, String)>) -> BTreeMap<Message, Vec<String>> {
    let mut all: BTreeMap<Message, Vec<String>> = BTreeMap::new();
    let mut add = |message: Message, place: &str| {
        let places = all.entry(message).or_default();
        if places.last().is_none_or(|last| last != place) {
            places.push(place.to_owned());
        }
    };
    let mut names: Vec<_> = Pages::iter().collect();
    names.sort();
    for name in names {
        let messages = source(&name).map(|source| texts::messages(&source, true)).unwrap_or_default();
        messages.into_iter().for_each(|message| add(message, &format!("pages/{name}")));
    }
    for (name, source) in mails {
        let messages = texts::messages(&source, name.ends_with(".html"));
        messages.into_iter().for_each(|message| add(message, &format!("mail/{name}")));
    }
    let (sentences, plurals) = said::all();
    for id in filters::labels().into_iter().chain(sentences) {
        add(Message { id: id.to_owned(), plural: None }, "code");
    }
    for plural in plurals {
        add(Message { id: plural.0.to_owned(), plural: Some(plural.1.to_owned()) }, "code");
    }
    all
}
