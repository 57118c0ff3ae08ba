//! The service itself, with its database, its log, its board and its port, but with no job that does something
//! unasked; each act done as a program or a page does it. What should come of it, the model says.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::sync::Arc;

use berth::app::App;
use berth::base::stamp::Stamp;
use berth::board::Board;
use berth::domain::actor::Actor;
use berth::domain::authority::AuthorityCode;
use berth::domain::capacity::{Adjustment, BedLine, Capacity, CapacityUpdate, Line};
use berth::domain::care_service::{CareService, CareServiceId, Facts};
use berth::domain::enquiry::{EnquiryId, Need, NewAnswer, NewEnquiry};
use berth::domain::filter_text::Asked;
use berth::domain::person::{Target, TokenId};
use berth::domain::register::RegisterEntry;
use berth::domain::room::Room;
use berth::domain::words::{Answer, BedType, EnquiryKind, Funding, Gender, Reason, Scope, Source, Stay};
use berth::http::server::{self, ServerHandle};
use berth::jobs::lapse;
use berth::live::follow::{self, Following};
use berth::ops::answer_enquiry::Answering;
use berth::ops::apply_import::{Complete, Register};
use berth::ops::create_token::NewToken;
use berth::ops::update_capacity::Telling;
use berth::ops::{
    Condition, Refused, adjust_capacity, answer_enquiry, apply_import, ask, confirm_capacity, count_days, create_token,
    end_holds, update_capacity,
};
use berth::store::{Error, changes, services};
use chrono::NaiveDate;
use reqwest::StatusCode;
use serde_json::json;
use tokio::task::JoinHandle;

use crate::model::act::{Act, Figures, HOMES, LineFigures, Read};
use crate::model::place::{self, Model, Word, by_token};
use crate::support::Home;
use crate::support::homes::care_home;
use crate::trial::report::{Report, log, shown};
use crate::trial::watcher::{Seen, watch};
use crate::trial::writer::put;
use crate::trial::{Stage, WATCHED};

const TYPES: [BedType; 2] = [BedType::GeneralNursing, BedType::DementiaResidential];

/// What runs, until it is started again.
struct Running {
    app: Arc<App>,
    handle: ServerHandle,
    ended: JoinHandle<std::io::Result<()>>,
    _following: Following,
}

pub struct World {
    home: Home,
    running: Option<Running>,
    stage: Arc<Stage>,
    watchers: Vec<JoinHandle<Seen>>,
    enquiries: Vec<EnquiryId>,
    tokens: Vec<(TokenId, String)>,
}

fn id(home: usize) -> CareServiceId {
    CareServiceId::from_text(format!("1-{home}"))
}

fn actor() -> Actor {
    Actor::system("model")
}

/// What an answer of an act is called in the model.
fn word<T>(answer: Result<T, Refused>) -> Word {
    match answer {
        Ok(_) => place::DONE,
        Err(Refused::NotFound) => place::NOT_FOUND,
        Err(Refused::NotAllowed) => place::NOT_ALLOWED,
        Err(Refused::Stale(_)) => place::STALE,
        Err(Refused::KeyReused) => place::KEY_REUSED,
        Err(Refused::Invalid(_)) => place::INVALID,
        Err(other) => panic!("{other}"),
    }
}

fn start(home: &Home, listener: TcpListener) -> Running {
    let (app, _) = App::open(home.config(), home.clock.clone(), false).unwrap();
    let following = follow::start(&app.db, &app.board, &app.live.hub).unwrap();
    let server = server::start(&app, listener, 1).unwrap();
    Running { app, handle: server.handle, ended: tokio::spawn(server.server), _following: following }
}

