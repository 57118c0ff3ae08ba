//! What administrators wrote, laid over the shipped texts of the guides: that of everywhere first, then
//! that of one council; in a guide of several councils, each council's local parts one after the other.
//! Who may write is decided in `ops`, and what is broken is left out where a guide is made.

use std::collections::BTreeMap;

use crate::domain::authority::{self, AuthorityCode};
use crate::domain::guide_text::Saved;
use crate::guide::facts::Fact;
use crate::guide::texts::Texts;

/// Figures are kept beside the texts: `figures/fnc.standard`, as JSON.
pub const FIGURES: &str = "figures/";
/// Parts that each council fills for its own area: `both/local-help.md`.
const LOCAL: &str = "both/local-";

impl Texts {
    /// With what holds for these councils: one council's words in place of all others, of several only
    /// their local parts. None named is all of them.
    pub fn with_saved(mut self, saved: &[Saved], councils: &[AuthorityCode]) -> Self {
        let one = match councils {
            [one] => Some(one),
            _ => None,
        };
        let everywhere = saved.iter().filter(|saved| saved.area.is_none());
        let own = saved.iter().filter(|saved| saved.area.is_some() && saved.area.as_ref() == one);
        for saved in everywhere.chain(own) {
            if let Some(words) = &saved.words {
                self.lay(&saved.name, words);
            }
        }
        if one.is_none() {
            self.local = local_parts(saved, councils);
        }
        self
    }

    fn lay(&mut self, name: &str, words: &str) {
        let Some(key) = name.strip_prefix(FIGURES) else {
            self.edited.insert(name.to_owned(), words.to_owned());
            return;
        };
        match serde_json::from_str::<Fact>(words) {
            Ok(fact) => {
                if fact.key != key || !self.facts.replace(fact) {
                    self.unusable.push(format!("the figure {key} is not known any more"));
                }
            }
            Err(error) => self.unusable.push(format!("the figure {key} cannot be read: {error}")),
        }
    }

    /// What administrators wrote and cannot be used, a sentence each.
    pub fn unusable(&self) -> &[String] {
        &self.unusable
    }
}

