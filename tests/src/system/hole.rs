//! A server that accepts requests and never responds, or stops in the middle of a response. It
//! records when the caller closes the connection.

use std::time::Instant;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

use super::sink::request;

/// The head of a streamed response and its first three tokens.
const TOKENS: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n\
    data: {\"model\":\"slow\",\"choices\":[{\"delta\":{\"content\":\"Once\"}}]}\n\n\
    data: {\"model\":\"slow\",\"choices\":[{\"delta\":{\"content\":\" upon\"}}]}\n\n\
    data: {\"model\":\"slow\",\"choices\":[{\"delta\":{\"content\":\" a\"}}]}\n\n";

/// An event that the server observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A whole request arrived, and the partial response, if any, was sent.
    Request,
    /// The caller closed its connection.
    Closed(Instant),
}

/// A running server; it ends with the runtime.
pub struct SilentServer {
    /// `127.0.0.1:PORT`
    pub address: String,
    /// The observed events, in order.
    pub seen: mpsc::UnboundedReceiver<Seen>,
}

impl SilentServer {
    /// Listens on a free port. Requests whose path contains `chat/completions` get three tokens.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let (tell, seen) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let tell = tell.clone();
                tokio::spawn(async move {
                    // A reset also counts as closing.
                    let _ = swallow(stream, &tell).await;
                    let _ = tell.send(Seen::Closed(Instant::now()));
                });
            }
        });
        Ok(Self { address, seen })
    }
}

async fn swallow(mut stream: TcpStream, tell: &mpsc::UnboundedSender<Seen>) -> std::io::Result<()> {
    let mut buffer = Vec::new();
    if let Some((head, _)) = request(&mut stream, &mut buffer).await? {
        if head.contains("chat/completions") {
            stream.write_all(TOKENS.as_bytes()).await?;
        }
        let _ = tell.send(Seen::Request);
    }
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}
