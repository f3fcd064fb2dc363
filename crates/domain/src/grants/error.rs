//! Errors of grants.

use thiserror::Error;
use types::ErrorCode;

use crate::{
    access::{Object, Permission, PermissionSet},
    error::AppError,
};

/// An error of reading or changing a grant.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GrantError {
    /// It does not exist, or belongs to another organization.
    #[error("There is no such grant")]
    NotFound,
    /// The member, team, service account or API key does not exist. The text is its kind.
    #[error("There is no such {0}")]
    NoSubject(&'static str),
    /// Ownership is a role of members, so that there is always an owner who can be asked.
    #[error("role: The role owner cannot be granted; transfer the organization instead")]
    Owner,
    /// No permission of the role counts on the object.
    #[error(
        "role: has no permission that counts {} ({}); choose another role, or grant it in the \
         organization",
        place(.0),
        counting(.0)
    )]
    Nothing(Object),
    /// The member, team, service account or API key has the maximum number of grants.
    #[error("There are {most} grants for it already, which is the limit; withdraw one first", most = super::MAX_GRANTS)]
    TooMany,
}

/// Where permissions of these objects count.
fn place(object: &Object) -> String {
    match object {
        Object::Organization => "in the organization".to_owned(),
        Object::Folder(_) => "on a folder".to_owned(),
        Object::Pipeline(_) => "on a single pipeline".to_owned(),
        Object::Environment(environment) => format!("in {environment}"),
    }
}

/// The permissions that count there.
fn counting(object: &Object) -> String {
    let counting = object.counting(PermissionSet::ALL).iter();
    let names: Vec<&str> = counting.map(Permission::as_str).collect();
    names.join(", ")
}

impl From<GrantError> for AppError {
    fn from(error: GrantError) -> Self {
        let message = error.to_string();
        match error {
            GrantError::NotFound => AppError::not_found("grant"),
            GrantError::NoSubject(what) => AppError::not_found(what),
            GrantError::Owner | GrantError::Nothing(_) => {
                AppError::new(ErrorCode::InvalidInput, message)
            }
            GrantError::TooMany => AppError::new(ErrorCode::QuotaExceeded, message),
        }
    }
}
