//! The rules of the templates: each asks only for styles, scripts and files that the build makes.
//! Whether a page looks right is for the browser's tests.

use std::path::Path;

use super::source::Source;

/// `asset("board.js")` needs `web/scripts/board.ts`, and so on.
pub fn assets(file: &Source) -> Vec<String> {
    let asked = file.text.split("asset(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
    let is_built = |name: &str| {
        let made = name.rsplit_once('.').map(|(stem, end)| match end {
            "css" => format!("styles/{stem}.scss"),
            "js" => format!("scripts/{stem}.ts"),
            _ => format!("static/{name}"),
        });
        made.is_some_and(|path| root.join(path).is_file())
    };
    asked.filter(|name| !is_built(name)).map(|name| format!("{}: asset {name:?} is not built", file.path)).collect()
}

/// Debian and Ubuntu have npm 9.2, which gives up on an override of what is asked for by a name that moves, and without
/// one takes the lock file for wrong as soon as it moves.
pub fn installable(file: &Source) -> Vec<String> {
    let words = ["\"overrides\"", ": \"latest\"", ": \"next\""];
    let met = words.into_iter().filter(|word| file.text.contains(word));
    met.map(|word| format!("{}: {word} cannot be installed by npm 9.2", file.path)).collect()
}

/// Every template is named by the code or by another template; one of a mail by the name of its folder.
pub fn unused(templates: &[Source], all: &[Source]) -> Vec<String> {
    let name = |path: &str| -> Option<String> {
        if let Some(page) = path.strip_prefix("web/pages/") {
            return Some(page.to_owned());
        }
        let mail = path.strip_prefix("web/mail/")?;
        Some(mail.split_once('/').map_or(mail, |(folder, _)| folder).to_owned())
    };
    let is_named = |template: &Source, name: &str| {
        let quoted = format!("\"{name}\"");
        all.iter().any(|other| other.path != template.path && other.text.contains(&quoted))
    };
    let names = templates.iter().filter_map(|template| Some((template, name(&template.path)?)));
    let unnamed = names.filter(|(template, name)| !is_named(template, name));
    unnamed.map(|(template, name)| format!("{}: nothing names {name:?}", template.path)).collect()
}

#[test]
fn a_template_that_nothing_names_is_seen() {
    let template = |path: &str| Source::new(path, "{% extends \"layout.html\" %}");
    let templates =
        [template("web/pages/home.html"), template("web/pages/layout.html"), template("web/mail/news/body.txt")];
    let code = |text: &str| Source::new("src/x.rs", text);
    let all = |text: &str| [template("web/pages/home.html"), code(text)];
    assert_eq!(unused(&templates, &all("page(\"home.html\"); write(\"news\")")), Vec::<String>::new());
    assert_eq!(unused(&templates, &all("page(\"about.html\")")).len(), 2);
}

#[test]
fn an_asset_that_is_not_built_is_seen() {
    let page = |text: &str| assets(&Source::new("web/pages/x.html", text)).len();
    assert_eq!(page("{{ asset(\"app.css\") }} {{ asset(\"board.js\") }} {{ asset(\"icon.svg\") }}"), 0);
    assert_eq!(page("{{ asset(\"print.css\") }} {{ asset(\"gone.js\") }}"), 2);
}

/// A form that is sent by POST begins with the token of the session, through the one macro for it.
pub fn forms(file: &Source) -> Vec<String> {
    let posts =
        file.text.split("<form").skip(1).filter(|form| form.split('>').next().unwrap().contains("method=\"post\""));
    let begins =
        |form: &str| form.split_once('>').is_some_and(|(_, rest)| rest.trim_start().starts_with("{{ token() }}"));
    let wrong = posts.filter(|form| !begins(form));
    wrong.map(|form| format!("{}: {:?} lacks {{{{ token() }}}}", file.path, form.lines().next().unwrap())).collect()
}

#[test]
fn a_form_without_its_token_is_seen() {
    let wrong = |form: &str| forms(&Source::new("web/pages/x.html", form)).len();
    assert_eq!(wrong("<form method=\"post\">\n  <button>x</button></form>"), 1);
    assert_eq!(wrong("<form method=\"post\" action=\"/x\">\n  {{ token() }}\n<button>x</button></form>"), 0);
    assert_eq!(wrong("<form method=\"get\"></form>"), 0);
}
