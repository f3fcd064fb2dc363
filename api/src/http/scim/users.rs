//! `/Users`.

use actix_web::{HttpRequest, HttpResponse, web};
use domain::identity::scim::{MOST_RESULTS, users, users::Change};
use scim::{Patch, USER};
use types::ScimUserId;
use uuid::Uuid;

use super::{answer::Reply, call::answer, query::refused};
use crate::state::State;

/// A text that is no id is that of nobody.
fn read(id: &str) -> ScimUserId {
    id.parse().unwrap_or(ScimUserId(Uuid::nil()))
}

/// A page of users.
pub async fn list(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    answer(&request, &state, None, async |call| {
        let paging = call.query.paging(MOST_RESULTS)?;
        let projection = call.query.projection(&USER)?;
        let filter = call.query.filter.as_deref();
        let (found, total) = users::list(call.provisioner, filter, paging).await?;
        let found = found.into_iter().map(|one| projection.apply(one)).collect();
        Ok(Reply::ok(scim::list(found, total, paging.start)))
    })
    .await
}

/// Creates a user.
pub async fn create(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    answer(&request, &state, Some(&USER), async |call| {
        let body = call.body(payload).await?;
        Ok(Reply::created(
            users::create(call.provisioner, &body).await?,
        ))
    })
    .await
}

/// One user.
pub async fn get(
    request: HttpRequest,
    id: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    answer(&request, &state, Some(&USER), async |call| {
        Ok(Reply::ok(users::get(call.provisioner, read(&id)).await?))
    })
    .await
}

/// Replaces a user.
pub async fn replace(
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    answer(&request, &state, Some(&USER), async |call| {
        let change = Change::Replace(call.body(payload).await?);
        let (id, version) = (read(&id), call.if_match());
        Ok(Reply::ok(
            users::change(call.provisioner, id, version, &change).await?,
        ))
    })
    .await
}

/// Changes parts of a user.
pub async fn patch(
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    answer(&request, &state, Some(&USER), async |call| {
        let body = call.body(payload).await?;
        let change = Change::Patch(Patch::read(&USER, &body).map_err(|error| refused(&error))?);
        let (id, version) = (read(&id), call.if_match());
        Ok(Reply::ok(
            users::change(call.provisioner, id, version, &change).await?,
        ))
    })
    .await
}

/// Deletes a user.
pub async fn delete(
    request: HttpRequest,
    id: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    answer(&request, &state, None, async |call| {
        users::delete(call.provisioner, read(&id), call.if_match()).await?;
        Ok(Reply::nothing())
    })
    .await
}
