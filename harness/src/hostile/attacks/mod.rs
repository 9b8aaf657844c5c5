//! The attacks: what an attacker does, and the figures that the server must hold meanwhile.

mod accounts;
mod commands;
mod descriptors;
mod downloads;
mod fragments;
mod frames;
mod groups;
mod guessing;
mod headers;
mod logins;
mod pages;
mod pipelining;
mod reads;
mod slow_readers;
mod socketio;
mod titles;
mod trickle;

use std::{future::Future, pin::Pin};

use anyhow::Result;

use super::{aftermath::Release, target::Target};

/// A way to harm a server.
#[derive(Clone, Copy)]
pub struct Attack {
    pub name: &'static str,
    pub about: &'static str,
    /// Whether it is part of a short run.
    pub is_short: bool,
    /// How much more the server's highest memory may grow than without an attack, in MiB.
    pub memory_mib: u64,
    /// How many descriptors the system lets the server have.
    pub descriptors: u32,
    pub release: Release,
    /// Whether the server has thousands of channels before the attack.
    pub many_channels: bool,
    run: for<'a> fn(&'a mut Target) -> Run<'a>,
}

type Run<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

impl Attack {
    /// Makes the attack, for a few seconds.
    ///
    /// # Errors
    /// If it cannot be made.
    pub async fn run(&self, target: &mut Target) -> Result<()> {
        (self.run)(target).await
    }

    const fn in_short(self) -> Self {
        Self { is_short: true, ..self }
    }

    const fn memory(self, memory_mib: u64) -> Self {
        Self { memory_mib, ..self }
    }

    /// The server must end the attacker's connections by itself.
    const fn ended_by_server(self) -> Self {
        Self { release: Release::ByServer, ..self }
    }
}

macro_rules! attack {
    ($name:literal, $run:path, $about:literal) => {
        Attack {
            name: $name,
            about: $about,
            is_short: false,
            // 32, and a hash that somebody's sign-in needs meanwhile: the allocator may keep its memory.
            memory_mib: 52,
            // What a system gives a program by default.
            descriptors: 1_024,
            release: Release::ByAttacker,
            many_channels: false,
            run: |target| Box::pin($run(target)),
        }
    };
}

/// All attacks, in the order in which they run; first those whose connections take time to end.
pub const ATTACKS: &[Attack] = &[
    attack!("unread-downloads", downloads::unread, "1,200 downloads that nobody reads, from one address")
        .ended_by_server()
        .in_short(),
    attack!("unread-downloads-many", downloads::unread_by_many, "the same, each from another address")
        .ended_by_server(),
    attack!("unfinished-60k", headers::unfinished_60k, "1,000 requests of 60 KiB of headers without an end")
        .memory(96)
        .ended_by_server(),
    attack!(
        "unfinished-390k",
        headers::unfinished_390k,
        "1,000 requests of 390 KiB of headers without an end"
    )
    .memory(80)
    .ended_by_server()
    .in_short(),
    attack!("silent", headers::silent, "1,000 connections that say nothing").ended_by_server(),
    attack!("slow-headers", trickle::headers, "300 requests whose headers come byte by byte")
        .ended_by_server(),
    attack!("slow-bodies", trickle::bodies, "300 forms whose bodies come byte by byte").ended_by_server(),
    attack!("trickled-downloads", downloads::trickled, "200 downloads that are read 1 KiB at a time"),
    Attack {
        descriptors: 256,
        ..attack!("descriptors", descriptors::exhaust, "400 connections to a server that may have 256 files")
            .ended_by_server()
            .in_short()
    },
    attack!("taken-name", accounts::taken_name, "100 connections register a name that is taken")
        .memory(96)
        .in_short(),
    attack!("registrations", accounts::mass_registration, "one address makes as many accounts as it can")
        .memory(96),
    attack!("registrations-many", accounts::mass_registration_by_many, "many addresses make accounts")
        .memory(96),
    attack!("guessing", guessing::from_one_address, "one address guesses somebody's password")
        .memory(96)
        .in_short(),
    attack!("guessing-many", guessing::from_many_addresses, "many addresses guess somebody's password")
        .memory(96),
    attack!("right-at-once", guessing::right_at_once, "twenty right passwords at the same moment").memory(96),
    attack!("long-logins", logins::long, "15,000 sign-ins under other names of 64 KiB each").in_short(),
    attack!("pings", frames::pings, "four connections send as many pings as they can").in_short(),
    attack!("after-bad-frame", frames::after_a_bad_frame, "four connections go on after a bad frame")
        .in_short(),
    attack!("big-frames", frames::big, "four connections send frames larger than any that is allowed"),
    attack!("empty-fragments", fragments::empty, "a message in fragments without a byte, without an end")
        .in_short(),
    attack!("tiny-fragments", fragments::tiny, "a message in fragments of one byte, without an end"),
    attack!("commands", commands::flood, "four connections send as many commands as they can"),
    attack!("sync", commands::sync, "four connections ask for 500 rooms again and again").in_short(),
    attack!("socketio-strangers", socketio::strangers, "500 anonymous Socket.IO handshakes from one address"),
    attack!("socketio-unread", slow_readers::socketio, "Socket.IO clients that read nothing in a loud room"),
    attack!("polling-unread", slow_readers::polling, "Socket.IO clients that never poll in a loud room"),
    attack!("events-unread", slow_readers::events, "event streams that nobody reads in a loud room")
        .in_short(),
    attack!("live-unread", slow_readers::live, "live connections that read nothing in a loud room"),
    attack!("pipelining", pipelining::unread, "requests after requests, and no answer is read"),
    attack!("reads", reads::hammer, "one member asks for people and rooms as fast as possible"),
    attack!("groups", groups::of_strangers, "strangers put somebody into groups").in_short(),
    attack!("titles", titles::stored_html, "names and rooms that are HTML").memory(64).in_short(),
    Attack {
        many_channels: true,
        ..attack!("many-channels", pages::many_channels, "pages on a server with 5,000 channels").in_short()
    },
];
