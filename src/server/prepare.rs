//! What a server needs of its database, made where it is missing. Called by `serve` before anybody is let in.

use std::net::IpAddr;

use super::{
    auth::{self, DeviceKey, LoginKeys, SetupLink},
    chat::{
        Chat,
        accounts::{self, NewAccount},
        rooms,
    },
    store::{StoreError, Tx, settings, users},
};
use crate::{
    error::Reason,
    model::{
        RoomId, SiteRole,
        user::{DisplayName, Email, Password, Username},
    },
};

/// What a server needs to know of its database.
pub(super) struct Prepared {
    pub(super) setup: SetupLink,
    pub(super) login_keys: LoginKeys,
    pub(super) device_key: DeviceKey,
    pub(super) general: RoomId,
}

/// Makes what is missing in the database.
pub(super) async fn prepare(tx: &mut Tx) -> Result<Prepared, StoreError> {
    auth::hash_stored_ids(tx).await?;
    let setup = if users::has_administrator(tx).await? {
        SetupLink::none()
    } else {
        SetupLink::new(settings::setup_secret(tx).await?)
    };
    let login_keys = LoginKeys::new(&settings::token_secret(tx).await?);
    let device_key = DeviceKey::new(&settings::device_secret(tx).await?);
    let general = rooms::ensure_general(tx).await?;
    rooms::fill_directory(tx).await?;
    Ok(Prepared { setup, login_keys, device_key, general })
}

/// Makes the users that the origin's documents name, where they are missing.
///
/// # Errors
/// Those of the database.
pub(super) async fn make_demo_users(chat: &Chat) -> anyhow::Result<()> {
    for (username, name) in [("alice", "Alice"), ("bob", "Bob"), ("carol", "Carol")] {
        let known = {
            let mut conn = chat.db.read().await?;
            users::find_account_by_login(&mut conn, username).await?.is_some()
        };
        if known {
            continue;
        }
        let parse = || -> Result<NewAccount, Reason> {
            Ok(NewAccount {
                username: Username::parse(username)?,
                name: DisplayName::parse(name)?,
                email: Email::parse(&format!("{username}@example.org"))?,
                birth_date: None,
                password: Password::preset(format!("{username}@123")),
            })
        };
        let account = parse().map_err(|reason| anyhow::anyhow!("demo user {username}: {reason:?}"))?;
        accounts::create(chat, account, SiteRole::Member, IpAddr::from([127, 0, 0, 1])).await?;
    }
    tracing::warn!("demo users alice, bob and carol have well-known passwords");
    Ok(())
}
