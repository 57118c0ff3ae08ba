//! Where people and programs come in: the whole route table on one screen.
//! A handler reads, acts, chooses and answers; rules are below.

mod account;
mod admin;
mod alerts;
mod api_alerts;
mod api_changes;
mod api_description;
mod api_enquiries;
mod api_services;
mod api_statistics;
mod assets;
mod beside;
mod board;
mod bounces;
mod claims;
mod compare;
mod confirm;
mod consultations;
mod defences;
mod design;
mod desk;
mod devices;
mod enquiries;
mod filter_form;
mod filtering;
mod forms;
mod found;
mod guide;
mod guide_for;
mod health;
mod home;
mod kept;
mod languages;
mod limits;
pub mod live;
mod map;
mod metrics;
mod open_data;
mod page;
mod panics;
mod people;
mod practice;
mod problem;
mod push;
mod query;
mod remarks;
mod requests;
mod search;
pub mod server;
mod service;
mod shortlist;
mod sign_in;
mod sign_in_passkey;
mod sign_in_single;
mod statements;
mod telling;
mod update;
pub mod visitor;

use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig, delete, get, head, patch, post, put, resource, scope};
use actix_web::{FromRequest, Handler, Resource, Responder};

use crate::app::App;
use crate::http::limits::{ChangeLimit, SignInLimit};

/// The most that a form or a body may hold; a bulk file has its own limit.
const LARGEST_BODY: usize = 1 << 20;

/// Everything that can be asked for.
pub fn routes(
    app: Data<Arc<App>>,
    tries: Data<SignInLimit>,
    changes: Data<ChangeLimit>,
) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config
            .app_data(app)
            .app_data(tries)
            .app_data(changes)
            .app_data(web::PayloadConfig::new(LARGEST_BODY))
            .app_data(web::FormConfig::default().limit(LARGEST_BODY))
            .route("/livez", get().to(health::live))
            .route("/readyz", get().to(health::ready))
            .route("/metrics", get().to(metrics::metrics))
            .route("/mail/bounces", post().to(bounces::take))
            .route("/live", get().to(live::not_a_websocket))
            .route("/live/events", get().to(live::events))
            .route("/assets/{name}", get().to(assets::get))
            .route("/sw.js", get().to(assets::service_worker))
            .route("/favicon.ico", get().to(assets::icon))
            .service(
                scope("/api/v1")
                    .wrap(from_fn(limits::not_too_often))
                    .wrap(from_fn(defences::same_origin))
                    .wrap(from_fn(defences::wrong_methods_as_problems))
                    .configure(api),
            )
            .configure(open_data)
            .service(
                scope("")
                    .wrap(from_fn(forms::must_be_own))
                    .wrap(from_fn(limits::not_too_often))
                    .wrap(from_fn(defences::same_origin))
                    .wrap(from_fn(defences::refusals_as_pages))
                    .wrap(from_fn(languages::choose))
                    .configure(pages),
            );
    }
}

fn api(config: &mut ServiceConfig) {
    use api_services as services;
    // Each path is one resource, so that a wrong method is told which are right.
    config
        .service(resource("/services").route(get().to(services::list)))
        .service(resource("/services/{id}").route(get().to(services::get)))
        .service(resource("/services/{id}/capacity").route(put().to(services::put_capacity)))
        .service(resource("/services/{id}/capacity/confirm").route(post().to(services::confirm_capacity)))
        .service(resource("/services/{id}/capacity/adjust").route(post().to(services::adjust_capacity)))
        .service(resource("/changes").route(get().to(api_changes::list)))
        .service(resource("/authorities").route(get().to(services::list_authorities)))
        .service(resource("/openapi.json").route(get().to(api_description::describe)))
        .service(resource("/statistics").route(get().to(api_statistics::list)))
        .service(resource("/alerts").route(get().to(api_alerts::list)).route(post().to(api_alerts::create)))
        .service(resource("/alerts/{id}").route(patch().to(api_alerts::change)).route(delete().to(api_alerts::end)))
        .service(resource("/push/key").route(get().to(push::key)))
        .service(resource("/push/subscriptions").route(post().to(push::subscribe)).route(delete().to(push::forget)))
        .service(resource("/push/subscriptions/test").route(post().to(push::test)))
        .service(resource("/enquiries").route(post().to(api_enquiries::create)))
        .service(resource("/enquiries/{id}").route(get().to(api_enquiries::get)))
        .service(resource("/enquiries/{id}/withdraw").route(post().to(api_enquiries::withdraw)))
        .service(resource("/enquiries/{id}/answers/{service}").route(post().to(api_enquiries::answer_one)))
        .default_service(web::to(nothing_here));
}

