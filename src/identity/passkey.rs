//! Passkeys: what a browser's authenticator is asked, and whether what it answers is right. The only
//! file that names webauthn. It stores nothing; challenges are kept and used up by `ops/ceremony.rs`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::{Host, Url};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey as Credential, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Uuid,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use crate::domain::person::{PasskeyId, Person, PersonId};
use crate::ops::add_passkey::NewPasskey;
use crate::ops::ceremony;
use crate::store::passkeys::Passkey;

/// Why a passkey was not taken; for the log.
pub type Wrong = String;

/// What the browser is told, and what is kept until it answers.
pub struct Begun {
    pub options: Value,
    pub state: String,
}

/// Asks and checks for one address.
pub struct Passkeys(Webauthn);

impl Passkeys {
    /// `None` where browsers know no passkeys: on plain http but for `localhost`, and on a bare number.
    pub fn new(public_url: &Url, site: &str) -> Option<Self> {
        let Some(Host::Domain(name)) = public_url.host() else { return None };
        if public_url.scheme() != "https" && name != "localhost" {
            return None;
        }
        let patience = ceremony::GOOD_FOR.to_std().ok()?;
        let builder = WebauthnBuilder::new(name, public_url).ok()?.rp_name(site).timeout(patience);
        builder.build().ok().map(Self)
    }

    /// Asks for a new passkey on a device that holds none of theirs. It must be one that the device
    /// finds by itself, so that signing in needs no address and tells nobody which addresses are known.
    pub fn begin_adding(&self, person: &Person, theirs: &[Passkey]) -> Result<Begun, Wrong> {
        let id = Uuid::parse_str(person.id.as_str()).map_err(|e| format!("the person's id: {e}"))?;
        let known = theirs.iter().map(|passkey| read::<Credential>(&passkey.credential)).collect::<Result<Vec<_>, _>>();
        let known = known?.iter().map(|credential| credential.cred_id().clone()).collect();
        let email = person.email.as_str();
        let (options, state) = self.0.start_passkey_registration(id, email, email, Some(known)).map_err(words)?;
        let mut options = shown(&options)?["publicKey"].take();
        options["authenticatorSelection"]["residentKey"] = json!("required");
        options["authenticatorSelection"]["requireResidentKey"] = json!(true);
        Ok(Begun { options, state: written(&state)? })
    }

    /// Checks what the new authenticator says.
    pub fn finish_adding(&self, state: &str, answer: Value, name: String) -> Result<NewPasskey, Wrong> {
        let state: PasskeyRegistration = read(state)?;
        let answer: RegisterPublicKeyCredential = serde_json::from_value(answer).map_err(words)?;
        let credential = self.0.finish_passkey_registration(&answer, &state).map_err(words)?;
        let id = PasskeyId::from_text(URL_SAFE_NO_PAD.encode(credential.cred_id()));
        Ok(NewPasskey { id, credential: written(&credential)?, name })
    }

    /// Asks for any passkey of this address, with its owner's face, finger or PIN.
    pub fn begin_using(&self) -> Result<Begun, Wrong> {
        let (options, state) = self.0.start_discoverable_authentication().map_err(words)?;
        Ok(Begun { options: shown(&options)?["publicKey"].take(), state: written(&state)? })
    }

    /// Which passkey an answer claims to be of. Nothing is proven by that.
    pub fn named(&self, answer: &Value) -> Option<PasskeyId> {
        answer["id"].as_str().map(PasskeyId::from_text)
    }

    /// Checks the signature, the owner's presence and the counter; the credential as it is to be kept.
    pub fn finish_using(&self, state: &str, answer: Value, passkey: &Passkey) -> Result<String, Wrong> {
        let state: DiscoverableAuthentication = read(state)?;
        let answer: PublicKeyCredential = serde_json::from_value(answer).map_err(words)?;
        let (owner, _) = self.0.identify_discoverable_authentication(&answer).map_err(words)?;
        if PersonId::from_text(owner.to_string()) != passkey.person {
            return Err("it names another person than it belongs to".to_owned());
        }
        let mut credential: Credential = read(&passkey.credential)?;
        let result = self
            .0
            .finish_discoverable_authentication_v2(&answer, state, DiscoverableKey::from(&credential))
            .map_err(words)?;
        if !result.user_verified() {
            return Err("the authenticator did not ask its owner".to_owned());
        }
        credential.update_credential(&result).ok_or("it is of another passkey")?;
        written(&credential)
    }
}

fn words(error: impl std::fmt::Display) -> Wrong {
    error.to_string()
}

fn shown(options: &impl Serialize) -> Result<Value, Wrong> {
    serde_json::to_value(options).map_err(words)
}

fn written(state: &impl Serialize) -> Result<String, Wrong> {
    serde_json::to_string(state).map_err(words)
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Wrong> {
    serde_json::from_str(text).map_err(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_for_names_by_https_and_for_trials_on_this_machine() {
        let there = |url: &str| Passkeys::new(&Url::parse(url).unwrap(), "Berth").is_some();
        assert!(there("https://places.example.gov.uk") && there("http://localhost:8080"));
        for url in ["http://places.example.gov.uk", "http://127.0.0.1:8080", "https://[::1]", "https://192.0.2.1"] {
            assert!(!there(url), "{url}");
        }
    }
}
