//! The messages and close codes of graphql-transport-ws.

use async_graphql::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::graphql::Operation;

/// The sub-protocol's name.
pub const NAME: &str = "graphql-transport-ws";

/// A message from the client.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromClient {
    /// Opens the connection; may carry an API key.
    ConnectionInit {
        /// `{"apiKey": "…"}` or `{"authorization": "Bearer …"}`.
        #[serde(default)]
        payload: Option<Json>,
    },
    /// Starts an operation.
    Subscribe {
        /// The client's id of the operation.
        id: String,
        /// The operation.
        payload: Operation,
    },
    /// Ends an operation.
    Complete {
        /// The client's id of the operation.
        id: String,
    },
    /// A ping.
    Ping {
        /// Returned in the pong.
        #[serde(default)]
        payload: Option<Json>,
    },
    /// The client's response to a ping.
    Pong {},
}

/// A message from the server.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToClient<'a> {
    /// The connection is accepted.
    ConnectionAck,
    /// One result.
    Next {
        /// The client's id of the operation.
        id: &'a str,
        /// The result.
        payload: &'a Response,
    },
    /// The operation was not started.
    Error {
        /// The client's id of the operation.
        id: &'a str,
        /// The reasons.
        payload: &'a [async_graphql::ServerError],
    },
    /// The operation has ended.
    Complete {
        /// The client's id of the operation.
        id: &'a str,
    },
    /// The response to a ping.
    Pong {
        /// The ping's payload.
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Json>,
    },
}

/// The longest reason of a close frame, in bytes (RFC 6455, 5.5).
const MAX_REASON: usize = 123;

/// Why the server closes a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Close {
    /// The server is stopping; connect again.
    GoingAway,
    /// A message that is not part of the protocol.
    BadMessage(String),
    /// The caller is not signed in, or no longer.
    Unauthorized,
    /// No `connection_init` in time.
    InitTimeout,
    /// A second operation with the id of one that is still running.
    IdInUse(String),
    /// A second `connection_init`.
    SecondInit,
    /// The caller's rights have changed; connect again.
    RightsChanged,
    /// The database does not answer; connect again.
    TryLater,
    /// The client does not read its results.
    SlowReader,
    /// The caller has the maximum number of connections.
    TooManySockets,
}

impl Close {
    /// The code and the reason, which is shortened to what a close frame can hold.
    pub fn parts(&self) -> (u16, String) {
        let (code, mut text) = match self {
            Close::TooManySockets => (
                4429,
                "You have too many connections open; close some of them".to_owned(),
            ),
            Close::GoingAway => (1001, "the server is stopping".to_owned()),
            Close::BadMessage(what) => (4400, format!("invalid message: {what}")),
            Close::Unauthorized => (4401, "Unauthorized".to_owned()),
            Close::InitTimeout => (4408, "Connection initialisation timeout".to_owned()),
            Close::IdInUse(id) => (4409, format!("Subscriber for {id} already exists")),
            Close::SecondInit => (4429, "Too many initialisation requests".to_owned()),
            Close::RightsChanged => (1012, "the rights have changed".to_owned()),
            Close::TryLater => (1013, "not available right now".to_owned()),
            Close::SlowReader => (1013, "results were not read in time".to_owned()),
        };
        if text.len() > MAX_REASON {
            let mut fitting = (0..=MAX_REASON).rev();
            let end = fitting.find(|at| text.is_char_boundary(*at));
            text.truncate(end.unwrap_or(0));
        }
        (code, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_fits_into_a_close_frame_whatever_the_client_sent() {
        for id in ["a", "ü", "€", "😀"] {
            let (code, reason) = Close::IdInUse(id.repeat(200)).parts();
            assert_eq!(code, 4409);
            assert!(reason.starts_with("Subscriber for "), "{reason}");
            assert!((120..=MAX_REASON).contains(&reason.len()), "{reason}");
        }
        assert_eq!(Close::Unauthorized.parts().1, "Unauthorized");
    }
}
