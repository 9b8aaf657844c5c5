//! See `properties/frames.rs`. An odd first byte stands before raw bytes, an even one before well-formed frames.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../properties/mod.rs"]
#[allow(dead_code, reason = "each target tries one of the properties")]
mod properties;
mod served;

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    let bytes = if first % 2 == 0 { properties::frames::written(rest) } else { rest.to_vec() };
    served::run(|server| async move { properties::frames::check(server, &bytes).await });
});
