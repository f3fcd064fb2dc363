//! `POST /hooks/{token}`: a delivery to a webhook starts a run.
//!
//! The token in the path and the signature of the body are all that counts: no cookie, no key, no header that
//! names an organization, and no other site's page can read an answer. Whatever is not a current token is
//! answered alike.

use actix_web::{
    HttpRequest, HttpResponse, Scope,
    http::{
        Method, StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    web,
};
use domain::triggers::{
    FiringState,
    webhooks::{self, Headers, Hook, PATH, Reply},
};
use engine::trigger::BodyKind;
use serde_json::json;
use types::ErrorCode;

use crate::{
    error::ApiError,
    request::{self, RequestId, Route},
    state::State,
};

/// All paths below `/hooks`, so that no other route answers a wrong one.
pub fn scope() -> Scope {
    web::scope(PATH.trim_end_matches('/')).default_service(web::to(receive))
}

async fn receive(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let mut answer = match deliver(&request, payload, &state).await {
        Ok(answer) => answer,
        Err(error) => refusal(&error, &id),
    };
    // What a run gives back is never a page of this server.
    answer.headers_mut().insert(
        HeaderName::from_static("content-security-policy"),
        HeaderValue::from_static("sandbox; default-src 'none'"),
    );
    answer
}

async fn deliver(
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
) -> Result<HttpResponse, ApiError> {
    if request.method() != Method::POST {
        return Err(
            ApiError::new(ErrorCode::InvalidInput, "Send deliveries with POST")
                .with_status(StatusCode::METHOD_NOT_ALLOWED),
        );
    }
    let token = request.path().strip_prefix(PATH).unwrap_or_default();
    let address = state.trusted_proxies.client(request);
    let hook = webhooks::open(&state.app, token, address).await?;
    tracing::Span::current().record("org", tracing::field::display(hook.org()));
    let kind = kind_of(request, &hook)?;
    let (bodies, proxies) = (&state.bodies, &state.trusted_proxies);
    let route = Route::Webhook(hook.max_bytes());
    let body = request::read(bodies, proxies, request, payload, route).await?;
    let sent = webhooks::Request {
        headers: headers_of(request),
        query: request.query_string().to_owned(),
        address,
    };
    hook.prove(&sent.headers, &body).await?;
    if let Some(challenge) = hook.challenge(&body, kind) {
        return Ok(HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body(challenge));
    }
    let reply = hook.deliver(&sent, &body, kind).await.map_err(told)?;
    Ok(answer(&reply))
}

/// The kind of the body. Refuses what the trigger does not accept, and encoded bodies.
fn kind_of(request: &HttpRequest, hook: &Hook) -> Result<BodyKind, ApiError> {
    let text = |name: HeaderName| {
        let value = request.headers().get(name)?;
        value.to_str().ok()
    };
    let refused = |message: String| {
        ApiError::new(ErrorCode::InvalidInput, message)
            .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
    };
    if let Some(coding) = request.headers().get(header::CONTENT_ENCODING)
        && !coding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        let message = "Content-Encoding: encoded bodies are not supported; send the body as it is";
        return Err(refused(message.to_owned()));
    }
    hook.accepts(text(header::CONTENT_TYPE)).ok_or_else(|| {
        refused("Content-Type: this webhook does not accept bodies of this type".to_owned())
    })
}

fn headers_of(request: &HttpRequest) -> Headers {
    let all = request.headers().iter();
    Headers::new(all.map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    }))
}

/// What is wrong with a body is the sender's mistake, whichever rule it breaks.
fn told(error: domain::AppError) -> ApiError {
    let error = ApiError::from(error);
    match error.code {
        ErrorCode::InvalidInput
        | ErrorCode::InvalidJson
        | ErrorCode::DuplicateKey
        | ErrorCode::NestingTooDeep
        | ErrorCode::ValueOutOfRange => error.with_status(StatusCode::BAD_REQUEST),
        _ => error,
    }
}

fn answer(reply: &Reply) -> HttpResponse {
    let status = match (reply.state, &reply.result) {
        (FiringState::Fired, Some(_)) | (FiringState::Skipped | FiringState::Missed, _) => {
            StatusCode::OK
        }
        (FiringState::Fired | FiringState::Pending, _) => StatusCode::ACCEPTED,
        (FiringState::Refused, _) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let mut body = json!({
        "delivery": reply.delivery,
        "state": reply.state.as_str(),
        "run": reply.run,
    });
    if let Some((code, message)) = &reply.reason {
        body["code"] = json!(code);
        body["reason"] = json!(message);
    }
    if let Some(result) = &reply.result {
        body["status"] = json!(result.status.as_str());
        body["output"] = json!(result.output.as_ref().map(engine::Value::to_serde));
        if let Some((code, message)) = &result.error {
            body["error"] = json!({ "code": code, "message": message });
        }
    }
    HttpResponse::build(status).json(body)
}

fn refusal(error: &ApiError, id: &str) -> HttpResponse {
    let mut response = HttpResponse::build(error.status());
    match error.status() {
        StatusCode::METHOD_NOT_ALLOWED => {
            response.insert_header((header::ALLOW, Method::POST.as_str()));
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            let details = error.details.as_ref();
            let seconds = details.and_then(|all| all.get("retryAfter")?.as_u64());
            response.insert_header((header::RETRY_AFTER, seconds.unwrap_or(2).to_string()));
        }
        _ => {}
    }
    response.json(error.body(id))
}
