//! The real server of a home, in this process, on a free port.

use std::collections::HashSet;
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use berth::app::App;
use berth::cli::serve;
use berth::config::Config;
use berth::domain::actor::Actor;
use berth::domain::person::{EmailAddress, Target};
use berth::domain::words::{Role, Scope};
use berth::ops::create_token::{self, NewToken};
use berth::ops::invite::{self, Invitation};

use crate::support::Home;
use crate::support::mailbox::{self, Mail};

/// A server that runs until it is dropped.
pub struct Server {
    pub app: Arc<App>,
    pub url: String,
    pub running: serve::Running,
    /// Links that a test has taken out of the mailbox.
    taken: Mutex<HashSet<String>>,
}

impl Server {
    pub fn start(home: &Home) -> Self {
        Self::start_with(home, &[])
    }

    /// With some settings of the test's own. Called on a multi-threaded Tokio runtime.
    pub fn start_with(home: &Home, own: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        Self::start_on(home, listener, url, own)
    }

    /// Under the one name that browsers trust without https, so that they know passkeys.
    pub fn start_on_localhost(home: &Home) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        Self::start_on(home, listener, url, &[])
    }

    /// On a port that a test has taken before, since others must know it.
    pub fn start_on(home: &Home, listener: TcpListener, url: String, own: &[(&str, &str)]) -> Self {
        Self::start_as(home, listener, url, own, false)
    }

    /// As a demonstration, whatever the data of this home are.
    pub fn start_demonstration(home: &Home) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        Self::start_as(home, listener, url, &[], true)
    }

    fn start_as(home: &Home, listener: TcpListener, url: String, own: &[(&str, &str)], demo: bool) -> Self {
        let mut settings = vec![("BERTH_PUBLIC_URL", url.as_str())];
        settings.extend(own);
        let config: Config = home.config_with(&settings);
        let (app, _) = App::open(config, home.clock.clone(), demo).unwrap();
        let running = serve::start(&app, listener).unwrap();
        Self { app, url, running, taken: Mutex::default() }
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// The link that signs one browser in as somebody with this role.
    pub async fn invite(&self, email: &str, role: Role, targets: Vec<Target>) -> String {
        let invitation = Invitation { email: EmailAddress::parse(email).unwrap(), role, targets };
        let (_, link) = invite::run(&self.app.db, &self.app.clock, Actor::system("test"), invitation).await.unwrap();
        self.at(&format!("/sign-in/{}", link.reveal()))
    }

    /// A browser that is signed in with this role, on a device of the person's own.
    pub async fn browser(&self, email: &str, role: Role, targets: Vec<Target>) -> reqwest::Client {
        self.accept(email, role, targets, "trusted").await
    }

    /// The same on a device that others use, too.
    pub async fn shared_browser(&self, email: &str, role: Role, targets: Vec<Target>) -> reqwest::Client {
        self.accept(email, role, targets, "").await
    }

    async fn accept(&self, email: &str, role: Role, targets: Vec<Target>, ticked: &str) -> reqwest::Client {
        let link = self.invite(email, role, targets).await;
        let browser = stranger();
        let answer = browser.post(link).form(&[(ticked, "yes")]).send().await.unwrap();
        assert!(answer.status().is_success() || answer.status().is_redirection(), "{}", answer.status());
        browser
    }

    /// The sign-in link that was mailed to this address, as soon as it is.
    pub async fn mailed_link(&self, email: &str) -> String {
        self.mailed(email, "/sign-in/").await
    }

    /// A link below this path that was mailed to this address, as soon as it is, and each once.
    pub async fn mailed(&self, email: &str, path: &str) -> String {
        let mut hint = self.app.db.hint();
        let found = async {
            loop {
                if let Some(link) = self.take_mail(email, path) {
                    return link;
                }
                hint.changed().await.unwrap();
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), found).await;
        waited.unwrap_or_else(|_| panic!("no mail for {email} with a link to {path}"))
    }

    /// Everything that was mailed to this address by now.
    pub fn mails(&self, email: &str) -> Vec<Mail> {
        let folder = self.app.config.mail_url.strip_prefix("file:").unwrap();
        mailbox::read(Path::new(folder)).into_iter().filter(|mail| mail.header("To").contains(email)).collect()
    }

    fn take_mail(&self, email: &str, path: &str) -> Option<String> {
        let links = self.mails(email).into_iter().filter_map(|mail| {
            let start = mail.text.find(&self.at(path))?;
            mail.text[start..].split_whitespace().next().map(str::to_owned)
        });
        let links: Vec<String> = links.collect();
        links.into_iter().find(|link| self.taken.lock().unwrap().insert(link.clone()))
    }

    pub async fn token(&self, scopes: &[Scope], targets: Vec<Target>) -> String {
        let new = NewToken { name: "test".to_owned(), scopes: scopes.to_vec(), targets, expires_at: None };
        let made = create_token::run(&self.app.db, &self.app.clock, Actor::system("test"), new).await.unwrap();
        made.1.reveal().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.stop_at_once();
    }
}

/// A browser that nobody knows: it keeps cookies and follows no redirection.
pub fn stranger() -> reqwest::Client {
    reqwest::Client::builder().cookie_store(true).redirect(reqwest::redirect::Policy::none()).build().unwrap()
}
