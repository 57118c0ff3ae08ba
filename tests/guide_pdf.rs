//! The guides as real PDF files, looked at with the tools that readers and printers use.
//! What stands in a guide is promised in `guide.rs`.

use std::path::Path;
use std::process::Command;

use berth::domain::filter::Filter;
use berth::domain::words::GuideKind;
use berth::guide::Guide;
use berth::guide::pdf::Press;
use berth::guide::texts::Texts;
use berth::guide::typst::Layout;

use crate::guide::{NOW, file_with, guide, guide_of, home, nasty_names, sample, sample_on_map};

fn made(guide: &Guide, layout: Layout) -> tempfile::NamedTempFile {
    file_with(Press::new().unwrap().pdf(guide, layout).unwrap())
}

fn run(program: &str, arguments: &[&str], file: &Path) -> String {
    let mut command = Command::new(program);
    let done = command.args(arguments.iter().map(|a| if *a == "FILE" { file.as_os_str() } else { a.as_ref() }));
    let done = done.output().unwrap_or_else(|error| panic!("{program} is needed: {error}"));
    assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn text(file: &Path) -> String {
    run("pdftotext", &["-raw", "FILE", "-"], file)
}

/// Letters and digits only: lines end where a column does.
fn squashed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn outline(file: &Path) -> serde_json::Value {
    serde_json::from_str(&run("qpdf", &["--json", "--json-key=outlines", "FILE"], file)).unwrap()
}

/// The smallest point size of the text.
fn smallest(file: &Path) -> u32 {
    let xml = run("pdftohtml", &["-xml", "-i", "-stdout", "-zoom", "1", "FILE"], file);
    let sizes = xml.split("<fontspec ").skip(1).filter_map(|spec| spec.split("size=\"").nth(1)?.split('"').next());
    sizes.map(|size| size.parse().unwrap()).min().unwrap()
}

pub fn holds_names(guide: &Guide, names: &[String]) {
    let file = made(guide, Layout::Standard);
    run("qpdf", &["--check", "FILE"], file.path());
    let found = squashed(&text(file.path()));
    // Right-to-left text comes in the order of the eye, and two names have signs no font of ours has.
    for name in names.iter().filter(|name| name.chars().all(|c| c < '\u{590}')) {
        assert!(found.contains(&squashed(name)), "{name}");
    }
}

#[test]
fn a_guide_is_a_sound_tagged_pdf_with_title_outline_and_every_name() {
    let guide = guide(&sample());
    let file = made(&guide, Layout::Standard);
    run("qpdf", &["--check", "FILE"], file.path());
    let about = run("pdfinfo", &["FILE"], file.path());
    for line in ["Tagged:          yes", "Title:           Guide to residential care, 22 November 2026"] {
        assert!(about.contains(line), "{about}");
    }
    assert!(run("pdfinfo", &["-meta", "FILE"], file.path()).contains("<pdfuaid:part>1</pdfuaid:part>"));
    let outline = outline(file.path()).to_string();
    for title in ["Index", "By name", "Hampshire", "Brook House", "2. Homes by district"] {
        assert!(outline.contains(&format!("\"title\":\"{title}\"")), "{title}: {outline}");
    }
    let found = squashed(&text(file.path()));
    for (_, entry) in berth::guide::listing::listed(&guide.areas) {
        assert_eq!(found.matches(&squashed(&entry.name)).count(), 2, "{}: once listed, once in the index", entry.name);
    }
    assert!(found.contains(&squashed("3 vacancies at 8:15am, 22 November 2026")));
    assert_eq!(smallest(file.path()), 12);
}

#[test]
fn large_print_is_eighteen_point_and_holds_the_same() {
    let guide = guide(&sample());
    let file = made(&guide, Layout::LargePrint);
    run("qpdf", &["--check", "FILE"], file.path());
    assert_eq!(smallest(file.path()), 18);
    let found = squashed(&text(file.path()));
    for (_, entry) in berth::guide::listing::listed(&guide.areas) {
        assert!(found.contains(&squashed(&entry.name)), "{}", entry.name);
    }
}

#[test]
fn the_index_of_the_pdf_gives_the_page_on_which_a_service_is() {
    let file = made(&guide(&sample()), Layout::Standard);
    let page = |number: &str| run("pdftotext", &["-raw", "-f", number, "-l", number, "FILE", "-"], file.path());
    let all = text(file.path());
    let index = all.rsplit_once("By name").unwrap().1;
    let line = index.lines().find(|line| line.starts_with("Zephyr House, Southampton")).unwrap();
    let number = line.rsplit(' ').next().unwrap();
    assert!(page(number).lines().any(|line| line == "Zephyr House"), "page {number}");
}

#[test]
fn an_empty_guide_and_one_of_nasty_names_are_made_in_both_layouts() {
    let services: Vec<_> = nasty_names()
        .iter()
        .enumerate()
        .map(|(n, name)| home(&format!("1-{n}"), name, "Hampshire", name, serde_json::json!({})))
        .collect();
    for layout in [Layout::Standard, Layout::LargePrint] {
        made(&guide(&services), layout);
        let none = made(&guide(&[]), layout);
        assert!(text(none.path()).contains("No care homes match what was asked for."));
    }
}

#[test]
fn the_same_guide_makes_the_same_bytes() {
    let press = Press::new().unwrap();
    let guide = guide(&sample());
    assert!(press.pdf(&guide, Layout::Standard).unwrap() == press.pdf(&guide, Layout::Standard).unwrap());
}

#[test]
fn both_guides_with_all_their_chapters_are_made() {
    let texts = Texts::embedded().unwrap();
    for kind in GuideKind::ALL {
        let guide = guide_of(&texts, *kind, &sample(), &Filter::default(), NOW);
        let file = made(&guide, Layout::Standard);
        let found = squashed(&text(file.path()));
        for chapter in &guide.chapters {
            assert!(found.contains(&squashed(&chapter.title)), "{}", chapter.title);
        }
    }
}

#[test]
fn the_map_is_in_both_layouts_with_its_words_and_letters_large_enough() {
    for (layout, least) in [(Layout::Standard, 12), (Layout::LargePrint, 18)] {
        let file = made(&sample_on_map(), layout);
        run("qpdf", &["--check", "FILE"], file.path());
        assert!(squashed(&text(file.path())).contains("Madeupforthetests"));
        assert!(run("pdfinfo", &["-struct", "FILE"], file.path()).contains("Figure"));
        assert!(smallest(file.path()) >= least, "{}", smallest(file.path()));
    }
}

/// What an independent reader of PDF finds in the tags: a sentence for each fault, and nothing for none.
const LOOK_AT_TAGS: &str = r#"
import sys, pikepdf
root = pikepdf.open(sys.argv[1]).Root
faults, last, seen = [], 0, set()
def kids(tag):
    inner = tag.get('/K')
    return list(inner) if isinstance(inner, pikepdf.Array) else [] if inner is None else [inner]
waiting = [root.StructTreeRoot]
while waiting:
    tag = waiting.pop()
    if not isinstance(tag, pikepdf.Dictionary): continue
    kind = str(tag.get('/S', ''))
    seen.add(kind)
    if kind == '/Figure' and not str(tag.get('/Alt', '')).strip(): faults.append('a figure without words')
    if kind == '/TH' and 'Scope' not in repr(tag.get('/A', '')): faults.append('a head of a table without scope')
    if len(kind) == 3 and kind[1] == 'H' and kind[2].isdigit():
        if int(kind[2]) > last + 1: faults.append('heading %s after %s' % (kind, last))
        last = int(kind[2])
    waiting.extend(reversed(kids(tag)))
for kind in ['/Document', '/Title', '/H1', '/H2', '/H3', '/TOC', '/TH', '/LBody', '/Link', '/Figure']:
    if kind not in seen: faults.append('no %s' % kind)
if not str(root.get('/Lang', '')).startswith('en'): faults.append('no language')
if not root.MarkInfo.Marked or not root.ViewerPreferences.DisplayDocTitle: faults.append('not marked, or title not shown')
for key in ['/Outlines', '/PageLabels', '/Metadata']:
    if root.get(key) is None: faults.append('no %s' % key)
print('\n'.join(faults), end='')
"#;

#[test]
fn an_independent_reader_finds_tags_in_order_words_for_pictures_and_heads_of_tables() {
    // Debian's own Python has the packages of Debian, whichever other comes first.
    let python = if Path::new("/usr/bin/python3").exists() { "/usr/bin/python3" } else { "python3" };
    let has = Command::new(python).args(["-c", "import pikepdf"]).output().is_ok_and(|done| done.status.success());
    if !has {
        assert!(std::env::var("TEST_ALL").is_err(), "pikepdf must be there when all tests are to run");
        eprintln!("skipped: pikepdf is not installed (script/setup --test installs it)");
        return;
    }
    for layout in [Layout::Standard, Layout::LargePrint] {
        let file = made(&sample_on_map(), layout);
        assert_eq!(run(python, &["-c", LOOK_AT_TAGS, "FILE"], file.path()), "");
    }
}
