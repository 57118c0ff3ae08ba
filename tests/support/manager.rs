//! A manager at the update form.

use berth::domain::capacity::Capacity;
use berth::domain::care_service::CareServiceId;
use berth::domain::person::Target;
use berth::domain::words::Role;
use berth::store::services;
use reqwest::Client;

use crate::support::homes::{add, care_home, confirmed, nursing};
use crate::support::html::{Fields, Page, get, post};
use crate::support::server::Server;
use crate::support::{BEGIN, Home, stamp};

pub const FORM: &str = "/update/1-1";
pub const CONFIRM: &str = "/update/1-1/confirm";

/// Alder House with ten nursing beds, two of them accepting, and Beech House, which never told.
pub async fn begin(home: &Home) -> (Server, Client) {
    let mut alder = care_home("1-1", "Alder House");
    alder.capacity = confirmed(stamp(BEGIN), vec![nursing(10, 7, 2)]);
    add(&home.db(), stamp(BEGIN), vec![alder, care_home("1-2", "Beech House"), care_home("1-3", "Cedar House")]);
    let server = Server::start(home);
    let manager = manager(&server, "m@example.org").await;
    (server, manager)
}

pub async fn manager(server: &Server, email: &str) -> Client {
    let homes = ["1-1", "1-2"].map(|id| Target::Service(CareServiceId::from_text(id)));
    server.browser(email, Role::Manager, homes.to_vec()).await
}

pub fn stored(home: &Home, id: &str) -> Capacity {
    let id = CareServiceId::from_text(id);
    home.db().read_now(move |c| services::get(c, &id)).unwrap().service.capacity
}

pub fn bed(capacity: &Capacity, at: usize) -> (u16, u16, u16, u16) {
    let line = capacity.beds().nth(at).unwrap();
    (line.maximum, line.occupied, line.reserved, line.accepting)
}

pub async fn form(server: &Server, browser: &Client) -> Fields {
    get(browser, &server.at(FORM)).await.form(FORM)
}

pub async fn send(server: &Server, browser: &Client, fields: &Fields) -> Page {
    post(browser, &server.at(FORM), fields).await
}
