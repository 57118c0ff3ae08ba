//! The whole service held against a model of a page: whatever is done to it in whatever order, registers and
//! figures, enquiries and places kept, tokens, days that pass and restarts, on both databases. After each act
//! the figures are those of the model, the log has no holes, and the board is what the log makes of it; in the
//! end every watcher has had everything once. How a page looks, or a mail, is not asked.

mod act;
mod place;
mod world;

use crate::chance::Chance;
use crate::migrations::widen;
use crate::model::act::Act;
use crate::model::place::Model;
use crate::model::world::World;
use crate::support::Home;

/// So many acts, one after the other.
const ACTS: usize = 50;
/// What is tried to make a failing run shorter.
const MOST_SHORTER: usize = 60;

/// Plays all of it on an empty home; why it is not as the model says.
async fn play(home: Home, acts: Vec<Act>, on_next_schema: bool) -> Result<(), String> {
    let played = tokio::spawn(async move {
        let (mut world, mut model) = (World::open(home).await, Model::default());
        if on_next_schema {
            widen(world.database_url());
        }
        for act in acts {
            let (now, today) = world.time();
            let should = model.act(&act, now, today);
            let did = world.act(&act).await;
            assert_eq!(did, should, "{act:?}");
            world.compare(&model).await;
        }
        world.end(&mut model).await;
    });
    played.await.map_err(|panic| {
        let panic = panic.into_panic();
        panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "it panicked".to_owned())
    })
}

/// The acts without those that the failure does not need.
async fn shortened(mut acts: Vec<Act>, empty: impl Fn() -> Home, on_next_schema: bool) -> (Vec<Act>, String) {
    let (mut size, mut tried, mut why) = (acts.len() / 2, 0, String::new());
    while size > 0 && tried < MOST_SHORTER {
        let mut from = 0;
        while from < acts.len() && tried < MOST_SHORTER {
            let mut fewer = acts.clone();
            fewer.drain(from..acts.len().min(from + size));
            tried += 1;
            match play(empty(), fewer.clone(), on_next_schema).await {
                Err(reason) => (acts, why) = (fewer, reason),
                Ok(()) => from += size,
            }
        }
        size /= 2;
    }
    (acts, why)
}

async fn holds(seed: u64, empty: impl Fn() -> Home) {
    let mut chance = Chance::new(seed);
    let acts: Vec<Act> = (0..ACTS).map(|_| Act::by_chance(&mut chance)).collect();
    // Every second time as on the schema of the release to come.
    let on_next_schema = seed % 2 == 1;
    if let Err(first) = play(empty(), acts.clone(), on_next_schema).await {
        let (acts, why) = shortened(acts, empty, on_next_schema).await;
        let acts: Vec<String> = acts.iter().map(|act| format!("{act:?}")).collect();
        panic!("seed {seed}: {first}\nand in short:\n{}\n{why}", acts.join("\n"));
    }
}

/// `MODEL_SEEDS=1000` tries so many, from another place on.
fn seeds(few: u64) -> std::ops::Range<u64> {
    match std::env::var("MODEL_SEEDS").ok().and_then(|count| count.parse::<u64>().ok()) {
        Some(count) => 1_000..1_000 + count,
        None => 0..few,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_in_whatever_order_the_service_is_as_a_simple_model_says() {
    for seed in seeds(2) {
        holds(seed, Home::on_sqlite).await;
    }
    if Home::on_postgres().is_some() {
        for seed in seeds(1) {
            holds(seed, || Home::on_postgres().unwrap()).await;
        }
    }
}
