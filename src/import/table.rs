//! Rows under headings: finds the headings below a preamble, then reads row after row so that a
//! broken one costs itself alone: a quotation mark that is never closed does not swallow the file.
//! Field by field it is the `csv-core` parser's work; what the fields mean is decided elsewhere.

use std::collections::VecDeque;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

use crate::import::headings::Headings;
use crate::import::refusal::{Fault, Refusal, Why};
use crate::import::source::{LONGEST_LINE, Line, Source};

/// Preambles of registers have a handful of lines.
const MOST_PREAMBLE: usize = 60;
/// An address in quotation marks may span lines; past this, one was left open.
const MOST_LINES_OF_A_ROW: usize = 100;
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];
/// How much of a first line is shown to somebody who gave the wrong file.
const SHOWN_OF_FIRST_LINE: usize = 80;

/// What a line of headings is taken for.
pub enum Recognised<T> {
    Yes(T),
    /// Nearly: these headings are missing.
    Lacks(Vec<&'static str>),
    No,
}

/// A file whose headings were recognised.
pub struct Table {
    source: Source,
    pending: VecDeque<Line>,
    parser: Parser,
    width: usize,
}

/// One row: its fields, or what is wrong with it.
pub struct Row {
    /// The line on which it begins.
    pub line: u64,
    pub fields: Result<Fields, Fault>,
}

/// The fields of a row as text: UTF-8, or Windows-1252 where the bytes are no UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    text: String,
    ends: Vec<usize>,
}

impl Fields {
    /// A field with its ends trimmed; empty if there is no such column.
    pub fn get(&self, column: usize) -> &str {
        let Some(end) = self.ends.get(column) else { return "" };
        let start = column.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.text.get(start..*end).unwrap_or_default().trim()
    }

    /// What a field says; `None` if it is empty or a dash.
    pub fn told(&self, column: Option<usize>) -> Option<&str> {
        let field = self.get(column?);
        (!field.is_empty() && field != "-").then_some(field)
    }

    fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|column| self.get(column))
    }
}

impl Table {
    /// Finds the headings. `wanted` completes "none of its first lines holds the headings of …".
    pub fn open<T>(
        mut source: Source,
        wanted: &'static str,
        recognise: impl Fn(&Headings) -> Recognised<T>,
    ) -> Result<(Self, T), Refusal> {
        let mut first = Vec::new();
        while first.len() < MOST_PREAMBLE {
            let Some(line) = source.next_line()? else { break };
            first.push(line);
        }
        let mut nearly = None;
        for start in 0..first.len() {
            if first[start].text.as_deref().is_some_and(is_blank) {
                continue;
            }
            for delimiter in DELIMITERS {
                let mut parser = Parser::new(delimiter);
                let Some((fields, used)) = parser.row(&first[start..]) else { continue };
                let headings = Headings::of(fields.iter());
                match recognise(&headings) {
                    Recognised::Yes(found) => {
                        let pending = first.split_off(start + used).into();
                        return Ok((Self { source, pending, parser, width: headings.width() }, found));
                    }
                    Recognised::Lacks(missing) => {
                        nearly.get_or_insert(Why::HeadingMissing { line: first[start].number, missing });
                    }
                    Recognised::No => {}
                }
            }
        }
        let why = nearly.unwrap_or_else(|| Why::NoHeadings { first_line: shown(first.first()), wanted });
        Err(source.refuse(why))
    }

    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The next row, or `None` after the last. Empty lines are passed over.
    pub fn next_row(&mut self) -> Result<Option<Row>, Refusal> {
        loop {
            let Some(first) = self.next_line()? else { return Ok(None) };
            let line = first.number;
            let Some(text) = &first.text else { return Ok(Some(Row { line, fields: Err(Fault::TooLong) })) };
            if is_blank(text) {
                continue;
            }
            let fields = self.fields_from(first)?;
            if fields.as_ref().is_ok_and(Fields::is_blank) {
                continue;
            }
            return Ok(Some(Row { line, fields }));
        }
    }

    /// Reads on until the row is whole. If it never is, or is none, its first line alone is lost:
    /// the others are read again as rows of their own.
    fn fields_from(&mut self, first: Line) -> Result<Result<Fields, Fault>, Refusal> {
        let mut lines = vec![first];
        self.parser.begin();
        loop {
            let text = lines.last().and_then(|line| line.text.as_deref());
            let fault = match text.map(|text| self.parser.feed(text)) {
                Some(true) if lines.len() > 1 && !self.parser.is_well_quoted(&lines) => Fault::OpenQuote,
                Some(true) => match self.parser.fields_of(self.width) {
                    Ok(fields) => return Ok(Ok(fields)),
                    Err(fault) => fault,
                },
                Some(false) if lines.len() < MOST_LINES_OF_A_ROW && self.parser.written < LONGEST_LINE => {
                    if let Some(line) = self.next_line()? {
                        lines.push(line);
                        continue;
                    }
                    Fault::OpenQuote
                }
                Some(false) | None => Fault::OpenQuote,
            };
            let fault = if lines.len() > 1 { Fault::OpenQuote } else { fault };
            for line in lines.drain(1..).rev() {
                self.pending.push_front(line);
            }
            return Ok(Err(fault));
        }
    }

