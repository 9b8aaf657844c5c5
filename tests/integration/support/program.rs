//! A program: no cookies, perhaps a bearer token.

use reqwest::{Method, RequestBuilder, redirect::Policy};
use serde_json::Value;

use super::{Answer, TestApp};

pub struct Program {
    http: reqwest::Client,
    origin: String,
    token: Option<String>,
}

impl TestApp {
    /// A program with this bearer token, or without any.
    pub fn program<'a>(&self, token: impl Into<Option<&'a str>>) -> Program {
        let http = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        Program { http, origin: self.origin.clone(), token: token.into().map(str::to_owned) }
    }
}

impl Program {
    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, None).await
    }

    pub async fn request(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.to(method, path);
        self.send(body.iter().fold(request, RequestBuilder::json)).await
    }

    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.to(Method::POST, path).form(fields)).await
    }

    fn to(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.origin))
    }

    async fn send(&self, request: RequestBuilder) -> Answer {
        let request = self.token.iter().fold(request, RequestBuilder::bearer_auth);
        Answer::read(request.send().await.unwrap()).await
    }
}
