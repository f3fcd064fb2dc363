//! Authentication: people with their sessions, passwords, links and invitations, and API keys for
//! programs.
//!
//! `principal` alone maps a credential to its principal. Secrets are returned once and stored as
//! hashes. Permissions are defined in `access`.

pub mod api_keys;
mod auth_cache;
pub mod invitations;
pub mod links;
pub mod passwords;
mod principal;
pub mod resets;
mod secret;
pub mod sessions;
#[cfg(test)]
mod tests;
pub mod users;

pub use api_keys::{
    ApiKey, ApiKeyError, KeyGrant, create_api_key, get_api_key, list_api_keys, revoke_api_key,
};
pub use invitations::{
    Accepted, Invitation, InvitationError, InvitationLink, InvitationStatus, Invitee, Preview,
    accept_invitation, create_invitation, get_invitation, list_invitations, preview_invitation,
    renew_invitation, revoke_invitation,
};
pub use links::{LinkError, print_link, redeem_link};
pub use passwords::{PasswordError, set_password, sign_in};
pub use principal::{Credential, Principal, authenticate, rights_now};
pub use resets::{Delivery, ResetError, request_reset, reset_password};
pub use sessions::{SessionError, SignedIn, Visitor, sign_out};
pub use users::{ProfileChange, User, Viewer, update_profile, viewer};
