//! What in a template is for people to read: sentences, each as long as no block of the page cuts it, with links, numbers
//! and small conditions as placeholders. It deliberately does not know any language; `mod.rs` translates.

use std::ops::Range;

use super::source::{Piece, inside, keyword, tag_name};

/// Elements that stand within a sentence; any other ends it.
const INLINE: [&str; 18] = [
    "a", "abbr", "b", "bdi", "cite", "code", "em", "i", "kbd", "mark", "q", "small", "span", "strong", "sub", "sup",
    "time", "u",
];

/// A sentence: its pieces, and how it stands in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    pub pieces: Range<usize>,
    /// `You are signed in{if who} as {name}{end}.`
    pub id: String,
    /// Each placeholder with a piece that it stands for.
    pub slots: Vec<(String, usize)>,
}

/// Every sentence of a source, in order.
pub fn sentences(pieces: &[Piece<'_>]) -> Vec<Sentence> {
    let shape = Shape::of(pieces);
    let mut found = Vec::new();
    let mut at = 0;
    while at < pieces.len() {
        let length = shape.inline[at..].iter().take_while(|inline| **inline).count();
        shape.cut(at..at + length, &mut found);
        at += length.max(1);
    }
    found
}

/// Which pieces may stand within a sentence, and which belong together.
struct Shape<'p, 's> {
    pieces: &'p [Piece<'s>],
    inline: Vec<bool>,
    /// The closing tag of each opening one within the same sentence, and the `endif` of each `if`.
    end: Vec<Option<usize>>,
    /// The tags and statements that have such an end, or are one.
    paired: Vec<bool>,
}

