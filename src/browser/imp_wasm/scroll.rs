//! A scroller whose end is where it begins (`flex-direction: column-reverse`): 0 is the newest line, and
//! older lines have negative offsets.

use leptos::{
    prelude::{GetUntracked, NodeRef},
    tachys::html::element::ElementType,
};
use wasm_bindgen::JsCast;
use web_sys::Element;

/// So many pixels away still count as the end.
const NEAR: i32 = 48;

fn element<E>(node: NodeRef<E>) -> Option<Element>
where
    E: ElementType,
    E::Output: JsCast + Clone + 'static,
{
    node.get_untracked().and_then(|node| node.dyn_into().ok())
}

/// Shows the newest line.
pub fn scroll_to_end<E>(node: NodeRef<E>)
where
    E: ElementType,
    E::Output: JsCast + Clone + 'static,
{
    if let Some(scroller) = element(node) {
        scroller.set_scroll_top(0);
    }
}

/// Whether the newest line is in sight.
pub fn is_at_end<E>(node: NodeRef<E>) -> bool
where
    E: ElementType,
    E::Output: JsCast + Clone + 'static,
{
    element(node).is_none_or(|scroller| scroller.scroll_top().abs() <= NEAR)
}
