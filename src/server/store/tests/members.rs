use super::*;
use crate::{
    model::{MemberRole, Seq},
    server::store::{members::*, rooms::next_seq},
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
        assert_eq!((member.user.id, member.user.username.as_str()), (ana, "ana"));

        leave(&mut conn, room, ana, Seq(2)).await.unwrap();
        let member = find_member(&mut conn, room, ana).await.unwrap().unwrap();
        assert_eq!((member.seq, member.joined), (Seq(2), false));
        let refused = leave(&mut conn, room, ana, Seq(3)).await.unwrap_err();
        assert!(matches!(refused, StoreError::NotFound), "{refused:?}");

        let again = NewMember { room, user: ana, role: MemberRole::Owner, seq: Seq(4), at: NOW };
        join(&mut conn, &again).await.unwrap();
        let member = find_member(&mut conn, room, ana).await.unwrap().unwrap();
        assert_eq!((member.seq, member.joined, member.role), (Seq(4), true, MemberRole::Owner));
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
        leave(&mut conn, room, bob, left).await.unwrap();

        assert_eq!(list_member_ids(&mut conn, room).await.unwrap(), [ana, carol]);
        let members = list_members(&mut conn, room).await.unwrap();
        assert_eq!(members.iter().map(|member| member.user.id).collect::<Vec<_>>(), [ana, carol]);
        assert_eq!(list_room_ids(&mut conn, ana).await.unwrap(), [room, other]);
        assert_eq!(list_room_ids(&mut conn, bob).await.unwrap(), []);
        let changed = list_members_changed_after(&mut conn, room, Seq(2), 10).await.unwrap();
        let changed: Vec<_> = changed.iter().map(|m| (m.user.id, m.seq, m.joined)).collect();
        assert_eq!(changed, [(carol, Seq(3), true), (bob, Seq(4), false)]);
        assert_eq!(list_members_changed_after(&mut conn, room, Seq(2), 1).await.unwrap().len(), 1);
    }
}
