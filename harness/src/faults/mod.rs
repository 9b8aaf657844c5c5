//! The fault checker: seeded clients talk through proxies while a case breaks something, and a checker
//! judges their logs.

pub mod checker;
pub mod log;
pub mod wire;
