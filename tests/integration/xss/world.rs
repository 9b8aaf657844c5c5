//! A server whose every name and text can be set to anything, past the rules of today: older databases have older names.

use sqlx::{Connection as _, Executor as _, SqliteConnection};

use crate::support::{Answer, Client, TestApp};

pub struct World {
    /// Ends with the world.
    _app: TestApp,
    /// Who looks at the pages.
    pub victim: Client,
    pub stranger: Client,
    /// A channel that the victim is in, and one that it is not in.
    pub room: i64,
    pub door: i64,
    database: SqliteConnection,
    _data: tempfile::TempDir,
}

impl World {
    pub async fn make() -> Self {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().to_str().unwrap();
        let app = TestApp::start_on(folder, &["--limits", "off"]).await;
        let (victim, mallory) = (app.user("victim").await, app.user("mallory").await);
        let make = async |name: &str, password: Option<&str>| {
            let wish = serde_json::json!({ "name": name, "topic": "topic", "password": password.unwrap_or_default() });
            mallory.rest("POST", "/api/channels", wish).await.expect(201).json()["id"].as_i64().unwrap()
        };
        let (room, door) = (make("room", None).await, make("door", Some("a password")).await);
        let me = format!("/api/rooms/{room}/members/me");
        victim.rest("PUT", &me, serde_json::Value::Null).await.expect(200);
        let wish = serde_json::json!({ "members": ["victim"] });
        mallory.rest("POST", "/api/groups", wish).await.expect(201);
        let wish = serde_json::json!({ "name": "token", "scopes": ["read"] });
        victim.rest("POST", "/api/tokens", wish).await.expect(201);
        let database = format!("sqlite:{folder}/papo.db");
        let database = SqliteConnection::connect(&database).await.unwrap();
        let stranger = app.anonymous();
        Self { _app: app, victim, stranger, room, door, database, _data: data }
    }

    /// Gives this name to everything that has one, except those who look.
    pub async fn call_all(&mut self, name: &str) {
        let name = name.replace('\'', "''");
        for sql in [
            format!("update users set name = '{name}' where username = 'mallory'"),
            format!("update rooms set name = '{name}', topic = '{name}' where slug in ('room', 'door')"),
            format!("update tokens set name = '{name}'"),
        ] {
            self.database.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        }
    }

    /// A page without JavaScript's own requests, as a browser asks for it.
    pub async fn page(&self, client: &Client, path: &str) -> Answer {
        let request = client.request("GET", path).header("accept", "text/html");
        let page = client.ask(request).await;
        let kind = page.headers.get("content-type").map(|kind| kind.to_str().unwrap()).unwrap_or_default();
        assert!(kind.starts_with("text/html"), "{path}: {} {kind}", page.status);
        page
    }
}
