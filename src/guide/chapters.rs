//! The chapters of a guide: Markdown as people write it, read into a small tree of blocks that
//! every format draws in its own way. It holds no wording, and no format's markup.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use serde::Serialize;

use crate::base::text;

/// One chapter, as its file has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chapter {
    /// Its place in the guide, from 1.
    pub number: usize,
    pub title: String,
    pub anchor: String,
    pub blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    Heading {
        text: Vec<Inline>,
    },
    Paragraph {
        text: Vec<Inline>,
    },
    List {
        is_ordered: bool,
        items: Vec<Vec<Block>>,
    },
    /// Short sentences, each beside the place of its picture: `- [picture: two people talk] Ask for help.`
    Pictures {
        rows: Vec<Pictured>,
    },
    /// Lines to tick: `- [ ] …`, or `- [ ] [ ] …` to compare two places, each with its own box.
    Checklist {
        is_compared: bool,
        questions: Vec<Vec<Inline>>,
    },
    Table {
        head: Vec<Vec<Inline>>,
        rows: Vec<Vec<Vec<Inline>>>,
    },
    /// Words and what they mean.
    Terms {
        terms: Vec<Term>,
    },
    /// What must not be missed.
    Note {
        blocks: Vec<Block>,
    },
    /// A part that is made from the data, where `{{name}}` stands alone on a line.
    Slot {
        slot: Slot,
    },
}

/// A sentence of Easy Read, and what its picture shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pictured {
    pub picture: String,
    pub text: Vec<Inline>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Term {
    pub term: Vec<Inline>,
    pub meaning: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Inline {
    Text { text: String },
    Strong { text: Vec<Inline> },
    Link { href: String, text: Vec<Inline> },
    Break,
}

/// The parts that are made from the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// Every service, by council, town and name.
    Listings,
    /// The figures that the chapters print, with period and source.
    Figures,
}

impl Slot {
    const ALL: [(&str, Self); 2] = [("{{listings}}", Self::Listings), ("{{figures}}", Self::Figures)];

    fn parse(line: &str) -> Option<Self> {
        Self::ALL.iter().find(|(word, _)| *word == line.trim()).map(|(_, slot)| *slot)
    }
}

impl Chapter {
    /// Reads a chapter whose keys are already filled in. Its first line is its title: `# Title`.
    pub fn parse(number: usize, markdown: &str) -> Result<Self, String> {
        let (title, body) = markdown.trim_start().split_once('\n').unwrap_or((markdown.trim(), ""));
        let title = title
            .strip_prefix("# ")
            .ok_or_else(|| format!("A chapter must begin with its title as \"# Title\", not with {title:?}."))?;
        let title = text::tidy(title).replace('\'', "’");
        let anchor = format!("chapter-{number}");
        Ok(Self { number, title, anchor, blocks: parse_blocks(body)? })
    }
}

fn parse_blocks(markdown: &str) -> Result<Vec<Block>, String> {
    let mut blocks = Vec::new();
    let mut prose = String::new();
    for line in markdown.lines() {
        match Slot::parse(line) {
            Some(slot) => {
                blocks.append(&mut Reader::read(&prose)?);
                prose.clear();
                blocks.push(Block::Slot { slot });
            }
            None => {
                prose.push_str(line);
                prose.push('\n');
            }
        }
    }
    blocks.append(&mut Reader::read(&prose)?);
    Ok(blocks)
}

/// Reads the events of the Markdown parser, one function a kind of block.
struct Reader<'a> {
    events: std::iter::Peekable<Parser<'a>>,
}

impl<'a> Reader<'a> {
    fn read(markdown: &'a str) -> Result<Vec<Block>, String> {
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_DEFINITION_LIST
            | Options::ENABLE_SMART_PUNCTUATION;
        let mut reader = Self { events: Parser::new_ext(markdown, options).peekable() };
        reader.blocks(None)
    }

