//! Updates that keep coming: every few seconds the manager of some service tells something, through
//! the same acts as anybody's. The visitor's own services and the forgetful ones are left alone.

use std::sync::Arc;
use std::time::Duration;

use tracing::{debug, warn};

use crate::app::App;
use crate::base::secret;
use crate::demo::county::{County, Habit};
use crate::demo::dice::Dice;
use crate::demo::{figures, history};
use crate::domain::capacity::{Adjustment, CapacityUpdate};
use crate::domain::care_service::CareServiceId;
use crate::domain::words::Source;
use crate::ops::{Refused, Told, adjust_capacity, confirm_capacity, update_capacity};

/// Often enough to see, seldom enough to read.
const SHORTEST_WAIT_MS: u64 = 2_000;
const LONGEST_WAIT_MS: u64 = 6_000;

/// Goes on until its task is ended.
pub async fn run(app: Arc<App>) {
    let mut changing = Changing::new(&app, secret::below(u64::MAX));
    loop {
        let wait = SHORTEST_WAIT_MS + secret::below(LONGEST_WAIT_MS - SHORTEST_WAIT_MS);
        tokio::time::sleep(Duration::from_millis(wait)).await;
        match changing.step(&app).await {
            Ok(told) => debug!(service.id = %told.service.id, seq = told.seq, "the demonstration told something"),
            Err(refused) => warn!("the demonstration could not tell anything: {refused}"),
        }
    }
}

/// Who keeps telling.
pub struct Changing {
    ids: Vec<CareServiceId>,
    dice: Dice,
}

impl Changing {
    pub fn new(app: &App, seed: u64) -> Self {
        let county = County::new(app.clock.now());
        let own: Vec<&CareServiceId> = county.of_the_manager().iter().map(|service| &service.id).collect();
        let ids = county
            .services
            .iter()
            .filter(|service| matches!(service.habit, Habit::Daily | Habit::Weekly) && !own.contains(&&service.id))
            .map(|service| service.id.clone())
            .collect();
        Self { ids, dice: Dice::new(seed) }
    }

    /// One of them tells something.
    pub async fn step(&mut self, app: &App) -> Result<Told, Refused> {
        let id = self.dice.pick(&self.ids).clone();
        let stored = {
            let id = id.clone();
            app.db.read(move |c| Ok::<_, Refused>(crate::store::services::get(c, &id)?)).await?
        };
        let capacity = stored.service.capacity;
        let telling = history::telling(&id, Source::Form);
        if let Some(adjustment) = self.one_bed(&capacity.lines).filter(|_| self.dice.chance(35)) {
            return adjust_capacity::run(&app.db, &app.clock, telling, adjustment).await;
        }
        if self.dice.chance(40) {
            return confirm_capacity::run(&app.db, &app.clock, telling).await;
        }
        let before = CapacityUpdate::of(capacity.status, capacity.lines);
        let after = figures::next_day(&before, app.clock.now().utc().date_naive(), &mut self.dice);
        update_capacity::run(&app.db, &app.clock, telling, after).await
    }

    /// A bed that can be freed or taken.
    fn one_bed(&mut self, lines: &[crate::domain::capacity::Line]) -> Option<Adjustment> {
        let beds: Vec<_> = lines.iter().filter_map(|line| line.bed()).collect();
        if beds.is_empty() {
            return None;
        }
        let line = *self.dice.pick(&beds);
        let freed = if line.accepting == 0 { true } else { self.dice.chance(40) };
        let can = if freed { line.occupied > 0 } else { line.accepting > 0 };
        can.then_some(Adjustment { bed_type: line.bed_type, stay: line.stay, freed })
    }
}
