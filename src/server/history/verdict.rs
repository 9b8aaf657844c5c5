//! Whether a database is an earlier state of itself, or a copy: pure, from what was noted and what is found.

use std::collections::BTreeMap;

use super::record::Record;
use crate::server::store::history::Mark;

/// What the database says of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) epoch: String,
    pub(super) mark: Option<Mark>,
    /// What tells it from its copies now.
    pub(super) identity: Option<String>,
    /// The heads of the rooms that the record names, as far as they exist.
    pub(super) heads: BTreeMap<i64, i64>,
    /// Whether only this server writes marks.
    pub(super) is_alone: bool,
    /// Whether SQLite's write-ahead log was missing before the database was opened.
    pub(super) lacks_log: bool,
}

/// Why cursors of the database's epoch must not be believed any more; none if all is as it was left.
pub(super) fn why_put_back(record: Option<&Record>, found: &Found) -> Option<&'static str> {
    let marked = found.mark.as_ref().and_then(|mark| mark.identity.as_ref());
    if let (Some(marked), Some(actual)) = (marked, found.identity.as_ref())
        && marked != actual
    {
        return Some("it is a copy, or a restored backup, of the database that was served before");
    }
    let record = record?;
    if record.past.contains(&found.epoch) {
        return Some("it is from before an earlier restore");
    }
    if record.epoch != found.epoch {
        // Another node or `papo restore` has begun this history, or it is another database.
        return None;
    }
    let Some(mark) = &found.mark else { return Some("it is older than the last start of the server") };
    if mark.number < record.number || (mark.number == record.number && mark.id != record.mark) {
        return Some("it is older than the server left it");
    }
    if found.is_alone && mark.number > record.number.saturating_add(1) {
        return Some("another server has written to it");
    }
    let fell = |(room, head): (&i64, &i64)| found.heads.get(room).is_some_and(|found| found < head);
    if record.heads.iter().any(fell) {
        return Some("some rooms hold less than the server left there");
    }
    if record.is_running && found.lacks_log {
        return Some("its write-ahead log is gone, and the server did not stop by itself");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            epoch: "e".into(),
            past: vec!["d".into()],
            number: 7,
            mark: "m7".into(),
            heads: [(1, 40)].into(),
            is_running: true,
        }
    }

    fn found() -> Found {
        Found {
            epoch: "e".into(),
            mark: Some(Mark { number: 7, id: "m7".into(), identity: Some("file 1".into()) }),
            identity: Some("file 1".into()),
            heads: [(1, 42)].into(),
            is_alone: true,
            lacks_log: false,
        }
    }

    fn marked(number: u64, id: &str) -> Found {
        let mark = Mark { number, id: id.into(), identity: Some("file 1".into()) };
        Found { mark: Some(mark), ..found() }
    }

    #[test]
    fn what_the_server_left_is_believed() {
        assert_eq!(why_put_back(Some(&record()), &found()), None);
        // The server was killed between writing the mark and the record.
        assert_eq!(why_put_back(Some(&record()), &marked(8, "m8")), None);
        // A new data folder, a new database, and one that knows of no identity.
        assert_eq!(why_put_back(None, &found()), None);
        assert_eq!(why_put_back(None, &Found { mark: None, ..found() }), None);
        assert_eq!(why_put_back(Some(&record()), &Found { identity: None, ..found() }), None);
        // Other nodes write marks too.
        assert_eq!(why_put_back(Some(&record()), &Found { is_alone: false, ..marked(99, "m") }), None);
        // Whoever restored has begun another history already.
        assert_eq!(why_put_back(Some(&record()), &Found { epoch: "f".into(), ..marked(1, "m1") }), None);
        let stopped = Record { is_running: false, ..record() };
        assert_eq!(why_put_back(Some(&stopped), &Found { lacks_log: true, ..found() }), None);
    }

    #[test]
    fn what_was_put_back_is_not() {
        for (what, found) in [
            ("a copy", Found { identity: Some("file 2".into()), ..found() }),
            ("an older mark", marked(6, "m6")),
            ("another mark", marked(7, "n7")),
            ("a later mark of another server", marked(9, "m9")),
            ("no mark", Found { mark: None, ..found() }),
            ("an earlier epoch", Found { epoch: "d".into(), ..found() }),
            ("a lower head", Found { heads: [(1, 39)].into(), ..found() }),
            ("no log after a crash", Found { lacks_log: true, ..found() }),
        ] {
            assert!(why_put_back(Some(&record()), &found).is_some(), "{what}");
        }
        // The copy gives itself away where the data folder is new.
        assert!(why_put_back(None, &Found { identity: Some("file 2".into()), ..found() }).is_some());
    }
}
