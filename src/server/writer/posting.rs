//! Posting, many at a time: what each post becomes is decided here, from what the store knows of all.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest as _, Sha256};

use super::Delivery;
use crate::{
    error::{AppError, Reason},
    model::{
        Cid, Message, MessageId, MessageKind, People, RoomId, Seq, Timestamp, UserId,
        ability::{Ability, decide},
    },
    server::{
        clock,
        store::{
            StoreError, Tx,
            known::{Asked, Earlier, Known, list_known},
            members::count_own_texts,
            next_id,
            posts::{NewPost, insert_posts},
            rooms::{Head, move_heads},
        },
    },
};

/// How often a batch is decided anew because another node stored one of its cids at the same moment.
const TRIES: usize = 8;
/// Enough of a hash that nobody finds two messages with the same.
const HASH_BYTES: usize = 16;

/// A checked message that waits for its writer.
#[derive(Clone, Debug)]
pub struct Post {
    pub author: UserId,
    pub cid: Cid,
    pub room: RoomId,
    text: String,
    html: String,
    /// Of everything that the sender chose: a retry has the same, also after the message was edited.
    sent_hash: Vec<u8>,
}

impl Post {
    pub fn new(author: UserId, cid: Cid, room: RoomId, text: String, html: String) -> Self {
        let hash = Sha256::new().chain_update(room.0.to_be_bytes()).chain_update(&text).finalize();
        Self { author, cid, room, text, html, sent_hash: hash[..HASH_BYTES].to_vec() }
    }
}

/// What became of a post that was not refused.
#[derive(Debug)]
pub(super) enum Posted {
    New {
        post: NewPost,
        /// Who wrote it.
        author: People,
    },
    /// The same was sent before.
    Earlier(Delivery),
}

/// What became of a post.
pub(super) type Verdict = Result<Posted, AppError>;

/// Stores those of `posts`, in their order, that their authors may write and that are new, and tells what became of each.
/// Their rooms must be locked.
///
/// # Errors
/// Those of the database.
pub(super) async fn store_posts(tx: &mut Tx, posts: &[Post]) -> Result<Vec<Verdict>, StoreError> {
    let asked = |post: &Post| Asked { author: post.author, cid: post.cid, room: post.room };
    let asked: Vec<Asked> = posts.iter().map(asked).collect();
    for _ in 0..TRIES {
        let known = list_known(tx, &asked).await?;
        let verdicts = judge(posts, known, clock::now());
        let new: Vec<&NewPost> = verdicts.iter().filter_map(new_of).collect();
        if new.is_empty() {
            return Ok(verdicts);
        }
        if insert_posts(tx, &new).await? {
            count(tx, &new).await?;
            return Ok(verdicts);
        }
    }
    Err(StoreError::Busy)
}

/// Moves the rooms' heads, and counts what is new as known to those who wrote it.
async fn count(tx: &mut Tx, new: &[&NewPost]) -> Result<(), StoreError> {
    let (mut heads, mut own) = (BTreeMap::new(), BTreeMap::new());
    for NewPost { message, texts, .. } in new {
        // Of a room's heads the last one stays.
        heads.insert(message.room, Head { seq: message.seq, texts: *texts });
        *own.entry((message.room, message.from)).or_default() += 1;
    }
    move_heads(tx, &heads).await?;
    count_own_texts(tx, &own).await
}

fn new_of(verdict: &Verdict) -> Option<&NewPost> {
    match verdict {
        Ok(Posted::New { post, .. }) => Some(post),
        _ => None,
    }
}

/// Decides what becomes of each post, as if the ones before it were stored already.
fn judge(posts: &[Post], known: Vec<Known>, at: Timestamp) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = Vec::with_capacity(posts.len());
    let mut heads: HashMap<RoomId, Head> = HashMap::new();
    // Where in the batch what is new under a cid stands.
    let mut places: HashMap<(UserId, Cid), usize> = HashMap::new();
    for (place, (post, Known { earlier, facts, head, author })) in posts.iter().zip(known).enumerate() {
        let key = (post.author, post.cid);
        let twin = places.get(&key).and_then(|place| new_of(&verdicts[*place]));
        let verdict = match (earlier, twin, facts) {
            (Some(earlier), ..) => repeat(post, &earlier).map(Posted::Earlier),
            (None, Some(twin), _) if twin.sent_hash == post.sent_hash => {
                Ok(Posted::Earlier(Delivery::of(&twin.message, post.cid)))
            }
            (None, Some(_), _) => Err(CID_REUSED),
            (None, None, None) => Err(AppError::NotFound),
            (None, None, Some(facts)) => decide(Ability::Post, facts).require().map(|()| {
                let head = heads.entry(post.room).or_insert(head);
                *head = head.next_text();
                places.insert(key, place);
                let (message, sent_hash) = (message(post, head.seq, at), post.sent_hash.clone());
                let post = NewPost { message, sent_hash, texts: head.texts };
                Posted::New { post, author: author.into_iter().collect() }
            }),
        };
        verdicts.push(verdict);
    }
    verdicts
}

const CID_REUSED: AppError = AppError::Conflict { reason: Reason::CidReused };

/// The answer to a cid that was used before.
fn repeat(post: &Post, earlier: &Earlier) -> Result<Delivery, AppError> {
    let is_same = match &earlier.sent_hash {
        Some(hash) => *hash == post.sent_hash,
        None => earlier.room == post.room && earlier.text == post.text,
    };
    if !is_same {
        return Err(CID_REUSED);
    }
    let Earlier { room, id, seq, at, .. } = *earlier;
    Ok(Delivery { cid: post.cid, room, id, seq, at })
}

fn message(post: &Post, seq: Seq, at: Timestamp) -> Message {
    Message {
        room: post.room,
        seq,
        id: MessageId(next_id()),
        cid: Some(post.cid),
        kind: MessageKind::Text,
        notice: None,
        from: post.author,
        by: None,
        text: post.text.clone(),
        html: post.html.clone(),
        at,
        changed_seq: seq,
    }
}
