//! The routes of one protocol, noted as they are added: so the list of addresses is never short of one.

use axum::{
    Router,
    handler::Handler,
    routing::{get, post},
};

use crate::server::http::App;

/// A method and a path as axum writes it, such as `("GET", "/chat/mensagens/{sala_id}")`.
pub type Address = (&'static str, &'static str);

#[derive(Default)]
pub(in crate::server::http) struct Routes {
    router: Router<App>,
    addresses: Vec<Address>,
}

impl Routes {
    pub(in crate::server::http) fn get<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        handler: H,
    ) -> Self {
        let Self { router, mut addresses } = self;
        addresses.push(("GET", path));
        Self { router: router.route(path, get(handler)), addresses }
    }

    pub(in crate::server::http) fn post<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        handler: H,
    ) -> Self {
        let Self { router, mut addresses } = self;
        addresses.push(("POST", path));
        Self { router: router.route(path, post(handler)), addresses }
    }

    pub(super) fn merge(self, other: Self) -> Self {
        Self {
            router: self.router.merge(other.router),
            addresses: [self.addresses, other.addresses].concat(),
        }
    }

    pub(super) fn into_router(self) -> Router<App> {
        self.router
    }

    pub(super) fn into_addresses(self) -> Vec<Address> {
        self.addresses
    }
}
