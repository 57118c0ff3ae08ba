//! Every mail as its reader sees it, written now from the data as they are. Nothing is sent, and no
//! link in it opens anything: all are of somebody who is not there.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use actix_web::web::{Data, Path};
use chrono::Duration;
use minijinja::context;
use minijinja::value::Value;

use crate::app::App;
use crate::domain::alert::{Alert, AlertId, AlertState};
use crate::domain::care_service::CareService;
use crate::domain::change::Change;
use crate::domain::digest::{Cadence, Period};
use crate::domain::enquiry::{Asked, Enquiry, EnquiryId, Need};
use crate::domain::filter::Filter;
use crate::domain::person::{Person, PersonId};
use crate::domain::reminder::Unanswered;
use crate::domain::words::{AlertChannel, BedType, EnquiryKind, Funding, GuideKind, Kind, Role, Stay};
use crate::guide::workshop::{self, Format};
use crate::http::admin::administrator;
use crate::http::page::page;
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;
use crate::notify::alert_letter::{self, News};
use crate::notify::digest::{self, Wanted};
use crate::notify::enquiry_letter;
use crate::notify::guide_letter;
use crate::notify::letter::Words;
use crate::notify::places_letter;
use crate::notify::reminder::{self, Question};
use crate::notify::week_letter;
use crate::ops::enquiry_news::{Found, What};
use crate::ops::people_mail;
use crate::ops::service_week::Counted;
use crate::store::{self, changes};

/// Stands where a secret would.
const CUT: &str = "preview";
/// Inside a frame of ours only, with its own styles, and nothing else at all.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox";

/// Every mail: the folder of its templates, and when it comes.
const MAILS: [(&str, &str); 10] = [
    ("sign_in", "Somebody asks to sign in"),
    ("confirm_alert", "Somebody without a sign-in makes an alert"),
    ("alert", "A service has come to match an alert"),
    ("digest", "The day or week of an alert"),
    ("reminder", "Figures are probably wrong by now"),
    ("week", "Monday, to who keeps the figures of services"),
    ("guide", "Somebody has a guide sent"),
    ("people", "Somebody's roles have changed"),
    ("places", "Somebody has services sent: from a shortlist, or by the contact centre"),
    ("enquiry", "Staff ask a service, or have a place kept"),
];

pub async fn list(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    show(&app, &administrator(visitor)?, "", None)
}

pub async fn one(app: Data<Arc<App>>, visitor: Visitor, name: Path<String>) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    let words = words(&app, &visitor, &name).await?;
    show(&app, &visitor, &name, Some(words))
}

/// The HTML part alone, for the frame.
pub async fn html(app: Data<Arc<App>>, visitor: Visitor, name: Path<String>) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    let words = words(&app, &visitor, &name).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type("text/html; charset=utf-8")
        .body(words.html))
}

fn show(app: &App, visitor: &Visitor, name: &str, words: Option<Words>) -> Result<HttpResponse, Problem> {
    let mails: Vec<Value> = MAILS.iter().map(|(name, when)| context! { name => *name, when => *when }).collect();
    let own = context! { mails => mails, name => name };
    let own = match words {
        Some(words) => context! { subject => words.subject, text => words.text, ..own },
        None => own,
    };
    page(app, visitor, "admin_mail.html", own)
}

