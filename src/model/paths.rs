//! The addresses of the app's pages: views, server functions and the server build them here. `ui/app` has the routes,
//! and a test of `server/http/pages` compares the two.

pub const HOME: &str = "/";
pub const SIGN_IN: &str = "/login";
pub const REGISTER: &str = "/register";
/// The directory.
pub const ROOMS: &str = "/rooms";
pub const NEW_ROOM: &str = "/rooms/new";
pub const SEARCH: &str = "/search";
pub const SETTINGS: &str = "/settings";

/// A room's page. `address` is its slug, or its id.
pub fn room(address: &str) -> String {
    ["/rooms/", address].concat()
}

/// The conversation with a person.
pub fn direct(username: &str) -> String {
    ["/dm/", username].concat()
}

/// The directory after a channel. `slug` is escaped as a value of a query.
pub fn rooms_after(slug: &str) -> String {
    ["/rooms?after=", slug].concat()
}

/// The page at `path`, which leads to `page` afterwards. `page` is escaped as a value of a query.
pub fn with_redirect(path: &str, page: &str) -> String {
    [path, "?redirect=", page].concat()
}

/// The registration that makes the administrator.
pub fn setup(secret: &str) -> String {
    ["/register?setup=", secret].concat()
}
