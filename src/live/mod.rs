//! The live stream: whoever watches gets every change that matches, once and in order.
//! It reads the log and the board and never writes either.

pub mod entry;
mod figures;
pub mod follow;
pub mod group;
mod groups;
pub mod hub;
pub mod protocol;
pub mod pulse;
pub mod session;
pub mod snapshot;
pub mod socket;
pub mod sse;
pub mod watch;
mod wheel;

#[cfg(test)]
mod promise;
#[cfg(test)]
mod sample;