/// What everybody may take and use, in the shapes that others have agreed on.
fn open_data(config: &mut ServiceConfig) {
    config
        .route("/data/services.csv", get().to(open_data::services_csv))
        .route("/data/capacity.csv", get().to(open_data::capacity_csv))
        .route("/oruk", get().to(open_data::about_oruk))
        .route("/oruk/", get().to(open_data::about_oruk))
        .route("/oruk/services", get().to(open_data::oruk_services))
        .route("/oruk/services/{id}", get().to(open_data::oruk_service))
        .route("/oruk/service_at_locations", get().to(open_data::oruk_places))
        .route("/oruk/service_at_locations/{id}", get().to(open_data::oruk_place))
        .route("/oruk/taxonomies", get().to(open_data::oruk_taxonomies))
        .route("/oruk/taxonomies/{id}", get().to(open_data::oruk_taxonomy))
        .route("/oruk/taxonomy_terms", get().to(open_data::oruk_terms))
        .route("/oruk/taxonomy_terms/{id}", get().to(open_data::oruk_term))
        .route("/fhir/metadata", get().to(open_data::fhir_metadata))
        .route("/fhir/{resource}", get().to(open_data::fhir_search))
        .route("/fhir/{resource}/{id}", get().to(open_data::fhir_read));
}

