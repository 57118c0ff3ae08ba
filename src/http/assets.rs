//! Styles, scripts and pictures as the web build made them: embedded, named by their content, so
//! that a browser may keep them for ever.

use std::collections::HashMap;
use std::sync::OnceLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, ETAG};
use actix_web::web::Path;
use rust_embed::RustEmbed;

use crate::http::problem::Problem;

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Dist;

/// Where a file of the build is now: `app.css` is at `assets/app-1A2B3C.css`.
pub fn path(name: &str) -> String {
    manifest().get(name).cloned().unwrap_or_else(|| format!("assets/{name}"))
}

/// Whether the web build is in this binary.
pub fn are_built() -> bool {
    !manifest().is_empty()
}

fn manifest() -> &'static HashMap<String, String> {
    static MANIFEST: OnceLock<HashMap<String, String>> = OnceLock::new();
    MANIFEST.get_or_init(|| {
        let file = Dist::get("manifest.json");
        file.and_then(|file| serde_json::from_slice(&file.data).ok()).unwrap_or_default()
    })
}

pub async fn get(name: Path<String>) -> Result<HttpResponse, Problem> {
    serve(&format!("assets/{name}"), "public, max-age=31536000, immutable")
}

/// The service worker has to be at the root, under one name for ever, so it is asked for each time.
pub async fn service_worker() -> Result<HttpResponse, Problem> {
    serve(&path("sw.js"), "no-cache")
}

fn serve(path: &str, cache: &'static str) -> Result<HttpResponse, Problem> {
    let file = Dist::get(path).ok_or_else(Problem::not_found)?;
    let hash = file.metadata.sha256_hash().iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, cache))
        .insert_header((ETAG, format!("\"{hash}\"")))
        .content_type(file.metadata.mimetype())
        .body(file.data.into_owned()))
}
