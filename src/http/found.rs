//! What search engines read: which addresses to leave alone, and the list of those worth finding.
//! Which pages may be listed at all, each page says itself by its `canonical` address.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Data;
use url::form_urlencoded::byte_serialize;

use crate::app::App;
use crate::domain::words::GuideKind;

/// Where nothing is that a stranger should come upon: people's own pages, and links out of mails.
const NOT_FOR_STRANGERS: [&str; 12] = [
    "/account",
    "/admin",
    "/alerts/",
    "/api/",
    "/board",
    "/claims/",
    "/confirm/",
    "/live",
    "/sign-in",
    "/start",
    "/unsubscribe/",
    "/update",
];
/// Pages besides those of services and guides.
const PAGES: [&str; 7] = ["/", "/search", "/guides", "/consultations", "/contact", "/accessibility", "/privacy"];

/// A demonstration is nothing to be found: its homes do not exist.
pub async fn robots(app: Data<Arc<App>>) -> HttpResponse {
    let rules = if app.demo {
        "Disallow: /\n".to_owned()
    } else {
        let mut rules: String = NOT_FOR_STRANGERS.iter().map(|path| format!("Disallow: {path}\n")).collect();
        // One page of results is one page, whatever was asked; but it is one in each language.
        rules.push_str("Disallow: /search?\n");
        if app.templates.has_languages() {
            rules.push_str("Allow: /search?lang=\n");
        }
        format!("{rules}\nSitemap: {}\n", app.config.link("sitemap.xml"))
    };
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(format!("User-agent: *\n{rules}"))
}

/// Every page of a service and a guide, with the day on which a service last changed. All of England
/// is half of what one such file may hold.
pub async fn sitemap(app: Data<Arc<App>>) -> HttpResponse {
    let board = app.board.current();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.push_str("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    let guides = GuideKind::ALL.iter().map(|kind| format!("/guides/{kind}"));
    for path in PAGES.iter().map(|path| (*path).to_owned()).chain(guides) {
        xml.push_str(&format!("<url><loc>{}</loc></url>\n", app.config.link(&path)));
    }
    for service in board.all() {
        let id: String = byte_serialize(service.id.as_str().as_bytes()).collect();
        let address = app.config.link(&format!("services/{id}"));
        let changed = service.capacity.changed_at.map(|at| format!("<lastmod>{at}</lastmod>"));
        xml.push_str(&format!("<url><loc>{address}</loc>{}</url>\n", changed.unwrap_or_default()));
    }
    xml.push_str("</urlset>\n");
    HttpResponse::Ok().content_type("application/xml").body(xml)
}
