//! What a text or a name may hold, whoever writes it: no control characters, and something that can be seen.
//!
//! The browser checks drafts by the same rules, so there are no tables here but those of the standard library.

use crate::error::Reason;

/// The most bytes of any name, address or e-mail address.
pub const MAX_NAME_BYTES: usize = 512;

/// Whether something may have this name, so that it is worth looking up.
pub fn can_be_name(text: &str) -> bool {
    text.len() <= MAX_NAME_BYTES && !text.contains('\0')
}

/// Refuses a length outside of `min` to `max` characters.
///
/// # Errors
/// `Missing`, `TooShort` or `TooLong`.
pub(super) fn check_length(text: &str, min: usize, max: usize) -> Result<(), Reason> {
    match text.chars().count() {
        0 if min > 0 => Err(Reason::Missing),
        n if n < min => Err(Reason::TooShort),
        n if n > max => Err(Reason::TooLong),
        _ => Ok(()),
    }
}

/// A name: one trimmed line of 1 to `max` characters, none of them hidden. Blanks of whatever kind are one space each.
///
/// # Errors
/// `Missing` (also if nothing of it can be seen), `TooLong`, or `Invisible` (a control character, or one that hides in a
/// name or turns the words around it).
pub(super) fn parse_name(text: &str, max: usize) -> Result<String, Reason> {
    let line = parse_line(text, max)?;
    if line.is_empty() {
        return Err(Reason::Missing);
    }
    if line.chars().any(|c| is_hidden(c) && !is_joiner(c)) {
        return Err(Reason::Invisible);
    }
    Ok(line.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// One trimmed line of at most `max` characters; empty if nothing of it can be seen.
///
/// # Errors
/// `TooLong`, or `Invisible` (a control character or a line break).
pub(super) fn parse_line(text: &str, max: usize) -> Result<String, Reason> {
    let text = text.trim();
    check_length(text, 0, max)?;
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err(Reason::Invisible);
    }
    Ok(if is_blank(text) { String::new() } else { text.to_owned() })
}

/// Whether nothing of the text can be seen: blanks, invisible characters, marks without a letter below them.
pub fn is_blank(text: &str) -> bool {
    !text.chars().any(is_visible)
}

/// Whether the character has a shape of its own.
fn is_visible(c: char) -> bool {
    // What `is_unprintable` knows is as old as the compiler. New emoji come in this block; fonts use the private ones.
    let is_picture =
        matches!(c, '\u{1f000}'..='\u{1ffff}' | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}');
    is_picture || !(c.is_whitespace() || is_filler(c) || is_unprintable(c))
}

/// Whether the character is unseen inside of a name, or turns the direction of what follows.
pub(super) fn is_hidden(c: char) -> bool {
    is_filler(c)
        // No characters at all.
        || (c as u32) & 0xfffe == 0xfffe
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffc}'
                | '\u{13430}'..='\u{1345f}' | '\u{16fe4}' | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
}

/// What joins emoji and the letters of some scripts, chooses between shapes, or spells a flag.
pub(super) fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{e0061}'..='\u{e007a}' | '\u{e007f}')
}

/// Letters and signs by their kind that are drawn as nothing.
const fn is_filler(c: char) -> bool {
    matches!(c, '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' | '\u{1d159}')
}

/// Whether the standard library escapes the character where it prints for programmers: control and format characters,
/// marks that combine with a letter before them, and what is not assigned.
fn is_unprintable(c: char) -> bool {
    c.is_control() || c.escape_debug().nth(1) == Some('u')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_blank_is_blank() {
        for c in [
            ' ',
            '\t',
            '\n',
            '\u{a0}',
            '\u{ad}',
            '\u{301}',
            '\u{489}',
            '\u{5b0}',
            '\u{64b}',
            '\u{115f}',
            '\u{180e}',
            '\u{1dc4}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{2028}',
            '\u{202e}',
            '\u{2060}',
            '\u{2069}',
            '\u{20dd}',
            '\u{2800}',
            '\u{3000}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{fe20}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fff9}',
            '\u{1d159}',
            '\u{e0061}',
            '\u{e0100}',
        ] {
            assert!(is_blank(&c.to_string()), "{c:?}");
            assert!(is_blank(&format!("\u{200b}{c} \u{301}")), "{c:?}");
            assert!(!is_blank(&format!("a{c}")), "{c:?}");
        }
        assert!(is_blank(""));
    }

    #[test]
    fn what_can_be_seen_is_not_blank() {
        for text in [
            "a",
            ".",
            "\\",
            "'",
            "\"",
            "-",
            "é",
            "e\u{301}",
            "李",
            "हि",
            "ก",
            "🦜",
            "☺\u{fe0f}",
            "👩\u{200d}🚀",
            "\u{1fae9}",
            "\u{f8ff}",
            "½",
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}",
        ] {
            assert!(!is_blank(text), "{text:?}");
        }
    }

    #[test]
    fn a_name_hides_nothing() {
        for c in [
            '\0',
            '\u{1}',
            '\u{1b}',
            '\u{7f}',
            '\u{85}',
            '\u{9f}',
            '\n',
            '\t',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{200b}',
            '\u{200e}',
            '\u{2028}',
            '\u{202e}',
            '\u{2066}',
            '\u{2069}',
            '\u{2800}',
            '\u{3164}',
            '\u{fdd0}',
            '\u{feff}',
            '\u{fffc}',
            '\u{ffff}',
            '\u{13430}',
            '\u{16fe4}',
            '\u{e0001}',
            '\u{10ffff}',
        ] {
            assert_eq!(parse_name(&format!("Ma{c}llory"), 100), Err(Reason::Invisible), "{c:?}");
        }
        for name in [
            "می\u{200c}خواهم",
            "👩\u{200d}🚀 Ana",
            "I \u{2764}\u{fe0f} tea",
            "O’Neil",
            "\u{5d3}\u{5e0}\u{5d9}",
        ] {
            assert_eq!(parse_name(name, 100).as_deref(), Ok(name));
        }
        for blank in ['\u{a0}', '\u{1680}', '\u{2003}', '\u{202f}', '\u{3000}'] {
            assert_eq!(parse_name(&format!("Ann{blank} Lee"), 100).as_deref(), Ok("Ann Lee"), "{blank:?}");
        }
        assert_eq!(parse_name("\u{200b}\u{3164}", 100), Err(Reason::Missing));
        assert_eq!(parse_name("\u{202e}", 100), Err(Reason::Missing));
    }

    #[test]
    fn a_line_may_be_empty() {
        assert_eq!(parse_line(" \u{200b} ", 5).as_deref(), Ok(""));
        assert_eq!(parse_line("a\u{2028}b", 5), Err(Reason::Invisible));
        assert_eq!(parse_line("abcdef", 5), Err(Reason::TooLong));
    }
}
