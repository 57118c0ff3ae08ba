//! Writes words of the guides in place of the shipped ones, as a new version; and shows the versions.
//! That the words can be read as Markdown, or as a figure, is found out before.

use crate::base::clock::Clock;
use crate::domain::actor::Actor;
use crate::domain::audit::Did;
use crate::domain::guide_text::{Area, Edit, Saved, target};
use crate::domain::words::Deed;
use crate::ops::{Refused, audit};
use crate::store::{Db, guide_texts};

/// Saves a new version, unless somebody saved one since the version that was read. The version that
/// holds now: the same as before if nothing has changed.
pub async fn run(db: &Db, clock: &Clock, actor: Actor, edit: Edit) -> Result<i64, Refused> {
    let edit = edit.checked()?;
    let clock = clock.clone();
    db.write(move |c| {
        may_edit(&actor, &edit.area)?;
        let last = guide_texts::history(c, &edit.area, &edit.name)?.into_iter().next();
        let (version, words) = last.map_or((0, None), |last| (last.version, last.words));
        if version != edit.based_on {
            return Err(Refused::Stale(version));
        }
        if words == edit.words {
            return Ok(version);
        }
        let now = clock.now();
        let version = version + 1;
        let did =
            Did::new(Deed::GuideChanged).about(&target(&edit.area)).saying(format!("{}, version {version}", edit.name));
        let Edit { area, name, words, .. } = edit;
        let made_by = actor.label.clone();
        guide_texts::add(c, &Saved { area, name, version, words, made_at: now, made_by })?;
        audit::record(c, now, &actor, did)?;
        Ok(version)
    })
    .await
}

/// The versions of one text, newest first.
pub async fn history(db: &Db, actor: Actor, area: Area, name: String) -> Result<Vec<Saved>, Refused> {
    db.read(move |c| {
        may_edit(&actor, &area)?;
        Ok(guide_texts::history(c, &area, &name)?)
    })
    .await
}

/// The last version of every text of this area and of everywhere.
pub async fn current(db: &Db, actor: Actor, area: Area) -> Result<Vec<Saved>, Refused> {
    db.read(move |c| {
        may_edit(&actor, &area)?;
        let mut current = guide_texts::current(c)?;
        current.retain(|saved| saved.area.is_none() || saved.area == area);
        Ok(current)
    })
    .await
}

fn may_edit(actor: &Actor, area: &Area) -> Result<(), Refused> {
    if actor.may_administer(&target(area)) { Ok(()) } else { Err(Refused::NotAllowed) }
}
