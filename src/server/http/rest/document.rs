//! `GET /api/openapi.json`: what the routes say of themselves, completed by what holds for all of them.
//!
//! A handler tells its own answers; which refusals any request may get is told here, once.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use utoipa::{
    ToSchema as _,
    openapi::{
        Components, Info, OpenApi, OpenApiBuilder,
        schema::ComponentsBuilder,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use super::examples;
use crate::server::http::problem::{PROBLEM, Problem};

const ABOUT: &str = "Everything that a person can do in Papo, for programs. Send JSON, get JSON; refusals are problems \
                     (RFC 9457) whose `code` tells what to mend. Ids and seqs are numbers below 2^53, moments \
                     microseconds since 1970 in UTC.";

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
            for (method, operation) in operations {
                complete_operation(method, operation);
            }
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
    document
}

fn complete_operation(method: &str, operation: &mut Value) {
    let is_read = method == "get";
    let is_public = operation["security"] == json!([{}]);
    let has_body = operation.get("requestBody").is_some();
    let has_parts = operation.get("parameters").is_some();
    let always = [500, 503].into_iter();
    let always = always.chain((!is_public).then_some([401, 429]).into_iter().flatten());
    let always = always.chain((has_body || has_parts).then_some(400));
    let always = always.chain((!is_read).then_some([403, 507]).into_iter().flatten());
    let always = always.chain(has_body.then_some([408, 413, 415]).into_iter().flatten());
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for status in always {
        responses.entry(status.to_string()).or_insert_with(|| json!({ "description": "" }));
    }
    if is_read {
        responses.insert(
            "304".to_owned(),
            json!({ "description": "`If-None-Match` names the answer: it is as it was." }),
        );
    }
    for (status, response) in responses.iter_mut() {
        let status = status.parse().ok().and_then(|status| StatusCode::from_u16(status).ok());
        complete_response(status.unwrap_or_default(), is_public, is_read, response);
    }
    responses.sort_keys();
}

fn complete_response(status: StatusCode, is_public: bool, is_read: bool, response: &mut Value) {
    let is_refusal = status.is_client_error() || status.is_server_error();
    let mut headers = response["headers"].as_object().cloned().unwrap_or_default();
    let mut refer = |name: &str| {
        headers.insert(name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }));
    };
    if let (true, Some(error)) = (is_refusal, examples::problem(status.as_u16())) {
        if response["description"].as_str().unwrap_or_default().is_empty() {
            response["description"] = crate::server::http::problem_words::about(&error).into();
        }
        let schema = json!({ "$ref": "#/components/schemas/Problem" });
        response["content"] = json!({ PROBLEM: { "schema": schema, "example": Problem::from(&error) } });
        if error.is_retryable() {
            refer("Retry-After");
        }
    }
    if !is_public && status != StatusCode::UNAUTHORIZED {
        ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"].into_iter().for_each(&mut refer);
    }
    if is_read && !is_refusal {
        refer("ETag");
    }
    if !headers.is_empty() {
        response["headers"] = Value::Object(headers);
    }
}

fn headers() -> Value {
    let number = |about: &str| json!({ "description": about, "schema": { "type": "integer", "minimum": 0 } });
    let headers = [
        ("RateLimit-Limit", number("How many requests may come at once.")),
        ("RateLimit-Remaining", number("How many of them are left.")),
        ("RateLimit-Reset", number("Seconds until all of them are back.")),
        ("Retry-After", number("Seconds until the same request may succeed.")),
        (
            "ETag",
            json!({ "description": "The content's tag, for `If-None-Match`.", "schema": { "type": "string" } }),
        ),
    ];
    headers.into_iter().map(|(name, header)| (name.to_owned(), header)).collect::<Map<_, _>>().into()
}
