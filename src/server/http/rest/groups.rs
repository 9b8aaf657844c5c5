//! `/api/groups` and `/api/direct`: rooms among people who are named.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    asker::Writer,
    extract::{Json, Path},
};
use crate::{
    error::AppError,
    model::{RoomSummary, UserRef, command::Addressee},
    server::{
        chat::{
            Chat,
            rooms::{self, NewGroup},
        },
        http::App,
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_group)).routes(routes!(open_direct))
}

/// A group to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Saturday", "members": ["bob", "carol"]}))]
struct GroupWish {
    /// Empty for a group that is called after its members.
    #[serde(default)]
    #[schema(max_length = 80)]
    name: String,
    /// The others, each by id (a number) or user name (a string).
    #[schema(min_items = 1, max_items = 49)]
    members: Vec<Addressee>,
}

/// A group that was made.
#[derive(Serialize, ToSchema)]
struct MadeGroup {
    #[serde(flatten)]
    room: RoomSummary,
    /// Who is in it besides me.
    entered: Vec<UserRef>,
    /// Who is asked first, since they do not know me.
    invited: Vec<UserRef>,
}

/// Make a group
///
/// I own it. Those who know me are in it at once: they share a group or private channel with me, or have written to me.
/// The others are invited and enter when they accept. Later any member may take in others, up to fifty people.
#[utoipa::path(
    post, path = "/api/groups", tag = "Groups", request_body = GroupWish,
    responses(
        (status = 201, description = "The new room.", body = MadeGroup, headers(("Location" = String, description = "The room."))),
        (status = 422, description = "The name breaks a rule, a member is unknown, or a limit is reached."),
    )
)]
async fn create_group(
    State(chat): State<Arc<Chat>>,
    Writer(me): Writer,
    Json(GroupWish { name, members }): Json<GroupWish>,
) -> Result<impl IntoResponse, AppError> {
    let NewGroup { id, entered, invited } = rooms::create_group(&chat, &me, &name, &members).await?;
    let room = rooms::load_summary(&chat, &me, id).await?;
    let location = [(header::LOCATION, format!("/api/rooms/{id}"))];
    Ok((StatusCode::CREATED, location, Json(MadeGroup { room, entered, invited })))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct PartnerPath {
    /// The other person's id or user name.
    #[param(value_type = String, example = "bob")]
    user: String,
}

/// The direct room with somebody
///
/// Made if there is none yet. Two people have one direct room. How many one may begin in a day with people who do not
/// answer is limited.
#[utoipa::path(
    put, path = "/api/direct/{user}", tag = "Groups", params(PartnerPath),
    responses(
        (status = 200, description = "The room.", body = RoomSummary),
        (status = 404, description = "There is no such person, or it is me."),
        (status = 422, description = "I have begun too many today that nobody answered."),
    )
)]
async fn open_direct(
    State(chat): State<Arc<Chat>>,
    Writer(me): Writer,
    Path(PartnerPath { user }): Path<PartnerPath>,
) -> Result<Json<RoomSummary>, AppError> {
    let id = rooms::open_direct(&chat, &me.user, &Addressee::from_path(&user)).await?.0;
    rooms::load_summary(&chat, &me, id).await.map(Json)
}
