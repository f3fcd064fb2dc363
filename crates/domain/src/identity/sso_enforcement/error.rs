//! Errors of enforcing single sign-on, and of what depends on it.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of enforcing single sign-on.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SsoEnforcementError {
    /// The domain is not proved now.
    #[error(
        "domainId: {0} is not proved now; publish its TXT record and check it before single sign-on \
         is enforced for its addresses"
    )]
    NotProved(String),
    /// Nobody has signed in with a provider that is turned on.
    #[error(
        "Nobody has signed in with an identity provider of this organization yet; sign in with one \
         yourself first, so that nobody is locked out by a wrong setting"
    )]
    NeverUsed,
    /// No provider would sign in the owners.
    #[error(
        "The certificates of your identity providers were entered by somebody who may do less than \
         an owner, so owners could not sign in; ask an owner to save one of the providers first"
    )]
    OwnersOut,
    /// The break-glass owner is not an owner of the organization.
    #[error("breakGlassOwnerId: choose an owner of the organization")]
    NotOwner,
    /// The break-glass owner has no passkey.
    #[error(
        "breakGlassOwnerId: this owner has no passkey; they add one in their profile, or choose \
         another owner"
    )]
    NoPasskey,
    /// The provider is the only one with which people can enter.
    #[error(
        "Single sign-on is enforced for {0}, and this is the only identity provider that is turned \
         on; turn on another one, or stop enforcing single sign-on first"
    )]
    LastProvider(String),
    /// There are as many guests as there can be.
    #[error(
        "{most} members are guests, which is the limit; let some of them use single sign-on first",
        most = super::MOST_GUESTS
    )]
    TooManyGuests,
    /// The domain cannot be removed while single sign-on is enforced for it.
    #[error("Single sign-on is enforced for {0}; stop enforcing it, then remove the domain")]
    Enforced(String),
    /// The member is the break-glass owner.
    #[error(
        "This member is the break-glass owner of single sign-on; let another owner take over in the \
         settings of the domain first, then try again"
    )]
    BreakGlass,
    /// The passkey is the break-glass owner's last one.
    #[error(
        "You are the break-glass owner of {0}, and this is your only passkey; add another one \
         first, or let another owner take over"
    )]
    LastPasskey(String),
    /// The person's address is what single sign-on is enforced for.
    #[error(
        "Your organization requires single sign-on for your email address, so you cannot change it; \
         ask your administrator"
    )]
    KeepsAddress,
}

impl From<SsoEnforcementError> for AppError {
    fn from(error: SsoEnforcementError) -> Self {
        let code = match error {
            SsoEnforcementError::KeepsAddress => ErrorCode::SsoRequired,
            SsoEnforcementError::NotOwner => ErrorCode::InvalidInput,
            SsoEnforcementError::TooManyGuests => ErrorCode::QuotaExceeded,
            _ => ErrorCode::Conflict,
        };
        AppError::new(code, error.to_string())
    }
}
