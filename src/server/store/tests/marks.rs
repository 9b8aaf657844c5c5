use super::*;
use crate::{
    model::{Mark, MessageKind, RoomId, Seq, UserId},
    server::store::{marks::*, members::leave, messages::list_messages_after},
};

fn a_mark(user: UserId, delivered: i64, read: i64) -> Mark {
    Mark { user, delivered_seq: Seq(delivered), read_seq: Seq(read) }
}

on_both_engines! {
    async fn marks_are_found_with_the_head_while_their_member_stays(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let (one, other) = (a_channel(&mut conn, "one", ana).await, a_channel(&mut conn, "other", ana).await);
        enter(&mut conn, one, ana).await;
        let bob = a_member(&mut conn, one, "bob").await;
        enter(&mut conn, other, ana).await;
        say(&mut conn, one, ana, "hello").await;

        update_marks(&mut conn, &[(one, a_mark(ana, 3, 2)), (other, a_mark(ana, 1, 1))]).await.unwrap();
        let asked = [(other, ana), (one, bob), (one, ana), (RoomId(7), ana), (other, bob)];
        let standings = list_room_marks(&mut conn, &asked).await.unwrap();
        let at = |room, head, mark| RoomMark { room, head: Seq(head), mark };
        let expected =
            [at(one, 3, a_mark(ana, 3, 2)), at(one, 3, a_mark(bob, 2, 2)), at(other, 1, a_mark(ana, 1, 1))];
        assert_eq!(standings, expected);

        leave(&mut conn, one, ana, Seq(4), NOW).await.unwrap();
        assert_eq!(list_room_marks(&mut conn, &[(one, ana)]).await.unwrap(), []);
        assert_eq!(list_room_marks(&mut conn, &[]).await.unwrap(), []);
    }

    async fn marks_are_told_in_small_rooms_only(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let (small, large) = (a_channel(&mut conn, "small", ana).await, a_channel(&mut conn, "large", ana).await);
        for room in [small, large] {
            enter(&mut conn, room, ana).await;
        }
        let bob = a_member(&mut conn, small, "bob").await;
        let carol = a_member(&mut conn, large, "carol").await;
        let gone = a_member(&mut conn, small, "gone").await;
        leave(&mut conn, small, gone, Seq(4), NOW).await.unwrap();
        a_member(&mut conn, large, "dan").await;

        assert_eq!(list_marks(&mut conn, small, 2).await.unwrap(), [a_mark(ana, 1, 1), a_mark(bob, 2, 2)]);
        assert_eq!(list_marks(&mut conn, large, 2).await.unwrap(), [], "too many to tell");
        let rooms = [small, large, RoomId(7)];
        let marks = list_marks_of_others(&mut conn, &rooms, ana, 2, 10).await.unwrap();
        assert_eq!(marks, [(small, a_mark(bob, 2, 2))]);
        let marks = list_marks_of_others(&mut conn, &rooms, ana, 3, 2).await.unwrap();
        assert_eq!(marks.iter().map(|(room, _)| *room).collect::<Vec<_>>(), [large, large]);
        assert_eq!(marks[0].1.user, carol);
        let mut rooms = list_small_rooms(&mut conn, &[small, large], 2).await.unwrap();
        assert_eq!(rooms, [small]);
        rooms = list_small_rooms(&mut conn, &[large, small], 3).await.unwrap();
        rooms.sort();
        assert_eq!(rooms, [small, large]);
    }

    async fn unread_are_texts_of_others_after_the_mark_up_to_a_hundred(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        enter(&mut conn, room, ana).await;
        let bob = a_member(&mut conn, room, "bob").await;
        say(&mut conn, room, ana, "mine").await;
        let first = say(&mut conn, room, bob, "one").await;
        say(&mut conn, room, bob, "two").await;
        let both = [(room, ana), (room, bob)];
        assert_eq!(count_unread(&mut conn, &both).await.unwrap(), [(room, ana, 2), (room, bob, 1)]);
        read_up_to(&mut conn, room, ana, first).await;

        conn.begin_in_place().await.unwrap();
        for _ in 0..120 {
            say(&mut conn, room, ana, "more").await;
        }
        conn.commit_in_place().await.unwrap();
        let asked = [(room, ana), (room, bob), (room, UserId(7))];
        let counts: Vec<_> =
            count_unread(&mut conn, &asked).await.unwrap().into_iter().map(|(_, _, unread)| unread).collect();
        assert_eq!(counts, [1, 100, 0]);
    }

    async fn unread_are_what_a_count_of_the_rows_says_wherever_marks_go(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        say(&mut conn, room, ana, "before she came").await;
        enter(&mut conn, room, ana).await;
        let bob = a_member(&mut conn, room, "bob").await;
        let mut last = Seq(0);
        for number in 0..12 {
            last = say(&mut conn, room, if number % 3 == 0 { ana } else { bob }, "line").await;
        }
        a_member(&mut conn, room, "carol").await;
        for (reader, step) in [(ana, 1), (bob, 5)] {
            let mut seq = 2;
            while seq <= last.0 + 1 {
                read_up_to(&mut conn, room, reader, Seq(seq)).await;
                let rows = list_messages_after(&mut conn, room, Seq(seq), 99).await.unwrap();
                let others = rows.iter().filter(|row| row.kind == MessageKind::Text && row.from != reader).count();
                let counted = count_unread(&mut conn, &[(room, reader)]).await.unwrap()[0].2;
                assert_eq!(usize::try_from(counted).unwrap(), others, "read up to {seq}");
                seq += step;
            }
        }
        say(&mut conn, room, ana, "mine").await;
        say(&mut conn, room, bob, "his").await;
        let both = [(room, ana), (room, bob)];
        let counts: Vec<_> = count_unread(&mut conn, &both).await.unwrap().into_iter().map(|(_, _, n)| n).collect();
        assert_eq!(counts, [1, 1 + 1], "bob stopped three lines before the end, one of them hers");
    }
}
