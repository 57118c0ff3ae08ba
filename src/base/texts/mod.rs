//! The one catalogue of texts: what templates and code say in English, in another language where its file in `web/texts`
//! has it (gettext's PO; the English is the key). It deliberately holds no wording and knows no page.

mod literals;
mod plural;
mod sentences;
mod source;

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use rust_embed::RustEmbed;

use crate::base::text;
use literals::Found;
use plural::Rule;
use sentences::Sentence;
use source::Piece;

/// The language that everything is written in.
pub const ENGLISH: &str = "en";

/// Attributes that people read or hear; those that begin like the last are words for a script to say.
const READ: [&str; 5] = ["title", "alt", "placeholder", "aria-label", "data-label"];
const SAID_BY_SCRIPTS: &str = "data-say-";
/// Where what is not translated is marked for screen readers.
const MARK: &str = " lang=\"en-GB\"";
/// Elements whose content is text alone, so that nothing in it can be marked.
const PLAIN: [&str; 3] = ["title", "option", "textarea"];

#[derive(RustEmbed)]
#[folder = "web/texts"]
struct Files;

/// A text with two English forms, one for 1 and one for other numbers: `{n}` is the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plural(pub &'static str, pub &'static str);

/// Something to translate, as it stands in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    pub id: String,
    pub plural: Option<String>,
}

/// What one language has.
pub struct Texts {
    /// `cy`
    pub code: String,
    /// What its speakers call it.
    pub name: String,
    words: HashMap<String, String>,
    plurals: HashMap<String, Vec<String>>,
    rule: Rule,
}

/// The languages that there are, English first.
pub fn languages() -> Vec<String> {
    let files = Files::iter();
    let mut others: Vec<String> = files.filter_map(|name| name.strip_suffix(".po").map(str::to_owned)).collect();
    others.sort();
    others.insert(0, ENGLISH.to_owned());
    others
}

impl Texts {
    pub fn english() -> Self {
        Self {
            code: ENGLISH.to_owned(),
            name: "English".to_owned(),
            words: HashMap::new(),
            plurals: HashMap::new(),
            rule: Rule::Number(0),
        }
    }

    /// The texts of a language, by its code; what is wrong with its file, or that there is none.
    pub fn of(code: &str) -> Result<Self, String> {
        if code == ENGLISH {
            return Ok(Self::english());
        }
        let file = Files::get(&format!("{code}.po")).ok_or_else(|| format!("there is no file web/texts/{code}.po"))?;
        Self::read(code, &file.data)
    }

    /// Reads a PO file. Of what is not translated wholly and rightly, the English stands.
    pub fn read(code: &str, po: &[u8]) -> Result<Self, String> {
        let catalogue = polib::po_file::parse_from_reader(po).map_err(|e| format!("{code}.po: {e}"))?;
        let rule = &catalogue.metadata.plural_rules.expr;
        let rule = Rule::parse(rule).ok_or_else(|| format!("{code}.po: {rule:?} is no rule of plurals"))?;
        let mut texts = Self { code: code.to_owned(), name: code.to_owned(), rule, ..Self::english() };
        for message in catalogue.messages().filter(|message| message.is_translated() && !message.is_fuzzy()) {
            let id = message.msgid();
            if let Ok(forms) = message.msgstr_plural() {
                // As gettext does: said without a number, it has the form for one.
                let one = usize::try_from(texts.rule.of(1)).ok().and_then(|one| forms.get(one));
                one.map(|one| texts.words.insert(id.to_owned(), one.clone()));
                texts.plurals.insert(id.to_owned(), forms.clone());
            } else if let Ok(said) = message.msgstr() {
                match message.msgctxt() {
                    Some("language") => said.clone_into(&mut texts.name),
                    Some(_) => {}
                    None => drop(texts.words.insert(id.to_owned(), said.to_owned())),
                }
            }
        }
        Ok(texts)
    }

    pub fn is_english(&self) -> bool {
        self.code == ENGLISH
    }

    /// What this language has for an English text without placeholders; the English, if it has nothing.
    pub fn say<'a>(&'a self, english: &'a str) -> &'a str {
        self.words.get(english).map_or(english, String::as_str)
    }

    /// The same with values for its placeholders.
    pub fn fill(&self, english: &str, values: &[(&str, &str)]) -> String {
        let mut said = self.say(english).to_owned();
        for (name, value) in values {
            said = said.replace(&format!("{{{name}}}"), value);
        }
        said
    }

