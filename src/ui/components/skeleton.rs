//! What stands in a pane while its page loads; the style shows it after 150 ms.

use leptos::prelude::*;

/// A sketch of a room, seen only while nothing stands beside it.
#[component]
pub fn RoomSkeleton() -> impl IntoView {
    let row = |_| view! { <div class="skeleton-row"><span></span><span></span><span></span></div> };
    view! { <div class="skeleton" aria-hidden="true">{(0..7).map(row).collect_view()}</div> }
}
