//! Serves what the web build made, and what a deployment wears. A name changes with its content, so a browser may keep it for ever.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, ETAG};
use actix_web::web::{Data, Path};

use crate::app::App;
use crate::http::problem::Problem;
use crate::web::assets;

const FOR_EVER: &str = "public, max-age=31536000, immutable";

pub async fn get(app: Data<Arc<App>>, name: Path<String>) -> Result<HttpResponse, Problem> {
    let path = format!("assets/{name}");
    match app.dress.file(&path) {
        Some(file) => Ok(HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, FOR_EVER))
            .content_type(file.media_type)
            .body(file.content.clone())),
        None => serve(&path, FOR_EVER),
    }
}

/// The service worker has to be at the root, under one name for ever, so it is asked for each time.
pub async fn service_worker() -> Result<HttpResponse, Problem> {
    serve(assets::path("sw.js").ok_or_else(Problem::not_found)?, "no-cache")
}

/// What browsers ask for where a page names no icon: a guide as one file, a PDF, a feed.
pub async fn icon() -> Result<HttpResponse, Problem> {
    serve(assets::path("icon-192.png").ok_or_else(Problem::not_found)?, "public, max-age=86400")
}

fn serve(path: &str, cache: &'static str) -> Result<HttpResponse, Problem> {
    let asset = assets::get(path).ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, cache))
        .insert_header((ETAG, format!("\"{}\"", asset.hash)))
        .content_type(asset.media_type)
        .body(asset.content))
}
