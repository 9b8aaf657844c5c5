//! Posting, a batch at a time: who may, what was posted before, then all seqs and all rows at once.

use std::collections::{BTreeMap, HashMap};

use super::messages::Delivery;
use crate::{
    error::{AppError, Reason},
    model::{Cid, LiveEvent, Message, MessageId, MessageKind, RoomId, Seq, Timestamp, UserId, UserRef},
    server::{
        clock,
        live::Effect,
        store::{
            Conn, StoreError,
            messages::insert_messages,
            next_id,
            posts::{self, Asked, Earlier, Known},
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

/// Stores `posts` in their order and tells what became of each. To be called in a transaction.
///
/// # Errors
/// A failure of the database: then nothing of the transaction may be kept. `Conflict` if another node stored
/// one of the cids meanwhile: then each post must be tried alone.
pub(super) async fn store_posts(conn: &mut Conn, posts: &[&Post]) -> Result<Vec<Posted>, StoreError> {
    let counts = |posts: &mut dyn Iterator<Item = &&Post>| {
        posts.fold(BTreeMap::new(), |mut counts, post| {
            *counts.entry(post.room).or_insert(0) += 1;
            counts
        })
    };
    posts::lock_rooms(conn, &counts(&mut posts.iter())).await?;
    let verdicts = judge(posts, posts::list_known(conn, &asked(posts)).await?);
    let mut new = posts
        .iter()
        .zip(&verdicts)
        .filter(|(_, verdict)| matches!(verdict, Verdict::New))
        .map(|(post, _)| post);
    let counts = counts(&mut new);
    let last = posts::take_seqs(conn, &counts).await?;
    let first = last.into_iter().map(|(room, last)| (room, last.0 - counts[&room] + 1));
    let messages = number(posts, &verdicts, first.collect());
    insert_messages(conn, &messages).await?;
    Ok(answer(&verdicts, messages))
}

/// What is to be done with a post.
enum Verdict {
    New,
    /// The same was stored before.
    Repeated(Delivery),
    /// The same is earlier in this batch, at this place.
    RepeatedHere(usize),
    Refused(AppError),
}

fn asked(posts: &[&Post]) -> Vec<Asked> {
    posts.iter().map(|post| Asked { author: post.author.id, cid: post.cid, room: post.room }).collect()
}

fn judge(posts: &[&Post], known: Vec<Known>) -> Vec<Verdict> {
    let mut here: HashMap<(UserId, Cid), usize> = HashMap::with_capacity(posts.len());
    let verdict = |(at, (post, known)): (usize, (&&Post, Known))| {
        if let Some(earlier) = known.earlier {
            return repeat(post, &earlier).map_or_else(Verdict::Refused, Verdict::Repeated);
        }
        if let Some(first) = here.get(&(post.author.id, post.cid)) {
            let is_same = posts[*first].room == post.room && posts[*first].text == post.text;
            return if is_same { Verdict::RepeatedHere(*first) } else { Verdict::Refused(reused()) };
        }
        if !known.is_member {
            return Verdict::Refused(AppError::NotFound);
        }
        if known.is_closed {
            return Verdict::Refused(AppError::Forbidden);
        }
        here.insert((post.author.id, post.cid), at);
        Verdict::New
    };
    posts.iter().zip(known).enumerate().map(verdict).collect()
}

/// The answer to a cid that was used before.
fn repeat(post: &Post, earlier: &Earlier) -> Result<Delivery, AppError> {
    if earlier.room != post.room || earlier.text != post.text {
        return Err(reused());
    }
    let Earlier { room, id, seq, at, .. } = *earlier;
    Ok(Delivery { cid: post.cid, room, id, seq, at })
}

fn reused() -> AppError {
    AppError::Conflict { reason: Reason::CidReused }
}

/// Makes the messages of the new posts, with their seqs from the first one of each room on.
fn number(posts: &[&Post], verdicts: &[Verdict], mut next: HashMap<RoomId, i64>) -> Vec<Message> {
    let at = clock::now();
    let number = |(post, verdict): (&&Post, &Verdict)| {
        let next = next.get_mut(&post.room).filter(|_| matches!(verdict, Verdict::New))?;
        let seq = Seq(*next);
        *next += 1;
        Some(message(post, seq, at))
    };
    posts.iter().zip(verdicts).filter_map(number).collect()
}

fn message(post: &Post, seq: Seq, at: Timestamp) -> Message {
    Message {
        room: post.room,
        seq,
        id: MessageId(next_id()),
        cid: Some(post.cid),
        kind: MessageKind::Text,
        notice: None,
        from: post.author.clone(),
        text: post.text.clone(),
        html: post.html.clone(),
        at,
        changed_seq: seq,
    }
}

/// What became of each post, given the messages of the new ones.
fn answer(verdicts: &[Verdict], messages: Vec<Message>) -> Vec<Posted> {
    let mut messages = messages.into_iter();
    let mut posted: Vec<Posted> = Vec::with_capacity(verdicts.len());
    for verdict in verdicts {
        posted.push(match verdict {
            Verdict::New => messages.next().ok_or(AppError::UNAVAILABLE).and_then(announce),
            Verdict::Repeated(delivery) => Ok((*delivery, None)),
            Verdict::RepeatedHere(first) => {
                posted[*first].as_ref().map(|(delivery, _)| (*delivery, None)).map_err(Clone::clone)
            }
            Verdict::Refused(error) => Err(error.clone()),
        });
    }
    posted
}

fn announce(message: Message) -> Result<(Delivery, Option<Effect>), AppError> {
    let Message { room, id, seq, at, .. } = message;
    let cid = message.cid.ok_or(AppError::UNAVAILABLE)?;
    let effect = Effect::Tell { room, event: LiveEvent::Message(message) };
    Ok((Delivery { cid, room, id, seq, at }, Some(effect)))
}
