//! `POST /oauth/token`.

use actix_web::{HttpRequest, HttpResponse, web};
use domain::identity::oauth::{self, Issued, TokenRequest};
use serde_json::{Value as Json, json};

use super::call::answer;
use crate::state::State;

/// Gives an application tokens.
pub async fn token(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    answer(&request, payload, &state, async |call| {
        let wanted = TokenRequest {
            grant_type: call.field("grant_type"),
            client: call.client,
            code: call.field("code"),
            redirect_uri: call.field("redirect_uri"),
            code_verifier: call.field("code_verifier"),
            refresh_token: call.field("refresh_token"),
            device_code: call.field("device_code"),
            scope: call.field("scope"),
            request_id: call.request_id,
        };
        oauth::token(&call.state.app, &wanted).await.map(tokens)
    })
    .await
}

fn tokens(issued: Issued) -> Json {
    let mut answer = json!({
        "access_token": issued.access_token, "token_type": "Bearer",
        "expires_in": issued.lasts.num_seconds(), "scope": issued.scopes.to_string(),
    });
    if let Some(token) = issued.refresh_token {
        answer["refresh_token"] = json!(token);
    }
    answer
}
