//! What a cursor is worth, and how much an answer to `sync` may hold. Pure, so that the fuzzer runs it too.

use crate::model::Seq;

/// A client that missed more than this many changes of a room fetches the room anew.
const ROOM_ROWS: usize = 500;
/// Nor is one told more than so many bytes of text and HTML per room,
const ROOM_BYTES: usize = 128 * 1024;
/// nor more than this in all.
const ANSWER_BYTES: usize = 1024 * 1024;
/// What a row adds to an answer beside its text.
const ROW_BYTES: usize = 256;

/// How a room stands to a client's cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    Nothing,
    /// What changed after the cursor.
    Changes,
    /// The cursor is of no use.
    Unknown,
}

/// `same_history`: whether the cursor was taken in the database's present history.
pub fn missed(cursor: Seq, head: Seq, same_history: bool) -> Missed {
    match same_history {
        true if cursor == head => Missed::Nothing,
        true if Seq(0) <= cursor && cursor < head => Missed::Changes,
        _ => Missed::Unknown,
    }
}

/// What is left of an answer's room. What a room took is gone, told or not: it also bounds what is read.
#[derive(Clone, Debug)]
pub struct Allowance {
    answer_bytes: usize,
    room_bytes: usize,
    room_rows: usize,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { answer_bytes: ANSWER_BYTES, room_bytes: ROOM_BYTES, room_rows: ROOM_ROWS }
    }
}

impl Allowance {
    /// Begins with another room.
    pub fn next_room(&mut self) {
        *self = Self { answer_bytes: self.answer_bytes, ..Self::default() };
    }

    /// Whether a row with so many bytes of text still has a place in the answer.
    pub fn admit(&mut self, bytes: usize) -> bool {
        let left = |allowance: usize, cost: usize| allowance.checked_sub(cost);
        let rows = left(self.room_rows, 1);
        let room = left(self.room_bytes, bytes);
        let answer = left(self.answer_bytes, bytes.saturating_add(ROW_BYTES));
        match (rows, room, answer) {
            (Some(room_rows), Some(room_bytes), Some(answer_bytes)) => {
                *self = Self { answer_bytes, room_bytes, room_rows };
                true
            }
            _ => {
                // Once full the answer stays full, whatever small row comes next.
                self.answer_bytes = answer.unwrap_or(0);
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cursor_is_worth_something_within_its_own_history_only() {
        let worth = |cursor, same| missed(Seq(cursor), Seq(5), same);
        assert_eq!(worth(5, true), Missed::Nothing);
        assert_eq!((worth(0, true), worth(4, true)), (Missed::Changes, Missed::Changes));
        for (cursor, same) in
            [(6, true), (-1, true), (i64::MIN, true), (i64::MAX, true), (5, false), (3, false)]
        {
            assert_eq!(worth(cursor, same), Missed::Unknown, "{cursor} {same}");
        }
    }

    proptest! {
        /// Whatever was admitted of each room: the rows are those after the cursor, and the answer is small.
        #[test]
        fn an_answer_is_complete_per_room_and_bounded_in_all(
            rooms in prop::collection::vec(
                (prop::collection::vec(0_usize..60_000, 0..40), 0_usize..50, any::<bool>()), 0..60
            )
        ) {
            let mut allowance = Allowance::default();
            let mut told = 0;
            for (sizes, cursor, same_history) in &rooms {
                allowance.next_room();
                let head = Seq(i64::try_from(sizes.len()).unwrap());
                let cursor_seq = Seq(i64::try_from(*cursor).unwrap());
                if missed(cursor_seq, head, *same_history) != Missed::Changes {
                    prop_assert!(!same_history || *cursor >= sizes.len());
                    continue;
                }
                let after = &sizes[*cursor..];
                prop_assert!(!after.is_empty());
                if after.iter().all(|bytes| allowance.admit(*bytes)) {
                    let bytes: usize = after.iter().sum();
                    prop_assert!(after.len() <= ROOM_ROWS && bytes <= ROOM_BYTES);
                    told += bytes + after.len() * ROW_BYTES;
                }
            }
            prop_assert!(told <= ANSWER_BYTES);
        }
    }
}
