//! Who may hash next: never more at once than there are cores, in fair turns, and nobody waits in vain.
//!
//! Three lines take turns: browsers that were signed in before, other sign-ins, and everything else (registrations, rooms). A request
//! whose turn would come too late is refused at once; one whose client goes away leaves its line.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    sync::oneshot,
    time::{Instant as Deadline, timeout},
};

use super::queue::{Asker, FairQueue};
use crate::{error::AppError, server::limits::Size};

/// What is left of two seconds is for hashing and for the database.
const WAIT_MAX: Duration = Duration::from_millis(1_500);
/// Without limits, in load tests, whoever waits is served.
const WAIT_UNLIMITED: Duration = Duration::from_secs(60);
/// The most requests that wait in all lines together.
const WAITING_MAX: usize = 1_024;
/// How long a hash is believed to take before one was measured.
const FIRST_GUESS: Duration = Duration::from_millis(50);

/// A line of requests; the lines take turns too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Sign-ins from a browser that was signed in to the account before.
    KnownBrowser,
    SignIn,
    Other,
}

const LINES: usize = 3;

/// Until when a request that comes now may wait before its password is checked.
pub fn deadline() -> Deadline {
    Deadline::now() + WAIT_MAX
}

#[derive(Debug)]
pub(super) struct Turns {
    cores: usize,
    is_limited: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    running: usize,
    lines: [FairQueue<oneshot::Sender<Turn>>; LINES],
    /// The line that is asked first for the next turn.
    next: usize,
    /// How long a hash takes of late.
    average: Duration,
}

/// The right to hash once; the next in line has it when this is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    turns: Arc<Turns>,
    since: Instant,
}

/// A request's place in its line, which it leaves when this is dropped.
struct Waiting<'a> {
    turns: &'a Turns,
    line: Line,
    asker: Asker,
    id: u64,
}

impl Turns {
    pub(super) fn new(cores: usize, is_limited: bool) -> Self {
        let state = State { running: 0, lines: Default::default(), next: 0, average: FIRST_GUESS };
        Self { cores: cores.max(1), is_limited, state: Mutex::new(state) }
    }

    /// Waits for a turn, as long as without limits it may take, and else until the deadline.
    ///
    /// # Errors
    /// `Unavailable` if the turn would come later.
    pub(super) async fn take(
        self: &Arc<Self>,
        line: Line,
        asker: Asker,
        until: Deadline,
    ) -> Result<Turn, AppError> {
        let patience = until.saturating_duration_since(Deadline::now());
        let (id, granted) = {
            let mut state = self.lock();
            if state.running < self.cores && state.lines.iter().all(FairQueue::is_empty) {
                state.running += 1;
                return Ok(self.turn());
            }
            let wait = state.wait(line, asker, self.cores);
            if self.is_limited && (wait > patience || state.waiting() >= WAITING_MAX) {
                return Err(busy(wait));
            }
            let (grant, granted) = oneshot::channel();
            (state.lines[line as usize].push(asker, grant), granted)
        };
        let _waiting = Waiting { turns: self, line, asker, id };
        match timeout(if self.is_limited { patience } else { WAIT_UNLIMITED }, granted).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(busy(WAIT_MAX)),
        }
    }

    fn turn(self: &Arc<Self>) -> Turn {
        Turn { turns: Arc::clone(self), since: Instant::now() }
    }

    /// How many requests wait, and the cap.
    pub(super) fn size(&self) -> Size {
        Size { name: "password checks that wait", entries: self.lock().waiting(), cap: WAITING_MAX }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// How long one more request of `asker` would wait.
    fn wait(&self, line: Line, asker: Asker, cores: usize) -> Duration {
        let own = self.lines[line as usize].ahead_of(asker);
        let others = self.lines.iter().enumerate().filter(|(other, _)| *other != line as usize);
        let ahead = own + others.map(|(_, other)| other.len().min(own + 1)).sum::<usize>();
        let rounds = (ahead + self.running).div_ceil(cores);
        self.average.saturating_mul(u32::try_from(rounds).unwrap_or(u32::MAX))
    }

    fn waiting(&self) -> usize {
        self.lines.iter().map(FairQueue::len).sum()
    }

    /// The next in line, of the lines in turns.
    fn pop(&mut self) -> Option<oneshot::Sender<Turn>> {
        let lines = (0..LINES).map(|n| (self.next + n) % LINES);
        let line = { lines }.find(|line| !self.lines[*line].is_empty())?;
        self.next = (line + 1) % LINES;
        self.lines[line].pop()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.turns.lock();
        state.average = (state.average * 7 + self.since.elapsed()) / 8;
        let Some(next) = state.pop() else {
            state.running -= 1;
            return;
        };
        drop(state);
        // A turn whose taker has just gone away comes back here.
        drop(next.send(self.turns.turn()));
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.turns.lock().lines[self.line as usize].remove(self.asker, self.id);
    }
}

