//! What the works of one batch make of each other, on both engines.

use futures::future::BoxFuture;
use tokio::sync::oneshot;

use super::*;
use crate::{
    error::Reason,
    model::{Cid, Message, RoomId, Seq, UserId},
    server::{
        store::{
            Conn,
            members::{self, find_member},
            messages::{insert_message, list_messages_before},
            people::find_user_by_username,
            posts::{NewPost, insert_posts},
            rooms::{find_room, next_seq},
            tests::{
                engines::{self, TestDb, on_both_engines},
                factory::{NOW, a_channel, a_direct, a_group, a_member, a_message, a_user, enter},
            },
            users::update_disabled,
        },
        writer::{Delivery, Outcome},
    },
};

type Answered<T> = oneshot::Receiver<Result<T, AppError>>;

fn a_post(room: RoomId, author: UserId, cid: Cid, text: &str) -> Post {
    Post::new(author, cid, room, text.to_owned(), text.to_owned())
}

fn send(works: &mut Vec<Work>, post: Post) -> Answered<Delivery> {
    let (reply, answer) = oneshot::channel();
    works.push(Work::Post(post, Answer::Caller(reply)));
    answer
}

/// A post with a cid of its own.
fn say(works: &mut Vec<Work>, room: RoomId, author: UserId, text: &str) -> Answered<Delivery> {
    send(works, a_post(room, author, Cid::new(), text))
}

fn command<F>(works: &mut Vec<Work>, room: RoomId, work: F) -> Answered<()>
where
    F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<(), AppError>> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let job = Job::boxed(
        |tx| {
            Box::pin(async move {
                work(tx).await?;
                Ok(Outcome::quiet(()))
            })
        },
        reply,
    );
    works.push(Work::Command(vec![room.0], job));
    answer
}

async fn commit(test: &TestDb, works: Vec<Work>) {
    let mut batch = Batch::of(works.into_iter());
    let mut tx = test.begin().await;
    batch.run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    batch.committed(None);
}

fn get<T>(mut answer: Answered<T>) -> Result<T, AppError> {
    answer.try_recv().expect("it is answered")
}

fn seq(answer: Answered<Delivery>) -> Seq {
    get(answer).unwrap().seq
}

async fn texts(conn: &mut Conn, room: RoomId) -> Vec<(i64, String)> {
    let messages = list_messages_before(conn, room, None, 100).await.unwrap();
    messages.into_iter().map(|message| (message.seq.0, message.text)).collect()
}

async fn head(conn: &mut Conn, room: RoomId) -> Seq {
    find_room(conn, room).await.unwrap().unwrap().last_seq
}

const REUSED: AppError = AppError::Conflict { reason: Reason::CidReused };

