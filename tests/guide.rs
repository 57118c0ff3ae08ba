//! The guides, from services to files: what stands in them, in which order, and that nothing that
//! a register can hold breaks them. How pages look is for people to judge.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use berth::base::local::Zone;
use berth::base::stamp::Stamp;
use berth::domain::care_service::CareService;
use berth::domain::filter::Filter;
use berth::domain::freshness::Moment;
use berth::domain::outline::Outline;
use berth::domain::place::Point;
use berth::domain::words::GuideKind;
use berth::guide::html::{html, style_source};
use berth::guide::listing::listed;
use berth::guide::plain::plain;
use berth::guide::texts::Texts;
use berth::guide::typst::{Layout, data};
use berth::guide::volumes::volumes;
use berth::guide::{Guide, Order, build};
use serde_json::{Value, json};

pub const NOW: &str = "2026-11-22T09:30:00Z";

/// A care home as it is stored, with what the test cares for in place.
pub fn home(id: &str, name: &str, authority: &str, town: &str, extra: Value) -> Arc<CareService> {
    let code = match authority {
        "Hampshire" => "E10000014",
        "Portsmouth" => "E06000044",
        _ => "E06000045",
    };
    let mut home = json!({
        "id": id, "kind": "care_home", "name": name,
        "authority": { "code": code, "name": authority },
        "address": { "lines": ["1 High Street"], "town": town, "postcode": "GU34 1AA" },
        "capacity": { "version": 0, "status": "open" },
    });
    merge(&mut home, extra);
    Arc::new(serde_json::from_value(home).unwrap())
}

fn merge(into: &mut Value, extra: Value) {
    match (into, extra) {
        (Value::Object(into), Value::Object(extra)) => {
            for (key, value) in extra {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, extra) => *into = extra,
    }
}

fn told(lines: Value, at: &str) -> Value {
    json!({ "capacity": { "version": 1, "status": "open", "lines": lines, "confirmed_at": at, "changed_at": at } })
}

pub fn sample() -> Vec<Arc<CareService>> {
    let full = json!({
        "provider": { "id": "1-101", "name": "Brook Care Ltd" },
        "phone": "01420 555 0100", "website": "www.brook.example", "beds": 45,
        "care_types": ["residential", "nursing"], "bands": ["older_people", "dementia", "physical_disability"],
        "rating": { "overall": "good", "published_on": "2025-05-06", "url": "https://cqc.example/1-1" },
    });
    let beds = json!([
        { "bed_type": "dementia_nursing", "stay": "permanent", "maximum": 30, "occupied": 27, "reserved": 1,
          "accepting": 2, "weekly_fee": { "from": 120_000 } },
        { "bed_type": "general_residential", "stay": "respite", "maximum": 15, "occupied": 14, "reserved": 0,
          "accepting": 1, "gender": "female", "earliest_admission": "2026-12-01" },
    ]);
    let mut brook = full.clone();
    merge(&mut brook, told(beds, "2026-11-22T08:15:00Z"));
    let none = json!([{ "bed_type": "general_residential", "stay": "permanent", "maximum": 9, "occupied": 9,
        "reserved": 0, "accepting": 0 }]);
    vec![
        home("1-3", "Zephyr House", "Southampton", "Southampton", told(none, "2026-11-10T12:00:00Z")),
        home("1-1", "Brook House", "Hampshire", "Alton", brook),
        home("1-2", "The Anchorage", "Portsmouth", "Southsea", json!({})),
        home("1-4", "abbey lodge", "Hampshire", "ALTON", json!({})),
        home(
            "1-5",
            "Yew Tree",
            "Hampshire",
            "Winchester",
            json!({ "capacity": { "status": "closed", "version": 2,
            "confirmed_at": "2026-11-21T12:00:00Z" } }),
        ),
    ]
}

/// Texts that no rewording of the guides changes.
fn short_texts() -> Texts {
    let files = [
        (
            "facts.json",
            r#"{"facts":[{"key":"fnc","what":"NHS-funded nursing care","value":267.68,"unit":"pounds_a_week",
            "from":"2026-04-01","until":"2027-03-31","confidence":"official","source":"https://facts.example/fnc",
            "read_on":"2026-11-22"}]}"#,
        ),
        (
            "residential/01-start.md",
            "# How to use this guide\n\nAsk {{site}}. **Phone** first.\n\n## Ask\n\n- [ ] Who is on at night?\n- [ ] What is extra?\n\n> Take your time.\n\nThe NHS pays {{fnc|an amount set each April}} a week.\n\n| Word | Meaning |\n|---|---|\n| Respite | A short stay. |\n",
        ),
        ("residential/02-homes.md", "# Homes by district\n\n{{listings}}\n"),
        (
            "residential/03-sources.md",
            "# Sources\n\n{{figures}}\n\nOpen data\n: Free to use. [Licence](https://licence.example)\n",
        ),
        ("home-care/01-agencies.md", "# Agencies by district\n\n{{listings}}\n"),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
    Texts::from_files(BTreeMap::from(files)).unwrap()
}

