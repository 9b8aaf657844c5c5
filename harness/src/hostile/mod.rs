//! The attacks: each is made on a server of its own, while other people use it and are measured.
//!
//! `attacks` lists them with the figures that they must hold, `runner` runs them, `bystanders` are the
//! people whose service must not suffer. Everything comes from loopback, which Papo trusts as a proxy: so
//! `X-Forwarded-For` chooses the address that a request comes from.

pub mod aftermath;
pub mod attacks;
pub mod bystanders;
pub mod hose;
pub mod report;
pub mod runner;
pub mod scene;
pub mod target;
pub mod template;
