//! Reading what a client sent: one function for every door, and for the fuzzer.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    error::{AppError, Reason},
    model::{Cid, ClientCommand, Ephemeral, command::CommandRef, frame::Source},
    server::http::extract::read_json,
};

/// A command, and what its client calls it.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    pub command: ClientCommand,
    pub r#ref: Option<CommandRef>,
}

/// What a frame says of itself, whether its command is understood or not.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Head {
    r#type: Option<Value>,
    #[serde(deserialize_with = "lenient")]
    cid: Option<Cid>,
    r#ref: Option<Value>,
}

impl Head {
    /// What the client calls the command. A message is called by its cid.
    fn read_ref(&mut self) -> Result<Option<CommandRef>, AppError> {
        match self.r#ref.take() {
            _ if self.r#type.as_ref().is_some_and(|kind| kind == "message") => Ok(None),
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.chars().count() <= CommandRef::MAX => {
                Ok(Some(CommandRef(text)))
            }
            Some(Value::String(_)) => Err(AppError::malformed("ref", Reason::TooLong)),
            Some(_) => Err(AppError::malformed("ref", Reason::Malformed)),
        }
    }
}

/// Text as others wrote it.
struct Theirs<'a>(&'a str);

impl Source for Theirs<'_> {
    type Error = AppError;

    fn read<T: DeserializeOwned>(&self) -> Result<T, AppError> {
        read_json(self.0)
    }

    fn text(&self) -> String {
        self.0.to_owned()
    }
}