    /// The form for a number, with the number in it.
    pub fn count(&self, number: u64, one: &str, many: &str) -> String {
        self.count_as(number, &text::grouped(number), one, many)
    }

    /// The form for a number, with the number as it is shown.
    pub fn count_as(&self, number: u64, shown: &str, one: &str, many: &str) -> String {
        let english = if number == 1 { one } else { many };
        let form = self.plurals.get(one).and_then(|forms| forms.get(usize::try_from(self.rule.of(number)).ok()?));
        form.map_or(english, String::as_str).replace("{n}", shown)
    }

    /// A template in this language. With `mark`, what it does not have is marked as English.
    pub fn translate(&self, source: &str, is_html: bool, mark: bool) -> String {
        if self.is_english() {
            return source.to_owned();
        }
        self.sentences_of(source, is_html, mark, str::to_owned)
    }

    /// How many of the sentences of a template this language has, and how many there are.
    pub fn share(&self, source: &str) -> (usize, usize) {
        let all = messages(source, true);
        let has = |message: &Message| match message.plural {
            Some(_) => self.plurals.contains_key(&message.id),
            None => self.words.contains_key(&message.id),
        };
        (all.iter().filter(|message| has(message)).count(), all.len())
    }

    fn sentences_of(&self, source: &str, is_html: bool, mark: bool, quoted: fn(&str) -> String) -> String {
        let pieces = source::pieces(source, is_html);
        let mut dressed: Vec<Cow<'_, str>> = pieces.iter().map(|piece| self.piece(*piece)).collect();
        let mut left: Vec<Range<usize>> = Vec::new();
        for sentence in sentences::sentences(&pieces) {
            let said = self.words.get(&sentence.id).and_then(|said| fill(&sentence, said, &dressed, quoted));
            match said {
                Some(said) => {
                    let (first, last) = (pieces[sentence.pieces.start], pieces[sentence.pieces.end - 1]);
                    let said = format!("{}{said}{}", blank_before(first), blank_after(last));
                    dressed[sentence.pieces.clone()].iter_mut().for_each(|piece| *piece = Cow::Borrowed(""));
                    dressed[sentence.pieces.start] = Cow::Owned(said);
                }
                None => left.push(sentence.pieces),
            }
        }
        if mark {
            left.into_iter().for_each(|range| mark_english(&pieces, &mut dressed, range));
        }
        dressed.concat()
    }

    /// A piece with its attributes and the strings in its code in this language.
    fn piece<'s>(&self, piece: Piece<'s>) -> Cow<'s, str> {
        match piece {
            Piece::Text(raw) | Piece::Break(raw) => Cow::Borrowed(raw),
            Piece::Expression(raw) | Piece::Statement(raw) => self.code(raw),
            Piece::Tag(raw) => {
                let mut said = String::new();
                let mut at = 0;
                for range in source::attributes(raw, is_read) {
                    said.push_str(&raw[at..range.start]);
                    said.push_str(
                        &self.sentences_of(&raw[range.clone()], false, false, |text| text.replace('"', "&quot;")),
                    );
                    at = range.end;
                }
                said.push_str(&raw[at..]);
                Cow::Owned(said)
            }
        }
    }

    fn code<'s>(&self, raw: &'s str) -> Cow<'s, str> {
        if names_others(raw) {
            return Cow::Borrowed(raw);
        }
        let mut said = String::new();
        let mut at = 0;
        for found in literals::found(raw) {
            if let Found::Words(range) = found
                && let Some(words) = self.words.get(raw[range.clone()].trim())
            {
                let old = &raw[range.clone()];
                let (before, after) = (blank_before(Piece::Text(old)), blank_after(Piece::Text(old)));
                said.push_str(&raw[at..range.start]);
                said.push_str(&format!("{before}{}{after}", escaped(words)));
                at = range.end;
            }
        }
        said.push_str(&raw[at..]);
        Cow::Owned(said)
    }
}

