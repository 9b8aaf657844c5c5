//! Signals that other programs send as a matter of course.

use rustix::process::Signal;

use crate::support::{Client, Served};

#[tokio::test]
async fn signals_for_reopening_files_do_not_end_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Served::start(&folder.path().join("data"));
    for signal in [Signal::HUP, Signal::USR1, Signal::USR2] {
        server.signal(signal);
    }
    Client::new(&server.origin).get("/health").await.expect(200);
    server.signal(Signal::TERM);
    assert!(server.ended().success(), "{}", server.log());
    assert!(server.log().contains("SIGHUP changes nothing"), "{}", server.log());
}
