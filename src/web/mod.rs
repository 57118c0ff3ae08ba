//! What the folder `web/` gives the binary: templates with their filters in each language, and built assets.
//! It knows no request and no handler; the names are those of `web/README.md`.

pub mod assets;
pub mod catalogue;
mod filters;
mod said;
mod tongues;

use std::collections::BTreeSet;
use std::sync::Arc;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use rust_embed::RustEmbed;

use crate::base::clock::Clock;
use crate::base::local::Zone;
use crate::base::texts::Texts;
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
            let frame = is_other.then(|| environment(clock, zone, &english, texts.clone(), |name| FRAME.contains(&name)));
            let prepared = if is_other { prepared(&texts) } else { BTreeSet::new() };
            Ok(Spoken { texts, whole, frame, prepared })
        };
        languages.iter().map(spoken).collect::<Result<_, String>>().map(Self)
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
