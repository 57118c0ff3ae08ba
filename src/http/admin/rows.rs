//! The rows of the administrators' lists, in words. Which rows somebody sees is decided in `ops`.

use std::sync::Arc;

use minijinja::context;
use minijinja::value::Value;

use crate::board::Snapshot;
use crate::domain::authority;
use crate::domain::filter::Filter;
use crate::domain::freshness::Moment;
use crate::domain::person::{Grant, Target};
use crate::domain::remark;
use crate::http::filter_form::json;
use crate::http::visitor::Visitor;
use crate::ops::administer::{Claimed, Delivery, Known, Open, Remarked};
use crate::ops::late_services::Late;
use crate::store::jobs::Waiting;
use crate::store::stopped::Stopped;
use crate::store::tokens::Token;

/// The state of work that has not failed.
pub const WAITING: &str = "waiting";

/// A late service, with what was tried.
pub fn late(visitor: &Visitor, moment: &Moment, late: &Late) -> Value {
    context! {
        service => json(&late.service, visitor, moment, None),
        reminders => late.reminders,
        can_be_asked => late.can_be_asked,
    }
}

pub fn person(names: &Names, known: &Known) -> Value {
    let row = context! {
        id => known.person.id.as_str(),
        email => known.person.email.as_str(),
        roles => roles(names, &known.grants),
        // Of whom one administers a part one may remove that part, and see nothing of the rest.
        is_whole => known.grants.len() == known.person.grants.len(),
    };
    match known.seen_at {
        Some(at) => context! { signed_in_at => at.to_string(), ..row },
        None => row,
    }
}

/// With what the register says of the service, to phone it and ask.
pub fn claim(claimed: &Claimed, visitor: &Visitor, moment: &Moment) -> Value {
    context! {
        id => claimed.claim.id.as_str(),
        email => claimed.claim.email.as_str(),
        words => claimed.claim.words.as_str(),
        made_at => claimed.claim.made_at.to_string(),
        service => json(&Arc::new(claimed.service.clone()), visitor, moment, None),
        has_managers => claimed.has_managers,
    }
}

/// What readers say of one service: how many say what, and each of their words once.
pub fn remarked(said: &Remarked, visitor: &Visitor, moment: &Moment) -> Value {
    let counts = remark::counts(&said.remarks).into_iter();
    let mut words: Vec<(&str, String)> = Vec::new();
    for one in &said.remarks {
        let at = one.made_at.to_string();
        // Ticked for several things, words came several times.
        if let Some(text) = one.words.as_deref().filter(|text| !words.contains(&(*text, at.clone()))) {
            words.push((text, at));
        }
    }
    context! {
        service => json(&Arc::new(said.service.clone()), visitor, moment, None),
        wrong => counts.map(|(wrong, count)| context! { word => wrong.word(), count => count }).collect::<Vec<_>>(),
        words => words.iter().map(|(text, at)| context! { text => *text, at => at.as_str() }).collect::<Vec<_>>(),
        until => said.remarks.last().map(|last| last.made_at.to_string()),
        settled => said.settled.as_ref().map(|(at, answer)| context! { at => at.to_string(), answer => answer }),
    }
}

pub fn invitation(names: &Names, open: &Open) -> Value {
    context! {
        id => open.hash.as_str(),
        email => open.known.person.email.as_str(),
        roles => roles(names, &open.known.grants),
        expires_at => open.expires_at.to_string(),
    }
}

pub fn token(names: &Names, token: &Token) -> Value {
    let row = context! {
        id => token.id.as_str(),
        name => token.name.as_str(),
        scopes => token.scopes.iter().map(|scope| scope.word()).collect::<Vec<_>>(),
        targets => token.targets.iter().map(|target| names.of(target)).collect::<Vec<_>>(),
    };
    match token.used_at {
        Some(at) => context! { used_at => at.to_string(), ..row },
        None => row,
    }
}

pub fn job(job: &Waiting) -> Value {
    let row = context! {
        id => job.id.as_str(),
        name => job.name.replace('_', " "),
        state => state(job),
        due_at => job.run_at.to_string(),
        tries => job.attempts,
    };
    match &job.last_error {
        Some(error) => context! { error => error.as_str(), ..row },
        None => row,
    }
}

pub fn stopped(stopped: &Stopped) -> Value {
    context! { email => stopped.email.as_str(), reason => stopped.reason.as_str(), at => stopped.at.to_string() }
}

/// What each lane holds, and what was sent in the last week.
pub fn delivery(delivery: &Delivery) -> Value {
    let lanes = delivery.lanes.iter().map(|lane| {
        let row = context! {
            lane => lane.lane.as_str(),
            waiting => lane.waiting,
            failing => lane.failing,
            given_up => lane.given_up,
        };
        match lane.oldest {
            Some(at) => context! { oldest => at.to_string(), ..row },
            None => row,
        }
    });
    let done = delivery.done.iter().map(|(name, done)| context! { name => name.replace('_', " "), done => done });
    context! { lanes => lanes.collect::<Vec<_>>(), done => done.collect::<Vec<_>>() }
}

pub fn state(job: &Waiting) -> &'static str {
    match (job.given_up, &job.last_error) {
        (true, _) => "given up",
        (false, Some(_)) => "failing",
        (false, None) => WAITING,
    }
}

fn roles(names: &Names, grants: &[Grant]) -> Vec<Value> {
    let role = |grant: &Grant| context! { role => grant.role.word(), target => names.of(&grant.target) };
    grants.iter().map(role).collect()
}

/// What rights are for, as people know it.
pub struct Names<'a> {
    pub board: &'a Snapshot,
    pub moment: &'a Moment,
}

impl Names<'_> {
    fn of(&self, target: &Target) -> String {
        match target {
            Target::All => "everywhere".to_owned(),
            Target::Authority(code) => {
                let here = self.board.authorities().into_iter().map(|counts| counts.authority);
                let known = here.chain(authority::all()).find(|authority| authority.code == *code);
                known.map_or_else(|| code.to_string(), |authority| authority.name)
            }
            Target::Service(id) => {
                self.board.get(id).map_or_else(|| id.to_string(), |service| service.facts.name.clone())
            }
            Target::Provider(id) => {
                let theirs = Filter { provider: vec![id.clone()], ..Filter::default() };
                let first = self.board.matching(&theirs, self.moment).into_iter().next();
                let provider = first.and_then(|service| service.facts.provider.clone());
                provider.map_or_else(|| id.to_string(), |provider| provider.name)
            }
        }
    }
}
