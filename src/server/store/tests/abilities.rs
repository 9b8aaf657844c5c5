//! Where a statement reads or writes for somebody, what it does is what the ability table says, for every combination.

use super::*;
use crate::{
    model::{
        Cid, RoomAccess, RoomId, RoomKind, SiteRole, UserId,
        ability::{Ability, Facts, InvitationFacts, RoomClass, RoomState, Standing, decide},
        overview::RoomCursor,
    },
    server::store::{
        blocks::insert_block,
        channels::list_channels,
        facts::{find_facts, find_site_role},
        invitations::{NewInvitation, list_invitations, put_invitation},
        known::{Asked, list_known},
        members::{NewMember, join, leave},
        rooms::{NewRoom, direct_key, insert_room, next_seq},
        summaries::{find_summary, list_summaries},
        users::{update_disabled, update_role},
    },
};
use factory::a_room;

/// A room of this class, whose members are `peer` and, with the role that the standing says, `user`.
async fn a_room_of(conn: &mut Tx, facts: Facts, user: UserId, peer: UserId) -> RoomId {
    let Facts { standing, class, .. } = facts;
    let (kind, access) = match class {
        RoomClass::PublicChannel => (RoomKind::Channel, RoomAccess::Public),
        RoomClass::PasswordChannel => (RoomKind::Channel, RoomAccess::Password),
        RoomClass::PrivateChannel => (RoomKind::Channel, RoomAccess::Private),
        RoomClass::Group => (RoomKind::Group, RoomAccess::Private),
        RoomClass::Direct => (RoomKind::Direct, RoomAccess::Private),
    };
    let key = direct_key(user, peer);
    let direct_key = (kind == RoomKind::Direct).then_some(key.as_str());
    let room = NewRoom { kind, access, direct_key, name: "room", ..a_room(peer) };
    insert_room(conn, &room).await.unwrap();
    enter(conn, room.id, peer).await;
    match standing {
        Standing::Outside => {
            enter(conn, room.id, user).await;
            let seq = next_seq(conn, room.id).await.unwrap();
            leave(conn, room.id, user, seq, NOW).await.unwrap();
        }
        Standing::Invited => {
            let new = NewInvitation { room: room.id, user, inviter: peer, dropped: false, at: NOW };
            put_invitation(conn, &new).await.unwrap();
        }
        Standing::Inside(role) => {
            let seq = next_seq(conn, room.id).await.unwrap();
            join(conn, &NewMember { room: room.id, user, role, seq, at: NOW }).await.unwrap();
        }
    }
    room.id
}

on_both_engines! {
    async fn statements_do_what_the_table_says(test: &TestDb) {
        let mut conn = test.writer().await;
        let mut compared = 0;
        for (n, facts) in Facts::all().enumerate() {
            // Only a direct room has a peer, and an inviter who is disabled takes the invitation along.
            let is_odd = facts.state == RoomState::PeerDisabled
                && (facts.class != RoomClass::Direct || facts.standing == Standing::Invited);
            if is_odd {
                continue;
            }
            let user = a_user(&mut conn, &format!("user{n}")).await;
            let peer = a_user(&mut conn, &format!("peer{n}")).await;
            update_role(&mut conn, user, facts.site).await.unwrap();
            let room = a_room_of(&mut conn, facts, user, peer).await;
            update_disabled(&mut conn, peer, facts.state == RoomState::PeerDisabled).await.unwrap();
            assert_eq!(find_facts(&mut conn, room, user).await.unwrap(), Some(facts));
            assert_eq!(find_site_role(&mut conn, user).await.unwrap(), Some(facts.site));

            let may = |ability| decide(ability, facts).is_allowed();
            let asked = Asked { author: user, cid: Cid::new(), room };
            let known = list_known(&mut conn, &[asked]).await.unwrap().remove(0);
            let verdict = decide(Ability::Post, known.facts.unwrap());
            assert_eq!(verdict, decide(Ability::Post, facts), "posting: {facts:?}");

            let summary = find_summary(&mut conn, user, room).await.unwrap();
            assert_eq!(summary.is_some(), may(Ability::Read), "reading: {facts:?}");
            let mine = list_summaries(&mut conn, user, RoomCursor::START, 9).await.unwrap();
            assert_eq!(!mine.is_empty(), may(Ability::Read), "my rooms: {facts:?}");
            let open = list_invitations(&mut conn, user, 9).await.unwrap();
            assert_eq!(!open.is_empty(), may(Ability::Answer), "my invitations: {facts:?}");
            // One that is listed comes after what is before all names.
            let listed = list_channels(&mut conn, user, ("", RoomId(0)), 1_000).await.unwrap();
            let is_listed = listed.iter().any(|channel| channel.room.id == room);
            assert_eq!(is_listed, may(Ability::Find), "the directory: {facts:?}");
            compared += 1;
        }
        assert_eq!(compared, 2 * (5 * 5 + 4));
        assert_eq!(find_facts(&mut conn, RoomId(1), UserId(1)).await.unwrap(), None);
    }

    async fn an_invitation_that_is_not_shown_is_none(test: &TestDb) {
        let mut conn = test.writer().await;
        for n in 0..8 {
            let [dropped, inviter_disabled, inviter_blocked] = [1, 2, 4].map(|bit| n & bit != 0);
            let facts = InvitationFacts { dropped, inviter_disabled, inviter_blocked };
            let user = a_user(&mut conn, &format!("user{n}")).await;
            let inviter = a_user(&mut conn, &format!("inviter{n}")).await;
            let room = a_group(&mut conn, "trip", inviter).await;
            put_invitation(&mut conn, &NewInvitation { room, user, inviter, dropped, at: NOW }).await.unwrap();
            update_disabled(&mut conn, inviter, inviter_disabled).await.unwrap();
            if inviter_blocked {
                insert_block(&mut conn, user, inviter, NOW).await.unwrap();
            }
            let found = find_facts(&mut conn, room, user).await.unwrap().unwrap();
            let (standing, class, site) = (Standing::of(None, Some(facts)), RoomClass::Group, SiteRole::Member);
            assert_eq!(found, Facts { site, standing, class, state: RoomState::Open }, "{facts:?}");
            let is_listed = !list_invitations(&mut conn, user, 9).await.unwrap().is_empty();
            assert_eq!(is_listed, facts.is_open(), "{facts:?}");
        }
    }
}
