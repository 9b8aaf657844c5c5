//! Whether a user's connections hear of a room as they must, and putting them right when words were lost.

use crate::{
    model::{Change, Ephemeral, Member, RoomId, Seq, UserId, people::Introduced},
    server::live::{
        Live,
        bus::{Job, gate::Gate, rooms::State},
    },
};

impl Live {
    /// Asks for the database's word if the user's connections do not hear of the room, or not, as they must
    /// since its change `seq`.
    pub fn check_membership(&self, room: RoomId, user: UserId, seq: Seq, joined: bool) {
        let Some(bus) = &self.bus else { return };
        if self.hears_as_member(room, user, joined) {
            return;
        }
        let comes_later = bus.seen_of(room).is_some_and(|seen| seen < seq);
        if !comes_later {
            bus.ask(Job::Membership { room, user });
        }
    }

    fn hears_as_member(&self, room: RoomId, user: UserId, joined: bool) -> bool {
        if !self.presence.is_here(user) {
            return true;
        }
        if joined { self.hub.all_hear(room, user) } else { !self.hub.any_hears(room, user) }
    }

    /// Lets the user's connections hear of the room or not, as `member` says, which was so when the room's last
    /// seq was `head`. Those that change are told, who comes also what was `missed` since: all changes up to
    /// `head`, if they are not too many. False if that is old: then it must be read again, but at the last
    /// attempt who comes is told to fetch the room.
    pub fn correct_membership(
        &self,
        Introduced { event: member, people }: Introduced<Member>,
        head: Seq,
        missed: Option<Vec<Introduced<Change>>>,
        is_last: bool,
    ) -> bool {
        let Some(room) = self.bus.as_ref().and_then(|bus| bus.room(member.room)) else { return true };
        // Under the room's lock nothing of it goes to the hub meanwhile.
        let done = room.with(|State { gate, moves, .. }| {
            let (id, user) = (member.room, member.user);
            if moves.may_be_after(user, head) {
                return false;
            }
            if !member.joined {
                self.hub.expel(id, user, &Introduced { event: Change::from(member), people }.told());
                return true;
            }
            let seen = gate.seen().unwrap_or(head);
            let missed = missed.filter(|_| seen <= head).map(|changes| whole(id, member.seq, seen, changes));
            let reload = || {
                let place = Introduced { event: Change::from(member), people };
                vec![place.told(), Ephemeral::Reload { room: id }.into()]
            };
            let Some(news) = missed.or_else(|| is_last.then(reload)) else { return false };
            self.hub.admit(id, user, &news);
            true
        });
        // A room that was just closed has nobody here.
        done.unwrap_or(true)
    }
}

/// The events that tell the changes `from..=to`. Where changes were replaced by later ones it is said that nothing is
/// missing.
fn whole(room: RoomId, from: Seq, to: Seq, changes: Vec<Introduced<Change>>) -> Vec<Introduced> {
    let mut gate = Gate::closed();
    gate.open(Seq(from.0 - 1), |_, _| {});
    let mut news = Vec::new();
    let changes = changes.into_iter().filter(|change| (from..=to).contains(&change.event.seq));
    gate.advance(to, changes.map(|change| (change.event.seq, change)), |seq, change| {
        news.push(change.map_or_else(|| nothing_left(room, seq).into(), Introduced::told));
    });
    news
}

/// Of the changes up to `head` nothing is left that was not told.
pub(super) fn nothing_left(room: RoomId, head: Seq) -> Ephemeral {
    Ephemeral::Synced { room, head, messages: Vec::new(), members: Vec::new() }
}
