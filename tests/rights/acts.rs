//! Every act of the table of rights, done as somebody on something. What comes before an act is done
//! by the machine's owner.

use berth::base::secret::Secret;
use berth::domain::actor::Actor;
use berth::domain::alert::{Alert, AlertAsked};
use berth::domain::capacity::{Adjustment, CapacityUpdate};
use berth::domain::claim::{ClaimId, NewClaim};
use berth::domain::enquiry::{EnquiryId, NewAnswer, NewEnquiry};
use berth::domain::guide_note::Note;
use berth::domain::guide_text::Edit;
use berth::domain::mobile::Mobile;
use berth::domain::person::{PersonId, Target};
use berth::domain::reminder::Wishes;
use berth::domain::shortlist::Shortlist;
use berth::domain::view::View;
use berth::domain::words::{AdmissionStatus, Answer, BedType, EnquiryKind, GuideKind, Role, Scope, Source, Stay};
use berth::ops::alert_link::By;
use berth::ops::audit::{self, Wanted};
use berth::ops::claim_link::Held;
use berth::ops::create_token::NewToken;
use berth::ops::held::{self, About};
use berth::ops::invite::Invitation;
use berth::ops::send_guide::Sending;
use berth::ops::subscribe_device::Subscription;
use berth::ops::update_capacity::Telling;
use berth::ops::{
    Condition, Refused, adjust_capacity, administer, answer_enquiry, ask, change_alert, change_wishes, claim,
    claim_link, colleagues, confirm_capacity, create_token, decide_claim, edit_guide, end_holds, invite,
    keep_shortlist, list_enquiries, list_rooms, make_alert, remove_person, retry_job, send_guide, send_places,
    service_record, subscribe_device, update_capacity, withdraw_invitation,
};
use berth::store::claims;
use berth::store::devices::{self, Device};
use berth::store::jobs::{self, NewJob};
use serde_json::json;

use crate::rights::account;
use crate::rights::cases::{Case, World};
use crate::rights::voices;
use crate::support::homes::nursing;

/// Does the act of this name, or says how it was refused.
pub async fn perform(world: &World, case: &Case, act: &str) -> Result<(), Refused> {
    let actor = &case.actor;
    let may = |may: bool| if may { Ok(()) } else { Err(Refused::NotAllowed) };
    match act {
        "See a service's private figures" => may(actor.view(&case.service) == View::Staff),
        "See all that is held about a manager" | "Erase a manager" => hold(world, case, act).await,
        "Use the live board" => may(actor.is_staff()),
        "Look at people, invitations and tokens" => {
            administer::look(&world.app.db, &world.app.clock, actor.clone()).await.map(drop)
        }
        "Read the audit" => audit::look(&world.app.db, actor.clone(), Wanted::default()).await.map(drop),
        "Take the audit away as a file" => {
            audit::take_away(&world.app.db, &world.app.clock, actor.clone(), Wanted::default()).await.map(drop)
        }
        "Choose when a service is reminded" => {
            let wanted = (Wishes::default(), "2026-11-22".parse().unwrap());
            let id = case.service.id.clone();
            change_wishes::of_service(&world.app.db, &world.app.clock, actor.clone(), id, wanted).await
        }
        "Read the record of a service" => {
            let at = (world.app.config.timezone, world.app.clock.now());
            let id = case.service.id.clone();
            service_record::look(&world.app.db, at, actor.clone(), id, Vec::new()).await.map(drop)
        }
        "Have a guide sent to somebody" => {
            let (to, note) = (case.email("reader"), Note::default());
            let sending = Sending { to, kind: GuideKind::Residential, query: String::new(), note };
            send_guide::run(&world.app.db, &world.app.clock, actor.clone(), sending).await
        }
        _ if act.contains("a listing") || act.contains("consultation") => voices::perform(world, case, act).await,
        _ if act.contains("the guides") => guides(world, case, act).await,
        "Have failed work tried again" => retry(world, actor).await,
        _ if act.contains("account") || act.contains("passkey") || act.contains("sessions") => {
            account::perform(world, case, act).await
        }
        _ if act.contains("manages")
            || act.contains("manage it")
            || act.contains("colleague")
            || act.contains("over") =>
        {
            chosen(world, case, act).await
        }
        _ if act.contains("figures")
            || act.contains("rooms")
            || act.contains("bed")
            || act.contains("nothing has changed") =>
        {
            tell(world, case, act).await
        }
        _ if act.contains("shortlist") || act.contains("text message") => places(world, case, act).await,
        _ if act.contains("ask") || act.contains("Ask") || act.contains("answer") || act.starts_with("Answer") => {
            enquire(world, case, act).await
        }
        _ if act.contains("alert") => alert(world, case, act).await,
        _ if act.contains("notifications") => device(world, case, act).await,
        _ if act.contains("token") => token(world, case, act).await,
        _ => people(world, case, act).await,
    }
}

