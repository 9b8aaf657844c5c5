//! What the composer knows about a draft's text.

use crate::{error::Reason, model::MessageText};

/// From how many characters on the reader is told how many are left.
const WARN_FROM: usize = 4_500;

/// How much room a draft has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    Enough,
    /// So many characters are left.
    Left(usize),
    /// So many are too many.
    Over(usize),
}

pub(super) fn room(text: &str) -> Room {
    let count = text.trim().chars().count();
    match count {
        0..WARN_FROM => Room::Enough,
        WARN_FROM..=MessageText::MAX => Room::Left(MessageText::MAX - count),
        _ => Room::Over(count - MessageText::MAX),
    }
}

/// Why a draft cannot be sent; an empty one is not worth a word.
pub(super) fn refusal(text: &str) -> Option<Reason> {
    MessageText::parse(text).err().filter(|reason| *reason != Reason::Missing)
}

/// `text` as the raw content of a `<textarea>`. Leptos writes a textarea's children unescaped, and HTML
/// drops one line break after the tag.
pub(in crate::ui) fn textarea_content(text: &str) -> String {
    let mut content = String::with_capacity(text.len());
    if text.starts_with(['\n', '\r']) {
        content.push('\n');
    }
    for c in text.chars() {
        match c {
            '&' => content.push_str("&amp;"),
            '<' => content.push_str("&lt;"),
            '>' => content.push_str("&gt;"),
            c => content.push(c),
        }
    }
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_counted_in_characters() {
        assert_eq!(room(&"é".repeat(4_499)), Room::Enough);
        assert_eq!(room(&"é".repeat(4_500)), Room::Left(500));
        assert_eq!(room(&"é".repeat(5_000)), Room::Left(0));
        assert_eq!(room(&"é".repeat(5_003)), Room::Over(3));
        assert_eq!(room(&format!("{}   ", "a".repeat(5_000))), Room::Left(0));
    }

    #[test]
    fn only_a_text_that_is_too_long_is_refused_aloud() {
        assert_eq!(refusal("  "), None);
        assert_eq!(refusal("hello"), None);
        assert_eq!(refusal(&"a".repeat(5_001)), Some(Reason::TooLong));
    }

    #[test]
    fn a_draft_cannot_leave_its_textarea() {
        let content = textarea_content("</textarea><script>alert(1)</script> & more");
        assert!(!content.contains('<'));
        assert!(content.ends_with("&amp; more"));
    }

    #[test]
    fn a_leading_line_break_survives() {
        assert_eq!(textarea_content("\nsecond line"), "\n\nsecond line");
    }
}
