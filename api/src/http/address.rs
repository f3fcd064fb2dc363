//! `POST /auth/email/…`: `preview` shows what a link to an email address is about, `confirm` and
//! `refuse` use it, and `undo` takes back a change with the link that the old address got.
//!
//! The links work in any browser; one for single sign-on spares what an account has in a browser that is
//! signed in to it. None of them signs anybody in.

use actix_web::{HttpRequest, HttpResponse, web};
use domain::identity::{self, Confirmed, addresses::Side};
use serde::Deserialize;
use serde_json::json;

use super::sign_in::{read, respond, visitor};
use crate::{auth::cookie, request::RequestId, state::State};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    token: String,
}

const fn word(side: Side) -> &'static str {
    match side {
        Side::Old => "old",
        Side::New => "new",
    }
}

/// What a link is about.
pub async fn preview(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let body: Link = read(&request, payload, &state).await?;
        let visitor = visitor(&state, &request, None);
        let found = identity::preview_address(&state.app, &body.token, visitor).await?;
        Ok(HttpResponse::Ok().json(json!({
            "sentTo": word(found.side),
            "oldEmail": found.old_email,
            "newEmail": found.new_email,
            "needed": found.needed,
            "atSignIn": found.at_sign_in,
            "expiresAt": found.expires_at,
        })))
    };
    respond(answer, &id).await
}

/// Confirms. `waitsFor` says which address has to confirm too; null if the change is done.
pub async fn confirm(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let body: Link = read(&request, payload, &state).await?;
        let visitor = visitor(&state, &request, None);
        let session = cookie::token(&request);
        let done =
            identity::confirm_address(&state.app, &body.token, session.as_deref(), visitor, &id);
        let done = done.await?;
        let waits_for = match done {
            Confirmed::Done => None,
            Confirmed::WaitsFor(side) => Some(word(side)),
        };
        Ok(HttpResponse::Ok().json(json!({ "waitsFor": waits_for })))
    };
    respond(answer, &id).await
}

/// Refuses.
pub async fn refuse(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let body: Link = read(&request, payload, &state).await?;
        let visitor = visitor(&state, &request, None);
        identity::refuse_address(&state.app, &body.token, visitor, &id).await?;
        Ok(HttpResponse::Ok().json(json!({ "ok": true })))
    };
    respond(answer, &id).await
}

/// Takes a change back.
pub async fn undo(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let body: Link = read(&request, payload, &state).await?;
        let visitor = visitor(&state, &request, None);
        identity::undo_address_change(&state.app, &body.token, visitor, &id).await?;
        Ok(HttpResponse::Ok().json(json!({ "ok": true })))
    };
    respond(answer, &id).await
}
