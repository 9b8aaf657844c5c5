//! The fan-out's queue under every order of steps that a scheduler may choose.
//!
//! It compiles `live/subscriber/flush_flag.rs` itself with Shuttle's synchronisation in place of the standard library's.
#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

mod sync {
    pub(super) use shuttle::sync::atomic::{AtomicBool, Ordering};
}

#[path = "../src/server/live/subscriber/flush_flag.rs"]
mod flush_flag;

use flush_flag::FlushFlag;
use shuttle::{
    check_dfs,
    sync::{Arc, Mutex, mpsc},
    thread,
};

/// A connection's queue, as `Subscriber` has it.
struct Queue {
    waiting: Mutex<Vec<u32>>,
    flush: FlushFlag,
}

impl Queue {
    fn add(&self, item: u32) -> bool {
        self.waiting.lock().unwrap().push(item);
        self.flush.arrange()
    }

    fn empty(&self) -> Vec<u32> {
        self.flush.begin();
        std::mem::take(&mut *self.waiting.lock().unwrap())
    }
}

/// Two rooms tell one connection something while a sender empties its queue whenever it is asked to.
fn tell_from_two_rooms() {
    let queue = Arc::new(Queue { waiting: Mutex::new(Vec::new()), flush: FlushFlag::new() });
    let (ask, asked) = mpsc::channel();
    let rooms: Vec<_> = [[1, 2], [11, 12]]
        .into_iter()
        .map(|items| {
            let (queue, ask) = (Arc::clone(&queue), ask.clone());
            thread::spawn(move || {
                for item in items {
                    if queue.add(item) {
                        ask.send(()).unwrap();
                    }
                }
            })
        })
        .collect();
    drop(ask);
    let mut written = Vec::new();
    while asked.recv().is_ok() {
        written.extend(queue.empty());
    }
    rooms.into_iter().for_each(|room| room.join().unwrap());
    assert!(queue.waiting.lock().unwrap().is_empty(), "something stayed behind unseen");
    let of_room =
        |first: u32| written.iter().copied().filter(|item| item / 10 == first / 10).collect::<Vec<_>>();
    assert_eq!((of_room(1), of_room(11)), (vec![1, 2], vec![11, 12]), "{written:?}");
}

#[test]
fn nothing_stays_behind_and_each_room_keeps_its_order() {
    check_dfs(tell_from_two_rooms, Some(200_000));
}
