//! `POST /auth/passkey…`: challenges for passkeys, and their answers: signing in without a password,
//! the second step of signing in, and a new proof of identity.
//!
//! Each `…/options` creates a challenge that is answered once. Adding a passkey is in GraphQL.

use actix_web::{HttpRequest, HttpResponse, web};
use domain::identity::{self, Challenge};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::sign_in::{authenticated, complete, read, respond, signed_in, visitor};
use crate::{auth::cookie, request::RequestId, state::State};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    token: String,
    credential: Json,
}

fn shown(challenge: Challenge) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "token": challenge.token, "options": challenge.options }))
}

/// A challenge for signing in, for any passkey.
pub async fn sign_in_options(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        read::<Nothing>(&request, payload, &state).await?;
        let visitor = visitor(&state, &request, None);
        Ok(shown(
            identity::begin_passkey_sign_in(&state.app, visitor).await?,
        ))
    };
    respond(answer, &id).await
}

/// Signs in.
pub async fn sign_in(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let body: Answer = read(&request, payload, &state).await?;
        let visitor = visitor(&state, &request, None);
        let (app, token) = (&state.app, body.token.as_str());
        let session =
            identity::sign_in_by_passkey(app, token, body.credential, visitor, &id).await?;
        Ok(signed_in(&state, session))
    };
    respond(answer, &id).await
}

/// A challenge for the passkeys of the person whose sign-in waits for a second factor.
pub async fn code_options(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        read::<Nothing>(&request, payload, &state).await?;
        let visitor = visitor(&state, &request, None);
        let pending = cookie::pending(&request).unwrap_or_default();
        let challenge = identity::begin_passkey_code(&state.app, &pending, visitor).await?;
        Ok(shown(challenge))
    };
    respond(answer, &id).await
}

/// Completes a sign-in that waits for a second factor.
pub async fn code(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let body: Answer = read(&request, payload, &state).await?;
        let visitor = visitor(&state, &request, None);
        let pending = cookie::pending(&request).unwrap_or_default();
        let (app, token) = (&state.app, body.token.as_str());
        let session = identity::complete_sign_in_by_passkey(
            app,
            &pending,
            token,
            body.credential,
            visitor,
            &id,
        )
        .await?;
        Ok(complete(&state, session))
    };
    respond(answer, &id).await
}

/// A challenge for the passkeys of the signed-in person.
pub async fn step_up_options(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        read::<Nothing>(&request, payload, &state).await?;
        let ctx = authenticated(&request, &state, &id).await?;
        Ok(shown(identity::begin_passkey_proof(&ctx).await?))
    };
    respond(answer, &id).await
}

/// Proves the identity of the signed-in person again.
pub async fn step_up(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let body: Answer = read(&request, payload, &state).await?;
        let ctx = authenticated(&request, &state, &id).await?;
        let session = identity::step_up_by_passkey(&ctx, &body.token, body.credential).await?;
        Ok(signed_in(&state, session))
    };
    respond(answer, &id).await
}
