//! The settings: flag over environment over `berth.toml` over default, each with where it came from.
//! Here alone, and in `outside.rs`, the environment is read. What a setting means is said where it is used.

mod addresses;
mod known;
mod languages;
mod outside;
mod site;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::Duration;

use crate::base::colour::Colour;
use crate::base::local::Zone;
use crate::base::secret::Secret;
use crate::domain::freshness::FreshnessLimits;
use crate::domain::single_sign_on::RoleNames;

use addresses::{address, collector, provider, public};
pub use known::{KNOWN, Known};
pub use outside::{Supervised, supervised, watch_token};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Flag,
    Environment,
    File(PathBuf),
    Default,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment => f.write_str("environment"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A variable of the command line alone (`berth watch`), not a setting of the server.
const NOT_SETTINGS: &[&str] = &["BERTH_TOKEN", "BERTH_CONFIG"];

/// The one setting whose name is not ours: every program that sends traces knows it.
const COLLECTOR: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// What a demonstration has of its own where nothing else is said: its folder, and all of its year.
pub const DEMO: &[(&str, &str)] = &[("BERTH_DATA_DIR", "berth-demo"), ("BERTH_RESUME_DAYS", "400")];
/// The same of a copy to practise in.
pub const PRACTICE: &[(&str, &str)] = &[("BERTH_DATA_DIR", "berth-practice"), ("BERTH_RESUME_DAYS", "400")];

/// The settings in force. Not `Debug`, since some are secret.
#[derive(Clone)]
pub struct Config {
    pub listen: String,
    pub public_url: url::Url,
    pub data_dir: PathBuf,
    pub database_url: String,
    pub mail_url: String,
    pub mail_from: String,
    pub text_url: String,
    pub mail: MailSettings,
    pub timezone: Zone,
    /// Of the pages, the usual one first.
    pub languages: Vec<String>,
    pub log_json: bool,
    pub log_level: String,
    /// Whether the log tells of every request.
    pub log_requests: bool,
    /// Where traces go; the collector's address without the path.
    pub trace_endpoint: Option<String>,
    /// So long the server says that it is about to stop, before it does.
    pub drain: std::time::Duration,
    pub site_name: String,
    pub site_colour: Option<Colour>,
    pub site_logo: Option<PathBuf>,
    pub run_by: String,
    pub help_phone: String,
    pub help_email: String,
    pub digest_hour: u32,
    pub fresh_hours: i64,
    pub ageing_days: i64,
    pub resume_days: i64,
    pub resume_changes: i64,
    pub audit_days: i64,
    pub client_address_header: Option<String>,
    pub push_contact: Option<String>,
    pub push_allow_private: bool,
    pub oidc: Option<Oidc>,
    pub map_tiles: Option<String>,
    values: Values,
}

/// Single sign-on of a council.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oidc {
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Secret,
    /// What people call it.
    pub name: String,
    pub scopes: String,
    pub role_claim: Option<String>,
    pub role_names: RoleNames,
    /// Whether an address counts that the provider says nothing of.
    pub trust_email: bool,
}

/// What the address of the mail server does not say.
#[derive(Clone)]
pub struct MailSettings {
    pub dkim: Option<Dkim>,
    /// Mails a minute to one domain.
    pub pace: u32,
    pub notify_key: Option<Secret>,
    pub bounce_secret: Option<Secret>,
}

/// How mails are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dkim {
    pub key_file: PathBuf,
    pub selector: String,
    pub domain: Option<String>,
}

type Values = BTreeMap<&'static str, (String, Origin)>;

