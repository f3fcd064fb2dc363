//! `POST /mail/unsubscribe/{token}` and `/mail/subscribe/{token}`: the link in letters that somebody did not
//! cause themselves turns them off and on.
//!
//! Mail programs send the first one themselves (RFC 8058), without a page, a cookie or an origin. The token
//! in the path is the proof; the body is not read. A GET request to the same path is a page of the dashboard
//! with a button, because programs that look at all links of a mail should not unsubscribe anybody.

use actix_web::{HttpRequest, HttpResponse, web};
use domain::mail;
use serde_json::json;

use super::sign_in::respond;
use crate::{request::RequestId, state::State};

/// Turns the letters off.
pub async fn unsubscribe(
    request: HttpRequest,
    token: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    set(&request, &token, &state, false).await
}

/// Turns the letters on again.
pub async fn subscribe(
    request: HttpRequest,
    token: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    set(&request, &token, &state, true).await
}

async fn set(request: &HttpRequest, token: &str, state: &State, wanted: bool) -> HttpResponse {
    let id = RequestId::get(request);
    let answer = async {
        mail::set_wanted(&state.app, token, wanted, &id).await?;
        Ok(HttpResponse::Ok().json(json!({ "ok": true })))
    };
    respond(answer, &id).await
}