    /// Blocks up to the end of what they stand in.
    fn blocks(&mut self, end: Option<TagEnd>) -> Result<Vec<Block>, String> {
        let mut blocks = Vec::new();
        loop {
            match self.events.peek() {
                None => return Ok(blocks),
                Some(Event::End(tag)) if Some(*tag) == end => {
                    self.events.next();
                    return Ok(blocks);
                }
                Some(Event::Start(tag)) if !is_inline(tag) => blocks.extend(self.block()?),
                Some(Event::Rule) => {
                    self.events.next();
                }
                // A tight list item holds its text without a paragraph.
                Some(_) => blocks.push(Block::Paragraph { text: self.inlines(None)? }),
            }
        }
    }

    fn block(&mut self) -> Result<Option<Block>, String> {
        let Some(Event::Start(tag)) = self.events.next() else { return Ok(None) };
        let end = tag.to_end();
        Ok(Some(match tag {
            Tag::Paragraph => Block::Paragraph { text: self.inlines(Some(end))? },
            Tag::Heading { level: HeadingLevel::H2, .. } => Block::Heading { text: self.inlines(Some(end))? },
            Tag::Heading { level, .. } => return Err(format!("A chapter has headings of level 2 only, not {level}.")),
            Tag::BlockQuote(_) => Block::Note { blocks: self.blocks(Some(end))? },
            Tag::List(start) => self.list(start.is_some())?,
            Tag::Table(_) => self.table()?,
            Tag::DefinitionList => self.terms()?,
            Tag::HtmlBlock | Tag::CodeBlock(_) => Block::Paragraph { text: self.inlines(Some(end))? },
            other => return Err(format!("A chapter cannot hold this kind of Markdown: {other:?}.")),
        }))
    }

    fn list(&mut self, is_ordered: bool) -> Result<Block, String> {
        let (mut items, mut questions) = (Vec::new(), Vec::new());
        while let Some(Event::Start(Tag::Item)) = self.events.next() {
            if let Some(Event::TaskListMarker(_)) = self.events.peek() {
                self.events.next();
                questions.push(self.inlines(Some(TagEnd::Item))?);
            } else {
                items.push(self.blocks(Some(TagEnd::Item))?);
            }
        }
        match (items.is_empty(), questions.is_empty()) {
            (_, true) => pictures(items).unwrap_or_else(|items| Ok(Block::List { is_ordered, items })),
            (true, false) => checklist(questions),
            (false, false) => Err("A list is a checklist in all of its items or in none.".to_owned()),
        }
    }

    fn table(&mut self) -> Result<Block, String> {
        let (mut head, mut rows) = (Vec::new(), Vec::new());
        while let Some(Event::Start(tag)) = self.events.next() {
            let mut cells = Vec::new();
            while let Some(Event::Start(Tag::TableCell)) = self.events.next() {
                cells.push(self.inlines(Some(TagEnd::TableCell))?);
            }
            match tag {
                Tag::TableHead => head = cells,
                _ => rows.push(cells),
            }
        }
        Ok(Block::Table { head, rows })
    }

    fn terms(&mut self) -> Result<Block, String> {
        let mut terms: Vec<Term> = Vec::new();
        while let Some(Event::Start(tag)) = self.events.next() {
            match (tag, terms.last_mut()) {
                (Tag::DefinitionListTitle, _) => {
                    let term = self.inlines(Some(TagEnd::DefinitionListTitle))?;
                    terms.push(Term { term, meaning: Vec::new() });
                }
                (_, Some(term)) => term.meaning.extend(self.blocks(Some(TagEnd::DefinitionListDefinition))?),
                (_, None) => return Err("A meaning needs a word before it.".to_owned()),
            }
        }
        Ok(Block::Terms { terms })
    }

    /// Running text up to the end of what it stands in or, without one, to the next block.
    fn inlines(&mut self, end: Option<TagEnd>) -> Result<Vec<Inline>, String> {
        let mut inlines = Vec::new();
        loop {
            match self.events.peek() {
                None => return Ok(inlines),
                Some(Event::End(tag)) if Some(*tag) == end => {
                    self.events.next();
                    return Ok(inlines);
                }
                Some(Event::End(_)) if end.is_none() => return Ok(inlines),
                Some(Event::Start(tag)) if end.is_none() && !is_inline(tag) => return Ok(inlines),
                Some(_) => self.inline(&mut inlines)?,
            }
        }
    }

