//! People who are provisioned but not members yet, as the administrator sees them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use types::ScimUserId;
use uuid::Uuid;

use super::{
    account::{self, Found, Waits},
    entity::Model,
    repo,
};
use crate::{
    Ctx,
    access::Permission,
    error::{AppError, Result},
    identity::scim::{begin, effect},
};

/// The largest number of people in the list, and of those who are looked at again at once.
pub const MOST: u64 = 100;

/// A person who is provisioned but not a member yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingUser {
    /// The id of what the provider says about them.
    pub id: ScimUserId,
    /// Their name.
    pub name: String,
    /// Their email address.
    pub email: Option<String>,
    /// What they wait for.
    pub waits: Waits,
    /// Since when.
    pub since: DateTime<Utc>,
}

impl TryFrom<Model> for WaitingUser {
    type Error = AppError;

    fn try_from(row: Model) -> Result<Self> {
        let waits = row.waits_for.as_deref().and_then(Waits::parse);
        Ok(Self {
            id: ScimUserId(row.id),
            name: row.shown_name,
            email: row.email,
            waits: waits.ok_or_else(|| AppError::internal("an unknown reason to wait"))?,
            since: row.created_at,
        })
    }
}

/// The newest people who are provisioned but not members yet.
pub async fn list_waiting(ctx: &Ctx) -> Result<Vec<WaitingUser>> {
    ctx.authorize(Permission::SsoManage).await?;
    let rows = repo::waiting(ctx, Uuid::max(), MOST).await?;
    rows.into_iter().map(WaitingUser::try_from).collect()
}

/// Looks again whether the people who wait can become members, such as after a domain was proved.
/// Returns how many did.
pub async fn settle_waiting(ctx: &Ctx) -> Result<u64> {
    ctx.authorize_person(Permission::SsoManage).await?;
    settle_each(ctx, repo::waiting(ctx, Uuid::max(), MOST).await?).await
}

/// Looks again at all people who wait, for the job. Returns how many became members.
pub(in crate::identity) async fn settle_all(ctx: &Ctx) -> Result<u64> {
    let (mut count, mut below) = (0, Uuid::max());
    loop {
        let rows = repo::waiting(ctx, below, MOST).await?;
        let Some(last) = rows.last() else {
            return Ok(count);
        };
        below = last.id;
        count += settle_each(ctx, rows).await?;
    }
}

async fn settle_each(ctx: &Ctx, rows: Vec<Model>) -> Result<u64> {
    let mut count = 0;
    for row in rows {
        let found = account::find(ctx, row.email.as_deref()).await?;
        if let Found::Waits(reason) = found
            && row.waits_for.as_deref() == Some(reason.as_str())
        {
            continue;
        }
        count += u64::from(settle(ctx, row, found).await?);
    }
    Ok(count)
}

/// Whether the person became a member.
async fn settle(ctx: &Ctx, row: Model, found: Found) -> Result<bool> {
    let tx = begin(ctx).await?;
    let now = repo::find_in(&tx, ctx, row.id).await?;
    let Some(mut row) = now.filter(|now| *now == row) else {
        // The provider has changed it in the meantime.
        return Ok(false);
    };
    let mut effects = effect::Effects::default();
    if account::settle(&tx, ctx, &mut row, found).await.is_err() {
        return Ok(false);
    }
    effect::apply(&tx, ctx, &mut row, &BTreeSet::new(), &mut effects).await?;
    repo::update(&tx, &row).await?;
    tx.commit().await?;
    effects.spread(ctx);
    Ok(row.user_id.is_some())
}
