//! What who edits the guides sees: the texts of their area, how a change would look, and what there is to
//! mend. Saving it is an act of `ops`.

use chrono::NaiveDate;

use crate::base::stamp::Stamp;
use crate::domain::authority;
use crate::domain::authority::AuthorityCode;
use crate::domain::filter::Filter;
use crate::domain::freshness::Moment;
use crate::domain::guide_text::{Area, Saved};
use crate::domain::words::GuideKind;
use crate::guide::edited::FIGURES;
use crate::guide::facts::Overdue;
use crate::guide::texts::Texts;
use crate::guide::workshop::Workshop;
use crate::guide::{Order, build, html, names};

impl Workshop {
    /// The texts as they hold in an area.
    pub fn texts_in(&self, area: &Area, saved: &[Saved]) -> Result<Texts, String> {
        Ok(match area {
            Some(code) => self.texts()?.with_saved(saved, std::slice::from_ref(code)),
            None => self.texts()?.with_saved(&everywhere(saved), &[]),
        })
    }

    /// A text as it would look with these words, as HTML; or what is wrong with it, in a sentence.
    pub fn preview(&self, texts: &Texts, name: &str, words: &str, now: Stamp) -> Result<String, String> {
        let day = self.zone.day(now);
        let names = names(&self.site, self.help_phone.as_deref(), day);
        let Some((chapter, figures)) = texts.tried(name, words, day, &names)? else { return Ok(String::new()) };
        let kind = GuideKind::ALL.iter().copied().find(|kind| name.starts_with(kind.word()));
        let mut guide = build(&Order {
            kind: kind.unwrap_or(GuideKind::Residential),
            services: &[],
            filter: &Filter::default(),
            moment: Moment::at(now),
            zone: self.zone,
            site: &self.site,
            colour: self.colour,
            help_phone: self.help_phone.as_deref(),
            live_url: None,
            notice: None,
            note: None,
            outlines: &[],
            texts: &Texts::embedded()?,
        })?;
        guide.chapters = vec![chapter];
        guide.figures = figures;
        html::chapters(&guide)
    }

    /// What to mend in the texts and figures: a sentence each.
    pub fn advice(&self, now: Stamp) -> Vec<String> {
        let day = self.zone.day(now);
        self.all_advice(day).unwrap_or_else(|why| vec![format!("the guides cannot be made: {why}")])
    }

    fn all_advice(&self, day: NaiveDate) -> Result<Vec<String>, String> {
        let saved = self.saved()?;
        let mut advice = self.mistakes(&self.texts_in(&None, &saved)?, day);
        advice.extend(self.texts_in(&None, &saved)?.facts().overdue(day).iter().map(|overdue| said(overdue, "")));
        for code in councils(&saved) {
            let area = Some(code.clone());
            let (texts, council) = (self.texts_in(&area, &saved)?, name_of(&code));
            for mistake in self.mistakes(&texts, day) {
                if !advice.contains(&mistake) {
                    advice.push(format!("{council}: {mistake}"));
                }
            }
            let own = |overdue: &&Overdue| {
                saved.iter().any(|saved| saved.area == area && saved.name.strip_prefix(FIGURES) == Some(&overdue.key))
            };
            let overdue = texts.facts().overdue(day);
            advice.extend(overdue.iter().filter(own).map(|overdue| said(overdue, &format!(" of {council}"))));
        }
        Ok(advice)
    }

    /// What in the texts of an area cannot be used, and what keeps a guide from being made.
    pub fn mistakes(&self, texts: &Texts, day: NaiveDate) -> Vec<String> {
        let names = names(&self.site, self.help_phone.as_deref(), day);
        let mut mistakes: Vec<String> =
            texts.unusable().iter().map(|why| format!("the shipped one holds instead: {why}")).collect();
        for kind in GuideKind::ALL {
            match texts.wording(*kind, day, &names) {
                Ok(wording) => {
                    let left_out = wording.left_out.into_iter();
                    mistakes
                        .extend(left_out.map(|why| format!("the shipped words hold instead of edited ones: {why}")));
                }
                Err(why) => mistakes.push(format!("a guide cannot be made: {why}")),
            }
        }
        mistakes
    }
}

/// What was written for everywhere alone.
fn everywhere(saved: &[Saved]) -> Vec<Saved> {
    saved.iter().filter(|saved| saved.area.is_none()).cloned().collect()
}

/// The councils that have words of their own.
fn councils(saved: &[Saved]) -> Vec<AuthorityCode> {
    let mut codes: Vec<AuthorityCode> = saved.iter().filter_map(|saved| saved.area.clone()).collect();
    codes.dedup();
    codes
}

fn name_of(code: &AuthorityCode) -> String {
    authority::by_code(code).map_or_else(|| code.to_string(), |authority| authority.name)
}

fn said(overdue: &Overdue, of: &str) -> String {
    let done = if overdue.is_withheld { "is left out of the guides" } else { "will need a new value" };
    format!("the figure {}{of} {done}: {}", overdue.key, overdue.why)
}
