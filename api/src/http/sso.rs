//! Single sign-on: `GET /sign-in/oidc/{provider}` (or `saml`) sends the browser to an identity provider,
//! `GET /sign-in/oidc/callback` receives the answer of OpenID Connect; that of SAML is received in
//! `saml`. `POST /auth/methods` lists the providers for an address, `POST /auth/connect` begins to
//! connect an account to that of the signed-in person.
//!
//! The pages are opened by browsers, so a refusal is a page: with the status of the error, and a
//! header by which the browser goes on to the sign-in page, which shows the reason.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    cookie::Cookie,
    http::{StatusCode, header},
    web,
};
use domain::identity::{self, SsoAnswer, SsoDone, SsoRedirect};
use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded::Serializer;

use super::{
    dashboard, next,
    sign_in::{authenticated, cookies, read, respond, visitor},
};
use crate::{auth::cookie, error::ApiError, request::RequestId, state::State};

/// The query of the page that begins a sign-in.
#[derive(Deserialize)]
pub struct Begin {
    next: Option<String>,
    email: Option<String>,
}

/// The query with which a provider sends the browser back.
#[derive(Deserialize)]
pub struct Callback {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Methods {
    email: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Connect {
    provider: String,
    next: Option<String>,
}

/// Sends the browser to a provider.
pub async fn begin(
    request: HttpRequest,
    provider: web::Path<String>,
    query: web::Query<Begin>,
    state: web::Data<State>,
) -> HttpResponse {
    let next = next::local(query.next.as_deref());
    let elsewhere = request.headers().get("sec-fetch-site");
    if elsewhere.is_some_and(|site| site == "cross-site") && cookie::token(&request).is_some() {
        return ask(request.path(), &next);
    }
    let hint = query.email.as_deref().filter(|email| email.len() <= 254);
    let visitor = visitor(&state, &request, None);
    let begun = identity::begin_sso(&state.app, &provider, &next, hint, visitor).await;
    match begun {
        Ok(begun) => HttpResponse::SeeOther()
            .cookie(browser(&state, &begun))
            .insert_header((header::LOCATION, begun.url))
            .finish(),
        Err(error) => refuse(&error.into(), &next),
    }
}

/// Receives the answer of a provider.
pub async fn callback(
    request: HttpRequest,
    query: web::Query<Callback>,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let visitor = visitor(&state, &request, None);
    let (browser, session) = (cookie::sso(&request), cookie::token(&request));
    let answer = SsoAnswer {
        state: query.state.as_deref(),
        code: query.code.as_deref(),
        iss: query.iss.as_deref(),
        error: query.error.as_deref(),
        error_description: query.error_description.as_deref(),
        browser: browser.as_deref(),
        session: session.as_deref(),
    };
    match identity::complete_sso(&state.app, answer, visitor, &id).await {
        Ok(done) => enter(&state, done),
        Err(error) => refuse(&error.into(), "/"),
    }
}

/// Lists the providers with which people sign in who have this address, and says whether strangers can
/// sign up.
pub async fn methods(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let body: Methods = read(&request, payload, &state).await?;
        let visitor = visitor(&state, &request, None);
        let found = identity::sign_in_methods(&state.app, body.email.as_deref(), visitor).await?;
        let providers = found
            .iter()
            .map(|one| json!({ "name": one.name, "path": one.path }));
        Ok(HttpResponse::Ok().json(json!({
            "providers": providers.collect::<Vec<_>>(),
            "signUp": identity::sign_up_is_open(&state.app),
        })))
    };
    respond(answer, &id).await
}

/// Begins to connect an account at a provider to that of the signed-in person. The response has the
/// address to open.
pub async fn connect(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let answer = async {
        let body: Connect = read(&request, payload, &state).await?;
        let ctx = authenticated(&request, &state, &id).await?;
        let next = next::local(body.next.as_deref());
        let begun = identity::begin_connecting(&ctx, &body.provider, &next).await?;
        let mut answer = HttpResponse::Ok();
        answer.cookie(browser(&state, &begun));
        Ok(answer.json(json!({ "url": begun.url })))
    };
    respond(answer, &id).await
}

/// The cookie that lets only this browser complete the sign-in.
fn browser(state: &State, begun: &SsoRedirect) -> Cookie<'static> {
    let lasts = begun.expires_at - state.app.clock().now();
    cookie::set_sso(begun.browser.clone(), lasts.num_seconds())
}

/// Sends a person on who has signed in, or who has to enter a code first.
pub(super) fn enter(state: &State, done: SsoDone) -> HttpResponse {
    let mut answer = HttpResponse::SeeOther();
    answer.cookie(cookie::set_sso(String::new(), 0));
    let needs_code = done.signed_in.as_ref().is_some_and(|one| one.needs_code);
    let to = match needs_code {
        true => page(&[("step", "code"), ("next", &done.next)]),
        false => done.next,
    };
    if let Some(signed_in) = done.signed_in {
        for cookie in cookies(state, signed_in) {
            answer.append_header((header::SET_COOKIE, cookie.to_string()));
        }
    }
    answer.insert_header((header::LOCATION, to)).finish()
}

/// The path of the sign-in page.
fn page(query: &[(&str, &str)]) -> String {
    let query = Serializer::new(String::new()).extend_pairs(query).finish();
    format!("/sign-in?{query}")
}

/// Shows a refusal: the sign-in page with the reason.
pub(super) fn refuse(error: &ApiError, next: &str) -> HttpResponse {
    let details = error.details.as_deref();
    let reason = details.and_then(|details| details.get("reason")?.as_str());
    let code = error.code.as_str().to_ascii_lowercase();
    let reason = reason.unwrap_or(&code);
    let connecting = details.and_then(|details| details.get("connecting")?.as_str());
    let (to, title, go) = match connecting {
        Some(from) => {
            let query = Serializer::new(String::new())
                .append_pair("connecting", reason)
                .finish();
            let separator = if from.contains('?') { '&' } else { '?' };
            let to = format!("{from}{separator}{query}");
            (to, "The account was not connected", "Back")
        }
        None => {
            let to = page(&[("problem", reason), ("next", next)]);
            (to, "You are not signed in", "Sign in")
        }
    };
    let mut answer = document(error.status());
    answer.insert_header((header::REFRESH, format!("0; url={to}")));
    answer.body(text(title, &error.message, &[(&to, go)]))
}

/// Asks a person who is signed in and comes from another site whether they want to sign in again.
/// Without a question, any site could replace their session by one that it chose.
fn ask(path: &str, next: &str) -> HttpResponse {
    let query = Serializer::new(String::new())
        .append_pair("next", next)
        .finish();
    let again = format!("{path}?{query}");
    let message = "Another site opened this page, and you are signed in already. Signing in again \
         replaces your session in this browser";
    let links = [(again.as_str(), "Sign in again"), ("/", "Stay signed in")];
    document(StatusCode::OK).body(text("Sign in again?", message, &links))
}

/// A response that is a page without scripts.
pub(super) fn document(status: StatusCode) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_SECURITY_POLICY, dashboard::policy("none")));
    answer
}

/// The text of such a page: a sentence, without its full stop, and links.
pub(super) fn text(title: &str, message: &str, links: &[(&str, &str)]) -> String {
    let message = html(message);
    let links: String = links
        .iter()
        .map(|(to, name)| format!("<p><a href=\"{}\">{name}</a></p>", html(to)))
        .collect();
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>FlowMason</title>\
         <h1>{title}</h1><p>{message}.</p>{links}"
    )
}

/// A text as HTML.
pub(super) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
