//! Errors of custom roles.

use thiserror::Error;
use types::ErrorCode;

use crate::{access::PermissionSet, error::AppError};

/// An error of reading or changing a custom role.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RoleError {
    /// It does not exist, or belongs to another organization.
    #[error("There is no such role")]
    NotFound,
    /// Another role has the name.
    #[error("name: `{0}` is already the name of a role; use another name")]
    Taken(String),
    /// The organization has the maximum number of roles.
    #[error("The organization has {most} roles of its own, which is the limit; delete one first", most = super::MAX_ROLES)]
    TooMany,
    /// It would have permissions that only the built-in role owner has.
    #[error("permissions: Only the role owner has {0}, and no other role can have it; remove it")]
    OfOwners(PermissionSet),
    /// It cannot be deleted while somebody has it.
    #[error("{}", in_use(*.0))]
    InUse(i64),
    /// It cannot be deleted while people would get it later.
    #[error("{}", given(*.0))]
    Given(Giver),
}

/// What gives a role to people later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Giver {
    /// An invitation that can be accepted.
    Invitation,
    /// The settings of an identity provider.
    Provider,
    /// A group of provisioning, or its role of everyone else.
    Provisioning,
}

fn given(giver: Giver) -> &'static str {
    match giver {
        Giver::Invitation => {
            "An open invitation gives this role; revoke it under Settings, Members first"
        }
        Giver::Provider => {
            "An identity provider gives this role; choose another one under Settings, Single sign-on \
             first"
        }
        Giver::Provisioning => {
            "Provisioning gives this role; choose another one under Settings, Provisioning first"
        }
    }
}

fn in_use(holders: i64) -> String {
    let who = if holders == 1 {
        "1 member, service account or grant has"
    } else {
        "members, service accounts or grants have"
    };
    let count = if holders == 1 {
        String::new()
    } else {
        format!("{holders} ")
    };
    format!("{count}{who} this role; give them another one first")
}

impl From<RoleError> for AppError {
    fn from(error: RoleError) -> Self {
        let message = error.to_string();
        match error {
            RoleError::NotFound => AppError::not_found("role"),
            RoleError::Taken(_) | RoleError::InUse(_) | RoleError::Given(_) => {
                AppError::conflict(message)
            }
            RoleError::OfOwners(_) => AppError::new(ErrorCode::InvalidInput, message),
            RoleError::TooMany => AppError::new(ErrorCode::QuotaExceeded, message),
        }
    }
}
