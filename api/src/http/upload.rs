//! `POST /uploads`: receives a file as the body of a request, for `startRun(inputUpload)`. The
//! file's name is in `?name=`, its media type in `Content-Type`.

use actix_web::{
    HttpRequest, HttpResponse,
    error::PayloadError,
    http::{Method, StatusCode, header},
    web,
};
use chrono::SecondsFormat;
use domain::uploads::{self, Receiving, Upload, UploadError};
use futures::StreamExt;
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, timeout_at};
use types::ErrorCode;

use crate::{
    auth,
    error::ApiError,
    limits,
    request::{self, RequestId},
    state::State,
};

/// The query string.
#[derive(Debug, Deserialize)]
pub struct Query {
    /// The file's name.
    name: Option<String>,
}

/// The route.
pub fn resource() -> actix_web::Resource {
    web::resource("/uploads")
        .route(web::post().to(post))
        .default_service(web::to(not_allowed))
}

async fn post(
    request: HttpRequest,
    payload: web::Payload,
    query: web::Query<Query>,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    match receive(&request, payload, query.into_inner(), &state, &id).await {
        Ok(upload) => HttpResponse::Created().json(answer(&upload)),
        Err(error) => HttpResponse::build(error.status()).json(error.body(&id)),
    }
}

async fn not_allowed(request: HttpRequest) -> HttpResponse {
    let id = RequestId::get(&request);
    let error = ApiError::new(
        ErrorCode::InvalidInput,
        "Send the file's bytes with POST, and its name as `?name=`",
    );
    HttpResponse::MethodNotAllowed()
        .insert_header((header::ALLOW, Method::POST.as_str()))
        .json(error.body(&id))
}

fn answer(upload: &Upload) -> serde_json::Value {
    json!({
        "id": upload.id,
        "name": upload.name,
        "mediaType": upload.media_type,
        "bytes": upload.size,
        "sha256": upload.sha256,
        "expiresAt": upload.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true),
    })
}

async fn receive(
    request: &HttpRequest,
    payload: web::Payload,
    query: Query,
    state: &State,
    id: &str,
) -> Result<Upload, ApiError> {
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
    let media_type = plain_body(request)?;
    let declared = request.headers().get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|value| value.to_str().ok()?.parse().ok());
    let name = query.name.unwrap_or_else(|| "upload".to_owned());
    let place = state
        .bodies
        .place(&state.trusted_proxies, request, ctx.org)?;
    let upload = uploads::begin(&ctx, &name, &media_type, declared)
        .await
        .map_err(to_api_error)?;
    let done = take(upload, payload).await;
    drop(place);
    done
}

/// The media type of the body. Refuses encoded and multipart bodies.
fn plain_body(request: &HttpRequest) -> Result<String, ApiError> {
    let text = |name| {
        let value = request.headers().get(name)?;
        Some(value.to_str().unwrap_or_default().trim().to_owned())
    };
    let refused = |message: String| {
        ApiError::new(ErrorCode::InvalidInput, message)
            .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
    };
    if let Some(coding) = text(header::CONTENT_ENCODING)
        && !coding.eq_ignore_ascii_case("identity")
    {
        return Err(refused(format!(
            "Content-Encoding: `{coding}` is not supported; send the file's own bytes"
        )));
    }
    let media_type = text(header::CONTENT_TYPE).filter(|text| !text.is_empty());
    let media_type = media_type.unwrap_or_else(|| "application/octet-stream".to_owned());
    if media_type.to_lowercase().starts_with("multipart/") {
        return Err(refused(format!(
            "Content-Type: `{media_type}` is not supported; send the file's bytes as the body and \
             its name as `?name=`"
        )));
    }
    Ok(media_type)
}

/// Receives the body. If it is interrupted, the part that has arrived is deleted.
async fn take(mut upload: Receiving, mut payload: web::Payload) -> Result<Upload, ApiError> {
    let end = Instant::now() + limits::UPLOAD_TIME;
    loop {
        let next = Instant::now() + limits::UPLOAD_PAUSE;
        let error = match timeout_at(next.min(end), payload.next()).await {
            Ok(Some(Ok(chunk))) => match upload.push(&chunk).await {
                Ok(()) => continue,
                Err(error) => to_api_error(error),
            },
            Ok(None) => return upload.finish().await.map_err(to_api_error),
            Ok(Some(Err(PayloadError::Overflow))) => to_api_error(UploadError::TooLarge.into()),
            Ok(Some(Err(_))) => request::broken_off(),
            Err(_) => ApiError::new(
                ErrorCode::Timeout,
                format!(
                    "The upload timed out; it may take {} seconds, with pauses of {} at most",
                    limits::UPLOAD_TIME.as_secs(),
                    limits::UPLOAD_PAUSE.as_secs()
                ),
            )
            .with_status(StatusCode::REQUEST_TIMEOUT),
        };
        upload.abandon().await;
        return Err(error);
    }
}

/// Converts an error. A file that is too large gets the status 413.
fn to_api_error(error: domain::AppError) -> ApiError {
    let error = ApiError::from(error);
    match error.code {
        ErrorCode::LimitExceeded => error.with_status(StatusCode::PAYLOAD_TOO_LARGE),
        _ => error,
    }
}
