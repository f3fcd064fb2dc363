//! `POST /events`: a program sends events as CloudEvents 1.0 has them, for which triggers fire.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    web,
};
use domain::triggers::events::{self, PATH, Received, cloud};
use serde_json::json;
use types::ErrorCode;

use crate::{
    auth,
    error::ApiError,
    request::{self, RequestId, Route},
    state::State,
};

/// The route.
pub fn resource() -> actix_web::Resource {
    web::resource(PATH)
        .route(web::post().to(post))
        .default_service(web::to(not_allowed))
}

async fn post(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    match receive(&request, payload, &state, &id).await {
        Ok(received) => {
            let all = received.iter();
            let all = all.map(
                |one| json!({ "id": one.id, "repeated": one.repeated, "firings": one.firings }),
            );
            HttpResponse::Accepted().json(json!({ "events": all.collect::<Vec<_>>() }))
        }
        Err(error) => refusal(&error, &id),
    }
}

async fn not_allowed(request: HttpRequest) -> HttpResponse {
    let id = RequestId::get(&request);
    let error = ApiError::new(ErrorCode::InvalidInput, "Send events with POST");
    HttpResponse::MethodNotAllowed()
        .insert_header((header::ALLOW, Method::POST.as_str()))
        .json(error.body(&id))
}

async fn receive(
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
    id: &str,
) -> Result<Vec<Received>, ApiError> {
    let (credential, with_cookie) = auth::credential(request);
    state.origins.check(request, with_cookie)?;
    let org = auth::wanted_org(request);
    let ctx = auth::caller(
        &state.app,
        credential,
        org.as_deref(),
        state.source(request, id),
    )
    .await?
    .ok_or_else(ApiError::unauthenticated)?;
    let coding = request.headers().get(header::CONTENT_ENCODING);
    if coding.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        let message = "Content-Encoding: encoded bodies are not supported; send the body as it is";
        return Err(ApiError::new(ErrorCode::InvalidInput, message)
            .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let (bodies, proxies) = (&state.bodies, &state.trusted_proxies);
    let body = request::read(bodies, proxies, request, payload, Route::Events).await?;
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    let sent = cloud::read(content_type.unwrap_or_default(), &headers, &body).map_err(told)?;
    Ok(events::receive(&ctx, &sent).await?)
}

/// What is wrong with a body is the sender's mistake, whichever rule it breaks.
fn told(error: domain::AppError) -> ApiError {
    ApiError::from(error).with_status(StatusCode::BAD_REQUEST)
}

fn refusal(error: &ApiError, id: &str) -> HttpResponse {
    let mut response = HttpResponse::build(error.status());
    if matches!(
        error.status(),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    ) {
        let details = error.details.as_ref();
        let seconds = details.and_then(|all| all.get("retryAfter")?.as_u64());
        response.insert_header((header::RETRY_AFTER, seconds.unwrap_or(2).to_string()));
    }
    response.json(error.body(id))
}