on_both_engines! {
    async fn a_post_is_decided_after_the_commands_before_it(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_group(&mut conn, "trip", ana).await;
        enter(&mut conn, room, ana).await;
        let bob = a_member(&mut conn, room, "bob").await;
        let eve = a_user(&mut conn, "eve").await;
        let mut works = Vec::new();
        let (first, early) = (say(&mut works, room, bob, "first"), say(&mut works, room, eve, "early"));
        let removed = command(&mut works, room, move |tx| Box::pin(async move {
            let seq = next_seq(tx, room).await?;
            Ok(members::leave(tx, room, bob, seq, NOW).await?)
        }));
        let (after, last) = (say(&mut works, room, bob, "after"), say(&mut works, room, ana, "last"));
        let entered = command(&mut works, room, move |tx| Box::pin(async move {
            enter(tx, room, eve).await;
            Ok(())
        }));
        let late = say(&mut works, room, eve, "late");
        commit(test, works).await;

        assert_eq!((get(removed), get(entered)), (Ok(()), Ok(())));
        assert_eq!((get(early), get(after)), (Err(AppError::NotFound), Err(AppError::NotFound)));
        assert_eq!([seq(first), seq(last), seq(late)], [Seq(3), Seq(5), Seq(7)]);
        let kept = [(3, "first"), (5, "last"), (7, "late")].map(|(seq, text)| (seq, text.to_owned()));
        assert_eq!(texts(&mut conn, room).await, kept);
        assert_eq!(head(&mut conn, room).await, Seq(7));
    }

    async fn a_cid_counts_once_in_a_batch_and_after_it(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let (one, other) = (a_channel(&mut conn, "one", ana).await, a_channel(&mut conn, "other", ana).await);
        for room in [one, other] {
            enter(&mut conn, room, ana).await;
        }
        let bob = a_member(&mut conn, one, "bob").await;
        let (cid, refused) = (Cid::new(), Cid::new());
        let mut works = Vec::new();
        let first = send(&mut works, a_post(one, ana, cid, "hi"));
        let again = send(&mut works, a_post(one, ana, cid, "hi"));
        let (text, room) =
            (send(&mut works, a_post(one, ana, cid, "ho")), send(&mut works, a_post(other, ana, cid, "hi")));
        let of_bob = send(&mut works, a_post(one, bob, cid, "hi"));
        // What was refused has used up no cid.
        let outside = send(&mut works, a_post(other, bob, refused, "hi"));
        let inside = send(&mut works, a_post(one, bob, refused, "hi"));
        commit(test, works).await;
        let first = get(first).unwrap();
        assert_eq!(get(again), Ok(first));
        assert_eq!((get(text), get(room), get(outside)), (Err(REUSED), Err(REUSED), Err(AppError::NotFound)));
        assert_eq!([seq(of_bob), seq(inside)], [first.seq.next(), Seq(first.seq.0 + 2)]);

        let mut works = Vec::new();
        let again = send(&mut works, a_post(one, ana, cid, "hi"));
        let _between = command(&mut works, one, |_| Box::pin(async { Ok(()) }));
        let text = send(&mut works, a_post(one, ana, cid, "ho"));
        commit(test, works).await;
        assert_eq!((get(again), get(text)), (Ok(first), Err(REUSED)));
        assert_eq!(texts(&mut conn, one).await.len(), 3);
    }

    async fn a_retry_is_known_after_the_message_was_edited(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        enter(&mut conn, room, ana).await;
        let (cid, unhashed) = (Cid::new(), Message { text: "old".into(), ..a_message(room, ana, Seq(2), "") });
        let seq = next_seq(&mut conn, room).await.unwrap();
        insert_message(&mut conn, &Message { seq, ..unhashed.clone() }).await.unwrap();
        let mut works = Vec::new();
        let first = send(&mut works, a_post(room, ana, cid, "hi"));
        commit(test, works).await;
        let first = get(first).unwrap();
        for message in [first.id, unhashed.id] {
            engines::edit(&mut conn, message, "edited").await;
        }
        let mut works = Vec::new();
        let again = send(&mut works, a_post(room, ana, cid, "hi"));
        let other = send(&mut works, a_post(room, ana, cid, "edited"));
        // Of what a version before the hash stored, the text is all that there is.
        let old = send(&mut works, a_post(room, ana, unhashed.cid.unwrap(), "old"));
        let same = send(&mut works, a_post(room, ana, unhashed.cid.unwrap(), "edited"));
        commit(test, works).await;
        assert_eq!(get(again), Ok(first));
        assert_eq!((get(other), get(old)), (Err(REUSED), Err(REUSED)));
        assert_eq!(get(same).unwrap().id, unhashed.id);
    }

    async fn a_command_that_is_refused_or_panics_undoes_itself_alone(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        enter(&mut conn, room, ana).await;
        let mut works = Vec::new();
        let first = say(&mut works, room, ana, "first");
        let refused = command(&mut works, room, move |tx| Box::pin(async move {
            next_seq(tx, room).await?;
            a_user(tx, "bob").await;
            Err(AppError::Forbidden)
        }));
        let second = say(&mut works, room, ana, "second");
        // The database refuses it.
        let taken = command(&mut works, room, move |tx| Box::pin(async move {
            next_seq(tx, room).await?;
            let twin = a_message(room, ana, Seq(2), "twin");
            Ok(insert_message(tx, &twin).await?)
        }));
        let third = say(&mut works, room, ana, "third");
        let panicked = command(&mut works, room, move |tx| Box::pin(async move {
            next_seq(tx, room).await?;
            panic!("a bug")
        }));
        let kept = command(&mut works, room, |tx| Box::pin(async {
            a_user(tx, "eve").await;
            Ok(())
        }));
        let fourth = say(&mut works, room, ana, "fourth");
        commit(test, works).await;
        assert_eq!([first, second, third, fourth].map(seq), [2, 3, 4, 5].map(Seq));
        assert_eq!((get(refused), get(kept)), (Err(AppError::Forbidden), Ok(())));
        assert!(matches!(get(taken), Err(AppError::Internal { .. })));
        assert_eq!(get(panicked), Err(AppError::UNAVAILABLE));
        assert_eq!(head(&mut conn, room).await, Seq(5));
        for (name, is_there) in [("bob", false), ("eve", true)] {
            let found = find_user_by_username(&mut conn, name).await.unwrap();
            assert_eq!(found.is_some(), is_there, "{name}");
        }
    }

    async fn the_heads_of_all_rooms_of_a_batch_move(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let mut rooms = Vec::new();
        for n in 0..3 {
            let room = a_channel(&mut conn, &format!("room{n}"), ana).await;
            enter(&mut conn, room, ana).await;
            rooms.push(room);
        }
        // A head may be ahead of the last message.
        next_seq(&mut conn, rooms[0]).await.unwrap();
        let mut works = Vec::new();
        let said = [1, 0, 1, 0, 0].map(|n| say(&mut works, rooms[n], ana, "hi"));
        commit(test, works).await;
        assert_eq!(said.map(seq), [2, 3, 3, 4, 5].map(Seq));
        for (room, last) in rooms.into_iter().zip([5, 3, 1]) {
            assert_eq!(head(&mut conn, room).await, Seq(last));
        }
    }

    async fn who_may_not_post_is_told_why(test: &TestDb) {
        let mut conn = test.writer().await;
        let (ana, bob) = (a_user(&mut conn, "ana").await, a_user(&mut conn, "bob").await);
        let direct = a_direct(&mut conn, ana, bob).await;
        let foreign = a_channel(&mut conn, "general", bob).await;
        update_disabled(&mut conn, bob, true).await.unwrap();
        let mut works = Vec::new();
        let disabled = say(&mut works, direct, ana, "hi");
        let outside = say(&mut works, foreign, ana, "hi");
        let nowhere = say(&mut works, RoomId(1), ana, "hi");
        commit(test, works).await;
        assert_eq!(get(disabled), Err(AppError::Forbidden));
        assert_eq!([get(outside), get(nowhere)], [const { Err(AppError::NotFound) }; 2]);
        assert_eq!(head(&mut conn, direct).await, Seq(2));
    }

    async fn of_what_is_not_committed_nothing_stays(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        enter(&mut conn, room, ana).await;
        let bob = a_user(&mut conn, "bob").await;
        let mut works = Vec::new();
        let said = say(&mut works, room, ana, "hi");
        let entered = command(&mut works, room, move |tx| Box::pin(async move {
            enter(tx, room, bob).await;
            Ok(())
        }));
        let mut batch = Batch::of(works.into_iter());
        let mut tx = test.begin().await;
        batch.run(&mut tx).await.unwrap();
        // As if the process were killed.
        drop(tx);
        batch.lost(None, &AppError::UNAVAILABLE);
        assert_eq!((get(said), get(entered)), (Err(AppError::UNAVAILABLE), Err(AppError::UNAVAILABLE)));
        assert_eq!(head(&mut conn, room).await, Seq(1));
        assert_eq!(find_member(&mut conn, room, bob).await.unwrap(), None);
        assert!(texts(&mut conn, room).await.is_empty());
    }
}

