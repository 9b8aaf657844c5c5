//! Socket.IO handshakes by nobody: they must not take the places of people who share their address.

use anyhow::{Context as _, Result};

use crate::{
    hostile::target::{ATTACKER, Target},
    stage::{Http, enter_live},
};

const HANDSHAKE: &str = "/socket.io/?EIO=4&transport=polling";
const COUNT: usize = 500;

pub(super) async fn strangers(target: &mut Target) -> Result<()> {
    let mut http = target.http(ATTACKER).await?;
    let mut accepted = 0;
    for _ in 0..COUNT {
        match http.get(HANDSHAKE, "").await {
            Ok(answer) => accepted += usize::from(answer.status == 200),
            // Refused with a close.
            Err(_) => http = target.http(ATTACKER).await?,
        }
    }
    target.note(format!("{accepted} of {COUNT} handshakes accepted"));
    let cookie = &target.people.victim.cookie;
    let headers = format!("Cookie: {cookie}\r\nX-Forwarded-For: {ATTACKER}\r\n");
    let entered = enter_live(target.server, &headers).await;
    target.expect(entered.is_ok(), || {
        format!(
            "a member at the same address may not enter: {:#}",
            entered.as_ref().err().map_or_else(String::new, ToString::to_string)
        )
    });
    Ok(())
}

/// A signed-in client's Engine.IO session over polling, in the room `general`; nobody polls it.
pub(super) async fn join_by_polling(http: &mut Http, cookie: &str) -> Result<()> {
    let headers = format!("Cookie: {cookie}\r\n");
    let opened = http.get(HANDSHAKE, &headers).await?.expect(200)?.text();
    let sid = opened.split("\"sid\":\"").nth(1).and_then(|rest| rest.split('"').next()).context("no sid")?;
    let path = format!("{HANDSHAKE}&sid={sid}");
    for packet in ["40", r#"42["join",{"room":"general"}]"#] {
        http.post_text(&path, cookie, packet).await?.expect(200)?;
    }
    Ok(())
}
