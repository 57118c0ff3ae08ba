//! The description of the API, OpenAPI 3.1, as it is written in `web/openapi.json`. A test holds it
//! to the route table and to real answers.

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;

const DESCRIPTION: &str = include_str!("../../web/openapi.json");

pub async fn describe() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-cache")).content_type("application/json").body(DESCRIPTION)
}
