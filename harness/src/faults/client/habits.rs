//! What a client does next, and what it says: all by chance, and the same for the same seed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rand::{Rng as _, RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};

/// A deed of a client that is connected and up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Send,
    /// So many messages without waiting for an answer.
    Burst(usize),
    /// Sends an acknowledged message again.
    Repeat,
    Type(bool),
    Mark,
    /// Enters or leaves the room that people enter and leave.
    Wander,
    /// Ends the connection without a word.
    Vanish,
    /// Ends the connection with a close frame.
    Depart,
    Ping,
}

const WORDS: &[&str] = &[
    "papo",
    "olá",
    "ação",
    "日本語",
    "🙂",
    "👩‍👩‍👧‍👦",
    "e\u{301}",
    "<b>bold</b>",
    "<script>alert(1)</script>",
    "a & b",
    "\"quoted\"",
    "https://example.org/?q=a&b=<c>",
    "`code`",
    "*stars*",
    "back\\slash",
    "مرحبا",
    "x",
    "'",
    "%00",
    "\u{200b}z",
];

#[derive(Debug)]
pub(super) struct Habits {
    rng: StdRng,
    /// The mean time between two deeds.
    pace: Duration,
    said: u64,
}

impl Habits {
    pub(super) fn new(seed: u64, pace: Duration) -> Self {
        Self { rng: StdRng::seed_from_u64(seed), pace, said: 0 }
    }

    pub(super) fn deed(&mut self) -> Deed {
        match self.rng.random_range(0..1000) {
            0..700 => Deed::Send,
            700..790 => Deed::Burst(self.rng.random_range(2..=16)),
            790..840 => Deed::Repeat,
            840..890 => Deed::Type(self.rng.random_bool(0.7)),
            890..940 => Deed::Mark,
            940..955 => Deed::Wander,
            955..963 => Deed::Vanish,
            963..967 => Deed::Depart,
            _ => Deed::Ping,
        }
    }

    pub(super) fn pause(&mut self) -> Duration {
        self.pace.mul_f64(self.rng.random_range(0.1..1.9))
    }

    /// How long to wait before the next connection.
    pub(super) fn backoff(&mut self) -> Duration {
        Duration::from_millis(self.rng.random_range(20..150))
    }

    /// How long to believe in a connection that says nothing.
    pub(super) fn patience(&mut self) -> Duration {
        Duration::from_millis(self.rng.random_range(1_500..4_000))
    }

    pub(super) fn choose<T: Copy>(&mut self, things: &[T]) -> Option<T> {
        things.choose(&mut self.rng).copied()
    }

    /// A text of 1 to about 4,000 characters that starts with something unique, unless it is tiny.
    pub(super) fn text(&mut self, username: &str) -> String {
        self.said += 1;
        let size = match self.rng.random_range(0..100) {
            0..5 => return WORDS.choose(&mut self.rng).map_or_else(String::new, |word| (*word).to_owned()),
            5..65 => self.rng.random_range(0..60),
            65..90 => self.rng.random_range(60..400),
            90..97 => self.rng.random_range(400..2_000),
            _ => self.rng.random_range(2_000..4_000),
        };
        let mut text = format!("{username}/{}", self.said);
        let mut length = text.chars().count();
        while length < size {
            let word = WORDS.choose(&mut self.rng).unwrap_or(&"");
            text.push(if self.rng.random_bool(0.05) { '\n' } else { ' ' });
            text.push_str(word);
            length += 1 + word.chars().count();
        }
        text
    }

    /// A UUID of version 7.
    pub(super) fn cid(&mut self) -> String {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut random = [0; 10];
        self.rng.fill_bytes(&mut random);
        let millis = u64::try_from(since.as_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string()
    }
}