async fn words(app: &Arc<App>, visitor: &Visitor, name: &str) -> Result<Words, Problem> {
    // Nobody, so that no link of theirs opens anything.
    let person = visitor.signed_in.as_ref().ok_or_else(Problem::not_signed_in)?.person.clone();
    let person = Person { id: PersonId::from_text(CUT), ..person };
    let (author, snapshot, moment) = (app.author(), app.board.current(), app.moment());
    let filter = Filter { vacant: Some(1), ..Filter::default() };
    let alert = sample(app, &person, &filter);
    let written = match name {
        "sign_in" => author.sign_in(CUT, crate::ops::sign_in::GOOD_FOR.num_minutes()),
        "confirm_alert" => author.confirmation(&alert, &filter.words()),
        "alert" => {
            let changes = latest(app, &filter).await?;
            alert_letter::write(
                author,
                &News { alert: &alert, filter: &filter, changes: &changes, staff: true },
                &snapshot,
            )
        }
        "digest" => {
            let size = |kind| app.guides.size(&workshop::Asked { kind, format: Format::Pdf, filter: filter.clone() });
            let (cadence, before) = (Cadence::Weekly, None);
            let wanted = Wanted { alert: &alert, filter: &filter, cadence, before, staff: true, moment, size: &size };
            let written = digest::write(author, &snapshot, &wanted);
            written.and_then(|digest| digest.words.ok_or_else(|| "the digest says nothing".to_owned()))
        }
        "reminder" => {
            let service =
                snapshot.matching(&Filter::default(), &moment).into_iter().next().ok_or_else(Problem::not_found)?;
            let question = Question {
                service: (*service).clone(),
                rate: 0.5,
                is_probably_wrong: true,
                unanswered: Unanswered::default(),
            };
            reminder::write(author, &person, &[question], moment.now)
        }
        "week" => {
            let service =
                snapshot.matching(&Filter::default(), &moment).into_iter().next().ok_or_else(Problem::not_found)?;
            let zone = app.config.timezone;
            let monday = Period::of(Cadence::Weekly, zone.day(moment.now)).first_day();
            let week = app.db.read(move |c| Counted::read(c, zone, monday)?.of(c, &service));
            let week = week.await.map_err(|error: store::Error| Problem::from(error))?;
            week_letter::write(author, &person.id, &[week], moment.now)
        }
        "guide" => author.guide(&guide_letter::sample(GuideKind::Residential), &Filter::default(), &snapshot, moment),
        "people" => {
            let news = people_mail::News::Invited { role: Role::Manager, service: None, link: Some(CUT.to_owned()) };
            author.about_people(&news)
        }
        "places" => {
            let services = snapshot.matching(&filter, &moment).into_iter().take(3).collect::<Vec<_>>();
            places_letter::write(author, &services, &moment)
        }
        "enquiry" => {
            let homes = Filter { kind: vec![Kind::CareHome], ..Filter::default() };
            let service = snapshot.matching(&homes, &moment).into_iter().next().ok_or_else(Problem::not_found)?;
            let enquiry = sample_enquiry(app, &service);
            let found = Found { asker: None, service: (*service).clone(), person, enquiry };
            enquiry_letter::write(author, &found, What::Asked)
        }
        _ => return Err(Problem::not_found()),
    };
    written.map_err(|why| Problem::broken(&why))
}

/// An alert of who looks, as it would be; it is nowhere, so its links lead nowhere.
fn sample(app: &App, person: &Person, filter: &Filter) -> Alert {
    let now = app.clock.now();
    Alert {
        id: AlertId::from_text(CUT),
        person: Some(person.id.clone()),
        email: None,
        name: "An example".to_owned(),
        query: filter.query(),
        channels: vec![AlertChannel::Mail, AlertChannel::Weekly],
        state: AlertState::Active,
        hour: app.config.digest_hour,
        quiet: None,
        paused_until: None,
        made_at: now.minus(Duration::days(7)),
        active_at: Some(now.minus(Duration::days(7))),
        further: false,
        until_placed: true,
        heartbeat: true,
    }
}

/// An enquiry as it would be; it is nowhere, so its link leads nowhere.
fn sample_enquiry(app: &App, service: &CareService) -> Enquiry {
    let now = app.clock.now();
    Enquiry {
        id: EnquiryId::from_text(CUT),
        asked_by: String::new(),
        kind: EnquiryKind::Hold,
        need: Need {
            bed_type: BedType::GeneralNursing,
            stay: Stay::Permanent,
            start: app.config.timezone.day(now),
            funding: Funding::LocalAuthority,
            needs: vec!["hoist".to_owned()],
        },
        case_reference: None,
        made_at: now,
        withdrawn_at: None,
        asked: vec![Asked::unanswered(service.id.clone())],
    }
}

/// The last changes after which a service matched.
async fn latest(app: &App, filter: &Filter) -> Result<Vec<Change>, Problem> {
    /// As many as are looked through.
    const MOST: i64 = 200;
    /// As many as a mail of this kind usually tells.
    const TOLD: usize = 3;
    let last = app.db.read(|c| {
        let end = changes::last_seq(c)?;
        changes::after(c, (end - MOST).max(0), MOST)
    });
    let moment = app.moment();
    let mut found: Vec<Change> = last.await.map_err(|error: store::Error| Problem::from(error))?;
    found.retain(|change| filter.matches(&change.service, &moment));
    Ok(found.split_off(found.len().saturating_sub(TOLD)))
}
