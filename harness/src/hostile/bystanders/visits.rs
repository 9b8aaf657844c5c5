//! People who come over a connection of their own each time, and a monitor that asks `/health`.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::{task::JoinSet, time::timeout};

use super::{Deed, Here, address, each};
use crate::stage::{Http, PASSWORD, sign_in};

/// A monitor that hears nothing for so long calls the operator.
const HEALTH_PATIENCE: Duration = Duration::from_secs(2);

pub(super) async fn load_pages(here: Here) {
    let mut ticks = each(200);
    for number in 0.. {
        let Some(figures) = here.figures() else { return };
        ticks.tick().await;
        let number = number % here.people.crowd.len();
        figures
            .time(Deed::Page, async {
                let mut http = Http::connect(here.server).await?.on_behalf_of(address(number).into());
                let headers = format!("Cookie: {}\r\n", here.people.crowd[number].cookie);
                let page = http.get(&format!("/rooms/{}", here.people.room.slug), &headers).await?;
                page.expect(200).map(drop)
            })
            .await;
    }
}

/// Everybody who comes back signs in at the same moment, so that the server has all the memory that hashing takes.
pub(super) async fn sign_in_at_once(here: &Here) -> Result<()> {
    let mut visits = JoinSet::new();
    for number in 0..here.people.returning.len() {
        let here = here.clone();
        visits.spawn(async move { sign_in_from(&here, number).await });
    }
    while let Some(signed_in) = visits.join_next().await {
        signed_in??;
    }
    Ok(())
}

pub(super) async fn sign_in_again(here: Here) {
    let mut ticks = each(300);
    for number in 0.. {
        let Some(figures) = here.figures() else { return };
        ticks.tick().await;
        figures.time(Deed::SignIn, sign_in_from(&here, number)).await;
    }
}

async fn sign_in_from(here: &Here, number: usize) -> Result<()> {
    let person = &here.people.returning[number % here.people.returning.len()];
    let mut http = Http::connect(here.server).await?.on_behalf_of(address(100 + number).into());
    sign_in(&mut http, "", &person.username, PASSWORD).await?.expect(200).map(drop)
}

pub(super) async fn ask_health(here: Here) {
    let mut ticks = each(200);
    while let Some(figures) = here.figures() {
        ticks.tick().await;
        figures.time(Deed::Health, timed_health(&here)).await;
    }
}

async fn timed_health(here: &Here) -> Result<()> {
    let asking = async { Http::connect(here.server).await?.get("/health", "").await };
    let answer = timeout(HEALTH_PATIENCE, asking).await.context("no health in 2 s")??;
    ensure!(answer.status == 200, "health is {}", answer.status);
    Ok(())
}