    fn inline(&mut self, inlines: &mut Vec<Inline>) -> Result<(), String> {
        match self.events.next() {
            Some(Event::Text(words) | Event::Html(words) | Event::InlineHtml(words)) => push_text(inlines, &words),
            Some(Event::SoftBreak) => push_text(inlines, " "),
            Some(Event::HardBreak) => inlines.push(Inline::Break),
            Some(Event::Start(Tag::Strong)) => {
                inlines.push(Inline::Strong { text: self.inlines(Some(TagEnd::Strong))? });
            }
            Some(Event::Start(Tag::Link { dest_url, .. })) => {
                let text = self.inlines(Some(TagEnd::Link))?;
                let href = safe_href(&dest_url)
                    .ok_or_else(|| format!("A link must lead to http, https, mailto or tel, not to {dest_url:?}."))?;
                inlines.push(Inline::Link { href, text });
            }
            Some(Event::Start(Tag::Emphasis)) => {
                return Err("Italics are hard to read: use **strong** words instead.".to_owned());
            }
            Some(other) => return Err(format!("A chapter cannot hold this kind of Markdown: {other:?}.")),
            None => {}
        }
        Ok(())
    }
}

/// A list whose lines begin with a picture; or the same list, if none does.
fn pictures(items: Vec<Vec<Block>>) -> Result<Result<Block, String>, Vec<Vec<Block>>> {
    let pictured = |item: &Vec<Block>| {
        let [Block::Paragraph { text }] = &item[..] else { return None };
        let [Inline::Text { text: first }, rest @ ..] = &text[..] else { return None };
        let (picture, sentence) = first.strip_prefix("[picture:")?.split_once(']')?;
        let first = Inline::Text { text: sentence.trim_start().to_owned() };
        let text = std::iter::once(first).chain(rest.iter().cloned()).collect();
        Some(Pictured { picture: picture.trim().to_owned(), text })
    };
    let rows: Vec<Pictured> = items.iter().filter_map(pictured).collect();
    match rows.len() {
        0 => Err(items),
        count if count == items.len() => Ok(Ok(Block::Pictures { rows })),
        _ => Ok(Err("A list has a picture in all of its lines or in none.".to_owned())),
    }
}

fn checklist(mut questions: Vec<Vec<Inline>>) -> Result<Block, String> {
    let mut second_boxes = 0;
    for question in &mut questions {
        if let Some(Inline::Text { text }) = question.first_mut()
            && let Some(rest) = text.trim_start().strip_prefix("[ ] ")
        {
            *text = rest.to_owned();
            second_boxes += 1;
        }
    }
    if second_boxes != 0 && second_boxes != questions.len() {
        return Err("A checklist has two boxes in all of its lines or in none.".to_owned());
    }
    Ok(Block::Checklist { is_compared: second_boxes != 0, questions })
}

fn is_inline(tag: &Tag) -> bool {
    matches!(tag, Tag::Strong | Tag::Emphasis | Tag::Link { .. } | Tag::Strikethrough | Tag::Image { .. })
}

/// Adds text to the last text, since the parser cuts it at every sign that could have been markup.
fn push_text(inlines: &mut Vec<Inline>, words: &str) {
    match inlines.last_mut() {
        Some(Inline::Text { text }) => text.push_str(words),
        _ => inlines.push(Inline::Text { text: words.to_owned() }),
    }
}

/// An address that may be followed from a document, or nothing.
pub fn safe_href(address: &str) -> Option<String> {
    let address = address.trim();
    let lower = address.to_ascii_lowercase();
    let is_known = ["https://", "http://", "mailto:", "tel:"].iter().any(|scheme| lower.starts_with(scheme));
    let is_plain = address.chars().all(|c| !c.is_whitespace() && !c.is_control());
    (is_known && is_plain).then(|| address.to_owned())
}

