//! The document's examples, sent to a real server, and its answers held against the document.

use boon::{Compiler, Draft, SchemaIndex, Schemas};
use serde_json::{Value, json};

use crate::support::{Client, TestApp};

const DOCUMENT: &str = "https://papo.example/openapi.json";
/// What the examples name by ids; real ones stand in for them.
const MESSAGE: &str = "4503599627370498";
const GROUP: &str = "4503599627371009";
const TOKEN: &str = "4503599627370501";
const ACCEPTED: &str = "4503599627371010";
const DECLINED: &str = "4503599627371011";
const SESSION: &str = "cHVibGljIGlkIG9ubHkgLi4";

/// The document with a checker of its schemas.
pub struct Document {
    pub json: Value,
    compiler: Compiler,
    schemas: Schemas,
}

/// One method of one address.
pub struct Operation {
    pub path: String,
    pub method: String,
    pub about: Value,
}

impl Document {
    pub fn load() -> Self {
        let json = papo::server::http::openapi();
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V2020_12);
        compiler.add_resource(DOCUMENT, json.clone()).unwrap();
        Self { json, compiler, schemas: Schemas::new() }
    }

    pub fn operations(&self) -> Vec<Operation> {
        let paths = self.json["paths"].as_object().unwrap().iter();
        let operations = paths.flat_map(|(path, methods)| {
            methods.as_object().unwrap().iter().map(|(method, about)| Operation {
                path: path.clone(),
                method: method.to_uppercase(),
                about: about.clone(),
            })
        });
        operations.collect()
    }

    /// Asserts that `value` is as the schema at `pointer` says.
    pub fn check(&mut self, pointer: &str, value: &Value) {
        let schema: SchemaIndex =
            self.compiler.compile(&format!("{DOCUMENT}#{pointer}"), &mut self.schemas).unwrap();
        if let Err(error) = self.schemas.validate(value, schema) {
            panic!("{pointer}: {error:#}\n{value:#}");
        }
    }

    /// Asserts that the operation documents such an answer.
    pub fn check_answer(&mut self, operation: &Operation, status: u16, body: &str) {
        let name = format!("{} {}: {status} {body}", operation.method, operation.path);
        let method = operation.method.to_lowercase();
        let own = format!("/paths/{}/{method}/responses/{status}", escape(&operation.path));
        let own_response = operation.about["responses"].get(status.to_string()).expect(&name);
        let shared = own_response["$ref"].as_str().map(|shared| shared.trim_start_matches('#').to_owned());
        let place = shared.unwrap_or(own);
        let response = self.json.pointer(&unescape(&place)).expect(&name);
        let Some((kind, _)) = response["content"].as_object().and_then(|kinds| kinds.iter().next()) else {
            assert_eq!(body, "", "{name}");
            return;
        };
        let pointer = format!("{place}/content/{}/schema", escape(kind));
        self.check(&pointer, &serde_json::from_str(body).expect(&name));
    }
}

/// A part of a JSON pointer inside an address.
fn escape(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1").replace('{', "%7B").replace('}', "%7D")
}

/// The same pointer outside of an address.
fn unescape(pointer: &str) -> String {
    pointer.replace("%7B", "{").replace("%7D", "}")
}

impl Operation {
    /// The address with the examples of its parameters.
    fn address(&self) -> String {
        let parameters = self.about["parameters"].as_array().cloned().unwrap_or_default();
        let mut path = self.path.clone();
        let mut query = Vec::new();
        for parameter in &parameters {
            let name = parameter["name"].as_str().unwrap();
            let example = match &parameter["example"] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            match parameter["in"].as_str().unwrap() {
                "path" => path = path.replace(&format!("{{{name}}}"), &example),
                "query" if example != "null" => query.push((name, example)),
                _ => {}
            }
        }
        assert!(!path.contains('{') && !path.contains("null"), "{path}: a part has no example");
        if query.is_empty() {
            path
        } else {
            format!("{path}?{}", serde_urlencoded::to_string(query).unwrap())
        }
    }

