//! Which languages the pages are in, as the setting says. What a language holds is in its file in `web/texts`.

use crate::base::texts;

/// Codes of languages, separated by commas; the first is that of readers who have chosen none.
pub fn parse(value: &str) -> Result<Vec<String>, String> {
    let known = texts::languages();
    let mut chosen: Vec<String> = Vec::new();
    for code in value.split(',').map(str::trim) {
        if !known.iter().any(|language| language == code) {
            return Err(format!(
                "BERTH_LANGUAGES: {code:?} is not one of the languages that there are: {}",
                known.join(", ")
            ));
        }
        if chosen.iter().any(|other| other == code) {
            return Err(format!("BERTH_LANGUAGES names {code:?} twice"));
        }
        chosen.push(code.to_owned());
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_those_that_have_a_file_and_each_is_named_once() {
        assert_eq!(parse("en").unwrap(), ["en"]);
        assert_eq!(parse("cy, en").unwrap(), ["cy", "en"]);
        for wrong in ["", "en,", "English", "en,en", "xx"] {
            assert!(parse(wrong).unwrap_err().contains("BERTH_LANGUAGES"), "{wrong}");
        }
    }
}
