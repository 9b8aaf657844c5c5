//! A client's stream of a room, with its resumes, has no hole and no step back, and ends with leaving.
//!
//! Follows the rule of cursors in `docs/protocol.md` from the log alone; what the client made of its
//! events is another law's matter.

use std::collections::{BTreeMap, BTreeSet};

use super::{Evidence, Law, View, Violation, Witness, stretches};
use crate::faults::{
    log::{Entry, What},
    wire::{Message, Row},
};

pub(super) fn streams_are_whole(evidence: &Evidence) -> Vec<Violation> {
    let follow = |witness| {
        let mut stream = Stream::of(witness);
        witness.log.entries.iter().for_each(|entry| stream.follow(entry));
        stream.violations
    };
    evidence.witnesses.iter().flat_map(follow).collect()
}

struct Stream<'a> {
    witness: &'a Witness,
    tracks: BTreeMap<i64, Track>,
    /// Rooms that the user was told to have left, with the seq of leaving.
    left: BTreeMap<i64, i64>,
    /// Whether the answer to `sync` is complete.
    ready: bool,
    asked: BTreeMap<i64, i64>,
    heads: BTreeMap<i64, i64>,
    answered: BTreeSet<i64>,
    violations: Vec<Violation>,
}

/// How far a room is known.
#[derive(Default)]
struct Track {
    /// Everything up to here was told; nothing while the room must be fetched.
    covered: Option<i64>,
    /// The last live event of this connection.
    last_live: Option<i64>,
    /// Live events above a gap that an answer may still fill.
    ahead: BTreeSet<i64>,
}

impl Track {
    fn cover(&mut self, seq: i64) {
        let mut covered = self.covered.unwrap_or(seq).max(seq);
        self.ahead.retain(|ahead| *ahead > covered);
        while self.ahead.remove(&(covered + 1)) {
            covered += 1;
        }
        self.covered = Some(covered);
    }
}

impl<'a> Stream<'a> {
    fn of(witness: &'a Witness) -> Self {
        Self {
            witness,
            tracks: BTreeMap::new(),
            left: BTreeMap::new(),
            ready: false,
            asked: BTreeMap::new(),
            heads: BTreeMap::new(),
            answered: BTreeSet::new(),
            violations: Vec::new(),
        }
    }

    fn follow(&mut self, entry: &Entry) {
        match &entry.what {
            What::Connected { .. } | What::Closed { .. } => {
                self.ready = false;
                // Another device of the user may have entered again meanwhile.
                self.left.clear();
                for track in self.tracks.values_mut() {
                    (track.last_live, track.ahead) = (None, BTreeSet::new());
                }
            }
            What::Asked { cursors, .. } => {
                (self.ready, self.asked) = (false, cursors.clone());
                self.answered.clear();
                // A connection may begin with what another process of the same client held.
                for (room, cursor) in cursors {
                    self.tracks.entry(*room).or_default().covered.get_or_insert(*cursor);
                }
            }
            What::Rooms { heads, .. } => {
                self.heads.clone_from(heads);
                self.tracks.retain(|room, _| heads.contains_key(room));
                self.left.retain(|room, seq| heads.get(room).is_none_or(|head| head < seq));
            }
            What::Synced { room, head, messages, .. } => {
                let covered = self.tracks.get(room).and_then(|track| track.covered);
                // An answer may be older than the event that told of leaving.
                if self.left.contains_key(room) || (self.ready && covered.is_none()) {
                    return;
                }
                // One that comes by itself goes on from what was told before.
                let told = if self.ready { covered } else { self.asked.get(room).copied() };
                let after = told.unwrap_or(0);
                self.expect_all(entry, *room, after, *head, messages);
                self.answered.insert(*room);
                self.tracks.entry(*room).or_default().cover(*head);
            }
            What::Reload { room, .. } => {
                self.answered.insert(*room);
                self.tracks.entry(*room).or_default().covered = None;
            }
            What::Fetched { room, cursor, messages, .. } => {
                self.expect_all(entry, *room, 0, *cursor, messages);
                self.left.remove(room);
                self.tracks.entry(*room).or_default().cover(*cursor);
                self.expect_no_gap(entry);
            }
            What::Ready { .. } => {
                self.ready = true;
                self.expect_answers(entry);
                self.expect_no_gap(entry);
            }
            What::Told { row, .. } => self.hear(entry, row),
            _ => {}
        }
    }

