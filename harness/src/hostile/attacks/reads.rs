//! Reads by one member, as fast as answers come.

use std::collections::BTreeMap;

use anyhow::Result;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::{
    task::JoinSet,
    time::{Duration, Instant, sleep, timeout_at},
};

use crate::hostile::target::{ATTACKER, Target, http};

const CONNECTIONS: usize = 12;
/// After a connection that was closed.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) async fn hammer(target: &mut Target) -> Result<()> {
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (server, until) = (target.server, target.until());
        let cookie = format!("Cookie: {}\r\n", target.people.attackers[0].cookie);
        let mut rng = StdRng::seed_from_u64(target.rng.random());
        tasks.spawn(async move {
            let mut statuses = Vec::new();
            while Instant::now() < until {
                let reading = async {
                    let mut http = http(server, ATTACKER).await?;
                    loop {
                        statuses.push(http.get(&any_path(&mut rng), &cookie).await?.status);
                    }
                };
                // Ends when the connection does.
                let _: Result<Result<()>, _> = timeout_at(until, reading).await;
                sleep(PAUSE).await;
            }
            statuses
        });
    }
    let mut answers = BTreeMap::new();
    for status in tasks.join_all().await.into_iter().flatten() {
        *answers.entry(status).or_insert(0_usize) += 1;
    }
    let broken = answers.range(500..).any(|(status, _)| *status != 503);
    target.expect(!broken, || format!("some answers were errors of the server: {answers:?}"));
    target.note(format!("{answers:?}"));
    Ok(())
}

fn any_path(rng: &mut StdRng) -> String {
    let letter = char::from(rng.random_range(b'a'..=b'z'));
    match rng.random_range(0..6) {
        0 | 1 => format!("/fn/find_people?query={letter}"),
        2 => "/fn/overview".to_owned(),
        3 => "/fn/directory".to_owned(),
        4 => format!("/api/users?query={}", letter.to_string().repeat(50_000)),
        _ => "/".to_owned(),
    }
}
