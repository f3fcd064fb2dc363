//! `POST /auth/sign-up` requests an account on a server that is open to strangers; `POST
//! /auth/sign-up/confirm` makes it with the link from the letter and signs the person in.
//!
//! The response to the first does not reveal whether an address has an account.

use actix_web::{HttpRequest, HttpResponse, web};
use domain::identity::{self, NewSignUp};
use serde::Deserialize;
use serde_json::json;

use super::{
    password::language,
    sign_in::{read, respond, signed_in, visitor},
};
use crate::{request::RequestId, state::State};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    email: String,
    name: String,
    password: String,
    organization: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirm {
    token: String,
    password: String,
}

/// Requests an account. The letter to the address says what is next.
pub async fn request(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let body: Wanted = read(&request, payload, &state).await?;
        let visitor = visitor(&state, &request, None);
        let new = NewSignUp {
            email: &body.email,
            name: &body.name,
            password: &body.password,
            organization: &body.organization,
        };
        identity::request_sign_up(&state.app, new, language(&request), visitor, &id).await?;
        Ok(HttpResponse::Ok().json(json!({ "ok": true })))
    };
    respond(answer, &id).await
}

/// Makes the account of a link and signs the person in.
pub async fn confirm(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let body: Confirm = read(&request, payload, &state).await?;
        let visitor = visitor(&state, &request, None);
        let (app, token) = (&state.app, body.token.as_str());
        let session = identity::confirm_sign_up(app, token, &body.password, visitor, &id).await?;
        Ok(signed_in(&state, session))
    };
    respond(answer, &id).await
}
