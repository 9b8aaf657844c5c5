//! Reading rooms over HTTP: a whole room for a client without a cursor, and for the checker in the end.

use std::{collections::BTreeMap, net::SocketAddr};

use anyhow::{Context as _, Result, bail};

use crate::{
    faults::{
        checker::View,
        marks::{Marks, MemberMark},
        wire::{HistoryPage, RoomHead, RoomPage},
        world::World,
    },
    stage::{Http, Person},
};

/// The whole room; nothing if the person is not in it.
///
/// # Errors
/// If the server does not answer, or not in the way that it promises.
pub async fn read_room(server: SocketAddr, person: &Person, room: i64) -> Result<Option<View>> {
    let mut http = Http::connect(server).await?;
    let cookie = format!("Cookie: {}\r\n", person.cookie);
    let answer = http.get(&format!("/fn/room?address={room}"), &cookie).await?;
    if answer.status == 404 {
        return Ok(None);
    }
    let answer = answer.expect(200)?;
    let page = serde_json::from_slice(&answer.body).with_context(|| answer.text())?;
    let RoomPage::Open(open) = page else { return Ok(None) };
    let HistoryPage { mut messages, mut has_older, mut has_newer } = open.history;
    // Where much is unread the page begins there.
    while has_older || has_newer {
        let (Some(first), Some(last)) = (messages.first(), messages.last()) else {
            bail!("more messages, but next to which?");
        };
        let (side, seq) = if has_older { ("before", first.seq) } else { ("after", last.seq) };
        let answer = http.get(&format!("/fn/history?room={room}&{side}={seq}"), &cookie).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        let page: HistoryPage = serde_json::from_slice(&answer.expect(200)?.body)?;
        if has_older {
            has_older = page.has_older;
            messages.splice(0..0, page.messages);
        } else {
            has_newer = page.has_newer;
            messages.extend(page.messages);
        }
    }
    let marks = marks_of(open.marks);
    Ok(Some(View { cursor: open.cursor, messages, members: open.members, marks, page: None }))
}

/// How far the members of the room have come, as this node says; nothing if the person is not in it.
///
/// # Errors
/// As `read_room`.
pub async fn read_marks(server: SocketAddr, person: &Person, room: i64) -> Result<Option<Marks>> {
    #[derive(serde::Deserialize)]
    struct Page {
        items: Vec<MemberMark>,
    }
    let cookie = format!("Cookie: {}\r\n", person.cookie);
    let answer = Http::connect(server).await?.get(&format!("/api/rooms/{room}/marks"), &cookie).await?;
    if answer.status == 404 {
        return Ok(None);
    }
    let Page { items } = serde_json::from_slice(&answer.expect(200)?.body)?;
    Ok(Some(marks_of(items)))
}

fn marks_of(list: Vec<MemberMark>) -> Marks {
    list.into_iter().map(|member| (member.user, member.mark)).collect()
}

/// The room's page with its newest messages, as a browser gets it.
///
/// # Errors
/// As `read_room`.
pub async fn read_page(server: SocketAddr, person: &Person, room: i64) -> Result<String> {
    let cookie = format!("Cookie: {}\r\n", person.cookie);
    let answer = Http::connect(server)
        .await?
        .get(&format!("/rooms/{room}?before={}", i64::MAX), &cookie)
        .await?
        .expect(200)?;
    Ok(answer.text())
}

/// The heads of the rooms that the person is in.
///
/// # Errors
/// As `read_room`.
pub async fn read_heads(server: SocketAddr, person: &Person) -> Result<BTreeMap<i64, i64>> {
    #[derive(serde::Deserialize)]
    struct Overview {
        rooms: Vec<RoomHead>,
        rest: Rest,
    }
    #[derive(serde::Deserialize)]
    struct Rest {
        after: Option<Place>,
    }
    #[derive(serde::Deserialize)]
    struct Place {
        at: i64,
        room: i64,
    }
    let cookie = format!("Cookie: {}\r\n", person.cookie);
    let (mut http, mut heads) = (Http::connect(server).await?, BTreeMap::new());
    let mut path = "/fn/overview".to_owned();
    loop {
        let answer = http.get(&path, &cookie).await?.expect(200)?;
        let Overview { rooms, rest } = serde_json::from_slice(&answer.body)?;
        heads.extend(rooms.into_iter().map(|room| (room.id, room.head)));
        let Some(Place { at, room }) = rest.after else { return Ok(heads) };
        path = format!("/fn/my_rooms?after={at}:{room}");
    }
}

/// The epoch that the first node serves.
///
/// # Errors
/// As `read_room`.
pub async fn read_epoch(world: &World) -> Result<String> {
    let cookie = format!("Cookie: {}\r\n", world.people[0].cookie);
    let mut http = Http::connect(world.nodes[0].address()).await?;
    let overview = http.get("/fn/overview", &cookie).await?.expect(200)?.json()?;
    Ok(overview["epoch"].as_str().context("no epoch")?.to_owned())
}

/// The person's user id.
///
/// # Errors
/// As `read_room`.
pub async fn read_user(server: SocketAddr, person: &Person) -> Result<i64> {
    let cookie = format!("Cookie: {}\r\n", person.cookie);
    let answer = Http::connect(server).await?.get("/fn/overview", &cookie).await?.expect(200)?;
    answer.json()?["me"]["id"].as_i64().context("no id")
}
