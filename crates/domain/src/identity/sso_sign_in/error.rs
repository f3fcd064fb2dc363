//! Errors of signing in at an identity provider, as the person sees them.
//!
//! They do not say what the provider sent, and nothing about accounts that are not the person's. The
//! administrator sees the reason in the settings of the provider and in the audit log.

use thiserror::Error;
use types::ErrorCode;

use crate::error::AppError;

/// An error of signing in at an identity provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SsoSignInError {
    /// There is no such provider, or it is turned off. The cases look the same.
    #[error("There is no such identity provider, or it is turned off; ask your administrator")]
    NoProvider,
    /// The provider's description could not be read or is not the right one.
    #[error(
        "The identity provider cannot be used right now; try again in a moment, or ask your \
         administrator, who can test its settings"
    )]
    Unusable,
    /// The answer belongs to no sign-in that this browser has begun and not ended.
    #[error(
        "This sign-in has ended: it was completed, took more than ten minutes, or was begun in \
         another browser; begin again"
    )]
    Ended,
    /// The provider said that the person was not signed in.
    #[error("The identity provider did not sign you in; try again, or ask your administrator")]
    Denied,
    /// The provider's answer did not pass the checks.
    #[error(
        "The answer of the identity provider was not accepted; try again, or ask your \
         administrator, who sees the reason in the settings of single sign-on"
    )]
    Refused,
    /// The person is not a member and may not become one.
    #[error(
        "You are not a member of this organization, and its single sign-on does not let you join; \
         ask for an invitation"
    )]
    NotMember,
    /// The identity provider has ended the person's membership.
    #[error(
        "Your organization has ended your access; ask your administrator to give it back at the \
         identity provider"
    )]
    Deprovisioned,
    /// The member may do more than whoever entered the provider's certificates, who could sign in
    /// anybody with them.
    #[error(
        "The certificates of this identity provider were entered by somebody who may do less than \
         you, so it cannot sign you in; sign in another way, or ask an owner to save it again, such as \
         the break-glass owner"
    )]
    NotTrusted,
    /// None of the person's groups has a role.
    #[error("None of your groups gives access to this organization; ask your administrator")]
    NoRole,
    /// A member has an account with the address, which nobody may take over silently.
    #[error(
        "There is an account with your address in this organization; sign in to it as before, then \
         connect it in your settings"
    )]
    ConnectFirst,
    /// Single sign-on is enforced for a member whose account has not verified its address.
    #[error(
        "There is an account with your address in this organization, whose address is not verified. A \
         link was sent to it: open it, then sign in with the identity provider again"
    )]
    ProveAddress,
    /// The same as [`Self::ConnectFirst`], for a member who can enter with the provider only: their account
    /// may do more than the provider gives.
    #[error(
        "Your account may do more in this organization than its single sign-on gives, so the address alone \
         does not lead to it; ask an owner to give you the role of single sign-on until you have signed \
         in once"
    )]
    MayDoMore,
    /// The account at the provider is connected to another person.
    #[error("This account is already connected to another person here; disconnect it there first")]
    ConnectedElsewhere,
    /// Somebody else is signed in than the person who began to connect an account.
    #[error("Sign in as the person who wants to connect the account, then begin again")]
    OtherPerson,
}

impl SsoSignInError {
    /// A word for the sign-in page.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NoProvider => "no_provider",
            Self::Unusable => "unusable",
            Self::Ended => "ended",
            Self::Denied => "denied",
            Self::Refused => "refused",
            Self::NotMember => "not_member",
            Self::Deprovisioned => "deprovisioned",
            Self::NotTrusted => "not_trusted",
            Self::NoRole => "no_role",
            Self::ConnectFirst => "connect_first",
            Self::ProveAddress => "prove_address",
            Self::MayDoMore => "may_do_more",
            Self::ConnectedElsewhere => "connected_elsewhere",
            Self::OtherPerson => "other_person",
        }
    }
}

impl From<SsoSignInError> for AppError {
    fn from(error: SsoSignInError) -> Self {
        let code = match error {
            SsoSignInError::NoProvider => ErrorCode::NotFound,
            SsoSignInError::Unusable => ErrorCode::Unavailable,
            SsoSignInError::Ended
            | SsoSignInError::Denied
            | SsoSignInError::Refused
            | SsoSignInError::OtherPerson => ErrorCode::Unauthenticated,
            SsoSignInError::NotMember
            | SsoSignInError::Deprovisioned
            | SsoSignInError::NotTrusted
            | SsoSignInError::NoRole => ErrorCode::Forbidden,
            SsoSignInError::ConnectFirst
            | SsoSignInError::ProveAddress
            | SsoSignInError::MayDoMore
            | SsoSignInError::ConnectedElsewhere => ErrorCode::Conflict,
        };
        AppError::new(code, error.to_string()).with("reason", error.reason().into())
    }
}
