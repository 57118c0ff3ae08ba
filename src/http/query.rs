//! What API calls take in their query besides the filter: keys given once, limits.

use url::form_urlencoded;

use crate::domain::invalid::Invalid;
use crate::http::problem::Problem;

/// The value of a key that may be given once.
pub fn single(query: &str, key: &str) -> Result<Option<String>, Problem> {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == key);
    let first = values.next().map(|(_, value)| value.into_owned());
    if values.next().is_some() {
        return Err(bad(key, &format!("{key:?} can be given once only.")));
    }
    Ok(first)
}

/// Refuses keys that this call does not know.
pub fn only(query: &str, known: &[&str]) -> Result<(), Problem> {
    match form_urlencoded::parse(query.as_bytes()).find(|(key, _)| !known.contains(&key.as_ref())) {
        None => Ok(()),
        Some((key, _)) => Err(bad(&key, &format!("{key:?} is not known here. Known are {}.", known.join(", ")))),
    }
}

/// How many are asked for, from 1 to `most`.
pub fn limit(query: &str, usual: usize, most: usize) -> Result<usize, Problem> {
    let Some(text) = single(query, "limit")? else { return Ok(usual) };
    let limit = text.parse::<usize>().ok().filter(|limit| (1..=most).contains(limit));
    limit.ok_or_else(|| bad("limit", &format!("\"limit\" must be a whole number from 1 to {most}.")))
}

/// 400, naming the key.
pub fn bad(key: &str, detail: &str) -> Problem {
    Problem::bad_request(&Invalid::one(key, "bad_value", detail))
}
