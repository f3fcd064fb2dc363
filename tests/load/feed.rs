//! A subscription to the organization's run feed, with which workloads wait for runs.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

use crate::{Error, server::Server};

/// Yields the ids and statuses of runs that have ended, as the feed reports them.
pub async fn finished(server: &Server) -> Result<mpsc::UnboundedReceiver<(String, String)>, Error> {
    let mut request = format!("ws://{}/graphql/ws", server.host).into_client_request()?;
    request
        .headers_mut()
        .insert("Sec-WebSocket-Protocol", "graphql-transport-ws".parse()?);
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await?;
    let key = server
        .key
        .trim()
        .trim_start_matches("Authorization: ")
        .to_owned();
    let init = json!({ "type": "connection_init", "payload": { "authorization": key } });
    socket.send(Message::text(init.to_string())).await?;
    let ack = socket.next().await.ok_or("the feed closed")??;
    if !ack.to_text()?.contains("connection_ack") {
        return Err(format!("the feed refused: {ack}").into());
    }
    let query = "subscription { runFeed { id status } }";
    let start = json!({ "id": "1", "type": "subscribe", "payload": { "query": query } });
    socket.send(Message::text(start.to_string())).await?;
    let (send, receive) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = socket.next().await {
            let Ok(text) = message.to_text() else {
                continue;
            };
            let Ok(json) = serde_json::from_str::<Value>(text) else {
                continue;
            };
            if json["type"] == "ping" {
                let _ = socket.send(Message::text(r#"{"type":"pong"}"#)).await;
            }
            let run = &json["payload"]["data"]["runFeed"];
            let (Some(id), Some(status)) = (run["id"].as_str(), run["status"].as_str()) else {
                continue;
            };
            if matches!(status, "SUCCEEDED" | "FAILED" | "CANCELLED")
                && send.send((id.to_owned(), status.to_owned())).is_err()
            {
                break;
            }
        }
    });
    // Gives the server time to read the subscription. This pause is not part of any measurement.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    Ok(receive)
}
