//! Names and texts that people choose.

use papo::model::{
    MessageText,
    room::{RoomName, Topic},
    user::{DisplayName, Email, Username},
};

/// Whatever is taken keeps the bounds that docs/protocol.md states, and is taken the same way again.
pub fn check(text: &str) {
    if let Ok(name) = Username::parse(text) {
        kept(name.as_str(), 32);
        assert_eq!(Username::parse(name.as_str()), Ok(name));
    }
    if let Ok(name) = DisplayName::parse(text) {
        one_line(name.as_str(), 100);
        assert_eq!(DisplayName::parse(name.as_str()), Ok(name));
    }
    if let Ok(email) = Email::parse(text) {
        one_line(email.as_str(), 254);
        assert_eq!(Email::parse(email.as_str()), Ok(email));
    }
    if let Ok(name) = RoomName::parse(text) {
        one_line(name.as_str(), 80);
        let slug = name.slug();
        assert!(!slug.is_empty() && slug.parse::<i64>().is_err(), "{slug:?} is no address");
        assert!(!slug.contains(['/', '?', '#', '%', ' ']), "{slug:?} is no address");
        assert_eq!(RoomName::parse(name.as_str()), Ok(name));
    }
    if let Ok(topic) = Topic::parse(text) {
        one_line(topic.as_str(), 250);
    }
    if let Ok(text) = MessageText::parse(text) {
        kept(text.as_str(), 5_000);
        let is_forbidden = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
        assert!(!text.as_str().contains(is_forbidden), "control characters in {text:?}");
        assert_eq!(MessageText::parse(text.as_str()), Ok(text));
    }
}

fn one_line(text: &str, most: usize) {
    kept(text, most);
    assert!(!text.contains(char::is_control), "control characters in {text:?}");
}

fn kept(text: &str, most: usize) {
    assert!(text.chars().count() <= most, "{} characters of {most}", text.chars().count());
    assert_eq!(text, text.trim());
}
