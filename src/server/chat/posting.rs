//! Posting, a batch at a time: whatever is allowed and new is stored; only what was left out is looked up.

use std::collections::HashSet;

use super::messages::Delivery;
use crate::{
    error::{AppError, Reason},
    model::{
        Cid, Message, MessageId, MessageKind, RoomId, Seq, Timestamp, UserRef,
        ability::{Ability, decide},
    },
    server::{
        clock,
        store::{
            Conn, Failure, StoreError,
            known::{Asked, Earlier, Known, list_known},
            next_id,
            posts::{Poster, Stored},
        },
    },
};

/// A checked message that waits for its writer.
#[derive(Clone, Debug)]
pub struct Post {
    pub author: UserRef,
    pub cid: Cid,
    pub room: RoomId,
    pub text: String,
    pub html: String,
}

/// Stores `posts` in their order, durably: the message that each became; none for those that are not allowed, or
/// not new.
///
/// # Errors
/// Those of the transaction.
pub(super) async fn commit_posts(
    poster: &mut Poster,
    posts: &[Post],
) -> Result<Vec<Option<Message>>, Failure> {
    let drafts = draft(posts);
    let stored = poster.commit(&drafts.iter().flatten().collect::<Vec<_>>()).await?;
    Ok(number(drafts, &stored))
}

/// Why posts were not stored, or their deliveries if the same was stored before.
///
/// # Errors
/// Those of the database.
pub(super) async fn explain(
    conn: &mut Conn,
    posts: &[Post],
) -> Result<Vec<Result<Delivery, AppError>>, StoreError> {
    let asked = |post: &Post| Asked { author: post.author.id, cid: post.cid, room: post.room };
    let known = list_known(conn, &posts.iter().map(asked).collect::<Vec<_>>()).await?;
    Ok(posts.iter().zip(known).map(|(post, known)| judge(post, known)).collect())
}

/// The message that each post becomes if it is stored, still without its seq. None for a cid that is there a second
/// time.
fn draft(posts: &[Post]) -> Vec<Option<Message>> {
    let mut cids = HashSet::with_capacity(posts.len());
    let at = clock::now();
    posts.iter().map(|post| cids.insert((post.author.id, post.cid)).then(|| message(post, at))).collect()
}

/// Those that were stored, with their seqs.
fn number(drafts: Vec<Option<Message>>, stored: &Stored) -> Vec<Option<Message>> {
    let number = |draft: Message| {
        let seq = *stored.get(&draft.id)?;
        Some(Message { seq, changed_seq: seq, ..draft })
    };
    drafts.into_iter().map(|draft| draft.and_then(number)).collect()
}

fn judge(post: &Post, known: Known) -> Result<Delivery, AppError> {
    if let Some(earlier) = known.earlier {
        return repeat(post, &earlier);
    }
    decide(Ability::Post, known.facts.ok_or(AppError::NotFound)?).require()?;
    // Allowed by now: it was not a moment ago.
    Err(AppError::UNAVAILABLE)
}

/// The answer to a cid that was used before.
fn repeat(post: &Post, earlier: &Earlier) -> Result<Delivery, AppError> {
    if earlier.room != post.room || earlier.text != post.text {
        return Err(AppError::Conflict { reason: Reason::CidReused });
    }
    let Earlier { room, id, seq, at, .. } = *earlier;
    Ok(Delivery { cid: post.cid, room, id, seq, at })
}

fn message(post: &Post, at: Timestamp) -> Message {
    Message {
        room: post.room,
        seq: Seq(0),
        id: MessageId(next_id()),
        cid: Some(post.cid),
        kind: MessageKind::Text,
        notice: None,
        from: post.author.clone(),
        by: None,
        text: post.text.clone(),
        html: post.html.clone(),
        at,
        changed_seq: Seq(0),
    }
}
