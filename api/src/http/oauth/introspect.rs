//! `POST /oauth/introspect`.

use actix_web::{HttpRequest, HttpResponse, web};
use domain::identity::oauth;

use super::call::answer;
use crate::state::State;

/// Says what is known about a token.
pub async fn introspect(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    answer(&request, payload, &state, async |call| {
        oauth::introspect(&call.state.app, call.client, call.field("token")).await
    })
    .await
}
