//! Sessions end while their connections hear what is said: all of them fall silent, on every node.

use std::{
    io::Write as _,
    net::SocketAddr,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::soon;
use crate::{
    faults::{
        checker::Revocation,
        liar::{Liar, Lie},
        onlooker::Onlooker,
        world::World,
    },
    socket::Socket,
    stage::{Http, PASSWORD, Person, Setting, sign_in, sign_up},
};

/// How soon a connection must be closed: on the node that ended its session, and on others.
const HERE_MS: u64 = 2_000;
const ELSEWHERE_MS: u64 = 5_000;
/// After this many seconds whoever is still open stays open.
const PATIENCE: u64 = 6;

/// How a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    SignOut,
    /// By another session of the same user.
    EndSession,
    EndOthers,
    RevokeToken,
    /// From the command line.
    NewPassword,
    Disable,
}

const WAYS: [Way; 6] =
    [Way::SignOut, Way::EndSession, Way::EndOthers, Way::RevokeToken, Way::NewPassword, Way::Disable];

impl Way {
    /// Whether the command line does it, which is no node.
    const fn is_command(self) -> bool {
        matches!(self, Self::NewPassword | Self::Disable)
    }
}

/// A user with a session that ends, and one that goes on unless all of them end.
struct Scene {
    way: Way,
    guest: Person,
    /// The header line of what ends.
    proof: String,
    lines: Vec<(Onlooker, u64)>,
    /// Of the session that goes on.
    bystander: Option<Onlooker>,
}

/// Somebody listens on every node with what is about to end, in every way that there is.
pub(super) async fn revoked(world: &mut World) -> Result<()> {
    let nodes: Vec<SocketAddr> = world.nodes.iter().map(|node| node.address()).collect();
    let guests = sign_up(nodes[0], "guest", WAYS.len()).await?;
    let mut liar = None;
    if world.plan.lie == Some(Lie::OutliveSession) {
        liar = Some(Liar::start(nodes[0], Lie::OutliveSession).await?);
    }
    let mut scenes = Vec::new();
    for (way, guest) in WAYS.into_iter().zip(guests) {
        let first = liar.as_ref().filter(|_| scenes.is_empty()).map_or(nodes[0], |liar| liar.address);
        scenes.push(Scene::open(world, &nodes, first, way, guest).await?);
    }
    let have_heard = soon(5, async || scenes.iter().all(Scene::has_heard)).await;
    world.expect(have_heard, "not all listeners hear what is said");

    let mut ended = Vec::new();
    for scene in &scenes {
        scene.end(&world.nodes[0].setting, nodes[0]).await.with_context(|| format!("{:?}", scene.way))?;
        ended.push(world.clock.ms());
    }
    // Those who stay open are the checker's matter.
    soon(PATIENCE, async || scenes.iter().all(Scene::is_silent)).await;
    for (scene, at_ms) in scenes.iter().zip(ended) {
        let with_limit = |(line, within_ms): &(Onlooker, u64)| {
            let mut line = line.line();
            line.within_ms = *within_ms;
            line
        };
        world.revocations.push(Revocation {
            how: format!("{:?}", scene.way),
            at_ms,
            lines: scene.lines.iter().map(with_limit).collect(),
            still_opens: scene.try_again(&nodes).await?,
        });
        let is_closed = scene.bystander.as_ref().is_some_and(|other| other.line().closed_ms.is_some());
        world.expect(!is_closed, format!("{:?} closed a connection of another session, too", scene.way));
    }
    world.notes.push(format!("{} sessions ended on {} nodes", scenes.len(), nodes.len()));
    Ok(())
}

impl Scene {
    /// `first` stands for the first node when the first socket is opened.
    async fn open(
        world: &World,
        nodes: &[SocketAddr],
        first: SocketAddr,
        way: Way,
        guest: Person,
    ) -> Result<Self> {
        let (clock, proof) = (&world.clock, new_proof(nodes[0], way, &guest).await?);
        let mut lines = Vec::new();
        for (number, node) in nodes.iter().enumerate() {
            let within = if number > 0 || way.is_command() { ELSEWHERE_MS } else { HERE_MS };
            let (socket, name) =
                (if number == 0 { first } else { *node }, format!("a socket on node {number}"));
            lines.push((Onlooker::by_socket(socket, &proof, name, clock).await?, within));
            let name = format!("a stream on node {number}");
            lines.push((Onlooker::by_stream(*node, &proof, name, clock).await?, within));
        }
        let mut bystander = None;
        if !way.is_command() {
            let last = nodes[nodes.len() - 1];
            let other = format!("Cookie: {}\r\n", guest.cookie);
            bystander = Some(Onlooker::by_socket(last, &other, "another session".to_owned(), clock).await?);
        }
        Ok(Self { way, guest, proof, lines, bystander })
    }

