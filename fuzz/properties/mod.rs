//! What must hold for whatever comes from outside. The fuzz targets try it with bytes that they find, the tests of
//! `make unit` with a bounded number of fixed ones.
//!
//! All but `texts` ask a real server over a real socket. An answer that is an error of the server, or a connection
//! that ends without an answer, is a failure; so is an answer that is larger than promised.

pub mod forms;
pub mod frames;
pub mod handshake;
pub mod headers;
pub mod paths;
pub mod server;
pub mod texts;

/// Cuts what a fuzzer found into so many parts.
pub fn parts<const N: usize>(data: &[u8]) -> [&[u8]; N] {
    let mut parts = data.splitn(N, |byte| *byte == 0);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// What may stand in a header. A request with anything else does not come past the HTTP library.
pub fn header_value(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| *byte == b'\t' || !byte.is_ascii_control()).collect()
}

/// Written so that a form or a path gives these bytes.
pub fn percent_encode(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() {
            text.push(char::from(*byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
        text
    })
}
