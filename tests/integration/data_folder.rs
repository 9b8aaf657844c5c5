//! Who may read what the server keeps: nobody but its user.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use crate::support::{Client, Served, registration};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Every file in the folder, with its mode.
fn files(data: &Path) -> Vec<(String, u32)> {
    let entries = fs::read_dir(data).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), mode(&entry.path()))).collect()
}

#[tokio::test]
async fn a_new_folder_and_its_files_are_the_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Served::start(&data);
    Client::new(&server.origin).post("register", &registration("ana")).await.expect(200);
    assert_eq!(mode(&data), 0o700);
    let files = files(&data);
    for name in ["papo.db", "papo.db-wal", "papo.db-shm", "papo.lock", "history.json"] {
        assert!(files.iter().any(|(found, _)| found == name), "{name} is not among {files:?}");
    }
    assert!(files.iter().all(|(_, mode)| *mode == 0o600), "{files:?}");
    assert!(server.log().contains(data.join("papo.db").to_str().unwrap()), "the new database is told");
}

#[test]
fn a_folder_that_is_open_is_closed_with_a_line_for_each() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    Served::start(&data).stop();
    chmod(&data, 0o755);
    let before = ["papo.db", "papo.lock", "history.json"];
    before.iter().for_each(|name| chmod(&data.join(name), 0o644));
    let server = Served::start(&data);
    assert_eq!(mode(&data), 0o700);
    assert!(files(&data).iter().all(|(_, mode)| *mode == 0o600), "{:?}", files(&data));
    assert_eq!(server.log().matches("was open to others").count(), 1 + before.len(), "{}", server.log());
}

#[test]
fn a_folder_that_others_use_keeps_its_mode() {
    let folder = tempfile::tempdir().unwrap();
    for (name, own_mode) in [("sticky", 0o1777), ("shared", 0o755)] {
        let data = folder.path().join(name);
        fs::create_dir(&data).unwrap();
        chmod(&data, own_mode);
        fs::write(data.join("of-others"), "").unwrap();
        let server = Served::start(&data);
        assert_eq!(mode(&data), own_mode);
        assert!(server.log().contains("its mode stays"), "{}", server.log());
        assert_eq!(mode(&data.join("papo.db")), 0o600);
    }
}
