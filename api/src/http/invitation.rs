//! `POST /auth/invitation/preview` shows what an invitation link is for; `POST /auth/invitation`
//! accepts it.
//!
//! The token is sent in the body, so that it is in no URL, log or referrer.

use actix_web::{HttpRequest, HttpResponse, web};
use domain::identity::{self, Invitee};
use serde::Deserialize;
use serde_json::json;
use types::ErrorCode;

use super::sign_in::{finish, read, respond, visitor};
use crate::{
    auth::{Credential, cookie, credential},
    error::ApiError,
    request::RequestId,
    state::State,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    token: String,
}

/// Without `account`, the signed-in person accepts the invitation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Accept {
    token: String,
    account: Option<Account>,
}

/// The existing account with this email address and password, or a new one with this name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    name: String,
    email: String,
    password: String,
}

/// Returns the organization and the role of an invitation.
pub async fn preview(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let body: Link = read(&request, payload, &state).await?;
        let visitor = visitor(&state, &request, None);
        let preview = identity::preview_invitation(&state.app, &body.token, visitor).await?;
        Ok(HttpResponse::Ok().json(json!({
            "organization": preview.organization,
            "role": preview.role.to_string(),
            "customRole": preview.role.custom().is_some(),
            "invitedBy": preview.invited_by,
            "email": preview.email,
            "expiresAt": preview.expires_at,
            "newAccount": preview.new_account,
        })))
    };
    respond(answer, &id).await
}

/// Accepts an invitation, and signs in a person who is not signed in.
pub async fn accept(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let body: Accept = read(&request, payload, &state).await?;
        let device = cookie::known_device(&request);
        let visitor = visitor(&state, &request, device.as_deref());
        let session = match credential(&request).0 {
            Some(Credential::Session(token)) => Some(token),
            _ => None,
        };
        let invitee = match (&body.account, &session) {
            (Some(account), _) => Invitee::Account {
                name: &account.name,
                email: &account.email,
                password: &account.password,
            },
            (None, Some(token)) => Invitee::SignedIn(token),
            (None, None) => {
                return Err(ApiError::new(
                    ErrorCode::Unauthenticated,
                    "Sign in first, or give an `account` with name, email and password",
                ));
            }
        };
        let accepted =
            identity::accept_invitation(&state.app, &body.token, invitee, visitor, &id).await?;
        let body = json!({ "ok": true, "organizationId": accepted.org.to_string() });
        Ok(finish(&state, accepted.signed_in, body))
    };
    respond(answer, &id).await
}