impl<'p, 's> Shape<'p, 's> {
    fn of(pieces: &'p [Piece<'s>]) -> Self {
        let inline = pieces.iter().map(|piece| match piece {
            Piece::Text(_) | Piece::Expression(_) => true,
            Piece::Tag(raw) => INLINE.contains(&tag_name(raw).0),
            Piece::Statement(_) | Piece::Break(_) => false,
        });
        let count = pieces.len();
        let mut shape = Self { pieces, inline: inline.collect(), end: vec![None; count], paired: vec![false; count] };
        shape.pair_conditions();
        shape.pair_tags(0..count);
        shape
    }

    /// A condition all of whose branches are parts of one sentence stands within it.
    fn pair_conditions(&mut self) {
        let mut open: Vec<Vec<usize>> = Vec::new();
        for at in 0..self.pieces.len() {
            let Piece::Statement(raw) = self.pieces[at] else { continue };
            match keyword(raw) {
                "if" | "for" | "block" | "macro" | "call" | "filter" | "with" => open.push(vec![at]),
                "elif" | "else" => open.iter_mut().last().into_iter().for_each(|parts| parts.push(at)),
                end if end.starts_with("end") => {
                    let mut parts = open.pop().unwrap_or_default();
                    parts.push(at);
                    if end == "endif" && self.is_within_a_sentence(&parts) {
                        parts.iter().for_each(|part| (self.inline[*part], self.paired[*part]) = (true, true));
                        self.end[parts[0]] = Some(at);
                    }
                }
                _ => {}
            }
        }
    }

    fn is_within_a_sentence(&mut self, parts: &[usize]) -> bool {
        parts.windows(2).all(|pair| {
            let branch = pair[0] + 1..pair[1];
            self.inline[branch.clone()].iter().all(|inline| *inline) && self.pair_tags(branch)
        })
    }

    /// Finds the ends of the inline tags in a range; whether all of them have one there.
    fn pair_tags(&mut self, range: Range<usize>) -> bool {
        let mut open: Vec<usize> = Vec::new();
        let mut all = true;
        for at in range {
            let Piece::Tag(raw) = self.pieces[at] else {
                // What ends a sentence ends what is open in it.
                if !self.inline[at] {
                    open.clear();
                }
                continue;
            };
            let (name, opens) = tag_name(raw);
            if !self.inline[at] {
                open.clear();
            } else if opens {
                open.push(at);
            } else if let Some(begin) = open.pop_if(|begin| tag_name(self.pieces[*begin].raw()).0 == name) {
                self.end[begin] = Some(at);
                (self.paired[begin], self.paired[at]) = (true, true);
            } else {
                all = false;
            }
        }
        all && open.is_empty()
    }

    /// Makes a sentence of a run of pieces, or several, or none.
    fn cut(&self, run: Range<usize>, found: &mut Vec<Sentence>) {
        let run = self.trimmed(run);
        if run.is_empty() {
            return;
        }
        let is_alone = |at: &usize| self.is_tag(*at) && !self.paired[*at];
        if let Some(alone) = run.clone().find(is_alone) {
            self.cut(run.start..alone, found);
            return self.cut(alone + 1..run.end, found);
        }
        let is_tag = self.is_tag(run.start);
        if is_tag && self.end[run.start].is_none_or(|end| end >= run.end) {
            // It is closed elsewhere: the run is a branch of a condition with a part of the sentence.
            return self.cut(run.start + 1..run.end, found);
        }
        if is_tag && self.end[run.start] == Some(run.end - 1) {
            return self.cut(run.start + 1..run.end - 1, found);
        }
        let conditions = self.conditions(run.clone());
        let within = |at: usize| conditions.iter().any(|condition| condition.contains(&at));
        let has_words = run.clone().any(|at| !within(at) && self.is_words(at));
        let apart = conditions.iter().find_map(|condition| self.stands_apart(condition, &run));
        match (has_words, apart) {
            (true, None) => found.push(self.sentence(run)),
            (true, Some(middle)) => {
                self.cut(run.start..middle, found);
                self.cut(middle..run.end, found);
            }
            (false, _) => {
                let mut start = run.start;
                for condition in &conditions {
                    for at in condition.clone().filter(|at| self.divides(*at, condition)) {
                        self.cut(start..at, found);
                        start = at + 1;
                    }
                }
                if !conditions.is_empty() {
                    self.cut(start..run.end, found);
                }
            }
        }
    }

    /// The run without blanks at its ends, and without what stands there on lines of its own and says nothing itself:
    /// a call of a macro, say.
    fn trimmed(&self, run: Range<usize>) -> Range<usize> {
        let is_blank = |at: &usize| self.pieces[*at].raw().trim().is_empty();
        let start = run.clone().find(|at| !is_blank(at)).unwrap_or(run.end);
        let end = run.clone().rev().find(|at| !is_blank(at)).map_or(start, |last| last + 1);
        let is_line_end = |at: usize| is_blank(&at) && self.pieces[at].raw().contains('\n');
        let says_nothing = |part: Range<usize>| part.into_iter().all(|at| !self.is_words(at) && !self.is_tag(at));
        let first = self.end.get(start).copied().flatten().filter(|_| !self.is_tag(start)).unwrap_or(start) + 1;
        if first < end && is_line_end(first) && says_nothing(start..first) {
            return self.trimmed(first..end);
        }
        let begins = |at: &usize| self.end[*at] == end.checked_sub(1) && !self.is_tag(*at);
        let last = (start..end).find(begins).unwrap_or(end.saturating_sub(1));
        if last > start && is_line_end(last - 1) && says_nothing(last..end) {
            return self.trimmed(start..last);
        }
        start..end
    }

    fn is_tag(&self, at: usize) -> bool {
        matches!(self.pieces[at], Piece::Tag(_))
    }

    /// The conditions of a run that stand in no other.
    fn conditions(&self, run: Range<usize>) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for at in run {
            let is_inside = found.last().is_some_and(|last| last.contains(&at));
            if let (Piece::Statement(_), Some(end), false) = (self.pieces[at], self.end[at], is_inside) {
                found.push(at..end + 1);
            }
        }
        found
    }

    /// Whether this is the `if`, the `else` or the `endif` of a condition, and not of one within it.
    fn divides(&self, at: usize, condition: &Range<usize>) -> bool {
        let is_statement = matches!(self.pieces[at], Piece::Statement(_));
        let inner = self.conditions(condition.start + 1..condition.end);
        is_statement && !inner.iter().any(|inner| inner.contains(&at))
    }

    /// Where to cut, so that a condition of whole sentences stands for itself.
    fn stands_apart(&self, condition: &Range<usize>, run: &Range<usize>) -> Option<usize> {
        let ends = |range: Range<usize>| {
            let text = self.pieces[self.trimmed(range).last()?].raw().trim_end();
            Some(text.ends_with(['.', '!', '?', ':']))
        };
        let is_whole = ends(condition.start + 1..condition.end - 1) == Some(true);
        match (condition.start == run.start, condition.end == run.end) {
            (true, false) => is_whole.then_some(condition.end),
            (true, true) => None,
            (false, _) => {
                let after_whole = || ends(run.start..condition.start) == Some(true);
                (is_whole && after_whole()).then_some(condition.start)
            }
        }
    }

    fn is_words(&self, at: usize) -> bool {
        let Piece::Text(text) = self.pieces[at] else { return false };
        // Classes, ids and attributes that a macro writes.
        if text.starts_with('-') || ["govuk-", "berth-", "=\""].iter().any(|mark| text.contains(mark)) {
            return false;
        }
        without_entities(text).chars().any(char::is_alphabetic)
    }

    fn sentence(&self, run: Range<usize>) -> Sentence {
        let mut id = String::new();
        let mut slots: Vec<(String, usize)> = Vec::new();
        let mut open: Vec<(usize, String)> = Vec::new();
        for at in run.clone() {
            let token = match self.pieces[at] {
                Piece::Text(text) => {
                    push_text(&mut id, text);
                    continue;
                }
                Piece::Break(_) => continue,
                Piece::Expression(raw) => self.slot(&mut slots, at, |number| format!("{{{}{number}}}", name(raw))),
                Piece::Statement(raw) => {
                    let word = match keyword(raw) {
                        "if" => format!("if {}", name(raw)),
                        "elif" => format!("else if {}", name(raw)),
                        "endif" => "end".to_owned(),
                        other => other.to_owned(),
                    };
                    self.slot(&mut slots, at, |number| format!("{{{word}{number}}}"))
                }
                Piece::Tag(raw) => {
                    let (name, opens) = tag_name(raw);
                    match open.pop_if(|(end, _)| !opens && *end == at) {
                        Some((_, token)) => {
                            slots.push((token.clone(), at));
                            token
                        }
                        None => {
                            let token = self.slot(&mut slots, at, |number| format!("<{name}{number}>"));
                            open.push((self.end[at].unwrap_or(at), token.replacen('<', "</", 1)));
                            token
                        }
                    }
                }
            };
            id.push_str(&token);
        }
        let id = id.trim().to_owned();
        Sentence { pieces: run, id, slots }
    }

    /// The placeholder of a piece: the same for what is written alike, a numbered one for what is not.
    fn slot(&self, slots: &mut Vec<(String, usize)>, at: usize, named: impl Fn(&str) -> String) -> String {
        let mut number = 1;
        loop {
            let token = named(&if number == 1 { String::new() } else { number.to_string() });
            match slots.iter().find(|(known, _)| *known == token) {
                Some((_, known)) if self.pieces[*known] != self.pieces[at] => number += 1,
                Some(_) => return token,
                None => {
                    slots.push((token.clone(), at));
                    return token;
                }
            }
        }
    }
}

