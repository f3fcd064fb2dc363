//! Domains of organizations: claimed by name, proved by a TXT record in the domain name system.
//!
//! Any organization may claim any domain, but one at a time can have it proved (a unique index).
//! A claim therefore says nothing about other organizations; that a domain is proved elsewhere is
//! said only to somebody who has published the record, and so controls the domain. The record is
//! looked up regularly (`job`, `check`). If it is gone, the domain counts as proved for [`GRACE`]
//! more.
//!
//! A proof is for exactly this domain, not for those below it. Others ask [`is_proved`] and
//! [`proved_by`].

mod check;
pub mod entity;
mod error;
pub mod job;
mod name;
mod record;
mod repo;
mod status;
#[cfg(test)]
mod tests;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use rand::RngCore;
use serde_json::json;
use types::{DomainId, OrgId};

pub use error::DomainError;
pub use name::of_address;
pub use status::{DomainStatus, Problem};

use super::SsoEnforcementError;
use crate::{
    App, Ctx, SystemCtx,
    access::Permission,
    audit::{self, Entry},
    error::{AppError, Result},
    queue,
};

/// The largest number of domains that an organization may claim.
pub const MOST: usize = 50;

/// The label of the record below the domain.
const LABEL: &str = "_flowmason";

/// How long a domain counts as proved after its record was found missing.
pub const GRACE: Duration = Duration::days(7);

/// How soon after a check the next one looks up anything.
const AT_MOST_EVERY: Duration = Duration::seconds(2);

/// Due checks that are enqueued at once.
const BATCH: u64 = 100;

/// After how long a check that was enqueued and left no result is enqueued again.
const LOST_AFTER: Duration = Duration::hours(1);

/// A domain that an organization claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// The domain's id.
    pub id: DomainId,
    /// The name in ASCII, as it stands in the domain name system.
    pub name: String,
    /// The name with the letters of its alphabet.
    pub shown: String,
    /// The state of the claim.
    pub status: DomainStatus,
    /// The name of the TXT record to publish.
    pub record_name: String,
    /// The value of the TXT record to publish.
    pub record_value: String,
    /// When it was claimed.
    pub created_at: DateTime<Utc>,
    /// When it was proved, unless that proof was lost.
    pub proved_at: Option<DateTime<Utc>>,
    /// Since when the record is missing, after it was found once.
    pub missing_since: Option<DateTime<Utc>>,
    /// Until when a domain whose record is missing counts as proved.
    pub proved_until: Option<DateTime<Utc>>,
    /// When the record was last looked up.
    pub checked_at: Option<DateTime<Utc>>,
    /// Why the last check found no proof.
    pub problem: Option<Problem>,
    /// Since when single sign-on is enforced for its addresses.
    pub enforced_at: Option<DateTime<Utc>>,
}

impl TryFrom<entity::Model> for Domain {
    type Error = AppError;

    fn try_from(row: entity::Model) -> Result<Self> {
        let problem = row.problem.as_deref().map(|text| {
            Problem::parse(text).ok_or_else(|| {
                AppError::internal(format!("domain {}: unknown problem `{text}`", row.id))
            })
        });
        let status = match (row.proved_at, row.missing_since) {
            (None, None) => DomainStatus::Pending,
            (None, Some(_)) => DomainStatus::Lost,
            (Some(_), None) => DomainStatus::Proved,
            (Some(_), Some(_)) => DomainStatus::Missing,
        };
        let until = row.missing_since.map(|since| since + GRACE);
        Ok(Self {
            id: DomainId(row.id),
            shown: name::shown(&row.name),
            status,
            record_name: record::name(&row.name),
            record_value: record::value(&row.token),
            name: row.name,
            created_at: row.created_at,
            proved_at: row.proved_at,
            missing_since: row.missing_since,
            proved_until: until.filter(|_| status == DomainStatus::Missing),
            checked_at: row.checked_at,
            problem: problem.transpose()?,
            enforced_at: row.enforced_at,
        })
    }
}

/// The organization's domains, by name.
pub async fn list_domains(ctx: &Ctx) -> Result<Vec<Domain>> {
    ctx.authorize(Permission::DomainManage).await?;
    let rows = repo::all(ctx).await?;
    rows.into_iter().map(Domain::try_from).collect()
}

/// One domain.
pub async fn get_domain(ctx: &Ctx, id: DomainId) -> Result<Domain> {
    ctx.authorize(Permission::DomainManage).await?;
    shown(ctx, id).await
}

/// One domain, for a use case that has already checked a permission.
pub(super) async fn shown(ctx: &Ctx, id: DomainId) -> Result<Domain> {
    let row = repo::find(ctx, id).await?;
    row.ok_or(DomainError::NotFound)?.try_into()
}

