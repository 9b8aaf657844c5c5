//! What a liar says in place of what it hears, to either side.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Value, json};

use super::{
    Lie,
    frames::append_plain,
    newer::{Newer, is_new_to_old},
};
use crate::socket::append_text;

/// How often the occasion for a lie passes before it is told.
const TRUE_FOR: u32 = 15;
/// How many receipts are hidden before the others' marks surely differ from those that were told.
const HIDDEN: u32 = 10;

#[derive(Debug)]
pub(super) struct Mind {
    pub(super) lie: Option<Lie>,
    /// Set if the server is to look like one of a later version.
    newer: Option<Newer>,
    chances: u32,
    pub(super) has_lied: bool,
    acknowledged: HashSet<String>,
    /// The cid that the client knows, and the one that the server was told.
    renamed: Option<(String, String)>,
    /// An event that is told after the next one.
    held: Option<Value>,
    /// The rooms and members of which a mark was told on this connection.
    marked: BTreeSet<(i64, i64)>,
    /// Whether the answer to a `sync` is being told.
    is_answering: bool,
    /// The last message that was told.
    last: Option<Value>,
}

/// What is said instead, to either side.
#[derive(Debug, Default)]
pub(super) struct Said {
    to_server: Vec<Value>,
    to_client: Vec<Value>,
}

impl Said {
    pub(super) fn append(&self, to_server: &mut Vec<u8>, to_client: &mut Vec<u8>) {
        self.to_server.iter().for_each(|frame| append_text(to_server, frame.to_string().as_bytes()));
        self.to_client.iter().for_each(|frame| append_plain(to_client, frame.to_string().as_bytes()));
    }
}

impl Mind {
    pub(super) fn new(lie: Option<Lie>, is_newer: bool) -> Self {
        Self {
            lie,
            newer: is_newer.then(Newer::default),
            chances: 0,
            has_lied: false,
            acknowledged: HashSet::new(),
            renamed: None,
            held: None,
            marked: BTreeSet::new(),
            is_answering: false,
            last: None,
        }
    }

    /// Whether the time has come; true once.
    fn is_time(&mut self) -> bool {
        self.chances += 1;
        let now = self.chances > TRUE_FOR && !self.has_lied;
        self.has_lied |= now;
        now
    }

    pub(super) fn client_says(&mut self, mut frame: Value) -> Said {
        let answered = |answer| Said { to_client: vec![answer], ..Said::default() };
        if frame["type"] == "message" {
            let cid = frame["cid"].as_str().unwrap_or_default().to_owned();
            if self.lie == Some(Lie::AcknowledgeBeforeCommit) && self.is_time() {
                let room = frame["room"].clone();
                return answered(
                    json!({ "type": "delivery", "cid": cid, "room": room, "id": 1, "seq": 1_i64 << 40, "at": 0 }),
                );
            }
            if self.lie == Some(Lie::SkipCidCheck) && self.acknowledged.contains(&cid) && !self.has_lied {
                self.has_lied = true;
                let other = uuid::Uuid::now_v7().to_string();
                frame["cid"] = json!(other);
                self.renamed = Some((cid, other));
            }
        }
        if frame["type"] == "read" || frame["type"] == "delivered" {
            let r#ref = frame["ref"].clone();
            if self.lie == Some(Lie::ForgetMarks) && !r#ref.is_null() {
                self.has_lied = true;
                return answered(json!({ "type": "done", "ref": r#ref }));
            }
            if self.lie == Some(Lie::DemandRef) && r#ref.is_null() {
                self.has_lied = true;
                let fields = json!([{ "field": "ref", "reason": "missing" }]);
                return answered(json!({ "type": "error", "code": "malformed", "fields": fields }));
            }
        }
        Said { to_server: vec![frame], ..Said::default() }
    }

    pub(super) fn server_says(&mut self, mut frame: Value) -> Said {
        let mut told = Vec::new();
        match frame["type"].as_str().unwrap_or_default() {
            "rooms" => self.is_answering = true,
            "ready" => self.is_answering = false,
            "hello" => self.marked.clear(),
            "delivery" => self.remember_delivery(&mut frame),
            "receipt" => {
                if self.lie == Some(Lie::HideReceipts) {
                    self.chances += 1;
                    self.has_lied = self.chances > HIDDEN;
                    return Said::default();
                }
                self.lower(&mut frame);
            }
            "message" => {
                let lie = self.lie;
                match lie {
                    Some(Lie::DropEvent) if self.is_time() => return Said::default(),
                    Some(Lie::RepeatEvent) if self.is_time() => told.push(frame.clone()),
                    Some(Lie::ChangeText) if self.is_time() => frame["text"] = json!("something else"),
                    Some(Lie::SwapEvents) if self.is_time() => {
                        self.held = Some(frame);
                        return Said::default();
                    }
                    _ => {}
                }
                if self.held.as_ref().is_some_and(|held| held["room"] == frame["room"]) {
                    told.push(std::mem::take(&mut frame));
                    told.extend(self.held.take());
                    return Said { to_client: told, ..Said::default() };
                }
                self.last = Some(frame.clone());
            }
            _ => {}
        }
        if let Some(newer) = &mut self.newer {
            let is_new = is_new_to_old(&frame, newer);
            match (self.lie, &self.last) {
                (Some(Lie::SkipUnknown), _) if is_new => {
                    self.has_lied = true;
                    return Said::default();
                }
                // An edit, told in the way of a new message.
                (Some(Lie::ChangeAsMessage), Some(last)) if is_new => {
                    self.has_lied = true;
                    let mut edited = last.clone();
                    (edited["room"], edited["text"]) = (frame["room"].clone(), json!("edited"));
                    (edited["seq"], edited["changed_seq"]) = (frame["seq"].clone(), frame["seq"].clone());
                    return Said { to_client: vec![edited], ..Said::default() };
                }
                _ => told.extend(newer.tell(frame)),
            }
        } else {
            told.push(frame);
        }
        Said { to_client: told, ..Said::default() }
    }

    fn remember_delivery(&mut self, frame: &mut Value) {
        if let Some((own, other)) = &self.renamed
            && frame["cid"] == json!(other)
        {
            frame["cid"] = json!(own);
        }
        self.acknowledged.extend(frame["cid"].as_str().map(str::to_owned));
    }

    fn lower(&mut self, frame: &mut Value) {
        let Some((room, user)) = frame["room"].as_i64().zip(frame["user"].as_i64()) else { return };
        let is_told = !self.marked.insert((room, user));
        if self.lie == Some(Lie::LowerMark) && is_told && !self.is_answering && !self.has_lied {
            self.has_lied = true;
            (frame["delivered_seq"], frame["read_seq"]) = (json!(0), json!(0));
        }
    }
}
