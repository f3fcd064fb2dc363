//! `POST /oauth/token`, `/oauth/device_authorization`, `/oauth/introspect` and `/oauth/revoke`.

use actix_web::{HttpRequest, HttpResponse, web};
use domain::identity::oauth::{self, Issued, OauthError, TokenRequest};
use serde_json::{Value as Json, json};

use super::{form::Form, refuse};
use crate::{request::RequestId, state::State};

/// Gives an application tokens.
pub async fn token(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let form = Form::read(&request, payload, &state).await?;
        let wanted = TokenRequest {
            grant_type: form.get("grant_type"),
            client: form.client(&request, &state),
            code: form.get("code"),
            redirect_uri: form.get("redirect_uri"),
            code_verifier: form.get("code_verifier"),
            refresh_token: form.get("refresh_token"),
            device_code: form.get("device_code"),
            scope: form.get("scope"),
            request_id: &id,
        };
        oauth::token(&state.app, &wanted).await.map(tokens)
    };
    respond(answer.await)
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

/// Begins the device flow.
pub async fn device(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let answer = async {
        let form = Form::read(&request, payload, &state).await?;
        let client = form.client(&request, &state);
        let codes = oauth::authorize_device(&state.app, client, form.get("scope")).await?;
        Ok(json!({
            "device_code": codes.device_code, "user_code": codes.user_code,
            "verification_uri": codes.page, "verification_uri_complete": codes.page_with_code,
            "expires_in": codes.lasts.num_seconds(), "interval": codes.interval,
        }))
    };
    respond(answer.await)
}

/// Says what is known about a token.
pub async fn introspect(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let answer = async {
        let form = Form::read(&request, payload, &state).await?;
        let client = form.client(&request, &state);
        oauth::introspect(&state.app, client, form.get("token")).await
    };
    respond(answer.await)
}

/// Ends the tokens that belong with a token.
pub async fn revoke(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let form = Form::read(&request, payload, &state).await?;
        let client = form.client(&request, &state);
        oauth::revoke_token(&state.app, client, form.get("token"), &id).await?;
        Ok(json!({}))
    };
    respond(answer.await)
}

fn respond(answer: Result<Json, OauthError>) -> HttpResponse {
    match answer {
        Ok(body) => HttpResponse::Ok().json(body),
        Err(error) => refuse(&error),
    }
}