impl Config {
    /// Settings of this process: `flags` as (name, value), then the environment, then the file, then
    /// defaults `own` of what is run, such as a demonstration's folder.
    pub fn load(flags: &[(&str, String)], own: &[(&'static str, &str)]) -> Result<Self, String> {
        let environment: Vec<(String, String)> =
            std::env::vars().filter(|(name, _)| name.starts_with("BERTH_") || find(name).is_some()).collect();
        let named = environment.iter().find(|(name, _)| name == "BERTH_CONFIG").map(|(_, path)| PathBuf::from(path));
        let path = named.clone().unwrap_or_else(|| PathBuf::from("berth.toml"));
        let file = match std::fs::read_to_string(&path) {
            Ok(text) => Some((path, text)),
            Err(e) if named.is_some() || e.kind() != std::io::ErrorKind::NotFound => {
                return Err(format!("cannot read the settings in {}: {e}", path.display()));
            }
            Err(_) => None,
        };
        let file = file.as_ref().map(|(path, text)| (path.as_path(), text.as_str()));
        let config = Self::from_sources(flags, &environment, file)?;
        if own.is_empty() {
            return Ok(config);
        }
        let mut flags = flags.to_vec();
        for (name, value) in own {
            if config.values.get(name).is_some_and(|(_, origin)| *origin == Origin::Default) {
                flags.push((name, (*value).to_owned()));
            }
        }
        Self::from_sources(&flags, &environment, file)
    }

    /// The same from given sources, so that a test can give its own.
    pub fn from_sources(
        flags: &[(&str, String)],
        environment: &[(String, String)],
        file: Option<(&Path, &str)>,
    ) -> Result<Self, String> {
        let mut values = Values::new();
        if let Some((path, text)) = file {
            let table: toml::Table = text
                .parse()
                .map_err(|e: toml::de::Error| format!("{} is not TOML: {}", path.display(), e.message()))?;
            for (key, value) in table {
                let key_name = key.to_uppercase();
                let name = find(&format!("BERTH_{key_name}")).or_else(|| find(&key_name)).ok_or_else(|| {
                    format!("{}: {key:?} is not a setting of Berth; see `berth config`", path.display())
                })?;
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                values.insert(name, (value, Origin::File(path.to_owned())));
            }
        }
        for (name, value) in environment.iter().filter(|(name, _)| !NOT_SETTINGS.contains(&name.as_str())) {
            let name = find(name).ok_or_else(|| format!("{name} is not a setting of Berth; see `berth config`"))?;
            values.insert(name, (value.clone(), Origin::Environment));
        }
        for (name, value) in flags {
            let name = find(name).ok_or_else(|| format!("{name} is not a setting of Berth; see `berth config`"))?;
            values.insert(name, (value.clone(), Origin::Flag));
        }
        Self::read(values)
    }

    fn read(mut values: Values) -> Result<Self, String> {
        let mut take = |name: &'static str, default: &dyn Fn() -> String| {
            values.entry(name).or_insert_with(|| (default(), Origin::Default)).0.trim().to_owned()
        };
        let listen = take("BERTH_LISTEN", &|| "127.0.0.1:8080".to_owned());
        let public_url = take("BERTH_PUBLIC_URL", &|| format!("http://{listen}"));
        let data_dir = PathBuf::from(take("BERTH_DATA_DIR", &|| "berth-data".to_owned()));
        let under = |name: &str| data_dir.join(name).display().to_string();
        let database_url = take("BERTH_DATABASE_URL", &|| format!("sqlite:{}", under("berth.db")));
        let mail_url = take("BERTH_MAIL_URL", &|| format!("file:{}", under("mail")));
        let text_url = take("BERTH_TEXT_URL", &|| format!("file:{}", under("texts")));
        let mail_from = take("BERTH_MAIL_FROM", &|| "Berth <berth@localhost>".to_owned());
        let mail_pace = whole("BERTH_MAIL_PACE", &take("BERTH_MAIL_PACE", &|| "1200".to_owned()), 1, 1_000_000)?;
        let timezone = take("BERTH_TIMEZONE", &|| "Europe/London".to_owned());
        let languages = take("BERTH_LANGUAGES", &|| "en".to_owned());
        let log = take("BERTH_LOG", &|| "text".to_owned());
        let log_level = take("BERTH_LOG_LEVEL", &|| "info".to_owned());
        // A log for programs has everything, one for people what they should look at.
        let log_requests = take("BERTH_LOG_REQUESTS", &|| (log == "json").to_string());
        let drain = whole("BERTH_DRAIN_SECONDS", &take("BERTH_DRAIN_SECONDS", &|| "0".to_owned()), 0, 600)?;
        let site_name = take("BERTH_SITE_NAME", &|| "Berth".to_owned());
        let run_by = take("BERTH_RUN_BY", &String::new);
        let help_phone = take("BERTH_HELP_PHONE", &String::new);
        let help_email = take("BERTH_HELP_EMAIL", &String::new);
        let digest_hour = whole("BERTH_DIGEST_HOUR", &take("BERTH_DIGEST_HOUR", &|| "7".to_owned()), 0, 23)?;
        let fresh_hours = whole("BERTH_FRESH_HOURS", &take("BERTH_FRESH_HOURS", &|| "24".to_owned()), 1, 8760)?;
        let ageing_days = whole("BERTH_AGEING_DAYS", &take("BERTH_AGEING_DAYS", &|| "7".to_owned()), 1, 365)?;
        let resume_days = whole("BERTH_RESUME_DAYS", &take("BERTH_RESUME_DAYS", &|| "7".to_owned()), 1, 3650)?;
        let resume_changes =
            whole("BERTH_RESUME_CHANGES", &take("BERTH_RESUME_CHANGES", &|| "1000000".to_owned()), 1000, 100_000_000)?;
        // A year and a month, so that who looks back at a year finds all of it.
        let audit_days = whole("BERTH_AUDIT_DAYS", &take("BERTH_AUDIT_DAYS", &|| "396".to_owned()), 1, 3650)?;
        let push_allow_private = take("BERTH_PUSH_ALLOW_PRIVATE", &|| "false".to_owned());
        let some = |text: String| (!text.is_empty()).then_some(text);
        let mut optional = |name: &'static str| some(take(name, &String::new));
        let client_address_header = optional("BERTH_CLIENT_ADDRESS_HEADER");
        let push_contact = optional("BERTH_PUSH_CONTACT");
        let map_tiles = optional("BERTH_MAP_TILES");
        let trace_endpoint = optional(COLLECTOR).map(collector).transpose()?;
        let site_colour = optional("BERTH_SITE_COLOUR").map(|text| site::colour(&text)).transpose()?;
        let site_logo = optional("BERTH_SITE_LOGO").map(PathBuf::from);
        let oidc = oidc(&mut optional)?;
        let mail = mail_settings(&mut optional, mail_pace)?;
        Ok(Self {
            public_url: public(&public_url)?,
            timezone: Zone::parse(&timezone)
                .ok_or_else(|| format!("BERTH_TIMEZONE: {timezone:?} is not a time zone such as Europe/London"))?,
            languages: languages::parse(&languages)?,
            log_json: one_of("BERTH_LOG", &log, &["text", "json"])? == "json",
            log_level: one_of("BERTH_LOG_LEVEL", &log_level, &["error", "warn", "info", "debug", "trace"])?,
            digest_hour: u32::try_from(digest_hour).unwrap_or(7),
            push_allow_private: one_of("BERTH_PUSH_ALLOW_PRIVATE", &push_allow_private, &["true", "false"])? == "true",
            log_requests: one_of("BERTH_LOG_REQUESTS", &log_requests, &["true", "false"])? == "true",
            trace_endpoint,
            drain: std::time::Duration::from_secs(drain.unsigned_abs()),
            listen: address(&listen)?,
            data_dir,
            database_url,
            mail_url,
            mail_from,
            text_url,
            mail,
            site_name,
            site_colour,
            site_logo,
            run_by,
            help_phone,
            help_email,
            fresh_hours,
            ageing_days,
            resume_days,
            resume_changes,
            audit_days,
            client_address_header,
            push_contact,
            oidc,
            map_tiles,
            values,
        })
    }

    /// Every setting in force: name, value with secrets hidden, origin, what it is for.
    pub fn shown(&self) -> Vec<(&'static str, String, Origin, &'static str)> {
        let shown = |known: &'static Known| {
            let (value, origin) = self.values.get(known.name).cloned().unwrap_or((String::new(), Origin::Default));
            let value = if known.secret { hide(&value) } else { value };
            (known.name, value, origin, known.about)
        };
        KNOWN.iter().map(shown).collect()
    }

