//! Registrations, each of which costs the server a hash.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
};

use anyhow::Result;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::{
    task::JoinSet,
    time::{Duration, Instant, sleep, timeout_at},
};

use crate::{
    hostile::target::{ATTACKER, Target, any_address, http},
    stage::PASSWORD,
};

/// What one address may make at once after a pause, and a few seconds more (`registrations_burst`).
const ACCOUNTS_MAX: usize = 45;
/// After a connection that was refused.
const PAUSE: Duration = Duration::from_millis(50);

/// Whose address registrations come from.
#[derive(Clone, Copy)]
enum Origin {
    One,
    Many,
}

pub(super) async fn taken_name(target: &mut Target) -> Result<()> {
    let name = target.people.victim.username.clone();
    let answers = register(target, 100, Origin::One, move |_| name.clone()).await;
    target.note(format!("{answers:?}"));
    Ok(())
}

pub(super) async fn mass_registration(target: &mut Target) -> Result<()> {
    let answers = register(target, 16, Origin::One, any_name).await;
    let made = answers.get(&200).copied().unwrap_or(0);
    target.expect(made <= ACCOUNTS_MAX, || format!("one address made {made} accounts"));
    target.note(format!("{answers:?}"));
    Ok(())
}

pub(super) async fn mass_registration_by_many(target: &mut Target) -> Result<()> {
    let answers = register(target, 16, Origin::Many, any_name).await;
    target.note(format!("{answers:?}"));
    Ok(())
}

fn any_name(rng: &mut StdRng) -> String {
    format!("u{:016x}", rng.random::<u64>())
}

/// Registers over so many connections; gives how often each status was answered.
async fn register(
    target: &mut Target,
    connections: usize,
    origin: Origin,
    name: impl Fn(&mut StdRng) -> String + Clone + Send + 'static,
) -> BTreeMap<u16, usize> {
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (server, until, name) = (target.server, target.until(), name.clone());
        let mut rng = StdRng::seed_from_u64(target.rng.random());
        tasks.spawn(async move {
            let mut answers = Vec::new();
            while Instant::now() < until {
                let client = client(origin, &mut rng);
                match timeout_at(until, ask(server, client, &name(&mut rng))).await {
                    Ok(Ok(status)) => answers.push(status),
                    Ok(Err(_)) => sleep(PAUSE).await,
                    Err(_) => break,
                }
            }
            answers
        });
    }
    let mut count = BTreeMap::new();
    while let Some(answers) = tasks.join_next().await {
        answers.unwrap_or_default().into_iter().for_each(|status| *count.entry(status).or_default() += 1);
    }
    count
}

fn client(origin: Origin, rng: &mut StdRng) -> IpAddr {
    match origin {
        Origin::One => ATTACKER,
        Origin::Many => any_address(rng),
    }
}

async fn ask(server: SocketAddr, client: IpAddr, name: &str) -> Result<u16> {
    let email = format!("{name}@example.org");
    let form = [
        ("username", name),
        ("name", name),
        ("email", &email),
        ("password", PASSWORD),
        ("password_again", PASSWORD),
    ];
    Ok(http(server, client).await?.post("/fn/register", "", &form).await?.status)
}
