//! Single elements.

use leptos::{
    html,
    prelude::{GetUntracked, NodeRef},
    tachys::html::element::ElementType,
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, Node};

/// Gives the element the keyboard.
pub fn focus<E>(node: NodeRef<E>)
where
    E: ElementType,
    E::Output: JsCast + Clone + 'static,
{
    if let Some(element) = node.get_untracked().and_then(|node| node.dyn_into::<HtmlElement>().ok()) {
        // An element that cannot be focused stays as it is.
        let _ = element.focus();
    }
}

/// Makes the field as high as its text; the style sheet's `max-height` limits it.
pub fn autosize(node: NodeRef<html::Textarea>) {
    if let Some(field) = node.get_untracked() {
        let style = HtmlElement::style(&field);
        // Both fail only for a property that is none.
        let _ = style.set_property("height", "auto");
        let _ = style.set_property("height", &format!("{}px", field.scroll_height()));
    }
}

/// Gives the keyboard to the link after (or before) the one in `list` that has it, or to the first. False
/// if there is none in that direction.
pub fn focus_next_link(list: NodeRef<html::Ul>, forward: bool) -> bool {
    let Some(list) = list.get_untracked() else { return false };
    let Ok(found) = list.query_selector_all("a") else { return false };
    let links: Vec<HtmlElement> =
        (0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok()).collect();
    let active = list.owner_document().and_then(|document| document.active_element());
    let here = links.iter().position(|link| active.as_ref() == Some(link));
    let next = match here {
        None if forward => Some(0),
        Some(here) if forward => Some(here + 1),
        Some(here) => here.checked_sub(1),
        None => None,
    };
    next.and_then(|next| links.get(next)).is_some_and(|link| link.focus().is_ok())
}

/// Whether the focus that leaves an element goes to another one inside `node`.
pub fn focus_goes_into<E>(event: &leptos::ev::FocusEvent, node: NodeRef<E>) -> bool
where
    E: ElementType,
    E::Output: JsCast + Clone + 'static,
{
    let next = event.related_target().and_then(|target| target.dyn_into::<Node>().ok());
    let node = node.get_untracked().and_then(|node| node.dyn_into::<Node>().ok());
    node.zip(next).is_some_and(|(node, next)| node.contains(Some(&next)))
}

/// Gives the keyboard to the first link of the row at this place of `list`.
pub fn focus_row(list: NodeRef<html::Ul>, at: usize) {
    let place = format!(":scope > :nth-child({}) a", at + 1);
    let link = list.get_untracked().and_then(|list| list.query_selector(&place).ok()?);
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
        // A link that cannot be focused stays as it is.
        let _ = link.focus();
    }
}

/// Whether the key goes to a field in which something is written.
pub fn is_writing(event: &leptos::ev::KeyboardEvent) -> bool {
    let field = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    field.is_some_and(|field| field.matches("input, textarea, select").unwrap_or(false))
}

/// Whether a menu is open, which Esc closes.
pub fn is_menu_open() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    // A browser without popovers has none open.
    document.is_some_and(|document| document.query_selector(":popover-open").ok().flatten().is_some())
}
