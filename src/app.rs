//! Everything built once and handed on by `Arc`: settings, database, clock, board, live stream, mail.
//! It starts nothing by itself; `cli/serve.rs` does.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::Notify;

use crate::base::clock::Clock;
use crate::base::measure::Counters;
use crate::base::secret::{Secret, Signer};
use crate::base::stamp::Stamp;
use crate::base::texts::Texts;
use crate::base::tls;
use crate::board::Board;
use crate::config::Config;
use crate::domain::freshness::Moment;
use crate::guide::workshop::Workshop;
use crate::identity::oidc::SingleSignOn;
use crate::identity::passkey::Passkeys;
use crate::live::watch::Live;
use crate::notify::letter::Author;
use crate::notify::{Letters, Mailer, Pusher, Texter};
use crate::ops::count_interest::Tally;
use crate::ops::sign_in_session::Ways;
use crate::store::conn::DatabaseUrl;
use crate::store::{Db, Error, Opened, changes, services, settings};
use crate::web::Templates;
use crate::web::dress::Dress;

/// What a practice copy has besides.
#[derive(Default)]
pub struct Practice {
    /// Told when somebody wants all of it made afresh.
    pub again: Notify,
}

pub struct App {
    pub config: Config,
    pub clock: Clock,
    pub db: Db,
    pub board: Arc<Board>,
    pub live: Arc<Live>,
    /// Of the stream as it was at the start; a restore, which needs the server stopped, renews it.
    pub epoch: String,
    /// Signs what goes into mails instead of into a table.
    pub signer: Signer,
    /// The templates of the pages.
    pub templates: Templates,
    /// Colour, logo and what follows from them.
    pub dress: Arc<Dress>,
    /// Where the guides are made.
    pub guides: Workshop,
    /// The templates of the mails.
    pub letters: Letters,
    /// How often people have met services since it was last written.
    pub interest: Tally,
    pub mailer: Mailer,
    pub pusher: Pusher,
    pub texter: Texter,
    /// `None` where browsers know no passkeys.
    pub passkeys: Option<Passkeys>,
    /// `None` where no council's sign-on is set up.
    pub single_sign_on: Option<SingleSignOn>,
    /// Whether the data is a demonstration, which every page then says.
    pub demo: bool,
    /// `None` where it is no copy to practise in.
    pub practice: Option<Practice>,
    pub started: Stamp,
    /// Told to stop: nobody new is to come.
    pub is_leaving: AtomicBool,
    /// How often work of each kind ended how, in this process.
    pub work_ended: Counters,
}

impl App {
    /// Opens the database the settings name and loads the board from it.
    pub fn open(config: Config, clock: Clock, demo: bool) -> Result<(Arc<Self>, Opened), Error> {
        Self::open_as(config, clock, demo, None)
    }

    /// The same for a copy to practise in.
    pub fn open_practice(config: Config, clock: Clock) -> Result<(Arc<Self>, Opened), Error> {
        Self::open_as(config, clock, true, Some(Practice::default()))
    }

    fn open_as(
        config: Config,
        clock: Clock,
        demo: bool,
        practice: Option<Practice>,
    ) -> Result<(Arc<Self>, Opened), Error> {
        tls::choose();
        let started = clock.now();
        let url = DatabaseUrl::parse(&config.database_url).map_err(Error::Unavailable)?;
        let (db, opened) = Db::open(&url)?;
        let (all, stream) = db.read_now(|c| Ok::<_, Error>((services::all(c)?, changes::stream(c)?)))?;
        let board = Arc::new(Board::new(all.into_iter().map(|stored| stored.service).collect(), stream.last_seq));
        let live = Live::open(&db, &board, &clock, &stream.epoch, config.freshness_limits())?;
        let (signing_key, push_key) = db.write_now(|c| {
            let signing = settings::get_or_make(c, "signing_key", || Secret::fresh().reveal().to_owned())?;
            Ok::<_, Error>((signing, settings::get_or_make(c, "push_key", Pusher::make_key)?))
        })?;
        let usual = Texts::of(&config.languages[0]).map_err(Error::Broken)?;
        let dress = Arc::new(Dress::make(&config).map_err(Error::Unavailable)?);
        let templates = Templates::new(&clock, config.timezone, &config.languages).map_err(Error::Broken)?;
        let templates = templates.wearing(&dress);
        let guides = Workshop::new(&config, &db, demo.then_some("Demonstration data: no place in this guide is real."));
        let app = Self {
            templates,
            dress,
            guides,
            interest: Tally::default(),
            letters: Letters::new(&usual).map_err(Error::Broken)?,
            mailer: Mailer::new(&config).map_err(Error::Unavailable)?,
            pusher: Pusher::new(&config, &push_key).map_err(Error::Unavailable)?,
            texter: Texter::new(&config).map_err(Error::Unavailable)?,
            passkeys: Passkeys::new(&config.public_url, &config.site_name),
            single_sign_on: SingleSignOn::new(&config),
            config,
            clock,
            db,
            board,
            live,
            epoch: stream.epoch,
            signer: Signer::new(Secret::from_text(signing_key)),
            demo,
            practice,
            started,
            is_leaving: AtomicBool::new(false),
            work_ended: Counters::default(),
        };
        Ok((Arc::new(app), opened))
    }

    /// Who writes the letters of this deployment.
    pub fn author(&self) -> Author<'_> {
        Author { letters: &self.letters, config: &self.config, signer: &self.signer }
    }

    /// By what people can sign in here.
    pub fn ways(&self) -> Ways {
        Ways { single_sign_on: self.single_sign_on.is_some() }
    }

    /// This moment, with the freshness limits of the deployment.
    pub fn moment(&self) -> Moment {
        Moment { now: self.clock.now(), limits: self.config.freshness_limits() }
    }
}
