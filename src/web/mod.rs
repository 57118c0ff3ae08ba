//! What the folder `web/` gives the binary: templates with their filters, and built assets.
//! It knows no request and no handler; the names are those of `web/README.md`.

pub mod assets;
mod filters;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use rust_embed::RustEmbed;

use crate::base::clock::Clock;
use crate::base::local::Zone;

#[derive(RustEmbed)]
#[folder = "web/pages"]
#[allow_missing = true]
struct Pages;

/// The templates of the pages. What is not given to a template is an error, never a blank.
pub struct Templates(Environment<'static>);

impl Templates {
    pub fn new(clock: Clock, zone: Zone) -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.set_loader(|name| {
            let file = Pages::get(name);
            Ok(file.map(|file| String::from_utf8_lossy(&file.data).into_owned()))
        });
        filters::add(&mut environment, clock, zone);
        Self(environment)
    }

    /// A page, whole; or what is wrong with its template, with the cause.
    pub fn render(&self, name: &str, context: Value) -> Result<String, String> {
        let template = self.0.get_template(name).map_err(|e| format!("{e:#}"))?;
        template.render(context).map_err(|e| format!("{e:#}"))
    }
}
