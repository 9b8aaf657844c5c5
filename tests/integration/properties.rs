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

/// Runs one check against a server of its own: first with inputs that once got through, then with so many others.
macro_rules! for_many {
    ($name:ident, $known:expr, $cases:literal, $input:expr, $check:expr) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let server = Server::start().await;
            let check: fn(&Server, Vec<u8>) = $check;
            let known: &[&[u8]] = $known;
            let trying = move || {
                known.iter().for_each(|data| check(&server, data.to_vec()));
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

const HEADERS: &[&[u8]] = &[
    b"\0\0\0\0<script>alert(1)</script>",
    b"\0\0\0\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    b"\x00203.0.113.7:4711, [2001:db8::1]:80, unknown\0\0papo=x; papo=y",
    b"evil.example\0\0\0\0\0https://evil.example",
];
const HANDSHAKES: &[&[u8]] =
    &[b"short", b"cGFwbyBoYXJuZXNzIGtleQ=\0", b"\x0013, 8", b"\0\0keep-alive, Upgrade\0h2c, websocket"];
const FRAMES: &[&[u8]] =
    &[b"\x81\x02hi", b"\x01\x80\0\0\0\0\x00\x80\0\0\0\0", b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff"];
const PATHS: &[&[u8]] = &[
    b"/.//evil.example",
    b"/..//evil.example",
    b"/%2e//evil.example",
    b"//evil.example",
    b"/\\evil.example",
    b"a\0b",
];

for_many!(headers_from_outside_are_answered, HEADERS, 200, input(), |server, data| {
    wait(checks::headers::check(server, &data));
});
for_many!(handshakes_from_outside_are_answered, HANDSHAKES, 200, input(), |server, data| {
    wait(checks::handshake::check(server, &data));
});
for_many!(frames_from_outside_end_well, FRAMES, 100, vec(any::<u8>(), 0..400), |server, data| {
    wait(checks::frames::check(server, &data));
});
for_many!(written_frames_from_outside_end_well, &[], 100, vec(any::<u8>(), 0..64), |server, data| {
    wait(checks::frames::check(server, &checks::frames::written(&data)));
});
for_many!(forms_from_outside_are_answered, &[], 60, input(), |server, data| {
    wait(checks::forms::check(server, &data));
});
for_many!(paths_from_outside_are_answered, PATHS, 25, input(), |server, data| {
    wait(checks::paths::check(server, &data));
});

#[test]
fn names_and_texts_keep_their_bounds() {
    for known in ["a\u{1}b", "a\u{7f}b", "a\u{85}b", "\0", "12345", "\u{202e}abc", "a@b..c", "room 12"] {
        checks::texts::check(known);
    }
    let text =
        prop_oneof!["\\PC{0,120}", "[ -~]{0,300}", any::<String>(), "[a-z0-9._-]{1,40}@?[a-z.-]{0,40}"];
    runner(2_000)
        .run(&text, |text| {
            checks::texts::check(&text);
            Ok(())
        })
        .unwrap();
}
