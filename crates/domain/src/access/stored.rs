//! Reads rights from the database: roles, lists of permissions, and grants.
//!
//! An unknown name grants nothing, neither the lowest role nor the rest of a list, because its
//! meaning cannot be guessed. It is an error and is logged.

use sea_orm::FromQueryResult;
use thiserror::Error;
use types::{ErrorCode, RoleId};
use uuid::Uuid;

use super::{AssignedRole, CustomRole, Object, Permission, PermissionSet, Rights, Role};
use crate::error::AppError;

/// The name of a role or permission in the database that this program does not know.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "The database contains the {what} `{word}`, which this server does not know; ask the operator to \
     update the server or to correct the {what}"
)]
pub struct UnknownWord {
    /// `role`, `permission`, `grant` or `object`.
    pub what: &'static str,
    /// The unknown name, at most 100 characters of it.
    pub word: String,
}

impl From<UnknownWord> for AppError {
    fn from(unknown: UnknownWord) -> Self {
        tracing::error!(
            what = unknown.what,
            word = unknown.word,
            "the database contains an unknown role or permission; access is refused"
        );
        AppError::new(ErrorCode::Forbidden, unknown.to_string())
    }
}

/// An assigned role in the database: its columns, with those of the custom role that they name.
#[derive(Clone, Debug, Default, FromQueryResult)]
pub struct StoredRole {
    /// The name of a built-in role, or [`AssignedRole::CUSTOM`].
    pub role: String,
    /// The id of a custom role.
    pub role_id: Option<Uuid>,
    /// The name of the custom role.
    pub role_name: Option<String>,
    /// The permissions of the custom role.
    pub role_permissions: Option<String>,
}

impl StoredRole {
    /// The role. A custom role that no longer exists is refused like an unknown one.
    pub fn assigned(&self) -> Result<AssignedRole, UnknownWord> {
        if self.role != AssignedRole::CUSTOM {
            return Ok(built_in(&self.role)?.into());
        }
        let (Some(id), Some(name), Some(permissions)) =
            (self.role_id, &self.role_name, &self.role_permissions)
        else {
            return Err(unknown("role", &self.role));
        };
        Ok(AssignedRole::Custom(CustomRole {
            id: RoleId(id),
            name: name.as_str().into(),
            permissions: of_custom_role(permissions)?,
        }))
    }
}

/// The rights of a member or a service account, as the lookups return them.
#[derive(Clone, Debug, Default, FromQueryResult)]
pub struct StoredRights {
    /// The assigned role.
    #[sea_orm(nested)]
    pub assigned: StoredRole,
    /// The grants that have not expired: `role|permissions of a custom role|object`, separated by
    /// semicolons.
    pub grants: Option<String>,
}

impl StoredRights {
    /// The rights of a member: the assigned role, all grants, and what every member has. Of the lookups,
    /// those of members use it, so that no role of an organization's own can lock a person into it.
    pub fn of_member(&self) -> Result<Rights, UnknownWord> {
        let rights = self.rights()?;
        Ok(Rights {
            permissions: rights.permissions.or(PermissionSet::OF_EVERY_MEMBER),
            ..rights
        })
    }

    /// The assigned role and all grants as rights.
    pub fn rights(&self) -> Result<Rights, UnknownWord> {
        let mut rights = Rights::from(self.assigned.assigned()?);
        add_grants(&mut rights, self.grants.as_deref())?;
        Ok(rights)
    }
}

/// Adds the permissions of grants, which are stored as in [`StoredRights::grants`].
pub fn add_grants(rights: &mut Rights, grants: Option<&str>) -> Result<(), UnknownWord> {
    for grant in grants.iter().flat_map(|all| all.split(';')) {
        let mut parts = grant.split('|');
        let (Some(role), Some(list), Some(object)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(unknown("grant", grant));
        };
        let permissions = match role {
            AssignedRole::CUSTOM => of_custom_role(list)?,
            role => built_in(role)?.permissions(),
        };
        rights.add(object_of(object)?, permissions);
    }
    Ok(())
}

/// What a grant counts on.
pub fn object_of(object: &str) -> Result<Object, UnknownWord> {
    Object::parse(object).ok_or_else(|| unknown("object", object))
}

/// A built-in role.
pub fn built_in(word: &str) -> Result<Role, UnknownWord> {
    Role::parse(word).ok_or_else(|| unknown("role", word))
}

/// An API key's own permissions: either those of a role or a list, never both. The role is `None`
/// for a list.
pub fn of_key(
    role: Option<&str>,
    list: Option<&str>,
) -> Result<(Option<Role>, PermissionSet), UnknownWord> {
    match (role, list) {
        (Some(role), None) => {
            let role = built_in(role)?;
            Ok((Some(role), role.permissions()))
        }
        (None, Some(list)) => Ok((None, of_list(list)?)),
        (Some(role), Some(_)) => Err(unknown("role", &format!("{role} and a list"))),
        (None, None) => Err(unknown("role", "")),
    }
}

/// The permissions of a role that an organization defined. Such a role cannot have those of owners; one
/// that was stored with them, before that was refused, does not give them.
pub fn of_custom_role(words: &str) -> Result<PermissionSet, UnknownWord> {
    let permissions = of_list(words)?;
    Ok(permissions.without(permissions.of_owners_only()))
}

/// Parses names of permissions that are separated by spaces.
pub fn of_list(words: &str) -> Result<PermissionSet, UnknownWord> {
    words
        .split_ascii_whitespace()
        .map(|word| Permission::parse(word).ok_or_else(|| unknown("permission", word)))
        .collect()
}

fn unknown(what: &'static str, word: &str) -> UnknownWord {
    let word = word.chars().take(100).collect();
    UnknownWord { what, word }
}
