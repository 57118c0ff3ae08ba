//! Reading the file mailbox: its mails as their readers would see them, newest first. It reads what
//! `email.rs` writes, and no other mail.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A mail of the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Of its file, without the ending.
    pub name: String,
    pub to: String,
    pub subject: String,
    pub text: String,
}

/// The newest mails of a folder; none where there is no folder.
pub fn newest(folder: &Path, most: usize) -> Vec<Kept> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| name.ends_with(".eml") && !name.starts_with('.'));
    // They begin with their time.
    names.sort_by(|one, other| other.cmp(one));
    names.iter().take(most).filter_map(|name| one(folder, name.trim_end_matches(".eml"))).collect()
}

/// One of them.
pub fn one(folder: &Path, name: &str) -> Option<Kept> {
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let message = std::fs::read_to_string(folder.join(format!("{name}.eml"))).ok().filter(|_| is_name)?;
    let message = message.replace("\r\n", "\n");
    let (head, body) = message.split_once("\n\n")?;
    let headers = headers(head);
    let kind = header(&headers, "Content-Type")?;
    let text = match kind.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next()) {
        Some(boundary) => part(body.split(&format!("--{boundary}")).nth(1)?)?,
        None => body.to_owned(),
    };
    Some(Kept {
        name: name.to_owned(),
        to: decoded(header(&headers, "To")?),
        subject: decoded(header(&headers, "Subject")?),
        text,
    })
}

fn headers(head: &str) -> Vec<(&str, String)> {
    let mut found: Vec<(&str, String)> = Vec::new();
    for line in head.lines() {
        match (line.split_once(": "), found.last_mut()) {
            (_, Some((_, value))) if line.starts_with([' ', '\t']) => {
                value.push(' ');
                value.push_str(line.trim_start());
            }
            (Some((name, value)), _) => found.push((name, value.to_owned())),
            (None, _) => {}
        }
    }
    found
}

fn header<'a>(headers: &'a [(&str, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// The content of a part.
fn part(part: &str) -> Option<String> {
    let (head, body) = part.trim_start().split_once("\n\n")?;
    let headers = headers(head);
    let bytes = match header(&headers, "Content-Transfer-Encoding").unwrap_or("7bit") {
        "quoted-printable" => quoted_printable(&body.replace("=\n", "")),
        "base64" => STANDARD.decode(body.split_whitespace().collect::<String>()).ok()?,
        _plain => body.as_bytes().to_vec(),
    };
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let coded = after.get(..2).filter(|_| *first == b'=').and_then(|hex| std::str::from_utf8(hex).ok());
        match coded.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

/// A header with its encoded words (RFC 2047) in place: `=?utf-8?b?…?=`.
fn decoded(value: &str) -> String {
    // Blanks between two encoded words belong to neither.
    let joined = value.replace("?= =?", "?==?");
    let mut out = String::new();
    let mut rest = joined.as_str();
    while let Some(start) = rest.find("=?") {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let mut pieces = rest[2..].splitn(4, '?');
        let (_, how, what, after) = (pieces.next(), pieces.next(), pieces.next(), pieces.next());
        let bytes = match (how, what) {
            (Some("b" | "B"), Some(what)) => STANDARD.decode(what).ok(),
            (Some("q" | "Q"), Some(what)) => Some(quoted_printable(&what.replace('_', " "))),
            _unknown => None,
        };
        let (Some(bytes), Some(after)) = (bytes, after.and_then(|after| after.strip_prefix('='))) else {
            break;
        };
        out.push_str(&String::from_utf8_lossy(&bytes));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_are_read_in_either_way_and_across_lines() {
        assert_eq!(decoded("Berth: =?utf-8?b?Wm/Dqw==?= =?utf-8?q?_=E2=80=93_now?="), "Berth: Zoë – now");
        assert_eq!(decoded("plain =?broken"), "plain =?broken");
    }

    #[test]
    fn a_name_that_leads_out_of_the_folder_finds_nothing() {
        assert_eq!(one(Path::new("."), "../Cargo"), None);
        assert_eq!(one(Path::new("nowhere"), "20261122T093000Z-1"), None);
        assert!(newest(Path::new("nowhere"), 10).is_empty());
    }
}
