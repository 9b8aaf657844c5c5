//! The nouns and rules that the server and the browser share.
//!
//! Serde types, validated input and pure reducers; no sqlx, axum or web-sys. Everything else may use
//! this module, and it uses nothing but `error`.

pub mod ability;
pub mod alike;
pub mod change;
pub mod command;
pub mod crowd;
pub mod event;
pub mod form;
pub mod frame;
pub mod ids;
pub mod invitation;
pub mod live;
pub mod marks;
pub mod member;
pub mod message;
pub mod outbox;
pub mod overview;
pub mod page;
pub mod paths;
pub mod people;
pub mod preferences;
pub mod room;
pub mod sorted;
pub mod stream;
pub mod text;
pub mod time;
pub mod timeline;
pub mod token;
pub mod user;
pub mod watched;
pub mod window;

pub use change::{Change, What};
pub use command::ClientCommand;
pub use crowd::Crowd;
pub use event::{Ephemeral, LiveEvent};
pub use ids::{Cid, MessageId, OutboxId, RoomId, Seq, TokenId, UserId};
pub use invitation::Invitation;
pub use live::LiveState;
pub use member::{Mark, Member, MemberRole, Progress};
pub use message::{Message, MessageKind, MessageText, Notice};
pub use overview::{LastLine, RoomSummary};
pub use people::People;
pub use room::{RoomAccess, RoomKind};
pub use time::Timestamp;
pub use timeline::Timeline;
pub use token::Scope;
pub use user::{Me, SiteRole, UserRef};