impl World {
    pub async fn open(home: Home) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let running = start(&home, listener);
        let all = NewToken {
            name: "end".to_owned(),
            scopes: vec![Scope::CapacityWrite],
            targets: vec![Target::All],
            expires_at: None,
        };
        let (_, token) = create_token::run(&running.app.db, &home.clock, actor(), all).await.unwrap();
        let stage = Stage::at(vec![address], token.reveal().to_owned());
        let watchers = WATCHED.iter().map(|query| tokio::spawn(watch(Arc::clone(&stage), query, 0))).collect();
        Self { home, running: Some(running), stage, watchers, enquiries: Vec::new(), tokens: Vec::new() }
    }

    pub fn database_url(&self) -> &str {
        &self.home.database_url
    }

    fn app(&self) -> &Arc<App> {
        &self.running.as_ref().unwrap().app
    }

    /// This moment, and the local day.
    pub fn time(&self) -> (Stamp, NaiveDate) {
        let now = self.home.clock.now();
        (now, self.app().config.timezone.day(now))
    }

    pub async fn act(&mut self, act: &Act) -> Word {
        let (app, (now, today)) = (self.app().clone(), self.time());
        let (db, clock) = (&app.db, &app.clock);
        match act {
            Act::Register { listed, beds } => self.register(listed, *beds).await,
            Act::Update { home, figures, read, key } => {
                let update = update(figures, today);
                let request = format!("{home} {figures:?}");
                let idempotency_key = key.map(|key| format!("key {key}"));
                let condition = Condition { idempotency_key, request, version: self.version(*home, *read).await };
                word(update_capacity::run(db, clock, telling(*home, condition), update).await)
            }
            Act::Confirm { home, read } => {
                let condition = Condition { version: self.version(*home, *read).await, ..Condition::default() };
                word(confirm_capacity::run(db, clock, telling(*home, condition)).await)
            }
            Act::Adjust { home, line, freed } => {
                let step = Adjustment { bed_type: TYPES[*line], stay: Stay::Permanent, freed: *freed };
                word(adjust_capacity::run(db, clock, telling(*home, Condition::default()), step).await)
            }
            Act::Ask { homes, line, hold } => {
                let kind = if *hold { EnquiryKind::Hold } else { EnquiryKind::Ask };
                let services = homes.iter().map(|home| id(*home)).collect();
                let new = NewEnquiry { kind, services, need: need(*line, today), case_reference: None };
                let asked = ask::run(db, clock, actor(), new).await;
                self.enquiries.extend(asked.as_ref().ok().map(|seen| seen.enquiry.id.clone()));
                word(asked)
            }
            Act::Answer { enquiry, home, yes, hours } => {
                let Some(enquiry) = self.enquiries.get(*enquiry).cloned() else { return place::NOTHING };
                let answering = Answering { actor: actor(), enquiry, service: id(*home), source: Source::Form };
                let until = yes.then(|| now.plus(chrono::Duration::hours(*hours)));
                let new = NewAnswer { answer: if *yes { Answer::Yes } else { Answer::No }, until };
                word(answer_enquiry::run(db, clock, answering, new).await)
            }
            Act::Withdraw { enquiry } => {
                let Some(enquiry) = self.enquiries.get(*enquiry).cloned() else { return place::NOTHING };
                word(end_holds::withdraw(db, clock, actor(), enquiry).await)
            }
            Act::Pass { hours } => {
                self.home.clock.advance(chrono::Duration::hours(*hours));
                place::DONE
            }
            Act::Lapse => {
                end_holds::lapse(db, clock).await.unwrap();
                self.reach().await;
                word(lapse::round(&app).await)
            }
            Act::Token { home } => {
                let targets = vec![Target::Service(id(*home))];
                let scopes = vec![Scope::CapacityWrite];
                let new = NewToken { name: "one home".to_owned(), scopes, targets, expires_at: None };
                let made = create_token::run(db, clock, actor(), new).await;
                self.tokens
                    .extend(made.as_ref().ok().map(|(token, secret)| (token.clone(), secret.reveal().to_owned())));
                word(made)
            }
            Act::Revoke { token } => {
                let Some((token, _)) = self.tokens.get(*token).cloned() else { return place::NOTHING };
                word(create_token::revoke(db, clock, actor(), token).await)
            }
            Act::ByToken { token, home, accepting } => self.by_token(*token, *home, *accepting).await,
            Act::Restart => {
                self.restart().await;
                place::DONE
            }
        }
    }

    async fn register(&self, listed: &[bool; HOMES], beds: u32) -> Word {
        let entry = |home: usize| {
            let service = care_home(id(home).as_str(), &format!("Example House {home}"));
            let told = Facts { beds: Some(beds), ..service.facts };
            RegisterEntry { id: service.id, told, likely_care_types: Vec::new() }
        };
        let entries = (0..HOMES).filter(|home| listed[*home]).map(entry).collect();
        let authorities = BTreeSet::from([AuthorityCode::parse("E10000014").unwrap()]);
        let complete = Some(Complete { authorities, ..Complete::default() });
        let plan = apply_import::plan(&self.app().db, Register { entries, complete }).await.unwrap();
        word(apply_import::run(&self.app().db, &self.app().clock, plan, |_| {}).await)
    }

    async fn version(&self, home: usize, read: Read) -> Option<i64> {
        let stored = self.app().db.read(move |c| services::get(c, &id(home))).await;
        let version = stored.map_or(0, |stored| stored.service.capacity.version);
        match read {
            Read::Unasked => None,
            Read::Newest => Some(version),
            Read::Older => Some(version - 1),
        }
    }

    async fn by_token(&self, token: usize, home: usize, accepting: u16) -> Word {
        let Some((_, secret)) = self.tokens.get(token) else { return place::NOTHING };
        let told = &by_token(accepting).lines[0];
        let line = json!({
            "bed_type": TYPES[told.line], "maximum": told.occupied + accepting, "occupied": told.occupied,
            "reserved": 0, "accepting": accepting,
        });
        self.reach().await;
        let url = format!("http://{}/api/v1/services/{}/capacity", self.stage.address(0), id(home));
        let asked = reqwest::Client::new().put(url).bearer_auth(secret).header("If-Match", "*");
        let answer = asked.json(&json!({ "lines": [line] })).send().await.unwrap();
        match answer.status() {
            StatusCode::OK => place::DONE,
            StatusCode::UNAUTHORIZED => place::UNKNOWN_TOKEN,
            StatusCode::FORBIDDEN => place::NOT_ALLOWED,
            StatusCode::NOT_FOUND => place::NOT_FOUND,
            other => panic!("{other}: {}", answer.text().await.unwrap()),
        }
    }

    /// Sends watchers away, ends, and starts again on the same port.
    async fn restart(&mut self) {
        let Running { app, handle, ended, _following } = self.running.take().unwrap();
        let patience = std::time::Duration::from_secs(2);
        app.live.close(patience).await;
        handle.stop(false).await;
        // Those who came again before the port was closed.
        app.live.close(patience).await;
        ended.await.unwrap().unwrap();
        drop((app, _following));
        let listener = TcpListener::bind(self.stage.address(0)).unwrap();
        self.running = Some(start(&self.home, listener));
    }

    /// Waits until the board knows all that is written.
    async fn reach(&self) {
        let last = self.app().db.read(changes::last_seq).await.unwrap();
        self.app().board.reach(last).await;
    }

    /// Holds database, log and board against the model, and against each other.
    pub async fn compare(&self, model: &Model) {
        self.reach().await;
        let app = self.app();
        let look =
            |c: &mut _| Ok::<_, Error>((services::all(c)?, changes::after(c, 0, i64::MAX)?, changes::last_seq(c)?));
        let (stored, log, last) = app.db.read(look).await.unwrap();
        assert_eq!(last, model.seq, "entries of the log");
        assert!(log.iter().map(|change| change.seq).eq(1..=last), "the log has holes");
        let newest: BTreeMap<_, _> =
            log.into_iter().map(|change| (change.service.id.clone(), change.service)).collect();
        let all: BTreeMap<_, _> = stored.into_iter().map(|one| (one.service.id.clone(), one.service)).collect();
        assert_eq!(newest, all, "what the log says and what is stored");
        let on = |board: &Board| -> BTreeMap<CareServiceId, CareService> {
            board.current().all().map(|service| (service.id.clone(), CareService::clone(service))).collect()
        };
        assert_eq!(on(&app.board), on(&Board::new(newest.into_values().collect(), last)), "the board, and a fresh one");

        let seen: BTreeMap<CareServiceId, place::Home> = all.values().map(|one| (one.id.clone(), read(one))).collect();
        let wanted = model.homes.iter().map(|(home, wanted)| (id(*home), wanted.clone())).collect();
        assert_eq!(seen, wanted, "the figures");
        let vacant = Asked::parse("vacant=1", &[]).unwrap().located(None).unwrap();
        let listed = model.homes.values().filter(|home| home.is_listed);
        let with_vacancies = listed.clone().filter(|home| home.vacant() > 0).count();
        assert_eq!(app.board.current().count(&vacant, &app.moment()), with_vacancies, "homes with vacancies");
        for (home, wanted) in &model.homes {
            assert_eq!(all[&id(*home)].capacity.vacant(), wanted.vacant(), "vacancies of home {home}");
        }
    }

    /// Whoever watched has had everything once, and the day's sums are those of the homes.
    pub async fn end(mut self, model: &mut Model) {
        let (now, today) = self.time();
        let all = Act::Register { listed: [true; HOMES], beds: 40 };
        assert_eq!(self.act(&all).await, model.act(&all, now, today));
        self.sums(model, today).await;
        let last = put(&self.stage, 0, "the end", 1).await;
        assert_eq!(last, model.seq + 1);
        self.stage.end.send_replace(Some(last));
        let mut seen = Vec::new();
        for watcher in std::mem::take(&mut self.watchers) {
            let ended = tokio::time::timeout(std::time::Duration::from_secs(60), watcher).await;
            seen.push(ended.expect("every watcher sees the end").unwrap());
        }
        let (shown, log) = (shown(&self.stage, "the end").await, log(&self.stage).await);
        let report = Report::of(Vec::new(), &[("the end".to_owned(), last)], &seen, &shown, &log);
        assert!(report.is_sound(), "{report}");
        self.running.as_ref().unwrap().handle.stop(false).await;
    }

    async fn sums(&self, model: &Model, today: NaiveDate) {
        let app = self.app();
        let days = count_days::read(&app.db, app.config.timezone, app.moment(), None, (today, today)).await.unwrap();
        let stood = days.iter().map(|day| &day.stood);
        let vacancies: u32 = stood.clone().flat_map(|stood| stood.vacancies.values()).sum();
        let listed: Vec<_> = model.homes.values().filter(|home| home.is_listed).collect();
        assert_eq!(vacancies, listed.iter().map(|home| home.vacant()).sum::<u32>(), "the sum of vacancies");
        assert_eq!(stood.clone().map(|stood| stood.care_homes).sum::<u32>() as usize, listed.len(), "homes");
        let with = listed.iter().filter(|home| home.vacant() > 0).count();
        assert_eq!(stood.map(|stood| stood.with_vacancies).sum::<u32>() as usize, with, "homes with vacancies");
    }
}

