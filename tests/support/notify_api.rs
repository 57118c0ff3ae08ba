//! A stand-in for the API of GOV.UK Notify on the loopback, which refuses what its documentation says
//! it refuses: a token that is not signed, not of the service or not of the last 30 seconds, a wrong
//! template, a missing personalisation.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use berth::base::clock::Clock;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub const SERVICE: &str = "26785a09-ab16-4eb0-8407-a37497a57506";
pub const SECRET: &str = "3d844edf-8d35-48ac-975b-e847b4f122b0";
pub const TEMPLATE: &str = "f33517ff-2a88-4f6e-b855-c550268ce08a";

#[derive(Default)]
struct Inside {
    next: VecDeque<(u16, Value)>,
    taken: Vec<Value>,
}

pub struct NotifyApi {
    pub url: String,
    inside: Arc<Mutex<Inside>>,
}

impl NotifyApi {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inside = Arc::new(Mutex::new(Inside::default()));
        let kept = inside.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, kept.clone()));
            }
        });
        Self { url, inside }
    }

    pub fn key() -> String {
        format!("berth-{SERVICE}-{SECRET}")
    }

    /// The status and message of the next answers, in place of its own.
    pub fn next(&self, answers: impl IntoIterator<Item = (u16, &'static str)>) {
        let refusal = |message: &str| json!({ "errors": [{ "error": "Error", "message": message }] });
        self.inside.lock().unwrap().next.extend(answers.into_iter().map(|(status, why)| (status, refusal(why))));
    }

    /// What it took, as it came.
    pub fn taken(&self) -> Vec<Value> {
        self.inside.lock().unwrap().taken.clone()
    }
}

async fn answer(mut stream: TcpStream, inside: Arc<Mutex<Inside>>) {
    let Some((head, body)) = read(&mut stream).await else { return };
    let own = check(&head, &body);
    let (status, content) = {
        let mut inside = inside.lock().unwrap();
        let told = inside.next.pop_front();
        match (told, own) {
            (Some(told), Ok(_)) => told,
            (None, Ok(email)) => {
                inside.taken.push(email);
                (201, json!({ "id": "1" }))
            }
            (_, Err((status, why))) => (status, json!({ "errors": [{ "error": "BadRequestError", "message": why }] })),
        }
    };
    let text = content.to_string();
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", text.len());
    drop(stream.write_all(format!("{head}{text}").as_bytes()).await);
}

async fn read(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut all = Vec::new();
    loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.ok().filter(|count| *count > 0)?;
        all.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&all).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Some((head.to_owned(), body.to_owned()));
        }
    }
}

/// The documented rules.
fn check(head: &str, body: &str) -> Result<Value, (u16, String)> {
    let no = |status: u16, why: &str| Err((status, why.to_owned()));
    if !head.starts_with("POST /v2/notifications/email ") {
        return no(404, "Not found");
    }
    let token = head.lines().find_map(|line| line.strip_prefix("authorization: Bearer ")).unwrap_or_default();
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        return no(401, "Unauthorized: authentication token must be provided");
    };
    let part = |text: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap() };
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{header}.{claims}").as_bytes());
    if part(header)["alg"] != "HS256" || mac.verify_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).is_err() {
        return no(403, "Invalid token: signature, api token not found");
    }
    let claims = part(claims);
    let now = Clock::System.now().utc().timestamp().unsigned_abs();
    if claims["iss"] != SERVICE {
        return no(403, "Invalid token: service not found");
    }
    if claims["iat"].as_u64().is_none_or(|iat| iat.abs_diff(now) > 30) {
        return no(403, "Error: Your system clock must be accurate to within 30 seconds");
    }
    let email: Value = serde_json::from_str(body).unwrap();
    if email["template_id"] != TEMPLATE {
        return no(400, "Template not found");
    }
    for name in ["subject", "body"] {
        if email["personalisation"][name].as_str().is_none_or(str::is_empty) {
            return no(400, &format!("Missing personalisation: {name}"));
        }
    }
    if email["email_address"].as_str().is_none_or(|address| !address.contains('@')) {
        return no(400, "email_address Not a valid email address");
    }
    Ok(email)
}
