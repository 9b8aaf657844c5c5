use super::{factory::a_message, *};
use crate::{
    model::{
        LastLine, Message, MessageId, RoomId, RoomKind, RoomSummary, Seq, Timestamp, UserId,
        overview::RoomCursor,
    },
    server::store::{
        ids::next_id,
        marks::count_unread,
        members::leave,
        messages::{insert_message, list_messages_before},
        rooms::next_seq,
        summaries::*,
    },
};

/// A channel with a line of that moment.
async fn a_channel_of(conn: &mut Tx, name: &str, me: UserId, at: i64) -> RoomId {
    let room = a_channel(conn, name, me).await;
    enter(conn, room, me).await;
    let seq = next_seq(conn, room).await.unwrap();
    let line = a_message(room, me, seq, "x");
    insert_message(conn, &Message { id: MessageId(next_id()), at: Timestamp(at), ..line }).await.unwrap();
    room
}

/// All of the user's rooms, read two at a time; `between` runs after each page.
async fn paged(conn: &mut Tx, me: UserId, mut between: impl AsyncFnMut(&mut Tx, usize)) -> Vec<RoomSummary> {
    let (mut rooms, mut after) = (Vec::<RoomSummary>::new(), RoomCursor::START);
    loop {
        let page = list_summaries(conn, me, after, 2).await.unwrap();
        let Some(last) = page.last() else { return rooms };
        after = last.cursor();
        rooms.extend(page);
        between(conn, rooms.len()).await;
    }
}

fn ids(rooms: &[RoomSummary]) -> Vec<RoomId> {
    rooms.iter().map(|room| room.id).collect()
}

