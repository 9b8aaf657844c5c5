//! Where a reader is in a scroller whose end is where it begins (`flex-direction: column-reverse`: offset 0 is the newest line,
//! older lines have negative offsets), and staying there while rows come, go and change their height.
//!
//! The scroller's only child holds the rows. A row with `data-seq` holds the message of that seq; a row `.newer` says that they
//! go on.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use leptos::{
    html,
    prelude::{Effect, Get, GetUntracked, NodeRef, StoredValue},
};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, Event, HtmlElement, MutationObserver, MutationObserverInit, ResizeObserver};

use super::listener::Listener;
use crate::{browser::Place, model::Seq};

/// So many pixels away still count as the end.
const NEAR_END: i32 = 48;
/// When fewer pixels are left in a direction, more rows are wanted there.
const NEAR: i32 = 1_000;

/// Keeps what the reader sees in its place, and tells where the reader is: at once, and whenever that may have changed, until the
/// current owner is cleaned up.
pub fn keep_place(scroller: NodeRef<html::Div>, tell: impl Fn(Place) + 'static) {
    let tell: Rc<dyn Fn(Place)> = Rc::new(tell);
    Effect::new(move |_| {
        let Some(scroller) = scroller.get().and_then(|scroller| scroller.dyn_into::<Element>().ok()) else {
            return;
        };
        if let Some(watch) = Watch::of(scroller, Rc::clone(&tell)) {
            StoredValue::new_local(watch);
        }
    });
}

/// Shows the newest line.
pub fn scroll_to_end(scroller: NodeRef<html::Div>) {
    if let Some(scroller) = scroller.try_get_untracked().flatten() {
        scroller.set_scroll_top(0);
    }
}

/// Scrolls by so many heights of the scroller.
pub fn scroll_by_pages(scroller: NodeRef<html::Div>, pages: f64) {
    if let Some(scroller) = scroller.try_get_untracked().flatten() {
        scroller.scroll_by_with_x_and_y(0.0, pages * f64::from(scroller.client_height()));
    }
}

/// Brings the first row that `selector` finds into the upper part of the scroller, unless it is in sight. False if there is none.
pub fn scroll_to_row(scroller: NodeRef<html::Div>, selector: &str) -> bool {
    let Some(scroller) = scroller.try_get_untracked().flatten() else { return false };
    let Some(row) = scroller.query_selector(selector).ok().flatten() else { return false };
    let (outer, inner) = (scroller.get_bounding_client_rect(), row.get_bounding_client_rect());
    if inner.top() < outer.top() || inner.bottom() > outer.bottom() {
        scroller.scroll_by_with_x_and_y(0.0, inner.top() - outer.top() - outer.height() / 4.0);
    }
    true
}

/// Has it told again where the reader is.
pub fn look_again(scroller: NodeRef<html::Div>) {
    if let Some((scroller, event)) = scroller.try_get_untracked().flatten().zip(Event::new("scroll").ok()) {
        // Only an event that is being told already is refused.
        let _ = scroller.dispatch_event(&event);
    }
}

/// What watches one scroller, for as long as it lives.
struct Watch {
    _scroll: Listener,
    mutations: MutationObserver,
    sizes: ResizeObserver,
    _hold: Closure<dyn Fn()>,
}

impl Watch {
    fn of(scroller: Element, tell: Rc<dyn Fn(Place)>) -> Option<Self> {
        let rows = scroller.first_element_child()?;
        let reader = Rc::new(Reader {
            scroller: scroller.clone(),
            rows: rows.clone(),
            held: RefCell::default(),
            is_at_end: Cell::new(true),
            tell,
        });
        let hold = Closure::<dyn Fn()>::new({
            let reader = Rc::clone(&reader);
            move || reader.hold()
        });
        let mutations = MutationObserver::new(hold.as_ref().unchecked_ref()).ok()?;
        let wanted = MutationObserverInit::new();
        wanted.set_child_list(true);
        mutations.observe_with_options(&rows, &wanted).ok()?;
        let sizes = ResizeObserver::new(hold.as_ref().unchecked_ref()).ok()?;
        sizes.observe(&rows);
        sizes.observe(&scroller);
        reader.look();
        let scroll = Listener::new(&scroller, "scroll", move |_| reader.look());
        Some(Self { _scroll: scroll, mutations, sizes, _hold: hold })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.mutations.disconnect();
        self.sizes.disconnect();
    }
}

struct Reader {
    scroller: Element,
    rows: Element,
    /// A row in sight with its message, and how far below the scroller's upper edge it ends: its head may go when an earlier message
    /// of the same person comes above it.
    held: RefCell<Option<(Element, Seq, f64)>>,
    is_at_end: Cell<bool>,
    tell: Rc<dyn Fn(Place)>,
}

impl Reader {
    /// The rows have changed: what was in sight goes back to where it was. At the end the scroller's direction sees to it.
    fn hold(&self) {
        let held = self.held.borrow().clone().filter(|_| !self.is_at_end.get());
        // A row may have been drawn again.
        let find = |seq: Seq| self.rows.query_selector(&format!("[data-seq=\"{seq}\"]")).ok().flatten();
        let row = held.and_then(|(row, seq, offset)| {
            let row = if row.is_connected() { Some(row) } else { find(seq) };
            row.map(|row| (row, offset))
        });
        if let Some((row, offset)) = row {
            let moved = row.get_bounding_client_rect().bottom()
                - self.scroller.get_bounding_client_rect().top()
                - offset;
            if moved.abs() >= 0.5 {
                self.scroller.scroll_by_with_x_and_y(0.0, moved);
            }
        } else if self.is_at_end.get() {
            self.scroller.set_scroll_top(0);
        }
        self.look();
    }

    fn look(&self) {
        let outer = self.scroller.get_bounding_client_rect();
        let rows = self.rows.children();
        let row = |at: u32| rows.item(at);
        let count = rows.length();
        // The rows are in order, so where a line between two of them is, is found in a few steps.
        let first_below = |edge: f64| {
            let (mut low, mut high) = (0, count);
            while low < high {
                let middle = low.midpoint(high);
                let is_above = row(middle).is_some_and(|row| row.get_bounding_client_rect().bottom() <= edge);
                if is_above { low = middle + 1 } else { high = middle }
            }
            low
        };
        let first = first_below(outer.top() + 1.0);
        let end = first_below(outer.bottom() + 2.0);
        // Other rows, the way to older ones and the day above all, stand still while messages come below them.
        let held = (first..count).find_map(|at| row(at).and_then(|row| Some((seq_of(&row)?, row))));
        *self.held.borrow_mut() = held.map(|(seq, row)| {
            let offset = row.get_bounding_client_rect().bottom() - outer.top();
            (row, seq, offset)
        });
        let goes_on = self.rows.get_elements_by_class_name("newer").length() > 0;
        let below = self.scroller.scroll_top().abs();
        let above = self.scroller.scroll_height() - self.scroller.client_height() - below;
        self.is_at_end.set(below <= NEAR_END && !goes_on);
        (self.tell)(Place {
            first: self.held.borrow().as_ref().map(|(_, seq, _)| *seq),
            last: (0..end).rev().find_map(|at| seq_of(&row(at)?)),
            is_at_end: self.is_at_end.get(),
            wants_older: above < NEAR,
            wants_newer: below < NEAR,
        });
    }
}

fn seq_of(row: &Element) -> Option<Seq> {
    row.dyn_ref::<HtmlElement>()?.get_attribute("data-seq")?.parse().ok()
}