/// The words of running text without its markup.
pub fn words(inlines: &[Inline]) -> String {
    inlines
        .iter()
        .map(|inline| match inline {
            Inline::Text { text } => text.clone(),
            Inline::Strong { text } | Inline::Link { text, .. } => words(text),
            Inline::Break => " ".to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(markdown: &str) -> Vec<Block> {
        Chapter::parse(1, &format!("# T\n\n{markdown}")).unwrap().blocks
    }

    fn text(words: &str) -> Vec<Inline> {
        vec![Inline::Text { text: words.to_owned() }]
    }

    #[test]
    fn a_chapter_is_read_into_blocks() {
        let read = blocks("One *not*.".replace('*', "**").as_str());
        assert_eq!(
            read,
            [Block::Paragraph {
                text: vec![
                    Inline::Text { text: "One ".into() },
                    Inline::Strong { text: text("not") },
                    Inline::Text { text: ".".into() },
                ]
            }]
        );
        assert_eq!(blocks("## Ask\n"), [Block::Heading { text: text("Ask") }]);
        assert_eq!(
            blocks("- a\n- b\n"),
            [Block::List {
                is_ordered: false,
                items: vec![vec![Block::Paragraph { text: text("a") }], vec![Block::Paragraph { text: text("b") }]],
            }]
        );
        assert_eq!(
            blocks("- [ ] Who is on at night?\n"),
            [Block::Checklist { is_compared: false, questions: vec![text("Who is on at night?")] }]
        );
        assert_eq!(
            blocks("- [ ] [ ] A nurse is there.\n"),
            [Block::Checklist { is_compared: true, questions: vec![text("A nurse is there.")] }]
        );
        assert_eq!(
            blocks("| a | b |\n|---|---|\n| 1 | 2 |\n"),
            [Block::Table { head: vec![text("a"), text("b")], rows: vec![vec![text("1"), text("2")]] }]
        );
        assert_eq!(
            blocks("Respite\n: A short stay.\n"),
            [Block::Terms {
                terms: vec![Term {
                    term: text("Respite"),
                    meaning: vec![Block::Paragraph { text: text("A short stay.") }]
                }]
            }]
        );
        assert_eq!(
            blocks("> Phone first.\n"),
            [Block::Note { blocks: vec![Block::Paragraph { text: text("Phone first.") }] }]
        );
    }

    #[test]
    fn a_sentence_of_easy_read_stands_beside_its_picture() {
        let row = Pictured { picture: "two people talk".to_owned(), text: text("Ask for help.") };
        assert_eq!(blocks("- [picture: two people talk] Ask for help.\n"), [Block::Pictures { rows: vec![row] }]);
    }

    #[test]
    fn parts_made_from_the_data_stand_between_the_prose() {
        let read = blocks("Before.\n\n{{listings}}\n\nAfter.\n");
        assert_eq!(read.len(), 3);
        assert_eq!(read[1], Block::Slot { slot: Slot::Listings });
    }

    #[test]
    fn what_a_guide_cannot_draw_is_refused_with_a_reason() {
        for (markdown, why) in [
            ("No title", "must begin with its title"),
            ("# T\n\n*slanted*", "Italics"),
            ("# T\n\n### Deep", "level 2 only"),
            ("# T\n\n[x](javascript:alert(1))", "must lead to"),
            ("# T\n\n![x](y.png)", "cannot hold"),
            ("# T\n\n- [ ] a\n- b", "in all of its items"),
            ("# T\n\n- [picture: x] a\n- b", "in all of its lines"),
            ("# T\n\n- [ ] [ ] a\n- [ ] b", "in all of its lines"),
        ] {
            let refused = Chapter::parse(1, markdown).unwrap_err();
            assert!(refused.contains(why), "{markdown}: {refused}");
        }
    }

    #[test]
    fn html_in_a_chapter_is_only_text() {
        assert_eq!(blocks("a <b>c</b>"), [Block::Paragraph { text: text("a <b>c</b>") }]);
    }
}