    /// Until when figures are fresh and ageing here.
    pub fn freshness_limits(&self) -> FreshnessLimits {
        FreshnessLimits {
            fresh_under: Duration::hours(self.fresh_hours),
            ageing_under: Duration::days(self.ageing_days),
        }
    }

    /// Whether people reach the service by https, so that cookies must be `Secure`.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// A page's full address.
    pub fn link(&self, path: &str) -> String {
        format!("{}/{}", self.public_url.as_str().trim_end_matches('/'), path.trim_start_matches('/'))
    }
}

/// The provider's address and our name and secret there: all three or none.
fn oidc(optional: &mut impl FnMut(&'static str) -> Option<String>) -> Result<Option<Oidc>, String> {
    let name = optional("BERTH_OIDC_NAME").unwrap_or_else(|| "your council account".to_owned());
    let scopes = optional("BERTH_OIDC_SCOPES").unwrap_or_else(|| "openid email".to_owned());
    let role_claim = optional("BERTH_OIDC_ROLE_CLAIM");
    let role_names = RoleNames::parse(&optional("BERTH_OIDC_ROLE_NAMES").unwrap_or_default())
        .map_err(|why| format!("BERTH_OIDC_ROLE_NAMES: {why}"))?;
    let trust_email = optional("BERTH_OIDC_TRUST_EMAIL").unwrap_or_else(|| "false".to_owned());
    let trust_email = one_of("BERTH_OIDC_TRUST_EMAIL", &trust_email, &["true", "false"])? == "true";
    match (optional("BERTH_OIDC_ISSUER"), optional("BERTH_OIDC_CLIENT_ID"), optional("BERTH_OIDC_CLIENT_SECRET")) {
        (Some(issuer), Some(client_id), Some(secret)) => {
            let client_secret = Secret::from_text(secret);
            let issuer = provider(issuer)?;
            Ok(Some(Oidc { issuer, client_id, client_secret, name, scopes, role_claim, role_names, trust_email }))
        }
        (None, None, None) => Ok(None),
        _ => Err("single sign-on needs all of BERTH_OIDC_ISSUER, BERTH_OIDC_CLIENT_ID and BERTH_OIDC_CLIENT_SECRET"
            .to_owned()),
    }
}

fn mail_settings(optional: &mut dyn FnMut(&'static str) -> Option<String>, pace: i64) -> Result<MailSettings, String> {
    let domain = optional("BERTH_MAIL_DKIM_DOMAIN");
    let dkim = match (optional("BERTH_MAIL_DKIM_KEY"), optional("BERTH_MAIL_DKIM_SELECTOR")) {
        (Some(key), Some(selector)) => Some(Dkim { key_file: key.into(), selector, domain }),
        (None, None) if domain.is_none() => None,
        _ => return Err("signing mails needs both BERTH_MAIL_DKIM_KEY and BERTH_MAIL_DKIM_SELECTOR".to_owned()),
    };
    Ok(MailSettings {
        dkim,
        pace: u32::try_from(pace).unwrap_or(u32::MAX),
        notify_key: optional("BERTH_MAIL_NOTIFY_KEY").map(Secret::from_text),
        bounce_secret: optional("BERTH_MAIL_BOUNCE_SECRET").map(Secret::from_text),
    })
}

fn find(name: &str) -> Option<&'static str> {
    KNOWN.iter().map(|known| known.name).find(|known| *known == name)
}

/// A URL without its password; any other secret not at all.
fn hide(value: &str) -> String {
    match url::Url::parse(value) {
        Ok(mut url) if url.password().is_some() => match url.set_password(Some("hidden")) {
            Ok(()) => url.to_string(),
            Err(()) => "(hidden)".to_owned(),
        },
        Ok(_) => value.to_owned(),
        Err(_) if value.is_empty() => String::new(),
        Err(_) => "(hidden)".to_owned(),
    }
}

fn whole(name: &str, value: &str, least: i64, most: i64) -> Result<i64, String> {
    let number = value.parse::<i64>().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("{name} must be a whole number from {least} to {most}, not {value:?}"))
}