/// Everything in a template that people read.
pub fn messages(source: &str, is_html: bool) -> Vec<Message> {
    let pieces = source::pieces(source, is_html);
    let mut found: Vec<Message> = Vec::new();
    for sentence in sentences::sentences(&pieces) {
        found.push(Message { id: sentence.id, plural: None });
    }
    for piece in pieces {
        match piece {
            Piece::Text(_) | Piece::Break(_) => {}
            Piece::Expression(raw) | Piece::Statement(raw) if names_others(raw) => {}
            Piece::Expression(raw) | Piece::Statement(raw) => {
                found.extend(literals::found(raw).into_iter().map(|found| match found {
                    Found::Words(range) => Message { id: raw[range].trim().to_owned(), plural: None },
                    Found::Plural(one, many) => Message { id: one.to_owned(), plural: Some(many.to_owned()) },
                }));
            }
            Piece::Tag(raw) => {
                let values = source::attributes(raw, is_read).into_iter();
                found.extend(values.flat_map(|range| messages(&raw[range], false)));
            }
        }
    }
    found
}

/// Whether a translation has the placeholders of what it translates, each as often and in an order that can stand.
pub fn agrees(id: &str, said: &str) -> bool {
    let sorted = |text: &str| {
        let mut all: Vec<String> = tokens(text).into_iter().map(|range| text[range].to_owned()).collect();
        all.sort();
        all
    };
    sorted(id) == sorted(said) && is_nested(said)
}

/// The same for a form of a plural, which may leave the number out: "one home".
pub fn agrees_as_form(many: &str, said: &str) -> bool {
    agrees(&many.replace("{n}", ""), &said.replace("{n}", ""))
}

/// `{…}` and `<…>` in a message.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(['{', '<']).map(|start| at + start) {
        let end = if text[start..].starts_with('{') { '}' } else { '>' };
        at = text[start..].find(end).map_or(text.len(), |end| start + end + 1);
        found.push(start..at);
    }
    found
}

fn is_nested(said: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    let right = tokens(said).into_iter().all(|range| {
        let token = &said[range];
        if let Some(name) = token.strip_prefix("</") {
            return open.pop().is_some_and(|begun| begun.strip_prefix('<') == Some(name));
        }
        let word = token.trim_matches(|c: char| "{}".contains(c) || c.is_ascii_digit());
        if word == "end" {
            return open.pop().is_some_and(|begun| begun.starts_with("{if "));
        }
        if token.starts_with('<') || word.starts_with("if ") {
            open.push(token);
        }
        !(word == "else" || word.starts_with("else if ")) || open.last().is_some_and(|begun| begun.starts_with("{if "))
    });
    right && open.is_empty()
}

