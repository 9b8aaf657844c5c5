//! From what people type to safe HTML. Text is shown as text; bare links can be followed.

mod fold;
mod html;

pub(super) use fold::fold;
pub(super) use html::render;
