//! The protocol against messages that a provider would send, and against those of an attacker.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code"
)]

mod algorithms;
mod conditions;
mod encrypted;
mod live;
mod logout;
mod metadata;
mod mutation;
mod quiet;
mod recorded;
mod request;
mod signed;
mod strict;
mod support;
mod text;
mod threads;
mod wrapping;