/// Blanks and line ends are one blank, as on the page.
fn push_text(id: &mut String, text: &str) {
    for c in text.chars() {
        let is_blank = c.is_ascii_whitespace();
        if !is_blank {
            id.push(c);
        } else if !id.ends_with(' ') {
            id.push(' ');
        }
    }
}

fn without_entities(text: &str) -> String {
    let parts = text.split('&').enumerate();
    let plain = parts.map(|(at, part)| match part.split_once(';') {
        Some((name, rest)) if at > 0 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '#') => rest,
        Some(_) | None => part,
    });
    plain.collect()
}

/// What an expression or a condition is about: the last part of the first name in it.
fn name(raw: &str) -> &str {
    const NOT_NAMES: [&str; 10] = ["if", "elif", "else", "not", "and", "or", "in", "is", "defined", "plural"];
    let code = inside(raw);
    let (mut start, mut quote) = (None, None);
    for (at, c) in code.char_indices().chain([(code.len(), ' ')]) {
        let is_part = c.is_ascii_alphanumeric() || c == '_' || c == '.';
        match (quote, start) {
            (Some(open), _) => quote = (c != open).then_some(open),
            (None, None) if c == '"' || c == '\'' => quote = Some(c),
            (None, None) if c.is_ascii_alphabetic() || c == '_' => start = Some(at),
            (None, Some(begin)) if !is_part => {
                let word = &code[begin..at];
                if !NOT_NAMES.contains(&word) {
                    return word.rsplit('.').next().unwrap_or(word);
                }
                start = None;
            }
            (None, _) => {}
        }
    }
    "value"
}

