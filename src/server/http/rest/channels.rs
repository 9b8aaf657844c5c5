//! `/api/channels`: the directory, and making channels.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, Uri, header},
    response::IntoResponse,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    asker::{Reader, Writer},
    extract::{Json, Path, Query},
    page::{Page, page_size},
};
use crate::{
    error::{AppError, Reason},
    model::{
        RoomSummary,
        page::{ChannelCard, ChannelPage},
    },
    server::{
        chat::{
            Chat,
            rooms::{self, NewChannel},
        },
        http::App,
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_channels, create_channel)).routes(routes!(show_channel))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListChannels {
    /// Finds channels by a part of their name, the best first, on one page. Accents and case do not matter.
    #[param(example = "gen")]
    query: Option<String>,
    /// Goes on after the channel with this `slug` or id.
    after: Option<String>,
    /// How many at most; 50 if not given.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
}

/// The directory
///
/// The channels that are not private, by name, whether I am in them or not.
#[utoipa::path(
    get, path = "/api/channels", tag = "Channels", params(ListChannels),
    responses((status = 200, description = "Some of them.", body = Page<ChannelCard>), (status = 422))
)]
async fn list_channels(
    State(chat): State<Arc<Chat>>,
    Reader(me): Reader,
    Query(asked): Query<ListChannels>,
    uri: Uri,
) -> Result<Page<ChannelCard>, AppError> {
    let limit = page_size(asked.limit)?;
    if let Some(query) = asked.query {
        if asked.after.is_some() {
            return Err(AppError::invalid("after", Reason::Unknown));
        }
        return Ok(Page::new(rooms::find_channels(&chat, &me, &query, limit).await?.channels));
    }
    let after = asked.after.unwrap_or_default();
    let ChannelPage { channels, has_more } = rooms::list_channels(&chat, &me, &after, limit).await?;
    let next = channels.last().filter(|_| has_more).map(|channel| channel.slug.clone());
    Ok(Page::new(channels).going_on(&uri, next, limit))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ChannelPath {
    /// The channel's id, or its name as in its address.
    #[param(value_type = String, example = "general")]
    channel: String,
}

/// A channel from outside
#[utoipa::path(
    get, path = "/api/channels/{channel}", tag = "Channels", params(ChannelPath),
    responses((status = 200, description = "What the directory shows of it.", body = ChannelCard), (status = 404))
)]
async fn show_channel(
    State(chat): State<Arc<Chat>>,
    Reader(me): Reader,
    Path(ChannelPath { channel }): Path<ChannelPath>,
) -> Result<Json<ChannelCard>, AppError> {
    rooms::load_channel(&chat, &me, &channel).await.map(Json)
}

/// A channel to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Garden talk", "topic": "What grows"}))]
struct ChannelWish {
    /// Unique among channels, with a letter or digit in it.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    #[serde(default)]
    #[schema(max_length = 250)]
    topic: String,
    /// Who knows it may enter; empty for a channel that everybody may enter.
    #[serde(default)]
    #[schema(max_length = 128, format = Password)]
    password: String,
    /// Only those whom a member takes in know of it. Such a channel has no password, and is addressed by its id.
    #[serde(default)]
    private: bool,
}

/// Make a channel
///
/// I own it and am in it.
#[utoipa::path(
    post, path = "/api/channels", tag = "Channels", request_body = ChannelWish,
    responses(
        (status = 201, description = "The new room.", body = RoomSummary, headers(("Location" = String, description = "The room."))),
        (status = 422, description = "A field breaks a rule, the name is taken, or a limit is reached."),
    )
)]
async fn create_channel(
    State(chat): State<Arc<Chat>>,
    Writer(me): Writer,
    Json(wished): Json<ChannelWish>,
) -> Result<impl IntoResponse, AppError> {
    let ChannelWish { name, topic, password, private } = wished;
    let id = rooms::create_channel(&chat, &me, NewChannel { name, topic, password, private }).await?;
    let room = rooms::load_summary(&chat, &me, id).await?;
    Ok((StatusCode::CREATED, [(header::LOCATION, format!("/api/rooms/{id}"))], Json(room)))
}
