//! A guide as somebody asks for it: which of the two, of which services, in which format. Making it is
//! the workshop's business.

use crate::domain::filter::Filter;
use crate::domain::words::GuideKind;

/// A guide as somebody wants it.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub kind: GuideKind,
    pub format: Format,
    pub filter: Filter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    Pdf,
    LargePrintPdf,
    Html,
    Text,
    EasyRead,
}

impl Format {
    pub const ALL: [Self; 5] = [Self::Pdf, Self::LargePrintPdf, Self::Html, Self::Text, Self::EasyRead];

    /// As on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::LargePrintPdf => "large-print-pdf",
            Self::Html => "html",
            Self::Text => "text",
            Self::EasyRead => "easy-read",
        }
    }

    /// How the names of its files end.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::LargePrintPdf => "large-print.pdf",
            Self::Html => "html",
            Self::Text => "txt",
            Self::EasyRead => "easy-read.html",
        }
    }

    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf | Self::LargePrintPdf => "application/pdf",
            Self::Html | Self::EasyRead => "text/html; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    pub const fn is_pdf(self) -> bool {
        match self {
            Self::Pdf | Self::LargePrintPdf => true,
            Self::Html | Self::Text | Self::EasyRead => false,
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }

    /// What is offered beside the page to read, in words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pdf => "PDF to print",
            Self::LargePrintPdf => "PDF in large print",
            Self::Html => "Web page",
            Self::Text => "Plain text",
            Self::EasyRead => "Easy Read",
        }
    }

    /// The format that a file's name asks for, longest ending first.
    pub fn of_file(name: &str) -> Option<Self> {
        [Self::LargePrintPdf, Self::EasyRead, Self::Pdf, Self::Html, Self::Text]
            .into_iter()
            .find(|format| name.to_lowercase().ends_with(&format!(".{}", format.ending())))
    }
}

impl Asked {
    /// Whether nothing is filtered.
    pub fn is_of_all(&self) -> bool {
        self.filter == Filter::default()
    }
}
