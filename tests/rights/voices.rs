//! The acts about what the public says: remarks on listings.

use berth::domain::remark::{NewRemark, Settling};
use berth::domain::words::Wrong;
use berth::ops::{Refused, read_remarks, remark, settle_remarks};

use crate::rights::cases::{Case, World};

pub async fn perform(world: &World, case: &Case, act: &str) -> Result<(), Refused> {
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
        other => panic!("{other:?} is nothing the public says"),
    }
}
