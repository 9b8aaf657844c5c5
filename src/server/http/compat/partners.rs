//! With whom a user is in each direct room, looked up once per room and connection.

use std::{collections::HashMap, sync::Arc};

use crate::{
    error::AppError,
    model::{Me, RoomId, UserRef},
    server::chat::{Chat, rooms::load_summary_and_people},
};

pub(super) struct Partners {
    chat: Arc<Chat>,
    me: Me,
    known: HashMap<RoomId, Option<UserRef>>,
}

impl Partners {
    pub(super) fn new(chat: &Arc<Chat>, me: &Me) -> Self {
        Self { chat: Arc::clone(chat), me: me.clone(), known: HashMap::new() }
    }

    /// The other person of a direct room; none for other rooms, and for one that the user has left since.
    ///
    /// # Errors
    /// Those of the database. Then the connection must end: its client would miss a message without knowing.
    pub(super) async fn of(&mut self, room: RoomId) -> Result<Option<UserRef>, AppError> {
        if let Some(known) = self.known.get(&room) {
            return Ok(known.clone());
        }
        let partner = match load_summary_and_people(&self.chat, &self.me, room).await {
            Err(AppError::NotFound) => return Ok(None),
            found => {
                let (room, people) = found?;
                room.partner.and_then(|partner| people.get(partner)).cloned()
            }
        };
        self.known.insert(room, partner.clone());
        Ok(partner)
    }

    /// The user hears no more of the room.
    pub(super) fn forget(&mut self, room: RoomId) {
        self.known.remove(&room);
    }
}
