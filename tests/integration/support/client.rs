//! A browser without a window: cookies, an origin, forms and pages.

use std::time::Duration;

use reqwest::{RequestBuilder, Response, header, redirect::Policy};
use serde_json::Value;
use tokio_tungstenite::tungstenite;

use super::{EventStream, LiveClient};

/// A server that says nothing for so long has lost the request; the test fails instead of waiting.
const SILENCE: Duration = Duration::from_secs(60);

pub struct Client {
    http: reqwest::Client,
    jar: std::sync::Arc<reqwest::cookie::Jar>,
    /// The bearer token of a program.
    token: Option<String>,
    pub origin: String,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: header::HeaderMap,
    pub text: String,
}

impl Client {
    pub fn new(origin: &str) -> Self {
        Self::with_headers(origin, header::HeaderMap::new())
    }

    /// A program that sends this token with every request.
    pub fn bearing(origin: &str, token: &str) -> Self {
        let bearer = header::HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        let client = Self::with_headers(origin, [(header::AUTHORIZATION, bearer)].into_iter().collect());
        Self { token: Some(token.to_owned()), ..client }
    }

    fn with_headers(origin: &str, headers: header::HeaderMap) -> Self {
        let jar = std::sync::Arc::new(reqwest::cookie::Jar::default());
        let http = reqwest::Client::builder()
            .cookie_provider(std::sync::Arc::clone(&jar))
            .default_headers(headers)
            .redirect(Policy::none())
            .read_timeout(SILENCE)
            .build()
            .unwrap();
        Self { http, jar, token: None, origin: origin.to_owned() }
    }

    /// Calls a server function that writes, as the hydrated app does.
    pub async fn post(&self, name: &str, fields: &[(&str, String)]) -> Answer {
        let request = self.http.post(self.url(&format!("/fn/{name}")));
        Answer::read(request.header(header::ORIGIN, &self.origin).form(fields).send().await.unwrap()).await
    }

    /// Posts a form as a browser without JavaScript does, from `page`.
    pub async fn submit(&self, page: &str, name: &str, fields: &[(&str, String)]) -> Answer {
        let request = self
            .http
            .post(self.url(&format!("/fn/{name}")))
            .header(header::ORIGIN, &self.origin)
            .header(header::REFERER, self.url(page))
            .header(header::ACCEPT, "text/html,application/xhtml+xml");
        Answer::read(request.form(fields).send().await.unwrap()).await
    }

    /// Posts with headers of the test's own choosing.
    pub async fn post_from(&self, name: &str, headers: &[(&str, &str)], fields: &[(&str, String)]) -> Answer {
        let request = self.http.post(self.url(&format!("/fn/{name}"))).form(fields);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        Answer::read(request.send().await.unwrap()).await
    }

    /// Calls a server function that reads.
    pub async fn read(&self, name: &str, query: &[(&str, &str)]) -> Answer {
        let query = serde_urlencoded::to_string(query).unwrap();
        self.get(&format!("/fn/{name}?{query}")).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::read(self.http.get(self.url(path)).send().await.unwrap()).await
    }

    /// Asks an address of REST with the browser's session. `Value::Null` is no body.
    pub async fn rest(&self, method: &str, path: &str, body: Value) -> Answer {
        if body.is_null() {
            return self.rest_with(method, path, &[], String::new()).await;
        }
        self.rest_with(method, path, &[("content-type", "application/json")], body.to_string()).await
    }

