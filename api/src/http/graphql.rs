//! `POST /graphql`: one operation or a batch, in JSON. GET only serves the GraphQL explorer in
//! development: a link must never cause a change, and a key must never be in a URL.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use actix_web::{
    HttpRequest, HttpResponse,
    body::{BodySize, MessageBody},
    http::{StatusCode, header},
    web::{self, Bytes},
};
use async_graphql::Response;
use domain::Ctx;
use futures::future::join_all;
use types::ErrorCode;

use super::dashboard;
use crate::{
    auth::{self, Credential, is_json},
    error::{self, ApiError},
    graphql::{Budget, Operation, Prepared, Transport},
    guard::{self, json::Unreadable},
    limits,
    request::{self, RequestId, Route},
    state::State,
};

/// Runs the operations in the body.
pub async fn post(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    match answer(&request, payload, &state, &id).await {
        Ok(answer) => answer,
        Err((status, error)) => refusal(status, error, &id),
    }
}

/// A response that consists of one error.
pub fn refusal(status: StatusCode, error: ApiError, id: &str) -> HttpResponse {
    let mut response = error.into_response();
    error::finish(&mut response, id);
    HttpResponse::build(status).json(response)
}

/// Serves the GraphQL explorer in development, and refuses the request otherwise.
pub async fn get(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    if state.dev && request.query_string().is_empty() {
        return dashboard::explorer(&state);
    }
    not_allowed(request).await
}

/// Refuses every other method.
pub async fn not_allowed(request: HttpRequest) -> HttpResponse {
    let id = RequestId::get(&request);
    let error = ApiError::new(ErrorCode::InvalidInput, "Send operations as JSON with POST");
    let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, error, &id);
    let post = header::HeaderValue::from_static("POST");
    response.headers_mut().insert(header::ALLOW, post);
    response
}

async fn answer(
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
    id: &str,
) -> Result<HttpResponse, (StatusCode, ApiError)> {
    let refuse = |error: ApiError| (error.status(), error);
    if !is_json(request) {
        let error = ApiError::new(
            ErrorCode::Forbidden,
            "Declare the body as `Content-Type: application/json`",
        );
        return Err(refuse(error));
    }
    let (credential, with_cookie) = auth::credential(request);
    state.origins.check(request, with_cookie).map_err(refuse)?;
    // The credential is checked before the body is read: without a valid one, the limits on the
    // body's size and time are lower.
    let caller = caller(state, request, credential, id).await?;
    if let Some(ctx) = &caller {
        auth::check_person(request, ctx).map_err(refuse)?;
    }
    let route = match caller {
        Some(_) => Route::Operations,
        None => Route::Anonymous,
    };
    let body = request::read(
        &state.bodies,
        &state.trusted_proxies,
        request,
        payload,
        route,
    )
    .await
    .map_err(refuse)?;
    let unreadable = |error: Unreadable| match error {
        Unreadable::Refused(error) => refuse(error),
        Unreadable::Syntax(error) => {
            let error = ApiError::new(
                ErrorCode::InvalidJson,
                format!("The body is not JSON of the form {{\"query\": …}}: {error}"),
            );
            (StatusCode::BAD_REQUEST, error)
        }
    };
    let is_batch = body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[');
    let operations: Vec<Operation> = if is_batch {
        guard::json::read(&body).map_err(unreadable)?
    } else {
        vec![guard::json::read(&body).map_err(unreadable)?]
    };
    drop(body);
    if operations.is_empty() || operations.len() > limits::BATCH {
        return Err(refuse(guard::limit_exceeded(
            "batch",
            operations.len(),
            limits::BATCH,
            "operations",
        )));
    }
    let budget = Budget::new(&state.answers);
    let mut prepared: Vec<Result<Prepared, ApiError>> = operations
        .into_iter()
        .map(|operation| operation.prepare(caller.clone(), Transport::Http, id, &budget))
        .collect();
    if is_batch {
        check_points(state, &mut prepared).await.map_err(refuse)?;
    }
    let runs = prepared.into_iter().map(|one| run(state, one));
    let (mut statuses, mut responses): (Vec<StatusCode>, Vec<Response>) =
        join_all(runs).await.into_iter().unzip();
    for response in &mut responses {
        error::finish(response, id);
    }
    if is_batch {
        return Ok(json(StatusCode::OK, &responses, budget));
    }
    match (statuses.pop(), responses.pop()) {
        (Some(status), Some(response)) => Ok(json(status, &response, budget)),
        _ => Err(refuse(ApiError::internal("an operation without an answer"))),
    }
}

/// Checks the points of a batch, summed over its operations. If they exceed the limit, no operation
/// is run.
async fn check_points(
    state: &State,
    operations: &mut [Result<Prepared, ApiError>],
) -> Result<(), ApiError> {
    let mut points = 0usize;
    for operation in operations.iter_mut().flatten() {
        points = points.saturating_add(operation.weigh(&state.scale).await?);
    }
    if points > limits::COMPLEXITY {
        return Err(error::too_expensive(Some(points)));
    }
    Ok(())
}

async fn caller(
    state: &State,
    request: &HttpRequest,
    credential: Option<Credential>,
    id: &str,
) -> Result<Option<Ctx>, (StatusCode, ApiError)> {
    let org = auth::wanted_org(request);
    auth::caller(
        &state.app,
        credential,
        org.as_deref(),
        state.source(request, id),
    )
    .await
    .map_err(|error| {
        // An organization that the caller does not belong to is a GraphQL error like any other.
        let status = if error.code == ErrorCode::NotFound {
            StatusCode::OK
        } else {
            error.status()
        };
        (status, error)
    })
}

async fn run(state: &State, operation: Result<Prepared, ApiError>) -> (StatusCode, Response) {
    match operation {
        Ok(operation) => (StatusCode::OK, operation.execute(&state.schema).await),
        Err(error) => {
            let refused = error.code == ErrorCode::LimitExceeded;
            let status = if refused {
                error.status()
            } else {
                StatusCode::OK
            };
            (status, error.into_response())
        }
    }
}

fn json(status: StatusCode, body: &impl serde::Serialize, budget: Arc<Budget>) -> HttpResponse {
    match serde_json::to_vec(body) {
        Ok(bytes) => HttpResponse::build(status)
            .content_type("application/json")
            .body(Answer {
                bytes: bytes.into(),
                _budget: budget,
            }),
        Err(error) => {
            let error = ApiError::internal(error);
            HttpResponse::build(error.status()).json(error.into_response())
        }
    }
}

/// A response body that holds its request's budget until it is sent.
struct Answer {
    bytes: Bytes,
    _budget: Arc<Budget>,
}

impl MessageBody for Answer {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        self.bytes.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        Pin::new(&mut self.bytes).poll_next(cx)
    }
}
