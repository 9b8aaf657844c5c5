//! Sign-ins under names that are as long as a form may be, none of them twice.

use anyhow::Result;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::{
    task::JoinSet,
    time::{Duration, timeout},
};

use crate::{
    hostile::target::{Target, any_address, http},
    stage::sign_in,
};

const LENGTH: usize = 63 * 1024;
const CONNECTIONS: usize = 8;
/// A server that is slow to refuse has spent its time, not its memory.
const LONGEST: Duration = Duration::from_secs(8);

pub(super) async fn long(target: &mut Target) -> Result<()> {
    let count = target.size(1_500, 15_000);
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let server = target.server;
        let mut rng = StdRng::seed_from_u64(target.rng.random());
        tasks.spawn(async move {
            let mut sent = 0_usize;
            let sending = async {
                let mut login = "a".repeat(LENGTH);
                while sent < count / CONNECTIONS {
                    login.replace_range(..16, &format!("{:016x}", rng.random::<u64>()));
                    let mut http = http(server, any_address(&mut rng)).await?;
                    sign_in(&mut http, "", &login, "wrong").await?;
                    sent += 1;
                }
                anyhow::Ok(())
            };
            timeout(LONGEST, sending).await.ok();
            sent
        });
    }
    let sent: usize = tasks.join_all().await.into_iter().sum();
    target.expect(sent > count / 20, || format!("only {sent} sign-ins were answered"));
    target.note(format!("{sent} names"));
    Ok(())
}
