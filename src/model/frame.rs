//! How frames are declared: an enum whose variants JSON objects name by `type`, with its one decoder beside it.
//!
//! The decoder reads the `type` first and then the one shape that it names. Serde's own decoding of tagged enums goes
//! through a generic tree instead: it would tell no field that is at fault, and in the browser be more to download.

use serde::{Deserialize, de::DeserializeOwned};

use crate::json::{self, Malformed};

/// A frame that can be read as one shape after another.
pub trait Source {
    type Error;

    /// # Errors
    /// If the frame is not of this shape.
    fn read<T: DeserializeOwned>(&self) -> Result<T, Self::Error>;

    /// The whole frame as JSON, for whoever passes it on.
    fn text(&self) -> String;
}

/// JSON that our server wrote. Who reads it passes nothing on.
#[derive(Clone, Copy, Debug)]
pub struct Ours<'a>(pub &'a str);

impl Source for Ours<'_> {
    type Error = Malformed;

    fn read<T: DeserializeOwned>(&self) -> Result<T, Malformed> {
        json::read(self.0)
    }

    fn text(&self) -> String {
        String::new()
    }
}

/// JSON that serde_json has taken apart.
impl Source for serde_json::Value {
    type Error = serde_json::Error;

    fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(self)
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

/// The `type` of a frame.
#[derive(Deserialize)]
pub struct Tag {
    pub r#type: String,
}

/// Declares an enum of frames, its `Serialize`, and `read_as(tag, source)`: none for a tag that it does not know. What
/// stands after `by` reads a variant that is no plain struct.
macro_rules! frames {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($(#[$doc:meta])* $variant:ident = $tag:literal $body:tt $(by $reader:ident)?),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(serde::Serialize)]
        #[serde(tag = "type", rename_all = "snake_case")]
        pub enum $name {
            $($(#[$doc])* $variant $body),*
        }

        impl $name {
            /// Every type.
            pub const TYPES: &[&str] = &[$($tag),*];

            /// The frame of this `type`; none if there is no such type here.
            ///
            /// # Errors
            /// If it is not of the shape that its type promises.
            pub fn read_as<S: $crate::model::frame::Source>(tag: &str, source: &S) -> Result<Option<Self>, S::Error> {
                Ok(Some(match tag {
                    $($tag => $crate::model::frame::frames!(@read source, $name, $variant, $body $(, $reader)?),)*
                    _ => return Ok(None),
                }))
            }
        }
    };
    (@read $source:ident, $name:ident, $variant:ident, $body:tt, $reader:ident) => {
        $reader($source)?
    };
    (@read $source:ident, $name:ident, $variant:ident, ($of:ty)) => {
        $name::$variant($source.read::<$of>()?)
    };
    (@read $source:ident, $name:ident, $variant:ident, { $($(#[$meta:meta])* $field:ident: $of:ty),* $(,)? }) => {{
        #[derive(serde::Deserialize)]
        struct Shape { $($(#[$meta])* $field: $of),* }
        let Shape { $($field),* } = $source.read()?;
        $name::$variant { $($field),* }
    }};
}
pub(in crate::model) use frames;
