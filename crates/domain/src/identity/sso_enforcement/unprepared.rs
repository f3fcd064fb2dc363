//! The members whom single sign-on would keep out at first, before it is enforced: their account is not
//! connected at a provider of the organization, and no address of a proved domain leads to it.

use std::collections::BTreeSet;

use types::{DomainId, UserId};

use super::repo;
use crate::{
    Ctx,
    access::Permission,
    error::Result,
    identity::{domains, sso_providers},
};

/// The largest number of members who are named.
const MOST_NAMED: usize = 20;

/// A member who could not enter at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnpreparedMember {
    /// The member.
    pub user: UserId,
    /// The display name.
    pub name: String,
    /// Their address, verified or not.
    pub email: Option<String>,
}

/// The members who could not enter at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unprepared {
    /// How many there are.
    pub count: usize,
    /// The first ones, by name.
    pub members: Vec<UnpreparedMember>,
}

/// The members who could not enter at once if single sign-on were enforced: for the addresses of a
/// domain, or for everyone but guests. They prove their address with a link when they sign in at the
/// provider, or connect their account before.
pub async fn sso_unprepared(ctx: &Ctx, domain: Option<DomainId>) -> Result<Unprepared> {
    ctx.authorize(Permission::SsoManage).await?;
    let only = match domain {
        Some(domain) => Some(domains::shown(ctx, domain).await?.name),
        None => None,
    };
    let proved: BTreeSet<String> = repo::proved(ctx).await?.into_iter().collect();
    let issuers = sso_providers::issuers_of(ctx).await?;
    let mut rows = repo::unconnected(ctx, &issuers).await?;
    rows.retain(|row| {
        let address = row.email.as_deref().or(row.email_wanted.as_deref());
        let own = address.and_then(domains::of_address);
        let leads_here = row.verified && own.as_ref().is_some_and(|own| proved.contains(own));
        let covered = match &only {
            Some(only) => own.as_ref() == Some(only),
            None => !row.guest,
        };
        covered && !leads_here
    });
    Ok(Unprepared {
        count: rows.len(),
        members: rows
            .into_iter()
            .take(MOST_NAMED)
            .map(|row| UnpreparedMember {
                user: UserId(row.user_id),
                name: row.name,
                email: row.email.or(row.email_wanted),
            })
            .collect(),
    })
}