pub fn guide_of(texts: &Texts, kind: GuideKind, services: &[Arc<CareService>], filter: &Filter, now: &str) -> Guide {
    guide_on_map(texts, kind, services, filter, (now, &[]))
}

pub fn guide_on_map(
    texts: &Texts,
    kind: GuideKind,
    services: &[Arc<CareService>],
    filter: &Filter,
    (now, outlines): (&str, &[Outline]),
) -> Guide {
    let order = Order {
        kind,
        services,
        filter,
        moment: Moment::at(Stamp::parse(now).unwrap()),
        zone: Zone::parse("Europe/London").unwrap(),
        site: "Berth",
        colour: None,
        help_phone: None,
        live_url: Some("https://care.example/search?kind=care_home"),
        notice: None,
        note: None,
        outlines,
        texts,
    };
    build(&order).unwrap()
}

pub fn guide(services: &[Arc<CareService>]) -> Guide {
    guide_of(&short_texts(), GuideKind::Residential, services, &Filter::default(), NOW)
}

fn names(guide: &Guide) -> Vec<&str> {
    listed(&guide.areas).map(|(_, entry)| entry.name.as_str()).collect()
}

/// Compares with the file of that name, or writes it if `UPDATE_SNAPSHOTS` is set.
fn assert_snapshot(name: &str, now: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, now).unwrap();
    }
    let then = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        then == now,
        "{} has changed; if it should, set UPDATE_SNAPSHOTS=1 and look at the difference",
        path.display()
    );
}

#[test]
fn a_guide_is_listed_by_council_then_town_then_name_whatever_the_case() {
    let guide = guide(&sample());
    assert_eq!(names(&guide), ["abbey lodge", "Brook House", "Yew Tree", "The Anchorage", "Zephyr House"]);
    let towns: Vec<&str> = guide.areas.iter().flat_map(|area| &area.towns).map(|town| town.name.as_str()).collect();
    assert_eq!(towns, ["Alton", "Winchester", "Southsea", "Southampton"]);
    assert_eq!(guide.scope, "Care homes in Hampshire, Portsmouth and Southampton");
    assert_eq!(guide.summary, "5 care homes listed; 1 had vacancies.");
}

#[test]
fn every_vacancy_has_its_time_and_what_is_not_known_is_said() {
    let guide = guide(&sample());
    let of = |name: &str| &listed(&guide.areas).find(|(_, entry)| entry.name == name).unwrap().1.vacancies;
    let brook = of("Brook House");
    assert_eq!((brook.headline.as_str(), brook.stamp.as_deref()), ("3 vacancies", Some("at 8:15am, 22 November 2026")));
    assert_eq!(
        brook.lines,
        [
            "Dementia nursing: 2 places, from £1,200 a week",
            "General residential: 1 place, respite stay, women only, from 1 December 2026"
        ]
    );
    assert_eq!(brook.advice, "Confirmed 1 hour ago. Phone to confirm.");
    assert_eq!(of("The Anchorage").headline, "Vacancies not known");
    assert_eq!(of("Zephyr House").headline, "No vacancies");
    assert!(of("Zephyr House").advice.contains("11 days ago, so it may have changed"));
    assert_eq!(of("Yew Tree").headline, "Not taking new people");
}

