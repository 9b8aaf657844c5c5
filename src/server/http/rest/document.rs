//! `GET /api/openapi.json`: what the routes say of themselves, completed by what holds for all of them.
//!
//! A handler tells its own answers; which refusals any request may get is told here, once.

use serde_json::{Map, Value, json};
use utoipa::{
    ToSchema as _,
    openapi::{
        Components, Info, OpenApi, OpenApiBuilder,
        schema::ComponentsBuilder,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
        tag::TagBuilder,
    },
};

use super::examples;
use crate::{
    error::AppError,
    server::http::{
        problem::{PROBLEM, Problem},
        problem_words::about,
    },
};

const ABOUT: &str = "Everything that a person can do in Papo, for programs. Send JSON, get JSON; refusals are problems \
                     (RFC 9457) whose `code` tells what to mend. Ids and seqs are numbers below 2^53, moments \
                     microseconds since 1970 in UTC. What happens meanwhile is told at `/api/live` (a WebSocket) and \
                     `/api/events` (server-sent events).";

/// The nouns, in the order in which they are shown.
const TAGS: [(&str, &str); 10] = [
    ("Me", "Who asks."),
    ("Tokens", "What opens the account to programs, and where it is open."),
    ("Users", "People."),
    ("Rooms", "The rooms that I am in, of every kind."),
    ("Channels", "The directory, and making channels."),
    ("Groups", "Rooms among people who are named."),
    ("Invitations", "Who asks me into rooms, and whose asking I do not want."),
    ("Members", "Who is in a room."),
    ("Messages", "What is said in a room."),
    ("Marks", "How far members have come, and what they are about to say."),
];

/// What stands before all routes.
pub(super) fn preface() -> OpenApi {
    let by_token =
        HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("A login or personal token."));
    let by_cookie =
        ApiKeyValue::with_description("papo", "A browser's session; writes need its own `Origin`.");
    let components = ComponentsBuilder::new()
        .security_scheme("token", SecurityScheme::Http(by_token.build()))
        .security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(by_cookie)));
    let mut info = Info::new("Papo", env!("CARGO_PKG_VERSION"));
    info.description = Some(ABOUT.to_owned());
    let either = ["token", "session"].map(|scheme| SecurityRequirement::new(scheme, Vec::<String>::new()));
    OpenApiBuilder::new()
        .info(info)
        .tags(Some(TAGS.map(|(name, about)| TagBuilder::new().name(name).description(Some(about)).build())))
        .components(Some(with_problem(components.build())))
        .security(Some(either))
        .build()
}

fn with_problem(mut components: Components) -> Components {
    let mut schemas = vec![(Problem::name().into_owned(), <Problem as utoipa::PartialSchema>::schema())];
    Problem::schemas(&mut schemas);
    components.schemas.extend(schemas);
    components
}

/// Adds to each route the refusals that need no word of its own, and examples.
pub(super) fn complete(document: OpenApi) -> Value {
    let mut document = serde_json::to_value(document).unwrap_or_default();
    if let Some(paths) = document["paths"].as_object_mut() {
        for operations in paths.values_mut().filter_map(Value::as_object_mut) {
            operations
                .iter_mut()
                .for_each(|(method, operation)| complete_operation(method == "get", operation));
        }
    }
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        for (name, schema) in schemas {
            let own = schema.as_object_mut().and_then(|schema| schema.remove("example"));
            if let Some(example) = own.or_else(|| examples::of(name)) {
                schema["examples"] = json!([example]);
            }
        }
    }
    document["components"]["headers"] = headers();
    document["components"]["responses"] = refusals();
    document
}

fn complete_operation(is_read: bool, operation: &mut Value) {
    let ways = operation["security"].as_array();
    let needs_nobody = ways.is_some_and(|ways| ways.contains(&json!({})));
    let takes_users = ways.is_none_or(|ways| ways.iter().any(|way| *way != json!({})));
    let has_body = operation.get("requestBody").is_some();
    let has_parts = operation.get("parameters").is_some();
    let refused = [
        (has_body || has_parts, &[400][..]),
        (takes_users, &[401, 429]),
        (!is_read, &[403, 507]),
        (has_body, &[408, 413, 415]),
        (true, &[500, 503]),
    ];
    let refused = refused.into_iter().filter(|(applies, _)| *applies).flat_map(|(_, statuses)| statuses);
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for status in refused {
        responses.entry(status.to_string()).or_insert_with(|| json!({}));
    }
    if is_read {
        responses.insert("304".to_owned(), json!({ "description": "`If-None-Match` names the answer." }));
    }
    for (status, response) in responses.iter_mut() {
        match status.parse().ok().and_then(examples::problem) {
            Some(error) => complete_refusal(&error, response),
            None => complete_success(is_read, takes_users && !needs_nobody, response),
        }
    }
    responses.sort_keys();
}

/// A refusal without words of its own is the one that all routes share.
fn complete_refusal(error: &AppError, response: &mut Value) {
    let own = response["description"].as_str().filter(|own| !own.is_empty());
    *response = match own {
        Some(own) => json!({ "description": own, "content": { PROBLEM: { "schema": problem_schema() } } }),
        None => json!({ "$ref": format!("#/components/responses/{error}") }),
    };
}

fn complete_success(is_read: bool, is_counted: bool, response: &mut Value) {
    let mut headers = response["headers"].as_object().cloned().unwrap_or_default();
    let counted = is_counted.then_some(ALLOWANCE).into_iter().flatten();
    for name in counted.chain(is_read.then_some("ETag")) {
        headers.insert(name.to_owned(), header(name));
    }
    if !headers.is_empty() {
        response["headers"] = Value::Object(headers);
    }
}

/// What any request may be refused with, by code.
fn refusals() -> Value {
    let refusal = |error: AppError| {
        let headers = error.is_retryable().then_some("Retry-After").into_iter();
        let counted = matches!(error, AppError::RateLimited { .. }).then_some(ALLOWANCE);
        let headers: Map<_, _> = headers
            .chain(counted.into_iter().flatten())
            .map(|name| (name.to_owned(), header(name)))
            .collect();
        let content = json!({ PROBLEM: { "schema": problem_schema(), "example": Problem::from(&error) } });
        let mut refusal = json!({ "description": about(&error), "content": content });
        if !headers.is_empty() {
            refusal["headers"] = headers.into();
        }
        (error.to_string(), refusal)
    };
    examples::problems().into_iter().map(refusal).collect::<Map<_, _>>().into()
}

const ALLOWANCE: [&str; 3] = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"];

fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

fn problem_schema() -> Value {
    json!({ "$ref": "#/components/schemas/Problem" })
}

fn headers() -> Value {
    let number = |about: &str| json!({ "description": about, "schema": { "type": "integer", "minimum": 0 } });
    let tag =
        json!({ "description": "The content's tag, for `If-None-Match`.", "schema": { "type": "string" } });
    json!({
        "RateLimit-Limit": number("How many requests may come at once."),
        "RateLimit-Remaining": number("How many of them are left."),
        "RateLimit-Reset": number("Seconds until all of them are back."),
        "Retry-After": number("Seconds until the same request may succeed."),
        "ETag": tag,
    })
}
