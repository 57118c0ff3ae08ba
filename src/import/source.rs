//! Opens a file as people have it (plain, `.gz` or `.zst`, told by its content, not its name) and
//! hands out its lines, each bounded, so that memory stays small whatever comes.
//! What the lines mean is not decided here.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::import::refusal::{Refusal, Why};

/// The longest real rows, answers of the register's own API, have 7,000 characters.
pub const LONGEST_LINE: usize = 1 << 20;
const BUFFER: usize = 64 * 1024;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const ZIP: &[u8] = b"PK\x03\x04";
const OLD_EXCEL: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0];
const OTHER_ARCHIVES: [&[u8]; 3] = [b"BZh", &[0xfd, b'7', b'z', b'X', b'Z'], b"7z\xbc\xaf"];
const UTF8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];
const UTF16_MARKS: [&[u8]; 2] = [&[0xff, 0xfe], &[0xfe, 0xff]];

/// One line without its end. `text` is `None` for a line longer than `LONGEST_LINE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// 1 is the first.
    pub number: u64,
    pub text: Option<Vec<u8>>,
}

/// A file being read line by line.
pub struct Source {
    name: String,
    input: Box<dyn BufRead + Send>,
    is_archive: bool,
    /// Files of old Macs end their lines with a carriage return alone.
    line_end: u8,
    line: u64,
    bytes_read: Arc<AtomicU64>,
}

/// Whether these bytes are compressed, in whatever way: small, they may unpack to anything.
pub fn is_archive(bytes: &[u8]) -> bool {
    [GZIP, ZSTD].into_iter().chain(OTHER_ARCHIVES).any(|magic| bytes.starts_with(magic))
}

impl Source {
    pub fn open(path: &Path) -> Result<Self, Refusal> {
        let name = path.display().to_string();
        let opened = File::open(path).and_then(|file| {
            if file.metadata()?.is_dir() { Err(io::Error::other("it is a folder")) } else { Ok(file) }
        });
        match opened {
            Ok(file) => Self::over(name, file),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Err(Refusal { file: name, why: Why::Missing }),
            Err(e) => Err(Refusal { file: name, why: Why::Unreadable(e.to_string()) }),
        }
    }

    /// The same for a file that is in memory already.
    pub fn of_bytes(name: &str, bytes: Vec<u8>) -> Result<Self, Refusal> {
        Self::over(name.to_owned(), Cursor::new(bytes))
    }

    fn over(name: String, raw: impl Read + Send + 'static) -> Result<Self, Refusal> {
        let refuse = |why| Refusal { file: name.clone(), why };
        let bytes_read = Arc::new(AtomicU64::new(0));
        let counted = Counted { inner: raw, bytes_read: bytes_read.clone() };
        let mut raw = BufReader::with_capacity(BUFFER, counted);
        let magic = raw.fill_buf().map_err(|e| refuse(Why::Unreadable(e.to_string())))?;
        if magic.is_empty() {
            return Err(refuse(Why::Empty));
        }
        if magic.starts_with(ZIP) || magic.starts_with(OLD_EXCEL) {
            return Err(refuse(Why::Spreadsheet));
        }
        if OTHER_ARCHIVES.iter().any(|other| magic.starts_with(other)) {
            return Err(refuse(Why::OtherArchive));
        }
        let (is_gzip, is_zstd) = (magic.starts_with(GZIP), magic.starts_with(ZSTD));
        let input: Box<dyn BufRead + Send> = if is_gzip {
            Box::new(BufReader::with_capacity(BUFFER, flate2::bufread::MultiGzDecoder::new(raw)))
        } else if is_zstd {
            let decoder =
                zstd::stream::read::Decoder::with_buffer(raw).map_err(|e| refuse(Why::Damaged(e.to_string())))?;
            Box::new(BufReader::with_capacity(BUFFER, decoder))
        } else {
            Box::new(raw)
        };
        let mut source = Self { name, input, is_archive: is_gzip || is_zstd, line_end: b'\n', line: 0, bytes_read };
        source.look_at_the_beginning()?;
        Ok(source)
    }

    fn look_at_the_beginning(&mut self) -> Result<(), Refusal> {
        let (skip, why, is_old_mac) = {
            let start = self.fill()?;
            let why = if UTF16_MARKS.iter().any(|mark| start.starts_with(mark)) {
                Some(Why::Utf16)
            } else {
                start.is_empty().then_some(Why::Empty)
            };
            let skip = if start.starts_with(UTF8_MARK) { UTF8_MARK.len() } else { 0 };
            (skip, why, start.contains(&b'\r') && !start.contains(&b'\n'))
        };
        if is_old_mac {
            self.line_end = b'\r';
        }
        self.input.consume(skip);
        let is_empty = skip > 0 && self.fill()?.is_empty();
        why.or(is_empty.then_some(Why::Empty)).map_or(Ok(()), |why| Err(self.refuse(why)))
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many bytes of the file itself were read, for a progress bar.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }

    pub fn refuse(&self, why: Why) -> Refusal {
        Refusal { file: self.name.clone(), why }
    }

    /// The next line, or `None` after the last.
    pub fn next_line(&mut self) -> Result<Option<Line>, Refusal> {
        let mut text = Vec::new();
        let mut is_too_long = false;
        let mut is_begun = false;
        loop {
            let line_end = self.line_end;
            let buffer = self.fill()?;
            if buffer.is_empty() {
                break;
            }
            is_begun = true;
            let end = buffer.iter().position(|byte| *byte == line_end);
            let part = &buffer[..end.unwrap_or(buffer.len())];
            is_too_long |= text.len() + part.len() > LONGEST_LINE;
            if is_too_long {
                text = Vec::new();
            } else {
                text.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.input.consume(used);
            if end.is_some() {
                break;
            }
        }
        if !is_begun {
            return Ok(None);
        }
        self.line += 1;
        if text.last() == Some(&b'\r') {
            text.pop();
        }
        Ok(Some(Line { number: self.line, text: (!is_too_long).then_some(text) }))
    }

    fn fill(&mut self) -> Result<&[u8], Refusal> {
        let (file, is_archive) = (&self.name, self.is_archive);
        self.input.fill_buf().map_err(|e| {
            let why = match (is_archive, e.kind()) {
                (true, io::ErrorKind::UnexpectedEof) => Why::CutOff,
                (true, _) => Why::Damaged(e.to_string()),
                (false, _) => Why::Unreadable(e.to_string()),
            };
            Refusal { file: file.clone(), why }
        })
    }
}

/// Counts what is read of the file itself, before it is unpacked.
struct Counted<R> {
    inner: R,
    bytes_read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes_read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn lines(bytes: &[u8]) -> Result<Vec<String>, Refusal> {
        let mut source = Source::of_bytes("file.csv", bytes.to_vec())?;
        let mut lines = Vec::new();
        while let Some(line) = source.next_line()? {
            lines.push(line.text.map_or("(too long)".to_owned(), |text| String::from_utf8(text).unwrap()));
        }
        Ok(lines)
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_file_is_opened_by_its_content_whatever_its_name() {
        let text = b"a\r\nb\nc";
        let zstd = zstd::encode_all(text.as_slice(), 1).unwrap();
        let with_mark = [UTF8_MARK, text].concat();
        for bytes in [text.to_vec(), with_mark, gzip(text), zstd, b"a\rb\rc\r".to_vec()] {
            assert_eq!(lines(&bytes).unwrap(), ["a", "b", "c"], "{bytes:?}");
        }
        let two_members = [gzip(b"a\n"), gzip(b"b\n")].concat();
        assert_eq!(lines(&two_members).unwrap(), ["a", "b"]);
    }

    #[test]
    fn a_cut_off_archive_is_said_to_be_one() {
        let text: String = (0..5000).map(|number| format!("{}\n", number * 7919 % 4999)).collect();
        let archives = [gzip(text.as_bytes()), zstd::encode_all(text.as_bytes(), 1).unwrap()];
        for archive in archives {
            for keep in [5, archive.len() / 2, archive.len() - 1] {
                assert_eq!(lines(&archive[..keep]).unwrap_err().why, Why::CutOff, "{keep}");
            }
        }
        let mut damaged = gzip(text.as_bytes());
        let middle = damaged.len() - 6;
        damaged[middle] ^= 0xff;
        assert!(matches!(lines(&damaged).unwrap_err().why, Why::Damaged(_)));
    }

    #[test]
    fn what_is_no_csv_is_refused_with_what_to_do() {
        for (bytes, why) in [
            (b"".as_slice(), Why::Empty),
            (UTF8_MARK, Why::Empty),
            (b"PK\x03\x04rest", Why::Spreadsheet),
            (b"BZh9rest", Why::OtherArchive),
            (&[0xff, 0xfe, b'a', 0], Why::Utf16),
        ] {
            let refused = lines(bytes);
            assert_eq!(refused.map_err(|refusal| refusal.why), Err(why), "{bytes:?}");
        }
        let missing = Source::open(Path::new("no-such-file.csv")).err().unwrap();
        assert_eq!(missing.why, Why::Missing);
        assert!(missing.to_string().contains("no-such-file.csv"));
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_next_is_read() {
        let long = "x".repeat(LONGEST_LINE + 1);
        let most = "y".repeat(LONGEST_LINE);
        let read = lines(format!("a\n{long}\n{most}\nb").as_bytes()).unwrap();
        assert_eq!(read, ["a", "(too long)", most.as_str(), "b"]);
    }
}
