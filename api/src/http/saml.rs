//! SAML 2.0, below `/auth/saml`. For each provider: `{provider}/metadata` is what this server says about
//! itself, `{provider}/acs` receives responses, `{provider}/slo` messages about signing out. For the
//! browser: `continue` has the form for a provider that takes no redirect, `finish` ends a sign-in.
//!
//! Providers let the browser post from another site, so what arrives is checked without a cookie and
//! without a look at the header Origin. There is a session only at `finish`, which needs the cookie.

use std::collections::HashMap;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::identity::{
    self, BrowserForm, ByBrowser, LogOutMessage, LoggedOut, SamlFinish, SamlPost, SamlReceived,
    SamlReturn,
};
use serde::Deserialize;
use types::ErrorCode;
use url::form_urlencoded;

use super::{
    oauth::is_form,
    sign_in::visitor,
    sso::{document, enter, html, refuse, text},
};
use crate::{
    auth::cookie,
    error::ApiError,
    request::{self, RequestId, Route},
    state::State,
};

/// The path at which a sign-in ends.
const FINISH: &str = "/auth/saml/finish";

/// The page where people sign in, and where they are after signing out.
const SIGN_IN: &str = "/sign-in";

/// The query of the page with a form.
#[derive(Deserialize)]
pub struct Continue {
    state: Option<String>,
}

/// The query of the end of a sign-in.
#[derive(Deserialize)]
pub struct Finish {
    ticket: Option<String>,
}

/// The routes, below `/auth`.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/saml/continue", web::get().to(form_of_attempt))
        .route("/saml/finish", web::get().to(finish))
        .route("/saml/finish", web::post().to(confirm))
        .route("/saml/{provider}/metadata", web::get().to(metadata))
        .route("/saml/{provider}/acs", web::post().to(receive))
        .route("/saml/{provider}/slo", web::get().to(log_out_by_address))
        .route("/saml/{provider}/slo", web::post().to(log_out_by_form));
}

