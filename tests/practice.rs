//! The copy to practise in: a band on every page, people to be by one press, mails that reach nobody, and
//! all of it made afresh; never made on, or of, anybody's data.

use std::net::TcpListener;
use std::time::Duration;

use berth::app::App;
use berth::cli::{Context, practice, serve};
use berth::config::{Config, PRACTICE};
use berth::demo;
use berth::demo::Found;
use berth::domain::words::Role;
use reqwest::StatusCode;
use tokio::test;

use crate::demo::county;
use crate::support::command::berth;
use crate::support::homes::{add, care_home};
use crate::support::html::{Page, get, post};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

/// A practice copy that serves, without what makes it afresh.
struct Copy {
    _home: Home,
    running: serve::Running,
    url: String,
}

impl Copy {
    fn start() -> Self {
        let home = county();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let config = home.config_with(&[("BERTH_PUBLIC_URL", &url)]);
        let (app, _) = App::open_practice(config, home.clock.clone()).unwrap();
        Self { running: serve::start(&app, listener).unwrap(), _home: home, url }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    async fn practise(&self, browser: &reqwest::Client, role: Role) -> Page {
        let page = get(browser, &self.at("/practice")).await;
        let token = page.form("/practice/sign-in").into_iter().find(|(name, _)| name == "form_token");
        let mut fields = vec![("role".to_owned(), role.word().to_owned())];
        fields.extend(token);
        post(browser, &self.at("/practice/sign-in"), &fields).await
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        self.running.stop_at_once();
    }
}

#[test(flavor = "multi_thread")]
async fn one_press_signs_in_as_anybody_and_every_page_says_that_nothing_is_real() {
    let copy = Copy::start();
    let browser = stranger();
    for path in ["/", "/search", "/sign-in", "/practice", "/nowhere"] {
        let page = get(&browser, &copy.at(path)).await;
        assert!(page.says("Practice: nothing here is real") && !page.says("Demonstration data"), "{path}");
    }
    assert!(get(&browser, &copy.at("/sign-in")).await.links().contains(&"/practice".to_owned()));
    let done = copy.practise(&browser, Role::Manager).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/start"), "{}", done.text());
    assert_eq!(get(&browser, &copy.at("/update")).await.status, StatusCode::OK);
    assert_eq!(get(&browser, &copy.at("/board")).await.status, StatusCode::FORBIDDEN);
    copy.practise(&browser, Role::Staff).await;
    assert_eq!(get(&browser, &copy.at("/board")).await.status, StatusCode::OK, "they have changed sides");
    assert!(!get(&browser, &copy.at("/practice")).await.says("Make it afresh now"));
    let refused = post(&stranger(), &copy.at("/practice/again"), &Vec::new()).await;
    assert_ne!(refused.status, StatusCode::OK, "only an operator begins afresh");
}

#[test(flavor = "multi_thread")]
async fn mails_go_to_nobody_and_are_read_on_a_page_with_links_that_work() {
    let copy = Copy::start();
    let browser = stranger();
    copy.practise(&browser, Role::Manager).await;
    let reader = stranger();
    let asked = vec![("email".to_owned(), "manager@example.org".to_owned())];
    post(&reader, &copy.at("/sign-in"), &asked).await;
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let page = get(&reader, &copy.at("/practice")).await;
            if let Some(mail) = page.links().into_iter().find(|link| link.starts_with("/practice/mail/")) {
                return mail;
            }
        }
    });
    let mail = get(&reader, &copy.at(&waited.await.unwrap())).await;
    assert!(mail.says("manager@example.org"), "{}", mail.text());
    let link = mail.links().into_iter().find(|link| link.contains("/sign-in/")).unwrap();
    assert_eq!(get(&reader, &link).await.status, StatusCode::SEE_OTHER, "it signs in where it was asked for");
    for nothing in ["/practice/mail/..%2fberth", "/practice/mail/none"] {
        assert_eq!(get(&reader, &copy.at(nothing)).await.status, StatusCode::NOT_FOUND, "{nothing}");
    }
}