    fn has_heard(&self) -> bool {
        self.lines.iter().all(|(line, _)| line.line().heard > 0)
    }

    fn is_silent(&self) -> bool {
        self.lines.iter().all(|(line, _)| line.line().closed_ms.is_some())
    }

    /// Ends the session by the first node, or by the command line.
    async fn end(&self, setting: &Setting, node: SocketAddr) -> Result<()> {
        let (mut http, own) = (Http::connect(node).await?, self.guest.cookie.as_str());
        let doomed = self.proof.trim_end().trim_start_matches("Cookie: ");
        let answer = match self.way {
            Way::SignOut => http.post("/fn/sign_out", doomed, &[]).await?,
            Way::EndSession => {
                let id = find_other(&mut http, own, "/api/sessions", "current").await?;
                http.send_json("DELETE", &format!("/api/sessions/{id}"), own, &Value::Null).await?
            }
            Way::EndOthers => http.send_json("DELETE", "/api/sessions", own, &Value::Null).await?,
            Way::RevokeToken => {
                let id = find_other(&mut http, own, "/api/tokens", "").await?;
                http.send_json("DELETE", &format!("/api/tokens/{id}"), own, &Value::Null).await?
            }
            Way::NewPassword => return papo(setting, &["user", "password", &self.guest.username]),
            Way::Disable => return papo(setting, &["user", "disable", &self.guest.username, "--yes"]),
        };
        ensure!(matches!(answer.status, 200..=303), "{}: {}", answer.status, answer.text());
        Ok(())
    }

    /// What the proof of the ended session still opens.
    async fn try_again(&self, nodes: &[SocketAddr]) -> Result<Vec<String>> {
        let mut opened = Vec::new();
        for (number, node) in nodes.iter().enumerate() {
            if Socket::connect_with(*node, "/api/live", &self.proof).await.is_ok() {
                opened.push(format!("node {number} opens a socket"));
            }
            let answer = Http::connect(*node).await?.get("/api/me", &self.proof).await?;
            if answer.status != 401 {
                opened.push(format!("node {number} answers {}", answer.status));
            }
        }
        Ok(opened)
    }
}

/// Signs the guest in once more, in the manner that is about to end; gives the header line that says so.
async fn new_proof(node: SocketAddr, way: Way, guest: &Person) -> Result<String> {
    let mut http = Http::connect(node).await?;
    let wish = match way {
        Way::RevokeToken => json!({ "name": "guest", "scopes": ["read"] }),
        Way::NewPassword => json!({ "login": guest.username, "password": PASSWORD }),
        _ => {
            let signed_in = sign_in(&mut http, "", &guest.username, PASSWORD).await?.expect(200)?;
            return Ok(format!("Cookie: {}\r\n", signed_in.cookies()));
        }
    };
    let answer = http.send_json("POST", "/api/tokens", &guest.cookie, &wish).await?;
    let token = answer.json()?["token"].as_str().with_context(|| answer.text())?.to_owned();
    Ok(format!("Authorization: Bearer {token}\r\n"))
}

/// The first of a list that is not the caller's own.
async fn find_other(http: &mut Http, cookie: &str, path: &str, own: &str) -> Result<String> {
    let page = http.get(path, &format!("Cookie: {cookie}\r\n")).await?.expect(200)?.json()?;
    let other = page["items"].as_array().into_iter().flatten().find(|item| item[own] != true);
    let id = &other.with_context(|| format!("nothing else in {page}"))?["id"];
    Ok(id.as_str().map_or_else(|| id.to_string(), str::to_owned))
}

/// Runs a command beside the servers; who sets a password says it on the standard input.
fn papo(setting: &Setting, arguments: &[&str]) -> Result<()> {
    let mut command = Command::new(&setting.binary);
    command.args(arguments).arg("--data").arg(&setting.data).env_remove("PAPO_BINARY");
    if let Some(url) = &setting.database_url {
        command.args(["--database-url", url]);
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    child.stdin.take().context("no input")?.write_all(b"another long password\n")?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "papo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
