//! The dress of a deployment: its colour, logo, name and what follows from them (a small stylesheet,
//! icons, the manifest), made once at the start and named by content. Which colours are good enough is
//! decided where settings are read.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::base::colour::{Colour, READABLE};
use crate::config::Config;
use crate::web::assets;
use crate::web::logo::{HEIGHT, Logo};
use crate::web::mark::{self, Shape};

/// The ground of the header where no colour is set, as in `web/styles/_colours.scss`.
const USUAL: Colour = Colour::rgb(0x0b, 0x34, 0x41);
/// The ground of dark pages, as in `web/styles/_dark.scss`.
const DARK_PAGE: Colour = Colour::rgb(0x0f, 0x1b, 0x1e);
/// What the layout asks for by these names.
const STYLE: &str = "dress.css";
const LOGO: &str = "logo";
const MANIFEST: &str = "manifest.webmanifest";

/// A file of the dress.
pub struct File {
    /// `assets/dress-1A2B3C.css`
    pub path: String,
    pub content: Vec<u8>,
    pub media_type: &'static str,
}

/// What of this deployment every page wears.
pub struct Dress {
    /// Of the header and, on phones, of the browser around the page.
    pub colour: Colour,
    /// How wide the logo stands, if there is one.
    logo_width: Option<u32>,
    files: BTreeMap<&'static str, File>,
}

impl Dress {
    /// Makes it from the settings; what is wrong with the logo in a sentence.
    pub fn make(config: &Config) -> Result<Self, String> {
        let mut dress = Self { colour: config.site_colour.unwrap_or(USUAL), logo_width: None, files: BTreeMap::new() };
        if let Some(colour) = config.site_colour {
            dress.put(STYLE, "css", "text/css; charset=utf-8", style(colour).into_bytes());
            dress.put_icons(colour);
        }
        if let Some(path) = &config.site_logo {
            let logo = Logo::read(path)?;
            dress.logo_width = Some(logo.width);
            dress.put(LOGO, logo.extension, logo.media_type, logo.content);
        }
        if let Some(manifest) = dress.manifest(&config.site_name) {
            dress.put(MANIFEST, "webmanifest", "application/manifest+json", manifest.into_bytes());
        }
        Ok(dress)
    }

    /// Where a file is, if it is one of the dress; else that of the web build.
    pub fn path(&self, name: &str) -> Option<&str> {
        self.files.get(name).map(|file| file.path.as_str()).or_else(|| assets::path(name))
    }

    /// The file at a path such as `assets/dress-1A2B3C.css`.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.values().find(|file| file.path == path)
    }

    /// The address of a stylesheet of its own.
    pub fn style(&self) -> Option<String> {
        self.files.get(STYLE).map(|file| format!("/{}", file.path))
    }

    /// The address of the logo, and how wide and high it stands.
    pub fn logo(&self) -> Option<(String, u32, u32)> {
        let file = self.files.get(LOGO)?;
        Some((format!("/{}", file.path), self.logo_width?, HEIGHT))
    }

    fn put(&mut self, name: &'static str, extension: &str, media_type: &'static str, content: Vec<u8>) {
        let hash: String = Sha256::digest(&content).iter().take(5).map(|byte| format!("{byte:02x}")).collect();
        let stem = name.split('.').next().unwrap_or(name);
        self.files.insert(name, File { path: format!("assets/{stem}-{hash}.{extension}"), content, media_type });
    }

    fn put_icons(&mut self, colour: Colour) {
        let drawn = assets::path("icon.svg").and_then(assets::get);
        if let Some(drawn) = drawn {
            let text = String::from_utf8_lossy(&drawn.content).replace(&USUAL.to_string(), &colour.to_string());
            self.put("icon.svg", "svg", "image/svg+xml", text.into_bytes());
        }
        for (name, size, shape) in [
            ("icon-192.png", 192, Shape::Rounded),
            ("icon-512.png", 512, Shape::Rounded),
            ("icon-maskable-512.png", 512, Shape::Maskable),
        ] {
            self.put(name, "png", "image/png", mark::png(size, shape, colour));
        }
    }

    /// The manifest of the web build with the name, the colour and the icons of this deployment.
    fn manifest(&self, site_name: &str) -> Option<String> {
        let built = assets::get(assets::path(MANIFEST)?)?;
        let mut manifest: serde_json::Value = serde_json::from_slice(&built.content).ok()?;
        manifest["name"] = format!("{site_name}: care vacancies").into();
        manifest["short_name"] = site_name.into();
        manifest["theme_color"] = self.colour.to_string().into();
        for icon in manifest["icons"].as_array_mut()? {
            // `icon-192-1A2B3C.png` is that of `icon-192.png`.
            let built = format!("assets/{}", icon["src"].as_str()?);
            let own = self.files.iter().find(|(name, _)| assets::path(name) == Some(built.as_str()));
            if let Some((_, file)) = own {
                icon["src"] = file.path.trim_start_matches("assets/").into();
            }
        }
        Some(manifest.to_string())
    }
}

/// The properties of `_colours.scss` and `_dark.scss` that follow the colour. White stands on the
/// header and on buttons, light and dark.
fn style(colour: Colour) -> String {
    let hover = colour.mixed(Colour::BLACK, 0.25);
    let shadow = colour.mixed(Colour::BLACK, 0.5);
    let on_dark = colour.lightened_on(DARK_PAGE, READABLE);
    format!(
        ":root{{--berth-header:{colour};--berth-button:{colour};--berth-button-hover:{hover};\
         --berth-button-shadow:{shadow};--govuk-brand-colour:{colour}}}\
         @media screen and (prefers-color-scheme:dark){{:root{{--govuk-brand-colour:{on_dark}}}}}"
    )
}
