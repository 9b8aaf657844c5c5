//! Rooms of every kind in which everybody stands as their names say, for the rows that the table of abilities answers.

use papo::model::{
    MemberRole, SiteRole,
    ability::{Facts, RoomClass, RoomState, Standing, Target},
};
use serde_json::{Value, json};

use super::world::{Asker, Names, World};
use crate::support::{Client, introduce};

const PASSWORD: &str = "open sesame";
/// Members beside those who ask.
const OTHERS: [&str; 3] = ["pal", "deputy", "partner"];

/// A world with more people and the rooms that were made in it.
pub struct Places {
    pub world: World,
    class: RoomClass,
    state: RoomState,
    /// Members who do not ask.
    others: Vec<(&'static str, Client)>,
    /// With one owner, and with two.
    rooms: [Option<Names>; 2],
    made: usize,
}

impl Places {
    pub async fn make(class: RoomClass, state: RoomState) -> Self {
        let mut world = World::make().await;
        for asker in [Asker::Moderator, Asker::Insider] {
            let client = world.app.user(&asker.username()).await;
            world.clients.push((asker, client));
        }
        let owner = world.client(Asker::Owner);
        for asker in [Asker::Moderator, Asker::Insider] {
            introduce(owner, world.client(asker)).await;
        }
        let mut others = Vec::new();
        for name in OTHERS {
            let client = world.app.user(name).await;
            introduce(owner, &client).await;
            others.push((name, client));
        }
        for name in ["asked", "peer"] {
            world.app.user(name).await;
        }
        world.app.papo(&["user", "role", "insider", "administrator"]).await;
        let mut places = Self { world, class, state, others, rooms: [None, None], made: 0 };
        if class == RoomClass::Direct {
            // The only one of its kind, so nothing in it may be changed.
            let names = places.direct_room().await;
            places.rooms = [Some(names.clone()), Some(names)];
        }
        places
    }

    /// How the asker stands to the room; none for who is not signed in.
    pub fn facts(&self, asker: Asker) -> Option<Facts> {
        let (class, state) = (self.class, self.state);
        let inside = |role| match class {
            RoomClass::Direct if asker != Asker::Member => Standing::Outside,
            _ => Standing::Inside(role),
        };
        let standing = match asker {
            Asker::Anonymous | Asker::Disabled => return None,
            Asker::Outsider | Asker::Former | Asker::Administrator => Standing::Outside,
            Asker::Invited if class.is_closed() => Standing::Invited,
            Asker::Invited => Standing::Outside,
            Asker::Member | Asker::Insider => inside(MemberRole::Member),
            Asker::Moderator => inside(MemberRole::Moderator),
            Asker::Owner => inside(MemberRole::Owner),
        };
        let site = match asker {
            Asker::Administrator | Asker::Insider => SiteRole::Administrator,
            _ => SiteRole::Member,
        };
        Some(Facts { site, standing, class, state })
    }

    /// The room, in which `target` is who stands so to it and to the asker; none if nobody can.
    pub async fn room_with(&mut self, asker: Asker, target: Target) -> Option<Names> {
        let standing = self.facts(asker).map_or(Standing::Outside, |facts| facts.standing);
        let has_roles = self.class.has_roles();
        let (name, has_partner) = match target {
            Target::Outside => ("bystander".to_owned(), false),
            Target::Invited { by_me } => {
                let can = self.class.is_closed() && (standing.is_inside() || !by_me);
                ("asked".to_owned(), can.then_some(false)?)
            }
            Target::Myself { last_owner } => {
                let is_owner = standing == Standing::Inside(MemberRole::Owner);
                let can = standing.is_inside() && (is_owner || !last_owner);
                (asker.username(), can.then_some(is_owner && !last_owner)?)
            }
            Target::Inside(MemberRole::Member) if !has_roles => ("peer".to_owned(), false),
            Target::Inside(MemberRole::Member) => ("pal".to_owned(), false),
            Target::Inside(MemberRole::Moderator) => ("deputy".to_owned(), has_roles.then_some(false)?),
            Target::Inside(MemberRole::Owner) => ("partner".to_owned(), has_roles.then_some(true)?),
            Target::LastOwner => {
                let can = has_roles && asker != Asker::Owner;
                ("owner".to_owned(), can.then_some(false)?)
            }
        };
        let slot = usize::from(has_partner);
        if self.rooms[slot].is_none() {
            self.rooms[slot] = Some(self.make_room(has_partner).await);
        }
        let names = self.rooms[slot].clone()?;
        if let Target::Invited { by_me } = target {
            let inviter = match (by_me, asker) {
                (true, asker) => asker,
                (false, Asker::Owner) => Asker::Member,
                (false, _) => Asker::Owner,
            };
            let place = format!("/api/rooms/{}/members/asked", names.room);
            let owner = self.world.client(Asker::Owner);
            // Another one's invitation stays when somebody invites again.
            owner.rest("DELETE", &place, Value::Null).await;
            self.world.client(inviter).rest("PUT", &place, Value::Null).await.expect(202);
        }
        Some(Names { target: name, ..names })
    }

