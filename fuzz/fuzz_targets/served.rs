//! The one server of a fuzzing process.

use std::sync::OnceLock;

use tokio::runtime::Runtime;

use crate::properties::server::Server;

static SERVER: OnceLock<(Runtime, Server)> = OnceLock::new();

/// Runs a check to its end.
pub fn run<'a, F: Future<Output = ()>>(check: impl FnOnce(&'a Server) -> F) {
    let (runtime, server) = SERVER.get_or_init(|| {
        let runtime = Runtime::new().expect("a runtime");
        let server = runtime.block_on(Server::start());
        (runtime, server)
    });
    runtime.block_on(check(server));
}
