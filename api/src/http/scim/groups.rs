//! `/Groups`.

use actix_web::{HttpRequest, HttpResponse, web};
use domain::identity::scim::{MOST_RESULTS, groups, users::Change};
use scim::{GROUP, Patch};
use types::ScimGroupId;
use uuid::Uuid;

use super::{answer::Reply, call::answer, query::refused};
use crate::state::State;

/// A text that is no id is that of no group.
fn read(id: &str) -> ScimGroupId {
    id.parse().unwrap_or(ScimGroupId(Uuid::nil()))
}

/// A page of groups.
pub async fn list(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    answer(&request, &state, None, async |call| {
        let paging = call.query.paging(MOST_RESULTS)?;
        let projection = call.query.projection(&GROUP)?;
        let (filter, members) = (call.query.filter.as_deref(), projection.has("members"));
        let found = groups::list(call.provisioner, filter, paging, members).await?;
        let (found, total) = found;
        let found = found.into_iter().map(|one| projection.apply(one)).collect();
        Ok(Reply::ok(scim::list(found, total, paging.start)))
    })
    .await
}

/// Creates a group.
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    answer(&request, &state, Some(&GROUP), async |call| {
        let body = call.body(payload).await?;
        Ok(Reply::created(
            groups::create(call.provisioner, &body).await?,
        ))
    })
    .await
}

/// One group.
pub async fn get(
    request: HttpRequest,
    id: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    answer(&request, &state, Some(&GROUP), async |call| {
        let members = call.query.projection(&GROUP)?.has("members");
        Ok(Reply::ok(
            groups::get(call.provisioner, read(&id), members).await?,
        ))
    })
    .await
}

/// Replaces a group with all of its members.
pub async fn replace(
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    answer(&request, &state, Some(&GROUP), async |call| {
        let change = Change::Replace(call.body(payload).await?);
        let (id, version) = (read(&id), call.if_match());
        Ok(Reply::ok(
            groups::change(call.provisioner, id, version, &change).await?,
        ))
    })
    .await
}

/// Changes parts of a group. The answer has no body: it would have all members.
pub async fn patch(
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    answer(&request, &state, None, async |call| {
        let body = call.body(payload).await?;
        let change = Change::Patch(Patch::read(&GROUP, &body).map_err(|error| refused(&error))?);
        let (id, version) = (read(&id), call.if_match());
        groups::change(call.provisioner, id, version, &change).await?;
        Ok(Reply::nothing())
    })
    .await
}

/// Deletes a group.
pub async fn delete(
    request: HttpRequest,
    id: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    answer(&request, &state, None, async |call| {
        groups::delete(call.provisioner, read(&id), call.if_match()).await?;
        Ok(Reply::nothing())
    })
    .await
}
