//! Who people are. Rows and events name them by id; each page and each answer tells once who they are, and a tab keeps that.

use serde::{Deserialize, Serialize};

use super::{Change, Invitation, LiveEvent, Member, Message, RoomSummary, UserId, UserRef, What};

/// People by id: of each, the latest state that was told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct People(Vec<UserRef>);

impl People {
    pub fn get(&self, id: UserId) -> Option<&UserRef> {
        self.place(id).ok().map(|place| &self.0[place])
    }

    /// What the person is called; empty if that was never told.
    pub fn name(&self, id: UserId) -> &str {
        self.get(id).map_or("", |user| &user.name)
    }

    /// What these are called together: `Bea, Carol`.
    pub fn names(&self, ids: &[UserId]) -> String {
        ids.iter().map(|id| self.name(*id)).collect::<Vec<_>>().join(", ")
    }

    /// Takes in who somebody is, unless something later is known.
    pub fn learn(&mut self, user: UserRef) {
        match self.place(user.id) {
            Ok(place) if self.0[place].seq <= user.seq => self.0[place] = user,
            Ok(_) => {}
            Err(place) => self.0.insert(place, user),
        }
    }

    pub fn learn_all(&mut self, people: Self) {
        people.0.into_iter().for_each(|user| self.learn(user));
    }

    pub fn iter(&self) -> impl Iterator<Item = &UserRef> {
        self.0.iter()
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn place(&self, id: UserId) -> Result<usize, usize> {
        self.0.binary_search_by(|user| user.id.cmp(&id))
    }
}

impl From<UserRef> for People {
    fn from(user: UserRef) -> Self {
        Self(vec![user])
    }
}

impl FromIterator<UserRef> for People {
    fn from_iter<I: IntoIterator<Item = UserRef>>(users: I) -> Self {
        let mut people = Self::default();
        users.into_iter().for_each(|user| people.learn(user));
        people
    }
}

/// What names people by their ids.
pub trait Naming {
    fn named(&self) -> impl Iterator<Item = UserId>;
}

impl Naming for Message {
    fn named(&self) -> impl Iterator<Item = UserId> {
        [self.from].into_iter().chain(self.by)
    }
}

impl Naming for Member {
    fn named(&self) -> impl Iterator<Item = UserId> {
        [self.user].into_iter()
    }
}

impl Naming for Invitation {
    fn named(&self) -> impl Iterator<Item = UserId> {
        [self.inviter].into_iter()
    }
}

impl Naming for RoomSummary {
    fn named(&self) -> impl Iterator<Item = UserId> {
        let last = self.last.as_ref().map(|last| last.from);
        self.partner.into_iter().chain(last).chain(self.others.iter().copied())
    }
}

impl<T: Naming> Naming for [T] {
    fn named(&self) -> impl Iterator<Item = UserId> {
        self.iter().flat_map(T::named)
    }
}

impl Naming for Change {
    fn named(&self) -> impl Iterator<Item = UserId> {
        let (message, member) = match &self.what {
            What::Message(message) | What::Changed(message) => (Some(message), None),
            What::Member(member) => (None, Some(member)),
            What::Unknown(_) => (None, None),
        };
        message.into_iter().flat_map(Message::named).chain(member.into_iter().flat_map(Member::named))
    }
}

/// An event with the people whom it names. Who does not know them is told of them first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introduced<E = LiveEvent> {
    pub event: E,
    #[serde(default)]
    pub people: People,
}

impl<E: Into<LiveEvent>> From<E> for Introduced {
    fn from(event: E) -> Self {
        Self { event: event.into(), people: People::default() }
    }
}

impl<E: Into<LiveEvent>> Introduced<E> {
    /// An event that names nobody, or nobody who has to be introduced.
    pub fn alone(event: E) -> Self {
        Self { event, people: People::default() }
    }

    /// As what is told to connections.
    pub fn told(self) -> Introduced {
        Introduced { event: self.event.into(), people: self.people }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Seq;

    fn user(id: i64, name: &str, seq: i64) -> UserRef {
        UserRef { id: UserId(id), username: format!("u{id}"), name: name.into(), seq: Seq(seq) }
    }

    #[test]
    fn the_latest_state_stays_whatever_is_told_after_it() {
        let mut people: People = [user(7, "Bea", 0), user(3, "Ana", 0)].into_iter().collect();
        people.learn(user(7, "Beatriz", 5));
        people.learn_all([user(7, "Bea", 0), user(4, "Carol", 2)].into_iter().collect());
        assert_eq!(people.names(&[UserId(3), UserId(4), UserId(7)]), "Ana, Carol, Beatriz");
        assert_eq!(people.name(UserId(9)), "");
    }

    #[test]
    fn people_are_a_list_by_id_in_json() {
        let people: People = [user(7, "Bea", 2), user(3, "Ana", 0)].into_iter().collect();
        let json = serde_json::to_string(&people).unwrap();
        assert_eq!(
            json,
            r#"[{"id":3,"username":"u3","name":"Ana"},{"id":7,"username":"u7","name":"Bea","seq":2}]"#
        );
        assert_eq!(serde_json::from_str::<People>(&json).unwrap(), people);
    }
}
