//! The check that every use case begins with: may the caller do this here?
//!
//! Stands above `access` (who may do what), `ctx` (who asks) and `audit` (where refusals are noted),
//! which do not know each other through it.

use serde_json::json;
use types::ErrorCode;

use crate::{
    Ctx,
    access::{Permission, Role},
    audit::{self, Entry},
    ctx::ActorKind,
    error::{AppError, Result},
};

impl Ctx {
    /// The first statement of every use case. A refusal is written to the audit log, in a
    /// transaction of its own.
    pub async fn authorize(&self, permission: Permission) -> Result<()> {
        if self.rights.permissions.has(permission) {
            return Ok(());
        }
        let own = match self.rights.role {
            Some(role) => format!("your role ({role}) does not have"),
            None => "you do not have".to_owned(),
        };
        let roles: Vec<&str> = permission
            .roles()
            .iter()
            .map(|role| role.as_str())
            .collect();
        let message = format!(
            "This takes the permission `{permission}`, which {own}; these roles have it: {}",
            roles.join(", ")
        );
        self.refuse(permission, message).await
    }

    /// As [`Ctx::authorize`], for what only a person may do and no key (new keys, passwords).
    pub async fn authorize_person(&self, permission: Permission) -> Result<()> {
        self.authorize(permission).await?;
        if self.actor.kind == ActorKind::User {
            return Ok(());
        }
        let message = format!("Only a person who is signed in may do this ({permission})");
        self.refuse(permission, message).await
    }

    /// The refusal to give, or to touch, a role with permissions that the caller does not have, with
    /// its audit row. For who [`Role::exceeds`]: nobody gives what they do not have.
    pub(crate) async fn refuse_role(
        &self,
        permission: Permission,
        field: &str,
        role: Role,
    ) -> AppError {
        let more = role.permissions().without(self.rights.permissions);
        let message = format!(
            "{field}: the role {role} has permissions that you do not have yourself ({more}); ask \
             somebody who has them"
        );
        let refused = self.refuse(permission, message).await;
        refused
            .err()
            .unwrap_or_else(|| AppError::internal("a refusal refused nothing"))
    }

    /// Refuses with an audit row of its own.
    pub(crate) async fn refuse(&self, permission: Permission, message: String) -> Result<()> {
        let role = self.rights.role.map(Role::as_str);
        let tx = self.begin().await?;
        let entry = Entry::new("access.refused", "permission", permission.as_str())
            .detail(json!({ "role": role }));
        audit::write(&tx, self, entry).await?;
        tx.commit().await?;
        tracing::warn!(org = %self.org, %permission, role, "refused");
        Err(AppError::new(ErrorCode::Forbidden, message)
            .with("permission", json!(permission.as_str())))
    }
}
