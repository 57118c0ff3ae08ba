//! What somebody does to their own account, or tries on another's. Programs and the public have none.

use berth::base::secret::Secret;
use berth::domain::person::{PasskeyId, PersonId};
use berth::domain::words::SignInWay;
use berth::ops::add_passkey::NewPasskey;
use berth::ops::sign_in_session::Ways;
use berth::ops::{Refused, account, add_passkey, end_session, remove_passkey, rename_passkey};
use berth::store::conn::Conn;
use berth::store::passkeys::Passkey;
use berth::store::sign_in::Session;
use berth::store::{passkeys, sign_in};

use crate::rights::cases::{Case, World};

/// A session that has just begun; of somebody else, where who acts is no person.
async fn session(world: &World, case: &Case) -> Session {
    let now = world.app.clock.now();
    let new = Session {
        hash: Secret::fresh().hash(),
        person: case.person.clone().unwrap_or_else(|| PersonId::fresh(now)),
        device: "Browser".to_owned(),
        made_at: now,
        seen_at: now,
        way: SignInWay::Invitation,
        trusted: false,
    };
    let kept = new.clone();
    world.app.db.write(move |c| sign_in::add_session(c, &new)).await.unwrap();
    kept
}

async fn passkey(world: &World, person: PersonId) -> PasskeyId {
    let now = world.app.clock.now();
    let id = PasskeyId::from_text(Secret::fresh().reveal());
    let new = Passkey {
        id: id.clone(),
        person,
        name: "Phone".to_owned(),
        credential: "{}".to_owned(),
        made_at: now,
        used_at: None,
    };
    world.app.db.write(move |c: &mut Conn| passkeys::add(c, &new)).await.unwrap();
    id
}

pub async fn perform(world: &World, case: &Case, act: &str) -> Result<(), Refused> {
    let (db, clock, actor) = (&world.app.db, &world.app.clock, case.actor.clone());
    let this = session(world, case).await;
    let own = this.person.clone();
    let stranger = PersonId::fresh(clock.now());
    match act {
        "See one's own account" => account::look(db, clock, Ways::default(), actor).await.map(drop),
        "Add a passkey to one's own account" => {
            let id = PasskeyId::from_text(Secret::fresh().reveal());
            let new = NewPasskey { id, credential: "{}".to_owned(), name: "Phone".to_owned() };
            add_passkey::run(db, clock, actor, this, new).await
        }
        "Rename one's own passkey" => {
            rename_passkey::run(db, actor, passkey(world, own).await, "Office".to_owned()).await
        }
        "Rename a passkey of somebody else" => {
            rename_passkey::run(db, actor, passkey(world, stranger).await, "Office".to_owned()).await
        }
        "Remove one's own passkey" => remove_passkey::run(db, clock, actor, this, passkey(world, own).await).await,
        "Remove a passkey of somebody else" => {
            remove_passkey::run(db, clock, actor, this, passkey(world, stranger).await).await
        }
        "End one of one's own sessions" => {
            let other = session(world, case).await;
            end_session::one(db, clock, actor, other.hash).await
        }
        "End all one's other sessions" => {
            session(world, case).await;
            end_session::others(db, clock, actor, this.hash).await
        }
        other => panic!("{other:?} is nothing about an account"),
    }
}