#[test]
fn a_guide_to_care_at_home_lists_agencies_with_their_hours() {
    let lines = json!([
        { "area": "SO23", "time_of_day": "morning", "hours_available": 6 },
        { "area": "SO23", "time_of_day": "tea", "hours_available": 4 },
        { "area": "GU34", "time_of_day": "live_in", "hours_available": 0 },
    ]);
    let mut agency = told(lines, "2026-11-22T08:15:00Z");
    merge(&mut agency, json!({ "kind": "home_care", "care_types": ["home_care"] }));
    let mut services = sample();
    services.push(home("1-9", "Hearth Care", "Hampshire", "Alton", agency));
    let guide = guide_of(&short_texts(), GuideKind::HomeCare, &services, &Filter::default(), NOW);
    assert_eq!(names(&guide), ["Hearth Care"]);
    let (_, entry) = listed(&guide.areas).next().unwrap();
    assert_eq!(entry.vacancies.headline, "10 hours free a week");
    assert_eq!(entry.vacancies.lines, ["SO23: morning 6, teatime 4 hours a week"]);
}

#[test]
fn a_filter_says_what_it_is_and_an_empty_result_says_so_in_words() {
    let filter = Filter { vacant: Some(50), ..Filter::default() };
    let guide = guide_of(&short_texts(), GuideKind::Residential, &sample(), &filter, NOW);
    assert_eq!(guide.scope, "Care homes, with 50 vacancies or more");
    let sentence = "No care homes match what was asked for.";
    assert_eq!(guide.summary, sentence);
    assert!(html(&guide).unwrap().contains(sentence));
    assert!(plain(&guide).contains(sentence));
}

#[test]
fn the_index_finds_every_service_by_name_by_place_and_by_kind_of_care() {
    let index = guide(&sample()).index;
    let texts = |lines: &[berth::guide::index::Line]| lines.iter().map(|line| line.text.clone()).collect::<Vec<_>>();
    assert_eq!(texts(&index.names), ["abbey lodge", "Brook House", "The Anchorage", "Yew Tree", "Zephyr House"]);
    assert_eq!(texts(&index.places), ["Alton", "Southampton", "Southsea", "Winchester"]);
    let care: Vec<&str> = index.care.iter().map(|group| group.title.as_str()).collect();
    let bands = ["For: Older people", "For: Dementia", "For: Physical disability"];
    assert_eq!(care, [&["Residential home", "Nursing home"][..], &bands[..]].concat());
    assert_eq!(texts(&index.care[0].lines), ["Brook House"]);
}

#[test]
fn html_plain_text_and_typst_of_one_guide_are_as_they_were_agreed() {
    let guide = guide(&sample());
    assert_snapshot("guide.html", &html(&guide).unwrap());
    assert_snapshot("guide.txt", &plain(&guide));
    let data: Value = serde_json::from_str(&data(&guide, Layout::Standard, &|_| true).unwrap()).unwrap();
    assert_snapshot("guide.json", &serde_json::to_string_pretty(&data).unwrap());
}

#[test]
fn the_page_stands_alone_and_its_style_is_allowed_by_its_hash() {
    let page = html(&guide(&sample())).unwrap();
    for from_elsewhere in ["<script", "src=", "<link", "@import", "url(", "style=\""] {
        assert!(!page.contains(from_elsewhere), "{from_elsewhere}");
    }
    let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let digest = Command::new("openssl").args(["dgst", "-sha256", "-binary"]).arg(file_with(style).path()).output();
    let digest = digest.unwrap().stdout;
    let expected = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, digest);
    assert_eq!(style_source(None), format!("'sha256-{expected}'"));
}

pub fn file_with(content: impl AsRef<[u8]>) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), content).unwrap();
    file
}

/// What a register can hold, and worse.
pub fn nasty_names() -> Vec<String> {
    let mut names: Vec<String> = [
        "#1 Care @ Home",
        "*Star* _under_ $math$ `code`",
        "<script>alert(1)</script> & \"Sons\"",
        "O'Brien \\ \\u{41} [link](x) #import \"x\"",
        "{{listings}} {% raw %} {{ 7*7 }}",
        "#[#panic()] /* comment */ // end",
        "= Heading - list + enum ~ tilde",
        "Żółć Élan-Größe Ærø",
        "بيت السلام",
        "בית אבות שלום",
        "Smile \u{1F600} House",
        "Family \u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467} Home",
        "松の家",
        "Right\u{202E}to left",
    ]
    .map(str::to_owned)
    .into();
    names.push("Long name of a home ".repeat(15).trim().to_owned());
    names.push("Unbroken".repeat(38));
    names
}

