//! Guesses at one account; its owner must get in all the same.

use std::net::IpAddr;

use anyhow::Result;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::{
    task::JoinSet,
    time::{Instant, timeout_at},
};

use crate::{
    hostile::target::{ATTACKER, Target, any_address, http},
    stage::{PASSWORD, sign_in},
};

const CONNECTIONS: usize = 4;
const AT_ONCE: usize = 20;

pub(super) async fn from_one_address(target: &mut Target) -> Result<()> {
    guess(target, |_| ATTACKER).await?;
    let elsewhere = target.any_address();
    expect_let_in(target, elsewhere, "", "from an address that never guessed").await
}

/// An account that hundreds of addresses guess at may be closed to further strangers, but not to its owner.
pub(super) async fn from_many_addresses(target: &mut Target) -> Result<()> {
    guess(target, any_address).await
}

/// Nobody guesses: all of these are the owner's.
pub(super) async fn right_at_once(target: &mut Target) -> Result<()> {
    let mut tasks = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (server, login) = (target.server, target.people.victim.username.clone());
        tasks.spawn(async move {
            anyhow::Ok(sign_in(&mut http(server, ATTACKER).await?, "", &login, PASSWORD).await?.status)
        });
    }
    let mut statuses = Vec::new();
    while let Some(status) = tasks.join_next().await {
        statuses.push(status??);
    }
    let refused: Vec<_> = statuses.into_iter().filter(|status| *status != 200).collect();
    target.expect(refused.is_empty(), || format!("{} of {AT_ONCE} were refused: {refused:?}", refused.len()));
    Ok(())
}

/// Guesses, and then lets the owner in who was there before.
async fn guess(target: &mut Target, client: fn(&mut StdRng) -> IpAddr) -> Result<()> {
    let login = target.people.victim.username.clone();
    let known = target.any_address();
    let before = sign_in(&mut target.http(known).await?, "", &login, PASSWORD).await?.expect(200)?;
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (server, until, login) = (target.server, target.until(), login.clone());
        let mut rng = StdRng::seed_from_u64(target.rng.random());
        tasks.spawn(async move {
            let mut guesses = 0_usize;
            while Instant::now() < until {
                let password = format!("{:016x}", rng.random::<u64>());
                let client = client(&mut rng);
                let guess = async { sign_in(&mut http(server, client).await?, "", &login, &password).await };
                guesses += usize::from(matches!(timeout_at(until, guess).await, Ok(Ok(_))));
            }
            guesses
        });
    }
    let guesses: usize = tasks.join_all().await.into_iter().sum();
    target.note(format!("{guesses} guesses"));
    let elsewhere = target.any_address();
    expect_let_in(target, elsewhere, &before.cookies(), "from the browser that signed in before").await?;
    expect_let_in(target, known, "", "from the address that signed in before").await
}

async fn expect_let_in(target: &mut Target, client: IpAddr, cookie: &str, whence: &str) -> Result<()> {
    let login = target.people.victim.username.clone();
    let answer = sign_in(&mut target.http(client).await?, cookie, &login, PASSWORD).await?;
    target.expect(answer.status == 200, || {
        format!("the right password {whence} is answered {}", answer.status)
    });
    Ok(())
}
