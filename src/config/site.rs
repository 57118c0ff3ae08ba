//! The settings of how a deployment looks. A logo is read where it is shown (`web/logo.rs`).

use crate::base::colour::{Colour, READABLE};

/// A colour on which white can be read: it stands behind the name and the buttons, light and dark.
pub(super) fn colour(text: &str) -> Result<Colour, String> {
    let colour = Colour::parse(text)
        .ok_or_else(|| format!("BERTH_SITE_COLOUR must be a colour of six digits such as #0b4a57, not {text:?}"))?;
    let contrast = colour.contrast(Colour::WHITE);
    if contrast < READABLE {
        // Cut, so that 4.49 is not called 4.5.
        let contrast = (contrast * 10.0).floor() / 10.0;
        return Err(format!(
            "BERTH_SITE_COLOUR: white words on {colour} have a contrast of {contrast}:1, and people need {READABLE}:1 \
             to read them: choose a darker colour"
        ));
    }
    Ok(colour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_that_white_cannot_be_read_on_is_refused_with_its_contrast() {
        let wrong = colour("#ffc83d").unwrap_err();
        assert!(wrong.contains("1.5:1") && wrong.contains("4.5:1"), "{wrong}");
        assert!(colour("#777777").unwrap_err().contains("4.4:1"), "just too light");
        assert_eq!(colour("#767676").ok(), Colour::parse("#767676"));
    }
}
