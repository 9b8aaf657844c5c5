//! How far members have come, as the protocol tells it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How far a member has come. Both seqs only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    #[serde(default)]
    pub delivered_seq: i64,
    pub read_seq: i64,
}

/// The marks of a room's members by user id.
pub type Marks = BTreeMap<i64, Mark>;

/// A mark in a list.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct MemberMark {
    pub user: i64,
    #[serde(flatten)]
    pub mark: Mark,
}

impl Mark {
    /// The mark of somebody who has just entered by this change: what was there before counts as read.
    pub const fn entered(seq: i64) -> Self {
        Self { delivered_seq: seq, read_seq: seq }
    }

    /// What is read was delivered.
    pub const fn of(seq: i64, is_read: bool) -> Self {
        Self { delivered_seq: seq, read_seq: if is_read { seq } else { 0 } }
    }

    #[must_use]
    pub fn raised(self, to: Self) -> Self {
        Self {
            delivered_seq: self.delivered_seq.max(to.delivered_seq),
            read_seq: self.read_seq.max(to.read_seq),
        }
    }

    /// Whether this mark is as far as the other in both.
    pub const fn reaches(self, other: Self) -> bool {
        self.delivered_seq >= other.delivered_seq && self.read_seq >= other.read_seq
    }
}

/// Raises the mark of one of the members.
pub fn raise(marks: &mut Marks, user: i64, to: Mark) {
    let mark = marks.entry(user).or_default();
    *mark = mark.raised(to);
}