/// Claims a domain. The result has the record to publish.
pub async fn claim_domain(ctx: &Ctx, name: &str) -> Result<Domain> {
    ctx.authorize(Permission::DomainManage).await?;
    let name = name::read(name)?;
    let now = ctx.clock().now();
    let tx = ctx.begin().await?;
    let all = repo::all_in(&tx, ctx).await?;
    if all.iter().any(|row| row.name == name) {
        return Err(DomainError::Claimed(name).into());
    }
    if all.len() >= MOST {
        return Err(DomainError::TooMany.into());
    }
    let mut token = [0u8; 24];
    rand::rng().fill_bytes(&mut token);
    let row = entity::Model {
        id: DomainId::new(ctx.clock()).0,
        org_id: ctx.org.0,
        name: name.clone(),
        token: URL_SAFE_NO_PAD.encode(token),
        created_at: now,
        proved_at: None,
        missing_since: None,
        checked_at: None,
        problem: None,
        next_check_at: Some(now + Duration::minutes(10)),
        enforced_at: None,
    };
    if !repo::insert(&tx, &row).await? {
        return Err(DomainError::Claimed(name).into());
    }
    let entry = Entry::new("domain.claim", "domain", DomainId(row.id));
    audit::write(&tx, ctx, entry.detail(json!({ "name": name }))).await?;
    tx.commit().await?;
    row.try_into()
}

/// Looks up the record of a domain now. The result says whether it was found; that it was not is
/// no error. A check within two seconds of another has the same result without a lookup.
pub async fn check_domain(ctx: &Ctx, id: DomainId) -> Result<Domain> {
    ctx.authorize(Permission::DomainManage).await?;
    let row = repo::find(ctx, id).await?.ok_or(DomainError::NotFound)?;
    let now = ctx.clock().now();
    if row.checked_at.is_some_and(|at| now - at < AT_MOST_EVERY) {
        return row.try_into();
    }
    check::run(ctx, row).await?;
    shown(ctx, id).await
}

/// Removes a domain for which single sign-on is not enforced. If it was proved, another organization can prove it from now on.
pub async fn remove_domain(ctx: &Ctx, id: DomainId) -> Result<()> {
    ctx.authorize_person(Permission::DomainManage).await?;
    ctx.require_fresh_proof()?;
    let row = repo::find(ctx, id).await?.ok_or(DomainError::NotFound)?;
    if row.enforced_at.is_some() {
        return Err(SsoEnforcementError::Enforced(name::shown(&row.name)).into());
    }
    let tx = ctx.begin().await?;
    if !repo::delete(&tx, ctx.org, id).await? {
        return Err(DomainError::NotFound.into());
    }
    let detail = json!({ "name": row.name, "proved": row.proved_at.is_some() });
    audit::write(
        &tx,
        ctx,
        Entry::new("domain.remove", "domain", id).detail(detail),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// The organization that has proved the domain of an email address, in any spelling. `None` if
/// none has, and for what is not an address. A domain counts as proved for [`GRACE`] after its
/// record was found missing.
///
/// The result is not for the eyes of strangers: it says which organization a domain belongs to.
pub async fn proved_by(app: &App, address: &str) -> Result<Option<OrgId>> {
    let Some(name) = name::of_address(address) else {
        return Ok(None);
    };
    let missing = app.clock().now() - GRACE;
    Ok(repo::proved_by(app, &name, missing).await?.map(OrgId))
}

/// Whether an organization has proved the domain of an email address. See [`proved_by`].
pub async fn is_proved(app: &App, org: OrgId, address: &str) -> Result<bool> {
    Ok(proved_by(app, address).await? == Some(org))
}

/// Enqueues the checks that are due. Returns how many there were. Several processes may call it at
/// the same time.
pub async fn enqueue_checks(system: &SystemCtx) -> Result<usize> {
    let now = system.app.clock().now();
    let tx = system.begin_across().await?;
    let due = repo::due(&tx, system, now, BATCH).await?;
    tx.rollback().await?;
    let mut count = 0;
    for row in due {
        let ctx = Ctx {
            org: OrgId(row.org_id),
            ..Ctx::of_server(&system.app, "domains", "domains")
        };
        let tx = ctx.begin().await?;
        if repo::postpone(&tx, &row, now + LOST_AFTER).await? {
            let check = job::CheckDomain {
                domain: DomainId(row.id),
            };
            queue::enqueue(&tx, &ctx, &check, std::time::Duration::ZERO).await?;
            tx.commit().await?;
            count += 1;
        }
    }
    Ok(count)
}
