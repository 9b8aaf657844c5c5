//! Reads JSON in the browser: answers, live frames, the data that a page brings along.
//!
//! It takes what our server writes and says of anything else only that it is malformed. serde_json would also take structs
//! from arrays, read numbers that we do not have, and tell where a fault is: a tenth of the WebAssembly. The
//! server reads what others send it with serde_json.

mod text;
mod values;

use std::fmt;

use serde::de::{self, DeserializeOwned};

use text::Reader;

/// It is no JSON, or not that of the wanted type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed JSON")]
pub struct Malformed;

impl de::Error for Malformed {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// # Errors
/// If `text` is not the JSON of one `T`.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Malformed> {
    let mut reader = Reader { text, at: 0 };
    let value = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// The elements of the array that `text` is, as they stand there.
///
/// # Errors
/// If it is no array.
pub fn elements(text: &str) -> Result<Vec<&str>, Malformed> {
    let mut reader = Reader { text, at: 0 };
    let mut items = reader.items(b'[', b']')?;
    let mut found = Vec::new();
    while items.advance()? {
        items.reader.peek();
        let from = items.reader.at;
        items.reader.skip()?;
        found.push(text.get(from..items.reader.at).ok_or(Malformed)?);
    }
    reader.end()?;
    Ok(found)
}

#[cfg(test)]
mod tests;