/// What this server says about itself to a provider.
async fn metadata(provider: web::Path<String>, state: web::Data<State>) -> HttpResponse {
    match identity::own_metadata(&state.app, &provider).await {
        Ok(xml) => HttpResponse::Ok()
            .content_type("application/samlmetadata+xml; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
            .body(xml),
        Err(error) => refuse(&error.into(), "/"),
    }
}

/// The form for a provider that takes requests by a form only.
async fn form_of_attempt(
    request: HttpRequest,
    query: web::Query<Continue>,
    state: web::Data<State>,
) -> HttpResponse {
    let visitor = visitor(&state, &request, None);
    let of = query.state.as_deref().unwrap_or_default();
    match identity::waiting_form(&state.app, of, visitor).await {
        Ok(form) => sent_by_form(&form),
        Err(error) => refuse(&error.into(), "/"),
    }
}

/// Receives a response.
async fn receive(
    request: HttpRequest,
    provider: web::Path<String>,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let received = async {
        let fields = fields(&request, payload, &state).await?;
        let response = fields.get("SAMLResponse").ok_or_else(|| {
            ApiError::new(
                ErrorCode::InvalidInput,
                "The form has no field `SAMLResponse`",
            )
        })?;
        let post = SamlPost {
            response,
            relay_state: fields.get("RelayState").map(String::as_str),
        };
        let visitor = visitor(&state, &request, None);
        let received = identity::receive_saml(&state.app, &provider, post, visitor, &id).await;
        received.map_err(ApiError::from)
    };
    let ticket = match received.await {
        Ok(SamlReceived::Ticket(ticket)) => ticket,
        Ok(SamlReceived::Tested(next)) => return see(&next),
        Err(error) => return refuse(&error, "/"),
    };
    let mut answer = HttpResponse::SeeOther();
    if let Some((browser, until)) = ticket.browser {
        let lasts = until - state.app.clock().now();
        answer.cookie(cookie::set_sso(browser, lasts.num_seconds()));
    }
    let to = format!("{FINISH}?ticket={}", ticket.ticket);
    answer.insert_header((header::LOCATION, to)).finish()
}

/// Ends a sign-in, in the browser that began.
async fn finish(
    request: HttpRequest,
    query: web::Query<Finish>,
    state: web::Data<State>,
) -> HttpResponse {
    end(&request, query.ticket.as_deref(), false, &state).await
}

/// Ends a sign-in that the provider began, after the person was asked.
async fn confirm(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let read = async {
        state.origins.check(&request, true)?;
        fields(&request, payload, &state).await
    };
    match read.await {
        Ok(fields) => {
            let ticket = fields.get("ticket").map(String::as_str);
            end(&request, ticket, true, &state).await
        }
        Err(error) => refuse(&error, "/"),
    }
}

async fn end(
    request: &HttpRequest,
    ticket: Option<&str>,
    confirmed: bool,
    state: &State,
) -> HttpResponse {
    let id = RequestId::get(request);
    let (browser, session) = (cookie::sso(request), cookie::token(request));
    let brought = SamlReturn {
        ticket,
        browser: browser.as_deref(),
        session: session.as_deref(),
        confirmed,
    };
    let visitor = visitor(state, request, None);
    match identity::finish_saml(&state.app, brought, visitor, &id).await {
        Ok(SamlFinish::Done(done)) => enter(state, done),
        Ok(SamlFinish::Ask { provider, person }) => {
            ask(&provider, &person, ticket.unwrap_or_default())
        }
        Err(error) => refuse(&error.into(), "/"),
    }
}

/// Receives a message about signing out in the query of the address.
async fn log_out_by_address(
    request: HttpRequest,
    provider: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let message = LogOutMessage::Query(request.query_string());
    log_out(&request, &provider, message, &state).await
}

/// Receives a message about signing out in a form.
async fn log_out_by_form(
    request: HttpRequest,
    provider: web::Path<String>,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let fields = match fields(&request, payload, &state).await {
        Ok(fields) => fields,
        Err(error) => return refuse(&error, "/"),
    };
    let field = |name: &str| fields.get(name).map(String::as_str);
    let message = LogOutMessage::Form {
        request: field("SAMLRequest"),
        response: field("SAMLResponse"),
        relay_state: field("RelayState"),
    };
    log_out(&request, &provider, message, &state).await
}

async fn log_out(
    request: &HttpRequest,
    provider: &str,
    message: LogOutMessage<'_>,
    state: &State,
) -> HttpResponse {
    let id = RequestId::get(request);
    let visitor = visitor(state, request, None);
    let done = identity::receive_log_out(&state.app, provider, message, visitor, &id).await;
    let message = match done {
        Ok(LoggedOut::Here(Some(ByBrowser::Redirect(url)))) => return see(&url),
        Ok(LoggedOut::Here(Some(ByBrowser::Form(form)))) => return sent_by_form(&form),
        Ok(LoggedOut::There(true)) => return see(SIGN_IN),
        Ok(LoggedOut::Here(None)) => "You are signed out",
        Ok(LoggedOut::There(false)) => {
            "You are signed out here. The identity provider did not say that all of its sessions \
             have ended; close the browser to be sure"
        }
        Err(error) => return refuse(&error.into(), "/"),
    };
    let links = [(SIGN_IN, "Sign in")];
    document(StatusCode::OK).body(text("Signed out", message, &links))
}

/// The fields of a form, each of which appears once.
async fn fields(
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
) -> Result<HashMap<String, String>, ApiError> {
    if !is_form(request) {
        return Err(ApiError::new(
            ErrorCode::InvalidInput,
            "Send the body as application/x-www-form-urlencoded",
        ));
    }
    let (bodies, proxies) = (&state.bodies, &state.trusted_proxies);
    let body = request::read(bodies, proxies, request, payload, Route::Saml).await?;
    let mut fields = HashMap::new();
    for (name, value) in form_urlencoded::parse(&body) {
        if fields
            .insert(name.into_owned(), value.into_owned())
            .is_some()
        {
            return Err(ApiError::new(
                ErrorCode::InvalidInput,
                "A field of the form is there twice",
            ));
        }
    }
    Ok(fields)
}

fn see(to: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to))
        .finish()
}

/// Asks a person whom a provider sends without having been asked.
fn ask(provider: &str, person: &str, ticket: &str) -> HttpResponse {
    let question = format!("{provider} wants to sign you in as {person}");
    let page = text("Sign in?", &question, &[("/", "Do not sign in")]);
    // Without its own policy, the page would send `Origin: null`.
    document(StatusCode::OK).body(format!(
        "{page}<meta name=\"referrer\" content=\"same-origin\">\
         <form method=\"post\" action=\"{FINISH}\">\
         <input type=\"hidden\" name=\"ticket\" value=\"{}\">\
         <button type=\"submit\">Sign in as {}</button></form>",
        html(ticket),
        html(person)
    ))
}

/// A page whose form the browser posts to a provider by itself, or by a button without scripts. Where
/// the provider sends the browser then is its own affair, so the policy names no targets of forms.
fn sent_by_form(form: &BrowserForm) -> HttpResponse {
    let nonce = STANDARD.encode(rand::random::<[u8; 18]>());
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; base-uri 'none'; frame-ancestors 'none'"
    );
    let fields: String = form
        .fields
        .iter()
        .map(|(name, value)| {
            let (name, value) = (html(name), html(value));
            format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
        })
        .collect();
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .body(format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>FlowMason</title>\
             <form method=\"post\" action=\"{}\">{fields}\
             <button type=\"submit\">Continue to the identity provider</button></form>\
             <script nonce=\"{nonce}\">document.forms[0].submit()</script>",
            html(&form.action)
        ))
}
