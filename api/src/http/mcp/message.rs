//! The messages of JSON-RPC 2.0, as far as the protocol uses them.

use domain::AppError;
use serde_json::{Map, Value as Json, json};
use types::ErrorCode;

use crate::error::ApiError;

/// The body is not JSON.
pub const PARSE_ERROR: i32 = -32_700;
/// The body is no message.
pub const INVALID_REQUEST: i32 = -32_600;
/// There is no such method.
pub const METHOD_NOT_FOUND: i32 = -32_601;
/// The parameters are wrong.
pub const INVALID_PARAMS: i32 = -32_602;
/// A bug.
const INTERNAL_ERROR: i32 = -32_603;
/// Everything else: the stable code says what.
const SERVER_ERROR: i32 = -32_000;

/// A message of a client.
#[derive(Debug, PartialEq)]
pub enum Message {
    /// A request, which is answered.
    Request {
        /// Its id: a text or an integer.
        id: Json,
        /// The method.
        method: String,
        /// The parameters, by name.
        params: Map<String, Json>,
    },
    /// A notification, or an answer to a request that this server has not made.
    Other,
}

fn invalid(message: &str) -> ApiError {
    ApiError::new(ErrorCode::InvalidInput, message)
}

impl Message {
    /// Reads a message.
    pub fn read(body: Json) -> Result<Self, ApiError> {
        let mut fields = match body {
            Json::Object(fields) => fields,
            Json::Array(_) => {
                return Err(invalid("Send one message at a time; there are no batches"));
            }
            _ => return Err(invalid("The body is no JSON-RPC message")),
        };
        if fields.get("jsonrpc").and_then(Json::as_str) != Some("2.0") {
            return Err(invalid("jsonrpc: must be \"2.0\""));
        }
        let params = match fields.remove("params") {
            None => Map::new(),
            Some(Json::Object(params)) => params,
            Some(_) => return Err(invalid("params: must be an object")),
        };
        match (fields.remove("method"), fields.remove("id")) {
            (Some(Json::String(_)), None) => Ok(Self::Other),
            (Some(Json::String(method)), Some(id))
                if id.is_string() || id.is_i64() || id.is_u64() =>
            {
                Ok(Self::Request { id, method, params })
            }
            (Some(Json::String(_)), Some(_)) => Err(invalid("id: must be a text or an integer")),
            (Some(_), _) => Err(invalid("method: must be a text")),
            (None, _) if fields.contains_key("result") || fields.contains_key("error") => {
                Ok(Self::Other)
            }
            (None, _) => Err(invalid("method: is missing")),
        }
    }
}

/// Why a request is refused.
#[derive(Debug)]
pub struct Failure {
    number: i32,
    /// The error, with its stable code.
    pub error: ApiError,
}

impl Failure {
    /// A failure with a number of JSON-RPC.
    pub fn new(number: i32, error: ApiError) -> Self {
        Self { number, error }
    }

    /// The answer to the request with this id. The stable code is in `data`.
    pub fn body(&self, id: Option<&Json>, request_id: &str) -> Json {
        let details = self.error.details.as_deref().cloned();
        let mut data = details.unwrap_or_default();
        data.insert("code".to_owned(), self.error.code.as_str().into());
        data.insert("requestId".to_owned(), request_id.into());
        let error = json!({
            "code": self.number, "message": self.error.message, "data": data,
        });
        match id {
            Some(id) => json!({ "jsonrpc": "2.0", "id": id, "error": error }),
            None => json!({ "jsonrpc": "2.0", "error": error }),
        }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        let number = match error.code {
            ErrorCode::InvalidInput => INVALID_PARAMS,
            ErrorCode::Internal => INTERNAL_ERROR,
            _ => SERVER_ERROR,
        };
        Self { number, error }
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        ApiError::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_an_id_and_everything_else_has_no_answer() {
        let read = |body: Json| Message::read(body).ok();
        let request = read(json!({ "jsonrpc": "2.0", "id": 0, "method": "ping" }));
        let expected = Message::Request {
            id: json!(0),
            method: "ping".to_owned(),
            params: Map::new(),
        };
        assert_eq!(request, Some(expected));
        for other in [
            json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
            json!({ "jsonrpc": "2.0", "id": 1, "result": {} }),
            json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": 1, "message": "" } }),
        ] {
            assert_eq!(read(other), Some(Message::Other));
        }
        for wrong in [
            json!([{ "jsonrpc": "2.0", "id": 0, "method": "ping" }]),
            json!({ "id": 0, "method": "ping" }),
            json!({ "jsonrpc": "2.0", "id": null, "method": "ping" }),
            json!({ "jsonrpc": "2.0", "id": 1.5, "method": "ping" }),
            json!({ "jsonrpc": "2.0", "id": 0, "method": "ping", "params": [] }),
            json!({ "jsonrpc": "2.0", "id": 0 }),
            json!("ping"),
        ] {
            assert_eq!(read(wrong.clone()), None, "{wrong}");
        }
    }

    #[test]
    fn the_stable_code_is_beside_the_number() {
        let error =
            ApiError::new(ErrorCode::Forbidden, "No").with("permission", "run.start".into());
        let body = Failure::from(error).body(Some(&json!("a")), "request-1");
        assert_eq!(body["error"]["code"], SERVER_ERROR);
        assert_eq!(body["error"]["data"]["code"], "FORBIDDEN");
        assert_eq!(body["error"]["data"]["permission"], "run.start");
        assert_eq!(body["error"]["data"]["requestId"], "request-1");
    }
}