fn pages(config: &mut ServiceConfig) {
    use update::{bulk, phone, rooms, setup};
    config
        .service(seen("/", home::home))
        .service(seen("/search", search::search))
        .service(seen("/services/{id}", service::service))
        .service(seen("/services/{id}/claim", claims::form).route(post().to(claims::ask)))
        .service(seen("/services/{id}/wrong", remarks::form).route(post().to(remarks::submit)))
        .service(seen("/services/{id}/people", people::page).route(post().to(people::invite)))
        .service(taken("/services/{id}/people/leave", people::leave))
        .service(taken("/services/{id}/people/hand-over", people::hand_over))
        .service(taken("/services/{id}/people/{person}/remove", people::remove))
        .service(seen("/claims/{token}", claims::confirm_page).route(post().to(claims::confirm)))
        .service(taken("/claims/{id}/approve", claims::approve))
        .service(taken("/claims/{id}/refuse", claims::refuse))
        .service(seen("/services/{id}/told-by-phone", phone::edit).route(post().to(phone::submit)))
        .service(taken("/services/{id}/told-by-phone/confirm", phone::confirm))
        .service(seen("/guides", guide::both))
        .service(seen("/guides/{name}", guide::one))
        .service(taken("/guides/{name}/for-you", guide_for::make))
        .service(seen("/board", board::board))
        .service(seen("/update", update::list))
        .service(
            seen("/update/bulk", bulk::page)
                .app_data(web::PayloadConfig::new(bulk::LARGEST_UPLOAD))
                .route(post().to(bulk::preview)),
        )
        .service(seen("/update/bulk/capacity.csv", bulk::download))
        .service(
            resource("/update/bulk/publish")
                .app_data(web::PayloadConfig::new(bulk::LARGEST_UPLOAD))
                .route(post().to(bulk::publish)),
        )
        .service(seen("/update/{id}", update::edit).route(post().to(update::submit)))
        .service(taken("/update/{id}/confirm", update::confirm))
        .service(seen("/update/{id}/record", update::record::show))
        .service(seen("/update/{id}/reminders", update::reminders::page).route(post().to(update::reminders::submit)))
        .service(seen("/confirm/{token}", confirm::open).route(post().to(confirm::submit)))
        .service(seen("/consultations", consultations::list))
        .service(seen("/consultations/{id}", consultations::one).route(post().to(consultations::answer)))
        .service(seen("/shortlist", shortlist::page).route(post().to(shortlist::change)))
        .service(taken("/shortlist/mail", shortlist::mail))
        .service(seen("/desk", desk::page))
        .service(taken("/desk/send", desk::send))
        .service(seen("/enquiries", enquiries::list).route(post().to(enquiries::ask::submit)))
        .service(seen("/enquiries/new", enquiries::ask::page))
        .route("/enquiries/events", get().to(enquiries::events::events))
        .service(seen("/enquiries/{id}", enquiries::one))
        .service(taken("/enquiries/{id}/withdraw", enquiries::answer::withdraw))
        .service(taken("/enquiries/{id}/answers/{service}", enquiries::answer::submit))
        .service(seen("/answer/{token}", enquiries::answer::by_link_page).route(post().to(enquiries::answer::by_link)))
        .service(seen("/update/{id}/beds", setup::edit).route(post().to(setup::submit)))
        .service(seen("/update/{id}/rooms", rooms::edit).route(post().to(rooms::submit)))
        .service(seen("/alerts", alerts::list).route(post().to(alerts::create)))
        .service(taken("/alerts/{id}/delete", alerts::delete))
        .service(taken("/alerts/devices/{id}/test", devices::test))
        .service(taken("/alerts/devices/{id}/remove", devices::remove))
        .service(seen("/alerts/confirm/{token}", alerts::links::confirm_page).route(post().to(alerts::links::confirm)))
        .service(seen("/alerts/manage/{token}", alerts::links::manage_page).route(post().to(alerts::links::manage)))
        .service(seen("/unsubscribe/reminders/{token}", confirm::stop_page).route(post().to(confirm::stop)))
        .service(seen("/unsubscribe/week/{token}", confirm::stop_week_page).route(post().to(confirm::stop_week)))
        .service(seen("/unsubscribe/{token}", alerts::links::stop_page).route(post().to(alerts::links::stop)))
        .service(seen("/admin", admin::front))
        // One of the lists is read at the same address.
        .route("/admin/invitations", post().to(admin::invite))
        .service(seen("/admin/audit", admin::audit::page))
        .route("/admin/audit.csv", get().to(admin::audit::file))
        .service(seen("/admin/guides", admin::guides::list))
        .service(seen("/admin/guides/words", admin::guides::edit).route(post().to(admin::guides::save)))
        .service(seen("/admin/guides/figure", admin::guide_figure::page).route(post().to(admin::guide_figure::save)))
        .service(seen("/admin/consultations", admin::consultations::list))
        .service(
            seen("/admin/consultations/{id}", admin::consultations::edit).route(post().to(admin::consultations::save)),
        )
        .service(taken("/admin/consultations/{id}/close", admin::consultations::close))
        .service(seen("/admin/consultations/{id}/answers", admin::consultations::answers))
        .route("/admin/consultations/{id}/answers.csv", get().to(admin::consultations::file))
        .service(seen("/admin/mail", admin::mail::list))
        .service(seen("/admin/mail/{name}", admin::mail::one))
        .route("/admin/mail/{name}/html", get().to(admin::mail::html))
        .service(seen("/admin/{list}", admin::list))
        .service(seen("/admin/people/{id}", admin::held::page))
        .route("/admin/people/{id}/held.json", get().to(admin::held::file))
        .service(taken("/admin/people/{id}/erase", admin::held::erase))
        .service(taken("/admin/people/{id}/remove", admin::remove_person))
        .service(taken("/admin/invitations/{id}/remove", admin::withdraw))
        .service(taken("/admin/tokens/{id}/remove", admin::revoke_token))
        .service(taken("/admin/jobs/{id}/retry", admin::retry))
        .service(taken("/admin/remarks/{id}/settle", admin::remarks::settle))
        .service(seen("/account", account::account))
        .service(taken("/account/sessions/others/end", account::end_others))
        .service(taken("/account/sessions/{id}/end", account::end_one))
        .service(taken("/account/passkeys/begin", account::begin_passkey))
        .service(taken("/account/passkeys", account::add_passkey))
        .service(taken("/account/passkeys/{id}/rename", account::rename_passkey))
        .service(taken("/account/passkeys/{id}/remove", account::remove_passkey))
        .route("/robots.txt", get().to(found::robots))
        .route("/sitemap.xml", get().to(found::sitemap))
        .service(seen("/practice", practice::front))
        .service(seen("/practice/mail/{name}", practice::one))
        .service(taken("/practice/sign-in", practice::sign_in))
        .service(taken("/practice/again", practice::again))
        .service(seen("/design", design::index))
        .service(seen("/design/{sheet}", design::sheet))
        .service(seen("/contact", statements::contact))
        .service(seen("/offline", statements::offline))
        .service(seen("/accessibility", statements::accessibility))
        .service(seen("/privacy", statements::privacy))
        .service(seen("/cookies", statements::cookies))
        .route("/start", get().to(sign_in::start))
        .service(resource("/sign-in").route(get().to(sign_in::ask_page)).route(post().to(sign_in::ask)))
        .service(taken("/sign-in/passkey/begin", sign_in_passkey::begin))
        .service(taken("/sign-in/passkey", sign_in_passkey::finish))
        .route("/sign-in/sso", get().to(sign_in_single::begin))
        .route("/sign-in/sso/back", get().to(sign_in_single::back))
        .service(
            resource("/sign-in/{link}")
                .route(get().to(sign_in::open))
                .route(head().to(sign_in::open))
                .route(post().to(sign_in::submit)),
        )
        .service(taken("/sign-out", sign_in::sign_out))
        .default_service(web::to(nothing_here));
}

/// A page that is read, and asked about by HEAD.
fn seen<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    resource(path).route(get().to(handler.clone())).route(head().to(handler))
}

/// What a form sends, at an address that has no page: who asks for one is told so.
fn taken<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    resource(path).route(post().to(handler))
}

/// Who asks is looked up, so that the page that says so is theirs.
async fn nothing_here(_: visitor::Visitor) -> Result<actix_web::HttpResponse, problem::Problem> {
    Err(problem::Problem::not_found())
}
