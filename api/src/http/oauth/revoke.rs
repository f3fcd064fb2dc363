//! `POST /oauth/revoke`.

use actix_web::{HttpRequest, HttpResponse, web};
use domain::identity::oauth;
use serde_json::json;

use super::call::answer;
use crate::state::State;

/// Ends the tokens that belong with a token.
pub async fn revoke(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    answer(&request, payload, &state, async |call| {
        let token = call.field("token");
        oauth::revoke_token(&call.state.app, call.client, token, call.request_id).await?;
        Ok(json!({}))
    })
    .await
}
