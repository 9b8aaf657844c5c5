//! Those who ask, and the private room that they ask about.

use papo::{error::AppError, model::UserId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::table::Row;
use crate::support::{Answer, Client, TestApp, introduce, registration};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    Anonymous,
    /// Never in the room.
    Outsider,
    /// Invited into it; no column of the table, since to the invited it is as to an outsider.
    Invited,
    /// In it until a moment ago.
    Former,
    Member,
    /// Asks in `Places` only.
    Moderator,
    Owner,
    /// Once signed in, now disabled.
    Disabled,
    /// Of the site; not in the room.
    Administrator,
    /// The same, and a member of the room; asks in `Places` only.
    Insider,
}

pub struct World {
    pub(super) app: TestApp,
    pub(super) clients: Vec<(Asker, Client)>,
    made: usize,
    /// Whether the askers have no allowance left whenever they ask.
    is_exhausted: bool,
}

/// What the names in a row stand for.
#[derive(Clone, Debug)]
pub struct Names {
    pub room: String,
    pub message: String,
    pub target: String,
}

impl Asker {
    /// Those of a row that the table of abilities does not answer.
    pub const COLUMNS: [Self; 7] = [
        Self::Anonymous,
        Self::Outsider,
        Self::Former,
        Self::Member,
        Self::Owner,
        Self::Disabled,
        Self::Administrator,
    ];

    pub const ALL: [Self; 10] = [
        Self::Anonymous,
        Self::Outsider,
        Self::Invited,
        Self::Former,
        Self::Member,
        Self::Moderator,
        Self::Owner,
        Self::Disabled,
        Self::Administrator,
        Self::Insider,
    ];