on_both_engines! {
    async fn a_summary_tells_head_mark_unread_and_last_line(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        enter(&mut conn, room, ana).await;
        let bob = a_member(&mut conn, room, "bob").await;
        let empty = find_summary(&mut conn, ana, room).await.unwrap().unwrap();
        assert_eq!((empty.head, empty.unread, empty.last, empty.partner), (Seq(2), 0, None, None));

        say(&mut conn, room, bob, "one").await;
        let read = say(&mut conn, room, bob, "two").await;
        read_up_to(&mut conn, room, ana, read).await;
        say(&mut conn, room, ana, "mine").await;
        say(&mut conn, room, bob, &"long\n ".repeat(100)).await;
        // The last change of a room need not be a line of it.
        a_member(&mut conn, room, "carol").await;

        let summary = find_summary(&mut conn, ana, room).await.unwrap().unwrap();
        assert_eq!((summary.id, summary.kind, summary.slug.as_deref()), (room, RoomKind::Channel, Some("general")));
        assert_eq!((summary.head, summary.read_seq, summary.unread), (Seq(7), read, 1));
        let newest = list_messages_before(&mut conn, room, None, 1).await.unwrap();
        assert_eq!(summary.last, Some(LastLine::of(&newest[0])));
    }

    async fn a_direct_room_is_named_after_the_other(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let bob = a_user(&mut conn, "bob").await;
        let room = a_direct(&mut conn, ana, bob).await;
        for (me, other) in [(ana, bob), (bob, ana)] {
            let summary = find_summary(&mut conn, me, room).await.unwrap().unwrap();
            assert_eq!((summary.name.as_str(), summary.partner), ("", Some(other)));
        }
    }

    async fn a_group_without_a_name_is_called_after_the_others(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let (nameless, named) = (a_group(&mut conn, "", ana).await, a_group(&mut conn, "Trip", ana).await);
        for room in [nameless, named] {
            enter(&mut conn, room, ana).await;
        }
        assert_eq!(find_summary(&mut conn, ana, nameless).await.unwrap().unwrap().name, "");
        let (bob, carol) = (a_member(&mut conn, nameless, "bob").await, a_member(&mut conn, nameless, "carol").await);
        let gone = a_member(&mut conn, nameless, "gone").await;
        let seq = next_seq(&mut conn, nameless).await.unwrap();
        leave(&mut conn, nameless, gone, seq, NOW).await.unwrap();

        let summary = find_summary(&mut conn, ana, nameless).await.unwrap().unwrap();
        assert_eq!((summary.name.as_str(), summary.others), ("", vec![bob, carol]));
        assert_eq!(list_summaries(&mut conn, bob, RoomCursor::START, 9).await.unwrap()[0].others, [ana, carol]);
        let named = find_summary(&mut conn, ana, named).await.unwrap().unwrap();
        assert_eq!((named.name.as_str(), named.others), ("Trip", vec![]));
    }

    async fn only_rooms_that_one_is_in_are_listed_the_latest_first(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let bob = a_user(&mut conn, "bob").await;
        let general = a_channel(&mut conn, "general", ana).await;
        let quiet = a_channel(&mut conn, "quiet", ana).await;
        let left = a_channel(&mut conn, "left", ana).await;
        let foreign = a_channel(&mut conn, "foreign", bob).await;
        for room in [general, quiet, left] {
            enter(&mut conn, room, ana).await;
        }
        enter(&mut conn, foreign, bob).await;
        let seq = next_seq(&mut conn, left).await.unwrap();
        leave(&mut conn, left, ana, seq, NOW).await.unwrap();
        say(&mut conn, general, ana, "hello").await;

        let rooms = list_summaries(&mut conn, ana, RoomCursor::START, 9).await.unwrap();
        assert_eq!(rooms.iter().map(|room| room.id).collect::<Vec<_>>(), [general, quiet]);
        for hidden in [left, foreign] {
            assert_eq!(find_summary(&mut conn, ana, hidden).await.unwrap(), None);
        }
    }

    async fn own_texts_do_not_hide_those_of_others(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        enter(&mut conn, room, ana).await;
        let bob = a_member(&mut conn, room, "bob").await;
        conn.begin_in_place().await.unwrap();
        say(&mut conn, room, bob, "long ago").await;
        for at in 0..300 {
            say(&mut conn, room, if at == 150 { bob } else { ana }, "more").await;
        }
        conn.commit_in_place().await.unwrap();
        assert_eq!(list_summaries(&mut conn, ana, RoomCursor::START, 9).await.unwrap()[0].unread, 2);
        assert_eq!(count_unread(&mut conn, &[(room, ana)]).await.unwrap(), [(room, ana, 2)]);
    }

    async fn unread_are_counted_to_a_hundred(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        enter(&mut conn, room, ana).await;
        let bob = a_member(&mut conn, room, "bob").await;
        conn.begin_in_place().await.unwrap();
        for _ in 0..101 {
            say(&mut conn, room, bob, "more").await;
        }
        conn.commit_in_place().await.unwrap();
        let rooms = list_summaries(&mut conn, ana, RoomCursor::START, 9).await.unwrap();
        assert_eq!(rooms[0].unread, 100);
    }

    async fn rooms_come_in_pages_the_latest_line_first(test: &TestDb) {
        let mut conn = test.writer().await;
        let (ana, eva) = (a_user(&mut conn, "ana").await, a_user(&mut conn, "eva").await);
        let mut expected = Vec::new();
        // Some lines are of the same moment, and one room has none.
        for (n, at) in [50, 40, 40, 40, 30, 20].into_iter().enumerate() {
            expected.push((at, a_channel_of(&mut conn, &format!("room-{n}"), ana, at).await));
        }
        let empty = a_channel(&mut conn, "empty", ana).await;
        enter(&mut conn, empty, ana).await;
        expected.push((0, empty));
        a_channel_of(&mut conn, "of others", eva, 60).await;
        expected.sort_unstable_by(|one, other| other.cmp(one));
        let expected: Vec<_> = expected.into_iter().map(|(_, room)| room).collect();

        let rooms = paged(&mut conn, ana, async |_, _| {}).await;
        assert_eq!(ids(&rooms), expected);
        let (fourth, all) = (rooms[3].cursor(), RoomCursor::START);
        assert_eq!(count_rooms(&mut conn, ana, all).await.unwrap(), (7, 0));
        let eve = a_member(&mut conn, rooms[5].id, "eve").await;
        say(&mut conn, rooms[1].id, eva, "unread").await;
        say(&mut conn, empty, eve, "unread").await;
        assert_eq!(count_rooms(&mut conn, ana, all).await.unwrap(), (7, 2));
        assert_eq!(count_rooms(&mut conn, ana, fourth).await.unwrap().0, 2, "the empty one is the newest now");

        let among = list_summaries_among(&mut conn, ana, &[rooms[5].id, rooms[0].id, RoomId(7)]).await.unwrap();
        assert_eq!(ids(&among), [rooms[0].id, rooms[5].id]);
    }

    async fn no_room_comes_twice_while_rooms_are_added_and_talked_in(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let mut known = Vec::new();
        for n in 0..6 {
            known.push(a_channel_of(&mut conn, &format!("room-{n}"), ana, 100 - n).await);
        }
        let talk = known[0];
        let rooms = paged(&mut conn, ana, async |conn: &mut Tx, shown: usize| {
            a_channel_of(conn, &format!("new-{shown}"), ana, 1_000).await;
            say(conn, talk, ana, "moves to the front").await;
        })
        .await;
        assert_eq!(ids(&rooms), known);
    }
}
