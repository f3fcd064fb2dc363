//! `GET /dev/mails`: every kind of mail with invented contents, for the people who write them. Served
//! only in development.

use std::fmt::Write as _;

use actix_web::{HttpResponse, http::header, web};
use domain::mail;

use crate::state::State;

/// Mails have their styles inline, and load nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// The list of mails.
pub async fn list(state: web::Data<State>) -> HttpResponse {
    let Some(previews) = previews(&state) else {
        return HttpResponse::NotFound().finish();
    };
    let mut page = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
        <meta name=\"color-scheme\" content=\"light dark\"><title>Mails</title><h1>Mails</h1><ul>"
        .to_owned();
    for (kind, language, _) in previews {
        let name = format!("{kind}.{}", language.code());
        let _ = write!(
            page,
            "<li>{name}: <a href=\"/dev/mails/{name}/html\">HTML</a>, \
             <a href=\"/dev/mails/{name}/text\">text</a></li>"
        );
    }
    page.push_str("</ul></html>");
    html(page)
}

/// One mail in one format.
pub async fn one(state: web::Data<State>, path: web::Path<(String, String)>) -> HttpResponse {
    let (name, format) = path.into_inner();
    let mut previews = previews(&state).unwrap_or_default().into_iter();
    let found = previews.find(|(kind, language, _)| name == format!("{kind}.{}", language.code()));
    match (found, format.as_str()) {
        (Some((_, _, content)), "html") => html(content.html),
        (Some((_, _, content)), "text") => HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body(format!("Subject: {}\n\n{}", content.subject, content.text)),
        _ => HttpResponse::NotFound().finish(),
    }
}

type Previews = Vec<(&'static str, mail::Language, mail::Content)>;

fn previews(state: &State) -> Option<Previews> {
    state.dev.then(mail::previews)?.ok()
}

fn html(body: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .body(body)
}
