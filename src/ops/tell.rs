//! The steps that every telling of capacity shares: rights, version, repetition, log.
//! What is told (an update, a confirmation, one bed) each act decides in its own file.

use crate::base::secret;
use crate::base::stamp::Stamp;
use crate::domain::actor::{Actor, Who};
use crate::domain::audit::Did;
use crate::domain::capacity::Capacity;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::change::ChangeKind;
use crate::domain::words::{Deed, Source};
use crate::ops::{Refused, audit};
use crate::store::changes::Record;
use crate::store::idempotency::Given;
use crate::store::tellings::Tellings;

/// On what a telling depends, and how a repetition of it is known.
#[derive(Clone, Debug, Default)]
pub struct Condition {
    /// The version that was read; `None` to tell whatever the version.
    pub version: Option<i64>,
    pub idempotency_key: Option<String>,
    /// Everything that was asked, so that a key cannot serve two requests.
    pub request: String,
}

impl Condition {
    pub fn version(version: i64) -> Self {
        Self { version: Some(version), ..Self::default() }
    }
}

/// What was done, as it is on disk.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub seq: i64,
    pub service: CareService,
}

/// Who tells, when, and by what way.
#[derive(Clone, Debug)]
pub struct Telling {
    pub actor: Actor,
    pub id: CareServiceId,
    pub source: Source,
    pub condition: Condition,
}

impl Telling {
    /// Staff write down what they were told on the phone, and only as such; nobody else does.
    fn is_allowed(&self, service: &CareService) -> bool {
        match self.source {
            Source::Phone => self.actor.may_report(service),
            Source::Form | Source::Mail | Source::Api | Source::Csv => self.actor.may_update(service),
            Source::Lapsed => false,
        }
    }

    /// In what capacity it is told, for the log.
    fn label(&self, service: &CareService) -> String {
        match self.source {
            Source::Phone => self.actor.label_of_report(service),
            Source::Form | Source::Mail | Source::Api | Source::Csv | Source::Lapsed => self.actor.label.clone(),
        }
    }
}

/// Changes the capacity of one service by `alter` and writes it down, confirmed now.
pub fn tell(
    tellings: &mut Tellings,
    now: Stamp,
    telling: &Telling,
    kind: ChangeKind,
    alter: impl FnOnce(&CareService) -> Result<Capacity, Refused>,
) -> Result<Told, Refused> {
    amend(tellings, now, telling, kind, |service, label| {
        let (source, confirmed_by) = (Some(telling.source), Some(label.to_owned()));
        Ok(Capacity { confirmed_at: Some(now), source, confirmed_by, ..alter(service)? })
    })
}

/// The same for what says nothing of the figures: they are confirmed no later than before.
pub fn amend(
    tellings: &mut Tellings,
    now: Stamp,
    telling: &Telling,
    kind: ChangeKind,
    alter: impl FnOnce(&CareService, &str) -> Result<Capacity, Refused>,
) -> Result<Told, Refused> {
    let stored = tellings.service(&telling.id)?;
    if stored.service.left_at.is_some() {
        return Err(Refused::NotFound);
    }
    if !telling.is_allowed(&stored.service) {
        return Err(Refused::NotAllowed);
    }
    if let Some(told) = repeated(tellings, now, telling)? {
        return Ok(told);
    }
    let before = &stored.service.capacity;
    if telling.condition.version.is_some_and(|version| version != before.version) {
        return Err(Refused::Stale(before.version));
    }
    let label = telling.label(&stored.service);
    let capacity = Capacity { version: before.version + 1, ..alter(&stored.service, &label)? };
    let service = CareService { capacity, ..stored.service };
    let record = Record { at: now, kind, actor: &label, service: &service, previous_seq: stored.last_seq };
    let seq = tellings.tell(&record)?;
    remember(tellings, now, telling, seq)?;
    // Imports and the demonstration are in the log of changes, and nobody's doing.
    if telling.actor.who != Who::System {
        let deed = if kind == ChangeKind::CapacityConfirmed { Deed::FiguresConfirmed } else { Deed::FiguresPublished };
        let detail = format!("version {}", service.capacity.version);
        audit::record_with(tellings, now, &telling.actor, Did::on(deed, &service).saying(detail));
    }
    Ok(Told { seq, service })
}

/// The answer of the first time, if this request came before.
fn repeated(tellings: &mut Tellings, now: Stamp, telling: &Telling) -> Result<Option<Told>, Refused> {
    let Some(key) = &telling.condition.idempotency_key else { return Ok(None) };
    let Some(given) = tellings.given(&account(&telling.actor), key, now)? else { return Ok(None) };
    if given.request_hash != request_hash(telling) {
        return Err(Refused::KeyReused);
    }
    let seq: i64 = given.answer.parse().map_err(|_| Refused::KeyReused)?;
    let service = match tellings.told(seq)? {
        Some(service) => service,
        None => tellings.service(&telling.id)?.service,
    };
    Ok(Some(Told { seq, service }))
}

fn remember(tellings: &mut Tellings, now: Stamp, telling: &Telling, seq: i64) -> Result<(), Refused> {
    if let Some(key) = &telling.condition.idempotency_key {
        let given = Given { request_hash: request_hash(telling), answer: seq.to_string() };
        tellings.remember(&account(&telling.actor), key, &given, now)?;
    }
    Ok(())
}

fn request_hash(telling: &Telling) -> String {
    secret::hash(format!("{}\n{}", telling.id, telling.condition.request).as_bytes())
}

/// Keys of one account do not meet those of another.
pub(super) fn account(actor: &Actor) -> String {
    actor.who.text()
}