    /// Something was allowed, so the room may not be as its people's names say.
    pub async fn spoil(&mut self, asker: Asker, names: &Names) {
        if self.class == RoomClass::Direct {
            return;
        }
        self.rooms = [None, None];
        if asker == Asker::Invited {
            // Whoever shares a closed room with the owner is not asked the next time.
            let place = format!("/api/rooms/{}/members/me", names.room);
            self.world.client(asker).rest("DELETE", &place, Value::Null).await;
        }
    }

    async fn direct_room(&self) -> Names {
        let member = self.world.client(Asker::Member);
        let room = member.rest("PUT", "/api/direct/peer", Value::Null).await.expect(200).json();
        let room = room["id"].to_string();
        let names = tell(member, room).await;
        if self.state == RoomState::PeerDisabled {
            self.world.app.papo(&["user", "disable", "peer"]).await;
        }
        names
    }

    fn named(&self, username: &str) -> &Client {
        let other = self.others.iter().find(|(name, _)| *name == username).map(|(_, client)| client);
        let asker = || Asker::ALL.into_iter().find(|asker| asker.username() == username).unwrap();
        other.unwrap_or_else(|| self.world.client(asker()))
    }

    async fn make_room(&mut self, has_partner: bool) -> Names {
        self.made += 1;
        let owner = self.world.client(Asker::Owner);
        let members = ["member", "moderator", "insider", "former", "pal", "deputy"];
        let members: Vec<&str> = members.into_iter().chain(has_partner.then_some("partner")).collect();
        let name = format!("Place {}", self.made);
        let (path, wish) = match self.class {
            RoomClass::PublicChannel => ("/api/channels", json!({ "name": name })),
            RoomClass::PasswordChannel => ("/api/channels", json!({ "name": name, "password": PASSWORD })),
            RoomClass::PrivateChannel => ("/api/channels", json!({ "name": name, "private": true })),
            RoomClass::Group => ("/api/groups", json!({ "name": name, "members": ["member"] })),
            RoomClass::Direct => unreachable!("it is made once"),
        };
        let room = owner.rest("POST", path, wish).await.expect(201).json()["id"].to_string();
        let place = |who: &str| format!("/api/rooms/{room}/members/{who}");
        for who in &members {
            if self.class.is_closed() {
                owner.rest("PUT", &place(who), Value::Null).await.expect(200);
            } else {
                let door = json!({ "password": PASSWORD });
                self.named(who).rest("PUT", &place("me"), door).await.expect(200);
            }
        }
        if self.class.is_closed() {
            owner.rest("PUT", &place("invited"), Value::Null).await.expect(202);
        }
        owner.rest("DELETE", &place("former"), Value::Null).await.expect(204);
        for (who, role) in [("moderator", "moderator"), ("deputy", "moderator"), ("partner", "owner")] {
            if members.contains(&who) {
                owner.rest("PATCH", &place(who), json!({ "role": role })).await.expect(200);
            }
        }
        tell(owner, room).await
    }
}

/// Says something in the room, for the rows that ask about a message.
async fn tell(client: &Client, room: String) -> Names {
    let path = format!("/api/rooms/{room}/messages");
    let said = client.rest("POST", &path, json!({ "text": "a secret" })).await.expect(201).json();
    Names { room, message: said["id"].to_string(), target: String::new() }
}