/// The command in a frame.
///
/// # Errors
/// The answer to a frame that is no command: `malformed` with the field at fault. It names the send or the command if the
/// frame did.
pub fn read_command(frame: &str) -> Result<Request, Box<Ephemeral>> {
    // Serde takes a list for an object's fields in their order.
    let is_object = frame.trim_start().starts_with('{');
    let head: Option<Head> = if is_object { serde_json::from_str(frame).ok() } else { None };
    let Some(mut head) = head else {
        return Err(Box::new(Ephemeral::refused(None, AppError::malformed("type", Reason::Malformed))));
    };
    let cid = head.cid;
    let refuse = |r#ref, error| Box::new(Ephemeral::Error { cid, r#ref, error });
    let called = head.read_ref().map_err(|error| refuse(None, error))?;
    match read_as(frame, head.r#type.as_ref()) {
        Ok(command) => Ok(Request { command, r#ref: called }),
        Err(error) => Err(refuse(called, error)),
    }
}

fn read_as(frame: &str, tag: Option<&Value>) -> Result<ClientCommand, AppError> {
    let tag = tag.ok_or_else(|| AppError::malformed("type", Reason::Missing))?;
    let tag = tag.as_str().ok_or_else(|| AppError::malformed("type", Reason::Malformed))?;
    let command = ClientCommand::read_as(tag, &Theirs(frame))?;
    command.ok_or_else(|| AppError::malformed("type", Reason::Unknown))
}

/// A value of this type, or none for anything else: another field may be worth more.
fn lenient<'de, D: serde::Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(T::deserialize(value).ok())
}

/// What a refusal of the command will name.
pub(super) struct Named {
    cid: Option<Cid>,
    r#ref: Option<CommandRef>,
}

impl Named {
    pub(super) fn of(request: &Request) -> Self {
        let cid = match &request.command {
            ClientCommand::Message { cid, .. } => Some(*cid),
            _ => None,
        };
        Self { cid, r#ref: request.r#ref.clone() }
    }

    pub(super) fn refused(self, error: AppError) -> Ephemeral {
        Ephemeral::Error { cid: self.cid, r#ref: self.r#ref, error }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::model::{RoomId, Seq};

    /// Frames that are nearly commands: valid ones with pieces replaced, doubled or cut off.
    fn nearly_frames() -> impl Strategy<Value = String> {
        let pieces = prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"type\":",
            "\"message\"",
            "\"sync\"",
            "\"read\"",
            "\"typing\"",
            "\"cid\":",
            "\"ref\":",
            "\"018f0000-0000-7000-8000-000000000000\"",
            "\"room\":",
            "17",
            "-1",
            "99999999999999999999",
            "1e400",
            "\"rooms\":",
            "{\"17\":42}",
            "{\"x\":1}",
            "\"text\":",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "null",
            "true",
            "\"to\":",
            "\"seq\":",
            "\"on\":",
        ]);
        prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn no_frame_panics_and_what_is_understood_reads_the_same_again(
            frame in prop_oneof![any::<String>(), nearly_frames()]
        ) {
            if let Ok(Request { command, .. }) = read_command(&frame) {
                let written = serde_json::to_string(&command).unwrap();
                prop_assert_eq!(read_command(&written).unwrap().command, command);
            }
        }

        #[test]
        fn a_refusal_names_the_send(text in any::<i64>()) {
            let cid = Cid::new();
            let frame = format!(r#"{{"type":"message","room":1,"text":{text},"cid":"{cid}"}}"#);
            let error = AppError::malformed("text", Reason::Malformed);
            prop_assert_eq!(*read_command(&frame).unwrap_err(), Ephemeral::refused_send(cid, error));
        }
    }

    fn fault(frame: &str) -> AppError {
        match *read_command(frame).unwrap_err() {
            Ephemeral::Error { error, .. } => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_field_at_fault_is_named() {
        let long = format!(r#"{{"type":"ping","ref":"{}"}}"#, "x".repeat(CommandRef::MAX + 1));
        for (frame, field, reason) in [
            ("", "type", Reason::Malformed),
            ("[]", "type", Reason::Malformed),
            ("{}", "type", Reason::Missing),
            (r#"{"type":7}"#, "type", Reason::Malformed),
            (r#"["sync"]"#, "type", Reason::Malformed),
            (r#"{"type":"dance"}"#, "type", Reason::Unknown),
            (r#"{"type":"read","room":17}"#, "seq", Reason::Missing),
            (r#"{"type":"read","room":"x","seq":1}"#, "room", Reason::Malformed),
            (r#"{"type":"message","cid":"7","room":1,"text":"hi"}"#, "cid", Reason::Malformed),
            (r#"{"type":"sync","rooms":{"17":"x"}}"#, "rooms.17", Reason::Malformed),
            (r#"{"type":"ping","ref":5}"#, "ref", Reason::Malformed),
            (&long, "ref", Reason::TooLong),
        ] {
            assert_eq!(fault(frame), AppError::malformed(field, reason), "{frame}");
        }
    }

    #[test]
    fn a_command_keeps_what_its_client_calls_it() {
        let called = |frame: &str| read_command(frame).unwrap().r#ref.map(|CommandRef(text)| text);
        assert_eq!(called(r#"{"type":"ping","ref":"a-1"}"#).as_deref(), Some("a-1"));
        assert_eq!(called(r#"{"type":"ping"}"#), None);
        let refused = read_command(r#"{"type":"read","room":1,"ref":"a-2"}"#).unwrap_err();
        assert_eq!(serde_json::to_value(refused).unwrap()["ref"], "a-2");
        let message =
            format!(r#"{{"type":"message","cid":"{}","room":1,"text":"x","ref":"a-3"}}"#, Cid::new());
        assert_eq!(called(&message), None, "it is called by its cid");
    }

    #[test]
    fn cursors_have_room_ids_as_keys() {
        let read = read_command(r#"{"type":"sync","epoch":"e","rooms":{"7":42}}"#).unwrap().command;
        let rooms = BTreeMap::from([(RoomId(7), Seq(42))]);
        assert_eq!(read, ClientCommand::Sync { epoch: "e".into(), rooms, newest: false, people: None });
        assert!(read_command(r#"{"type":"sync","rooms":{"x":1}}"#).is_err());
    }

    #[test]
    fn a_frame_of_brackets_costs_no_stack() {
        let deep = format!("{}{}", "[".repeat(32_000), "]".repeat(32_000));
        assert!(read_command(&deep).is_err());
        let hidden = format!(r#"{{"type":"ping","extra":{deep}}}"#);
        assert!(read_command(&hidden).is_ok(), "what is passed over is not taken apart");
    }
}
