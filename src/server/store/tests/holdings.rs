use super::*;
use crate::{
    model::{RoomAccess, RoomKind, Timestamp},
    server::store::{
        Db,
        holdings::*,
        members::leave,
        rooms::{NewRoom, direct_key, insert_room, next_seq},
    },
};
use factory::a_room;

const LATER: Timestamp = Timestamp(NOW.0 + 1);

on_both_engines! {
    async fn rooms_made_are_counted_while_they_exist(test: &TestDb) {
        let mut conn = test.writer().await;
        let (ana, bea) = (a_user(&mut conn, "ana").await, a_user(&mut conn, "bea").await);
        a_channel(&mut conn, "open", ana).await;
        a_channel(&mut conn, "other", bea).await;
        a_direct(&mut conn, ana, bea).await;
        let group = a_group(&mut conn, "trip", ana).await;
        assert_eq!(count_rooms_made(&mut conn, ana).await.unwrap(), 1, "a closed room without members is gone");
        enter(&mut conn, group, bea).await;
        assert_eq!(count_rooms_made(&mut conn, ana).await.unwrap(), 2);
        assert_eq!(count_rooms_made_since(&mut conn, ana, NOW).await.unwrap(), 2);
        assert_eq!(count_rooms_made_since(&mut conn, ana, LATER).await.unwrap(), 0);
    }

    async fn rooms_entered_are_counted_without_direct_ones(test: &TestDb) {
        let mut conn = test.writer().await;
        let (ana, bea) = (a_user(&mut conn, "ana").await, a_user(&mut conn, "bea").await);
        let open = a_channel(&mut conn, "open", ana).await;
        let group = a_group(&mut conn, "trip", ana).await;
        a_direct(&mut conn, ana, bea).await;
        for room in [open, group] {
            enter(&mut conn, room, bea).await;
        }
        assert_eq!(count_rooms_entered(&mut conn, bea).await.unwrap(), 2);
        let seq = next_seq(&mut conn, open).await.unwrap();
        leave(&mut conn, open, bea, seq, NOW).await.unwrap();
        assert_eq!(count_rooms_entered(&mut conn, bea).await.unwrap(), 1);
    }

    async fn direct_rooms_without_an_answer_are_counted(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let mut begun = Vec::new();
        for name in ["bea", "carol", "dora"] {
            let other = a_user(&mut conn, name).await;
            begun.push((a_direct(&mut conn, ana, other).await, other));
        }
        say(&mut conn, begun[0].0, ana, "hello").await;
        say(&mut conn, begun[1].0, begun[1].1, "hello").await;
        let key = direct_key(ana, begun[0].1) + "x";
        let old = NewRoom {
            kind: RoomKind::Direct,
            access: RoomAccess::Private,
            direct_key: Some(&key),
            at: Timestamp(NOW.0 - 1),
            ..a_room(ana)
        };
        insert_room(&mut conn, &old).await.unwrap();
        assert_eq!(count_directs_begun(&mut conn, ana, NOW).await.unwrap(), 3);
        assert_eq!(count_directs_unanswered(&mut conn, ana, NOW).await.unwrap(), 2);
        assert_eq!(count_directs_begun(&mut conn, begun[0].1, NOW).await.unwrap(), 0, "who was written to");
    }

    async fn one_transaction_at_a_time_adds_to_what_a_user_holds(test: &TestDb) {
        let mut one = test.writer().await;
        let (ana, bea) = (a_user(&mut one, "ana").await, a_user(&mut one, "bea").await);
        one.begin_in_place().await.unwrap();
        assert!(try_hold(&mut one, ana).await.unwrap());
        assert!(try_hold(&mut one, ana).await.unwrap(), "it is its own");
        if matches!(test.db, Db::Postgres(_)) {
            let mut other = test.writer().await;
            other.begin_in_place().await.unwrap();
            assert!(!try_hold(&mut other, ana).await.unwrap());
            assert!(try_hold(&mut other, bea).await.unwrap());
            one.commit_in_place().await.unwrap();
            assert!(try_hold(&mut other, ana).await.unwrap());
            other.commit_in_place().await.unwrap();
        } else {
            one.commit_in_place().await.unwrap();
        }
    }
}
