//! An invitation whose person comes through the organization's identity provider instead of its link.

use serde_json::json;
use types::{InvitationId, OrgId, UserId};
use uuid::Uuid;

use super::{InvitationError, accept, entity::Model, repo};
use crate::{
    App, Tx,
    access::AssignedRole,
    audit::{self, Entry},
    ctx::Actor,
    error::Result,
    roles::RoleChoice,
};

/// An invitation that waits for the owner of an address.
pub struct Waiting {
    row: Model,
    /// The role that it grants.
    pub role: AssignedRole,
}

impl Waiting {
    /// The newest open invitation for an address, which must be proved to be the person's, if the
    /// inviter may still grant its role.
    pub async fn find(tx: &Tx, app: &App, org: OrgId, email: &str) -> Result<Option<Self>> {
        let Some(row) = repo::open_for(tx, app, org, email).await? else {
            return Ok(None);
        };
        let choice = RoleChoice::of_columns(&row.role, row.role_id)?;
        let role = accept::role(tx, app, org, (choice, row.created_by)).await?;
        Ok(role.map(|role| Self { row, role }))
    }

    /// Marks the invitation as accepted, with its audit row.
    pub async fn accept(
        &self,
        tx: &Tx,
        app: &App,
        (user, actor): (Uuid, &Actor),
        request_id: &str,
    ) -> Result<()> {
        let (org, now) = (OrgId(self.row.org_id), app.clock().now());
        let hash = self.row.token_hash.as_slice();
        if !repo::redeem(tx, (org, self.row.id), hash, user, now).await? {
            return Err(InvitationError::Ended.into());
        }
        let entry = Entry::new("invitation.accept", "invitation", InvitationId(self.row.id))
            .detail(json!({ "role": self.role.to_string(), "user": UserId(user).to_string() }));
        audit::write_raw(tx, app.clock(), org, actor, request_id, entry).await?;
        Ok(())
    }
}
