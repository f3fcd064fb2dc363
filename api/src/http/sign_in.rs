//! `POST /auth/link`, `/auth/password`, `/auth/code`, `/auth/step-up` and `/auth/sign-out`, which
//! set, renew or remove the session cookie.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::Cookie,
    http::{StatusCode, header},
    web,
};
use domain::{
    Ctx,
    identity::{self, Proof, SignedIn, Visitor},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value as Json, json};
use types::ErrorCode;

use crate::{
    auth::{caller, cookie, credential, is_json, wanted_org},
    error::ApiError,
    guard::{self, json::Unreadable},
    request::{self, RequestId, Route, bucket},
    state::State,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByLink {
    token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByPassword {
    email: String,
    password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByCode {
    code: String,
}

/// One of the two.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepUp {
    password: Option<String>,
    code: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Signs in with a link that was printed on the terminal.
pub async fn by_link(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let body: ByLink = read(&request, payload, &state).await?;
        let visitor = visitor(&state, &request, None);
        let session = identity::redeem_link(&state.app, &body.token, visitor, &id).await?;
        Ok(signed_in(&state, session))
    };
    respond(answer, &id).await
}

/// Signs in with an email address and a password.
pub async fn by_password(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let body: ByPassword = read(&request, payload, &state).await?;
        let device = cookie::known_device(&request);
        let visitor = visitor(&state, &request, device.as_deref());
        let (app, password) = (&state.app, body.password.as_str());
        let session = identity::sign_in(app, &body.email, password, visitor, &id).await?;
        Ok(signed_in(&state, session))
    };
    respond(answer, &id).await
}

/// Completes a sign-in with a code of the second factor.
pub async fn by_code(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let body: ByCode = read(&request, payload, &state).await?;
        let device = cookie::known_device(&request);
        let visitor = visitor(&state, &request, device.as_deref());
        let pending = cookie::pending(&request).unwrap_or_default();
        let (app, code) = (&state.app, body.code.as_str());
        let session = identity::complete_sign_in(app, &pending, code, visitor, &id).await?;
        Ok(complete(&state, session))
    };
    respond(answer, &id).await
}

/// Proves the identity of a signed-in person again, before a dangerous change.
pub async fn step_up(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let body: StepUp = read(&request, payload, &state).await?;
        let proof = Proof::one_of(body.password.as_deref(), body.code.as_deref())?;
        let ctx = authenticated(&request, &state, &id).await?;
        Ok(signed_in(&state, identity::step_up(&ctx, proof).await?))
    };
    respond(answer, &id).await
}

/// The context of a request that needs a caller.
pub(super) async fn authenticated(
    request: &HttpRequest,
    state: &State,
    id: &str,
) -> Result<Ctx, ApiError> {
    let (credential, _) = credential(request);
    let (org, source) = (wanted_org(request), state.source(request, id));
    let ctx = caller(&state.app, credential, org.as_deref(), source).await?;
    ctx.ok_or_else(ApiError::unauthenticated)
}

/// Ends the cookie's session and removes the cookie, even if it is no longer valid. If an identity
/// provider opened the session and can sign the person out there too, the response has the address to
/// open for that.
pub async fn sign_out(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        read::<Nothing>(&request, payload, &state).await?;
        let mut body = json!({ "ok": true });
        if let Some(token) = cookie::token(&request) {
            match identity::begin_provider_log_out(&state.app, &token).await {
                Ok(None) => {}
                Ok(Some(next)) => body["next"] = json!(next),
                // Signing out here does not depend on the provider.
                Err(error) => tracing::warn!(%error, "the provider's log-out could not begin"),
            }
            identity::sign_out(&state.app, &token, &id).await?;
        }
        let mut response = HttpResponse::Ok();
        Ok(response.cookie(cookie::clear()).json(body))
    };
    respond(answer, &id).await
}

