//! Who asks: sessions, sign-in links, passwords and API keys.
//!
//! Secrets are handed out once and kept as hashes. What somebody may do is decided in `access`.

pub mod api_key;
mod authenticate;
mod device;
mod error;
mod guessing;
mod keys;
mod links;
mod passwords;
mod profile;
mod repo;
mod rights;
pub mod session;
mod sessions;
pub mod sign_in_link;
#[cfg(test)]
mod tests;
mod token;
pub mod user;

pub(crate) use authenticate::rights_now;
pub use authenticate::{Credential, authenticate};
pub use error::IdentityError;
pub(crate) use guessing::Guessing;
pub use keys::{ApiKey, KeyGrant, create_api_key, get_api_key, list_api_keys, revoke_api_key};
pub use links::{print_link, redeem_link};
pub(crate) use passwords::{Passwords, server_key};
pub use profile::{ProfileChange, User, Viewer, set_password, update_profile, viewer};
pub(crate) use repo::memberships as memberships_of;
pub(crate) use rights::RightsCache;
pub use sessions::{SignedIn, Visitor, sign_in, sign_out};
