//! What an enquiry says by mail and notification: to a service that is asked, with a link that answers
//! without signing in; and to who asked, that it was answered. Who hears of it is decided in `ops`.

use serde::Serialize;

use crate::base::local::day_words;
use crate::domain::enquiry::{Asked, Need};
use crate::domain::words::{Answer, EnquiryKind, Hold};
use crate::notify::letter::{Author, Sender, Words};
use crate::notify::push::Notice;
use crate::ops::answer_by_link::{AskedOf, GOOD_FOR};
use crate::ops::enquiry_news::{Found, What};

#[derive(Serialize)]
struct Content {
    #[serde(flatten)]
    sender: Sender,
    heading: String,
    sentences: Vec<String>,
    /// What is needed, a line each.
    need: Vec<String>,
    button: &'static str,
    link: String,
    why: String,
}

/// Writes the letter.
pub fn write(author: Author, found: &Found, what: What) -> Result<Words, String> {
    let site = &author.config.site_name;
    let content = match what {
        What::Asked => Content {
            sender: author.sender(),
            heading: question(found),
            sentences: asked_sentences(found),
            need: need(&found.enquiry.need),
            button: "Answer: yes, no, or phone me",
            link: link(author, found, what),
            why: format!(
                "You get this because you keep the figures of {} on {site}. The link is yours alone, needs no sign-in \
                 and works for {} days. Opening it changes nothing.",
                found.service.facts.name,
                GOOD_FOR.num_days()
            ),
        },
        What::Answered => Content {
            sender: author.sender(),
            heading: answer(author, found),
            sentences: answer_sentences(found),
            need: need(&found.enquiry.need),
            button: "See every answer",
            link: link(author, found, what),
            why: format!("You get this because you asked on {site}."),
        },
    };
    author.letters.write("enquiry", &content)
}

/// The notification for one device.
pub fn notice(author: Author, found: &Found, what: What) -> Notice {
    let summary = need(&found.enquiry.need).into_iter().take(2).collect::<Vec<_>>().join(", ");
    let (title, body) = match what {
        What::Asked => (question(found), format!("{summary}.\nTap to answer: yes, no, or phone me.")),
        What::Answered => (answer(author, found), summary),
    };
    let tag = Notice::tag(&format!("{} {}", found.enquiry.id, found.service.id));
    Notice { title, body, url: link(author, found, what), tag, silent: false }
}

fn link(author: Author, found: &Found, what: What) -> String {
    match what {
        What::Asked => {
            let (enquiry, service) = (found.enquiry.id.clone(), found.service.id.clone());
            let of = AskedOf { enquiry, service, person: found.person.id.clone() };
            author.config.link(&format!("answer/{}", of.token(author.signer)))
        }
        What::Answered => author.config.link(&format!("enquiries/{}", found.enquiry.id)),
    }
}

fn question(found: &Found) -> String {
    let name = &found.service.facts.name;
    match found.enquiry.kind {
        EnquiryKind::Ask => format!("{name}: is this still free?"),
        EnquiryKind::Hold => format!("{name}: please keep one place"),
    }
}

fn asked_sentences(found: &Found) -> Vec<String> {
    let name = &found.service.facts.name;
    let who = found.asker.as_ref().map_or_else(|| "Staff ask".to_owned(), |asker| format!("{} asks", asker.email));
    let sentence = match found.enquiry.kind {
        EnquiryKind::Ask => format!("{who} whether {name} can take somebody who needs this:"),
        EnquiryKind::Hold => format!("{who} {name} to keep one place for somebody who needs this:"),
    };
    vec![sentence]
}

/// What is needed, in words, a line each.
pub fn need(need: &Need) -> Vec<String> {
    let mut lines = vec![
        format!("{}, {}", need.bed_type.label(), need.stay.label().to_lowercase()),
        format!("from {}", day_words(need.start)),
        format!("funding: {}", need.funding.label().to_lowercase()),
    ];
    if !need.needs.is_empty() {
        lines.push(format!("needs: {}", need.needs.join(", ")));
    }
    lines
}

fn asked(found: &Found) -> Option<&Asked> {
    found.enquiry.asked.iter().find(|asked| asked.service == found.service.id)
}

/// `Alder House: yes, kept until 9:30am, 24 November 2026`
fn answer(author: Author, found: &Found) -> String {
    let name = &found.service.facts.name;
    let Some(asked) = asked(found) else { return name.clone() };
    let said = match (asked.answer, asked.hold, asked.held_until) {
        (Some(Answer::Yes), Some(Hold::Held), Some(until)) => {
            format!("yes, one place is kept until {}", author.config.timezone.when(until))
        }
        (Some(Answer::Yes), ..) => "yes".to_owned(),
        (Some(Answer::No), Some(Hold::Withdrawn), _) => "the place is kept no longer".to_owned(),
        (Some(Answer::No), ..) => "no".to_owned(),
        (Some(Answer::Call), ..) => "please phone".to_owned(),
        (None, ..) => "not answered yet".to_owned(),
    };
    format!("{name}: {said}")
}

fn answer_sentences(found: &Found) -> Vec<String> {
    let name = &found.service.facts.name;
    let phone = found.service.facts.phone.as_ref().map(|phone| format!("Phone {name}: {phone}."));
    let case = found.enquiry.case_reference.as_ref().map(|case| format!("Your case: {case}."));
    let asked = match found.enquiry.kind {
        EnquiryKind::Ask => "You asked whether it can take somebody who needs this:",
        EnquiryKind::Hold => "You asked it to keep one place for somebody who needs this:",
    };
    phone.into_iter().chain(case).chain([asked.to_owned()]).collect()
}
