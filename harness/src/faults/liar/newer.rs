//! A server of a later version, as an old client meets it: events, changes and fields that it does not know.

use serde_json::{Value, json};

/// Before every so many messages stand events of unknown kinds.
const EVERY: u32 = 8;

#[derive(Debug, Default)]
pub(super) struct Newer {
    /// The client's own user.
    me: Option<i64>,
    messages: u32,
}

/// Whether this change is told as one of a kind that an old client does not know: somebody else has entered.
///
/// That somebody has left stays what it is, since the end of their typing depends on it.
pub(super) fn is_new_to_old(frame: &Value, newer: &Newer) -> bool {
    frame["type"] == "member" && frame["joined"] == true && frame["user"].as_i64() != newer.me
}

impl Newer {
    /// What a later version says for this frame.
    pub(super) fn tell(&mut self, mut frame: Value) -> Vec<Value> {
        if is_new_to_old(&frame, self) {
            let (room, seq) = (frame["room"].clone(), frame["seq"].clone());
            return vec![json!({ "type": "enrolled", "room": room, "seq": seq, "badge": { "user": 1 } })];
        }
        let mut told = Vec::new();
        match frame["type"].as_str().unwrap_or_default() {
            "hello" => {
                self.me = frame["user"]["id"].as_i64();
                frame["protocol"] = json!({ "version": 99, "oldest": 1 });
            }
            "message" => {
                self.messages += 1;
                if self.messages.is_multiple_of(EVERY) {
                    let ana = json!({ "id": 1, "username": "ana", "name": "Ana", "status": "away" });
                    told.push(json!({ "type": "people", "people": [ana] }));
                    told.push(json!({ "type": "user", "user": ana }));
                    told.push(json!({ "type": "previewed", "room": frame["room"], "preview": null }));
                }
            }
            _ => {}
        }
        if let Some(fields) = frame.as_object_mut() {
            fields.insert("from_a_later_version".to_owned(), json!({ "of": [1, "x", null] }));
        }
        told.push(frame);
        told
    }
}
