//! This node among others: subscribing to what they tell, taking it in, and putting right what got lost on the way.
//!
//! `bus` carries it and knows nothing of connections; here the two meet. Without a bus nothing here does anything.

mod membership;
mod receive;
mod subscribe;

pub use subscribe::Watch;
