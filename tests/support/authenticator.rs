//! A passkey in software, as a phone holds it, and one that cheats where a test asks for it. Only what our
//! own challenges need: ES256, no attestation.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use web_push_native::p256::ecdsa::signature::Signer;
use web_push_native::p256::ecdsa::{Signature, SigningKey};

use berth::base::secret;

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 4;
const KEY_ATTACHED: u8 = 64;

/// One passkey and where it thinks it is.
#[derive(Clone)]
pub struct Authenticator {
    pub origin: String,
    pub rp_id: String,
    pub counter: u32,
    /// Whether it asked its owner for a finger or a PIN.
    pub verifies: bool,
    pub user: Vec<u8>,
    pub id: Vec<u8>,
    pub key: SigningKey,
}

impl Authenticator {
    pub fn new(origin: &str) -> Self {
        let key = loop {
            if let Ok(key) = SigningKey::from_slice(&secret::bytes::<32>()) {
                break key;
            }
        };
        Self {
            origin: origin.to_owned(),
            rp_id: "localhost".to_owned(),
            counter: 1,
            verifies: true,
            user: Vec::new(),
            id: secret::bytes::<16>().to_vec(),
            key,
        }
    }

    /// What it says to `navigator.credentials.create`.
    pub fn create(&mut self, options: &Value) -> Value {
        self.user = URL_SAFE_NO_PAD.decode(options["user"]["id"].as_str().unwrap()).unwrap();
        let mut said = self.said(KEY_ATTACHED);
        said.extend([0; 16]);
        said.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        said.extend(&self.id);
        let point = self.key.verifying_key().to_encoded_point(false);
        // COSE: EC2, ES256, P-256, x, y.
        said.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        said.extend(point.x().unwrap().as_slice());
        said.extend([0x22, 0x58, 0x20]);
        said.extend(point.y().unwrap().as_slice());
        // CBOR: { fmt: "none", attStmt: {}, authData: said }.
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        attestation.push(u8::try_from(said.len()).unwrap());
        attestation.extend(said);
        self.answer(json!({
            "attestationObject": URL_SAFE_NO_PAD.encode(attestation),
            "clientDataJSON": self.client("webauthn.create", options),
            "transports": ["internal"],
        }))
    }

    /// What it says to `navigator.credentials.get`.
    pub fn get(&mut self, options: &Value) -> Value {
        self.counter += 1;
        self.get_at_same_count(options)
    }

    pub fn get_at_same_count(&self, options: &Value) -> Value {
        let (said, client) = (self.said(0), self.client("webauthn.get", options));
        let mut signed = said.clone();
        signed.extend(Sha256::digest(URL_SAFE_NO_PAD.decode(&client).unwrap()));
        let signature: Signature = self.key.sign(&signed);
        self.answer(json!({
            "authenticatorData": URL_SAFE_NO_PAD.encode(said),
            "clientDataJSON": client,
            "signature": URL_SAFE_NO_PAD.encode(signature.to_der()),
            "userHandle": URL_SAFE_NO_PAD.encode(&self.user),
        }))
    }

    fn said(&self, more: u8) -> Vec<u8> {
        let verified = if self.verifies { USER_VERIFIED } else { 0 };
        let mut said = Sha256::digest(self.rp_id.as_bytes()).to_vec();
        said.push(USER_PRESENT | verified | more);
        said.extend(self.counter.to_be_bytes());
        said
    }

    fn client(&self, kind: &str, options: &Value) -> String {
        let client =
            json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false });
        URL_SAFE_NO_PAD.encode(client.to_string())
    }

    fn answer(&self, response: Value) -> Value {
        let id = URL_SAFE_NO_PAD.encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {}, "response": response })
    }
}
