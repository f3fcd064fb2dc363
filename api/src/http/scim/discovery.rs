//! `/ServiceProviderConfig`, `/ResourceTypes` and `/Schemas`.

use actix_web::{HttpRequest, HttpResponse, web};
use domain::identity::scim::{MOST_RESULTS, base_url};
use scim::{Limits, Object};
use serde_json::Value as Json;
use types::ErrorCode;

use super::{answer::Reply, call::answer};
use crate::{error::ApiError, state::State};

/// What is supported.
pub async fn config(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    answer(&request, &state, None, async |_| {
        let limits = Limits {
            most_results: MOST_RESULTS,
        };
        Ok(Reply::ok(scim::service_provider_config(
            &base_url(&state.app),
            limits,
        )))
    })
    .await
}

/// The kinds of resources.
pub async fn types(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    answer(&request, &state, None, async |_| {
        Ok(all(scim::resource_types(&base_url(&state.app))))
    })
    .await
}

/// One kind of resources.
pub async fn one_type(
    request: HttpRequest,
    id: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    answer(&request, &state, None, async |_| {
        one(scim::resource_types(&base_url(&state.app)), &id)
    })
    .await
}

/// The schemas.
pub async fn schemas(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    answer(&request, &state, None, async |_| {
        Ok(all(scim::schemas(&base_url(&state.app))))
    })
    .await
}

/// One schema.
pub async fn one_schema(
    request: HttpRequest,
    id: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    answer(&request, &state, None, async |_| {
        one(scim::schemas(&base_url(&state.app)), &id)
    })
    .await
}

fn all(found: Vec<Object>) -> Reply {
    let total = found.len() as u64;
    Reply::ok(scim::list(found, total, 1))
}

fn one(found: Vec<Object>, id: &str) -> Result<Reply, ApiError> {
    let mut all = found.into_iter();
    let found = all.find(|one| one.get("id").and_then(Json::as_str) == Some(id));
    found.map(Reply::ok).ok_or_else(|| {
        ApiError::new(
            ErrorCode::NotFound,
            "There is no such schema or resource type",
        )
    })
}
