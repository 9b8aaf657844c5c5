//! What the composer knows about a draft's text.

use crate::{error::Reason, model::MessageText};

/// From how many characters on the reader is told how many are left.
const WARN_FROM: usize = 4_500;

/// How many characters a draft has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CharactersLeft {
    Enough,
    /// So many characters are left.
    Left(usize),
    /// So many are too many.
    Over(usize),
}

pub(super) fn characters_left(text: &str) -> CharactersLeft {
    let count = text.trim().chars().count();
    match count {
        0..WARN_FROM => CharactersLeft::Enough,
        WARN_FROM..=MessageText::MAX => CharactersLeft::Left(MessageText::MAX - count),
        _ => CharactersLeft::Over(count - MessageText::MAX),
    }
}

/// Why a draft cannot be sent; an empty one is not worth a word.
pub(super) fn refusal(text: &str) -> Option<Reason> {
    MessageText::parse(text).err().filter(|reason| *reason != Reason::Missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_counted_in_characters() {
        assert_eq!(characters_left(&"é".repeat(4_499)), CharactersLeft::Enough);
        assert_eq!(characters_left(&"é".repeat(4_500)), CharactersLeft::Left(500));
        assert_eq!(characters_left(&"é".repeat(5_000)), CharactersLeft::Left(0));
        assert_eq!(characters_left(&"é".repeat(5_003)), CharactersLeft::Over(3));
        assert_eq!(characters_left(&format!("{}   ", "a".repeat(5_000))), CharactersLeft::Left(0));
    }

    #[test]
    fn only_a_text_that_is_too_long_is_refused_aloud() {
        assert_eq!(refusal("  "), None);
        assert_eq!(refusal("hello"), None);
        assert_eq!(refusal(&"a".repeat(5_001)), Some(Reason::TooLong));
    }
}
