//! What tries Papo from outside: a load generator (`bench`), a fault checker (`faults`) and
//! attacks (`hostile`).
//!
//! It knows Papo only by its live protocol and by its command line, as any other program does, and
//! links nothing of it. `stage` starts what a run needs and `socket` talks to it.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for the command line; what it does not expect ends the run"
)]

pub mod bench;
pub mod faults;
pub mod hostile;
pub mod socket;
pub mod stage;