#[cfg(test)]
mod tests {
    use super::super::source::pieces;
    use super::*;

    fn ids(source: &str) -> Vec<String> {
        sentences(&pieces(source, true)).into_iter().map(|sentence| sentence.id).collect()
    }

    #[test]
    fn a_sentence_keeps_its_links_numbers_and_conditions() {
        let source = "<p class=\"x\">You are signed in{% if who %} as {{ who.name }}{% endif %}, but\n  see <a href=\"/a\">this\n page</a> or <a href=\"/b\">that</a>.</p>";
        assert_eq!(
            ids(source),
            ["You are signed in{if who} as {name}{end}, but see <a>this page</a> or <a2>that</a2>."]
        );
        assert_eq!(ids("<p>{{ a.n }} of {{ b.n }} and {{ a.n }}</p>"), ["{n} of {n2} and {n}"]);
    }

    #[test]
    fn blocks_loops_and_conditions_about_whole_sentences_end_a_sentence() {
        assert_eq!(ids("<ul><li>One</li>{% for x in y %}<li>Two</li>{% endfor %}</ul>"), ["One", "Two"]);
        assert_eq!(ids("<h1>{% if a %}One{% else %}Two {{ n }}{% endif %}</h1>"), ["One", "Two {n}"]);
        let source = "<p>{% if a %}Run by {{ b }}. {% endif %}We want it. {% if c %}Say so.{% endif %}</p>";
        assert_eq!(ids(source), ["Run by {b}.", "We want it.", "Say so."]);
        assert_eq!(
            ids("<p>It is. {% if a %}One.{% endif %} {% if b %}Two.{% endif %} So.</p>"),
            ["It is.", "One.", "Two.", "So."]
        );
        assert_eq!(ids("<p>{% if a %}<b>x</b>{% else %}</p><p>{% endif %}y</p>"), ["x", "y"]);
    }

    #[test]
    fn what_wraps_a_sentence_and_what_says_nothing_is_left_out() {
        assert_eq!(ids("<li> <a href=\"/\"><strong>Find care</strong></a> </li>"), ["Find care"]);
        assert!(ids("<p>{{ a }} · &nbsp; 12 {{ b }}</p>").is_empty());
        assert_eq!(
            ids("<div>{{ list(a) }}\n{% if b %}{{ b }}{% endif %}\n <a href=\"/\">Read it</a>\n {{ c }}</div>"),
            ["Read it"]
        );
        assert!(ids("{% macro m() %}govuk-x{% if a %} govuk-y{% endif %}{% endmacro %}").is_empty());
        assert_eq!(ids("<a href=\"/x\">{% for a in b %}Open{% endfor %}</a>"), ["Open"]);
        assert_eq!(
            ids("<button>Remove<span class=\"h\"> {{ x.name }}</span></button>"),
            ["Remove<span> {name}</span>"]
        );
    }
}
