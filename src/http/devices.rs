//! One's own browsers that take notifications, on the page of alerts: a test, and the end of it.
//! How a browser subscribes is the API's business (`push.rs`).

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use minijinja::context;
use minijinja::value::Value;

use crate::app::App;
use crate::domain::actor::Who;
use crate::domain::alert::DeviceId;
use crate::http::page::see_other;
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;
use crate::ops::subscribe_device;
use crate::store::devices;

pub async fn test(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let (actor, id) = (visitor.known()?.actor, DeviceId::from_text(id.into_inner()));
    subscribe_device::test(&app.db, &app.clock, actor, id).await?;
    see_other("/alerts?done=tested")
}

pub async fn remove(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let (actor, id) = (visitor.known()?.actor, DeviceId::from_text(id.into_inner()));
    subscribe_device::remove(&app.db, &app.clock, actor, id).await?;
    see_other("/alerts?done=removed")
}

/// The browsers of who is signed in, as the page lists them.
pub async fn of_visitor(app: &App, visitor: &Visitor) -> Result<Vec<Value>, Problem> {
    let Who::Person(person) = visitor.actor.who.clone() else { return Ok(Vec::new()) };
    let own = app.db.read(move |c| devices::of_person(c, &person)).await?;
    let shown = own.into_iter().map(|device| {
        let row = context! {
            id => device.id.as_str(),
            name => browser_words(&device.device),
            since => device.made_at.to_string(),
        };
        match device.used_at {
            Some(at) => context! { used_at => at.to_string(), ..row },
            None => row,
        }
    });
    Ok(shown.collect())
}

/// `Firefox on Windows`: what people call a browser that calls itself much more.
fn browser_words(agent: &str) -> String {
    // The first that is found counts: most name others too.
    let browsers = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ];
    let systems = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("CrOS", "Chromebook"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ];
    let find =
        |known: &[(&str, &'static str)]| known.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name);
    match (find(&browsers), find(&systems)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("A browser on {system}"),
        (None, None) => "A browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_called_what_people_call_them() {
        let chrome = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36";
        assert_eq!(browser_words(chrome), "Chrome on Android");
        assert_eq!(browser_words(&format!("{chrome} Edg/142.0")), "Edge on Android");
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604.1";
        assert_eq!(browser_words(safari), "Safari on iPhone");
        assert_eq!(browser_words("curl/8"), "A browser");
    }
}
