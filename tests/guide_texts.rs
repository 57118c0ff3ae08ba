//! The wording of the guides: that it is easy to read, and that no figure is given out which does
//! not hold. Whether it is good advice is for people to judge.

use berth::base::stamp::Stamp;
use berth::domain::filter::Filter;
use berth::domain::words::GuideKind;
use berth::guide::chapters::{Block, Inline, words};
use berth::guide::plain::plain;
use berth::guide::texts::{Names, Texts};

use crate::guide::guide_of;

/// Longer sentences lose a reader of nine.
const LONGEST_SENTENCE: usize = 25;
/// Words a sentence, over a whole chapter.
const USUAL_SENTENCE: usize = 14;

/// Every run of words of these blocks: paragraphs, items, cells.
fn runs(blocks: &[Block]) -> Vec<String> {
    let said = |text: &Vec<Inline>| words(text);
    blocks
        .iter()
        .flat_map(|block| match block {
            Block::Heading { text } | Block::Paragraph { text } => vec![words(text)],
            Block::List { items, .. } => items.iter().flat_map(|item| runs(item)).collect(),
            Block::Checklist { questions, .. } => questions.iter().map(said).collect(),
            Block::Pictures { rows } => rows.iter().map(|row| words(&row.text)).collect(),
            Block::Table { head, rows } => head.iter().chain(rows.iter().flatten()).map(said).collect(),
            Block::Terms { terms } => terms.iter().flat_map(|term| runs(&term.meaning)).collect(),
            Block::Note { blocks } => runs(blocks),
            Block::Slot { .. } => Vec::new(),
        })
        .collect()
}

fn sentences(run: &str) -> impl Iterator<Item = &str> {
    run.split_inclusive(['.', '?', '!', ':']).map(str::trim).filter(|sentence| sentence.contains(' '))
}

#[test]
fn sentences_are_short() {
    let names =
        Names::from([("site", "Berth".to_owned()), ("made_on", "today".to_owned()), ("on_help_phone", String::new())]);
    for kind in GuideKind::ALL {
        let wording = Texts::embedded().unwrap().wording(*kind, "2026-11-22".parse().unwrap(), &names).unwrap();
        for chapter in &wording.chapters {
            let runs = runs(&chapter.blocks);
            let counts: Vec<usize> = runs.iter().flat_map(|run| sentences(run)).map(|s| s.split(' ').count()).collect();
            let long = runs.iter().flat_map(|run| sentences(run)).filter(|s| s.split(' ').count() > LONGEST_SENTENCE);
            let long: Vec<&str> = long.collect();
            assert!(long.is_empty(), "{kind}, {}: {long:#?}", chapter.title);
            let mean = counts.iter().sum::<usize>() / counts.len().max(1);
            assert!(mean <= USUAL_SENTENCE, "{kind}, {}: {mean} words a sentence", chapter.title);
        }
    }
}

#[test]
fn both_guides_have_every_chapter_they_need() {
    let titles = |kind| -> Vec<String> {
        let guide = guide_of(&Texts::embedded().unwrap(), kind, &[], &Filter::default(), "2026-11-22T09:30:00Z");
        guide.chapters.into_iter().map(|chapter| chapter.title).collect()
    };
    let residential = titles(GuideKind::Residential);
    assert_eq!(residential.len(), 19, "{residential:?}");
    assert_eq!(residential[16], "Homes by district");
    let home_care = titles(GuideKind::HomeCare);
    assert_eq!(home_care.len(), 21, "{home_care:?}");
    assert_eq!(home_care[17], "Agencies by district");
}

#[test]
fn a_figure_is_printed_while_it_holds_and_not_after() {
    let texts = Texts::embedded().unwrap();
    let said = |kind, now| plain(&guide_of(&texts, kind, &[], &Filter::default(), now));
    let yearly = ["£23,250", "£14,250", "£267.68", "£76.70", "£114.60", "£238"];
    let now = said(GuideKind::Residential, "2026-11-22T09:30:00Z");
    let later = said(GuideKind::Residential, "2027-04-06T09:30:00Z");
    for figure in yearly {
        assert!(now.contains(figure), "{figure}");
        assert!(!later.contains(figure), "{figure}");
    }
    assert!(later.contains("an amount that is set each April (ask the home)"));
    // Never confirmed, so never printed.
    for (kind, figure) in
        [(GuideKind::Residential, "30.65"), (GuideKind::Residential, "4.65%"), (GuideKind::HomeCare, "0800 678 1602")]
    {
        assert!(!said(kind, "2026-11-22T09:30:00Z").contains(figure), "{figure}");
    }
}

#[test]
fn every_fact_is_used_and_those_to_look_up_are_told() {
    let texts = Texts::embedded().unwrap();
    let files = ["residential", "home-care", "both"].map(|folder| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("web/guide").join(folder);
        let files = std::fs::read_dir(folder).unwrap();
        files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect::<String>()
    });
    for fact in &texts.facts().facts {
        assert!(files.concat().contains(&format!("{{{{{}|", fact.key)), "{} is not used by any text", fact.key);
    }
    let day = Stamp::parse("2026-11-22T09:30:00Z").unwrap().naive().date();
    let mut withheld: Vec<String> =
        texts.facts().overdue(day).into_iter().filter(|o| o.is_withheld).map(|o| o.key).collect();
    withheld.sort();
    assert_eq!(withheld, ["dpa.interest_now", "lpa.fee", "mig.pension_age", "pea", "phone.age_uk"]);
}
