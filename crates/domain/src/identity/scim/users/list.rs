//! Lists of users: pages, and what a filter selects.

use scim::{Filter, Object, Paging, USER};
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

/// A page of the users that the filter selects, oldest first, and the number of all of them.
pub async fn list(
    provisioner: &Provisioner,
    filter: Option<&str>,
    paging: Paging,
) -> Result<(Vec<Object>, u64)> {
    let ctx = &provisioner.ctx;
    let Some(filter) = filter else {
        let rows = match paging.count {
            0 => Vec::new(),
            _ => repo::page(ctx, paging).await?,
        };
        return Ok((resources(ctx, rows).await?, repo::count(ctx).await?));
    };
    let filter = Filter::parse(&USER, filter)?;
    let narrowed = Narrowed {
        id: filter.required("id").map(|id| {
            let id: Option<types::ScimUserId> = id.parse().ok();
            id.map_or(Uuid::nil(), |id| id.0)
        }),
        user_name_key: filter.required("userName").map(str::to_lowercase),
        external_id: filter.required("externalId").map(str::to_owned),
    };
    let (mut found, mut total, mut last) = (Vec::new(), 0, Uuid::nil());
    loop {
        let rows = repo::after(ctx, last, &narrowed, BATCH).await?;
        let Some(end) = rows.last().map(|row| row.id) else {
            break;
        };
        let whole = rows.len() as u64 == BATCH;
        for one in resources(ctx, rows).await? {
            if filter.matches(&one) {
                total += 1;
                if total >= paging.start && (found.len() as u64) < paging.count {
                    found.push(one);
                }
            }
        }
        if !whole {
            break;
        }
        last = end;
    }
    Ok((found, total))
}

async fn resources(ctx: &Ctx, rows: Vec<Model>) -> Result<Vec<Object>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let groups = repo::groups_of(ctx, &ids).await?;
    Ok(rows
        .into_iter()
        .map(|row| resource(ctx, row, &groups))
        .collect())
}
