//! Answers in the form of the protocol.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
};
use scim::MEDIA_TYPE;
use serde_json::Value as Json;
use types::ErrorCode;

use crate::error::ApiError;

/// What a request is answered with, if it is not refused.
pub struct Reply {
    status: StatusCode,
    body: Option<Json>,
}

impl Reply {
    /// A resource or a list.
    pub fn ok(body: impl Into<Json>) -> Self {
        Self {
            status: StatusCode::OK,
            body: Some(body.into()),
        }
    }

    /// A new resource.
    pub fn created(body: impl Into<Json>) -> Self {
        Self {
            status: StatusCode::CREATED,
            body: Some(body.into()),
        }
    }

    /// Nothing to say.
    pub const fn nothing() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            body: None,
        }
    }

    /// The version of the resource.
    pub fn version(&self) -> Option<&str> {
        self.meta("version")
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    fn meta(&self, name: &str) -> Option<&str> {
        self.body.as_ref()?.get("meta")?.get(name)?.as_str()
    }

    /// The answer, whose body can be less than the whole resource.
    pub fn into_response(self, shown: impl FnOnce(Json) -> Json) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(version) = self.version() {
            response.insert_header((header::ETAG, version));
        }
        if let Some(location) = self
            .meta("location")
            .filter(|_| self.status == StatusCode::CREATED)
        {
            response.insert_header((header::LOCATION, location));
        }
        match self.body {
            None => response.finish(),
            Some(body) => send(response, &shown(body)),
        }
    }
}

/// The answer to a client that already has this version.
pub fn not_modified(version: &str) -> HttpResponse {
    HttpResponse::NotModified()
        .insert_header((header::ETAG, version))
        .finish()
}

/// The status of a refusal. The standard has 400 for what is 422 elsewhere.
pub fn status(error: &ApiError) -> StatusCode {
    match (error.status, error.code) {
        (Some(status), _) => status,
        (None, ErrorCode::Timeout) => StatusCode::SERVICE_UNAVAILABLE,
        (None, _) if error.status() == StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
        (None, _) => error.status(),
    }
}

/// A refusal.
pub fn refusal(error: &ApiError, request_id: &str) -> HttpResponse {
    let status = status(error);
    let details = error.details.as_deref();
    let scim_type = details.and_then(|details| details.get("scimType")?.as_str());
    let scim_type = scim_type.or(match status {
        StatusCode::BAD_REQUEST => Some("invalidValue"),
        _ => None,
    });
    let code = error.code.as_str();
    let mut body = scim::error_body(status.as_u16(), scim_type, code, &error.message);
    if status.is_server_error() {
        body.insert("requestId".to_owned(), request_id.into());
    }
    let mut response = HttpResponse::build(status);
    match status {
        StatusCode::UNAUTHORIZED => {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"SCIM\""));
        }
        StatusCode::TOO_MANY_REQUESTS => {
            response.insert_header((header::RETRY_AFTER, "10"));
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            response.insert_header((header::RETRY_AFTER, "2"));
        }
        _ => {}
    }
    send(response, &Json::Object(body))
}

fn send(mut response: HttpResponseBuilder, body: &Json) -> HttpResponse {
    response.content_type(MEDIA_TYPE).body(body.to_string())
}
