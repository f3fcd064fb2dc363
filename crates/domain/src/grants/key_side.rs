//! The side of an API key in an explanation: what it has by its own permissions and by grants to it.

use super::{
    Grant, Subject,
    why::{Site, Source, giving, grants_of, reasons},
};
use crate::{
    Ctx,
    access::{Permission, PermissionSet},
    error::Result,
    identity::ApiKey,
};

/// A key as far as the explanation needs it.
pub struct KeySide {
    /// Its name.
    pub name: String,
    permissions: PermissionSet,
    grants: Vec<Grant>,
    /// Whether it was revoked or has expired, which refuses it everything.
    ended: bool,
}

impl KeySide {
    /// Reads the grants to a key.
    pub async fn of(ctx: &Ctx, key: ApiKey) -> Result<Self> {
        let expired = key.limits.expired(ctx.clock().now());
        Ok(Self {
            grants: grants_of(ctx, Subject::ApiKey(key.id)).await?,
            ended: key.revoked_at.is_some() || expired,
            name: key.name,
            permissions: key.permissions,
        })
    }

    /// What gives the permission to the key itself.
    pub fn sources(&self, permission: Permission, site: &Site) -> Vec<Source> {
        let own = self.permissions.has(permission);
        let own = own.then_some(Source::KeyPermissions);
        own.into_iter()
            .chain(giving(&self.grants, permission, site))
            .collect()
    }

    /// Whether the key itself has all of the permissions and can use them.
    pub fn allows(&self, needed: PermissionSet, site: &Site) -> bool {
        let has = |one: Permission| !self.sources(one, site).is_empty();
        !self.ended && needed.for_people_only().is_empty() && needed.iter().all(has)
    }

    /// What the key has, in sentences.
    pub fn sentences(&self, needed: PermissionSet, site: &Site) -> String {
        if self.ended {
            return "The key has expired or was revoked, so it may do nothing.".to_owned();
        }
        let sentences = needed.iter().map(|one| self.sentence(one, site));
        sentences.collect::<Vec<String>>().join(" ")
    }

    fn sentence(&self, permission: Permission, site: &Site) -> String {
        if permission.is_for_people_only() {
            return format!("Only a signed-in person can use `{permission}`, so the key may not.");
        }
        let sources = self.sources(permission, site);
        if sources.is_empty() {
            return format!(
                "The key does not have the permission `{permission}` {}, so it may not: neither its \
                 own permissions nor a grant to the key gives it.",
                site.text
            );
        }
        let reasons = reasons(&sources, site);
        format!("The key has the permission `{permission}` too: {reasons}.")
    }
}
