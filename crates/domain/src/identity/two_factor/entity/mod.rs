//! The tables of the second factor.

pub mod authenticator;
pub mod pending_sign_in;
pub mod recovery_code;
