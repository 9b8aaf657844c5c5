//! The laws of reconnecting: whatever fails and when, each message is stored once and in the order of
//! writing, and a server that stays up is live in the end.

mod model_server;
mod tab;

use proptest::prelude::*;

use super::Order;
use crate::model::{RoomId, Seq, live::ConnectionState, outbox::SendState, timeline::tests::ROOM};
use model_server::{Refusal, Trouble};
use tab::Tab;

#[derive(Clone, Debug)]
enum Step {
    /// The reader writes; the server would never take what is `bad`.
    Write {
        bad: bool,
    },
    /// Somebody else writes.
    Say,
    /// The server does what it was told, up to so many commands.
    Serve(usize),
    /// So many events arrive together.
    Hear(usize),
    Order(Order),
    /// Time passes to the next thing that is due.
    Wait,
    /// The connection breaks; what was under way is lost.
    Break,
    /// Opens a connection, if there is none.
    Open,
    /// The server or a way to it goes or comes back.
    Trouble(Trouble, bool),
    /// The next commands of a kind are refused for a while.
    Refuse(Refusal),
}

fn order() -> impl Strategy<Value = Order> {
    prop_oneof![
        Just(Order::CatchUp),
        Just(Order::Flush),
        Just(Order::Look),
        (7_i64..9).prop_map(|room| Order::Typing(RoomId(room))),
        (0_i64..20).prop_map(|seq| Order::Read(ROOM, Seq(seq))),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let trouble = prop_oneof![
        Just(Trouble::Away),
        Just(Trouble::NoSocket),
        Just(Trouble::SilentSocket),
        Just(Trouble::NoEvents),
        Just(Trouble::SilentEvents),
    ];
    prop_oneof![
        4 => prop::bool::weighted(0.1).prop_map(|bad| Step::Write { bad }),
        3 => Just(Step::Say),
        6 => (1_usize..4).prop_map(Step::Serve),
        6 => (1_usize..6).prop_map(Step::Hear),
        3 => order().prop_map(Step::Order),
        3 => Just(Step::Wait),
        1 => Just(Step::Break),
        3 => Just(Step::Open),
        1 => (trouble, any::<bool>()).prop_map(|(trouble, is_on)| Step::Trouble(trouble, is_on)),
        1 => prop_oneof![Just(Refusal::Message), Just(Refusal::Sync)].prop_map(Step::Refuse),
    ]
}

fn follow(tab: &mut Tab, step: Step) {
    match step {
        Step::Write { bad } => tab.write(bad),
        Step::Say => tab.server.say(),
        Step::Serve(most) => tab.server.serve(most),
        Step::Hear(most) => tab.hear(most),
        Step::Order(order) => tab.obey(order),
        Step::Wait => tab.wait(),
        Step::Break => tab.lose(false),
        Step::Open => tab.open(),
        Step::Trouble(trouble, is_on) => tab.server.trouble(trouble, is_on),
        Step::Refuse(refusal) => tab.server.refuse(refusal),
    }
}

proptest! {
    #[test]
    fn every_message_is_stored_once_and_in_order(steps in prop::collection::vec(step(), 0..120)) {
        let mut tab = Tab::new();
        for step in steps {
            follow(&mut tab, step);
        }
        tab.server.trouble(Trouble::Away, false);
        tab.settle();

        prop_assert_eq!(*tab.state.connection, ConnectionState::Live);
        let is_failed = |send: &crate::model::outbox::Send| matches!(send.state, SendState::Failed(_));
        prop_assert!(tab.state.outbox.sends.iter().all(is_failed), "something still waits");
        prop_assert_eq!(tab.server.stored_of_me(), tab.expected());
        let timeline = tab.state.timeline.as_ref().expect("the room is open");
        prop_assert_eq!(timeline.cursor, tab.server.head());
        let shown: Vec<_> = timeline.window.messages().iter().map(|message| message.seq).collect();
        prop_assert_eq!(shown, tab.server.seqs());
    }
}
