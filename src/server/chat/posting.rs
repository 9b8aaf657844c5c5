//! Posting, a batch at a time: whatever is allowed and new is stored; only what was left out is looked up.

use std::collections::HashSet;

use super::messages::Delivery;
use crate::{
    error::{AppError, Reason},
    model::{Cid, LiveEvent, Message, MessageId, MessageKind, RoomId, Seq, Timestamp, UserRef},
    server::{
        clock,
        live::Effect,
        store::{
            Db, Failure, StoreError,
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

/// What became of a post: its delivery, and what others hear of it if it is new.
pub(super) type Posted = Result<(Delivery, Option<Effect>), AppError>;

/// Stores `posts` in their order, durably, and tells what became of each.
///
/// # Errors
/// The transaction's: then whether something was stored.
pub(super) async fn commit_posts(
    db: &Db,
    poster: &mut Poster,
    posts: &[Post],
) -> Result<Vec<Posted>, Failure> {
    let drafts = draft(posts);
    let stored = poster.commit(&drafts.iter().flatten().collect::<Vec<_>>()).await?;
    let new = number(drafts, &stored);
    let known = match find_out(db, &asked(posts, &new)).await {
        Err(error @ StoreError::Broken(_)) => return Err(Failure::Broken(error)),
        // What is new is durable; the others are asked to come again.
        Err(error) => {
            tracing::warn!(%error, "what was not stored could not be looked up");
            Vec::new()
        }
        Ok(known) => known,
    };
    Ok(answer(posts, new, known))
}

async fn find_out(db: &Db, asked: &[Asked]) -> Result<Vec<Known>, StoreError> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    list_known(&mut db.read().await?, asked).await
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

/// What is to be known of those that were not stored.
fn asked(posts: &[Post], new: &[Option<Message>]) -> Vec<Asked> {
    let left = posts.iter().zip(new).filter(|(_, new)| new.is_none());
    left.map(|(post, _)| Asked { author: post.author.id, cid: post.cid, room: post.room }).collect()
}

/// What became of each post, given what is known of those that were not stored, in their order.
fn answer(posts: &[Post], new: Vec<Option<Message>>, known: Vec<Known>) -> Vec<Posted> {
    let mut known = known.into_iter();
    let answer = |(post, new): (&Post, Option<Message>)| match new {
        Some(message) => Ok(announce(post, message)),
        None => judge(post, known.next()).map(|delivery| (delivery, None)),
    };
    posts.iter().zip(new).map(answer).collect()
}

fn announce(post: &Post, message: Message) -> (Delivery, Option<Effect>) {
    let Message { room, id, seq, at, .. } = message;
    let effect = Effect::Tell { room, event: LiveEvent::Message(message) };
    (Delivery { cid: post.cid, room, id, seq, at }, Some(effect))
}

/// Why a post was not stored, or its delivery if the same was stored before.
fn judge(post: &Post, known: Option<Known>) -> Result<Delivery, AppError> {
    match known {
        Some(Known { earlier: Some(earlier), .. }) => repeat(post, &earlier),
        Some(Known { is_member: false, .. }) => Err(AppError::NotFound),
        Some(Known { is_closed: true, .. }) => Err(AppError::Forbidden),
        _ => Err(AppError::UNAVAILABLE),
    }
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
        text: post.text.clone(),
        html: post.html.clone(),
        at,
        changed_seq: Seq(0),
    }
}