    fn next_line(&mut self) -> Result<Option<Line>, Refusal> {
        match self.pending.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.source.next_line(),
        }
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

fn shown(line: Option<&Line>) -> String {
    let text = line.and_then(|line| line.text.as_deref()).unwrap_or_default();
    let text = String::from_utf8_lossy(&text[..text.len().min(4 * SHOWN_OF_FIRST_LINE)]);
    text.chars().filter(|c| !c.is_control()).take(SHOWN_OF_FIRST_LINE).collect()
}

/// The field parser, fed line by line.
struct Parser {
    reader: Reader,
    delimiter: u8,
    output: Vec<u8>,
    written: usize,
    ends: Vec<usize>,
    ended: usize,
}

impl Parser {
    fn new(delimiter: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(delimiter).terminator(Terminator::Any(b'\n')).build();
        Self { reader, delimiter, output: vec![0; 1024], written: 0, ends: vec![0; 64], ended: 0 }
    }

    /// The first row of these lines and how many it takes, whatever its width.
    fn row(&mut self, lines: &[Line]) -> Option<(Fields, usize)> {
        self.begin();
        for (index, line) in lines.iter().enumerate() {
            if self.feed(line.text.as_deref()?) {
                return Some((self.fields(), index + 1));
            }
        }
        None
    }

    fn begin(&mut self) {
        self.reader.reset();
        (self.written, self.ended) = (0, 0);
    }

    /// Takes one line; true when the row is whole.
    fn feed(&mut self, line: &[u8]) -> bool {
        // An empty input would mean the end of the file to the parser.
        (!line.is_empty() && self.feed_bytes(line)) || self.feed_bytes(b"\n")
    }

    fn feed_bytes(&mut self, mut input: &[u8]) -> bool {
        loop {
            let (result, read, written, ended) =
                self.reader.read_record(input, &mut self.output[self.written..], &mut self.ends[self.ended..]);
            input = &input[read..];
            self.written += written;
            self.ended += ended;
            match result {
                ReadRecordResult::Record | ReadRecordResult::End => return true,
                ReadRecordResult::OutputFull => self.output.resize(self.output.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::InputEmpty if input.is_empty() => return false,
                ReadRecordResult::InputEmpty => {}
            }
        }
    }

    /// Whether every quoted field ends before a delimiter or the end of a line. Where one that was
    /// left open meets the next one's opening mark it does not, though the parser would go on.
    fn is_well_quoted(&self, lines: &[Line]) -> bool {
        let mut field = Quoting::Begins;
        for line in lines {
            for byte in line.text.as_deref().unwrap_or_default() {
                field = match (field, *byte) {
                    (Quoting::Begins, b'"') => Quoting::Inside,
                    (Quoting::Inside, b'"') => Quoting::MayEnd,
                    (Quoting::Inside, _) | (Quoting::MayEnd, b'"') => Quoting::Inside,
                    (Quoting::Begins | Quoting::Plain | Quoting::MayEnd, byte) if byte == self.delimiter => {
                        Quoting::Begins
                    }
                    (Quoting::Begins | Quoting::Plain, _) => Quoting::Plain,
                    (Quoting::MayEnd, _) => return false,
                };
            }
        }
        true
    }

    fn fields(&self) -> Fields {
        decoded(&self.output[..self.written], &self.ends[..self.ended])
    }

    /// The row's fields, if they are as many as the headings: empty ones behind do no harm.
    fn fields_of(&self, width: usize) -> Result<Fields, Fault> {
        let fields = self.fields();
        let found = fields.ends.len();
        let surplus_is_empty = (width..found).all(|column| fields.get(column).is_empty());
        if found == width || (found > width && surplus_is_empty) || fields.is_blank() {
            return Ok(fields);
        }
        Err(Fault::Columns { found, wanted: width })
    }
}

/// Where in a field a byte stands.
#[derive(Clone, Copy)]
enum Quoting {
    Begins,
    Plain,
    Inside,
    /// After a mark that ends the field, or is the first of a doubled one.
    MayEnd,
}

fn decoded(bytes: &[u8], ends: &[usize]) -> Fields {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Fields { text: text.to_owned(), ends: ends.to_vec() };
    }
    let mut fields = Fields { text: String::with_capacity(bytes.len() * 2), ends: Vec::with_capacity(ends.len()) };
    let mut start = 0;
    for end in ends {
        fields.text.push_str(&encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes[start..*end]).0);
        fields.ends.push(fields.text.len());
        start = *end;
    }
    fields
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WANTED: &str = "a test";

    fn open(text: &[u8]) -> Result<Table, Refusal> {
        let recognise = |headings: &Headings| match (headings.find(&["id"]), headings.find(&["name"])) {
            (Some(_), Some(_)) => Recognised::Yes(()),
            (Some(_), None) => Recognised::Lacks(vec!["Name"]),
            (None, _) => Recognised::No,
        };
        Table::open(Source::of_bytes("file.csv", text.to_vec())?, WANTED, recognise).map(|(table, ())| table)
    }