async fn guides(world: &World, case: &Case, act: &str) -> Result<(), Refused> {
    let (db, clock, actor) = (&world.app.db, &world.app.clock, case.actor.clone());
    let area = (!act.ends_with("everywhere")).then(|| case.service.facts.authority.code.clone());
    // A text of its own for every try, so that each is a first version.
    let name = format!("both/try-{}.md", case.number);
    match act.split(' ').next().unwrap() {
        "Write" => {
            let edit = Edit { area, name, based_on: 0, words: Some("Hello.".to_owned()) };
            edit_guide::run(db, clock, actor, edit).await.map(drop)
        }
        _ if act.contains("former") => edit_guide::history(db, actor, area, name).await.map(drop),
        _ => edit_guide::current(db, actor, area).await.map(drop),
    }
}

async fn tell(world: &World, case: &Case, act: &str) -> Result<(), Refused> {
    let (db, clock) = (&world.app.db, &world.app.clock);
    let telling = Telling {
        actor: case.actor.clone(),
        id: case.service.id.clone(),
        source: if act.contains("by phone") { Source::Phone } else { Source::Api },
        condition: Condition::default(),
    };
    let update = CapacityUpdate::of(AdmissionStatus::Open, vec![nursing(10, 6, 3)]);
    match act {
        "Publish figures" | "Write down figures told by phone" => {
            update_capacity::run(db, clock, telling, update).await.map(drop)
        }
        "Publish figures of many services" => {
            update_capacity::run_all(db, clock, vec![(telling, update)], Vec::new()).await.map(drop)
        }
        "List single rooms" => list_rooms::run(db, clock, telling, Vec::new()).await.map(drop),
        "Say that nothing has changed" | "Write down that nothing has changed, told by phone" => {
            confirm_capacity::run(db, clock, telling).await.map(drop)
        }
        "Free or take one bed" => {
            let adjustment = Adjustment { bed_type: BedType::GeneralNursing, stay: Stay::Permanent, freed: true };
            adjust_capacity::run(db, clock, telling, adjustment).await.map(drop)
        }
        other => panic!("{other:?} is no telling"),
    }
}

fn new_enquiry(case: &Case) -> NewEnquiry {
    let need = json!({ "bed_type": "general_nursing", "start": "2026-11-30", "funding": "self", "needs": [] });
    let body = json!({ "kind": "ask", "services": [case.service.id.as_str()], "need": need });
    NewEnquiry::parse(&body, "2026-11-22".parse().unwrap()).unwrap()
}

/// A question that somebody else has asked the service.
async fn asked(world: &World, case: &Case) -> EnquiryId {
    let asker = Actor::system("test");
    ask::run(&world.app.db, &world.app.clock, asker, new_enquiry(case)).await.unwrap().enquiry.id
}

async fn places(world: &World, case: &Case, act: &str) -> Result<(), Refused> {
    let (db, clock, actor) = (&world.app.db, &world.app.clock, case.actor.clone());
    let case_reference = "LAS-204417".to_owned();
    match act {
        "Keep a shortlist for a case of one's own" => {
            let list = Shortlist { services: vec![case.service.id.clone()], case: Some(case_reference) };
            keep_shortlist::run(db, clock, actor, list).await.map(drop)
        }
        "List the cases of one's own shortlists" => keep_shortlist::all(db, actor).await.map(drop),
        "Forget a shortlist of one's own" => keep_shortlist::forget(db, actor, case_reference).await,
        "Send services by text message" => {
            let to = Mobile::parse("07700 900123").unwrap();
            send_places::by_text(db, clock, actor, to, vec![case.service.id.clone()]).await
        }
        other => panic!("{other:?} is nothing about shortlists"),
    }
}

async fn enquire(world: &World, case: &Case, act: &str) -> Result<(), Refused> {
    let (db, clock, actor) = (&world.app.db, &world.app.clock, case.actor.clone());
    match act {
        "Ask a service, or for a place" => ask::run(db, clock, actor, new_enquiry(case)).await.map(drop),
        "List what one asked and what one's services were asked" => {
            asked(world, case).await;
            list_enquiries::run(db, clock, actor, vec![case.service.id.clone()]).await.map(drop)
        }
        "See how quickly services answer" => {
            let span = (clock.now(), clock.now());
            list_enquiries::answer_times(db, actor, span, None, |_| Some(String::new())).await.map(drop)
        }
        "See what a service was asked" => ask::see(db, actor, asked(world, case).await).await.map(drop),
        "Answer for a service" => {
            let new = NewAnswer::parse(&json!({ "answer": Answer::Call.word() }), EnquiryKind::Ask, clock.now());
            let id = asked(world, case).await;
            let service = case.service.id.clone();
            let answering = answer_enquiry::Answering { actor, enquiry: id, service, source: Source::Api };
            answer_enquiry::run(db, clock, answering, new.unwrap()).await.map(drop)
        }
        "Withdraw what somebody else asked" => {
            end_holds::withdraw(db, clock, actor, asked(world, case).await).await.map(drop)
        }
        other => panic!("{other:?} is nothing about enquiries"),
    }
}

