//! Posted messages that stand side by side in a batch: stored together, published, then answered.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::{
    error::AppError,
    model::{Change, Cid, Ephemeral, people::Introduced},
    server::{
        live::{Effect, Live, Subscriber},
        store::{StoreError, Tx, posts::NewPost},
        writer::{
            Delivery,
            posting::{Post, Posted, Verdict, store_posts},
        },
    },
};

/// Who is told what became of a post.
pub(in crate::server::writer) enum Answer {
    Caller(oneshot::Sender<Result<Delivery, AppError>>),
    Connection(Arc<Subscriber>),
}

#[derive(Default)]
pub(super) struct Posts {
    posts: Vec<Post>,
    answers: Vec<Answer>,
    /// What became of each, once they are stored.
    outcomes: Vec<Verdict>,
}

impl Posts {
    pub(super) fn push(&mut self, post: Post, answer: Answer) {
        self.posts.push(post);
        self.answers.push(answer);
    }

    /// The rooms that they go to.
    pub(super) fn rooms(&self) -> impl Iterator<Item = i64> {
        self.posts.iter().map(|post| post.room.0)
    }

    /// Stores what is allowed and new.
    pub(super) async fn store(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        self.outcomes = store_posts(tx, &self.posts).await?;
        Ok(())
    }

    /// All of it is durable: first what is new is published, then all are answered.
    pub(super) fn committed(self, live: Option<&Live>) {
        let mut callers = Vec::new();
        let outcomes = self.posts.iter().map(|post| post.cid).zip(self.outcomes);
        let answered = self.answers.into_iter().zip(outcomes);
        let publish = || {
            let mut connections = Vec::new();
            for (answer, (cid, outcome)) in answered {
                let delivery = outcome.map(|posted| match posted {
                    Posted::Earlier(delivery) => delivery,
                    Posted::New { post: NewPost { message, .. }, author } => {
                        let delivery = Delivery::of(&message, cid);
                        if let Some(live) = live {
                            let event = Change::new_message(message);
                            live.perform([Effect::Tell(Introduced { event, people: author })]);
                        }
                        delivery
                    }
                });
                match answer {
                    Answer::Caller(_) => callers.push((answer, cid, delivery)),
                    Answer::Connection(_) => connections.push((answer, cid, delivery)),
                }
            }
            give(live, connections);
        };
        match live {
            Some(live) => live.hub.send_inline(publish),
            None => publish(),
        }
        // Last, for a caller who hears of the room too has heard then.
        give(live, callers);
    }

    pub(super) fn lost(self, live: Option<&Live>, error: &AppError) {
        let answers = self.answers.into_iter().zip(&self.posts);
        give(live, answers.map(|(answer, post)| (answer, post.cid, Err(error.clone()))).collect());
    }
}

fn give(live: Option<&Live>, answers: Vec<(Answer, Cid, Result<Delivery, AppError>)>) {
    for (answer, cid, delivery) in answers {
        match (answer, live) {
            // Whoever asked may have gone; what is stored stands all the same.
            (Answer::Caller(reply), _) => drop(reply.send(delivery)),
            (Answer::Connection(subscriber), Some(live)) => {
                let event = match delivery {
                    Ok(delivery) => delivery.into(),
                    Err(error) => Ephemeral::refused_send(cid, error),
                };
                live.hub.answer(&subscriber, &event.into());
            }
            // Without a fan-out there is no connection.
            (Answer::Connection(_), None) => {}
        }
    }
}
