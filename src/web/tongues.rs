//! The languages of the pages: which a reader can choose, and what a page says to browsers and search engines of its own.
//! It deliberately does not know how a reader chooses; `http/languages.rs` does.

use std::collections::BTreeSet;
use std::sync::Arc;

use minijinja::{Environment, Value, context};

use crate::base::texts::Texts;

/// A language, as the number of its place in the settings. The first is the usual one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tongue(pub(super) usize);

/// One language with its templates.
pub(super) struct Spoken {
    pub texts: Arc<Texts>,
    /// Everything in this language.
    pub whole: Environment<'static>,
    /// What stands around a page in this language, the page itself in English; `None` for English.
    pub frame: Option<Environment<'static>>,
    /// The pages that are in this language by at least a half.
    pub prepared: BTreeSet<String>,
}

impl Spoken {
    pub fn has(&self, template: &str) -> bool {
        self.texts.is_english() || self.prepared.contains(template)
    }
}

/// What a page is told of languages: its own, those it can be changed to, and those that search engines find it in.
/// `here` is its address without a language, `None` where it cannot be asked for again.
pub(super) fn told(all: &[Spoken], tongue: Tongue, template: &str, here: Option<&str>) -> Value {
    let own = &all[tongue.0];
    let is_english = own.texts.is_english();
    let english = if is_english { "" } else { " lang=\"en-GB\"" };
    let content = if own.has(template) { "" } else { english };
    let code = |texts: &Texts| if texts.is_english() { "en-GB".to_owned() } else { texts.code.clone() };
    let query = |at: usize| if at == 0 { String::new() } else { format!("?lang={}", all[at].texts.code) };
    let others = all.iter().enumerate().filter(|(at, _)| *at != tongue.0).filter_map(|(_, other)| {
        let here = here?;
        let joint = if here.contains('?') { '&' } else { '?' };
        let href = format!("{here}{joint}lang={}", other.texts.code);
        Some(context! { code => code(&other.texts), name => other.texts.name.as_str(), href => href })
    });
    let found = all.iter().enumerate().filter(|(_, other)| all.len() > 1 && other.has(template));
    let found = found.map(|(at, other)| context! { code => code(&other.texts), query => query(at) });
    context! {
        language => context! {
            code => code(&own.texts),
            locale => format!("{}_GB", own.texts.code),
            // The page that a search engine should list: in English, where this language does not have it.
            query => if own.has(template) { query(tongue.0) } else { String::new() },
            content => Value::from_safe_string(content.to_owned()),
            english => Value::from_safe_string(english.to_owned()),
            others => others.collect::<Value>(),
            found => found.collect::<Value>(),
        },
    }
}
