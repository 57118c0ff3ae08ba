//! What the folder `web/` gives the binary: templates with their filters in each language, and built assets.
//! It knows no request and no handler; the names are those of `web/README.md`.

pub mod assets;
pub mod catalogue;
pub mod dress;
mod filters;
mod logo;
mod mark;
mod said;
mod tongues;

use std::collections::BTreeSet;
use std::sync::Arc;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use rust_embed::RustEmbed;

use crate::base::clock::Clock;
use crate::base::local::Zone;
use crate::base::texts::Texts;
use crate::web::dress::Dress;
use tongues::Spoken;
pub use tongues::Tongue;

#[derive(RustEmbed)]
#[folder = "web/pages"]
#[allow_missing = true]
struct Pages;

/// What stands around every page.
const FRAME: [&str; 2] = ["layout.html", "parts/navigation.html"];

/// The templates of the pages. What is not given to a template is an error, never a blank.
pub struct Templates(Vec<Spoken>);

impl Templates {
    /// In these languages, the usual one first; what is wrong with the file of one.
    pub fn new(clock: &Clock, zone: Zone, languages: &[String]) -> Result<Self, String> {
        let english = Arc::new(Texts::english());
        let spoken = |code: &String| {
            let texts = if english.code == *code { english.clone() } else { Arc::new(Texts::of(code)?) };
            let is_other = !texts.is_english();
            let whole = environment(clock, zone, &texts, texts.clone(), |_| true);
            let frame =
                is_other.then(|| environment(clock, zone, &english, texts.clone(), |name| FRAME.contains(&name)));
            let prepared = if is_other { prepared(&texts) } else { BTreeSet::new() };
            Ok(Spoken { texts, whole, frame, prepared })
        };
        languages.iter().map(spoken).collect::<Result<_, String>>().map(Self)
    }

    /// The same, with the files that a deployment wears in place of those that were built.
    pub fn wearing(mut self, dress: &Arc<Dress>) -> Self {
        for spoken in &mut self.0 {
            for environment in std::iter::once(&mut spoken.whole).chain(&mut spoken.frame) {
                filters::wear(environment, dress);
            }
        }
        self
    }

    /// A page, whole; or what is wrong with its template, with the cause.
    pub fn render(&self, tongue: Tongue, name: &str, context: Value) -> Result<String, String> {
        let spoken = &self.0[tongue.0];
        let frame = spoken.frame.as_ref().filter(|_| !spoken.has(name));
        let template = frame.unwrap_or(&spoken.whole).get_template(name).map_err(|e| format!("{e:#}"))?;
        template.render(context).map_err(|e| format!("{e:#}"))
    }

    /// What a page is told of languages: `language` of `web/README.md`.
    pub fn told(&self, tongue: Tongue, name: &str, here: Option<&str>) -> Value {
        tongues::told(&self.0, tongue, name, here)
    }

    /// Whether there is anything to choose.
    pub fn has_languages(&self) -> bool {
        self.0.len() > 1
    }

    /// A language by its code, if the pages are in it.
    pub fn tongue(&self, code: &str) -> Option<Tongue> {
        self.0.iter().position(|spoken| spoken.texts.code == code).map(Tongue)
    }

    pub fn code(&self, tongue: Tongue) -> &str {
        &self.0[tongue.0].texts.code
    }
}

/// Templates that say what filters say in the one language, and their own words in the other where `is_in` says so.
fn environment(
    clock: &Clock,
    zone: Zone,
    filtered: &Arc<Texts>,
    texts: Arc<Texts>,
    is_in: fn(&str) -> bool,
) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_loader(move |name| {
        let source = source(name);
        Ok(source.map(|source| if is_in(name) { texts.translate(&source, true, true) } else { source }))
    });
    filters::add(&mut environment, clock, zone, filtered);
    environment
}

fn source(name: &str) -> Option<String> {
    Pages::get(name).map(|file| String::from_utf8_lossy(&file.data).into_owned())
}

/// The pages of whose own texts a language has at least a half. Others stay English within its frame, so that no page
/// is a patchwork.
fn prepared(texts: &Texts) -> BTreeSet<String> {
    let share = |name: &str| source(name).map(|source| texts.share(&source)).unwrap_or_default();
    let is_prepared = |name: &String| {
        let (has, of) = share(name);
        has * 2 >= of
    };
    Pages::iter().map(|name| name.into_owned()).filter(is_prepared).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::stamp::Stamp;
    use crate::base::texts;

    fn all() -> Templates {
        let clock = Clock::set_at(Stamp::parse("2026-11-22T09:30:00Z").unwrap());
        Templates::new(&clock, Zone::parse("Europe/London").unwrap(), &texts::languages()).unwrap()
    }

    fn say(templates: &Templates, code: &str, source: &str) -> String {
        let spoken = &templates.0[templates.tongue(code).unwrap().0];
        spoken.whole.render_str(source, minijinja::context! {}).unwrap()
    }

    #[test]
    fn every_template_can_be_read_in_every_language() {
        for spoken in &all().0 {
            let environments = std::iter::once(&spoken.whole).chain(&spoken.frame);
            for environment in environments {
                for name in Pages::iter() {
                    let read = environment.get_template(&name);
                    assert!(read.is_ok(), "{name} in {}: {:#}", spoken.texts.code, read.unwrap_err());
                }
            }
        }
    }

    #[test]
    fn times_and_counts_are_said_in_the_language_of_the_page() {
        let templates = all();
        let times = "{{ '2026-11-20T08:05:00Z' | age }}; {{ '2026-11-22T07:30:00Z' | lasting }}; {{ '2026-03-09' | day }}; {{ '2026-11-20T14:05:00Z' | when }}";
        assert_eq!(say(&templates, "cy", times), "2 ddiwrnod yn ôl; 2 awr; 9 Mawrth 2026; 2:05pm, 20 Tachwedd 2026");
        assert_eq!(say(&templates, "en", times), "2 days ago; 2 hours; 9 March 2026; 2:05pm, 20 November 2026");
        let homes = "{% for n in [0, 1, 2, 3, 4, 6, 1200] %}{{ plural(n, '{n} care service', '{n} care services') }};{% endfor %}{{ 2.04 | miles }};{{ 1.0 | miles }}";
        let welsh = "0 gwasanaeth gofal;1 gwasanaeth gofal;2 wasanaeth gofal;3 gwasanaeth gofal;4 o wasanaethau gofal;\
                     6 gwasanaeth gofal;1,200 o wasanaethau gofal;2.0 milltir;1.0 filltir";
        assert_eq!(say(&templates, "cy", homes), welsh);
        let english = "0 care services;1 care service;2 care services;3 care services;4 care services;6 care services;\
                       1,200 care services;2.0 miles;1.0 mile";
        assert_eq!(say(&templates, "en", homes), english);
    }

    #[test]
    fn the_words_of_vocabularies_and_of_forms_are_said_too() {
        let templates = all();
        let words = "{{ 'respite' | words('stay') }}; {{ choices('within')[1][1] }}; {{ 'PDF to print' | say }}; {{ fill('Such {a}', a=2.5) }}";
        assert_eq!(
            say(&templates, "cy", words),
            "Seibiant; O fewn 3 milltir; PDF i'w argraffu; Such 2.5".replace('\'', "&#x27;")
        );
        assert_eq!(say(&templates, "en", words), "Respite; Within 3 miles; PDF to print; Such 2.5");
    }
}