    /// Asks an address of REST with headers and a body of the test's own choosing; no body if it is empty.
    pub async fn rest_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let method = method.to_uppercase().parse().unwrap();
        let own = [("origin", &*self.origin)];
        let is_own = !headers.iter().any(|(name, _)| *name == "origin");
        let headers = headers.iter().chain(own.iter().filter(|_| is_own));
        let request = self.http.request(method, self.url(path));
        let request = headers.fold(request, |request, (name, value)| request.header(*name, *value));
        let body = body.into();
        let request = if body.is_empty() { request } else { request.body(body) };
        Answer::read(request.send().await.unwrap()).await
    }

    /// Status, whether the answer says that it is gzip, and its body as it came.
    pub async fn bytes(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, bool, Vec<u8>) {
        let request = self.http.request(method.parse().unwrap(), self.url(path));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = request.send().await.unwrap();
        let is_gzip = answer.headers().get(header::CONTENT_ENCODING).is_some_and(|kind| kind == "gzip");
        (answer.status().as_u16(), is_gzip, answer.bytes().await.unwrap().to_vec())
    }

    /// Reads an address of REST that must answer 200.
    pub async fn fetch(&self, path: &str) -> Value {
        self.rest("GET", path, Value::Null).await.expect(200).json()
    }

    /// A request of the test's own making, as a page of ours makes one; `ask` sends it.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.request_from(&self.origin, method, path)
    }

    /// The same, as a page of another origin makes it.
    pub fn request_from(&self, origin: &str, method: &str, path: &str) -> RequestBuilder {
        self.http.request(method.parse().unwrap(), self.url(path)).header(header::ORIGIN, origin)
    }

    /// The status of a WebSocket's handshake; a socket that opens is closed.
    pub async fn handshake(&self, path: &str, headers: &[(&str, &str)]) -> u16 {
        let request = self.http.get(self.url(path));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.send().await.unwrap().status().as_u16()
    }

    pub async fn ask(&self, request: RequestBuilder) -> Answer {
        Answer::read(request.send().await.unwrap()).await
    }

    /// Who is signed in.
    pub async fn id(&self) -> Value {
        self.fetch("/api/me").await["id"].clone()
    }

    pub async fn username(&self) -> String {
        self.fetch("/api/me").await["username"].as_str().unwrap().to_owned()
    }

    /// Sends a text to a room.
    pub async fn say(&self, room: i64, text: &str) -> Answer {
        self.post("post_message", &message(room, text)).await
    }

    /// The newest page of a room, as JSON.
    pub async fn open(&self, address: &str) -> Value {
        self.read("room", &[("address", address)]).await.expect(200).json()["open"].clone()
    }

    /// Opens the live connection.
    pub async fn live(&self) -> LiveClient {
        if let Some(token) = &self.token {
            let bearer = format!("Bearer {token}");
            return LiveClient::connect_with(&self.origin, &[("authorization", &bearer)]).await.unwrap();
        }
        LiveClient::connect(&self.origin, &self.cookies(), Some(&self.origin)).await.unwrap()
    }

    /// Opens the stream of events at `path`, with headers of the test's own choosing.
    pub async fn events(&self, path: &str, headers: &[(&str, &str)]) -> EventStream {
        let request = self.http.get(self.url(path));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        EventStream::new(request.send().await.unwrap())
    }

    /// Opens the live connection as a proxy on this machine does for a client at `address`.
    pub async fn live_from(&self, address: &str) -> Result<LiveClient, Box<tungstenite::Error>> {
        let headers = [("cookie", &*self.cookies()), ("origin", &self.origin), ("x-forwarded-for", address)];
        LiveClient::connect_with(&self.origin, &headers).await
    }

    /// The same browser at another node, as behind a proxy.
    pub fn at(&self, origin: &str) -> Self {
        let other = Self::new(origin);
        let url = origin.parse().unwrap();
        for cookie in self.cookies().split("; ") {
            other.jar.add_cookie_str(cookie, &url);
        }
        other
    }

    /// The bearer token of a program.
    pub fn token(&self) -> String {
        self.token.clone().unwrap()
    }

    pub fn cookies(&self) -> String {
        use reqwest::cookie::CookieStore as _;
        let url = self.origin.parse().unwrap();
        self.jar.cookies(&url).map(|line| line.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

impl Answer {
    pub(super) async fn read(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        // A stream of events has no end: its beginning has been seen.
        let is_stream = headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let text = if is_stream { String::new() } else { response.text().await.unwrap() };
        Self { status, headers, text }
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// Why `field` was refused.
    pub fn reason(&self, field: &str) -> Option<String> {
        let error = self.json();
        let fields = error["fields"].as_array()?;
        let refused = fields.iter().find(|refused| refused["field"] == field)?;
        Some(refused["reason"].as_str()?.to_owned())
    }

    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

/// Lets two people know each other, so that each may take the other into closed rooms: both write in their direct room.
pub async fn introduce(one: &Client, other: &Client) {
    let (one_is, other_is) = (one.username().await, other.username().await);
    for (from, to) in [(one, &other_is), (other, &one_is)] {
        let cid = uuid::Uuid::now_v7().to_string();
        let form = [("cid", cid), ("to", to.clone()), ("text", "hello".to_owned())];
        from.post("post_message", &form).await.expect(200);
    }
}

/// A message with a cid of its own.
pub fn message(room: i64, text: &str) -> Vec<(&'static str, String)> {
    vec![("cid", uuid::Uuid::now_v7().to_string()), ("room", room.to_string()), ("text", text.to_owned())]
}