fn busy(wait: Duration) -> AppError {
    let wait = wait.clamp(Duration::from_secs(1), Duration::from_secs(10));
    AppError::Unavailable { retry_after_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) }
}

#[cfg(test)]
mod tests {
    use std::future::Future;

    use futures::{FutureExt as _, future::BoxFuture};

    use super::*;
    use crate::model::UserId;

    fn asker(n: i64) -> Asker {
        Asker::User(UserId(n))
    }

    type Taking<'a> = BoxFuture<'a, Result<Turn, AppError>>;

    /// Asks for a turn, which is not there yet.
    fn ask(turns: &Arc<Turns>, line: Line, n: i64) -> Taking<'_> {
        let mut taking = turns.take(line, asker(n), deadline()).boxed();
        assert!((&mut taking).now_or_never().is_none(), "there was a turn for {n}");
        taking
    }

    /// Which of these have their turn now; they keep it in `had`.
    fn served(taking: &mut Vec<(i64, Taking<'_>)>, had: &mut Vec<Turn>) -> Vec<i64> {
        let mut served = Vec::new();
        taking.retain_mut(|(n, future)| match future.now_or_never() {
            Some(turn) => {
                served.push(*n);
                had.push(turn.unwrap());
                false
            }
            None => true,
        });
        served
    }

    #[tokio::test]
    async fn never_more_at_once_than_there_are_cores() {
        let turns = Arc::new(Turns::new(2, true));
        let one = turns.take(Line::SignIn, asker(1), deadline()).await.unwrap();
        let _two = turns.take(Line::Other, asker(1), deadline()).await.unwrap();
        let mut third = ask(&turns, Line::SignIn, 1);
        drop(one);
        assert!((&mut third).now_or_never().is_some_and(|turn| turn.is_ok()));
    }

    #[tokio::test]
    async fn lines_and_askers_take_turns() {
        let turns = Arc::new(Turns::new(1, true));
        let mut had = vec![turns.take(Line::SignIn, asker(0), deadline()).await.unwrap()];
        let mut taking = Vec::new();
        for n in [1, 1, 1] {
            taking.push((n, ask(&turns, Line::SignIn, n)));
        }
        taking.push((2, ask(&turns, Line::SignIn, 2)));
        for n in [3, 3] {
            taking.push((n, ask(&turns, Line::Other, n)));
        }
        let mut order = Vec::new();
        while !taking.is_empty() {
            had.clear();
            order.extend(served(&mut taking, &mut had));
        }
        assert_eq!(order, [1, 3, 2, 3, 1, 1]);
    }

    #[tokio::test]
    async fn who_went_away_is_passed_over() {
        let turns = Arc::new(Turns::new(1, true));
        let running = turns.take(Line::SignIn, asker(0), deadline()).await.unwrap();
        let gone = ask(&turns, Line::SignIn, 1);
        let mut next = ask(&turns, Line::SignIn, 2);
        drop(gone);
        assert_eq!(turns.size().entries, 1);
        drop(running);
        assert!((&mut next).now_or_never().is_some());
        drop(next);
        let running = turns.lock().running;
        assert_eq!((running, turns.size().entries), (0, 0), "a turn that nobody took comes back");
    }

    #[tokio::test]
    async fn whose_turn_would_come_too_late_is_told_at_once() {
        let turns = Arc::new(Turns::new(1, true));
        let _running = turns.take(Line::SignIn, asker(0), deadline()).await.unwrap();
        let mut taking = Vec::new();
        let refused = loop {
            let mut next: std::pin::Pin<Box<dyn Future<Output = _> + Send>> =
                Box::pin(turns.take(Line::SignIn, asker(1), deadline()));
            match (&mut next).now_or_never() {
                Some(refused) => break refused.unwrap_err(),
                None => taking.push(next),
            }
        };
        assert!(matches!(refused, AppError::Unavailable { retry_after_ms: 1_000.. }), "{refused:?}");
        assert!((20..=31).contains(&taking.len()), "{}", taking.len());
        // The crowd of one asker costs another nothing.
        drop(ask(&turns, Line::SignIn, 2));
    }
}
