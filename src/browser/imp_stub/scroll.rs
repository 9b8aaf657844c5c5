//! A scroller whose end is where it begins.

use leptos::{prelude::NodeRef, tachys::html::element::ElementType, wasm_bindgen::JsCast};

pub fn scroll_to_end<E>(_node: NodeRef<E>)
where
    E: ElementType,
    E::Output: JsCast + Clone + 'static,
{
}

pub fn is_at_end<E>(_node: NodeRef<E>) -> bool
where
    E: ElementType,
    E::Output: JsCast + Clone + 'static,
{
    true
}
