use super::*;
use crate::{
    model::{Cid, Message, MessageKind, Notice, RoomId, Seq},
    server::store::{messages::*, rooms::next_seq},
};
use factory::a_message;

/// A room in which "1" to "5" were said with the seqs 1 to 5.
async fn a_room_with_history(conn: &mut Tx) -> RoomId {
    let ana = a_user(conn, "ana").await;
    let room = a_channel(conn, "general", ana).await;
    for text in ["1", "2", "3", "4", "5"] {
        say(conn, room, ana, text).await;
    }
    room
}

fn seqs(messages: &[crate::model::Message]) -> Vec<i64> {
    messages.iter().map(|message| message.seq.0).collect()
}

on_both_engines! {
    async fn a_message_comes_back_as_it_was_stored(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        let seq = next_seq(&mut conn, room).await.unwrap();
        let new = Message { html: "<p>olá 👋</p>".into(), ..a_message(room, ana, seq, "olá 👋") };
        insert_message(&mut conn, &new).await.unwrap();
        assert_eq!(list_messages_before(&mut conn, room, None, 1).await.unwrap(), [new]);
    }

    async fn a_cid_is_unique_per_author_in_all_rooms(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let bob = a_user(&mut conn, "bob").await;
        let room = a_channel(&mut conn, "general", ana).await;
        let other = a_channel(&mut conn, "other", ana).await;
        let cid = Some(Cid::new());
        let first = Message { cid, ..a_message(room, ana, Seq(1), "one") };
        insert_message(&mut conn, &first).await.unwrap();
        let again = Message { cid, ..a_message(other, ana, Seq(1), "two") };
        let refused = insert_message(&mut conn, &again).await.unwrap_err();
        assert!(refused.is_conflict("messages_cid_author_key"), "{refused:?}");
        let of_bob = Message { cid, ..a_message(other, bob, Seq(1), "three") };
        insert_message(&mut conn, &of_bob).await.unwrap();
    }

    async fn a_seq_belongs_to_one_message_of_the_room(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        insert_message(&mut conn, &a_message(room, ana, Seq(1), "one")).await.unwrap();
        let refused = insert_message(&mut conn, &a_message(room, ana, Seq(1), "two")).await.unwrap_err();
        assert!(refused.is_conflict("messages_room_seq_key"), "{refused:?}");
    }

    async fn system_lines_say_who_did_what_to_whom_and_have_no_cid(test: &TestDb) {
        let mut conn = test.writer().await;
        let (ana, bob) = (a_user(&mut conn, "ana").await, a_user(&mut conn, "bob").await);
        let room = a_channel(&mut conn, "general", ana).await;
        for (seq, by) in [(1, None), (2, Some(bob))] {
            let line = Message {
                cid: None,
                kind: MessageKind::System,
                notice: Some(Notice::Joined),
                by,
                ..a_message(room, ana, Seq(seq), "")
            };
            insert_message(&mut conn, &line).await.unwrap();
        }
        let lines = list_messages_before(&mut conn, room, None, 10).await.unwrap();
        assert_eq!(lines.len(), 2);
        assert_eq!((lines[0].kind, lines[0].notice, lines[0].cid), (MessageKind::System, Some(Notice::Joined), None));
        assert_eq!((lines[0].by, lines[1].by), (None, Some(bob)));
    }

    async fn history_is_paged_backwards_and_read_forwards(test: &TestDb) {
        let mut conn = test.writer().await;
        let room = a_room_with_history(&mut conn).await;
        let newest = list_messages_before(&mut conn, room, None, 2).await.unwrap();
        assert_eq!(seqs(&newest), [4, 5]);
        assert_eq!(newest[1].text, "5");
        let older = list_messages_before(&mut conn, room, Some(Seq(4)), 2).await.unwrap();
        assert_eq!(seqs(&older), [2, 3]);
        let oldest = list_messages_before(&mut conn, room, Some(Seq(2)), 2).await.unwrap();
        assert_eq!(seqs(&oldest), [1]);
        assert!(list_messages_before(&mut conn, RoomId(7), None, 2).await.unwrap().is_empty());
    }

    async fn history_is_paged_forwards_and_one_message_is_found(test: &TestDb) {
        let mut conn = test.writer().await;
        let room = a_room_with_history(&mut conn).await;
        let page = list_messages_after(&mut conn, room, Seq(2), 2).await.unwrap();
        assert_eq!(seqs(&page), [3, 4]);
        assert_eq!(seqs(&list_messages_after(&mut conn, room, Seq(5), 2).await.unwrap()), [] as [i64; 0]);
        let found = find_message(&mut conn, room, page[0].id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&page[0]));
        assert_eq!(find_message(&mut conn, RoomId(1), page[0].id).await.unwrap(), None);
    }

    async fn what_was_missed_comes_after_the_cursor(test: &TestDb) {
        let mut conn = test.writer().await;
        let room = a_room_with_history(&mut conn).await;
        let missed = list_messages_changed_after(&mut conn, room, Seq(2), 10).await.unwrap();
        assert_eq!(seqs(&missed), [3, 4, 5]);
        let first = list_messages_changed_after(&mut conn, room, Seq(2), 2).await.unwrap();
        assert_eq!(seqs(&first), [3, 4]);
        assert!(list_messages_changed_after(&mut conn, room, Seq(5), 10).await.unwrap().is_empty());
    }

    async fn what_changed_comes_in_the_order_of_its_changes(test: &TestDb) {
        let mut conn = test.writer().await;
        let room = a_room_with_history(&mut conn).await;
        let change = "update messages set changed_seq = 10 - seq where room_id = $1 and seq in (2, 4)";
        crate::server::store::with_db!(&mut conn, query(change, room.0).execute).unwrap();
        for (cursor, limit, expected) in [(2, 10, &[2, 3, 4, 5][..]), (2, 3, &[3, 4, 5]), (5, 10, &[2, 4]), (6, 1, &[2])] {
            let missed = list_messages_changed_after(&mut conn, room, Seq(cursor), limit).await.unwrap();
            assert_eq!(seqs(&missed), expected, "after {cursor}");
        }
    }

    async fn texts_are_counted_and_listed_from_the_end(test: &TestDb) {
        let mut conn = test.writer().await;
        let room = a_room_with_history(&mut conn).await;
        let eva = a_member(&mut conn, room, "eva").await;
        let seq = next_seq(&mut conn, room).await.unwrap();
        let (kind, notice) = (MessageKind::System, Some(Notice::Joined));
        let line = Message { kind, notice, cid: None, ..a_message(room, eva, seq, "eva joined") };
        insert_message(&mut conn, &line).await.unwrap();
        assert_eq!(count_texts(&mut conn, room).await.unwrap(), 5);
        assert_eq!(seqs(&list_texts_from_end(&mut conn, room, 0, 2).await.unwrap()), [5, 4]);
        assert_eq!(seqs(&list_texts_from_end(&mut conn, room, 3, 10).await.unwrap()), [2, 1]);
        assert!(list_texts_from_end(&mut conn, room, 5, 10).await.unwrap().is_empty());
        assert_eq!(count_texts(&mut conn, RoomId(7)).await.unwrap(), 0);
    }
}