fn new_alert(email: Option<&str>) -> AlertAsked {
    let mut body = json!({ "name": "Near home", "query": "kind=care_home", "channels": ["daily"] });
    if let Some(email) = email {
        body["email"] = email.into();
    }
    AlertAsked::parse_new(&body).unwrap()
}

/// An alert of who acts, made by the machine's owner; of a bare address, where nobody is known.
async fn own_alert(world: &World, case: &Case) -> Alert {
    let name = if case.person.is_some() { "actor" } else { "reader" };
    let email = case.email(name);
    let asked = new_alert(Some(email.as_str()));
    make_alert::run(&world.app.db, &world.app.clock, Actor::system("test"), asked, 7).await.unwrap()
}

async fn alert(world: &World, case: &Case, act: &str) -> Result<(), Refused> {
    let (db, clock) = (&world.app.db, &world.app.clock);
    let by = By::from(case.actor.clone());
    match act {
        "Make an alert" => {
            let email = case.email("reader");
            let email = case.person.is_none().then(|| email.as_str());
            make_alert::run(db, clock, case.actor.clone(), new_alert(email), 7).await.map(drop)
        }
        "See one's own alert" => change_alert::get(db, by, own_alert(world, case).await.id).await.map(drop),
        "Change one's own alert" => {
            let asked = AlertAsked::parse(&json!({ "name": "Further away" })).unwrap();
            change_alert::change(db, clock, by, own_alert(world, case).await.id, asked).await.map(drop)
        }
        "End one's own alert" => change_alert::end(db, clock, by, own_alert(world, case).await.id).await.map(drop),
        "End somebody else's alert" => {
            let asked = new_alert(Some(case.email("another").as_str()));
            let other = make_alert::run(db, clock, Actor::system("test"), asked, 7).await.unwrap();
            change_alert::end(db, clock, by, other.id).await.map(drop)
        }
        other => panic!("{other:?} is nothing about alerts"),
    }
}

async fn device(world: &World, case: &Case, act: &str) -> Result<(), Refused> {
    let (db, clock) = (&world.app.db, &world.app.clock);
    let endpoint = format!("https://push.example/{}", case.number);
    let text = |text: &str| text.to_owned();
    let new = Subscription { endpoint: endpoint.clone(), p256dh: text("k"), auth: text("a"), device: text("Browser") };
    if act == "Turn on notifications" {
        return subscribe_device::run(db, clock, case.actor.clone(), new).await.map(drop);
    }
    let id = subscribe_device::run(db, clock, Actor::system("test"), new).await.unwrap();
    if act.contains("one's own browser") {
        let (known, person) = (id.clone(), case.person());
        let own = db.write(move |c| {
            let device = devices::get(c, &known)?.unwrap();
            devices::put(c, &Device { person, ..device })
        });
        own.await.unwrap();
        return match act.starts_with("Test") {
            true => subscribe_device::test(db, clock, case.actor.clone(), id).await,
            false => subscribe_device::remove(db, clock, case.actor.clone(), id).await,
        };
    }
    subscribe_device::forget(db, clock, case.actor.clone(), endpoint).await
}

async fn retry(world: &World, actor: &Actor) -> Result<(), Refused> {
    let now = world.app.clock.now();
    let new = NewJob { name: "no_such_work", payload: "{}".to_owned(), lane: "sample", order: None, run_at: now };
    let id = world.app.db.write(move |c| jobs::enqueue(c, &new, now)).await.unwrap();
    retry_job::run(&world.app.db, &world.app.clock, actor.clone(), id).await
}

async fn token(world: &World, case: &Case, act: &str) -> Result<(), Refused> {
    let (db, clock) = (&world.app.db, &world.app.clock);
    let new =
        |scope, target| NewToken { name: "t".to_owned(), scopes: vec![scope], targets: vec![target], expires_at: None };
    let for_service = new(Scope::CapacityWrite, case.of_service());
    let wanted = match act {
        "Make a token for a service" => for_service,
        "Make an administering token for its authority" => new(Scope::Admin, case.of_authority()),
        "Make a token for everything" => new(Scope::StaffRead, Target::All),
        "Revoke a token" => {
            let (id, _) = create_token::run(db, clock, Actor::system("test"), for_service).await.unwrap();
            return create_token::revoke(db, clock, case.actor.clone(), id).await;
        }
        other => panic!("{other:?} is nothing about tokens"),
    };
    create_token::run(db, clock, case.actor.clone(), wanted).await.map(drop)
}

