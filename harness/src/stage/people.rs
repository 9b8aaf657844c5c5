//! People with accounts, and the rooms that they make and enter.
//!
//! Registering costs the server an argon2 hash, so many register at once and as few as suffice.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};
use tokio::task::JoinSet;

use super::{Answer, Http};

/// How many register at once: as many as the server hashes at once.
const AT_ONCE: usize = 4;
/// Everyone's.
pub const PASSWORD: &str = "a long password";

/// A signed-in user.
#[derive(Clone, Debug)]
pub struct Person {
    pub username: String,
    /// The whole value of the header `Cookie`.
    pub cookie: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    pub id: i64,
    pub slug: String,
}

/// Registers `prefix0`, `prefix1` and so on; all of them are in `general`.
///
/// # Errors
/// If the server refuses one.
pub async fn sign_up(server: SocketAddr, prefix: &str, count: usize) -> Result<Vec<Person>> {
    let mut tasks = JoinSet::new();
    for lane in 0..AT_ONCE.min(count) {
        let prefix = prefix.to_owned();
        tasks.spawn(async move {
            let mut http = Http::connect(server).await?;
            let mut people = Vec::new();
            for number in (lane..count).step_by(AT_ONCE) {
                let username = format!("{prefix}{number}");
                people.push((number, register(&mut http, &username, &username).await?));
            }
            anyhow::Ok(people)
        });
    }
    let mut people = Vec::with_capacity(count);
    while let Some(lane) = tasks.join_next().await {
        people.extend(lane??);
    }
    people.sort_unstable_by_key(|(number, _)| *number);
    Ok(people.into_iter().map(|(_, person)| person).collect())
}

/// Registers one user, who is shown as `name`.
///
/// # Errors
/// If the server refuses.
pub async fn register(http: &mut Http, username: &str, name: &str) -> Result<Person> {
    let email = format!("{username}@example.org");
    let form = [
        ("username", username),
        ("name", name),
        ("email", &email),
        ("password", PASSWORD),
        ("password_again", PASSWORD),
    ];
    let cookie = http.post("/fn/register", "", &form).await?.expect(200)?.cookies();
    ensure!(!cookie.is_empty(), "no session");
    Ok(Person { username: username.to_owned(), cookie })
}

/// Signs in by the form. `cookie` is what the browser keeps from before; the answer is 200 if the password
/// is right.
///
/// # Errors
/// Those of the connection.
pub async fn sign_in(http: &mut Http, cookie: &str, login: &str, password: &str) -> Result<Answer> {
    http.post("/fn/sign_in", cookie, &[("login", login), ("password", password)]).await
}

/// Makes a channel that anyone may enter; `maker` is in it.
///
/// # Errors
/// If the server refuses it, for instance because the name is taken.
pub async fn create_room(server: SocketAddr, maker: &Person, name: &str) -> Result<Room> {
    let mut http = Http::connect(server).await?;
    let answer = http.post("/fn/create_room", &maker.cookie, &[("name", name)]).await?.expect(200)?;
    let location = answer.header("location").context("no way to the room")?;
    let slug = location.strip_prefix("/rooms/").context("not a room")?.to_owned();
    find_room(server, maker, &slug).await
}

/// The room at `/rooms/{slug}`, in which `member` is.
///
/// # Errors
/// If there is none, or `member` is outside.
pub async fn find_room(server: SocketAddr, member: &Person, slug: &str) -> Result<Room> {
    let cookie = format!("Cookie: {}\r\n", member.cookie);
    let path = format!("/fn/room?address={slug}");
    let page = Http::connect(server).await?.get(&path, &cookie).await?.expect(200)?.json()?;
    let id = page["open"]["room"]["id"].as_i64().context("not in the room")?;
    Ok(Room { id, slug: slug.to_owned() })
}

/// Lets people into a channel.
///
/// # Errors
/// If the server refuses one.
pub async fn join_room(server: SocketAddr, room: i64, people: &[Person]) -> Result<()> {
    let mut http = Http::connect(server).await?;
    let room = room.to_string();
    for person in people {
        let answer = http.post("/fn/join_room", &person.cookie, &[("room", &room)]).await?;
        ensure!(answer.status == 200, "{} may not enter: {}", person.username, answer.text());
    }
    Ok(())
}
