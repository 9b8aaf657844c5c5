//! Examples for the document. A test sends those of requests, and checks all of them against their schemas.

use serde_json::{Value, json};

use crate::error::{AppError, Reason};

/// What a value of this schema looks like.
pub(super) fn of(schema: &str) -> Option<Value> {
    Some(match schema {
        "Me" => json!({
            "id": 4_503_599_627_370_496_i64, "username": "alice", "name": "Alice", "email": "alice@example.org",
            "role": "member",
        }),
        "UserRef" => bob(),
        "RoomSummary" => json!({
            "id": 4_503_599_627_370_497_i64, "kind": "channel", "access": "public", "slug": "general", "name": "general",
            "topic": "", "role": "member", "head": 7, "read_seq": 6, "unread": 1, "partner": null,
            "last": { "seq": 7, "notice": null, "from": BOB, "text": "Good morning!", "at": AT },
        }),
        "ChannelCard" => json!({
            "id": 4_503_599_627_370_497_i64, "slug": "general", "name": "general", "topic": "", "access": "public",
            "member_count": 3, "online": [bob()], "online_count": 1, "joined": true,
        }),
        "Member" => json!({
            "room": 4_503_599_627_370_497_i64, "seq": 3, "user": BOB, "role": "member", "joined": true,
        }),
        "Invitation" => json!({
            "room": 4_503_599_627_371_010_i64, "kind": "group", "name": "Saturday", "inviter": BOB, "member_count": 2,
            "at": AT,
        }),
        "Invited" => json!({ "room": 4_503_599_627_371_009_i64, "invited": bob() }),
        "Mark" => json!({ "user": 4_503_599_627_370_500_i64, "delivered_seq": 7, "read_seq": 6 }),
        "Message" => json!({
            "room": 4_503_599_627_370_497_i64, "seq": 7, "id": 4_503_599_627_370_498_i64, "cid": CID, "kind": "text",
            "from": BOB, "text": "Good morning!", "html": "Good morning!", "at": AT, "changed_seq": 7,
        }),
        "Receipt" => json!({
            "cid": CID, "room": 4_503_599_627_370_497_i64, "id": 4_503_599_627_370_498_i64, "seq": 7, "at": AT,
        }),
        "Secret" => json!("papo_Zm9yIHRoZSBkb2N1bWVudCBvbmx5LCBub3QgYSB0b2tlbg"),
        "PersonalToken" => json!({
            "id": 4_503_599_627_370_501_i64, "name": "weather bot", "scopes": ["read", "write"], "created_at": AT,
            "expires_at": null, "used_at": AT,
        }),
        "MadePersonal" => json!({
            "token": "papo_Zm9yIHRoZSBkb2N1bWVudCBvbmx5LCBub3QgYSB0b2tlbg", "id": 4_503_599_627_370_501_i64,
            "name": "weather bot", "scopes": ["read", "write"], "created_at": AT, "expires_at": null, "used_at": null,
        }),
        "IssuedToken" => {
            json!({ "token": "eyJ0eXAiOiJKV1Qi.eyJpc3MiOiJwYXBv.c2ln", "expires_at": AT, "user": bob() })
        }
        "Ticket" => json!({ "ticket": "bm90IGEgdGlja2V0LCBvbmx5IHRoZSBkb2N1bWVudCdz", "expires_in": 30 }),
        "SessionInfo" => json!({
            "id": "cHVibGljIGlkIG9ubHkgLi4", "kind": "browser", "current": true, "created_at": AT, "seen_at": AT,
            "expires_at": AT,
        }),
        _ => return None,
    })
}

const CID: &str = "0190c3a5-7c1e-7d3a-9f00-1b2c3d4e5f60";
const AT: i64 = 1_795_000_000_000_000;

const BOB: i64 = 4_503_599_627_370_500;

fn bob() -> Value {
    json!({ "id": BOB, "username": "bob", "name": "Bob" })
}

/// The refusal that any route may answer with this status.
pub(super) fn problem(status: u16) -> Option<AppError> {
    problems().into_iter().find(|error| error.status() == status)
}

/// Every kind of refusal, by status.
pub(super) fn problems() -> Vec<AppError> {
    vec![
        AppError::malformed("role", Reason::Unknown),
        AppError::Unauthenticated,
        AppError::Forbidden,
        AppError::WrongOrigin { address: "https://chat.example.org".to_owned() },
        AppError::NotFound,
        AppError::MethodNotAllowed,
        AppError::TooSlow,
        AppError::Conflict { reason: Reason::CidReused },
        AppError::TooLarge { max: super::extract::BODY_MAX as u64 },
        AppError::UnsupportedMediaType,
        AppError::WrongHost { address: "https://chat.example.org".to_owned() },
        AppError::invalid("text", Reason::TooLong),
        AppError::RateLimited { retry_after_ms: 400 },
        AppError::Internal { request_id: "6f1c2f0e-6a0c-4b65-a5a4-0f5b7a7f2f11".to_owned() },
        AppError::UNAVAILABLE,
        AppError::STORAGE_FULL,
    ]
}
