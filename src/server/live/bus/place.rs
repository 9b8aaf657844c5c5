//! Whether a user's connections hear of a room as they must, and putting them right when words were lost.

use super::{Bus, Job};
use crate::{
    model::{LiveEvent, Member, RoomId, Seq, UserId},
    server::live::Live,
};

impl Live {
    /// Asks for the database's word if the user's connections do not hear of the room, or not, as they must
    /// since its change `seq`.
    pub fn check_place(&self, room: RoomId, user: UserId, seq: Seq, joined: bool) {
        let Some(bus) = &self.bus else { return };
        if self.is_in_place(room, user, joined) {
            return;
        }
        let comes_later = bus.seen_of(room).is_some_and(|seen| seen < seq);
        if !comes_later {
            bus.ask(Job::Place { room, user });
        }
    }

    fn is_in_place(&self, room: RoomId, user: UserId, joined: bool) -> bool {
        if !self.presence.is_here(user) {
            return true;
        }
        if joined { self.hub.all_hear(room, user) } else { !self.hub.any_hears(room, user) }
    }

    /// Lets the user's connections hear of the room or not, as `member` says, which was so when the room's last
    /// seq was `head`. Those that change are told; who comes so late must also fetch the room. False if the user
    /// has moved since: then read again.
    pub fn put_in_place(&self, member: Member, head: Seq) -> bool {
        let (room, user) = (member.room, member.user.id);
        let joined = member.joined;
        let put = || {
            let member = LiveEvent::Member(member);
            if joined {
                self.hub.admit(room, user, &[member, LiveEvent::Reload { room }]);
            } else {
                self.hub.expel(room, user, &member);
            }
        };
        // Not while the room's events go to the hub: they keep their order.
        match self.bus.as_ref().and_then(|bus: &Bus| bus.room(room)) {
            Some(open) => {
                let done = open.with(|state| {
                    let is_old = state.moves.may_be_after(user, head);
                    if !is_old {
                        put();
                    }
                    !is_old
                });
                // A room that was just closed has nobody here.
                done.unwrap_or(true)
            }
            None => {
                put();
                true
            }
        }
    }
}
