use super::*;
use crate::{
    model::{MemberRole, Seq, Timestamp, UserId},
    server::store::{facts::count_owners, members::*, rooms::next_seq},
};

on_both_engines! {
    async fn members_enter_leave_and_come_back_in_another_role(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        assert_eq!(find_member(&mut conn, room, ana).await.unwrap(), None);
        enter(&mut conn, room, ana).await;
        let member = find_member(&mut conn, room, ana).await.unwrap().unwrap();
        assert_eq!((member.room, member.seq, member.joined), (room, Seq(1), true));
        assert_eq!(member.user, ana);

        leave(&mut conn, room, ana, Seq(2), NOW).await.unwrap();
        let member = find_member(&mut conn, room, ana).await.unwrap().unwrap();
        assert_eq!((member.seq, member.joined), (Seq(2), false));
        let refused = leave(&mut conn, room, ana, Seq(3), NOW).await.unwrap_err();
        assert!(matches!(refused, StoreError::NotFound), "{refused:?}");

        let again = NewMember { room, user: ana, role: MemberRole::Owner, seq: Seq(4), at: NOW };
        join(&mut conn, &again).await.unwrap();
        let member = find_member(&mut conn, room, ana).await.unwrap().unwrap();
        assert_eq!((member.seq, member.joined, member.role), (Seq(4), true, MemberRole::Owner));
    }

    async fn a_role_changes_with_a_seq_of_its_own(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        let change = |seq| (Seq(seq), Timestamp(NOW.0 + seq));
        let refused = update_role(&mut conn, room, ana, MemberRole::Owner, change(1)).await.unwrap_err();
        assert!(matches!(refused, StoreError::NotFound), "{refused:?}");
        enter(&mut conn, room, ana).await;
        for (seq, role) in [(2, MemberRole::Moderator), (3, MemberRole::Owner), (4, MemberRole::Member)] {
            update_role(&mut conn, room, ana, role, change(seq)).await.unwrap();
            let member = find_member(&mut conn, room, ana).await.unwrap().unwrap();
            assert_eq!((member.seq, member.joined, member.role), (Seq(seq), true, role));
            assert_eq!(list_members_changed_after(&mut conn, room, Seq(seq - 1), 9).await.unwrap(), [member]);
            let owners = i64::from(role == MemberRole::Owner);
            assert_eq!(count_owners(&mut conn, room).await.unwrap(), owners);
        }
    }

    async fn lists_name_who_is_in_and_changes_also_who_left(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        let other = a_channel(&mut conn, "other", ana).await;
        enter(&mut conn, room, ana).await;
        enter(&mut conn, other, ana).await;
        let bob = a_member(&mut conn, room, "bob").await;
        let carol = a_member(&mut conn, room, "carol").await;
        let left = next_seq(&mut conn, room).await.unwrap();
        leave(&mut conn, room, bob, left, NOW).await.unwrap();

        assert_eq!(list_member_ids(&mut conn, room).await.unwrap(), [ana, carol]);
        let marked = list_marked_members(&mut conn, room, 5).await.unwrap();
        let read: Vec<_> = marked.iter().map(|(member, mark)| (member.user, mark.user, mark.read_seq)).collect();
        assert_eq!(read, [(ana, ana, Seq(1)), (carol, carol, Seq(3))]);
        assert_eq!(list_marked_members(&mut conn, room, 1).await.unwrap(), marked[..1]);
        let members: Vec<_> = marked.into_iter().map(|(member, _)| member).collect();
        assert_eq!(list_members_among(&mut conn, room, &[carol, bob, UserId(7)]).await.unwrap(), members[1..]);
        assert_eq!(list_members_among(&mut conn, room, &[]).await.unwrap(), []);
        assert_eq!(count_members(&mut conn, room).await.unwrap(), 2);
        let page = list_members_after(&mut conn, room, UserId(0), 1).await.unwrap();
        assert_eq!(page, members[..1]);
        assert_eq!(list_members_after(&mut conn, room, ana, 5).await.unwrap(), members[1..]);
        assert_eq!(list_room_ids(&mut conn, ana).await.unwrap(), [room, other]);
        assert_eq!(list_room_ids(&mut conn, bob).await.unwrap(), []);
        let changed = list_members_changed_after(&mut conn, room, Seq(2), 10).await.unwrap();
        let changed: Vec<_> = changed.iter().map(|m| (m.user, m.seq, m.joined)).collect();
        assert_eq!(changed, [(carol, Seq(3), true), (bob, Seq(4), false)]);
        assert_eq!(list_members_changed_after(&mut conn, room, Seq(2), 1).await.unwrap().len(), 1);
    }

    async fn some_users_are_found_in_some_rooms(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let (one, two) = (a_channel(&mut conn, "one", ana).await, a_channel(&mut conn, "two", ana).await);
        let (bob, eva) = (a_member(&mut conn, one, "bob").await, a_member(&mut conn, one, "eva").await);
        enter(&mut conn, two, bob).await;
        leave(&mut conn, one, eva, Seq(3), NOW).await.unwrap();
        let found = list_users_in(&mut conn, &[one], &[ana, bob, eva]).await.unwrap();
        assert_eq!(found, [(one, bob)]);
        assert_eq!(list_users_in(&mut conn, &[], &[bob]).await.unwrap(), []);
    }

    async fn places_that_changed_lately_are_told(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        enter(&mut conn, room, ana).await;
        let bob = a_member(&mut conn, room, "bob").await;
        let (seq, later) = (Seq(3), Timestamp(NOW.0 + 5));
        leave(&mut conn, room, ana, seq, later).await.unwrap();
        let place = Membership { room, user: ana, seq, joined: false };
        assert_eq!(list_moved_since(&mut conn, later).await.unwrap(), [place]);
        let mut all = list_moved_since(&mut conn, NOW).await.unwrap();
        all.sort_by_key(|place| place.seq);
        assert_eq!(all.iter().map(|place| place.user).collect::<Vec<_>>(), [bob, ana]);
    }
}
