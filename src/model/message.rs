//! A message, and the text that one may hold.

use serde::{Deserialize, Serialize};

use super::{
    Cid, MessageId, RoomId, Seq, Timestamp, UserId,
    text::{check_length, is_blank},
};
use crate::error::Reason;

/// A row of a room's timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Message {
    pub room: RoomId,
    /// Its place in the timeline.
    pub seq: Seq,
    pub id: MessageId,
    /// The author's own id of the send; none for system lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cid: Option<Cid>,
    pub kind: MessageKind,
    /// What a system line tells; none for text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<Notice>,
    /// The author; of a system line, whom it is about.
    pub from: UserId,
    /// Who did what a system line tells, unless it was `from`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<UserId>,
    /// Empty for system lines: whoever shows one puts it into words.
    pub text: String,
    /// The text as safe HTML, made by the server.
    pub html: String,
    pub at: Timestamp,
    /// The room's latest change to this message; `seq` until there is one.
    pub changed_seq: Seq,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// By a user.
    Text,
    /// By the server, about its `from` user; also whatever only a newer version knows.
    #[serde(other)]
    System,
}

/// What a system line tells of its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    Created,
    /// Came in, by somebody else if the line says so.
    Joined,
    Left,
    /// Taken out by somebody else.
    Removed,
    /// What only a newer version knows.
    #[serde(other)]
    Unknown,
}

/// 1 to 5,000 characters, trimmed; line breaks are `\n`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageText(String);

impl MessageText {
    /// The most characters that a message may have.
    pub const MAX: usize = 5_000;

    /// # Errors
    /// `Missing` (also if nothing of it can be seen), `TooLong`, or `Invisible` (a control character).
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = text.trim();
        check_length(text, 1, Self::MAX)?;
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            return Err(Reason::Invisible);
        }
        if is_blank(text) { Err(Reason::Missing) } else { Ok(Self(text.to_owned())) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<MessageText> for String {
    fn from(text: MessageText) -> Self {
        text.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_and_measured_in_characters() {
        assert_eq!(MessageText::parse(" a\r\nb \n").unwrap().as_str(), "a\nb");
        assert_eq!(MessageText::parse(" \n\t "), Err(Reason::Missing));
        assert_eq!(MessageText::parse("\u{200b}\u{202e}\u{301}"), Err(Reason::Missing));
        assert!(MessageText::parse(&"é".repeat(5_000)).is_ok());
        assert_eq!(MessageText::parse(&"é".repeat(5_001)), Err(Reason::TooLong));
    }

    #[test]
    fn control_characters_are_refused() {
        for c in ['\0', '\u{1}', '\u{7}', '\u{8}', '\u{b}', '\u{c}', '\u{1b}', '\u{7f}', '\u{85}', '\u{9b}'] {
            assert_eq!(MessageText::parse(&format!("a{c}b")), Err(Reason::Invisible), "{c:?}");
        }
        assert_eq!(MessageText::parse("a\tb\rc").unwrap().as_str(), "a\tb\nc");
        assert!(MessageText::parse("right \u{202e}left\u{202c} again").is_ok(), "texts may turn");
    }
}