#[tokio::test]
async fn a_full_disk_takes_neither_the_post_nor_the_command_beside_it() {
    engines::on_sqlite(async |test: &TestDb| {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        enter(&mut conn, room, ana).await;
        let long = "x".repeat(100_000);
        for (is_post_long, text) in [(true, long.as_str()), (false, "short")] {
            let mut works = Vec::new();
            let small = command(&mut works, room, |tx| {
                Box::pin(async {
                    a_user(tx, "bob").await;
                    Ok(())
                })
            });
            let said = say(&mut works, room, ana, text);
            let long = long.clone();
            let large = command(&mut works, room, move |tx| {
                Box::pin(async move {
                    if !is_post_long {
                        let seq = next_seq(tx, room).await?;
                        // Whatever it makes of the failure.
                        drop(insert_message(tx, &a_message(room, ana, seq, &long)).await);
                    }
                    Ok(())
                })
            });
            let mut tx = test.begin().await;
            engines::limit_pages(&mut tx, 1);
            let mut batch = Batch::of(works.into_iter());
            let failure = batch.run(&mut tx).await.unwrap_err();
            assert!(matches!(failure, StoreError::Full), "{failure:?}");
            drop(tx);
            batch.lost(None, &AppError::STORAGE_FULL);
            assert_eq!(get(said), Err(AppError::STORAGE_FULL));
            assert_eq!([get(small), get(large)], [const { Err(AppError::STORAGE_FULL) }; 2]);
            assert!(texts(&mut conn, room).await.is_empty());
            assert_eq!(head(&mut conn, room).await, Seq(1));
            let bob = find_user_by_username(&mut conn, "bob").await.unwrap();
            assert_eq!(bob, None);
        }
        let mut works = Vec::new();
        let said = say(&mut works, room, ana, &long);
        commit(test, works).await;
        assert_eq!(seq(said), Seq(2));
    })
    .await;
}

/// The cid is seen in no table yet when the batch is decided, so the constraint alone refuses it.
#[tokio::test]
async fn a_cid_that_another_node_stores_at_the_same_moment_leaves_the_rest_of_the_batch_alone() {
    engines::on_postgres(async |test: &TestDb| {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let (one, other) = (a_channel(&mut conn, "one", ana).await, a_channel(&mut conn, "other", ana).await);
        for room in [one, other] {
            enter(&mut conn, room, ana).await;
        }
        let cid = Cid::new();
        let elsewhere = Message { cid: Some(cid), ..a_message(other, ana, Seq(9), "hi") };
        let mut node = test.begin().await;
        let post = NewPost { message: elsewhere, sent_hash: vec![7; 16], texts: 1 };
        assert!(insert_posts(&mut node, &[&post]).await.unwrap());

        let mut works = Vec::new();
        let (first, twice) = (say(&mut works, one, ana, "hi"), send(&mut works, a_post(one, ana, cid, "hi")));
        let last = say(&mut works, one, ana, "hi");
        let release = async {
            engines::until_someone_waits(test).await;
            node.commit().await.unwrap();
        };
        futures::join!(commit(test, works), release);
        assert_eq!([seq(first), seq(last)], [Seq(2), Seq(3)]);
        assert_eq!(get(twice), Err(REUSED));
        assert_eq!(head(&mut conn, one).await, Seq(3));
    })
    .await;
}
