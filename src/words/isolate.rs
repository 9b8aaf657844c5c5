//! Names within other words, whatever their script.

use std::borrow::Cow;

/// A name within a line of other words: it turns the direction of nothing around it.
pub fn isolated(name: &str) -> Cow<'_, str> {
    if !name.chars().any(|c| is_turning(c) || is_right_to_left(c)) {
        return Cow::Borrowed(name);
    }
    // Older names may have characters that end an isolate.
    let plain = name.chars().filter(|c| !is_turning(*c));
    Cow::Owned(['\u{2068}'].into_iter().chain(plain).chain(['\u{2069}']).collect())
}

/// Embeddings, overrides, isolates, and their ends.
const fn is_turning(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The blocks of the scripts that are written from right to left, and marks of that direction.
const fn is_right_to_left(c: char) -> bool {
    matches!(
        c,
        '\u{590}'..='\u{8ff}' | '\u{200f}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}'
            | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_turns_nothing_around_it() {
        assert_eq!(isolated("Zoë 李"), "Zoë 李");
        assert_eq!(isolated("דני"), "\u{2068}דני\u{2069}");
        assert_eq!(isolated("Mallory\u{202e}"), "\u{2068}Mallory\u{2069}");
        assert_eq!(isolated("a\u{2069}\u{202e}b"), "\u{2068}ab\u{2069}");
    }
}
