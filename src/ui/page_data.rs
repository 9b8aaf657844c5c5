//! The data that a page brings along: fetched on the server, written beside the HTML, and read again by the browser.

use leptos::{prelude::*, server::SharedValue};
use serde::{Serialize, de::DeserializeOwned};

use crate::wire::Text;

/// What `fetcher` makes of `source`, anew whenever that changes. The server's page waits for it.
pub fn load<S, T, F>(
    source: impl Fn() -> S + Send + Sync + 'static,
    fetcher: impl Fn(S) -> F + Send + Sync + 'static,
) -> Resource<T, Text>
where
    S: PartialEq + Clone + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Future<Output = T> + Send + 'static,
{
    Resource::new_with_options(source, fetcher, true)
}

/// What `fetched` brings. The server's page waits for it.
pub fn load_once<T, F>(fetched: F) -> OnceResource<T, Text>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Future<Output = T> + Send + 'static,
{
    OnceResource::new_with_options(fetched, true)
}

/// What `initial` makes on the server, or in the browser where the page is drawn there.
pub fn shared<T: Serialize + DeserializeOwned>(initial: impl FnOnce() -> T) -> T {
    SharedValue::<T, Text>::new_with_encoding(initial).into_inner()
}