    pub fn username(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

impl World {
    pub async fn make() -> Self {
        Self::make_with("off").await
    }

    /// A world whose askers have no allowance left whenever they ask.
    pub async fn exhausted() -> Self {
        // One comes back each second; a request takes less.
        let limits = "messages_per_second=1,messages_burst=5000,typing_per_second=1,requests_burst=100000,\
                      rooms_per_owner=100000,rooms_per_day=100000,invitations_per_user=100000,\
                      invitations_per_inviter=100000,invitations_per_pair=100000";
        Self { is_exhausted: true, ..Self::make_with(limits).await }
    }

    async fn make_with(limits: &str) -> Self {
        Self::of(TestApp::start_with(&["--limits", limits]).await).await
    }

    /// The same at a server of the test's own, without limits.
    pub async fn of(app: TestApp) -> Self {
        let administrator = app.anonymous();
        let mut form = registration("administrator");
        form.push(("setup", app.setup.as_ref().unwrap().rsplit_once('=').unwrap().1.to_owned()));
        administrator.post("register", &form).await.expect(200);
        let mut clients = vec![(Asker::Administrator, administrator)];
        use Asker::{Disabled, Former, Invited, Member, Outsider, Owner};
        for asker in [Outsider, Invited, Former, Member, Owner, Disabled] {
            clients.push((asker, app.user(&asker.username()).await));
        }
        let client = |asker| &clients.iter().find(|(known, _)| *known == asker).unwrap().1;
        for known in [Former, Member] {
            introduce(client(Owner), client(known)).await;
        }
        app.user("bystander").await;
        app.papo(&["user", "disable", "disabled"]).await;
        Self { app, clients, made: 0, is_exhausted: false }
    }

    /// Asks about a private room of its own.
    pub async fn ask(&mut self, asker: Asker, row: &Row) -> Answer {
        let names = if row.names_a_room() { self.room().await } else { Names::of_nothing() };
        self.ask_about(asker, row, &names).await
    }

    /// Asks about a room that does not exist.
    pub async fn ask_of_nothing(&mut self, asker: Asker, row: &Row) -> Answer {
        self.ask_about(asker, row, &Names::of_nothing()).await
    }

    /// Has the member ask about a room that does not exist, with more headers, and does not look whether anybody is still
    /// signed in.
    pub async fn ask_as_member(&mut self, row: &Row, headers: &[(&str, &str)]) -> Answer {
        let (path, body) = self.fill(row, &Names::of_nothing());
        send(self.client(Asker::Member), &row.method, &path, body, headers).await
    }

    /// The same with a client of the test's own.
    pub async fn ask_by(&mut self, client: &Client, row: &Row) -> Answer {
        let (path, body) = self.fill(row, &Names::of_nothing());
        send(client, &row.method, &path, body, &[]).await
    }

    pub fn anonymous(&self) -> Client {
        self.app.anonymous()
    }

    /// Path and body of a row.
    fn fill(&mut self, row: &Row, names: &Names) -> (String, String) {
        self.made += 1;
        let fill = |text: &str| {
            text.replace("{room}", &names.room)
                .replace("{channel}", &names.room)
                .replace("{message}", &names.message)
                .replace("{target}", &names.target)
                .replace("{user}", "bystander")
                .replace("{id}", if row.path.contains("/chat/") { &names.room } else { "1" })
                .replace("{sala_id}", "1_2")
                .replace("{cid}", &Uuid::now_v7().to_string())
                .replace("{new}", &format!("new-{}", self.made))
        };
        (fill(&row.path), fill(&row.body))
    }

    /// Asks about the room of `names`.
    pub async fn ask_about(&mut self, asker: Asker, row: &Row, names: &Names) -> Answer {
        let (path, body) = self.fill(row, names);
        // A copy of who cannot sign in again: some rows sign somebody else in.
        let copy = match asker {
            Asker::Anonymous => Some(self.app.anonymous()),
            Asker::Disabled => Some(self.client(asker).at(&self.app.origin)),
            _ => None,
        };
        let client = copy.as_ref().unwrap_or_else(|| self.client(asker));
        if self.is_exhausted {
            exhaust(&self.app, client).await;
        }
        let answer = match row.method.as_str() {
            "LIVE" => obey(client, &path, &body).await,
            method => send(client, method, &path, body, &[]).await,
        };
        if !row.names_a_room() {
            self.stay_signed_in(asker).await;
        }
        answer
    }

    /// A new group with a message; the former member has just been taken out, one more has not answered the invitation.
    async fn room(&mut self) -> Names {
        let owner = self.client(Asker::Owner);
        let wish = json!({ "name": "Between us", "members": ["member", "former", "invited"] });
        let room = owner.rest("POST", "/api/groups", wish).await.expect(201).json()["id"].to_string();
        let messages = format!("/api/rooms/{room}/messages");
        let message = owner.rest("POST", &messages, json!({ "text": "a secret" })).await.expect(201);
        let place = format!("/api/rooms/{room}/members/former");
        owner.rest("DELETE", &place, Value::Null).await.expect(204);
        let target = "bystander".to_owned();
        Names { room, message: message.json()["id"].to_string(), target }
    }

    /// Some rows end a session, or begin another's.
    async fn stay_signed_in(&self, asker: Asker) {
        if matches!(asker, Asker::Anonymous | Asker::Disabled) {
            return;
        }
        let client = self.client(asker);
        let me = client.get("/api/me").await;
        if me.status != 200 || me.json()["username"] != asker.username() {
            let form = [("login", asker.username()), ("password", "a long password".to_owned())];
            client.post("sign_in", &form).await.expect(200);
        }
    }

    pub(super) fn client(&self, asker: Asker) -> &Client {
        &self.clients.iter().find(|(known, _)| *known == asker).unwrap().1
    }
}

impl Names {
    fn of_nothing() -> Self {
        Self { room: "999999".to_owned(), message: "1".to_owned(), target: "bystander".to_owned() }
    }
}

/// Uses up what the client's user may do.
async fn exhaust(app: &TestApp, client: &Client) {
    let me = client.get("/api/me").await;
    if me.status == 200 {
        let user = UserId(me.json()["id"].as_i64().unwrap());
        while app.shared.limits.message(user).is_ok() {}
        while app.shared.limits.typing(user).is_ok() {}
    }
}

async fn send(client: &Client, method: &str, path: &str, body: String, headers: &[(&str, &str)]) -> Answer {
    let kind = if body.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
    let own = [("content-type", kind)];
    let own = if body.is_empty() { &own[..0] } else { &own };
    client.rest_with(method, path, &[own, headers].concat(), body).await
}

/// Posts a live command; a refusal has the status of its error.
async fn obey(client: &Client, command: &str, fields: &str) -> Answer {
    let mut command = json!({ "type": command });
    let fields: Value = serde_json::from_str(if fields.is_empty() { "{}" } else { fields }).unwrap();
    command.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let mut answer = client.rest("POST", "/api/live", command).await;
    if answer.status == 200
        && let Some(refused) = answer.json().as_array().unwrap().iter().find(|event| event["type"] == "error")
    {
        answer.status = serde_json::from_value::<AppError>(refused.clone()).unwrap().status();
        // A refused send names its cid, which is another one each time.
        answer.text = refused["code"].to_string();
    }
    answer
}
