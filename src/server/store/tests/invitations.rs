use super::*;
use crate::{
    model::{
        Invitation, RoomAccess, RoomId, RoomKind, Timestamp, UserId,
        ability::{Acquaintance, Ties},
    },
    server::store::{
        blocks::*,
        facts::find_ties,
        invitations::*,
        members::leave,
        rooms::{NewRoom, insert_room, next_seq},
        users::update_disabled,
    },
};
use factory::a_room;

async fn invite(conn: &mut Tx, room: RoomId, user: UserId, inviter: UserId, at: i64) {
    let new = NewInvitation { room, user, inviter, dropped: false, at: Timestamp(at) };
    put_invitation(conn, &new).await.unwrap();
}

/// Whether `user` knows `other`.
async fn knows(conn: &mut Tx, user: UserId, other: UserId) -> bool {
    Acquaintance::of(find_ties(conn, user, other).await.unwrap()) == Acquaintance::Knows
}

fn rooms(list: &[Invitation]) -> Vec<RoomId> {
    list.iter().map(|invitation| invitation.room).collect()
}

on_both_engines! {
    async fn people_know_whom_they_wrote_to_and_share_a_closed_room_with(test: &TestDb) {
        let mut conn = test.writer().await;
        let (ana, bea) = (a_user(&mut conn, "ana").await, a_user(&mut conn, "bea").await);
        let general = a_channel(&mut conn, "general", ana).await;
        for user in [ana, bea] {
            enter(&mut conn, general, user).await;
        }
        assert!(!knows(&mut conn, bea, ana).await, "an open channel is no acquaintance");

        let direct = a_direct(&mut conn, ana, bea).await;
        say(&mut conn, direct, ana, "join me").await;
        assert!(!knows(&mut conn, bea, ana).await, "that ana writes to bea says nothing of bea");
        assert!(knows(&mut conn, ana, bea).await);
        say(&mut conn, direct, bea, "gladly").await;
        assert!(knows(&mut conn, bea, ana).await);

        let carol = a_user(&mut conn, "carol").await;
        let group = a_group(&mut conn, "trip", ana).await;
        for user in [ana, carol] {
            enter(&mut conn, group, user).await;
        }
        assert!(knows(&mut conn, carol, ana).await && knows(&mut conn, ana, carol).await);
        let seq = next_seq(&mut conn, group).await.unwrap();
        leave(&mut conn, group, ana, seq, NOW).await.unwrap();
        assert!(!knows(&mut conn, carol, ana).await, "who has left shares nothing");

        for (access, known) in [(RoomAccess::Password, false), (RoomAccess::Private, true)] {
            let room = NewRoom { access, ..a_room(ana) };
            insert_room(&mut conn, &room).await.unwrap();
            for user in [ana, carol] {
                enter(&mut conn, room.id, user).await;
            }
            assert_eq!(knows(&mut conn, carol, ana).await, known, "{access:?}");
        }
    }

    async fn a_word_long_ago_is_no_acquaintance_for_ever(test: &TestDb) {
        let mut conn = test.writer().await;
        let (ana, bea) = (a_user(&mut conn, "ana").await, a_user(&mut conn, "bea").await);
        let direct = a_direct(&mut conn, ana, bea).await;
        say(&mut conn, direct, bea, "stop it").await;
        conn.begin_in_place().await.unwrap();
        for n in 0..300 {
            assert!(n > 0 || knows(&mut conn, bea, ana).await);
            say(&mut conn, direct, ana, "again").await;
        }
        conn.commit_in_place().await.unwrap();
        assert!(!knows(&mut conn, bea, ana).await);
    }

    async fn an_invitation_tells_room_inviter_and_number_and_the_latest_comes_first(test: &TestDb) {
        let mut conn = test.writer().await;
        let (ana, bea) = (a_user(&mut conn, "ana").await, a_user(&mut conn, "bea").await);
        let (trip, unnamed) = (a_group(&mut conn, "trip", ana).await, a_group(&mut conn, "", ana).await);
        enter(&mut conn, trip, ana).await;
        invite(&mut conn, trip, bea, ana, 1).await;
        invite(&mut conn, unnamed, bea, ana, 2).await;
        let list = list_invitations(&mut conn, bea, 9).await.unwrap();
        assert_eq!(rooms(&list), [unnamed, trip]);
        let Invitation { kind, name, inviter, member_count, at, .. } = &list[1];
        assert_eq!((*kind, name.as_str(), *member_count, *at), (RoomKind::Group, "trip", 1, Timestamp(1)));
        assert_eq!(*inviter, ana);
        assert_eq!(list_invitations(&mut conn, bea, 1).await.unwrap()[..], list[..1]);
        assert_eq!(find_invitation(&mut conn, trip, bea).await.unwrap().as_ref(), list.last());
        assert_eq!(find_invitation(&mut conn, trip, ana).await.unwrap(), None);
        assert_eq!(count_by_inviter(&mut conn, ana, bea).await.unwrap(), (2, 2));
        assert_eq!(count_by_inviter(&mut conn, ana, ana).await.unwrap(), (2, 0));
        delete_invitation(&mut conn, trip, bea).await.unwrap();
        assert_eq!(count_open(&mut conn, bea).await.unwrap(), 1);
    }

    async fn a_dropped_one_is_there_for_the_room_alone(test: &TestDb) {
        let mut conn = test.writer().await;
        let (ana, bea) = (a_user(&mut conn, "ana").await, a_user(&mut conn, "bea").await);
        let (one, two) = (a_group(&mut conn, "one", ana).await, a_group(&mut conn, "two", ana).await);
        invite(&mut conn, one, bea, ana, 1).await;
        invite(&mut conn, two, bea, ana, 2).await;
        insert_block(&mut conn, bea, ana, NOW).await.unwrap();
        assert_eq!(list_invitations(&mut conn, bea, 9).await.unwrap(), [], "of a blocked person");
        let mut dropped = drop_by_inviter(&mut conn, bea, ana).await.unwrap();
        dropped.sort_unstable();
        assert_eq!(dropped, [one, two]);
        delete_block(&mut conn, bea, ana).await.unwrap();
        assert_eq!(list_invitations(&mut conn, bea, 9).await.unwrap(), [], "it does not come back");
        let invited = list_invited(&mut conn, one, 9).await.unwrap();
        assert_eq!((invited.len(), invited[0], count_invited(&mut conn, one).await.unwrap()), (1, bea, 1));
        assert_eq!(find_inviter(&mut conn, one, bea).await.unwrap(), Some(ana));
        assert_eq!(delete_by_inviter(&mut conn, one, ana).await.unwrap(), [], "nobody who saw it");
        invite(&mut conn, two, bea, ana, 3).await;
        assert_eq!(rooms(&list_invitations(&mut conn, bea, 9).await.unwrap()), [two], "replaced");
        update_disabled(&mut conn, ana, true).await.unwrap();
        assert_eq!(list_invitations(&mut conn, bea, 9).await.unwrap(), [], "of a disabled person");
        update_disabled(&mut conn, ana, false).await.unwrap();
        assert_eq!(delete_by_inviter(&mut conn, two, ana).await.unwrap(), [bea]);
    }

    async fn people_are_blocked_listed_and_unblocked(test: &TestDb) {
        let mut conn = test.writer().await;
        let (ana, bea) = (a_user(&mut conn, "ana").await, a_user(&mut conn, "bea").await);
        let carol = a_user(&mut conn, "carol").await;
        assert_eq!(find_ties(&mut conn, ana, bea).await.unwrap(), Ties::default());
        for _ in 0..2 {
            insert_block(&mut conn, ana, bea, NOW).await.unwrap();
        }
        insert_block(&mut conn, ana, carol, NOW).await.unwrap();
        assert!(is_blocked(&mut conn, ana, bea).await.unwrap() && !is_blocked(&mut conn, bea, ana).await.unwrap());
        let blocked = Ties { blocked: true, ..Ties::default() };
        assert_eq!(find_ties(&mut conn, ana, bea).await.unwrap(), blocked);
        assert_eq!(find_ties(&mut conn, bea, ana).await.unwrap(), Ties::default());
        assert_eq!(count_blocks(&mut conn, ana).await.unwrap(), 2);
        let listed = list_blocks(&mut conn, ana, UserId(0), 1).await.unwrap();
        assert_eq!(listed[0].id, bea);
        let next = list_blocks(&mut conn, ana, bea, 9).await.unwrap();
        assert_eq!((next.len(), next[0].id), (1, carol));
        delete_block(&mut conn, ana, bea).await.unwrap();
        let again = delete_block(&mut conn, ana, bea).await.unwrap_err();
        assert!(matches!(again, StoreError::NotFound), "{again:?}");
    }
}
