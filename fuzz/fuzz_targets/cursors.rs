//! Cursors against a model of rooms: whoever takes in an answer to `sync` holds what the room holds, or
//! knows that it does not; and no answer is larger than promised.
#![no_main]

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use papo::{
    model::Seq,
    server::chat::catch_up::{Allowance, Missed, missed},
};

#[derive(Arbitrary, Debug)]
struct Room {
    /// Each change appears as a new row or changes an earlier one; with the bytes of its text.
    changes: Vec<(bool, u8, u16)>,
    /// Where the client says it is.
    cursor: i64,
    /// Whether its claim is of this room's history.
    same_history: bool,
}

/// Rows by the seq at which they appeared: the last change, and its size.
type Rows = BTreeMap<i64, (i64, usize)>;

fn rows_after(changes: &[(bool, u8, u16)]) -> Rows {
    let mut rows = Rows::new();
    for (seq, (is_new, which, bytes)) in (1_i64..).zip(changes) {
        let known: Vec<i64> = rows.keys().copied().collect();
        let row = if *is_new || known.is_empty() { seq } else { known[usize::from(*which) % known.len()] };
        rows.insert(row, (seq, usize::from(*bytes)));
    }
    rows
}

fuzz_target!(|rooms: Vec<Room>| {
    let mut allowance = Allowance::default();
    let mut told = 0;
    for Room { changes, cursor, same_history } in &rooms {
        allowance.next_room();
        let head = i64::try_from(changes.len()).expect("a length");
        let now = rows_after(changes);
        match missed(Seq(*cursor), Seq(head), *same_history) {
            Missed::Unknown => assert!(!same_history || !(0..=head).contains(cursor)),
            Missed::Nothing => assert!(*same_history && *cursor == head),
            Missed::Changes => {
                assert!(*same_history);
                let held = usize::try_from(*cursor).expect("a cursor within the room");
                let mut client = rows_after(&changes[..held]);
                let changed: Rows =
                    now.iter().filter(|(_, row)| row.0 > *cursor).map(|(at, row)| (*at, *row)).collect();
                if changed.values().all(|(_, bytes)| allowance.admit(*bytes)) {
                    told += changed.values().map(|(_, bytes)| bytes).sum::<usize>();
                    assert!(changed.len() <= 500);
                    client.extend(changed);
                    assert_eq!(client, now);
                }
            }
        }
    }
    assert!(told <= 1024 * 1024);
});
