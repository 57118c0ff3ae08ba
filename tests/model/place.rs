//! The model: what should come of each act, as one would work it out on paper. It knows no database, no log
//! and no code of the service but its words.

use std::collections::BTreeMap;

use berth::base::stamp::Stamp;
use berth::domain::words::AdmissionStatus;
use chrono::{Days, Duration, NaiveDate};

use crate::model::act::{Act, Figures, HOMES, LineFigures, Read};

/// What an act came to, in a word.
pub type Word = &'static str;
pub const DONE: Word = "done";
pub const NOT_FOUND: Word = "not found";
pub const NOT_ALLOWED: Word = "not allowed";
pub const STALE: Word = "stale";
pub const KEY_REUSED: Word = "key reused";
pub const INVALID: Word = "invalid";
pub const UNKNOWN_TOKEN: Word = "unknown token";
/// There is nothing yet to do it to.
pub const NOTHING: Word = "nothing";

#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub line: usize,
    pub maximum: u16,
    pub occupied: u16,
    pub reserved: u16,
    pub accepting: u16,
    pub reserved_until: Option<NaiveDate>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Home {
    pub is_listed: bool,
    pub beds: u32,
    pub version: i64,
    pub status: AdmissionStatus,
    pub closed_until: Option<NaiveDate>,
    pub reopens_as: Option<AdmissionStatus>,
    pub lines: Vec<Line>,
    pub rooms: usize,
    pub confirmed_at: Option<Stamp>,
}

impl Home {
    pub fn vacant(&self) -> u32 {
        if self.status == AdmissionStatus::Closed {
            return 0;
        }
        self.lines.iter().map(|line| u32::from(line.accepting)).sum()
    }

    fn line(&mut self, line: usize) -> Option<&mut Line> {
        self.lines.iter_mut().find(|known| known.line == line)
    }

    /// Whether a place went back.
    fn give_back(&mut self, line: usize) -> bool {
        let Some(line) = self.line(line).filter(|line| line.reserved > 0) else { return false };
        line.reserved -= 1;
        line.accepting += 1;
        line.reserved_until = line.reserved_until.filter(|_| line.reserved > 0);
        true
    }
}

struct Enquiry {
    line: usize,
    hold: bool,
    withdrawn: bool,
    /// Of each home that was asked: until when it keeps a place, if it does.
    asked: BTreeMap<usize, Option<Stamp>>,
}

#[derive(Default)]
pub struct Model {
    /// Homes that were ever on the register.
    pub homes: BTreeMap<usize, Home>,
    /// How many entries the log has.
    pub seq: i64,
    enquiries: Vec<Enquiry>,
    /// The home that a token is for; `None` once it is revoked.
    tokens: Vec<Option<usize>>,
    /// What came with a key, and when.
    keys: BTreeMap<usize, (String, Stamp)>,
}

impl Model {
    pub fn act(&mut self, act: &Act, now: Stamp, today: NaiveDate) -> Word {
        match act {
            Act::Register { listed, beds } => self.register(listed, *beds),
            Act::Update { home, figures, read, key } => self.update(*home, figures, *read, *key, (now, today)),
            Act::Confirm { home, read } => self.tell(*home, *read, now, |_| DONE),
            Act::Adjust { home, line, freed } => self.tell(*home, Read::Unasked, now, |home| {
                let Some(line) = home.line(*line) else { return INVALID };
                let (from, to) = if *freed {
                    (&mut line.occupied, &mut line.accepting)
                } else {
                    (&mut line.accepting, &mut line.occupied)
                };
                if *from == 0 {
                    return INVALID;
                }
                (*from, *to) = (*from - 1, *to + 1);
                DONE
            }),
            Act::Ask { homes, line, hold } => self.ask(homes, *line, *hold),
            Act::Answer { enquiry, home, yes, hours } => self.answer(*enquiry, *home, *yes, now, *hours),
            Act::Withdraw { enquiry } => self.withdraw(*enquiry),
            Act::Pass { .. } | Act::Restart => DONE,
            Act::Lapse => self.lapse(now, today),
            // One for a home that left is good for nothing until it is back.
            Act::Token { home } if self.homes.contains_key(home) => {
                self.tokens.push(Some(*home));
                DONE
            }
            Act::Token { .. } => INVALID,
            Act::Revoke { token } => self.tokens.get_mut(*token).map_or(NOTHING, |token| {
                *token = None;
                DONE
            }),
            Act::ByToken { token, home, accepting } => match self.tokens.get(*token) {
                None => NOTHING,
                Some(None) => UNKNOWN_TOKEN,
                Some(Some(own)) if own == home || !self.is_listed(*home) => {
                    let figures = by_token(*accepting);
                    self.update(*home, &figures, Read::Unasked, None, (now, today))
                }
                Some(Some(_)) => NOT_ALLOWED,
            },
        }
    }

