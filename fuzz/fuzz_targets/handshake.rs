//! See `properties/handshake.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../properties/mod.rs"]
#[allow(dead_code, reason = "each target tries one of the properties")]
mod properties;
mod served;

fuzz_target!(|data: &[u8]| served::run(|server| properties::handshake::check(server, data)));
