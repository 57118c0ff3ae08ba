//! Every setting that Berth knows, by name. What it means is read in `config.rs`, and said where it is used.

/// A setting that Berth knows: its name in the environment (in `berth.toml` and flags the same
/// without `BERTH_`, in lower case), what it is for, and whether it is a secret.
pub struct Known {
    pub name: &'static str,
    pub about: &'static str,
    pub secret: bool,
}

const fn known(name: &'static str, about: &'static str) -> Known {
    Known { name, about, secret: false }
}

const fn secret(name: &'static str, about: &'static str) -> Known {
    Known { name, about, secret: true }
}

/// Every setting.
pub const KNOWN: &[Known] = &[
    known("BERTH_LISTEN", "address and port to listen on"),
    known("BERTH_PUBLIC_URL", "the address people use, such as https://places.example.gov.uk"),
    known("BERTH_DATA_DIR", "folder for the database, the mailbox and secrets"),
    secret("BERTH_DATABASE_URL", "sqlite:PATH or postgres://…"),
    secret("BERTH_MAIL_URL", "file:FOLDER, smtp://…, smtps://… or notify:TEMPLATE"),
    secret("BERTH_MAIL_NOTIFY_KEY", "the key of the GOV.UK Notify API"),
    known("BERTH_MAIL_DKIM_KEY", "file of the private key that signs mails"),
    known("BERTH_MAIL_DKIM_SELECTOR", "selector of that key in the DNS"),
    known("BERTH_MAIL_DKIM_DOMAIN", "domain that signs; that of the sender by default"),
    known("BERTH_MAIL_PACE", "at most so many mails a minute to one domain"),
    secret("BERTH_MAIL_BOUNCE_SECRET", "bearer token of who reports bounces at /mail/bounces"),
    known("BERTH_MAIL_FROM", "the sender of every mail"),
    secret("BERTH_TEXT_URL", "text messages: file:FOLDER, or the https address of a gateway"),
    known("BERTH_TIMEZONE", "time zone of the service, such as Europe/London"),
    known("BERTH_LANGUAGES", "languages of the pages, the usual one first, such as en,cy"),
    known("BERTH_LOG", "text or json"),
    known("BERTH_LOG_LEVEL", "error, warn, info, debug or trace"),
    known("BERTH_LOG_REQUESTS", "true tells of every request in the log; so by default with json"),
    secret("OTEL_EXPORTER_OTLP_ENDPOINT", "address of the OpenTelemetry collector that gets traces (OTLP over HTTP)"),
    known("BERTH_DRAIN_SECONDS", "at the end, /readyz says 503 for so long before anything stops"),
    known("BERTH_SITE_NAME", "the name on every page"),
    known("BERTH_SITE_COLOUR", "the colour behind the name and of the buttons, such as #0b4a57"),
    known("BERTH_SITE_LOGO", "file of a logo, SVG or PNG, shown beside the name"),
    known("BERTH_RUN_BY", "who runs this service, said at the foot of every page"),
    known("BERTH_HELP_PHONE", "the number people can phone for help"),
    known("BERTH_HELP_EMAIL", "the address people can write to for help"),
    known("BERTH_DIGEST_HOUR", "local hour at which digests go, 0 to 23"),
    known("BERTH_FRESH_HOURS", "a figure is fresh for so many hours"),
    known("BERTH_AGEING_DAYS", "a figure is ageing, not stale, for so many days"),
    known("BERTH_RESUME_DAYS", "a watcher can resume within so many days"),
    known("BERTH_RESUME_CHANGES", "a watcher can resume within so many changes"),
    known("BERTH_AUDIT_DAYS", "the audit of who did what is kept for so many days"),
    known("BERTH_CLIENT_ADDRESS_HEADER", "header in which a proxy gives the client's address"),
    known("BERTH_PUSH_CONTACT", "mailto: or https: address given to push services"),
    known("BERTH_PUSH_ALLOW_PRIVATE", "true lets push endpoints be on private addresses (tests)"),
    known("BERTH_OIDC_ISSUER", "single sign-on: the provider's address"),
    known("BERTH_OIDC_CLIENT_ID", "single sign-on: our id there"),
    secret("BERTH_OIDC_CLIENT_SECRET", "single sign-on: our secret there"),
    known("BERTH_OIDC_NAME", "single sign-on: what the button calls it, such as your Hampshire account"),
    known("BERTH_OIDC_SCOPES", "single sign-on: the scopes to ask for"),
    known("BERTH_OIDC_ROLE_CLAIM", "single sign-on: the claim that names roles, such as staff:E10000014"),
    known("BERTH_OIDC_ROLE_NAMES", "single sign-on: the council's own names, NAME=ROLE or NAME=ROLE:CODE"),
    known("BERTH_OIDC_TRUST_EMAIL", "true takes addresses that the provider does not call verified"),
    known("BERTH_MAP_TILES", "address of map tiles; none by default"),
];
