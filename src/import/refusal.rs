//! Why a file, or one row of it, was not taken: closed lists, each with a sentence that says what
//! to do. What was read before and after a bad row is not touched by it.

use std::fmt;

use crate::base::text;
use crate::import::dates::DateOrder;
use crate::import::source::LONGEST_LINE;

/// Why a whole file was not taken. Nothing of it was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// As it was named by who asked for it.
    pub file: String,
    pub why: Why,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    Missing,
    Unreadable(String),
    Empty,
    /// The archive ends before its end.
    CutOff,
    /// The archive's own check does not hold.
    Damaged(String),
    Spreadsheet,
    /// Compressed in a way that is not read here.
    OtherArchive,
    Utf16,
    /// No line of it is a line of headings that are known. `wanted` says which would be.
    NoHeadings {
        first_line: String,
        wanted: &'static str,
    },
    /// The headings are nearly those of a known layout.
    HeadingMissing {
        line: u64,
        missing: Vec<&'static str>,
    },
    /// Nothing in it tells whether days or months come first.
    WhichDateOrder {
        line: u64,
        example: String,
    },
    /// Some of its dates can only be read one way, some only the other.
    BothDateOrders {
        day_first: (u64, String),
        month_first: (u64, String),
    },
    /// The order that was asked for fits none of the dates that tell.
    WrongDateOrder {
        asked: DateOrder,
        line: u64,
        example: String,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = &self.file;
        match &self.why {
            Why::Missing => write!(f, "{file}: there is no such file; check the name and the folder"),
            Why::Unreadable(why) => write!(f, "{file} cannot be read: {why}"),
            Why::Empty => write!(f, "{file} is empty; get it again"),
            Why::CutOff => write!(f, "{file} is cut off: the archive ends too early; get it again"),
            Why::Damaged(why) => write!(f, "{file} is a damaged archive ({why}); get it again"),
            Why::Spreadsheet => write!(f, "{file} is a spreadsheet or zip archive; open it and save the sheet as CSV"),
            Why::OtherArchive => {
                write!(f, "{file} is compressed in a way that is not read here; unpack it, or use .gz or .zst")
            }
            Why::Utf16 => write!(f, "{file} is UTF-16 text; save it as \"CSV UTF-8\""),
            Why::NoHeadings { first_line, wanted } => {
                write!(f, "{file}: none of its first lines holds the headings of {wanted}; it begins {first_line:?}")
            }
            Why::HeadingMissing { line, missing } => {
                let missing: Vec<String> = missing.iter().map(|name| format!("{name:?}")).collect();
                let missing = text::list(&missing, "and");
                write!(f, "{file}: the headings in line {line} lack {missing}; export the file with every column")
            }
            Why::WhichDateOrder { line, example } => write!(
                f,
                "{file}: nothing in it tells whether {example} (line {line}) begins with the day or the month; \
                 say --date-order dmy or --date-order mdy"
            ),
            Why::BothDateOrders { day_first, month_first } => write!(
                f,
                "{file} has dates in both orders: {} (line {}) begins with the day, {} (line {}) with the month; \
                 mend them, or say --date-order dmy or --date-order mdy and the others are rejected",
                day_first.1, day_first.0, month_first.1, month_first.0
            ),
            Why::WrongDateOrder { asked, line, example } => write!(
                f,
                "{file}: {example} (line {line}) cannot be read as {asked}; leave --date-order out, the file decides it"
            ),
        }
    }
}

impl std::error::Error for Refusal {}

/// A row that was not taken. The others were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    pub file: String,
    /// The line of the file on which the row begins, 1 the first.
    pub line: u64,
    /// The service, if the row says which.
    pub id: Option<String>,
    pub fault: Fault,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    TooLong,
    OpenQuote,
    Columns {
        found: usize,
        wanted: usize,
    },
    NoId,
    BadId(String),
    NoName,
    NoAuthority,
    UnknownAuthority(String),
    /// What is wrong, under which heading, and how it should be.
    Wrong {
        what: &'static str,
        text: String,
        right: &'static str,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(
                f,
                "the line is longer than {} characters, which no row is; mend or delete it",
                text::grouped(LONGEST_LINE as u64)
            ),
            Self::OpenQuote => f.write_str("a quotation mark is opened and never closed; close or delete it"),
            Self::Columns { found, wanted } => write!(
                f,
                "it has {} where the headings have {wanted}; look for a missing or superfluous comma or quotation mark",
                text::count(*found as u64, "column", "columns")
            ),
            Self::NoId => f.write_str("it has no location id; add it"),
            Self::BadId(id) => write!(f, "{id:?} is not a location id such as 1-1000587219; correct it"),
            Self::NoName => f.write_str("it has no name; add it"),
            Self::NoAuthority => f.write_str("it names no local authority; add it"),
            Self::UnknownAuthority(name) => {
                write!(f, "{name:?} is not a local authority of England that is known; correct the name")
            }
            Self::Wrong { what, text, right } => write!(f, "the {what} {text:?} is not {right}; correct it"),
        }
    }
}
