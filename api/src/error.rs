//! Errors as callers see them: a stable code, a message and the request's id.
//!
//! This is the only module in which errors of the application become errors of the API. The causes
//! of internal errors are logged with the request's id and never sent.

use actix_web::http::StatusCode;
use async_graphql::{ErrorExtensionValues, Pos, Response, ServerError, Value};
use domain::AppError;
use serde_json::json;
use types::ErrorCode;

use crate::limits;

/// An error that callers may see.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// The stable code.
    pub code: ErrorCode,
    /// A message for people, without internal details.
    pub message: String,
    /// Positions in the GraphQL document.
    pub locations: Vec<Pos>,
    /// More details for programs, which are sent beside the code.
    pub details: Option<Box<serde_json::Map<String, serde_json::Value>>>,
    /// The HTTP status, if it is not the usual one of the code.
    pub status: Option<StatusCode>,
}

/// The message that callers get instead of the cause of an internal error.
const INTERNAL: &str = "Something went wrong on our side. Give the request id to the \
    administrator of this server, who can find the cause in the logs";

impl ApiError {
    /// An error with a message that may be sent to callers.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: types::sentence(&message.into()).into_owned(),
            locations: Vec::new(),
            details: None,
            status: None,
        }
    }

    /// Adds positions in the GraphQL document.
    pub fn at(mut self, locations: Vec<Pos>) -> Self {
        self.locations = locations;
        self
    }

    /// Adds a detail for programs.
    pub fn with(mut self, name: &str, value: serde_json::Value) -> Self {
        self.details
            .get_or_insert_default()
            .insert(name.to_owned(), value);
        self
    }

    /// The error of a request without a valid session or API key.
    pub fn unauthenticated() -> Self {
        Self::new(
            ErrorCode::Unauthenticated,
            "Sign in, or send an API key or an access token as a bearer token",
        )
    }

    /// An internal error, which is a bug. `what` is logged, not sent.
    pub fn internal(what: impl std::fmt::Display) -> Self {
        tracing::error!(error = %what, "internal error");
        Self::new(ErrorCode::Internal, INTERNAL)
    }

    /// The HTTP status of a response that consists of this error, outside of GraphQL.
    pub fn status(&self) -> StatusCode {
        self.status.unwrap_or_else(|| status(self.code))
    }

    /// Sets an HTTP status other than the usual one of the code.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// The body of a JSON response outside of GraphQL.
    pub fn body(&self, request_id: &str) -> serde_json::Value {
        let mut body = json!({ "error": {
            "code": self.code.as_str(), "message": self.message, "requestId": request_id,
        }});
        // The way in of an organization that requires single sign-on.
        let providers = self.details.as_ref().and_then(|all| all.get("providers"));
        if let Some(providers) = providers {
            body["error"]["providers"] = providers.clone();
        }
        body
    }

    /// Converts this into an error of a GraphQL response.
    pub fn into_server_error(self) -> ServerError {
        let mut error = ServerError::new(self.message.clone(), None);
        error.extensions = Some(self.extensions());
        error.locations = self.locations;
        error
    }

    fn extensions(&self) -> ErrorExtensionValues {
        let mut extensions = ErrorExtensionValues::default();
        for (name, value) in self.details.iter().flat_map(|details| details.iter()) {
            if let Ok(value) = Value::from_json(value.clone()) {
                extensions.set(name, value);
            }
        }
        extensions.set("code", self.code.as_str());
        extensions
    }

    /// Converts this into a GraphQL response without data.
    pub fn into_response(self) -> Response {
        Response::from_errors(vec![self.into_server_error()])
    }
}

/// The HTTP status of a code.
pub fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden | ErrorCode::StepUpRequired | ErrorCode::SsoRequired => {
            StatusCode::FORBIDDEN
        }
        ErrorCode::Conflict
        | ErrorCode::QuotaExceeded
        | ErrorCode::PipelineDeleted
        | ErrorCode::PipelineEmpty
        | ErrorCode::NotPublished => StatusCode::CONFLICT,
        ErrorCode::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl From<ApiError> for async_graphql::Error {
    fn from(error: ApiError) -> Self {
        let mut out = Self::new(error.message.clone());
        out.extensions = Some(error.extensions());
        out
    }
}

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        let mut out = Self::new(error.code, error.message);
        if let serde_json::Value::Object(details) = error.details {
            out.details = Some(Box::new(details));
        }
        out
    }
}

/// Gives every error of a response a code and the request's id, and limits their number and length.
pub fn finish(response: &mut Response, request_id: &str) {
    let count = response.errors.len();
    if count > limits::ERRORS {
        response.errors.truncate(limits::ERRORS - 1);
        let more = format!(
            "{} more errors are not shown",
            count - response.errors.len()
        );
        response
            .errors
            .push(ApiError::new(ErrorCode::LimitExceeded, more).into_server_error());
    }
    for error in &mut response.errors {
        shorten(&mut error.message);
        if error.message == TOO_COMPLEX {
            error.message = too_expensive(None).message;
        }
        let code = match error.extensions.as_ref().and_then(|e| e.get("code")) {
            Some(Value::String(code)) => code.clone(),
            _ => library_code(&error.message).as_str().to_owned(),
        };
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", code);
        extensions.set("requestId", request_id);
    }
}

/// The GraphQL library's message for an operation that exceeds the complexity limit.
const TOO_COMPLEX: &str = "Query is too complex.";

/// The error of a request that costs more points than allowed. `points`: its cost, if known.
pub fn too_expensive(points: Option<usize>) -> ApiError {
    let costs = points.map_or_else(|| "too many points".to_owned(), |n| format!("{n} points"));
    let limit = limits::COMPLEXITY;
    let error = ApiError::new(
        ErrorCode::LimitExceeded,
        format!(
            "The request costs {costs}; at most {limit} are allowed. Request less at once: a \
             smaller `first`, fewer fields or fewer operations"
        ),
    );
    error.with("limit", json!("complexity"))
}

/// The code of an error that the GraphQL library returned, which is about the document.
fn library_code(message: &str) -> ErrorCode {
    let limit = message == "Query is nested too deep."
        || message.starts_with("The request costs ")
        || message.starts_with("The recursion depth");
    if limit {
        ErrorCode::LimitExceeded
    } else {
        ErrorCode::InvalidInput
    }
}

/// Truncates an error's text to its maximum length.
fn shorten(text: &mut String) {
    if text.len() > limits::ERROR_TEXT {
        let end = text.floor_char_boundary(limits::ERROR_TEXT);
        text.truncate(end);
        text.push('…');
    }
}
