//! The authorization server (OAuth 2.0): applications use FlowMason for people who allow it, or as a
//! service account.
//!
//! `clients` are the applications, `grants` what people allow them, `families` the tokens that follow
//! from one authorization. There are four ways to tokens: `authorize` (a code, always with PKCE),
//! `devices`, refreshing (`families::refresh`) and an application's own secret (`token`). An access
//! token is resolved to its principal in [`super::principal`], as an API key is.

mod authorize;
mod clients;
mod devices;
mod error;
mod families;
mod grants;
mod introspect;
mod metadata;
mod own_token;
mod revoke;
mod scopes;
#[cfg(test)]
pub(super) mod tests;
mod token;

pub use authorize::{
    AuthorizationRequest, Refusal as AuthorizationRefusal, answer_authorization,
    authorization_request, check_authorization,
};
pub use clients::{
    Application, ApplicationChange, ApplicationError, ApplicationTerms, COMMAND_LINE, ClientKind,
    ClientProof, RotatedSecret, delete_application, list_applications, register_application,
    rotate_application_secret, update_application,
};
pub use devices::{DeviceCodes, DeviceRequest, answer_device, authorize_device, device_request};
pub use error::{OauthCode, OauthError};
pub use families::{Issued, purge};
pub use grants::{ApplicationGrant, list_grants, list_own_grants, revoke_grant};
pub use introspect::introspect;
pub use metadata::{RESOURCE, RESOURCE_METADATA, metadata, protected_resource};
pub use revoke::revoke_token;
pub use token::{TokenRequest, token};

pub(super) use families::{by_id as family, end_limited, principal};
pub(super) use grants::end_all;
pub(crate) use grants::end_in_organization;

/// Whose codes and devices end before they got their tokens.
#[derive(Clone, Copy, Debug)]
enum Whose {
    /// All that a person has allowed.
    Person(uuid::Uuid),
    /// What was allowed in sessions that an organization's providers opened, by one person or by all.
    Limited(types::OrgId, Option<uuid::Uuid>),
}

impl Whose {
    /// The organization and the person of a statement; without one, it is not looked at.
    fn values(self) -> [sea_orm::Value; 2] {
        match self {
            Self::Person(user) => [None::<uuid::Uuid>.into(), user.into()],
            Self::Limited(org, user) => [org.0.into(), user.into()],
        }
    }
}
