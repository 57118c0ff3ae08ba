//! A guide as one HTML file that stands alone: its style within, no script, nothing from elsewhere.
//! Where it is served, and what headers go with it, is decided by who serves it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Output, State, Value};
use sha2::{Digest, Sha256};

use crate::base::colour::Colour;
use crate::guide::Guide;
use crate::guide::chapters::Chapter;

const TEMPLATE: &str = include_str!("../../web/guide/guide.html");
const STYLE: &str = include_str!("../../web/guide/guide.css");
const USUAL_COLOUR: &str = "--brand: #0b4a5f;";

/// The whole file.
pub fn html(guide: &Guide) -> Result<String, String> {
    render(guide).map_err(|error| format!("The page of the guide cannot be made: {error}."))
}

/// The chapters alone, for who sees how a change would look.
pub fn chapters(guide: &Guide) -> Result<String, String> {
    let whole = |templates: &Environment| {
        let mut whole = templates.get_template("guide")?.render_captured(context(guide))?;
        whole.with_state_mut(|state| state.render_block("chapters"))
    };
    templates().and_then(|templates| whole(&templates)).map_err(|error| format!("The page cannot be made: {error}."))
}

/// Markdown of another page than a guide, as the guides write it.
pub fn words(markdown: &str) -> Result<String, String> {
    let blocks = Chapter::parse(1, &format!("# \n{markdown}"))?.blocks;
    // The macros of the template stand before its page.
    let macros = TEMPLATE.split("<!DOCTYPE html>").next().unwrap_or_default();
    let written = |mut templates: Environment<'static>| {
        templates.add_template_owned("words", format!("{macros}{{{{ blocks(items) }}}}"))?;
        templates.get_template("words")?.render(minijinja::context! { items => Value::from(Serde(blocks)) })
    };
    templates().and_then(written).map_err(|error| format!("The words cannot be shown: {error}."))
}

fn render(guide: &Guide) -> Result<String, minijinja::Error> {
    templates()?.get_template("guide")?.render(context(guide))
}

fn context(guide: &Guide) -> Value {
    minijinja::context! {
        guide => Value::from(Serde(guide)),
        style => Value::from_safe_string(style(guide.colour)),
        map => guide.map.as_ref().map(|map| Value::from_safe_string(map.svg.clone())),
        qr => guide.live.as_ref().and_then(|live| live.qr.clone()).map(Value::from_safe_string),
    }
}

fn templates() -> Result<Environment<'static>, minijinja::Error> {
    let mut templates = Environment::new();
    templates.set_auto_escape_callback(|_| AutoEscape::Html);
    templates.set_formatter(escape);
    templates.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    templates.add_template("guide", TEMPLATE)?;
    Ok(templates)
}

/// Escapes what HTML needs escaped and no more, so that the file reads as people wrote it. Enough
/// because the template quotes every attribute with double quotes.
fn escape(out: &mut Output, state: &mut State, value: &Value) -> Result<(), minijinja::Error> {
    let Some(words) = value.as_str().filter(|_| !value.is_safe()) else {
        return minijinja::escape_formatter(out, state, value);
    };
    let mut rest = words;
    while let Some(at) = rest.find(['&', '<', '>', '"']) {
        let escaped = match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            _ => "&quot;",
        };
        out.write_str(&rest[..at]).and_then(|()| out.write_str(escaped))?;
        rest = &rest[at + 1..];
    }
    Ok(out.write_str(rest)?)
}

/// The style, in the colour of the deployment.
fn style(colour: Option<Colour>) -> String {
    match colour {
        Some(colour) => STYLE.replace(USUAL_COLOUR, &format!("--brand: {colour};")),
        None => STYLE.to_owned(),
    }
}

/// The source that a Content-Security-Policy must allow for the file's own style: `'sha256-…'`.
pub fn style_source(colour: Option<Colour>) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(style(colour).as_bytes())))
}
