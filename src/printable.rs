//! Remote text, made safe for messages: nothing in it moves a cursor, forges a line or hides its neighbours.

use std::fmt;

/// A remote text, shown with its control and format characters as escapes.
///
/// ```
/// use dbsharing::printable::Printable;
///
/// let text = "node\u{1b}]0;x\u{7}\r\n\u{202e}";
/// assert_eq!(Printable(text).to_string(), "node\\u{1b}]0;x\\u{7}\\u{d}\\u{a}\\u{202e}");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Printable<'a>(pub &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some((at, odd)) = rest.char_indices().find(|(_, character)| !is_printable(*character)) {
            let (plain, from_odd) = rest.split_at_checked(at).unwrap_or((rest, ""));
            write!(formatter, "{plain}\\u{{{:x}}}", u32::from(odd))?;
            rest = from_odd.get(odd.len_utf8()..).unwrap_or_default();
        }
        formatter.write_str(rest)
    }
}

/// How many characters are quoted of an unexpected text.
const QUOTED_CHARACTERS: usize = 60;

/// The beginning of an unexpected text, trimmed, on one line of visible characters.
#[must_use]
pub fn beginning_of(text: &str) -> String {
    let shown = |character: char| if is_printable(character) { character } else { ' ' };
    text.trim().chars().take(QUOTED_CHARACTERS).map(shown).collect()
}

/// Whether `character` is visible where it stands and does not move or hide its neighbours.
#[must_use]
pub fn is_printable(character: char) -> bool {
    let is_format = matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    );
    !character.is_control() && !is_format
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visible_characters_stay_and_others_are_escaped() {
        for (text, wanted) in [
            ("", ""),
            ("plain é 😀 \\", "plain é 😀 \\"),
            ("\u{0}a\u{1b}[2J", "\\u{0}a\\u{1b}[2J"),
            ("\u{7f}\u{85}\u{9b}", "\\u{7f}\\u{85}\\u{9b}"),
            ("a\u{202e}\u{2066}b\u{200b}", "a\\u{202e}\\u{2066}b\\u{200b}"),
            ("\u{2028}\u{feff}\u{ad}\u{e0041}", "\\u{2028}\\u{feff}\\u{ad}\\u{e0041}"),
        ] {
            assert_eq!(Printable(text).to_string(), wanted);
        }
    }
}
