//! The acts about what the public says: remarks on listings, and consultations.

use berth::domain::actor::Actor;
use berth::domain::consultation::{ConsultationId, Content, Typed};
use berth::domain::remark::{NewRemark, Settling};
use berth::domain::words::Wrong;
use berth::ops::edit_consultation::{self, Edit};
use berth::ops::{Refused, read_consultation, read_remarks, remark, settle_remarks};

use crate::rights::cases::{Case, World};

pub async fn perform(world: &World, case: &Case, act: &str) -> Result<(), Refused> {
    if act.contains("consultation") {
        return consult(world, case, act).await;
    }
    let (db, clock, actor) = (&world.app.db, &world.app.clock, case.actor.clone());
    let service = case.service.id.clone();
    let words = Some("It is another number".to_owned());
    let new = NewRemark { service: service.clone(), wrong: vec![Wrong::Contact], words, form: String::new() };
    remark::run(db, clock, new).await.unwrap();
    match act {
        "See how many say that a listing is wrong" => read_remarks::look(db, actor, service).await.map(drop),
        "Settle what is said to be wrong with a listing" => {
            let settling = Settling { service, until: clock.now(), answer: "Phoned them".to_owned() };
            settle_remarks::run(db, clock, actor, settling).await
        }
        other => panic!("{other:?} is nothing said of listings"),
    }
}

fn written(case: &Case) -> Edit {
    let text = |text: &str| text.to_owned();
    let typed = Typed {
        title: text("Guides"),
        about: text("What is missing in our guides?"),
        questions: text("What is missing?"),
        opens_on: text("2026-11-01"),
        ends_on: text("2026-12-31"),
        heard: String::new(),
    };
    let authority = case.service.facts.authority.code.clone();
    Edit { id: None, authority, based_on: 0, content: Content::parse(&typed).unwrap() }
}

/// One of the service's authority, opened by somebody else.
async fn open(world: &World, case: &Case) -> ConsultationId {
    let opened = edit_consultation::run(&world.app.db, &world.app.clock, Actor::system("test"), written(case));
    opened.await.unwrap().id
}

async fn consult(world: &World, case: &Case, act: &str) -> Result<(), Refused> {
    let (db, clock, actor) = (&world.app.db, &world.app.clock, case.actor.clone());
    match act {
        "Open a consultation of its authority" => {
            edit_consultation::run(db, clock, actor, written(case)).await.map(drop)
        }
        "End a consultation of its authority" => {
            edit_consultation::close(db, clock, actor, open(world, case).await).await
        }
        "List the consultations of its authorities" => read_consultation::all(db, actor).await.map(drop),
        "Read the answers to a consultation" => {
            read_consultation::look(db, actor, open(world, case).await).await.map(drop)
        }
        "Take the answers to a consultation away as a file" => {
            read_consultation::take_away(db, clock, actor, open(world, case).await).await.map(drop)
        }
        other => panic!("{other:?} is nothing about consultations"),
    }
}
