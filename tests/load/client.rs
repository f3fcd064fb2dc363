//! A small HTTP/1.1 client with a persistent connection, cheap enough not to disturb the
//! measurements. It only talks to our own server on loopback.

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::Error;

/// One kept-alive connection.
pub struct Client {
    stream: TcpStream,
    host: String,
    /// Headers of every request, each ending with CR LF.
    headers: String,
    buffer: Vec<u8>,
}

/// A response.
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header lines.
    pub headers: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Client {
    /// Connects to `host` (`127.0.0.1:8080`).
    pub async fn connect(host: &str, headers: &str) -> Result<Self, Error> {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        let (host, headers) = (host.to_owned(), headers.to_owned());
        Ok(Self {
            stream,
            host,
            headers,
            buffer: Vec::with_capacity(16 * 1024),
        })
    }

    /// Sends JSON and reads the response.
    pub async fn post(&mut self, path: &str, body: &str) -> Result<Answer, Error> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nOrigin: http://{}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{body}",
            self.host,
            self.host,
            body.len(),
            self.headers
        );
        self.stream.write_all(head.as_bytes()).await?;
        self.read().await
    }

    /// Reads a path. `headers` are those of this request, each ending with CR LF.
    pub async fn get(&mut self, path: &str, headers: &str) -> Result<Answer, Error> {
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\n{}{headers}\r\n",
            self.host, self.headers
        );
        self.stream.write_all(head.as_bytes()).await?;
        self.read().await
    }

    async fn read(&mut self) -> Result<Answer, Error> {
        self.buffer.clear();
        let head_end = loop {
            if let Some(at) = self.buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
            self.more().await?;
        };
        let headers = String::from_utf8_lossy(&self.buffer[..head_end]).into_owned();
        let status = headers
            .split(' ')
            .nth(1)
            .and_then(|s| s.parse().ok())
            .unwrap_or(0);
        let length = header(&headers, "content-length").and_then(|v| v.parse::<usize>().ok());
        let length = length.ok_or("an answer without Content-Length")?;
        while self.buffer.len() < head_end + length {
            self.more().await?;
        }
        Ok(Answer {
            status,
            headers,
            body: self.buffer[head_end..head_end + length].to_vec(),
        })
    }

    async fn more(&mut self) -> Result<(), Error> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err("the server closed the connection".into());
        }
        Ok(())
    }

    /// Runs a GraphQL document and returns `data`. An error in the response is returned as an
    /// error.
    pub async fn graphql(&mut self, query: &str, variables: Value) -> Result<Value, Error> {
        let body = serde_json::json!({ "query": query, "variables": variables }).to_string();
        let answer = self.post("/graphql", &body).await?;
        let mut json: Value = serde_json::from_slice(&answer.body)?;
        if json["errors"].is_array() || answer.status != 200 {
            return Err(format!("{} {json}", answer.status).into());
        }
        Ok(json["data"].take())
    }
}

/// The value of a header, by its lower-case name.
pub fn header<'a>(headers: &'a str, name: &str) -> Option<&'a str> {
    headers.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
