//! Single elements.

use leptos::{
    html,
    prelude::{Effect, Get, GetUntracked, NodeRef, StoredValue},
    tachys::html::element::ElementType,
};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, HtmlElement, IntersectionObserver, IntersectionObserverEntry, Node};

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

/// Tells whenever the element comes into sight (`true`) or leaves it, until the current owner is cleaned up.
pub fn observe<E>(node: NodeRef<E>, call: impl Fn(bool) + 'static)
where
    E: ElementType + 'static,
    E::Output: JsCast + Clone + 'static,
{
    let call = std::rc::Rc::new(call);
    Effect::new(move |_| {
        let Some(element) = node.get().and_then(|node| node.dyn_into::<Element>().ok()) else { return };
        if let Some(sight) = Sight::of(&element, call.clone()) {
            StoredValue::new_local(sight);
        }
    });
}

/// Watches one element for as long as it lives.
struct Sight {
    observer: IntersectionObserver,
    _call: Closure<dyn Fn(js_sys::Array)>,
}

impl Sight {
    fn of(element: &Element, call: std::rc::Rc<impl Fn(bool) + 'static>) -> Option<Self> {
        let call = Closure::<dyn Fn(js_sys::Array)>::new(move |entries: js_sys::Array| {
            // Only the newest entry tells how it is now.
            let newest = entries.iter().last().map(JsCast::unchecked_into::<IntersectionObserverEntry>);
            if let Some(entry) = newest {
                call(entry.is_intersecting());
            }
        });
        let observer = IntersectionObserver::new(call.as_ref().unchecked_ref()).ok()?;
        observer.observe(element);
        Some(Self { observer, _call: call })
    }
}

impl Drop for Sight {
    fn drop(&mut self) {
        self.observer.disconnect();
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
