//! The source of a template in pieces: text, tags, and what MiniJinja reads. Joined again they are the source.
//! It deliberately does not decide what in them is for people to read; `sentences.rs` does.

/// One piece, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'s> {
    /// Words and blanks between tags.
    Text(&'s str),
    /// `<a href="…">`, `</a>`, `<br>`, with all that MiniJinja writes into it.
    Tag(&'s str),
    /// `{{ … }}`
    Expression(&'s str),
    /// `{% … %}`
    Statement(&'s str),
    /// What ends a sentence and is for nobody to read: `{# … #}`, `<!-- … -->`, the end of a line of plain text.
    Break(&'s str),
}

impl<'s> Piece<'s> {
    pub fn raw(self) -> &'s str {
        match self {
            Self::Text(raw) | Self::Tag(raw) | Self::Expression(raw) | Self::Statement(raw) | Self::Break(raw) => raw,
        }
    }
}

/// A source in pieces. In one that is no HTML, tags are text.
pub fn pieces(source: &str, is_html: bool) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = source;
    while !rest.is_empty() {
        let piece = first(rest, is_html);
        rest = &rest[piece.raw().len()..];
        pieces.push(piece);
    }
    pieces
}

fn first(rest: &str, is_html: bool) -> Piece<'_> {
    if let Some(length) = jinja(rest) {
        let raw = &rest[..length];
        return match raw.as_bytes()[1] {
            b'{' => Piece::Expression(raw),
            b'%' => Piece::Statement(raw),
            _ => Piece::Break(raw),
        };
    }
    if !is_html && rest.starts_with('\n') {
        return Piece::Break(&rest[..1]);
    }
    if is_html && rest.starts_with("<!") {
        let end = if rest.starts_with("<!--") { "-->" } else { ">" };
        return Piece::Break(&rest[..past(rest, end)]);
    }
    if is_html && begins_tag(rest) {
        return Piece::Tag(&rest[..tag(rest)]);
    }
    let ends = |at: usize| {
        let rest = &rest[at..];
        is_jinja(rest) || if is_html { begins_tag(rest) || rest.starts_with("<!") } else { rest.starts_with('\n') }
    };
    let end = rest.char_indices().skip(1).map(|(at, _)| at).find(|at| ends(*at));
    Piece::Text(&rest[..end.unwrap_or(rest.len())])
}

fn is_jinja(rest: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|begin| rest.starts_with(begin))
}

fn begins_tag(rest: &str) -> bool {
    let mut bytes = rest.bytes();
    bytes.next() == Some(b'<') && bytes.find(|byte| *byte != b'/').is_some_and(|byte| byte.is_ascii_alphabetic())
}

/// The length of what MiniJinja reads at the beginning of `rest`, if anything.
fn jinja(rest: &str) -> Option<usize> {
    if !is_jinja(rest) {
        return None;
    }
    match rest.as_bytes()[1] {
        b'#' => Some(past(rest, "#}")),
        b'%' => Some(code(rest, "%}")),
        _ => Some(code(rest, "}}")),
    }
}

/// Past the end of code, whose strings may hold anything and whose maps have braces of their own.
fn code(rest: &str, end: &str) -> usize {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, c) in rest.char_indices().skip(2) {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if depth == 0 && rest[at..].starts_with(end) => return at + end.len(),
            None => match c {
                '"' | '\'' => quote = Some(c),
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            },
        }
    }
    rest.len()
}

/// The length of the tag at the beginning: a `>` within quotes or within MiniJinja's marks does not end it.
fn tag(rest: &str) -> usize {
    let (mut at, mut quoted) = (0, false);
    while let Some(c) = rest[at..].chars().next() {
        if let Some(length) = jinja(&rest[at..]) {
            at += length;
            continue;
        }
        at += c.len_utf8();
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return at,
            _ => {}
        }
    }
    rest.len()
}

fn past(rest: &str, end: &str) -> usize {
    rest.find(end).map_or(rest.len(), |at| at + end.len())
}

/// The name of a tag, and whether it opens or closes.
pub fn tag_name(raw: &str) -> (&str, bool) {
    let opens = !raw.starts_with("</");
    let name = raw.trim_start_matches(['<', '/']);
    let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
    (&name[..end], opens)
}

/// The first word of a statement: `if`, `endfor`.
pub fn keyword(raw: &str) -> &str {
    inside(raw).split_whitespace().next().unwrap_or_default()
}

/// What stands between the marks of an expression or a statement.
pub fn inside(raw: &str) -> &str {
    let inner = raw.get(2..raw.len().saturating_sub(2)).unwrap_or_default();
    inner.trim_start_matches(['-', '+']).trim_end_matches(['-', '+']).trim()
}

/// The values of these attributes of a tag, as ranges of its text.
pub fn attributes(raw: &str, is_wanted: impl Fn(&str) -> bool) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let (mut at, mut begun): (usize, Option<(usize, bool)>) = (0, None);
    while let Some(c) = raw[at..].chars().next() {
        if let Some(length) = jinja(&raw[at..]) {
            at += length;
            continue;
        }
        if c == '"' {
            match begun.take() {
                Some((start, wanted)) => found.extend(wanted.then_some(start..at)),
                None => {
                    let name = raw[..at].trim_end_matches('=').rsplit(|c: char| c.is_whitespace() || c == '}').next();
                    begun = Some((at + 1, name.is_some_and(&is_wanted)));
                }
            }
        }
        at += c.len_utf8();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_told_apart_and_joined_are_the_source() {
        let source =
            "{# a <b> #}<a href=\"{{ f(\"x>\") }}\"{% if a > b %} x{% endif %}>5 < 6 {{ g({ \"a\": {} }) }}</a>é<br>";
        let found = pieces(source, true);
        assert_eq!(found.iter().map(|piece| piece.raw()).collect::<String>(), source);
        assert_eq!(
            found,
            [
                Piece::Break("{# a <b> #}"),
                Piece::Tag("<a href=\"{{ f(\"x>\") }}\"{% if a > b %} x{% endif %}>"),
                Piece::Text("5 < 6 "),
                Piece::Expression("{{ g({ \"a\": {} }) }}"),
                Piece::Tag("</a>"),
                Piece::Text("é"),
                Piece::Tag("<br>"),
            ]
        );
        assert_eq!(pieces("Dear <b>\n", false), [Piece::Text("Dear <b>"), Piece::Break("\n")]);
    }

    #[test]
    fn values_of_attributes_are_found_whatever_stands_in_them() {
        let raw = "<a class=\"x\"{% if y %} title=\"More: {{ f(\"a\") }}\"{% endif %} aria-label=\"Page {{ n }}\" href=\"/\">";
        let found = attributes(raw, |name| matches!(name, "title" | "aria-label"));
        let found: Vec<&str> = found.into_iter().map(|range| &raw[range]).collect();
        assert_eq!(found, ["More: {{ f(\"a\") }}", "Page {{ n }}"]);
    }
}
