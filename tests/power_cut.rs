//! The power goes at any moment: what was acknowledged is there at the next start, whatever the disk made of
//! the rest, and a disk that lies is found out. With thousands of states it is `script/bench power-cut`.

use crate::cut::cut;
use crate::cut::disk::Syncs;
use crate::cut::scene;

const SEED: u64 = 9;

#[tokio::test(flavor = "multi_thread")]
async fn after_a_cut_of_the_power_everything_acknowledged_is_there_and_a_lying_disk_is_found_out() {
    let serving = scene::serving(250).await;
    let found = cut(&serving, 120, SEED, Syncs::Kept);
    println!("{found}");
    assert!(found.wrong.is_empty() && found.told > 250, "{found}");
    let lying = cut(&serving, 20, SEED, Syncs::Ignored);
    assert!(lying.wrong.iter().any(|wrong| wrong.contains("told are lost")), "{lying}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_in_a_first_start_a_backup_a_restore_or_a_migration_leaves_old_or_new() {
    let scenes = [scene::first_start(), scene::backup().await, scene::restore().await, scene::migrate().await];
    let found: Vec<_> = scenes.iter().map(|scene| cut(scene, 60, SEED, Syncs::Kept)).collect();
    found.iter().for_each(|found| println!("{found}"));
    assert!(found.iter().all(|found| found.wrong.is_empty()), "something was left that is neither old nor new");
}
