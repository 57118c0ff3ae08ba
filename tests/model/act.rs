//! What is done to the service, as numbers that mean something whatever was done before: which home, which of
//! the enquiries so far. What it should do is in `place.rs`, what it does in `world.rs`.

use berth::domain::words::AdmissionStatus;

use crate::chance::Chance;

/// So many homes there are at the most.
pub const HOMES: usize = 4;
/// Of each home so many lines.
pub const LINES: usize = 2;

/// One line: which, its four numbers and the rest, and for how many days places are reserved.
#[derive(Clone, Debug)]
pub struct LineFigures {
    pub line: usize,
    pub occupied: u16,
    pub reserved: u16,
    pub accepting: u16,
    pub left: u16,
    pub reserved_days: Option<u64>,
}

#[derive(Clone, Debug)]
pub struct Figures {
    pub status: AdmissionStatus,
    pub closed_days: Option<u64>,
    pub lines: Vec<LineFigures>,
    pub rooms: Option<usize>,
}

/// Which version of the figures was read.
#[derive(Clone, Copy, Debug)]
pub enum Read {
    Unasked,
    Newest,
    Older,
}

#[derive(Clone, Debug)]
pub enum Act {
    /// A whole register of the county, with these homes, each with so many beds.
    Register {
        listed: [bool; HOMES],
        beds: u32,
    },
    Update {
        home: usize,
        figures: Figures,
        read: Read,
        key: Option<usize>,
    },
    Confirm {
        home: usize,
        read: Read,
    },
    Adjust {
        home: usize,
        line: usize,
        freed: bool,
    },
    Ask {
        homes: Vec<usize>,
        line: usize,
        hold: bool,
    },
    Answer {
        enquiry: usize,
        home: usize,
        yes: bool,
        hours: i64,
    },
    Withdraw {
        enquiry: usize,
    },
    Pass {
        hours: i64,
    },
    /// What the background jobs do every few seconds.
    Lapse,
    Token {
        home: usize,
    },
    Revoke {
        token: usize,
    },
    ByToken {
        token: usize,
        home: usize,
        accepting: u16,
    },
    Restart,
}

impl Act {
    pub fn by_chance(chance: &mut Chance) -> Self {
        let home = chance.below(HOMES);
        let line = chance.below(LINES);
        let read = *chance.of(&[Read::Unasked, Read::Newest, Read::Newest, Read::Older]);
        match chance.below(40) {
            0..=3 => Self::Register { listed: [(); HOMES].map(|()| chance.is(75)), beds: 40 + chance.below(2) as u32 },
            4..=11 => {
                let key = chance.is(30).then(|| chance.below(3));
                Self::Update { home, figures: Figures::by_chance(chance), read, key }
            }
            12 | 13 => Self::Confirm { home, read },
            14..=17 => Self::Adjust { home, line, freed: chance.is(50) },
            18..=20 => {
                let homes = (0..HOMES).filter(|_| chance.is(40)).take(3).collect::<Vec<_>>();
                Self::Ask { homes: if homes.is_empty() { vec![home] } else { homes }, line, hold: chance.is(80) }
            }
            21..=25 => {
                let (enquiry, hours) = (chance.below(8), *chance.of(&[1, 20, 90]));
                Self::Answer { enquiry, home, yes: chance.is(75), hours }
            }
            26 => Self::Withdraw { enquiry: chance.below(8) },
            27..=31 => Self::Pass { hours: *chance.of(&[1, 5, 15, 30, 80]) },
            32..=34 => Self::Lapse,
            35 => Self::Token { home },
            36 => Self::Revoke { token: chance.below(4) },
            37 | 38 => Self::ByToken { token: chance.below(4), home, accepting: chance.below(3) as u16 },
            _ => Self::Restart,
        }
    }
}

impl Figures {
    fn by_chance(chance: &mut Chance) -> Self {
        let status = *chance.of(&[AdmissionStatus::Open, AdmissionStatus::OnRequest, AdmissionStatus::Closed]);
        let is_closed = status == AdmissionStatus::Closed;
        let lines = (0..LINES).filter_map(|line| {
            let numbers = [(); 4].map(|()| chance.below(4) as u16);
            let days = chance.is(50).then(|| chance.below(4) as u64).filter(|_| numbers[1] > 0);
            chance.is(80).then_some(LineFigures {
                line,
                occupied: numbers[0],
                reserved: numbers[1],
                accepting: numbers[2],
                left: numbers[3],
                reserved_days: days,
            })
        });
        let lines = lines.collect();
        Self {
            status,
            closed_days: chance.is(60).then(|| chance.below(4) as u64).filter(|_| is_closed),
            lines,
            rooms: chance.is(30).then(|| chance.below(3)),
        }
    }
}