/// The origin of a request, by which sign-in attempts are counted.
pub(super) fn visitor<'a>(
    state: &State,
    request: &'a HttpRequest,
    device: Option<&'a str>,
) -> Visitor<'a> {
    let agent = request.headers().get(header::USER_AGENT);
    Visitor {
        address: state.trusted_proxies.client(request).map(bucket),
        device,
        agent: agent.and_then(|agent| agent.to_str().ok()),
    }
}

pub(super) fn signed_in(state: &State, session: SignedIn) -> HttpResponse {
    finish(state, Some(session), json!({ "ok": true }))
}

/// The response to the second step of a sign-in, whose own cookie is removed.
pub(super) fn complete(state: &State, session: SignedIn) -> HttpResponse {
    let mut response = signed_in(state, session);
    if let Err(error) = response.add_cookie(&cookie::set_pending(String::new(), 0)) {
        tracing::warn!(%error, "the cookie of a completed sign-in was not removed");
    }
    response
}

/// The response of a handler of these routes, also if it failed.
pub(super) async fn respond(
    answer: impl Future<Output = Result<HttpResponse, ApiError>>,
    id: &str,
) -> HttpResponse {
    answer.await.unwrap_or_else(|error| refuse(&error, id))
}

/// Reads the body of a request to these routes, which must be JSON from a page of this origin.
pub(super) async fn read<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
) -> Result<T, ApiError> {
    if !is_json(request) {
        return Err(ApiError::new(
            ErrorCode::Forbidden,
            "Declare the body as `Content-Type: application/json`",
        ));
    }
    let (_, with_cookie) = credential(request);
    state.origins.check(request, with_cookie)?;
    let body = request::read(
        &state.bodies,
        &state.trusted_proxies,
        request,
        payload,
        Route::SignIn,
    )
    .await?;
    guard::json::read(&body).map_err(|error| match error {
        Unreadable::Refused(error) => error,
        Unreadable::Syntax(error) => ApiError::new(
            ErrorCode::InvalidInput,
            format!("The body is invalid: {error}"),
        ),
    })
}

/// Responds with `body`, and with the cookies of a new session, if there is one. If a code is needed
/// first, the body says so, and the only cookie is that of the pending sign-in.
pub(super) fn finish(state: &State, signed_in: Option<SignedIn>, mut body: Json) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    if let Some(signed_in) = signed_in {
        if signed_in.needs_code {
            body["codeRequired"] = json!(true);
        }
        for cookie in cookies(state, signed_in) {
            answer.append_header((header::SET_COOKIE, cookie.to_string()));
        }
    }
    answer.json(body)
}

/// The cookies of a new session, or the one of a sign-in that needs a code.
pub(super) fn cookies(state: &State, signed_in: SignedIn) -> Vec<Cookie<'static>> {
    let lasts = signed_in.expires_at - state.app.clock().now();
    let lasts = lasts.num_seconds().max(0);
    if signed_in.needs_code {
        return vec![cookie::set_pending(signed_in.token, lasts)];
    }
    let session = cookie::set(signed_in.token, lasts);
    let device = signed_in.device;
    let device = device.map(|(device, lasts)| cookie::device(device, lasts.num_seconds()));
    [session].into_iter().chain(device).collect()
}

/// Responds to a failed sign-in.
fn refuse(error: &ApiError, id: &str) -> HttpResponse {
    let mut answer = HttpResponse::build(error.status());
    if error.status() == StatusCode::TOO_MANY_REQUESTS {
        answer.insert_header(("retry-after", "60"));
    }
    // The logs contain nothing about these errors, such as a wrong password, so no request id is
    // sent.
    if matches!(
        error.code,
        ErrorCode::Unauthenticated | ErrorCode::RateLimited | ErrorCode::InvalidInput
    ) {
        return answer.json(json!({ "error": {
            "code": error.code.as_str(), "message": error.message,
        }}));
    }
    answer.json(error.body(id))
}
