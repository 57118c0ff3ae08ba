//! Styles, scripts and pictures as the web build made them: embedded, and named by their content.
//! How long a browser may keep them is said where they are served.

use std::collections::HashMap;
use std::sync::OnceLock;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Dist;

/// A file of the build.
pub struct Asset {
    pub content: Vec<u8>,
    pub media_type: String,
    /// Changes with the content.
    pub hash: String,
}

/// Where a file of the build is now: `app.css` is at `assets/app-1A2B3C.css`.
pub fn path(name: &str) -> Option<&'static str> {
    manifest().get(name).map(String::as_str)
}

/// Whether the web build is in this binary.
pub fn are_built() -> bool {
    !manifest().is_empty()
}

/// The file at a path such as `assets/app-1A2B3C.css`.
pub fn get(path: &str) -> Option<Asset> {
    let file = Dist::get(path)?;
    let hash = file.metadata.sha256_hash().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Some(Asset { media_type: file.metadata.mimetype().to_owned(), hash, content: file.data.into_owned() })
}

/// What the build called its files; it cannot change while the process runs.
fn manifest() -> &'static HashMap<String, String> {
    static MANIFEST: OnceLock<HashMap<String, String>> = OnceLock::new();
    MANIFEST.get_or_init(|| {
        let file = Dist::get("manifest.json");
        file.and_then(|file| serde_json::from_slice(&file.data).ok()).unwrap_or_default()
    })
}