/// A sentence as a language says it, with the pieces of the template in the places of its placeholders.
fn fill(sentence: &Sentence, said: &str, dressed: &[Cow<'_, str>], quoted: fn(&str) -> String) -> Option<String> {
    if !agrees(&sentence.id, said) {
        return None;
    }
    let mut filled = String::new();
    let mut at = 0;
    for range in tokens(said) {
        let (_, piece) = sentence.slots.iter().find(|(token, _)| *token == said[range.clone()])?;
        filled.push_str(&quoted(&said[at..range.start]));
        filled.push_str(&dressed[*piece]);
        at = range.end;
    }
    filled.push_str(&quoted(&said[at..]));
    Some(filled)
}

/// As it stands in a string of MiniJinja, whichever quotes that has.
fn escaped(words: &str) -> String {
    words.replace('\\', "\\\\").replace('"', "\\\"").replace('\'', "\\'")
}

fn is_read(attribute: &str) -> bool {
    READ.contains(&attribute) || attribute.starts_with(SAID_BY_SCRIPTS)
}

/// Statements whose strings are names of templates.
fn names_others(raw: &str) -> bool {
    ["extends", "include", "from", "import", "block"].contains(&source::keyword(raw))
}

fn blank_before(piece: Piece<'_>) -> &str {
    let Piece::Text(text) = piece else { return "" };
    &text[..text.len() - text.trim_start().len()]
}

fn blank_after(piece: Piece<'_>) -> &str {
    let Piece::Text(text) = piece else { return "" };
    &text[text.trim_end().len()..]
}

/// Says to screen readers that a sentence is English: at the element that holds it alone, or around it.
fn mark_english(pieces: &[Piece<'_>], dressed: &mut [Cow<'_, str>], range: Range<usize>) {
    let is_blank = |piece: &Piece<'_>| matches!(piece, Piece::Text(text) if text.trim().is_empty());
    let before = pieces[..range.start].iter().rposition(|piece| !is_blank(piece));
    let after = pieces[range.end..].iter().position(|piece| !is_blank(piece)).map(|at| range.end + at);
    let tag = |at: Option<usize>| match pieces[at?] {
        Piece::Tag(raw) => Some(source::tag_name(raw)),
        Piece::Text(_) | Piece::Expression(_) | Piece::Statement(_) | Piece::Break(_) => None,
    };
    let (begin, end) = (tag(before), tag(after));
    let name = begin.or(end).map_or("", |(name, _)| name);
    if name.is_empty() || PLAIN.contains(&name) {
        return;
    }
    match (before, begin, end) {
        (Some(before), Some((opened, true)), Some((closed, false))) if opened == closed => {
            let element = &dressed[before];
            if !element.contains(" lang=") {
                let marked = format!("{}{MARK}>", element.trim_end_matches('>'));
                dressed[before] = Cow::Owned(marked);
            }
        }
        _ => {
            dressed[range.start] = Cow::Owned(format!("<span{MARK}>{}", dressed[range.start]));
            dressed[range.end - 1] = Cow::Owned(format!("{}</span>", dressed[range.end - 1]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "msgid \"\"\nmsgstr \"\"\n\"Plural-Forms: nplurals=3; plural=n==1 ? 0 : n==2 ? 1 : 2;\\n\"\n\n";

    fn texts(pairs: &[(&str, &str)]) -> Texts {
        let mut po = HEAD.to_owned();
        for (id, said) in pairs {
            po.push_str(&format!("msgid {id:?}\nmsgstr {said:?}\n\n"));
        }
        Texts::read("cy", po.as_bytes()).unwrap()
    }

    #[test]
    fn a_template_is_translated_where_the_language_has_it_and_marked_where_not() {
        let texts = texts(&[
            ("Read <a>the guide for {kind}</a> now.", "Nawr <a>y {kind}</a>."),
            ("Find care", "Dod o hyd i'r \"gofal\""),
            ("Page {number}", "Tudalen \"{number}\""),
        ]);
        let source = "<p>Read <a href=\"/g\">the\n guide for {{ g.kind }}</a> now.</p><h1>Find care</h1><p class=\"x\">Left</p>\
                      <li aria-label=\"Page {{ n.number }}\">{{ input(\"q\", \"Find care\") }}</li><td>One <b>x</b><br></td>";
        assert_eq!(
            texts.translate(source, true, true),
            "<p>Nawr <a href=\"/g\">y {{ g.kind }}</a>.</p><h1>Dod o hyd i'r \"gofal\"</h1><p class=\"x\" lang=\"en-GB\">Left</p>\
             <li aria-label=\"Tudalen &quot;{{ n.number }}&quot;\">{{ input(\"q\", \"Dod o hyd i\\'r \\\"gofal\\\"\") }}</li>\
             <td><span lang=\"en-GB\">One <b>x</b></span><br></td>"
        );
        assert_eq!(texts.share(source), (4, 6));
        assert_eq!(Texts::english().translate(source, true, true), source);
    }

    #[test]
    fn a_translation_without_its_placeholders_is_not_used() {
        for wrong in ["Dyma", "<a>{n}", "{n} <b>x</b>", "{n}</a><a>"] {
            let texts = texts(&[("<a>See</a> {n}.", wrong)]);
            let source = "<p><a href=\"/\">See</a> {{ n }}.</p>";
            assert_eq!(texts.translate(source, true, false), source, "{wrong}");
        }
        assert!(agrees("A{if x} b {n}{else} c{end}", "{if x}{n} b{else}c{end} A"));
        assert!(!agrees("A{if x} b{else} c{end}", "{else} A{if x} b{end} c"));
        assert!(agrees_as_form("{n} homes for <a>{x}</a>", "one home for <a>{x}</a>"));
    }

    #[test]
    fn numbers_take_the_form_that_the_language_has_for_them() {
        let po = format!(
            "{HEAD}msgid \"{{n}} day\"\nmsgid_plural \"{{n}} days\"\nmsgstr[0] \"un\"\nmsgstr[1] \"{{n}} ddiwrnod\"\nmsgstr[2] \"{{n}} diwrnod\"\n"
        );
        let texts = Texts::read("cy", po.as_bytes()).unwrap();
        let said = [1, 2, 1200].map(|n| texts.count(n, "{n} day", "{n} days"));
        assert_eq!(said, ["un", "2 ddiwrnod", "1,200 diwrnod"]);
        assert_eq!(Texts::english().count(1, "{n} day", "{n} days"), "1 day");
        assert_eq!(texts.say("{n} day"), "un");
        assert_eq!(texts.count(3, "{n} hour", "{n} hours"), "3 hours", "English where it has nothing");
    }
}
