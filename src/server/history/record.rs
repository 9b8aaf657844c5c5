//! `history.json` in the data folder: how far the database was when this server looked last.
//!
//! Written at the start, at a clean stop, and at most every ten seconds while something changes. Whoever restores the
//! database alone leaves it behind, and so gives the older state away.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use serde::{Deserialize, Serialize};

const NAME: &str = "history.json";
/// How many earlier epochs are remembered.
const MAX_PAST: usize = 32;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// The epoch that was served last,
    pub(super) epoch: String,
    /// and those that ended before it.
    #[serde(default)]
    pub(super) past: Vec<String>,
    /// Number and id of the database's mark.
    pub(super) number: u64,
    pub(super) mark: String,
    /// The heads of the rooms with the most changes.
    #[serde(default)]
    pub(super) heads: BTreeMap<i64, i64>,
    /// False after a clean stop.
    pub(super) is_running: bool,
}

impl Record {
    /// The record in `folder`; none if there is none that can be read.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        let path = folder.join(NAME);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(%error, "{} cannot be read", path.display());
                return None;
            }
        };
        let record = serde_json::from_slice(&text);
        record.inspect_err(|error| tracing::warn!(%error, "{} is damaged", path.display())).ok()
    }

    /// Puts the record in its place, whole or not at all, and durably.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let (path, new) = (folder.join(NAME), folder.join(format!("{NAME}.new")));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_all()?;
        fs::rename(&new, &path)?;
        File::open(folder)?.sync_all()
    }

    /// Ends the epoch `old`, which must not come back.
    pub(super) fn end(&mut self, old: &str) {
        if !old.is_empty() && !self.past.iter().any(|past| past == old) {
            self.past.push(old.to_owned());
            let extra = self.past.len().saturating_sub(MAX_PAST);
            self.past.drain(..extra);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Record::read(folder.path()), None);
        let mut record =
            Record { epoch: "e".into(), number: 7, heads: [(1, 42)].into(), ..Record::default() };
        (0..40).for_each(|number| record.end(&format!("e{number}")));
        record.write(folder.path()).unwrap();
        let read = Record::read(folder.path()).unwrap();
        assert_eq!(read, record);
        assert_eq!((read.past.len(), read.past.last().unwrap().as_str()), (MAX_PAST, "e39"));
        fs::write(folder.path().join(NAME), "{").unwrap();
        assert_eq!(Record::read(folder.path()), None);
    }
}
