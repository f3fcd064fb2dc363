//! `GET /oauth/authorize`: an application sends a person here. The request is checked before the
//! person sees anything; then the dashboard shows what is asked for.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use domain::identity::oauth::{self, AuthorizationRefusal, OauthError};

use url::form_urlencoded;

use super::super::{dashboard, sso::html};
use crate::state::State;

/// The dashboard's page. It gets the whole query as one parameter, which no router changes.
const PAGE: &str = "/consent?request=";

/// Checks an authorization request and sends the browser on.
pub async fn authorize(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let query = request.query_string();
    let to = match oauth::check_authorization(&state.app, query).await {
        Ok(()) => format!("{PAGE}{}", encoded(query)),
        Err(AuthorizationRefusal::Sent(to)) => to,
        Err(AuthorizationRefusal::Shown(error)) => return show(&error),
    };
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to))
        .finish()
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A refusal that only the person may see: nobody is sent to an unknown address.
fn show(error: &OauthError) -> HttpResponse {
    let text = html(&error.description);
    HttpResponse::BadRequest()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, dashboard::policy("none")))
        .body(format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>FlowMason</title>\
             <h1>The application cannot be connected</h1><p>{text}.</p>\
             <p>Error: <code>{}</code></p><p><a href=\"/\">Open FlowMason</a></p>",
            error.code.as_str()
        ))
}
