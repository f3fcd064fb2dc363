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
    /// The gate of a membership, for a person with these addresses. The only place that decides for
    /// whom single sign-on is enforced: for addresses of a domain, for everyone but guests, or both.
    pub fn of<const N: usize>(row: &MembershipRow, addresses: [Option<&str>; N]) -> Self {
        if !row.enforces_sso() {
            return Self::Open;
        }
        if row.break_glass {
            return Self::BreakGlass;
        }
        let covered = (row.everyone && !row.guest) || covers_one_of(row, addresses);
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

/// Whether single sign-on is enforced for the domain of one of these addresses.
fn covers_one_of<const N: usize>(row: &MembershipRow, addresses: [Option<&str>; N]) -> bool {
    let Some(enforced) = &row.enforced else {
        return false;
    };
    addresses
        .into_iter()
        .flatten()
        .filter_map(domains::of_address)
        .any(|domain| enforced.split(' ').any(|name| name == domain))
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
        let gate = Gate::of(&row, addresses(&person));
        (row, gate)
    });
    Ok(gated.collect())
}

/// The addresses of a person, proved or not.
fn addresses(person: &users::entity::Model) -> [Option<&str>; 2] {
    [person.email.as_deref(), person.email_wanted.as_deref()]
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

/// Whether an organization lets a person in only with its identity provider. The name of the organization,
/// if it does.
pub async fn closed(app: &App, org: OrgId, user: Uuid) -> Result<Option<String>> {
    let gates = gates(app.db(), app, user).await?;
    let mut those = gates.into_iter();
    let found = those.find(|(row, gate)| row.org_id == org.0 && *gate == Gate::Closed);
    Ok(found.map(|(row, _)| row.org_name))
}

/// Refuses to change the address of a person for whom an organization enforces single sign-on because
/// of the address. Where it is enforced for everyone, the address decides nothing.
///
/// # Errors
/// `SSO_REQUIRED`.
pub async fn require_changeable_address(tx: &Tx, app: &App, user: Uuid) -> Result<()> {
    let Some(person) = users::find_in(tx.conn(), app, user).await? else {
        return Ok(());
    };
    let rows = organizations::memberships_in(tx.conn(), app, user).await?;
    let mut kept = rows.iter().filter(|row| !row.break_glass);
    match kept.any(|row| covers_one_of(row, addresses(&person))) {
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

/// Refuses if an organization enforces single sign-on for whoever joins it with an address: because of
/// the address, or for everyone, unless they join as a guest.
///
/// # Errors
/// `SSO_REQUIRED`.
pub async fn require_open(
    tx: &Tx,
    app: &App,
    org: OrgId,
    (address, guest): (Option<&str>, bool),
) -> Result<()> {
    let by_address = match address.and_then(domains::of_address) {
        Some(domain) => repo::is_enforced(tx, org, &domain).await?,
        None => false,
    };
    if by_address || (!guest && repo::is_for_everyone(tx, org).await?) {
        return Err(refusal_in(tx, app, org).await?);
    }
    Ok(())
}

/// Whether the organization that has proved the domain of an address enforces single sign-on for it. Not
/// for the eyes of strangers.
pub async fn is_enforced_for(app: &App, address: &str) -> Result<bool> {
    let Some(org) = domains::proved_by(app, address).await? else {
        return Ok(false);
    };
    let Some(domain) = domains::of_address(address) else {
        return Ok(false);
    };
    let tx = app.db().begin(&[org]).await?;
    let enforced = repo::is_enforced(&tx, org, &domain).await?;
    tx.rollback().await?;
    Ok(enforced)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::StoredRights;

    fn row(enforced: Option<&str>, everyone: bool, guest: bool) -> MembershipRow {
        MembershipRow {
            org_id: Uuid::nil(),
            org_name: String::new(),
            org_created_at: chrono::DateTime::UNIX_EPOCH,
            enforced: enforced.map(str::to_owned),
            everyone,
            guest,
            break_glass: false,
            stored: StoredRights::default(),
        }
    }

    #[test]
    fn s22_the_address_the_whole_organization_or_both_close_the_gate_and_a_guest_s_address_counts()
    {
        let (own, other) = (Some("bo@example.test"), Some("bo@elsewhere.test"));
        let domain = Some("example.org example.test");
        for (row, address, gate) in [
            (row(None, false, false), own, Gate::Open),
            (row(None, false, true), own, Gate::Open),
            (row(domain, false, false), own, Gate::Closed),
            (row(domain, false, false), other, Gate::Open),
            (row(None, true, false), other, Gate::Closed),
            (row(None, true, false), None, Gate::Closed),
            (row(None, true, true), other, Gate::Open),
            (row(domain, true, true), other, Gate::Open),
            (row(domain, true, true), own, Gate::Closed),
            (row(domain, false, true), own, Gate::Closed),
        ] {
            assert_eq!(Gate::of(&row, [address]), gate, "{row:?} {address:?}");
            assert_eq!(Gate::of(&row, [None, address]), gate, "{row:?} {address:?}");
            let owner = MembershipRow {
                break_glass: true,
                ..row.clone()
            };
            let expected = match row.enforces_sso() {
                true => Gate::BreakGlass,
                false => Gate::Open,
            };
            assert_eq!(Gate::of(&owner, [address]), expected, "{owner:?}");
        }
    }
}
