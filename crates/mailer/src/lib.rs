//! Email: letters rendered from templates, and an SMTP transport that says exactly why a letter was
//! not accepted.
//!
//! This crate knows nothing about organizations or the database. `domain::mail` keeps the outbox:
//! it decides what is sent, when it is tried again and what is kept. lettre and minijinja are used
//! only here.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "test code"))]

mod address;
mod failure;
mod letter;
mod message;
mod render;
mod settings;
mod transport;

pub use address::check as check_address;
pub use failure::{Failure, SendError, Stage};
pub use letter::{Language, Letter, samples};
pub use message::{Mail, write as write_message};
pub use render::{Content, render};
pub use settings::{Security, SettingsError, SmtpOptions, SmtpSettings};
pub use transport::Mailer;
