//! Posted messages: stored all at once, published, then answered.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::{
    error::AppError,
    model::{Cid, LiveEvent},
    server::{
        chat::{
            messages::Delivery,
            posting::{Post, Posted, commit_posts},
        },
        live::{Live, Subscriber},
        store::{Db, Failure, posts::Poster},
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

    /// Commits everything and tells what became of each.
    pub(in crate::server::chat) async fn commit(
        &self,
        db: &Db,
        poster: &mut Poster,
    ) -> Result<Vec<Posted>, Failure> {
        commit_posts(db, poster, &self.posts).await
    }

    /// What is new is durable: first all is published, then all are answered.
    pub(in crate::server::chat) fn committed(self, live: &Live, posted: Vec<Posted>) {
        let publish = |posted: Posted| {
            posted.map(|(delivery, effect)| {
                live.perform(effect);
                delivery
            })
        };
        let deliveries: Vec<_> = posted.into_iter().map(publish).collect();
        self.answer(live, deliveries);
    }

    pub(in crate::server::chat) fn lost(self, live: &Live, error: &AppError) {
        let lost = vec![Err(error.clone()); self.posts.len()];
        self.answer(live, lost);
    }

    fn answer(self, live: &Live, deliveries: Vec<Result<Delivery, AppError>>) {
        for ((post, answer), delivery) in self.posts.into_iter().zip(self.answers).zip(deliveries) {
            answer.give(live, post.cid, delivery);
        }
    }
}

impl Answer {
    fn give(self, live: &Live, cid: Cid, delivery: Result<Delivery, AppError>) {
        match self {
            // Whoever asked may have gone; what is stored stands all the same.
            Self::Caller(reply) => drop(reply.send(delivery)),
            Self::Connection(subscriber) => {
                let event = match delivery {
                    Ok(delivery) => delivery.into(),
                    Err(error) => LiveEvent::Error { cid: Some(cid), error },
                };
                live.hub.answer(&subscriber, &event);
            }
        }
    }
}
