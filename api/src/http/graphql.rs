//! `POST /graphql`: JSON in, JSON out, one operation or a batch. GET answers nothing but the page
//! for trying queries in development: a link must never act, and a key never stand in a URL.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    web,
};
use async_graphql::Response;
use domain::Ctx;
use futures::future::join_all;
use types::ErrorCode;

use super::{RequestId, dashboard};
use crate::{
    auth::{self, Credential, is_json},
    error::{self, ApiError},
    graphql::{Operation, Transport},
    guard, limits,
    state::State,
};

/// Runs what the body asks.
pub async fn post(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    match answer(&request, payload, &state, &id).await {
        Ok(answer) => answer,
        Err((status, error)) => {
            let mut response = error.into_response();
            error::finish(&mut response, &id);
            HttpResponse::build(status).json(response)
        }
    }
}

/// The page for trying queries in development, else nothing.
pub async fn get(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    if state.dev && request.query_string().is_empty() {
        return dashboard::explorer(&state);
    }
    not_allowed(request).await
}

/// Every other method.
pub async fn not_allowed(request: HttpRequest) -> HttpResponse {
    let id = RequestId::get(&request);
    let error = ApiError::new(ErrorCode::InvalidInput, "send operations as JSON by POST");
    let mut response = error.into_response();
    error::finish(&mut response, &id);
    HttpResponse::MethodNotAllowed()
        .insert_header((header::ALLOW, Method::POST.as_str()))
        .json(response)
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
            "the body must be declared as `Content-Type: application/json`",
        );
        return Err(refuse(error));
    }
    let (credential, with_cookie) = auth::credential(request);
    state.origins.check(request, with_cookie).map_err(refuse)?;
    let body = match payload.to_bytes_limited(limits::BODY).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            let error = ApiError::new(ErrorCode::InvalidInput, "the body could not be read");
            return Err((StatusCode::BAD_REQUEST, error));
        }
        Err(_) => {
            let error = ApiError::new(
                ErrorCode::LimitExceeded,
                format!("the body is larger than {} bytes", limits::BODY),
            );
            return Err((StatusCode::PAYLOAD_TOO_LARGE, error));
        }
    };
    guard::json_integers_fit(&body).map_err(refuse)?;
    let unreadable = |error: serde_json::Error| {
        let error = ApiError::new(ErrorCode::InvalidJson, format!("the body: {error}"));
        (StatusCode::BAD_REQUEST, error)
    };
    let is_batch = body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[');
    if !is_batch {
        let operation: Operation = serde_json::from_slice(&body).map_err(unreadable)?;
        let caller = caller(state, request, credential, id).await?;
        let (status, mut response) = run(state, operation, caller, id).await;
        error::finish(&mut response, id);
        return Ok(json(status, &response));
    }
    let operations: Vec<Operation> = serde_json::from_slice(&body).map_err(unreadable)?;
    if operations.is_empty() || operations.len() > limits::BATCH {
        return Err(refuse(guard::too_much(
            "batch",
            operations.len(),
            limits::BATCH,
            "operations",
        )));
    }
    let caller = caller(state, request, credential, id).await?;
    let runs = operations
        .into_iter()
        .map(|operation| run(state, operation, caller.clone(), id));
    let mut responses: Vec<Response> = join_all(runs).await.into_iter().map(|(_, r)| r).collect();
    for response in &mut responses {
        error::finish(response, id);
    }
    Ok(json(StatusCode::OK, &responses))
}

async fn caller(
    state: &State,
    request: &HttpRequest,
    credential: Option<Credential>,
    id: &str,
) -> Result<Option<Ctx>, (StatusCode, ApiError)> {
    let org = auth::wanted_org(request);
    auth::caller(state, credential, org.as_deref(), id)
        .await
        .map_err(|error| {
            // Another's organization is an answer like any other.
            let status = if error.code == ErrorCode::NotFound {
                StatusCode::OK
            } else {
                error.status()
            };
            (status, error)
        })
}

async fn run(
    state: &State,
    operation: Operation,
    caller: Option<Ctx>,
    id: &str,
) -> (StatusCode, Response) {
    match operation.prepare(caller, Transport::Http, id) {
        Ok(request) => (
            StatusCode::OK,
            crate::graphql::execute(&state.schema, request).await,
        ),
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

fn json(status: StatusCode, body: &impl serde::Serialize) -> HttpResponse {
    match serde_json::to_vec(body) {
        Ok(bytes) => HttpResponse::build(status)
            .content_type("application/json")
            .body(bytes),
        Err(error) => {
            let error = ApiError::internal(error);
            HttpResponse::build(error.status()).json(error.into_response())
        }
    }
}
