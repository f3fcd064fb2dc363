//! What a member created for the organization and leaves behind: it works on after a removal, and the
//! person may know its secret, or chose where it leads.

use types::UserId;

use super::{MemberError, repo};
use crate::{
    Ctx,
    access::Permission,
    error::{AppError, Result},
};

/// A kind of object that stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CreationKind {
    /// A token for provisioning.
    ScimToken,
    /// An API key of a service account.
    ServiceAccountKey,
    /// A registered application.
    Application,
}

impl CreationKind {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "scim_token" => Self::ScimToken,
            "service_account_key" => Self::ServiceAccountKey,
            "application" => Self::Application,
            _ => return None,
        })
    }

    /// What seeing the list of such objects needs.
    const fn permission(self) -> Permission {
        match self {
            Self::ScimToken => Permission::SsoManage,
            Self::ServiceAccountKey | Self::Application => Permission::ApiKeyRead,
        }
    }
}

/// An object that stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Creation {
    /// What it is.
    pub kind: CreationKind,
    /// Its name.
    pub name: String,
}

/// What a member created that still works and stays after their removal, as far as the caller may see
/// it: the newest 100, by kind and name.
///
/// # Errors
/// `NOT_FOUND` for somebody who is no member.
pub async fn creations(ctx: &Ctx, user: UserId) -> Result<Vec<Creation>> {
    ctx.authorize(Permission::MemberManage).await?;
    if repo::find(ctx, user.0).await?.is_none() {
        return Err(MemberError::NotFound.into());
    }
    let mut found = Vec::new();
    for row in repo::creations(ctx, user.0, ctx.clock().now()).await? {
        let kind = CreationKind::parse(&row.kind).ok_or_else(|| {
            AppError::internal(format!("unknown kind of a creation `{}`", row.kind))
        })?;
        if ctx.rights.permissions.has(kind.permission()) {
            found.push(Creation {
                kind,
                name: row.name,
            });
        }
    }
    found.sort_unstable_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    Ok(found)
}
