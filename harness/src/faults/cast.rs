//! The clients of a run: whose each is, through what it talks, and how it lives.

use std::net::SocketAddr;

use anyhow::Result;
use rand::{RngExt as _, rngs::StdRng};

use super::{
    client::{Character, Door},
    liar::{Liar, Lie},
    proxy::{Flow, Proxy},
    world::Plan,
};
use crate::stage::Person;

/// Whose second client hears by server-sent events.
const LISTENER: usize = 1;
/// The client of an older version; it takes every server for one of a later version.
const OLD: usize = 1;
/// The client that is lied to, unless the lie is about old clients.
const DECEIVED: usize = 0;

/// Everyone who talks, and what stands between them and the servers.
#[derive(Default)]
pub(super) struct Cast {
    pub(super) characters: Vec<Character>,
    /// Whose client each is.
    pub(super) owners: Vec<usize>,
    /// One per client and node, though a liar may stand in its place.
    pub(super) proxies: Vec<Proxy>,
    pub(super) liars: Vec<Liar>,
}

impl Cast {
    /// One client for each person, and more for the first two; `wander` is the room that people enter and leave.
    ///
    /// # Errors
    /// If there is no free port, or a server does not answer.
    pub(super) async fn gather(
        plan: &Plan,
        nodes: &[SocketAddr],
        people: &[Person],
        users: &[i64],
        wander: i64,
        rng: &mut StdRng,
    ) -> Result<Self> {
        let owners = (1..plan.devices).map(|_| 0).chain(0..people.len()).collect();
        let mut cast = Self { owners, ..Self::default() };
        // Before the last, who may have a thin line; the first may have to do with a liar.
        let listener = cast.owners.len() - 1;
        cast.owners.insert(listener, LISTENER);
        for (number, owner) in cast.owners.clone().into_iter().enumerate() {
            let doors = cast.open_doors(plan, nodes, number).await?;
            let thin = plan.thin.filter(|_| number + 1 == cast.owners.len());
            if let (Some(rate), Some(proxy)) = (thin, cast.proxies.last()) {
                proxy.to_client(Flow::Thin(rate));
            }
            cast.characters.push(Character {
                user: users[owner],
                person: people[owner].clone(),
                seed: rng.random(),
                doors,
                pace: plan.pace,
                wander: Some(wander),
                is_patient: thin.is_some(),
                is_listener: number == listener,
                is_old: number == OLD,
                stores_marks: number > OLD && number % 2 == 1,
            });
        }
        Ok(cast)
    }

    /// A client's ways to the nodes.
    async fn open_doors(&mut self, plan: &Plan, nodes: &[SocketAddr], number: usize) -> Result<Vec<Door>> {
        let mut doors = Vec::new();
        for node in nodes {
            let proxy = Proxy::start(*node).await?;
            let mut socket = proxy.address;
            self.proxies.push(proxy);
            if number == OLD {
                let lie = plan.lie.filter(|lie| lie.is_about_old());
                socket = self.put_between(Liar::newer(socket, lie).await?);
            }
            doors.push(Door { socket, http: *node });
        }
        let is_told = |lie: &Lie| number == DECEIVED && lie.is_about_talkers();
        if let Some(lie) = plan.lie.filter(is_told) {
            let socket = self.put_between(Liar::start(nodes[0], lie).await?);
            doors = vec![Door { socket, http: nodes[0] }];
        }
        Ok(doors)
    }

    fn put_between(&mut self, liar: Liar) -> SocketAddr {
        let address = liar.address;
        self.liars.push(liar);
        address
    }
}
