//! From what people type to safe HTML. Text is shown as text; bare links can be followed.

mod fold;
mod html;

pub use fold::fold;
pub use html::render;
