//! `POST /oauth/device_authorization`.

use actix_web::{HttpRequest, HttpResponse, web};
use domain::identity::oauth;
use serde_json::json;

use super::call::answer;
use crate::state::State;

/// Begins the device flow.
pub async fn device(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    answer(&request, payload, &state, async |call| {
        let scope = call.field("scope");
        let codes = oauth::authorize_device(&call.state.app, call.client, scope).await?;
        Ok(json!({
            "device_code": codes.device_code, "user_code": codes.user_code,
            "verification_uri": codes.page, "verification_uri_complete": codes.page_with_code,
            "expires_in": codes.lasts.num_seconds(), "interval": codes.interval,
        }))
    })
    .await
}
