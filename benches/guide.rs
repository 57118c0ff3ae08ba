//! How fast guides are made: of four authorities, of ten services, of all England in volumes; and the same
//! PDF by WeasyPrint from our HTML, where that is installed. It measures and prints, it judges nothing.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use berth::base::local::Zone;
use berth::domain::care_service::CareService;
use berth::domain::filter::Filter;
use berth::domain::freshness::Moment;
use berth::domain::words::GuideKind;
use berth::guide::html::html;
use berth::guide::pdf::Press;
use berth::guide::plain::plain;
use berth::guide::texts::Texts;
use berth::guide::typst::Layout;
use berth::guide::volumes::{MOST_IN_A_FILE, volumes};
use berth::guide::{Guide, Order, build};

use england::{Dice, SERVICES, now, service};

mod england;

/// Care homes of the four authorities of a joint service, about.
const JOINT: usize = 950;
const PERSONAL: usize = 10;

fn main() {
    let mut dice = Dice(2026);
    let all: Vec<Arc<CareService>> = (0..SERVICES).map(|number| Arc::new(service(number, &mut dice))).collect();
    let homes: Vec<Arc<CareService>> =
        all.iter().filter(|service| service.facts.kind == GuideKind::Residential.lists()).cloned().collect();
    let press = Press::new().expect("the web build has the fonts");
    println!("{:<52} {:>9} {:>10} {:>10}", "guide", "seconds", "KB", "peak MB");
    for (what, count) in [("ten services", PERSONAL), ("four authorities", JOINT)] {
        let guide = timed(&format!("{what}, in words"), || (guide(&homes[..count]), 0)).0;
        timed(&format!("{what}, HTML"), || sized(html(&guide).expect("a page").into_bytes()));
        timed(&format!("{what}, plain text"), || sized(plain(&guide).into_bytes()));
        for (name, layout) in [("PDF", Layout::Standard), ("PDF in large print", Layout::LargePrint)] {
            timed(&format!("{what}, {name}"), || sized(press.pdf(&guide, layout).expect("a PDF")));
        }
        by_weasyprint(what, &guide);
    }
    let parts = volumes(&homes, MOST_IN_A_FILE);
    for (number, volume) in parts.iter().enumerate() {
        let of_it: Vec<Arc<CareService>> =
            homes.iter().filter(|service| volume.councils.contains(&service.facts.authority.code)).cloned().collect();
        let what = format!("all England, volume {} of {}: {} homes", number + 1, parts.len(), of_it.len());
        timed(&what, || sized(press.pdf(&guide(&of_it), Layout::Standard).expect("a PDF")));
    }
}

fn guide(services: &[Arc<CareService>]) -> Guide {
    build(&Order {
        kind: GuideKind::Residential,
        services,
        filter: &Filter::default(),
        moment: Moment::at(now()),
        zone: Zone::parse("Europe/London").expect("a zone"),
        site: "Berth",
        colour: None,
        help_phone: None,
        live_url: Some("https://care.example/search?kind=care_home"),
        notice: None,
        note: None,
        outlines: &[],
        texts: &Texts::embedded().expect("the texts are whole"),
    })
    .expect("a guide")
}

fn by_weasyprint(what: &str, guide: &Guide) {
    let folder = std::env::temp_dir().join(format!("berth-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (page, out) = (folder.join("guide.html"), folder.join("guide.pdf"));
    std::fs::write(&page, html(guide).expect("a page")).expect("a file");
    let started = Instant::now();
    let done = Command::new("weasyprint").arg("--pdf-variant").arg("pdf/ua-1").arg(&page).arg(&out).output();
    match done {
        Ok(done) if done.status.success() => {
            line(&format!("{what}, PDF by WeasyPrint from our HTML"), started, size(&out))
        }
        Ok(done) => println!("WeasyPrint failed: {}", String::from_utf8_lossy(&done.stderr).trim()),
        Err(_) => println!("{what}, PDF by WeasyPrint: it is not installed (pip install weasyprint)"),
    }
    // What is left in a temporary folder harms nobody.
    let _ = std::fs::remove_dir_all(&folder);
}

fn timed<T>(what: &str, make: impl FnOnce() -> (T, usize)) -> (T, usize) {
    let started = Instant::now();
    let made = make();
    line(what, started, made.1);
    made
}

fn line(what: &str, started: Instant, bytes: usize) {
    let (seconds, peak) = (started.elapsed().as_secs_f64(), peak_megabytes());
    println!("{what:<52} {seconds:>9.3} {:>10} {peak:>10}", bytes / 1000);
}

fn sized(bytes: Vec<u8>) -> ((), usize) {
    ((), bytes.len())
}

fn size(file: &Path) -> usize {
    file.metadata().map_or(0, |found| found.len() as usize)
}

/// The most memory that this process ever held; 0 where the system does not say.
fn peak_megabytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok()).unwrap_or(0) / 1000
}
