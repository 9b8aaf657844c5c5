//! Signals: SIGTERM and SIGINT stop the server; those that other programs use to have files opened anew do nothing.
//! A file that may not grow is an error of the write, not the end of the process.

use tokio::signal::unix::{SignalKind, signal};

/// Keeps SIGHUP, SIGUSR1 and SIGUSR2 from ending the server, from now on.
pub(super) fn pass_over() {
    let kinds = [
        ("SIGHUP", SignalKind::hangup()),
        ("SIGUSR1", SignalKind::user_defined1()),
        ("SIGUSR2", SignalKind::user_defined2()),
    ];
    for (name, kind) in kinds {
        match signal(kind) {
            Ok(mut signals) => drop(tokio::spawn(async move {
                while signals.recv().await.is_some() {
                    tracing::info!("{name} changes nothing: settings are read at the start");
                }
            })),
            Err(error) => tracing::warn!(%error, "{name} will end the server"),
        }
    }
}

/// Of Linux, the BSDs and macOS.
const SIGXFSZ: i32 = 25;

/// Has a write beyond the limit of a file's size fail, as on a full disk, instead of ending the process without a word.
pub(super) fn survive_file_limit() {
    // Its handler stays when the stream goes.
    if let Err(error) = signal(SignalKind::from_raw(SIGXFSZ)) {
        tracing::warn!(%error, "a limit of file sizes will end the server");
    }
}

/// Waits for SIGINT or SIGTERM.
pub(super) async fn stop() {
    let interrupt = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
        }
        Err(_) => drop(interrupt.await),
    }
}
