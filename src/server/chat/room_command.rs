//! What changes a room, besides posts: data, which a door or the command line makes and a room's writer runs.
//!
//! Before it is made its door has counted it and found out whom it concerns; whether it is allowed is decided when it runs, in the
//! transaction that writes.

use std::sync::Arc;

use super::{accounts, invitations, rooms};
use crate::{
    error::AppError,
    model::{Me, Member, MemberRole, RoomId, UserId},
    server::{
        chat::Chat,
        limits::LimitTable,
        store::Tx,
        writer::{Outcome, Writers},
    },
};

/// A change of a room. Its answer is the place in the room, afterwards, of the person whom it concerns; none if they are not
/// in it.
pub enum RoomCommand {
    /// Makes an account, which enters the room: the general one.
    Register(Box<accounts::Registered>),
    /// The user enters a channel, whose password is checked already.
    Enter { user: UserId },
    /// The user leaves.
    Leave { user: UserId },
    /// The user takes a person in, or invites them if they do not know the user.
    Invite { user: UserId, person: UserId },
    /// The user takes a person out, or their invitation back.
    Remove { user: UserId, person: UserId },
    /// The user gives a member another role. `user.role` is the highest site role that the request may use.
    Appoint { user: Me, member: UserId, role: MemberRole },
    /// The user enters by an invitation,
    Accept { user: UserId },
    /// or turns it down.
    Decline { user: UserId },
}

/// Runs a command of the room, and gives its answer once it is durable.
///
/// # Errors
/// What it refuses, and those of `Writers::run`.
pub(super) async fn change(
    chat: &Chat,
    room: RoomId,
    command: RoomCommand,
) -> Result<Option<Member>, AppError> {
    command.commit(&chat.writers, chat.limits.table(), room).await
}

impl RoomCommand {
    /// Runs it by the room's writer, and gives its answer once it is durable.
    ///
    /// # Errors
    /// Those of `Writers::run`.
    pub async fn commit(
        self,
        writers: &Writers,
        limits: &Arc<LimitTable>,
        room: RoomId,
    ) -> Result<Option<Member>, AppError> {
        let _turn = match self.holder() {
            Some(user) => Some(writers.turn_of(user).await),
            None => None,
        };
        let limits = Arc::clone(limits);
        writers.run(room.0, move |tx| Box::pin(async move { self.run(room, tx, &limits).await })).await
    }

    /// Whose holdings it counts: their commands run one after the other.
    fn holder(&self) -> Option<UserId> {
        match self {
            Self::Enter { user } | Self::Invite { user, .. } | Self::Accept { user } => Some(*user),
            Self::Register(_)
            | Self::Leave { .. }
            | Self::Remove { .. }
            | Self::Appoint { .. }
            | Self::Decline { .. } => None,
        }
    }

    /// Runs it on the room, which is locked.
    ///
    /// # Errors
    /// What it refuses; then its transaction must leave nothing of it.
    async fn run(
        self,
        room: RoomId,
        tx: &mut Tx,
        limits: &LimitTable,
    ) -> Result<Outcome<Option<Member>>, AppError> {
        match self {
            Self::Register(registered) => accounts::write_account(tx, room, &registered).await,
            Self::Enter { user } => rooms::write_entry(tx, limits, room, user).await,
            Self::Leave { user } => rooms::write_leaving(tx, room, user).await,
            Self::Invite { user, person } => rooms::write_admission(tx, limits, room, user, person).await,
            Self::Remove { user, person } => rooms::write_removal(tx, room, user, person).await,
            Self::Appoint { user, member, role } => rooms::write_role(tx, room, &user, member, role).await,
            Self::Accept { user } => invitations::write_acceptance(tx, limits, room, user).await,
            Self::Decline { user } => invitations::write_refusal(tx, room, user).await,
        }
    }
}
