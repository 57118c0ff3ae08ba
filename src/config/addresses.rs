//! Addresses as settings give them: what is none is refused by a sentence that names the setting. Whether
//! somebody answers there is not asked.

use url::{Host, Url};

use super::COLLECTOR;

pub(super) fn address(listen: &str) -> Result<String, String> {
    let right = listen.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    if right {
        Ok(listen.to_owned())
    } else {
        Err(format!("BERTH_LISTEN must be ADDRESS:PORT such as 127.0.0.1:8080, not {listen:?}"))
    }
}

pub(super) fn public(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    url.ok_or_else(|| {
        format!("BERTH_PUBLIC_URL must be an address such as https://places.example.gov.uk, not {text:?}")
    })
}

/// What a provider says is believed, so nobody may change it on the way: https, but on this machine.
pub(super) fn provider(issuer: String) -> Result<String, String> {
    let url = Url::parse(&issuer).ok();
    let right = url.is_some_and(|url| match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Domain(name))) => name == "localhost",
        ("http", Some(Host::Ipv4(address))) => address.is_loopback(),
        ("http", Some(Host::Ipv6(address))) => address.is_loopback(),
        _ => false,
    });
    let wrong = format!("BERTH_OIDC_ISSUER must be an address such as https://login.example.gov.uk, not {issuer:?}");
    right.then_some(issuer).ok_or(wrong)
}

pub(super) fn collector(text: String) -> Result<String, String> {
    let right = Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    let wrong = format!("{COLLECTOR} must be an address such as http://127.0.0.1:4318, not {text:?}");
    right.then_some(text).ok_or(wrong)
}