fn telling(home: usize, condition: Condition) -> Telling {
    Telling { actor: actor(), id: id(home), source: Source::Form, condition }
}

fn need(line: usize, start: NaiveDate) -> Need {
    Need { bed_type: TYPES[line], stay: Stay::Permanent, start, funding: Funding::LocalAuthority, needs: Vec::new() }
}

fn update(figures: &Figures, today: NaiveDate) -> CapacityUpdate {
    let day = |days: &u64| today + chrono::Days::new(*days);
    let line = |told: &LineFigures| {
        Line::Bed(BedLine {
            bed_type: TYPES[told.line],
            stay: Stay::Permanent,
            maximum: told.occupied + told.reserved + told.accepting + told.left,
            occupied: told.occupied,
            reserved: told.reserved,
            reserved_until: told.reserved_days.as_ref().map(day),
            accepting: told.accepting,
            gender: Gender::Any,
            funding: Vec::new(),
            weekly_fee: None,
            earliest_admission: None,
            reason: (told.left > 0).then_some(Reason::Staffing),
            note: None,
        })
    };
    let room = |number: usize| serde_json::from_value::<Room>(json!({ "name": format!("Room {number}") })).unwrap();
    CapacityUpdate {
        status: figures.status,
        closed_until: figures.closed_days.as_ref().map(day),
        lines: figures.lines.iter().map(line).collect(),
        rooms: figures.rooms.map(|count| (0..count).map(room).collect()),
    }
}

/// A stored service in the words of the model.
fn read(service: &CareService) -> place::Home {
    let Capacity { version, status, closed_until, reopens_as, confirmed_at, .. } = service.capacity.clone();
    let line = |bed: &BedLine| place::Line {
        line: TYPES.iter().position(|bed_type| *bed_type == bed.bed_type).unwrap(),
        maximum: bed.maximum,
        occupied: bed.occupied,
        reserved: bed.reserved,
        accepting: bed.accepting,
        reserved_until: bed.reserved_until,
    };
    place::Home {
        is_listed: service.left_at.is_none(),
        beds: service.facts.beds.unwrap_or_default(),
        version,
        status,
        closed_until,
        reopens_as,
        lines: service.capacity.beds().map(line).collect(),
        rooms: service.capacity.rooms.len(),
        confirmed_at,
    }
}
