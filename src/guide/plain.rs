//! A guide as plain text, for mail and for who reads with a braille display. It has no page
//! numbers, and its index is left out: a reader searches the text instead.

use std::fmt::Write;

use crate::guide::Guide;
use crate::guide::chapters::{Block, Inline, Slot, words};
use crate::guide::entry::{Entry, Link};

/// The widest line that every mail program shows unbroken.
const WIDTH: usize = 72;

/// The whole text.
pub fn plain(guide: &Guide) -> String {
    let mut text = Text { guide, out: String::new() };
    text.cover();
    for chapter in &guide.chapters {
        text.heading(&format!("{}. {}", chapter.number, chapter.title), '=');
        text.blocks(&chapter.blocks, "");
    }
    text.out
}

struct Text<'a> {
    guide: &'a Guide,
    out: String,
}

impl Text<'_> {
    fn cover(&mut self) {
        let guide = self.guide;
        self.heading(&guide.title, '=');
        self.paragraph(&guide.scope, "", "");
        self.paragraph(&format!("Made at {} by {}.", guide.made_when, guide.site), "", "");
        self.paragraph(&guide.summary, "", "");
        if let Some(notice) = &guide.notice {
            self.paragraph(notice, "", "");
        }
        for line in &guide.note {
            self.paragraph(line, "", "  ");
        }
        if let Some(live) = &guide.live {
            self.paragraph(&format!("Vacancies change every day. See them live: {}", live.url), "", "");
        }
        self.paragraph(&guide.other_formats, "", "");
        self.heading("Contents", '-');
        for chapter in &guide.chapters {
            self.lines(&chapter.title, &format!("{}. ", chapter.number), "");
        }
    }

    fn heading(&mut self, title: &str, line: char) {
        let width = title.chars().count().min(WIDTH);
        let _ = write!(self.out, "\n{title}\n{}\n\n", String::from(line).repeat(width));
    }

    fn paragraph(&mut self, text: &str, first: &str, indent: &str) {
        self.lines(text, first, indent);
        self.out.push('\n');
    }

    /// Text broken at blanks; `first` stands before its first line, as many blanks before the rest.
    fn lines(&mut self, text: &str, first: &str, indent: &str) {
        let hanging = format!("{indent}{}", " ".repeat(first.chars().count()));
        let mut line = format!("{indent}{first}");
        let mut is_empty = true;
        for word in text.split_whitespace() {
            if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
                let _ = writeln!(self.out, "{line}");
                line.clone_from(&hanging);
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        let _ = writeln!(self.out, "{}", line.trim_end());
    }

    fn blocks(&mut self, blocks: &[Block], indent: &str) {
        for block in blocks {
            self.block(block, indent);
        }
    }

    fn block(&mut self, block: &Block, indent: &str) {
        let deeper = format!("{indent}  ");
        match block {
            Block::Heading { text } => self.heading(&said(text), '-'),
            Block::Paragraph { text } => self.paragraph(&said(text), "", indent),
            Block::List { is_ordered, items } => {
                for (number, item) in items.iter().enumerate() {
                    let mark = if *is_ordered { format!("{}. ", number + 1) } else { "- ".to_owned() };
                    self.item(item, &mark, indent);
                }
                self.out.push('\n');
            }
            Block::Checklist { is_compared, questions } => {
                for question in questions {
                    self.lines(&said(question), if *is_compared { "[ ] [ ] " } else { "[ ] " }, indent);
                }
                self.out.push('\n');
            }
            Block::Pictures { rows } => {
                for row in rows {
                    self.paragraph(&said(&row.text), "", indent);
                }
            }
            Block::Table { head, rows } => self.table(head, rows, indent),
            Block::Terms { terms } => {
                for term in terms {
                    self.lines(&said(&term.term), "", indent);
                    self.blocks(&term.meaning, &deeper);
                }
            }
            Block::Note { blocks } => self.blocks(blocks, &deeper),
            Block::Slot { slot: Slot::Listings } => self.listings(),
            Block::Slot { slot: Slot::Figures } => {
                for figure in &self.guide.figures {
                    let line = format!("{}: {} ({}). {}", figure.what, figure.full, figure.period, figure.source);
                    self.paragraph(&line, "- ", indent);
                }
            }
        }
    }

    fn item(&mut self, item: &[Block], mark: &str, indent: &str) {
        match item {
            [Block::Paragraph { text }, rest @ ..] => {
                self.lines(&said(text), mark, indent);
                self.blocks(rest, &format!("{indent}{}", " ".repeat(mark.len())));
            }
            other => self.blocks(other, &format!("{indent}{}", " ".repeat(mark.len()))),
        }
    }

    /// A row a paragraph, each cell after the head of its column.
    fn table(&mut self, head: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>], indent: &str) {
        for row in rows {
            let cells: Vec<String> =
                head.iter().zip(row).map(|(head, cell)| format!("{}: {}", said(head), said(cell))).collect();
            self.paragraph(&cells.join(". "), "- ", indent);
        }
    }

    fn listings(&mut self) {
        for area in &self.guide.areas {
            self.heading(&area.name, '=');
            self.paragraph(&format!("{}.", area.summary), "", "");
            for town in &area.towns {
                self.heading(&format!("{}, {}", town.name, area.name), '-');
                for entry in &town.entries {
                    self.entry(entry);
                }
            }
        }
        if self.guide.areas.is_empty() {
            self.paragraph(&self.guide.summary, "", "");
        }
    }

    fn entry(&mut self, entry: &Entry) {
        self.lines(&entry.name, "", "");
        let link = |link: &Link| link.text.clone();
        let stamp = entry.vacancies.stamp.as_ref().map(|stamp| format!(" {stamp}")).unwrap_or_default();
        let report = entry.rating.report.as_ref().map(|report| format!(", {report}")).unwrap_or_default();
        let fields = [
            ("", Some(entry.what.clone())),
            ("", entry.address.clone()),
            ("Phone: ", entry.phone.as_ref().map(link)),
            ("Web: ", entry.website.as_ref().map(link)),
            ("", Some(format!("{}{stamp}. {}", entry.vacancies.headline, entry.vacancies.advice))),
            ("", (!entry.vacancies.lines.is_empty()).then(|| format!("{}.", entry.vacancies.lines.join(". ")))),
            ("Run by: ", entry.run_by.clone()),
            ("Supports: ", entry.supports.clone()),
            ("CQC rating: ", Some(format!("{}{report}", entry.rating.overall))),
            ("Fee: ", entry.fee.clone()),
            ("CQC ID: ", Some(entry.id.clone())),
        ];
        for (label, value) in fields {
            if let Some(value) = value {
                self.lines(&format!("{label}{value}"), "", "  ");
            }
        }
        self.out.push('\n');
    }
}

/// Running text in words, an address after the words that link to it.
fn said(inlines: &[Inline]) -> String {
    let mut said = String::new();
    for inline in inlines {
        match inline {
            Inline::Link { href, text } => {
                let text = words(text);
                let address = href.trim_start_matches("https://").trim_start_matches("mailto:");
                match text == address || href.starts_with("tel:") {
                    true => said.push_str(&text),
                    false => said.push_str(&format!("{text} ({address})")),
                }
            }
            other => said.push_str(&words(std::slice::from_ref(other))),
        }
    }
    said
}
