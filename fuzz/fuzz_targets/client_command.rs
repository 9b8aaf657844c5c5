//! Frames as clients send them, through the function that every door uses: no panic, and what is
//! understood reads the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use papo::{model::Ephemeral, server::http::read_command};

fuzz_target!(|frame: &str| {
    match read_command(frame) {
        Ok(request) => {
            let written = serde_json::to_string(&request.command).expect("a command can be written");
            assert_eq!(read_command(&written).expect("and read again").command, request.command);
        }
        Err(refusal) => {
            let written = serde_json::to_string(&*refusal).expect("a refusal can be written");
            assert!(matches!(serde_json::from_str(&written), Ok(Ephemeral::Error { .. })));
        }
    }
});
