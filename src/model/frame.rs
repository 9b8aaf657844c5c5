//! Reading what a client sent: one function for every door, and for the fuzzer.

use serde::Deserialize;

use super::{Cid, ClientCommand, LiveEvent};
use crate::error::{AppError, Reason};

/// The command in a frame.
///
/// # Errors
/// The answer to a frame that is no command; it names the send if the frame did.
pub fn read_command(frame: &str) -> Result<ClientCommand, Box<LiveEvent>> {
    serde_json::from_str(frame).map_err(|_| {
        let error = AppError::invalid("type", Reason::Malformed);
        Box::new(LiveEvent::Error { cid: cid_in(frame), error })
    })
}

impl ClientCommand {
    /// The client's own id of a send.
    pub const fn cid(&self) -> Option<Cid> {
        match self {
            Self::Message { cid, .. } => Some(*cid),
            _ => None,
        }
    }
}

fn cid_in(frame: &str) -> Option<Cid> {
    #[derive(Deserialize)]
    struct Named {
        cid: Cid,
    }
    serde_json::from_str::<Named>(frame).ok().map(|named| named.cid)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
            if let Ok(command) = read_command(&frame) {
                let written = serde_json::to_string(&command).unwrap();
                prop_assert_eq!(read_command(&written).unwrap(), command);
            }
        }

        #[test]
        fn a_refusal_names_the_send(text in any::<i64>()) {
            let cid = Cid::new();
            let frame = format!(r#"{{"type":"message","room":"x","text":{text},"cid":"{cid}"}}"#);
            let refusal = *read_command(&frame).unwrap_err();
            let error = AppError::invalid("type", Reason::Malformed);
            prop_assert_eq!(refusal, LiveEvent::Error { cid: Some(cid), error });
        }
    }

    #[test]
    fn a_frame_of_brackets_costs_no_stack() {
        let deep = format!("{}{}", "[".repeat(32_000), "]".repeat(32_000));
        assert!(read_command(&deep).is_err());
        let hidden = format!(r#"{{"type":"ping","extra":{deep}}}"#);
        assert!(read_command(&hidden).is_err());
    }
}
