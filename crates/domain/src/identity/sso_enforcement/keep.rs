//! What must not be taken away while single sign-on is enforced, because it is somebody's way in.

use types::OrgId;
use uuid::Uuid;

use super::{SsoEnforcementError, repo};
use crate::{App, Tx, error::Result, identity::passkeys, organizations};

/// Refuses to end or to demote a member who is the break-glass owner.
///
/// # Errors
/// `CONFLICT`.
pub async fn require_not_break_glass(tx: &Tx, org: OrgId, user: Uuid) -> Result<()> {
    match repo::is_break_glass(tx, org, user).await? {
        true => Err(SsoEnforcementError::BreakGlass.into()),
        false => Ok(()),
    }
}

/// Refuses, after a provider was turned off or deleted, if the organization enforces single sign-on
/// and has no other provider that is turned on.
///
/// # Errors
/// `CONFLICT`.
pub async fn require_a_provider(tx: &Tx, org: OrgId) -> Result<()> {
    match repo::enforced_without_provider(tx, org).await? {
        Some(domain) => Err(SsoEnforcementError::LastProvider(domain).into()),
        None => Ok(()),
    }
}

/// Refuses to remove a passkey if it is the last one of the break-glass owner of an organization. The
/// transaction has locked the person's row.
///
/// # Errors
/// `CONFLICT`.
pub async fn require_another_passkey(tx: &Tx, app: &App, user: Uuid) -> Result<()> {
    let rows = organizations::memberships_in(tx.conn(), app, user).await?;
    let needed = rows
        .iter()
        .find(|row| row.break_glass && row.enforces_sso());
    match needed {
        Some(row) if passkeys::count(tx, app, user).await? <= 1 => {
            Err(SsoEnforcementError::LastPasskey(row.org_name.clone()).into())
        }
        _ => Ok(()),
    }
}
