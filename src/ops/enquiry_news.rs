//! Who hears of an enquiry: the service's managers that they are asked, the asker that they were
//! answered; by mail, and on every device of theirs. What is said is written in `notify/`.

use serde::{Deserialize, Serialize};

use crate::base::stamp::Stamp;
use crate::domain::actor::{Actor, Who};
use crate::domain::alert::DeviceId;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::enquiry::{Enquiry, EnquiryId};
use crate::domain::person::{Person, PersonId};
use crate::ops::make_alert::ASKED_FOR_LANE;
use crate::ops::{Refused, keepers};
use crate::store::conn::Conn;
use crate::store::jobs::{self, NewJob};
use crate::store::{Error, devices, enquiries, people, services};

/// The job that mails it, and the one that notifies a device.
pub const MAIL_JOB: &str = "enquiry_mail";
pub const PUSH_JOB: &str = "enquiry_push";

/// What there is to hear. It names nobody but by id: how things stand is looked up when it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    pub person: PersonId,
    pub enquiry: EnquiryId,
    pub service: CareServiceId,
    pub what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The service is asked.
    Asked,
    /// It has answered.
    Answered,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnquiryMail(pub News);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnquiryPush {
    pub device: DeviceId,
    pub news: News,
}

/// A person with what they are told of, as things stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub person: Person,
    pub enquiry: Enquiry,
    pub service: CareService,
    /// Who asked, if that is a person.
    pub asker: Option<Person>,
}

impl Found {
    /// `None` where it is no news any more: answered, withdrawn, the service or the right gone.
    pub fn read(c: &mut Conn, news: &News) -> Result<Option<Self>, Error> {
        let (Some(person), Some(enquiry)) =
            (there(people::get(c, &news.person))?, there(enquiries::get(c, &news.enquiry))?)
        else {
            return Ok(None);
        };
        let service = services::get(c, &news.service)?.service;
        let actor = Actor::person(person.id.clone(), &person.grants);
        let Some(asked) = enquiry.asked.iter().find(|asked| asked.service == news.service) else { return Ok(None) };
        let is_news = match news.what {
            What::Asked => asked.answer.is_none() && service.left_at.is_none() && actor.may_update(&service),
            What::Answered => asked.answer.is_some() && actor.is_staff(),
        };
        if !is_news || enquiry.withdrawn_at.is_some() {
            return Ok(None);
        }
        let asker = match Who::parse(&enquiry.asked_by) {
            Some(Who::Person(id)) => there(people::get(c, &id))?,
            Some(Who::Public | Who::Token(_) | Who::System) | None => None,
        };
        Ok(Some(Self { person, enquiry, service, asker }))
    }
}

fn there<T>(found: Result<T, Error>) -> Result<Option<T>, Error> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Tells who keeps the service's figures that it is asked; how many people that are.
pub(super) fn tell_service(
    c: &mut Conn,
    now: Stamp,
    enquiry: &EnquiryId,
    service: &CareService,
) -> Result<usize, Refused> {
    let managers = keepers::managers(c, service)?;
    for person in &managers {
        tell(c, now, &person.id, enquiry, &service.id, What::Asked)?;
    }
    Ok(managers.len())
}

/// Tells who asked, if that is a person, what the service says.
pub(super) fn tell_asker(c: &mut Conn, now: Stamp, enquiry: &Enquiry, service: &CareServiceId) -> Result<(), Refused> {
    match Who::parse(&enquiry.asked_by) {
        Some(Who::Person(person)) => tell(c, now, &person, &enquiry.id, service, What::Answered),
        Some(Who::Public | Who::Token(_) | Who::System) | None => Ok(()),
    }
}

fn tell(
    c: &mut Conn,
    now: Stamp,
    person: &PersonId,
    enquiry: &EnquiryId,
    service: &CareServiceId,
    what: What,
) -> Result<(), Refused> {
    let news = News { person: person.clone(), enquiry: enquiry.clone(), service: service.clone(), what };
    put(c, now, MAIL_JOB, ASKED_FOR_LANE, &EnquiryMail(news.clone()))?;
    for device in devices::of_person(c, person)? {
        put(c, now, PUSH_JOB, &device.lane(), &EnquiryPush { device: device.id, news: news.clone() })?;
    }
    Ok(())
}

fn put(c: &mut Conn, now: Stamp, name: &str, lane: &str, job: &impl Serialize) -> Result<(), Refused> {
    let payload = serde_json::to_string(job).map_err(|e| Error::Broken(format!("cannot write a job: {e}")))?;
    jobs::enqueue(c, &NewJob { name, payload, lane, order: None, run_at: now }, now)?;
    Ok(())
}
