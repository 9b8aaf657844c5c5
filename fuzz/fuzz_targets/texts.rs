//! See `properties/texts.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../properties/mod.rs"]
#[allow(dead_code, reason = "each target tries one of the properties")]
mod properties;

fuzz_target!(|text: &str| properties::texts::check(text));
