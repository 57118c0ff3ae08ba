//! Our own pages as a browser reads them: forms with what they would send, text without tags.
//! It is no parser of all HTML: it knows what our templates write.

use std::collections::BTreeMap;

use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder, StatusCode};

use crate::support::server::Server;

/// A page as it was answered.
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub html: String,
}

/// The fields of a form, to be changed and sent.
pub type Fields = Vec<(String, String)>;

pub async fn get(browser: &Client, address: &str) -> Page {
    ask(browser.get(address)).await
}

pub async fn post(browser: &Client, address: &str, fields: &Fields) -> Page {
    ask(browser.post(address).form(fields)).await
}

pub async fn ask(request: RequestBuilder) -> Page {
    let answer = request.send().await.unwrap();
    Page { status: answer.status(), headers: answer.headers().clone(), html: answer.text().await.unwrap() }
}

/// Presses the button of the form with this action on a page, with some fields typed over.
pub async fn press(browser: &Client, server: &Server, page: &Page, action: &str, typed: &[(&str, &str)]) -> Page {
    let mut fields = page.form(action);
    for (name, value) in typed {
        set(&mut fields, name, value);
    }
    post(browser, &server.at(action), &fields).await
}

impl Page {
    /// Where it leads, if it is a redirection.
    pub fn location(&self) -> &str {
        self.headers.get("Location").map_or("", |value| value.to_str().unwrap())
    }

    pub fn title(&self) -> String {
        let start = self.html.find("<title>").unwrap() + "<title>".len();
        unescape(&self.html[start..start + self.html[start..].find('<').unwrap()])
    }

    /// The words a reader sees, with single blanks.
    pub fn text(&self) -> String {
        let body = &self.html[self.html.find("<body").unwrap_or(0)..];
        let mut text = String::new();
        for (at, piece) in body.split('<').enumerate() {
            let words = if at == 0 { piece } else { piece.split_once('>').map_or("", |(_, words)| words) };
            text.push_str(&unescape(words));
            text.push(' ');
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    pub fn says(&self, words: &str) -> bool {
        self.text().contains(words)
    }

    /// Every form: where it sends to, and what stands in it.
    fn forms(&self) -> Vec<(String, &str)> {
        let forms = self.html.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap());
        let action = |form: &str| tags(&format!("<form{form}"))[0].1.get("action").cloned().unwrap_or_default();
        forms.map(|form| (action(form), form.split_once('>').unwrap().1)).collect()
    }

    /// Where its forms send to.
    pub fn actions(&self) -> Vec<String> {
        self.forms().into_iter().map(|(action, _)| action).collect()
    }

    /// What the form with this action would send as it stands.
    pub fn form(&self, action: &str) -> Fields {
        let found = self.forms().into_iter().find(|(known, _)| known == action);
        let (_, form) = found.unwrap_or_else(|| panic!("no form for {action}"));
        let mut fields = Fields::new();
        let mut select: Option<(String, Vec<(String, bool)>)> = None;
        for (name, tag) in tags(form) {
            match name.as_str() {
                "input" => {
                    let kind = tag.get("type").map_or("text", String::as_str);
                    let is_sent = !matches!(kind, "checkbox" | "radio") || tag.contains_key("checked");
                    if is_sent {
                        fields.push((tag["name"].clone(), tag.get("value").cloned().unwrap_or_default()));
                    }
                }
                "select" => select = Some((tag["name"].clone(), Vec::new())),
                "option" => {
                    let option = (tag["value"].clone(), tag.contains_key("selected"));
                    select.as_mut().unwrap().1.push(option);
                }
                "/select" => {
                    let (name, options) = select.take().unwrap();
                    let chosen = options.iter().find(|(_, selected)| *selected).or(options.first()).unwrap();
                    fields.push((name, chosen.0.clone()));
                }
                _ => {}
            }
        }
        fields
    }

    /// The addresses of all links.
    pub fn links(&self) -> Vec<String> {
        tags(&self.html).into_iter().filter(|(name, _)| name == "a").map(|(_, tag)| tag["href"].clone()).collect()
    }

    /// The message beside the field of this name.
    pub fn error_at(&self, field: &str) -> String {
        let Some(start) = self.html.find(&format!("id=\"{field}-error\"")) else { return String::new() };
        let piece = &self.html[start..start + self.html[start..].find("</p>").unwrap()];
        unescape(piece.rsplit("</span>").next().unwrap()).trim().to_owned()
    }

    /// The errors of the summary: to which field each leads, and what it says.
    pub fn summary(&self) -> Vec<(String, String)> {
        let Some(start) = self.html.find("govuk-error-summary__list") else { return Vec::new() };
        let list = &self.html[start..start + self.html[start..].find("</ul>").unwrap()];
        list.split("<li>")
            .skip(1)
            .map(|item| match item.strip_prefix("<a href=\"#") {
                Some(link) => {
                    let (field, rest) = link.split_once("\">").unwrap();
                    (field.to_owned(), unescape(rest.split('<').next().unwrap()))
                }
                None => (String::new(), unescape(item.split('<').next().unwrap())),
            })
            .collect()
    }
}

/// Puts a value in place of what a field would send.
pub fn set(fields: &mut Fields, name: &str, value: &str) {
    let field = fields.iter_mut().find(|(known, _)| known == name);
    match field {
        Some((_, old)) => *old = value.to_owned(),
        None => fields.push((name.to_owned(), value.to_owned())),
    }
}

pub fn value<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

/// Every tag with its attributes.
fn tags(html: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let mut quoted = false;
        let end = rest.find(|c| {
            quoted ^= c == '"';
            c == '>' && !quoted
        });
        let Some(end) = end else { break };
        let tag = &rest[..end];
        let (name, mut attributes) = tag.split_once(|c: char| c.is_whitespace()).unwrap_or((tag, ""));
        let mut all = BTreeMap::new();
        loop {
            attributes = attributes.trim_start();
            let stop = attributes.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(attributes.len());
            let (key, after) = attributes.split_at(stop);
            if key.is_empty() {
                break;
            }
            match after.strip_prefix("=\"").and_then(|after| after.split_once('"')) {
                Some((value, after)) => {
                    all.insert(key.to_owned(), unescape(value));
                    attributes = after;
                }
                None => {
                    all.insert(key.to_owned(), String::new());
                    attributes = after;
                }
            }
        }
        found.push((name.to_owned(), all));
        rest = &rest[end + 1..];
    }
    found
}

fn unescape(text: &str) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#x2f;", "/"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (entity, plain)| text.replace(entity, plain))
}
