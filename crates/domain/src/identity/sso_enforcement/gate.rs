//! Whether a person's session reaches an organization.

use sea_orm::ConnectionTrait;
use types::OrgId;
use uuid::Uuid;

use super::{SsoEnforcementError, admit::refusal_in, repo};
use crate::{
    App, Tx,
    error::Result,
    identity::{domains, users},
    organizations::{self, MembershipRow},
};

/// What an organization asks of a person's sessions that its own identity provider did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Nothing.
    Open,
    /// The person is the break-glass owner: the session must be strong.
    BreakGlass,
    /// The person must use single sign-on.
    Closed,
}

impl Gate {
    /// The gate of a membership, for a person with these addresses.
    pub fn of<const N: usize>(row: &MembershipRow, addresses: [Option<&str>; N]) -> Self {
        let Some(enforced) = &row.enforced else {
            return Self::Open;
        };
        if row.break_glass {
            return Self::BreakGlass;
        }
        let covered = addresses
            .into_iter()
            .flatten()
            .filter_map(domains::of_address)
            .any(|domain| enforced.split(' ').any(|name| name == domain));
        if covered { Self::Closed } else { Self::Open }
    }

    /// Whether a session passes.
    pub const fn lets_in(self, strong: bool) -> bool {
        match self {
            Self::Open => true,
            Self::BreakGlass => strong,
            Self::Closed => false,
        }
    }
}

/// A person's organizations, with the gate of each.
pub(super) async fn gates(
    conn: &impl ConnectionTrait,
    app: &App,
    user: Uuid,
) -> Result<Vec<(MembershipRow, Gate)>> {
    let Some(person) = users::find_in(conn, app, user).await? else {
        return Ok(Vec::new());
    };
    let rows = organizations::memberships_in(conn, app, user).await?;
    let gated = rows.into_iter().map(|row| {
        let addresses = [person.email.as_deref(), person.email_wanted.as_deref()];
        let gate = Gate::of(&row, addresses);
        (row, gate)
    });
    Ok(gated.collect())
}

/// Whether an organization lets a person in without its identity provider. The break-glass owner's
/// passkey counts for sessions only.
pub async fn is_open(
    conn: &impl ConnectionTrait,
    app: &App,
    org: OrgId,
    user: Uuid,
) -> Result<bool> {
    let gates = gates(conn, app, user).await?;
    let gate = gates.iter().find(|(row, _)| row.org_id == org.0);
    Ok(gate.is_some_and(|(_, gate)| *gate == Gate::Open))
}

/// Refuses to change the address of a person for whom an organization enforces single sign-on, since
/// the enforcement depends on it.
///
/// # Errors
/// `SSO_REQUIRED`.
pub async fn keeps_address(tx: &Tx, app: &App, user: Uuid) -> Result<()> {
    let gates = gates(tx.conn(), app, user).await?;
    match gates.iter().any(|(_, gate)| *gate == Gate::Closed) {
        true => Err(SsoEnforcementError::KeepsAddress.into()),
        false => Ok(()),
    }
}

/// Refuses if a session without single sign-on would reach nothing, before a change with which one
/// could be opened.
///
/// # Errors
/// `SSO_REQUIRED`.
pub async fn require_a_way_in(tx: &Tx, app: &App, user: Uuid, strong: bool) -> Result<()> {
    let gates = gates(tx.conn(), app, user).await?;
    match gates.first() {
        Some((first, _)) if !gates.iter().any(|(_, gate)| gate.lets_in(strong)) => {
            Err(refusal_in(tx, app, OrgId(first.org_id)).await?)
        }
        _ => Ok(()),
    }
}

/// Refuses if an organization enforces single sign-on for an address.
///
/// # Errors
/// `SSO_REQUIRED`.
pub async fn require_open(tx: &Tx, app: &App, org: OrgId, address: Option<&str>) -> Result<()> {
    let Some(domain) = address.and_then(domains::of_address) else {
        return Ok(());
    };
    if repo::is_enforced(tx, org, &domain).await? {
        return Err(refusal_in(tx, app, org).await?);
    }
    Ok(())
}