#[test(flavor = "multi_thread")]
async fn anywhere_else_there_is_no_practice() {
    let home = Home::on_sqlite();
    let server = Server::start(&home);
    for path in ["/practice", "/practice/mail/none"] {
        assert_eq!(get(&stranger(), &server.at(path)).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let operator = vec![("role".to_owned(), "operator".to_owned())];
    let refused = post(&stranger(), &server.at("/practice/sign-in"), &operator).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert!(!refused.headers.contains_key("Set-Cookie"));
    assert_eq!(post(&stranger(), &server.at("/practice/again"), &Vec::new()).await.status, StatusCode::NOT_FOUND);
}

#[test(flavor = "multi_thread")]
async fn an_operator_has_it_thrown_away_and_made_afresh_while_it_serves() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let settings = [("BERTH_DATA_DIR", folder.path().display().to_string()), ("BERTH_PUBLIC_URL", url.clone())];
    let config = Config::from_sources(&settings, &[], None).unwrap();
    let context = Context { config, clock: crate::support::clock() };
    let serving = tokio::spawn(practice::run(context, listener));
    let browser = stranger();
    let answers = async |path: &str| -> Option<Page> {
        let answer = browser.get(format!("{url}{path}")).timeout(Duration::from_secs(5)).send().await.ok()?;
        Some(Page { status: answer.status(), headers: answer.headers().clone(), html: answer.text().await.ok()? })
    };
    let until = async |what: &str, right: &dyn Fn(&Page) -> bool| {
        let waited = tokio::time::timeout(Duration::from_secs(240), async {
            loop {
                if let Some(page) = answers("/practice").await.filter(|page| right(page)) {
                    return page;
                }
                tokio::task::yield_now().await;
            }
        });
        waited.await.unwrap_or_else(|_| panic!("{what} did not come"))
    };
    until("the copy", &|page| page.says("Practise as")).await;
    let role = vec![("role".to_owned(), "operator".to_owned())];
    assert_eq!(post(&browser, &format!("{url}/practice/sign-in"), &role).await.status, StatusCode::SEE_OTHER);
    let own = until("the button", &|page| page.says("Make it afresh now")).await;
    let begun = post(&browser, &format!("{url}/practice/again"), &own.form("/practice/again")).await;
    assert!(begun.says("made afresh now"), "{}", begun.text());
    let fresh = until("the fresh copy", &|page| !page.says("Sign out")).await;
    assert!(fresh.says("Practise as"), "the session went with the rest");
    serving.abort();
}

#[std::prelude::v1::test]
fn it_is_never_made_on_anybodys_data_nor_thrown_away_if_it_is_none() {
    let home = Home::on_sqlite();
    add(&home.db(), stamp(BEGIN), vec![care_home("1-1", "Alder House")]);
    assert_eq!(demo::practice::prepare(&home.db(), stamp(BEGIN)), Ok(Found::OwnData));
    let demonstration = county();
    assert_eq!(
        demo::practice::prepare(&demonstration.db(), stamp(BEGIN)),
        Ok(Found::OwnData),
        "a demonstration is none"
    );
    let folder = home.folder.path().display().to_string();
    let config = Config::from_sources(&[("BERTH_DATA_DIR", folder)], &[], None).unwrap();
    assert!(demo::practice::throw_away(&config).unwrap_err().contains("no practice copy"));
    assert!(home.path("berth.db").exists());
    let refused = berth(&home, &["serve", "--training", "--listen", "127.0.0.1:0"]);
    assert!(refused.code == 1 && refused.stderr.contains("no practice copy"), "{refused:?}");
    assert!(PRACTICE.contains(&("BERTH_DATA_DIR", "berth-practice")), "it has a folder of its own");
}
