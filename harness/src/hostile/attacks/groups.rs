//! Groups that strangers make with somebody in them.

use anyhow::{Context as _, Result};
use serde_json::json;
use tokio::time::Instant;

use crate::hostile::target::{ATTACKER, Target};

pub(super) async fn of_strangers(target: &mut Target) -> Result<()> {
    let until = target.until();
    let people = target.people.clone();
    let (mut asked, mut made) = (0, 0);
    let mut http = target.http(ATTACKER).await?;
    while Instant::now() < until {
        for attacker in &people.attackers {
            let group = json!({"name": format!("Group {asked}"), "members": [people.victim.username]});
            let answer = http.send_json("POST", "/api/groups", &attacker.cookie, &group).await?;
            asked += 1;
            made += usize::from(answer.status == 201);
        }
    }
    target.note(format!("{made} of {asked} groups made"));
    let cookie = format!("Cookie: {}\r\n", people.victim.cookie);
    let rooms = http.get("/api/rooms", &cookie).await?.expect(200)?.json()?;
    let rooms = rooms["items"].as_array().context("no list of rooms")?;
    let groups = rooms.iter().filter(|room| room["kind"] == "group").count();
    target.expect(groups == 0, || format!("somebody is in {groups} groups of strangers without being asked"));
    Ok(())
}
