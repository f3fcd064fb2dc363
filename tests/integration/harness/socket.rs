//! A client of graphql-transport-ws.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value as Json, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use super::{Caller, callers::Secret};

/// A connection.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// The code and reason with which a connection was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed(pub u16, pub String);

const PATIENCE: Duration = Duration::from_secs(20);

impl Socket {
    /// Connects without sending a message. `Err` is the HTTP status of a refused upgrade.
    pub async fn connect(caller: &Caller, origin: Option<&str>) -> Result<Self, u16> {
        let url = format!("{}/graphql/ws", caller.base.replacen("http", "ws", 1));
        let mut request = url.into_client_request().expect("a request");
        let headers = request.headers_mut();
        headers.insert(
            "sec-websocket-protocol",
            "graphql-transport-ws".parse().unwrap(),
        );
        if let Secret::Session(token) = &caller.secret {
            headers.insert(
                "cookie",
                format!("__Host-flowmason={token}").parse().unwrap(),
            );
        }
        if let Some(origin) = origin {
            headers.insert("origin", origin.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => {
                Err(answer.status().as_u16())
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Connects and authenticates as this caller.
    pub async fn open(caller: &Caller) -> Self {
        let origin = matches!(caller.secret, Secret::Session(_)).then_some(caller.base.as_str());
        let mut socket = Self::connect(caller, origin).await.expect("an upgrade");
        let mut payload = json!({});
        if let Secret::Key(key) = &caller.secret {
            payload["apiKey"] = json!(key);
        }
        if let Some(org) = &caller.org {
            payload["org"] = json!(org);
        }
        socket
            .send(json!({ "type": "connection_init", "payload": payload }))
            .await;
        let ack = socket.next().await.expect("an answer");
        assert_eq!(ack["type"], "connection_ack", "{ack}");
        socket
    }

    pub async fn send(&mut self, message: Json) {
        self.0
            .send(Message::text(message.to_string()))
            .await
            .expect("sent");
    }

    /// Sends a text unchanged; `false` if the connection has ended.
    pub async fn send_text(&mut self, text: String) -> bool {
        self.0.send(Message::text(text)).await.is_ok()
    }

    /// Starts an operation.
    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Json) {
        let payload = json!({ "query": query, "variables": variables });
        self.send(json!({ "type": "subscribe", "id": id, "payload": payload }))
            .await;
    }

    /// The next message, or how the connection ended.
    pub async fn next(&mut self) -> Result<Json, Closed> {
        self.next_within(PATIENCE)
            .await
            .expect("a message within 20 s")
    }

    /// Like `next`; `None` if nothing arrived in time.
    pub async fn next_within(&mut self, time: Duration) -> Option<Result<Json, Closed>> {
        let deadline = tokio::time::Instant::now() + time;
        loop {
            let message = tokio::time::timeout_at(deadline, self.0.next())
                .await
                .ok()?;
            match message {
                Some(Ok(Message::Text(text))) => {
                    return Some(Ok(serde_json::from_str(&text).expect("JSON")));
                }
                Some(Ok(Message::Close(frame))) => {
                    let closed = frame.map_or(Closed(1005, String::new()), |frame| {
                        Closed(frame.code.into(), frame.reason.to_string())
                    });
                    return Some(Err(closed));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Some(Err(Closed(1006, String::new()))),
            }
        }
    }

    /// Waits until the connection ends.
    pub async fn closed(&mut self) -> Closed {
        loop {
            if let Err(closed) = self.next().await {
                return closed;
            }
        }
    }
}
