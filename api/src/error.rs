//! Errors as callers see them: a stable code, a sentence, the request's id.
//!
//! This is the only place where errors of the application become errors of this door. What is
//! internal is logged with the request's id and never sent.

use actix_web::http::StatusCode;
use async_graphql::{ErrorExtensionValues, Pos, Response, ServerError, Value};
use domain::AppError;
use serde_json::json;
use types::ErrorCode;

/// An error that may leave the house.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// The stable code.
    pub code: ErrorCode,
    /// A sentence for a person; holds nothing internal.
    pub message: String,
    /// Places in the document.
    pub locations: Vec<Pos>,
    /// More for programs: names and values that go beside the code.
    pub details: Option<Box<serde_json::Map<String, serde_json::Value>>>,
}

/// What callers read instead of an internal text.
const INTERNAL: &str = "something went wrong on our side; the request id finds it in the logs";

impl ApiError {
    /// An error with a text that may be sent.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            locations: Vec::new(),
            details: None,
        }
    }

    /// The same error at places of the document.
    pub fn at(mut self, locations: Vec<Pos>) -> Self {
        self.locations = locations;
        self
    }

    /// No valid session or key came with the request.
    pub fn unauthenticated() -> Self {
        Self::new(
            ErrorCode::Unauthenticated,
            "sign in, or send an API key as bearer token",
        )
    }

    /// A defect of ours; `what` is logged, not sent.
    pub fn internal(what: impl std::fmt::Display) -> Self {
        tracing::error!(error = %what, "internal error");
        Self::new(ErrorCode::Internal, INTERNAL)
    }

    /// The HTTP status where the error is not inside a GraphQL answer.
    pub fn status(&self) -> StatusCode {
        status(self.code)
    }

    /// The body of a plain JSON answer.
    pub fn body(&self, request_id: &str) -> serde_json::Value {
        json!({ "error": {
            "code": self.code.as_str(), "message": self.message, "requestId": request_id,
        }})
    }

    /// As an error in a GraphQL answer.
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

    /// As a whole GraphQL answer.
    pub fn into_response(self) -> Response {
        Response::from_errors(vec![self.into_server_error()])
    }
}

/// The HTTP status of a code.
pub fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::Conflict => StatusCode::CONFLICT,
        ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
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

/// Gives every error of an answer a code and the request's id.
pub fn finish(response: &mut Response, request_id: &str) {
    for error in &mut response.errors {
        let code = match error.extensions.as_ref().and_then(|e| e.get("code")) {
            Some(Value::String(code)) => code.clone(),
            _ => library_code(&error.message).as_str().to_owned(),
        };
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", code);
        extensions.set("requestId", request_id);
    }
}

/// The code of an error that the GraphQL library found itself: it is about the document.
fn library_code(message: &str) -> ErrorCode {
    match message {
        "Query is nested too deep." | "Query is too complex." => ErrorCode::LimitExceeded,
        _ => ErrorCode::InvalidInput,
    }
}
