//! The endpoints of the authorization server (OAuth 2.0). They are for applications, and read no
//! cookie. What a person decides is sent by the dashboard, as GraphQL mutations.

mod authorize;
mod call;
mod device;
mod form;
mod introspect;
mod revoke;
mod token;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web,
};
use domain::identity::{
    self,
    oauth::{self, OauthCode, OauthError},
};
use serde_json::json;

pub(super) use form::is_form;

use crate::state::State;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route(
        "/.well-known/oauth-authorization-server",
        web::get().to(metadata),
    );
    config.route("/.well-known/jwks.json", web::get().to(keys));
    for (path, route) in [
        ("/oauth/authorize", web::get().to(authorize::authorize)),
        ("/oauth/token", web::post().to(token::token)),
        (
            "/oauth/device_authorization",
            web::post().to(device::device),
        ),
        ("/oauth/introspect", web::post().to(introspect::introspect)),
        ("/oauth/revoke", web::post().to(revoke::revoke)),
    ] {
        let other = web::to(not_allowed);
        config.service(web::resource(path).route(route).default_service(other));
    }
}

/// The metadata (RFC 8414).
async fn metadata(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .json(oauth::metadata(&state.app))
}

/// The keys that sign access tokens. A new one is published a day before it signs.
async fn keys(state: web::Data<State>) -> HttpResponse {
    match identity::key_set(&state.app).await {
        Ok(keys) => HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
            .json(keys),
        Err(error) => refuse(&error.into()),
    }
}

/// Refuses other methods.
async fn not_allowed() -> HttpResponse {
    HttpResponse::MethodNotAllowed().json(json!({
        "error": OauthCode::InvalidRequest.as_str(),
        "error_description": "This endpoint has another method: GET for /oauth/authorize, POST for \
            all others",
    }))
}

/// The response to a refused request (RFC 6749, section 5.2).
fn refuse(error: &OauthError) -> HttpResponse {
    let status = match error.code {
        OauthCode::InvalidClient => StatusCode::UNAUTHORIZED,
        OauthCode::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        OauthCode::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        OauthCode::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    let mut answer = HttpResponse::build(status);
    match error.code {
        OauthCode::InvalidClient => {
            answer.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"FlowMason\""));
        }
        OauthCode::TooManyRequests | OauthCode::TemporarilyUnavailable => {
            answer.insert_header((header::RETRY_AFTER, "60"));
        }
        _ => {}
    }
    answer.json(json!({
        "error": error.code.as_str(), "error_description": error.description,
    }))
}