fn one_of(name: &str, value: &str, choices: &[&str]) -> Result<String, String> {
    if choices.contains(&value) {
        Ok(value.to_owned())
    } else {
        Err(format!("{name} must be one of {}, not {value:?}", choices.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default() {
        let file = (Path::new("berth.toml"), "listen = \"127.0.0.1:1\"\nsite_name = \"File\"\ndigest_hour = 8");
        let environment = environment(&[("BERTH_LISTEN", "127.0.0.1:2"), ("BERTH_SITE_NAME", "Environment")]);
        let flags = [("BERTH_LISTEN", "127.0.0.1:3".to_owned())];
        let config = Config::from_sources(&flags, &environment, Some(file)).unwrap();
        assert_eq!(
            (config.listen.as_str(), config.site_name.as_str(), config.digest_hour),
            ("127.0.0.1:3", "Environment", 8)
        );
        let origins: Vec<Origin> = config.shown().into_iter().map(|(_, _, origin, _)| origin).collect();
        for origin in [Origin::Flag, Origin::Environment, Origin::File("berth.toml".into()), Origin::Default] {
            assert!(origins.contains(&origin), "{origin}");
        }
    }

    #[test]
    fn an_unknown_or_bad_setting_is_named() {
        for (name, value) in [
            ("BERTH_LISTN", "127.0.0.1:1"),
            ("BERTH_LISTEN", "everywhere"),
            ("BERTH_TIMEZONE", "Mars"),
            ("BERTH_LOG", "xml"),
            ("BERTH_LOG_REQUESTS", "some"),
            ("BERTH_DRAIN_SECONDS", "-1"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
            ("BERTH_PUBLIC_URL", "ftp://x"),
            ("BERTH_DIGEST_HOUR", "24"),
            ("BERTH_OIDC_ISSUER", "https://id.example"),
            ("BERTH_SITE_COLOUR", "red"),
            ("BERTH_SITE_COLOUR", "#777777"),
        ] {
            let wrong = Config::from_sources(&[], &environment(&[(name, value)]), None).err().unwrap();
            assert!(wrong.contains(name), "{wrong}");
        }
        let wrong = Config::from_sources(&[], &[], Some((Path::new("berth.toml"), "lisen = 1"))).err().unwrap();
        assert!(wrong.contains("lisen"), "{wrong}");
    }

    #[test]
    fn secrets_are_hidden_where_settings_are_shown() {
        let environment = environment(&[
            ("BERTH_DATABASE_URL", "postgres://berth:sesame@127.0.0.1/berth"),
            ("BERTH_MAIL_URL", "smtp://user:sesame@127.0.0.1:25"),
            ("BERTH_TEXT_URL", "https://berth:sesame@texts.example"),
            ("BERTH_MAIL_BOUNCE_SECRET", "sesame"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://berth:sesame@collector.example:4318"),
            ("BERTH_OIDC_ISSUER", "https://id.example"),
            ("BERTH_OIDC_CLIENT_ID", "berth"),
            ("BERTH_OIDC_CLIENT_SECRET", "sesame"),
        ]);
        let config = Config::from_sources(&[], &environment, None).unwrap();
        let shown = format!("{:?}", config.shown());
        assert!(!shown.contains("sesame"), "{shown}");
    }
}
