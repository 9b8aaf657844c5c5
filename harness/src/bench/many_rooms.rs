//! `rooms`: what somebody in many rooms costs, with something unread in each, in a large database.

use anyhow::{Context as _, Result, ensure};
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{
    history::ask,
    load::be_quiet,
    report::{Report, Row},
    subject::House,
};
use crate::{
    socket::Socket,
    stage::{create_room, join_room, next_event},
};

const ROOMS: usize = 200;
/// Who writes in each of them, besides the one who is in all.
const VOICES: usize = 9;
const MESSAGES: usize = 1_000_000;
/// How many rooms are made at once.
const AT_ONCE: usize = 8;
const WARM_UP: usize = 20;
const SYNCS: usize = 200;
const LISTS: usize = 500;
const PAGES: usize = 300;

/// Fills the database and measures what the first person's requests cost.
pub(super) async fn measure(house: &mut House, report: &mut Report) -> Result<()> {
    let rooms = make_rooms(house).await?;
    eprintln!("  writing {MESSAGES} messages to {ROOMS} rooms");
    house.stop().await;
    fill(house, &rooms)?;
    house.papo.restart().await?;
    be_quiet(&house.papo.process).await?;
    let row = |what: &str, budget| Row::new("rooms", what, "ms").budget(budget);
    let sync = measure_syncs(house).await?;
    report.add(Row { papo: Some(sync), ..row("CPU per `sync` at the heads of all", "≤ 5 ms") });
    let list = ask(house, LISTS, "", || "/api/rooms?limit=50".to_owned()).await?;
    report.add(Row { papo: Some(list.cpu_ms), ..row("CPU per list of 50 rooms", "≤ 3 ms") });
    let path = format!("/rooms/{}", rooms[ROOMS / 2]);
    let page = ask(house, PAGES, "", || path.clone()).await?;
    report.add(Row { papo: Some(page.cpu_ms), ..row("CPU per room page", "≤ 4 ms") });
    report
        .add(Row { papo: Some(page.bytes as f64 / 1024.0), ..Row::new("rooms", "size of that page", "KiB") });
    Ok(())
}

/// The first person is in each of them, with some others.
async fn make_rooms(house: &House) -> Result<Vec<i64>> {
    let server = house.papo.address();
    ensure!(house.people.len() > VOICES, "--people must be {} at least", VOICES + 1);
    let (mut tasks, mut rooms) = (JoinSet::new(), Vec::new());
    for number in 0..ROOMS {
        if tasks.len() == AT_ONCE {
            rooms.push(tasks.join_next().await.context("a task")???);
        }
        let people = house.people[..=VOICES].to_vec();
        tasks.spawn(async move {
            let room = create_room(server, &people[0], &format!("many {number}")).await?;
            join_room(server, room.id, &people[1..]).await?;
            anyhow::Ok(room.id)
        });
    }
    while let Some(made) = tasks.join_next().await {
        rooms.push(made??);
    }
    Ok(rooms)
}

/// Writes the messages straight to the database, with all that the server keeps beside them: it does not run. No
/// statistics are gathered, so the planner knows those of the small database only.
fn fill(house: &House, rooms: &[i64]) -> Result<()> {
    let (each, rooms) = (MESSAGES / ROOMS, rooms.iter().map(i64::to_string).collect::<Vec<_>>().join(", "));
    let is_sqlite = house.papo.setting.database_url.is_none();
    let hex = |number: &str, digits: usize| match is_sqlite {
        true => format!("printf('%0{digits}x', {number})"),
        false => format!("lpad(to_hex({number}), {digits}, '0')"),
    };
    // A UUID of version 7 that no other row has.
    let cid = format!("{} || '-0000-7000-8000-' || {}", hex("n", 8), hex("r.place", 12));
    let text = "'Message ' || n || ' of this room, which is about as long as most of them are'";
    let sql = format!(
        "insert into messages (id, room_id, seq, author_id, cid, kind, text, html, at, changed_seq, texts) \
         with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {each}), \
         latest (id, at) as (select max(id), max(at) from messages), \
         voices (room, person, turn) as (select room_id, user_id, \
          row_number() over (partition by room_id order by changed_seq desc) - 1 \
          from members where room_id in ({rooms}) and joined), \
         places (id, last_seq, texts, place) as (select id, last_seq, texts, row_number() over (order by id) - 1 \
          from rooms where id in ({rooms})) \
         select latest.id + 4096 + r.place * {each} + n, r.id, r.last_seq + n, v.person, {cid}, 'text', {text}, {text}, \
          latest.at + n * {ROOMS} + r.place, r.last_seq + n, r.texts + n \
         from places r cross join numbers cross join latest \
         join voices v on v.room = r.id and v.turn = n % {VOICES}; \
         update members set known_texts = known_texts + own.texts \
         from (select room_id, author_id, count(*) as texts from messages \
          where room_id in ({rooms}) and kind = 'text' group by room_id, author_id) as own \
         where own.room_id = members.room_id and own.author_id = members.user_id; \
         update rooms set last_seq = last_seq + {each}, texts = texts + {each} where id in ({rooms});"
    );
    if !is_sqlite {
        return house.execute(&format!("begin; {sql} commit;"));
    }
    let database = Connection::open(house.papo.setting.data.join("papo.db"))?;
    database
        .execute_batch("pragma synchronous = off; pragma foreign_keys = off; pragma cache_size = -262144")?;
    database.execute_batch(&format!("begin immediate; {sql} commit; pragma wal_checkpoint(truncate)"))?;
    Ok(())
}

/// A connection of the first person, and what its `sync` says once all is known: each of the rooms must have its
/// messages, unread.
async fn enter(house: &House) -> Result<(Socket, String)> {
    let mut socket = Socket::connect_with(house.papo.address(), "/api/live", &house.cookie()).await?;
    let hello = next_event(&mut socket, "hello").await?;
    let mut sync = json!({ "type": "sync", "epoch": hello["epoch"], "rooms": {} });
    socket.writer.text(&sync.to_string()).await?;
    let mut listed = next_event(&mut socket, "rooms").await?;
    let mut rooms = listed["rooms"].as_array_mut().map(std::mem::take).context("no rooms")?;
    // One more than fit into the first list: everyone is in `general`.
    let mut more = next_event(&mut socket, "more_rooms").await?;
    rooms.append(more["rooms"].as_array_mut().context("no more rooms")?);
    next_event(&mut socket, "ready").await?;
    let head = |room: &Value| room["head"].as_i64().unwrap_or_default();
    let is_filled = |room: &&Value| head(room) >= (MESSAGES / ROOMS) as i64 && room["unread"] == 100;
    let count = rooms.iter().filter(is_filled).count();
    ensure!(count >= ROOMS, "only {count} of the rooms have what was written to them, unread");
    sync["rooms"] = rooms.iter().map(|room| (room["id"].to_string(), json!(head(room)))).collect();
    Ok((socket, sync.to_string()))
}

/// The server's milliseconds for one `sync`.
async fn measure_syncs(house: &House) -> Result<f64> {
    let (mut socket, sync) = enter(house).await?;
    let mut before = house.papo.process.cpu()?;
    for number in 0..WARM_UP + SYNCS {
        if number == WARM_UP {
            before = house.papo.process.cpu()?;
        }
        socket.writer.text(&sync).await?;
        next_event(&mut socket, "ready").await?;
    }
    let cpu = house.papo.process.cpu()?.saturating_sub(before);
    Ok(cpu.as_secs_f64() * 1_000.0 / SYNCS as f64)
}
