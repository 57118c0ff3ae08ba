//! The practice copy: the county of the demonstration in a folder of its own, in which new staff try
//! everything safely, and which is made afresh every night. It is never made of, or on, anybody's data.

use chrono::Days;
use tracing::info;

use crate::app::App;
use crate::base::local::Zone;
use crate::base::secret::Secret;
use crate::base::stamp::Stamp;
use crate::config::Config;
use crate::demo::{Found, MARK, make, people};
use crate::domain::actor::Actor;
use crate::ops::sign_in_session::NewSession;
use crate::ops::{Refused, invite, sign_in};
use crate::store::conn::DatabaseUrl;
use crate::store::{Db, changes, places, settings};

/// The row of `settings` that marks the data as a practice copy, which may be thrown away.
const PRACTICE: &str = "practice";
/// The local hour at which it is made afresh: nobody practises then.
pub const HOUR: u32 = 3;

/// Why these settings are not those of a practice copy, if so: everything that it holds and sends stays in
/// its own folder, so that throwing it away can throw away nothing else.
pub fn refusal(config: &Config) -> Option<String> {
    const BEYOND: &str = "a practice copy keeps what it holds and sends in its own folder: take";
    let reach = [
        (&config.database_url, "sqlite", "berth.db", "BERTH_DATABASE_URL"),
        (&config.mail_url, "file", "mail", "BERTH_MAIL_URL"),
        (&config.text_url, "file", "texts", "BERTH_TEXT_URL"),
    ];
    for (value, scheme, name, setting) in reach {
        if *value != format!("{scheme}:{}", config.data_dir.join(name).display()) {
            return Some(format!("{BEYOND} {setting} away"));
        }
    }
    config.oidc.as_ref().map(|_| format!("{BEYOND} the settings of single sign-on away"))
}

/// Makes the county where there is nothing yet: all of it, or nothing if it is interrupted. What is there
/// and is no practice copy is left alone.
pub fn prepare(db: &Db, now: Stamp) -> Result<Found, Refused> {
    db.write_now(move |c| {
        if settings::get(c, PRACTICE)?.is_some() {
            return Ok(Found::County);
        }
        if settings::get(c, MARK)?.is_some() || changes::last_seq(c)? > 0 || places::count(c)? > 0 {
            return Ok(Found::OwnData);
        }
        make(c, now)?;
        settings::put(c, PRACTICE, &now.to_string())?;
        Ok(Found::Nothing)
    })
}

/// Throws the copy away, once nothing serves it: its database, mails and texts. Nothing that is no
/// practice copy.
pub fn throw_away(config: &Config) -> Result<(), String> {
    if let Some(why) = refusal(config) {
        return Err(why);
    }
    let path = config.data_dir.join("berth.db");
    {
        let (db, _) = Db::open(&DatabaseUrl::Sqlite(path.clone())).map_err(|e| e.to_string())?;
        let mark = db.read_now(|c| settings::get(c, PRACTICE)).map_err(|e| e.to_string())?;
        if mark.is_none() {
            return Err(format!("{} is no practice copy", path.display()));
        }
    }
    for suffix in ["", "-wal", "-shm"] {
        gone(std::fs::remove_file(format!("{}{suffix}", path.display())))?;
    }
    for folder in ["mail", "texts"] {
        gone(std::fs::remove_dir_all(config.data_dir.join(folder)))?;
    }
    info!("the practice copy was thrown away, and is made afresh");
    Ok(())
}

fn gone(removed: std::io::Result<()>) -> Result<(), String> {
    match removed {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(format!("cannot throw the practice copy away: {e}")),
        Err(_) | Ok(()) => Ok(()),
    }
}

/// When the copy is next made afresh.
pub fn next_night(now: Stamp, zone: Zone) -> Stamp {
    let today = zone.day(now);
    let night = zone.moment(today, HOUR);
    if night > now { night } else { zone.moment(today.checked_add_days(Days::new(1)).unwrap_or(today), HOUR) }
}

/// Signs a browser in as one of the practice people, in a practice copy and nowhere else.
pub async fn sign_in(app: &App, role: &str, new: NewSession) -> Result<Secret, Refused> {
    if app.practice.is_none() {
        return Err(Refused::NotFound);
    }
    let invitation = people::invitations(app).into_iter().find(|(_, invitation)| invitation.role.word() == role);
    let (_, invitation) = invitation.ok_or(Refused::NotFound)?;
    let (_, link) = invite::run(&app.db, &app.clock, Actor::system("practice"), invitation).await?;
    sign_in::accept(&app.db, &app.clock, link, new).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(own: &[(&str, &str)]) -> Config {
        let own: Vec<(String, String)> = own.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Config::from_sources(&[("BERTH_DATA_DIR", "practice-folder".to_owned())], &own, None).unwrap()
    }

    #[test]
    fn settings_that_reach_beyond_its_own_folder_are_refused_by_name() {
        assert_eq!(refusal(&settings(&[])), None);
        for (name, value) in [
            ("BERTH_DATABASE_URL", "postgres://berth@127.0.0.1/berth"),
            ("BERTH_DATABASE_URL", "sqlite:elsewhere/berth.db"),
            ("BERTH_MAIL_URL", "smtp://127.0.0.1"),
            ("BERTH_MAIL_URL", "file:elsewhere"),
            ("BERTH_TEXT_URL", "https://texts.example.org"),
        ] {
            assert!(refusal(&settings(&[(name, value)])).unwrap().contains(name), "{value}");
        }
    }

    #[test]
    fn it_is_made_afresh_at_three_in_the_night_across_clock_changes() {
        let zone = Zone::parse("Europe/London").unwrap();
        let at = |text: &str| Stamp::parse(text).unwrap();
        for (now, next) in [
            ("2026-11-22T09:30:00Z", "2026-11-23T03:00:00Z"),
            ("2026-11-22T02:59:59Z", "2026-11-22T03:00:00Z"),
            ("2026-11-22T03:00:00Z", "2026-11-23T03:00:00Z"),
            ("2026-07-01T12:00:00Z", "2026-07-02T02:00:00Z"),
        ] {
            assert_eq!(next_night(at(now), zone), at(next), "{now}");
        }
    }
}
