//! The file mailbox as a reader sees it.

use std::path::Path;

/// A message, taken apart as far as tests need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    headers: Vec<(String, String)>,
    pub text: String,
    pub html: String,
}

/// Every message of a folder, in the order of their file names; none where there is no folder.
pub fn read(folder: &Path) -> Vec<Mail> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
    paths.sort();
    paths.iter().map(|path| Mail::parse(&std::fs::read_to_string(path).unwrap())).collect()
}

impl Mail {
    pub fn parse(message: &str) -> Self {
        let message = message.replace("\r\n", "\n");
        let (head, body) = message.split_once("\n\n").unwrap();
        let headers = headers(head);
        let kind = headers.iter().find(|(name, _)| name == "Content-Type").unwrap().1.clone();
        let boundary = format!("--{}", kind.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap());
        let mut parts = body.split(&boundary).skip(1).map(part);
        let (text, html) = (parts.next().unwrap(), parts.next().unwrap());
        Self { headers, text, html }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }
}

fn headers(head: &str) -> Vec<(String, String)> {
    let unfolded = head.replace("\n ", " ").replace("\n\t", " ");
    let pair = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    unfolded.lines().filter_map(pair).collect()
}

/// The content of a part, decoded.
fn part(part: &str) -> String {
    let (head, body) = part.trim_start().split_once("\n\n").unwrap();
    let headers = headers(head);
    let encoding = headers.iter().find(|(name, _)| name == "Content-Transfer-Encoding").unwrap().1.as_str();
    match encoding {
        "7bit" => body.to_owned(),
        "quoted-printable" => quoted_printable(body),
        other => panic!("{other} is not read here"),
    }
}

fn quoted_printable(body: &str) -> String {
    let joined = body.replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'=' && after.len() >= 2 {
            let hex = std::str::from_utf8(&after[..2]).unwrap();
            bytes.push(u8::from_str_radix(hex, 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}