    fn is_listed(&self, home: usize) -> bool {
        self.homes.get(&home).is_some_and(|home| home.is_listed)
    }

    fn register(&mut self, listed: &[bool; HOMES], beds: u32) -> Word {
        for (number, is_listed) in listed.iter().enumerate() {
            let fresh = Home {
                is_listed: false,
                beds,
                version: 0,
                status: AdmissionStatus::Open,
                closed_until: None,
                reopens_as: None,
                lines: Vec::new(),
                rooms: 0,
                confirmed_at: None,
            };
            if !is_listed && !self.homes.contains_key(&number) {
                continue;
            }
            let home = self.homes.entry(number).or_insert(fresh);
            let is_other = if *is_listed { !home.is_listed || home.beds != beds } else { home.is_listed };
            self.seq += i64::from(is_other);
            home.is_listed = *is_listed;
            if *is_listed {
                home.beds = beds;
            }
        }
        DONE
    }

    /// What every telling of figures has in common.
    fn tell(&mut self, home: usize, read: Read, now: Stamp, alter: impl FnOnce(&mut Home) -> Word) -> Word {
        let Some(home) = self.homes.get_mut(&home).filter(|home| home.is_listed) else { return NOT_FOUND };
        if matches!(read, Read::Older) {
            return STALE;
        }
        let word = alter(home);
        if word == DONE {
            home.version += 1;
            home.confirmed_at = Some(now);
            self.seq += 1;
        }
        word
    }

    fn update(
        &mut self,
        home: usize,
        figures: &Figures,
        read: Read,
        key: Option<usize>,
        (now, today): (Stamp, NaiveDate),
    ) -> Word {
        let request = format!("{home} {figures:?}");
        let known = key.and_then(|key| self.keys.get(&key)).filter(|(_, at)| now.since(*at) < Duration::hours(24));
        if let Some((before, _)) = known.filter(|_| self.is_listed(home)) {
            return if *before == request { DONE } else { KEY_REUSED };
        }
        let word = self.tell(home, read, now, |home| {
            home.reopens_as = match (figures.status, home.status) {
                (AdmissionStatus::Closed, AdmissionStatus::Closed) => home.reopens_as,
                (AdmissionStatus::Closed, before) => Some(before),
                (AdmissionStatus::Open | AdmissionStatus::OnRequest, _) => None,
            };
            home.status = figures.status;
            home.closed_until = figures.closed_days.map(|days| today + Days::new(days));
            home.lines = figures.lines.iter().map(|line| line_of(line, today)).collect();
            home.rooms = figures.rooms.unwrap_or(home.rooms);
            DONE
        });
        if let Some(key) = key.filter(|_| word == DONE) {
            self.keys.insert(key, (request, now));
        }
        word
    }

    fn ask(&mut self, homes: &[usize], line: usize, hold: bool) -> Word {
        if !homes.iter().all(|home| self.is_listed(*home)) {
            return INVALID;
        }
        let asked = homes.iter().map(|home| (*home, None)).collect();
        self.enquiries.push(Enquiry { line, hold, withdrawn: false, asked });
        DONE
    }

