//! `GET /oauth/authorize`: an application sends a person here. The request is checked before the
//! person sees anything; then the dashboard shows what is asked for.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use domain::identity::oauth::{self, AuthorizationRefusal};
use url::{Url, form_urlencoded};

use super::super::{dashboard, sso::html};
use crate::state::State;

/// The dashboard's page. It gets the whole query as one parameter, which no router changes.
const PAGE: &str = "/consent?request=";

/// Checks an authorization request and sends the browser on, to the dashboard only.
pub async fn authorize(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let query = request.query_string();
    match oauth::check_authorization(&state.app, query).await {
        Ok(()) => HttpResponse::SeeOther()
            .insert_header((header::LOCATION, format!("{PAGE}{}", encoded(query))))
            .finish(),
        Err(refusal) => show(&refusal),
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Shows a refusal to the person, who decides whether they return to the application. Nobody is sent
/// there: otherwise a link to this server could lead to anybody who has registered an application.
fn show(refusal: &AuthorizationRefusal) -> HttpResponse {
    let AuthorizationRefusal { error, return_to } = refusal;
    let back = return_to.as_deref().map(link).unwrap_or_default();
    HttpResponse::BadRequest()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, dashboard::policy("none")))
        .body(format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>FlowMason</title>\
             <h1>The application cannot be connected</h1><p>{}.</p>\
             <p>Error: <code>{}</code></p>{back}<p><a href=\"/\">Open FlowMason</a></p>",
            html(&error.description),
            error.code.as_str()
        ))
}

/// The way back to the application, which names its host, or the scheme of a program on the person's
/// machine.
fn link(address: &str) -> String {
    let url = Url::parse(address).ok();
    let place = url
        .as_ref()
        .map(|url| url.host_str().unwrap_or(url.scheme()));
    format!(
        "<p>If you came from {place}: <a href=\"{address}\" rel=\"noreferrer\">Return there</a></p>",
        place = html(place.unwrap_or(address)),
        address = html(address)
    )
}
