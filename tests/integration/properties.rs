//! The properties of the fuzz targets, each with a bounded number of inputs that are the same in every run.

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngSeed, TestRunner},
};
use tokio::runtime::Handle;

#[path = "../../fuzz/properties/mod.rs"]
mod checks;

use checks::server::Server;

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config {
        cases,
        rng_seed: RngSeed::Fixed(11),
        failure_persistence: None,
        ..Config::default()
    })
}

/// Bytes as they come, and text with the marks that parsers look for; parts end with a zero byte.
fn input() -> impl Strategy<Value = Vec<u8>> {
    let marks = r#"[ -~]{0,40}|[;,=:/.%&?#"'\\\[\]-]{0,12}|[0-9a-fA-F:.]{0,40}|\PC{0,20}"#;
    let part = prop_oneof![vec(any::<u8>(), 0..60), marks.prop_map(String::into_bytes)];
    vec(part, 0..8).prop_map(|parts| parts.join(&0))
}

/// Runs one check with so many inputs against a server of its own.
macro_rules! for_many {
    ($name:ident, $cases:literal, $input:expr, $check:expr) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let server = Server::start().await;
            let check: fn(&Server, Vec<u8>) = $check;
            let trying = move || {
                runner($cases)
                    .run(&$input, |data| {
                        check(&server, data);
                        Ok(())
                    })
                    .unwrap();
            };
            tokio::task::spawn_blocking(trying).await.unwrap();
        }
    };
}

fn wait(check: impl Future<Output = ()>) {
    Handle::current().block_on(check);
}

for_many!(headers_from_outside_are_answered, 200, input(), |server, data| {
    wait(checks::headers::check(server, &data));
});
for_many!(handshakes_from_outside_are_answered, 200, input(), |server, data| {
    wait(checks::handshake::check(server, &data));
});
for_many!(frames_from_outside_end_well, 100, vec(any::<u8>(), 0..400), |server, data| {
    wait(checks::frames::check(server, &data));
});
for_many!(written_frames_from_outside_end_well, 100, vec(any::<u8>(), 0..64), |server, data| {
    wait(checks::frames::check(server, &checks::frames::written(&data)));
});
for_many!(forms_from_outside_are_answered, 200, input(), |server, data| {
    wait(checks::forms::check(server, &data));
});
for_many!(paths_from_outside_are_answered, 25, input(), |server, data| {
    wait(checks::paths::check(server, &data));
});

#[test]
fn names_and_texts_keep_their_bounds() {
    let text =
        prop_oneof!["\\PC{0,120}", "[ -~]{0,300}", any::<String>(), "[a-z0-9._-]{1,40}@?[a-z.-]{0,40}"];
    runner(2_000)
        .run(&text, |text| {
            checks::texts::check(&text);
            Ok(())
        })
        .unwrap();
}
