//! Lists of groups: pages, and what a filter selects.

use scim::{Filter, GROUP, Object, Paging};
use uuid::Uuid;

use super::{
    entity::Model,
    repo::{self, Narrowed},
    resource,
};
use crate::{
    Ctx,
    error::Result,
    identity::scim::{BATCH, Provisioner},
};

/// The largest number of members in one answer. A page with more of them has fewer groups.
const MOST_MEMBERS: usize = 20_000;

/// A page of the groups that the filter selects, oldest first, and the number of all of them. Without
/// `members`, the groups are returned without theirs.
pub async fn list(
    provisioner: &Provisioner,
    filter: Option<&str>,
    paging: Paging,
    members: bool,
) -> Result<(Vec<Object>, u64)> {
    let ctx = &provisioner.ctx;
    let (rows, total) = match filter {
        None => {
            let rows = match paging.count {
                0 => Vec::new(),
                _ => repo::page(ctx, paging).await?,
            };
            (rows, repo::count(ctx).await?)
        }
        Some(filter) => selected(ctx, filter, paging).await?,
    };
    let (mut found, mut sent) = (Vec::with_capacity(rows.len()), 0);
    for row in rows {
        let list = match members {
            true => repo::members(ctx, row.id).await?,
            false => Vec::new(),
        };
        sent += list.len();
        if sent > MOST_MEMBERS && !found.is_empty() {
            break;
        }
        found.push(resource(ctx, &row, &list));
    }
    Ok((found, total))
}

async fn selected(ctx: &Ctx, filter: &str, paging: Paging) -> Result<(Vec<Model>, u64)> {
    let filter = Filter::parse(&GROUP, filter)?;
    let narrowed = Narrowed {
        id: filter.required("id").map(|id| {
            let id: Option<types::ScimGroupId> = id.parse().ok();
            id.map_or(Uuid::nil(), |id| id.0)
        }),
        name_key: filter.required("displayName").map(str::to_lowercase),
        external_id: filter.required("externalId").map(str::to_owned),
    };
    let with_members = filter.mentions("members");
    let (mut found, mut total, mut last) = (Vec::new(), 0, Uuid::nil());
    loop {
        let rows = repo::after(ctx, last, &narrowed, BATCH).await?;
        let whole = rows.len() as u64 == BATCH;
        for row in rows {
            last = row.id;
            let members = match with_members {
                true => repo::members(ctx, row.id).await?,
                false => Vec::new(),
            };
            if filter.matches(&resource(ctx, &row, &members)) {
                total += 1;
                if total >= paging.start && (found.len() as u64) < paging.count {
                    found.push(row);
                }
            }
        }
        if !whole {
            return Ok((found, total));
        }
    }
}