#[test]
fn nothing_that_a_name_can_hold_is_ever_markup() {
    let names = nasty_names();
    let services: Vec<Arc<CareService>> = names
        .iter()
        .enumerate()
        .map(|(n, name)| {
            let extra = json!({ "provider": { "name": name }, "website": "javascript:alert(1)", "phone": name,
                "address": { "lines": [name], "town": name } });
            home(&format!("1-{n}"), name, "Hampshire", name, extra)
        })
        .collect();
    let guide = guide(&services);
    let page = html(&guide).unwrap();
    assert!(!page.contains("<script>") && !page.contains("=\"javascript:") && !page.contains("=\"https://javascript:"));
    for name in &names {
        let escaped = name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        assert!(page.contains(&format!("dir=\"auto\">{escaped}</h5>")), "{name}");
        assert!(plain(&guide).contains(name.split_whitespace().next().unwrap()), "{name}");
    }
    #[cfg(feature = "pdf")]
    crate::guide_pdf::holds_names(&guide, &names);
}

/// A square around a council area, as somebody brought it in.
pub fn outline(code: &str, name: &str, (lat, lon): (f64, f64)) -> Outline {
    let corners = [(0.0, 0.0), (0.3, 0.0), (0.3, 0.4), (0.0, 0.4)];
    Outline {
        code: berth::domain::authority::AuthorityCode::parse(code).unwrap(),
        name: name.to_owned(),
        source: "Made up for the tests".to_owned(),
        rings: vec![corners.iter().map(|(up, right)| Point { lat: lat + up, lon: lon + right }).collect()],
    }
}

/// The sample on its map, with two homes whose places are known, and one council area with markup in its name.
pub fn sample_on_map() -> Guide {
    let mut services = sample();
    let at = |lat: f64| json!({ "location": { "lat": lat, "lon": -1.3 } });
    let told = told(
        json!([{ "bed_type": "general_nursing", "stay": "permanent", "maximum": 9, "occupied": 8,
        "reserved": 0, "accepting": 1 }]),
        "2026-11-22T08:15:00Z",
    );
    let mut free = at(51.1);
    merge(&mut free, told);
    services.push(home("1-8", "Dot House", "Hampshire", "Alton", free));
    services.push(home("1-9", "Ring House", "Hampshire", "Alton", at(51.2)));
    let outlines = [
        outline("E10000014", "Hampshire <b>&\"", (51.0, -1.5)),
        outline("E06000044", "Portsmouth", (51.0, -1.45)),
        outline("E06000046", "Isle of Wight", (50.5, -1.5)),
    ];
    guide_on_map(&short_texts(), GuideKind::Residential, &services, &Filter::default(), (NOW, &outlines))
}

#[test]
fn a_map_shows_the_council_areas_of_the_guide_and_a_dot_for_each_place_that_is_known() {
    let guide = sample_on_map();
    let map = guide.map.as_ref().unwrap();
    assert_eq!(map.svg.matches("<circle").count(), 2, "two places are known");
    assert_eq!(map.svg.matches("fill=\"#0a5c36\" stroke").count(), 1, "one of them had a vacancy");
    assert!(!map.svg.contains("Isle of Wight"), "no home of it is listed");
    assert!(map.svg.contains(">Hampshire &lt;b&gt;&amp;\"</text>"), "{}", map.svg);
    assert_eq!(map.alt, "Map of Hampshire <b>&\" and Portsmouth with a dot for each place that is listed");
    let lines: Vec<&str> = map.svg.split("<text ").skip(1).map(|text| text.split("y=\"").nth(1).unwrap()).collect();
    let line = |text: &str| text.split('"').next().unwrap().parse::<f64>().unwrap();
    assert!((line(lines[0]) - line(lines[1])).abs() > 16.0, "names do not cover each other");
    let page = html(&guide).unwrap();
    assert!(page.contains(&map.svg) && page.contains("Made up for the tests."), "the source stands beside it");
    assert_eq!(self::guide(&sample()).map, None, "without outlines there is no map");
}

#[test]
fn volumes_part_no_council_area_and_hold_as_many_as_fit() {
    let named = |most: usize| -> Vec<(String, usize)> {
        volumes(&sample(), most).into_iter().map(|volume| (volume.name, volume.services)).collect()
    };
    let text = |name: &str, count: usize| (name.to_owned(), count);
    assert_eq!(named(100), [text("Hampshire to Southampton", 5)]);
    assert_eq!(named(4), [text("Hampshire to Portsmouth", 4), text("Southampton", 1)]);
    assert_eq!(named(1), [text("Hampshire", 3), text("Portsmouth", 1), text("Southampton", 1)]);
    assert!(volumes(&[], 3).is_empty());
}
