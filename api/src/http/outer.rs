//! Middleware for every request: its id, the check of its host, the log, the headers of all
//! responses, and handling of panics and of malformed chunked bodies.

use std::{panic::AssertUnwindSafe, time::Instant};

use actix_web::{
    HttpMessage, HttpResponse, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        ConnectionType, StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use domain::triggers::webhooks::PATH;
use futures::FutureExt;
use tracing::Instrument;
use types::ErrorCode;

use super::graphql;
use crate::{
    error::ApiError,
    request::{self, BrokenOff, Follows, Framing, ReadAhead, RequestId, text_of},
    state::State,
};

/// The middleware.
pub async fn outer<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(state) = request.app_data::<web::Data<State>>().cloned() else {
        return Err(Refusal::of(ApiError::internal("no state"), "", "").into());
    };
    let id = RequestId::of(request.headers(), state.app.clock());
    request.extensions_mut().insert(id.clone());
    let id = id.0;
    let method = request.method().clone();
    let path = logged(request.path()).to_owned();
    let span = tracing::info_span!("request", request_id = %id, org = tracing::field::Empty);
    let started = Instant::now();
    let follows = request
        .conn_data::<Framing>()
        .map_or(Follows::Freely, |framing| framing.next(request.headers()));
    if follows == Follows::TooLate {
        let answer = Refusal::of(ApiError::new(ErrorCode::InvalidInput, TOO_LATE), &id, &path);
        return Ok(request.into_response(answer.error_response()));
    }
    let health = matches!(path.as_str(), "/healthz" | "/readyz");
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    if !health && let Err(error) = state.origins.check_host(host) {
        let answer = Refusal::of(error, &id, &path).error_response();
        let mut answer = request.into_response(answer);
        set_common_headers(answer.headers_mut(), &id, state.https);
        return Ok(answer);
    }
    let result = handle(request, next, follows)
        .instrument(span.clone())
        .await;
    let _in_span = span.enter();
    let mut answer = match result {
        Ok(answer) => answer?.map_into_boxed_body(),
        Err(error) => return Err(Refusal::of(error, &id, &path).into()),
    };
    let status = answer.status();
    let ms = started.elapsed().as_millis();
    if status.is_server_error() {
        tracing::warn!(%method, path, status = status.as_u16(), ms, "request failed");
    } else {
        tracing::debug!(%method, path, status = status.as_u16(), ms, "request");
    }
    set_common_headers(answer.headers_mut(), &id, state.https);
    if follows == Follows::Last {
        let head = answer.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    Ok(answer)
}

/// The path as it is logged: the token in the address of a webhook is a secret.
fn logged(path: &str) -> &str {
    let start = path.get(..PATH.len());
    match start.is_some_and(|start| start.eq_ignore_ascii_case(PATH)) {
        true => PATH,
        false => path,
    }
}

/// Runs the handler. Fails if it panics, or if the body breaks off before there is a response. The
/// request is lost with the handler then, so the response has to be built without it.
async fn handle<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
    follows: Follows,
) -> Result<Result<ServiceResponse<B>, actix_web::Error>, ApiError> {
    let ahead = (follows == Follows::Last).then(|| {
        let (ahead, body) = ReadAhead::of(request.take_payload());
        request.set_payload(body);
        ahead
    });
    let handler = AssertUnwindSafe(next.call(request)).catch_unwind();
    let done = match ahead {
        None => handler.await,
        Some(ahead) => match ahead.serve(handler).await {
            Ok(done) => done,
            Err(BrokenOff) => return Err(request::broken_off()),
        },
    };
    done.map_err(|panic| ApiError::internal(text_of(panic.as_ref())))
}

/// The response to a request after a chunked body.
const TOO_LATE: &str =
    "A request with a chunked body must be the last one on its connection; use a new connection";

fn set_common_headers(headers: &mut HeaderMap, id: &str, https: bool) {
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(HeaderName::from_static(request::HEADER), id);
    }
}

/// An error as a JSON response, with the request's id: in GraphQL's form on its route, in the usual
/// form on all others. It ends the connection.
#[derive(Debug)]
struct Refusal {
    error: ApiError,
    id: String,
    graphql: bool,
}

impl Refusal {
    fn of(error: ApiError, id: &str, path: &str) -> Self {
        Self {
            error,
            id: id.to_owned(),
            graphql: path == super::GRAPHQL,
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.error.message)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.error.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = if self.graphql {
            graphql::refusal(self.status_code(), self.error.clone(), &self.id)
        } else {
            HttpResponse::build(self.status_code()).json(self.error.body(&self.id))
        };
        set_common_headers(answer.headers_mut(), &self.id, false);
        answer.head_mut().set_connection_type(ConnectionType::Close);
        answer
    }
}
