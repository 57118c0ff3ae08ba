//! What the operating system knows of this process, under the names that all programs use for it.
//! Where it is not Linux, only what is known otherwise.

use std::fs;

use rustix::param::clock_ticks_per_second;
use rustix::process::{Resource, getrlimit};

use crate::app::App;
use crate::base::exposition::{Exposition, Kind};

pub fn tell(all: &mut Exposition, app: &App) {
    all.metric("berth_build_info", Kind::Gauge, "Always 1; which release this is.")
        .is(&[("version", env!("CARGO_PKG_VERSION"))], 1.0);
    let started = app.started.millis() as f64 / 1000.0;
    all.metric("process_start_time_seconds", Kind::Gauge, "When this process started, since 1970.").is(&[], started);
    if let Some(seconds) = processor_seconds() {
        all.metric("process_cpu_seconds_total", Kind::Counter, "Time of the processors, user and system.")
            .is(&[], seconds);
    }
    if let Some(bytes) = resident_bytes() {
        all.metric("process_resident_memory_bytes", Kind::Gauge, "Memory that is resident.").is(&[], bytes);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        all.metric("process_open_fds", Kind::Gauge, "Open files and connections.").counts(&[], open.count() as u64);
    }
    if let Some(most) = getrlimit(Resource::Nofile).current {
        all.metric("process_max_fds", Kind::Gauge, "So many may be open.").counts(&[], most);
    }
    if let Ok(disk) = rustix::fs::statvfs(&app.config.data_dir) {
        let free = disk.f_bavail * disk.f_frsize;
        all.metric("berth_data_free_bytes", Kind::Gauge, "Free on the disk of the data folder.").counts(&[], free);
    }
}

/// The 14th and 15th field of `stat`; the second is a name in brackets that may hold blanks.
fn processor_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).map_while(|field| field.parse::<u64>().ok()).sum();
    Some(ticks as f64 / clock_ticks_per_second() as f64)
}

fn resident_bytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}
