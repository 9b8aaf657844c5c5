//! Single elements.

use leptos::{html, prelude::NodeRef, tachys::html::element::ElementType, wasm_bindgen::JsCast};

pub fn focus<E>(_node: NodeRef<E>)
where
    E: ElementType,
    E::Output: JsCast + Clone + 'static,
{
}

pub fn autosize(_node: NodeRef<html::Textarea>) {}

pub fn focus_next_link(_list: NodeRef<html::Ul>, _forward: bool) -> bool {
    false
}

pub fn focus_goes_into<E>(_event: &leptos::ev::FocusEvent, _node: NodeRef<E>) -> bool
where
    E: ElementType,
    E::Output: JsCast + Clone + 'static,
{
    false
}

pub fn focus_row(_list: NodeRef<html::Ul>, _at: usize) {}

pub fn is_writing(_event: &leptos::ev::KeyboardEvent) -> bool {
    false
}

pub fn is_menu_open() -> bool {
    false
}
