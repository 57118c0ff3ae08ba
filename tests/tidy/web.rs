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
