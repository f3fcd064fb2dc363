//! A run's events as a dashboard sees them: `runEvents` over graphql-transport-ws.

use std::time::{Duration, Instant};

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use super::process::{Caller, Error};

/// A subscription to one run.
pub struct Events(WebSocketStream<MaybeTlsStream<TcpStream>>);

const EVENTS: &str =
    "subscription($id: ID!) { runEvents(runId: $id) { ... on RunEvent { seq type } } }";

impl Events {
    /// Subscribes, starting with the first event.
    pub async fn of(caller: &Caller, host: &str, run: &str) -> Result<Self, Error> {
        let mut request = format!("ws://{host}/graphql/ws").into_client_request()?;
        let protocol = "graphql-transport-ws".parse()?;
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        let mut this = Self(connect_async(request).await?.0);
        let init = json!({ "type": "connection_init", "payload": { "apiKey": caller.key() } });
        this.send(&init).await?;
        this.message().await?;
        let payload = json!({ "query": EVENTS, "variables": { "id": run } });
        this.send(&json!({ "type": "subscribe", "id": "1", "payload": payload }))
            .await?;
        Ok(this)
    }

    /// Waits at most `patience` for an event of this type. Returns the time at which it arrived.
    pub async fn until(&mut self, kind: &str, patience: Duration) -> Result<Instant, Error> {
        let wanted = async {
            loop {
                let message = self.message().await?;
                if message["type"] != "next" {
                    return Err(format!("no {kind}: {message}").into());
                }
                if message["payload"]["data"]["runEvents"]["type"] == kind {
                    return Ok(Instant::now());
                }
            }
        };
        tokio::time::timeout(patience, wanted)
            .await
            .map_err(|_| format!("no {kind} within {patience:?}"))?
    }

    async fn send(&mut self, message: &Value) -> Result<(), Error> {
        Ok(self.0.send(Message::text(message.to_string())).await?)
    }

    async fn message(&mut self) -> Result<Value, Error> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text)?),
                Some(Ok(Message::Close(frame))) => return Err(format!("closed: {frame:?}").into()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Err("the stream ended".into()),
            }
        }
    }
}
