//! Enquiries as pages show them: what is needed, how each service stands, what can be answered.
//! What may be done is decided in `ops`.

use chrono::Duration;
use minijinja::context;
use minijinja::value::{Serde, Value};

use crate::app::App;
use crate::base::stamp::Stamp;
use crate::board::Snapshot;
use crate::domain::enquiry::{Asked, Enquiry, Need, USUAL_HOLD};
use crate::domain::person::EmailAddress;
use crate::domain::words::{Answer, EnquiryKind, Hold};
use crate::http::visitor::Visitor;

/// For how many hours a place may be kept by one press; the usual time stands first.
const HOURS: [i64; 4] = [4, 24, 96, 168];

/// The times until which a place can be kept, to the minute: as they are sent, and in words.
pub fn untils(app: &App) -> Value {
    let now = app.clock.now().utc().timestamp() / 60 * 60;
    let at = |span: Duration| {
        let until = chrono::DateTime::from_timestamp(now, 0).map_or(app.clock.now(), Stamp::new).plus(span);
        (until.to_string(), app.config.timezone.when(until))
    };
    let spans = std::iter::once(USUAL_HOLD).chain(HOURS.into_iter().map(Duration::hours));
    Value::from(Serde(&spans.map(at).collect::<Vec<_>>()))
}

/// What is needed, for the card.
pub fn need(need: &Need) -> Value {
    context! {
        bed_type => need.bed_type.word(),
        stay => need.stay.word(),
        start => need.start.to_string(),
        funding => need.funding.word(),
        needs => need.needs.clone(),
    }
}

/// An enquiry with each service that the visitor may see of it.
pub fn enquiry(app: &App, visitor: &Visitor, enquiry: &Enquiry, contact: Option<&EmailAddress>) -> Value {
    let snapshot = app.board.current();
    let asked = enquiry.asked.iter().map(|asked| one(visitor, &snapshot, enquiry, asked));
    let answered = enquiry.asked.iter().filter(|asked| asked.answer.is_some()).count();
    context! {
        id => enquiry.id.as_str(),
        kind => enquiry.kind.word(),
        need => need(&enquiry.need),
        case_reference => enquiry.case_reference.as_deref().unwrap_or_default(),
        contact => contact.map(EmailAddress::as_str).unwrap_or_default(),
        made_at => enquiry.made_at.to_string(),
        is_withdrawn => enquiry.withdrawn_at.is_some(),
        asked => Value::from_iter(asked),
        answered => answered,
    }
}

fn one(visitor: &Visitor, snapshot: &Snapshot, enquiry: &Enquiry, asked: &Asked) -> Value {
    let service = snapshot.get(&asked.service);
    let facts = service.map(|service| &service.facts);
    let is_listed = service.is_some_and(|service| service.left_at.is_none());
    let state = if is_listed || asked.answer.is_some() { state(enquiry, asked) } else { "left" };
    context! {
        id => asked.service.as_str(),
        name => facts.map_or(asked.service.as_str(), |facts| facts.name.as_str()),
        phone => facts.and_then(|facts| facts.phone.as_deref()).unwrap_or_default(),
        state => state,
        answered_at => asked.answered_at.map(|at| at.to_string()),
        held_until => asked.held_until.map(|at| at.to_string()),
        can_answer => is_listed
            && enquiry.withdrawn_at.is_none()
            && service.is_some_and(|service| visitor.actor.may_update(service)),
    }
}

/// How a service stands to what it is asked, in one word of the templates.
pub fn state(enquiry: &Enquiry, asked: &Asked) -> &'static str {
    match (asked.answer, enquiry.kind, asked.hold) {
        _ if enquiry.withdrawn_at.is_some() => "withdrawn",
        (None, ..) => "waiting",
        (Some(Answer::Yes), EnquiryKind::Ask, _) => "yes",
        (Some(Answer::Yes), EnquiryKind::Hold, Some(Hold::Held)) => "held",
        (Some(Answer::Yes), EnquiryKind::Hold, Some(Hold::Lapsed) | None) => "lapsed",
        (Some(Answer::Yes), EnquiryKind::Hold, Some(Hold::Withdrawn)) => "withdrawn",
        (Some(Answer::No), _, Some(Hold::Withdrawn)) => "given_back",
        (Some(Answer::No), ..) => "no",
        (Some(Answer::Call), ..) => "call",
    }
}