    fn hear(&mut self, entry: &Entry, row: &Row) {
        let (room, seq) = (row.room(), row.seq());
        let mine = match row {
            Row::Member(member) if member.user == self.witness.user => Some(member.joined),
            _ => None,
        };
        if mine == Some(true) {
            self.left.remove(&room);
        }
        if self.left.contains_key(&room) {
            self.violate(Law::SilenceAfterLeaving, entry, &format!("{row:?}"));
            return;
        }
        let track = self.tracks.entry(room).or_default();
        if let Some(last) = track.last_live.replace(seq).filter(|last| *last >= seq) {
            self.violate(Law::StreamNeverStepsBack, entry, &format!("room {room}: seq {seq} after {last}"));
            return;
        }
        match track.covered {
            Some(covered) if seq > covered + 1 => {
                track.ahead.insert(seq);
            }
            Some(_) => track.cover(seq),
            None => {
                track.ahead.insert(seq);
            }
        }
        self.expect_no_gap(entry);
        if mine == Some(false) {
            self.tracks.remove(&room);
            self.left.insert(room, seq);
        }
    }

    /// Outside of a resume, a known room has no gap.
    fn expect_no_gap(&mut self, entry: &Entry) {
        if !self.ready {
            return;
        }
        let mut gaps = Vec::new();
        for (room, track) in &mut self.tracks {
            if let (Some(covered), Some(next)) = (track.covered, track.ahead.first().copied()) {
                gaps.push(format!("room {room}: seq {next} follows {covered}"));
                // One report per hole.
                track.cover(next);
            }
        }
        gaps.iter().for_each(|gap| self.violate(Law::StreamHasNoHole, entry, gap));
    }

    /// Every named room that moved was answered.
    fn expect_answers(&mut self, entry: &Entry) {
        let heads = self.heads.iter();
        let silent: Vec<_> = heads
            .filter(|(room, _)| self.asked.contains_key(room) && !self.answered.contains(room))
            .filter(|(room, head)| {
                let covered = self.tracks.get(room).and_then(|track| track.covered);
                covered.is_some_and(|covered| covered < **head)
            })
            .map(|(room, head)| format!("room {room}: `sync` says nothing of what came up to {head}"))
            .collect();
        silent.iter().for_each(|what| self.violate(Law::StreamHasNoHole, entry, what));
    }

    /// An answer that speaks for a stretch holds all its messages.
    fn expect_all(
        &mut self,
        entry: &Entry,
        room: i64,
        after: i64,
        to: i64,
        told: &[std::sync::Arc<Message>],
    ) {
        let Some(view) = self.witness.views.get(&room) else { return };
        let told: BTreeSet<i64> = told.iter().map(|message| message.id).collect();
        let missing = missing_of(view, after, to, &told);
        if !missing.is_empty() {
            let what =
                format!("room {room}: the answer for {after} to {to} leaves out {}", stretches(&missing));
            self.violate(Law::StreamHasNoHole, entry, &what);
        }
    }

    fn violate(&mut self, law: Law, entry: &Entry, what: &str) {
        let what = format!("{} at tick {}: {what}", self.witness.username, entry.tick);
        self.violations.push(Violation { law, what });
    }
}

fn missing_of(view: &View, after: i64, to: i64, told: &BTreeSet<i64>) -> Vec<i64> {
    let stretch = view.messages.iter().filter(|message| message.seq > after && message.seq <= to);
    stretch.filter(|message| !told.contains(&message.id)).map(|message| message.seq).collect()
}

#[cfg(test)]
#[path = "streams_tests.rs"]
mod tests;