/// Somebody whom the machine's owner has invited.
async fn invited(world: &World, case: &Case, name: &str, role: Role, target: Target) -> (PersonId, Secret) {
    let invitation = Invitation { email: case.email(name), role, targets: vec![target] };
    invite::run(&world.app.db, &world.app.clock, Actor::system("test"), invitation).await.unwrap()
}

async fn people(world: &World, case: &Case, act: &str) -> Result<(), Refused> {
    let (db, clock, actor) = (&world.app.db, &world.app.clock, case.actor.clone());
    let invitation = |role, target| Invitation { email: case.email("new"), role, targets: vec![target] };
    let wanted = match act {
        "Invite a manager, and get the link" => invitation(Role::Manager, case.of_service()),
        "Invite a group manager of its provider" => invitation(Role::GroupManager, case.of_provider()),
        "Invite staff of its authority" => invitation(Role::Staff, case.of_authority()),
        "Invite an administrator of its authority" => invitation(Role::Admin, case.of_authority()),
        "Invite staff of everywhere" => invitation(Role::Staff, Target::All),
        "Invite an operator" => invitation(Role::Operator, Target::All),
        "Get the link of somebody who is an operator" => {
            invited(world, case, "new", Role::Operator, Target::All).await;
            invitation(Role::Manager, case.of_service())
        }
        "Invite a manager who has other roles, by mail" => {
            invited(world, case, "new", Role::Operator, Target::All).await;
            return invite::or_mail(db, clock, actor, invitation(Role::Manager, case.of_service())).await.map(drop);
        }
        "Withdraw an invitation" => {
            let (_, link) = invited(world, case, "new", Role::Manager, case.of_service()).await;
            return withdraw_invitation::run(db, clock, actor, link.hash()).await;
        }
        "Take a manager's role away" => {
            let (id, _) = invited(world, case, "new", Role::Manager, case.of_service()).await;
            return remove_person::run(db, clock, actor, id).await.map(drop);
        }
        other => panic!("{other:?} is no act"),
    };
    invite::run(db, clock, actor, wanted).await.map(drop)
}

/// The acts of who chooses the people of a service.
async fn chosen(world: &World, case: &Case, act: &str) -> Result<(), Refused> {
    let (db, clock, actor) = (&world.app.db, &world.app.clock, case.actor.clone());
    let service = case.service.id.clone();
    let own = case.person.clone().unwrap_or_else(|| PersonId::from_text("nobody"));
    match act {
        "See who manages a service, and who asks to" => colleagues::look(db, actor, service).await.map(drop),
        "Invite a colleague to manage it" => colleagues::invite(db, clock, actor, service, case.email("new")).await,
        "Remove a colleague" => {
            let (id, _) = invited(world, case, "new", Role::Manager, case.of_service()).await;
            colleagues::remove(db, clock, actor, service, id, true).await
        }
        "Leave a service that one manages" => colleagues::remove(db, clock, actor, service, own, true).await,
        "Hand over to somebody, and leave" => colleagues::hand_over(db, clock, actor, service, case.email("new")).await,
        "Approve who asks to manage it" => {
            decide_claim::approve(db, clock, actor, claimed(world, case).await).await.map(drop)
        }
        "Refuse who asks to manage it" => {
            decide_claim::refuse(db, clock, actor, claimed(world, case).await).await.map(drop)
        }
        other => panic!("{other:?} is nothing about a service's people"),
    }
}

/// A claim whose address is confirmed.
async fn claimed(world: &World, case: &Case) -> ClaimId {
    let (db, clock) = (&world.app.db, &world.app.clock);
    let email = case.email("claimant");
    let new = NewClaim::parse(case.service.id.clone(), email.as_str(), "I am the deputy manager").unwrap();
    claim::ask(db, clock, new).await.unwrap();
    let id = db.read(move |c| claims::of_email(c, &email)).await.unwrap().pop().unwrap().id;
    let held = Held::read(&world.app.signer, &claim_link::token(&world.app.signer, &id)).unwrap();
    claim::confirm(db, clock, held).await.unwrap();
    id
}

async fn hold(world: &World, case: &Case, act: &str) -> Result<(), Refused> {
    let (db, clock, actor) = (&world.app.db, &world.app.clock, case.actor.clone());
    let (id, _) = invited(world, case, "new", Role::Manager, case.of_service()).await;
    if act == "Erase a manager" {
        return held::erase(db, clock, actor, About::Person(id)).await.map(drop);
    }
    held::export(db, clock, actor, About::Person(id)).await.map(drop)
}
