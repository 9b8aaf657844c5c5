//! The rooms that a client hears of, each under the name that the client gave it.

use crate::{
    error::{AppError, Reason},
    model::RoomId,
};

/// How many rooms one client hears of at most.
const MOST: usize = 500;

#[derive(Debug, Default)]
pub(super) struct Rooms(Vec<(RoomId, String)>);

/// A room as a client means it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Known<'a> {
    /// One of those that it hears of.
    Id(RoomId),
    /// Another one.
    Name(&'a str),
}

impl Rooms {
    /// The room of this name, or the only one if none is named.
    ///
    /// # Errors
    /// `Invalid` if none is named and there are several or none.
    pub(super) fn known<'a>(&self, name: Option<&'a str>) -> Result<Known<'a>, AppError> {
        match (name, self.0.as_slice()) {
            (None, [(only, _)]) => Ok(Known::Id(*only)),
            (None, _) => Err(AppError::invalid("room", Reason::Missing)),
            (Some(name), rooms) => {
                let named = rooms.iter().find(|(_, known)| known == name);
                Ok(named.map_or(Known::Name(name), |(id, _)| Known::Id(*id)))
            }
        }
    }

    pub(super) fn name_of(&self, room: RoomId) -> Option<&str> {
        self.0.iter().find(|(id, _)| *id == room).map(|(_, name)| name.as_str())
    }

    /// Adds a room, or gives it another name.
    ///
    /// # Errors
    /// `TooLarge` if there are too many.
    pub(super) fn insert(&mut self, room: RoomId, name: String) -> Result<(), AppError> {
        self.remove(room);
        if self.0.len() >= MOST {
            return Err(AppError::TooLarge { max: MOST as u64 });
        }
        self.0.push((room, name));
        Ok(())
    }

    pub(super) fn remove(&mut self, room: RoomId) {
        self.0.retain(|(id, _)| *id != room);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_need_not_be_named_if_there_is_only_one() {
        let mut rooms = Rooms::default();
        assert_eq!(rooms.known(None), Err(AppError::invalid("room", Reason::Missing)));
        rooms.insert(RoomId(1), "jogos".into()).unwrap();
        assert_eq!(rooms.known(None), Ok(Known::Id(RoomId(1))));
        rooms.insert(RoomId(2), "música".into()).unwrap();
        assert!(rooms.known(None).is_err());
        assert_eq!(rooms.known(Some("jogos")), Ok(Known::Id(RoomId(1))));
        assert_eq!(rooms.known(Some("other")), Ok(Known::Name("other")));
        rooms.insert(RoomId(1), "Jogos".into()).unwrap();
        assert_eq!(rooms.name_of(RoomId(1)), Some("Jogos"), "by the name that it had last");
        rooms.remove(RoomId(1));
        assert_eq!(rooms.name_of(RoomId(1)), None);
    }
}