/// The local parts of these councils, or of all, by part, councils by name.
fn local_parts(saved: &[Saved], councils: &[AuthorityCode]) -> BTreeMap<String, Vec<(String, String)>> {
    let mut parts: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for saved in saved.iter().filter(|saved| saved.name.starts_with(LOCAL)) {
        let Some(code) = saved.area.as_ref().filter(|code| councils.is_empty() || councils.contains(code)) else {
            continue;
        };
        if let Some(words) = saved.words.as_ref().filter(|words| !words.trim().is_empty()) {
            let name = authority::by_code(code).map_or_else(|| code.to_string(), |authority| authority.name);
            parts.entry(saved.name.clone()).or_default().push((name, words.clone()));
        }
    }
    parts.values_mut().for_each(|councils| councils.sort());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::stamp::Stamp;
    use crate::domain::words::GuideKind;
    use crate::guide::chapters::{Block, words};
    use crate::guide::texts::Names;

    const HAMPSHIRE: &str = "E10000014";
    const PORTSMOUTH: &str = "E06000044";

    fn code(code: &str) -> AuthorityCode {
        AuthorityCode::parse(code).unwrap()
    }

    fn saved(area: &str, name: &str, words: &str) -> Saved {
        Saved {
            area: AuthorityCode::parse(area),
            name: name.to_owned(),
            version: 1,
            words: Some(words.to_owned()),
            made_at: Stamp::parse("2026-11-22T09:30:00Z").unwrap(),
            made_by: "admin".to_owned(),
        }
    }

    fn shipped() -> Texts {
        let fact = r#"{"key":"fnc","what":"Nursing","value":200,"unit":"pounds","confidence":"official","source":"s","read_on":"2026-11-22"}"#;
        let files = [
            ("facts.json", format!(r#"{{"facts":[{fact}]}}"#)),
            ("residential/01-a.md", "# Help\n\nPay {{fnc|what the home says}}.\n\n{{include local-help}}\n".to_owned()),
            ("both/local-help.md", "Phone your council.\n".to_owned()),
        ];
        Texts::from_files(files.map(|(name, text)| (name.to_owned(), text)).into()).unwrap()
    }

    fn said(texts: &Texts) -> (String, Vec<String>) {
        let wording = texts.wording(GuideKind::Residential, "2026-11-22".parse().unwrap(), &Names::new()).unwrap();
        let blocks = wording.chapters.iter().flat_map(|chapter| &chapter.blocks);
        let said = blocks.map(|block| match block {
            Block::Paragraph { text } => words(text),
            other => format!("{other:?}"),
        });
        (said.collect::<Vec<_>>().join(" / "), wording.left_out)
    }

    #[test]
    fn one_council_s_words_hold_in_its_own_guide_and_several_stand_one_after_the_other() {
        let saved = [
            saved(HAMPSHIRE, "both/local-help.md", "Phone 01632 960001."),
            saved(PORTSMOUTH, "both/local-help.md", "Phone 01632 960002."),
            saved(PORTSMOUTH, "residential/01-a.md", "# Ours\n\nAsk us."),
        ];
        let of = |councils: &[&str]| {
            let councils: Vec<AuthorityCode> = councils.iter().map(|one| code(one)).collect();
            said(&shipped().with_saved(&saved, &councils)).0
        };
        assert_eq!(of(&[HAMPSHIRE]), "Pay £200. / Phone 01632 960001.");
        assert_eq!(of(&[PORTSMOUTH]), "Ask us.");
        let both = "Hampshire / Phone 01632 960001. / Portsmouth / Phone 01632 960002.";
        assert_eq!(of(&[]), format!("Pay £200. / Phone your council. / {both}"));
        assert_eq!(of(&[HAMPSHIRE, PORTSMOUTH]), of(&[]));
        assert_eq!(of(&["E06000045"]), "Pay £200. / Phone your council.");
    }

    #[test]
    fn what_cannot_be_read_is_left_out_and_what_is_shipped_holds_instead() {
        for broken in ["No title", "# T\n\n{{fcn|x}}", "# T\n\n*slanted*", ""] {
            let texts = shipped().with_saved(&[saved("", "residential/01-a.md", broken)], &[]);
            let (said, left_out) = said(&texts);
            let taken_away = broken.is_empty();
            assert_eq!(said, if taken_away { "" } else { "Pay £200. / Phone your council." }, "{broken}");
            assert_eq!(left_out.len(), usize::from(!taken_away), "{broken}");
        }
        let part = shipped().with_saved(&[saved("", "both/local-help.md", "# A title")], &[]);
        assert_eq!(said(&part), ("Pay £200. / Phone your council.".to_owned(), said(&part).1));
        assert!(said(&part).1[0].starts_with("In residential/01-a.md: "));
    }

    #[test]
    fn a_figure_of_one_s_own_holds_in_its_area_and_a_broken_one_is_told() {
        let fact = |value: &str| {
            format!(
                r#"{{"key":"fnc","what":"Nursing","value":{value},"unit":"pounds","confidence":"official","source":"s","read_on":"2026-11-22"}}"#
            )
        };
        let own = [saved(HAMPSHIRE, "figures/fnc", &fact("300"))];
        assert!(said(&shipped().with_saved(&own, &[code(HAMPSHIRE)])).0.starts_with("Pay £300."));
        assert!(said(&shipped().with_saved(&own, &[])).0.starts_with("Pay £200."));
        let broken = shipped().with_saved(&[saved("", "figures/fnc", "{"), saved("", "figures/gone", &fact("1"))], &[]);
        assert_eq!(broken.unusable().len(), 2);
        assert!(said(&broken).0.starts_with("Pay £200."));
    }
}
