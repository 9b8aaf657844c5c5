//! Posted messages: stored all at once, published, then answered; at last those that were not stored are told why.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::{
    error::AppError,
    model::{Change, Cid, Ephemeral, Message},
    server::{
        chat::{
            messages::Delivery,
            posting::{Post, commit_posts, explain},
        },
        live::{Effect, Live, Subscriber},
        store::{Conn, Failure, posts::Poster},
    },
};

/// Who is told what became of a post.
pub(in crate::server::chat) enum Answer {
    Caller(oneshot::Sender<Result<Delivery, AppError>>),
    Connection(Arc<Subscriber>),
}

/// Posts that are committed together.
#[derive(Default)]
pub(in crate::server::chat) struct Posts {
    posts: Vec<Post>,
    answers: Vec<Answer>,
}

impl Posts {
    pub(in crate::server::chat) fn push(&mut self, post: Post, answer: Answer) {
        self.posts.push(post);
        self.answers.push(answer);
    }

    pub(in crate::server::chat) fn len(&self) -> usize {
        self.posts.len()
    }

    /// The message that each became; see `commit_posts`.
    pub(in crate::server::chat) async fn commit(
        &self,
        poster: &mut Poster,
    ) -> Result<Vec<Option<Message>>, Failure> {
        commit_posts(poster, &self.posts).await
    }

    /// What is new is durable: first all of it is published, then it is answered. Gives back the rest.
    pub(in crate::server::chat) fn committed(self, live: &Live, new: Vec<Option<Message>>) -> Self {
        let (mut rest, mut callers) = (Self::default(), Vec::new());
        live.hub.by_hand(|| {
            let mut connections = Vec::new();
            for ((post, answer), new) in self.posts.into_iter().zip(self.answers).zip(new) {
                let Some(message) = new else {
                    rest.push(post, answer);
                    continue;
                };
                let delivery = Delivery::of(&message, post.cid);
                match answer {
                    Answer::Caller(_) => callers.push((answer, delivery)),
                    Answer::Connection(_) => connections.push((answer, delivery)),
                }
                live.perform([Effect::Tell(Change::new_message(message))]);
            }
            give(live, connections);
        });
        // Last, for a caller who hears of the room too has heard then.
        give(live, callers);
        rest
    }

    /// What was not stored is told why, or its delivery if it was stored before.
    ///
    /// # Errors
    /// Those of the database: then nobody is answered yet.
    pub(in crate::server::chat) async fn explain(
        &self,
        conn: &mut Conn,
    ) -> Result<Vec<Result<Delivery, AppError>>, Failure> {
        explain(conn, &self.posts).await.map_err(Failure::before_commit)
    }

    pub(in crate::server::chat) fn lost(self, live: &Live, error: &AppError) {
        let lost = vec![Err(error.clone()); self.posts.len()];
        self.answer(live, lost);
    }

    pub(in crate::server::chat) fn answer(self, live: &Live, deliveries: Vec<Result<Delivery, AppError>>) {
        for ((post, answer), delivery) in self.posts.into_iter().zip(self.answers).zip(deliveries) {
            answer.give(live, post.cid, delivery);
        }
    }
}

fn give(live: &Live, answers: Vec<(Answer, Delivery)>) {
    answers.into_iter().for_each(|(answer, delivery)| answer.give(live, delivery.cid, Ok(delivery)));
}

impl Answer {
    fn give(self, live: &Live, cid: Cid, delivery: Result<Delivery, AppError>) {
        match self {
            // Whoever asked may have gone; what is stored stands all the same.
            Self::Caller(reply) => drop(reply.send(delivery)),
            Self::Connection(subscriber) => {
                let event = match delivery {
                    Ok(delivery) => delivery.into(),
                    Err(error) => Ephemeral::refused_send(cid, error),
                };
                live.hub.answer(&subscriber, &event.into());
            }
        }
    }
}