    fn answer(&mut self, enquiry: usize, home: usize, yes: bool, now: Stamp, hours: i64) -> Word {
        let is_listed = self.is_listed(home);
        let Some(asked) = self.enquiries.get(enquiry) else { return NOTHING };
        let (line, kept) = (asked.line, asked.asked.get(&home).copied());
        let Some(kept) = kept.filter(|_| is_listed) else { return NOT_FOUND };
        if asked.withdrawn {
            return INVALID;
        }
        let until = (yes && asked.hold).then(|| now.plus(Duration::hours(hours)));
        match (kept, until) {
            (None, Some(_)) => {
                let word = self.tell(home, Read::Unasked, now, |home| {
                    let is_closed = home.status == AdmissionStatus::Closed;
                    let Some(line) = home.line(line).filter(|line| !is_closed && line.accepting > 0) else {
                        return INVALID;
                    };
                    line.accepting -= 1;
                    line.reserved += 1;
                    DONE
                });
                if word != DONE {
                    return word;
                }
            }
            (Some(_), None) => self.give_back(home, line),
            (Some(_), Some(_)) | (None, None) => {}
        }
        self.enquiries[enquiry].asked.insert(home, until);
        DONE
    }

    /// A place that was kept goes back, where there still is somebody to take it.
    fn give_back(&mut self, home: usize, line: usize) {
        let Some(home) = self.homes.get_mut(&home).filter(|home| home.is_listed) else { return };
        if home.give_back(line) {
            home.version += 1;
            self.seq += 1;
        }
    }

    fn withdraw(&mut self, enquiry: usize) -> Word {
        let Some(asked) = self.enquiries.get_mut(enquiry) else { return NOTHING };
        asked.withdrawn = true;
        let line = asked.line;
        let kept: Vec<usize> = asked.asked.iter_mut().filter_map(|(home, kept)| kept.take().map(|_| *home)).collect();
        kept.into_iter().for_each(|home| self.give_back(home, line));
        DONE
    }

    fn lapse(&mut self, now: Stamp, today: NaiveDate) -> Word {
        let mut over = Vec::new();
        for enquiry in &mut self.enquiries {
            for (home, kept) in &mut enquiry.asked {
                if kept.is_some_and(|until| until <= now) {
                    *kept = None;
                    over.push((*home, enquiry.line));
                }
            }
        }
        over.into_iter().for_each(|(home, line)| self.give_back(home, line));
        let enquiries = &self.enquiries;
        for (number, home) in self.homes.iter_mut().filter(|(_, home)| home.is_listed) {
            let reopens = home.closed_until.is_some_and(|last| last < today);
            if reopens {
                home.status = home.reopens_as.take().unwrap_or(AdmissionStatus::Open);
                home.closed_until = None;
            }
            let mut is_other = reopens;
            for line in home.lines.iter_mut().filter(|line| line.reserved_until.is_some_and(|last| last < today)) {
                let of_line = enquiries.iter().filter(|enquiry| enquiry.line == line.line);
                let kept = of_line.filter(|enquiry| matches!(enquiry.asked.get(number), Some(Some(_)))).count();
                let kept = u16::try_from(kept).unwrap().min(line.reserved);
                line.accepting += line.reserved - kept;
                (line.reserved, line.reserved_until, is_other) = (kept, None, true);
            }
            home.version += i64::from(is_other);
            self.seq += i64::from(is_other);
        }
        DONE
    }
}

/// The figures that a token tells: one line and nothing else.
pub fn by_token(accepting: u16) -> Figures {
    let line = LineFigures { line: 0, occupied: 3, reserved: 0, accepting, left: 0, reserved_days: None };
    Figures { status: AdmissionStatus::Open, closed_days: None, lines: vec![line], rooms: None }
}

fn line_of(told: &LineFigures, today: NaiveDate) -> Line {
    Line {
        line: told.line,
        maximum: told.occupied + told.reserved + told.accepting + told.left,
        occupied: told.occupied,
        reserved: told.reserved,
        accepting: told.accepting,
        reserved_until: told.reserved_days.map(|days| today + Days::new(days)),
    }
}
