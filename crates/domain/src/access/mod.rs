//! Who may do what: roles, permissions, the table, and the question that every use case asks first.
//!
//! Whose things are meant is not decided here but in `tenancy`.

#[cfg(test)]
mod cells;
mod permission;
#[cfg(test)]
mod tests;

use serde_json::json;
use types::ErrorCode;

pub use permission::{Permission, Role};

use crate::{
    Ctx,
    audit::{self, Entry},
    ctx::ActorKind,
    error::{AppError, Result},
};

impl Ctx {
    /// The first statement of every use case. A refusal is written to the audit log, in a
    /// transaction of its own.
    pub async fn authorize(&self, permission: Permission) -> Result<()> {
        if self.role.may(permission) {
            return Ok(());
        }
        let message = format!(
            "the role {} may not do this ({permission}); it takes the role {} or higher",
            self.role,
            permission.least()
        );
        self.refuse(permission, message).await
    }

    /// As [`Ctx::authorize`], for what only a person may do and no key (new keys, passwords).
    pub async fn authorize_person(&self, permission: Permission) -> Result<()> {
        self.authorize(permission).await?;
        if self.actor.kind == ActorKind::User {
            return Ok(());
        }
        let message = format!("only a person who is signed in may do this ({permission})");
        self.refuse(permission, message).await
    }

    /// Refuses with an audit row of its own.
    pub(crate) async fn refuse(&self, permission: Permission, message: String) -> Result<()> {
        let tx = self.begin().await?;
        let entry = Entry::new("access.refused", "permission", permission.as_str())
            .detail(json!({ "role": self.role.as_str() }));
        audit::write(&tx, self, entry).await?;
        tx.commit().await?;
        tracing::warn!(org = %self.org, %permission, role = %self.role, "refused");
        Err(AppError::new(ErrorCode::Forbidden, message)
            .with("permission", json!(permission.as_str())))
    }
}
