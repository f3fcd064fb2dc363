//! The effect sink: a small HTTP server that records every call with its idempotency key and
//! responds after a delay.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Mutex, watch},
};

use crate::checker::SinkCall;

/// A running sink; it ends with the runtime.
#[derive(Clone)]
pub struct Sink {
    /// `127.0.0.1:PORT`
    pub address: String,
    calls: Arc<Mutex<Vec<SinkCall>>>,
    held: watch::Sender<bool>,
}

impl Sink {
    /// Listens on a free port. Each response is delayed by `pause`.
    pub async fn start(pause: Duration) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let sink = Self {
            address,
            calls: Arc::default(),
            held: watch::Sender::new(false),
        };
        let (calls, held) = (sink.calls.clone(), sink.held.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (calls, held) = (calls.clone(), held.subscribe());
                // Errors are ignored: callers that die in the middle of a call are part of the
                // test.
                tokio::spawn(async move { serve(stream, calls, held, pause).await.ok() });
            }
        });
        Ok(sink)
    }

    /// Records calls without responding, until [`Sink::let_go`].
    pub fn hold(&self) {
        self.held.send_replace(true);
    }

    /// Responds to held calls and to all later ones.
    pub fn let_go(&self) {
        self.held.send_replace(false);
    }

    /// All calls so far.
    pub async fn calls(&self) -> Vec<SinkCall> {
        self.calls.lock().await.clone()
    }
}

/// Serves one connection until it closes.
async fn serve(
    mut stream: TcpStream,
    calls: Arc<Mutex<Vec<SinkCall>>>,
    mut held: watch::Receiver<bool>,
    pause: Duration,
) -> std::io::Result<()> {
    let mut buffer = Vec::new();
    loop {
        let Some((head, body)) = request(&mut stream, &mut buffer).await? else {
            return Ok(());
        };
        let key = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("idempotency-key"))
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default();
        let json: Value = serde_json::from_slice(&body).unwrap_or_default();
        let text = |key: &str| json[key].as_str().unwrap_or("?").to_owned();
        let effect = format!("{}/{}", text("run"), text("stage"));
        let mut calls = calls.lock().await;
        let first = calls.iter().all(|call| call.key != key);
        calls.push(SinkCall { key, effect });
        drop(calls);
        // Calls of `/flaky` fail once per key.
        let fails = first && head.starts_with("POST /flaky");
        tokio::time::sleep(pause).await;
        // If this fails, the sink is gone and the test is over.
        let _ = held.wait_for(|held| !held).await;
        let answer = "{\"ok\":true}";
        let head = format!(
            "HTTP/1.1 {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            if fails {
                "503 Service Unavailable"
            } else {
                "200 OK"
            },
            answer.len()
        );
        stream
            .write_all(format!("{head}{answer}").as_bytes())
            .await?;
    }
}

/// The next request's head and body; `None` at the end of the connection.
pub(super) async fn request(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
) -> std::io::Result<Option<(String, Vec<u8>)>> {
    loop {
        if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .and_then(|(_, value)| value.trim().parse().ok())
                .unwrap_or(0usize);
            if buffer.len() >= end + 4 + length {
                let body = buffer[end + 4..end + 4 + length].to_vec();
                buffer.drain(..end + 4 + length);
                return Ok(Some((head, body)));
            }
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}
