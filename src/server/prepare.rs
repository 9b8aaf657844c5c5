//! What a server needs of its database, made where it is missing. Called by `serve` before anybody is let in.

use super::{
    auth::{self, DeviceKey, LoginKeys, SetupLink},
    chat::rooms,
    store::{StoreError, Tx, settings, users},
};
use crate::model::RoomId;

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
