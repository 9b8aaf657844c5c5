//! Finding people.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::{error::AppError, model::UserRef, wire::Json};

/// At most ten other users whose user name or display name has `query` in it, accents and case
/// ignored; none for fewer than two characters.
#[server(prefix = "/fn", endpoint = "find_people", input = GetUrl, output = Json)]
pub async fn find_people(#[server(default)] query: String) -> Result<Vec<UserRef>, AppError> {
    use crate::server::{chat::people, context};
    let (chat, me) = context::viewer().await?;
    people::find_people(&chat, &me, &query).await
}
