//! `POST /auth/password/forgot` sends a link to an account's address; `POST /auth/password/reset`
//! sets a new password with it.
//!
//! The responses do not reveal whether an address has an account. Neither signs anybody in.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use domain::{identity, mail::Language};
use serde::Deserialize;
use serde_json::json;

use super::sign_in::{read, respond, visitor};
use crate::{request::RequestId, state::State};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Forgot {
    email: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Reset {
    token: String,
    new_password: String,
}

/// Requests a link. `delivery` says how it reaches the person: `email`, or `folder` if this server
/// sends no mail.
pub async fn forgot(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let body: Forgot = read(&request, payload, &state).await?;
        let visitor = visitor(&state, &request, None);
        let language = language(&request);
        let delivery =
            identity::request_reset(&state.app, &body.email, language, visitor, &id).await?;
        Ok(HttpResponse::Ok().json(json!({ "ok": true, "delivery": delivery.as_str() })))
    };
    respond(answer, &id).await
}

/// Sets a new password and ends all sessions of the account.
pub async fn reset(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let body: Reset = read(&request, payload, &state).await?;
        let visitor = visitor(&state, &request, None);
        let (app, token) = (&state.app, body.token.as_str());
        identity::reset_password(app, token, &body.new_password, visitor, &id).await?;
        Ok(HttpResponse::Ok().json(json!({ "ok": true })))
    };
    respond(answer, &id).await
}

/// The language of the person's browser.
pub(super) fn language(request: &HttpRequest) -> Language {
    let header = request.headers().get(header::ACCEPT_LANGUAGE);
    let text = header.and_then(|header| header.to_str().ok());
    Language::accepted(text.unwrap_or_default())
}
