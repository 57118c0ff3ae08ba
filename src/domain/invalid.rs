//! Mistakes in what somebody sent, all of them at once, each with where it is and what to do.
//! Refusals for other reasons (rights, a stale version) are not mistakes and not here.

use serde::Serialize;

/// One mistake: `pointer` is a JSON pointer into the body, or the name of a query key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    pub pointer: String,
    pub code: &'static str,
    pub detail: String,
}

/// At least one mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid(Vec<Mistake>);

impl Invalid {
    pub fn one(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self(vec![Mistake { pointer: pointer.into(), code, detail: detail.into() }])
    }

    pub fn mistakes(&self) -> &[Mistake] {
        &self.0
    }
}

impl std::fmt::Display for Invalid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let details: Vec<&str> = self.0.iter().map(|mistake| mistake.detail.as_str()).collect();
        f.write_str(&details.join(" "))
    }
}

impl std::error::Error for Invalid {}

/// Collects mistakes while reading goes on.
#[derive(Debug, Default)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    pub fn add(&mut self, pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) {
        self.0.push(Mistake { pointer: pointer.into(), code, detail: detail.into() });
    }

    pub fn take(&mut self, invalid: Invalid) {
        self.0.extend(invalid.0);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// What was wrong; the one given if nothing else was found.
    pub fn into_invalid(self, pointer: &str, code: &'static str, detail: &str) -> Invalid {
        if self.0.is_empty() { Invalid::one(pointer, code, detail) } else { Invalid(self.0) }
    }

    /// The value, if nothing was wrong.
    pub fn or<T>(self, value: T) -> Result<T, Invalid> {
        if self.0.is_empty() { Ok(value) } else { Err(Invalid(self.0)) }
    }
}