    /// Each row as its line and its fields, or what is wrong with it.
    fn rows(text: &[u8]) -> Vec<(u64, Result<String, Fault>)> {
        let mut table = open(text).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = table.next_row().unwrap() {
            let fields = row.fields.map(|fields| fields.iter().collect::<Vec<_>>().join("|"));
            rows.push((row.line, fields));
        }
        rows
    }

    fn whole(line: u64, fields: &str) -> (u64, Result<String, Fault>) {
        (line, Ok(fields.to_owned()))
    }

    #[test]
    fn headings_are_found_below_a_preamble_and_lines_are_counted_from_the_top() {
        let text =
            b"Care directory, made on 1 August\n\n\"Notes, \"\nID,Name\n1,Oak\n\n ,\n2,\"Elm,\n House\"\n3,Ash\n";
        assert_eq!(rows(text), [whole(5, "1|Oak"), whole(8, "2|Elm,\n House"), whole(10, "3|Ash")]);
    }

    #[test]
    fn semicolons_and_tabs_serve_as_well() {
        assert_eq!(rows(b"id;name\n1;Oak, the\n"), [whole(2, "1|Oak, the")]);
        assert_eq!(rows(b"id\tname\n1\tOak\n"), [whole(2, "1|Oak")]);
    }

    #[test]
    fn text_is_utf_8_or_windows_1252_by_its_content() {
        let text = [b"id,name\n1,Caf\xe9 \x96 5\x80,\n2,".as_slice(), "Café – 5€\n".as_bytes()].concat();
        assert_eq!(rows(&text), [whole(2, "1|Café – 5€|"), whole(3, "2|Café – 5€")]);
    }

    #[test]
    fn a_quotation_mark_that_is_never_closed_costs_its_own_row_alone() {
        let before = "id,name\n1,Oak\n2,\"Elm\n3,Ash\n";
        let others: String = (4..300).map(|id| format!("{id},Fir\n")).collect();
        let read = rows(format!("{before}{others}").as_bytes());
        assert_eq!(read[1], (3, Err(Fault::OpenQuote)));
        assert_eq!(read[2], whole(4, "3|Ash"));
        assert_eq!(read.len(), 299);
        // The next quotation mark would close it, in the middle of another row.
        let read = rows(b"id,name\n1,\"Oak\n2,\"Elm\"\n3,Ash\n");
        assert_eq!(read, [(2, Err(Fault::OpenQuote)), whole(3, "2|Elm"), whole(4, "3|Ash")]);
        assert_eq!(rows(b"id,name\n1,\"Oak"), [(2, Err(Fault::OpenQuote))]);
    }

    #[test]
    fn rows_with_too_few_or_too_many_columns_are_faults_and_empty_ones_behind_are_not() {
        let read = rows(b"id,name\n1\n2,Elm,,\n3,Ash,x\n");
        assert_eq!(
            read,
            [
                (2, Err(Fault::Columns { found: 1, wanted: 2 })),
                whole(3, "2|Elm||"),
                (4, Err(Fault::Columns { found: 3, wanted: 2 }))
            ]
        );
    }

    #[test]
    fn a_line_of_five_megabytes_is_one_fault() {
        let text = format!("id,name\n1,Oak\n2,{}\n3,Ash\n", "x".repeat(5 << 20));
        assert_eq!(rows(text.as_bytes()), [whole(2, "1|Oak"), (3, Err(Fault::TooLong)), whole(4, "3|Ash")]);
    }

    #[test]
    fn headings_that_are_none_and_headings_that_lack_one_are_refused_with_what_to_do() {
        let refused = |text: &[u8]| open(text).err().unwrap();
        assert_eq!(refused(b"hello\nworld\n").why, Why::NoHeadings { first_line: "hello".into(), wanted: WANTED });
        let nearly = refused(b"\nid,nome\n1,Oak\n");
        assert_eq!(nearly.why, Why::HeadingMissing { line: 2, missing: vec!["Name"] });
        assert!(nearly.to_string().contains("file.csv") && nearly.to_string().contains("\"Name\""));
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_read_and_every_line_is_accounted_for(
            body in proptest::collection::vec(prop_oneof![
                4 => Just(b'\n'), 4 => Just(b'"'), 4 => Just(b','), 4 => Just(b'a'), 1 => any::<u8>()
            ], 0..400)
        ) {
            let mut text = b"id,name\n".to_vec();
            text.extend(&body);
            let mut last = 1;
            for (line, _) in rows(&text) {
                prop_assert!(line > last);
                last = line;
            }
        }

        #[test]
        fn what_a_program_writes_is_what_is_read(fields in proptest::collection::vec("[^\\x00\r\n\u{feff}]{0,12}", 2)) {
            prop_assume!(fields.iter().any(|field| !field.trim().is_empty()));
            let mut writer = csv::Writer::from_writer(b"id,name\n".to_vec());
            writer.write_record(&fields).unwrap();
            let text = writer.into_inner().unwrap();
            let trimmed: Vec<&str> = fields.iter().map(|field| field.trim()).collect();
            prop_assert_eq!(rows(&text), [whole(2, &trimmed.join("|"))]);
        }
    }
}