    /// The example of its body.
    fn body(&self, document: &Value) -> Value {
        let Some(body) = self.about.get("requestBody") else { return Value::Null };
        let schema = &body["content"]["application/json"]["schema"];
        let choices = schema["oneOf"].as_array().cloned().unwrap_or_default();
        let reference =
            [schema].into_iter().chain(&choices).find_map(|schema| schema["$ref"].as_str()).unwrap();
        let example = document.pointer(reference.trim_start_matches('#')).unwrap()["examples"][0].clone();
        assert!(!example.is_null(), "{reference} has no example");
        example
    }
}

async fn sign_in(app: &TestApp, name: &str) -> Client {
    let client = app.anonymous();
    let form = [("login", name.to_owned()), ("password", format!("{name}@123"))];
    client.post("sign_in", &form).await.expect(200);
    client
}

#[tokio::test]
async fn every_example_runs_and_is_answered_as_documented() {
    let app = TestApp::start_with(&["--demo"]).await;
    let alice = sign_in(&app, "alice").await;
    let newest = alice.fetch("/api/rooms/general/messages").await["items"][0]["id"].to_string();
    let group = json!({ "name": "Examples", "members": ["bob", "carol"] });
    let group = alice.rest("POST", "/api/groups", group).await.expect(201).json()["id"].to_string();

    let carol = sign_in(&app, "carol").await;
    let invite = async |name: &str| {
        let wish = json!({ "name": name, "members": ["alice"] });
        carol.rest("POST", "/api/groups", wish).await.expect(201).json()["id"].to_string()
    };
    let (accepted, declined) = (invite("Accepted").await, invite("Declined").await);

    let token = json!({ "name": "weather bot", "scopes": ["read"] });
    let token = alice.rest("POST", "/api/tokens", token).await.expect(201).json()["id"].to_string();
    // Of another browser.
    sign_in(&app, "alice").await;
    let sessions = alice.fetch("/api/sessions").await;
    let session = sessions["items"].as_array().unwrap().iter().find(|session| session["current"] == false);
    let session = session.unwrap()["id"].as_str().unwrap().to_owned();
    let named = [
        (MESSAGE, newest),
        (GROUP, group),
        (ACCEPTED, accepted),
        (DECLINED, declined),
        (TOKEN, token),
        (SESSION, session),
    ];

    let mut document = Document::load();
    let mut operations = document.operations();
    // First what reads, last what takes away.
    let order = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    let is_whole = |operation: &Operation| !operation.path.contains('{');
    operations.sort_by_key(|operation| {
        (order.iter().position(|method| *method == operation.method), is_whole(operation))
    });
    for operation in operations {
        let address = operation.address();
        let address = named.iter().fold(address, |address, (example, real)| address.replace(example, real));
        let body = operation.body(&document.json);
        let answer = alice.rest(&operation.method, &address, body).await;
        let name = format!("{} {address}", operation.method);
        assert!((200..300).contains(&answer.status), "{name}: {} {}", answer.status, answer.text);
        document.check_answer(&operation, answer.status, &answer.text);
    }
}

#[test]
fn examples_follow_their_schemas() {
    let mut document = Document::load();
    let schemas = document.json["components"]["schemas"].as_object().unwrap().clone();
    let mut checked = 0;
    for (name, schema) in &schemas {
        for example in schema["examples"].as_array().into_iter().flatten() {
            document.check(&format!("/components/schemas/{name}"), example);
            checked += 1;
        }
    }
    assert!(checked > 15, "{checked}");
    for (code, response) in document.json["components"]["responses"].as_object().unwrap().clone() {
        let example = &response["content"]["application/problem+json"]["example"];
        document.check("/components/schemas/Problem", example);
        assert_eq!(example["code"], code);
    }
}

#[test]
fn everything_is_described() {
    for operation in Document::load().operations() {
        let name = format!("{} {}", operation.method, operation.path);
        assert!(operation.about["summary"].as_str().is_some_and(|text| text.len() > 3), "{name}");
        assert!(
            operation.about["operationId"].is_string() && operation.about["tags"][0].is_string(),
            "{name}"
        );
        for parameter in operation.about["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{name}: {parameter}");
        }
        for (status, response) in operation.about["responses"].as_object().unwrap() {
            let about = response.get("description").or_else(|| response.get("$ref")).unwrap();
            assert!(about.as_str().unwrap().len() > 3, "{name}: {status}");
        }
    }
}
