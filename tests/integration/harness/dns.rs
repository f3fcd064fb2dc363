//! The DNS server of the cases: dnslib, a real one, which fails on request.
//!
//! `FLOWMASON_TEST_PYTHON` names a Python that has dnslib; `cargo xtask test` prepares one.

use std::{
    net::{SocketAddr, TcpListener, UdpSocket},
    process::Command,
};

use reqwest::Method;

use super::peer::{self, Peer};

/// A running DNS server.
pub struct Dns {
    _server: Peer,
    port: u16,
    http: u16,
    _folder: tempfile::TempDir,
}

impl Dns {
    /// Starts a server without any records. `None` if no Python is named; in CI that is a failure.
    pub fn start() -> Option<Self> {
        let python = peer::program("FLOWMASON_TEST_PYTHON", "DNS server")?;
        let folder = tempfile::tempdir().expect("a folder");
        let script = folder.path().join("server.py");
        std::fs::write(&script, include_str!("dns/server.py")).expect("written");
        let make = || {
            let (mut command, (port, http)) = (Command::new(&python), free_ports());
            command
                .arg(&script)
                .args([port.to_string(), http.to_string()]);
            (command, (port, http))
        };
        let (server, (port, http)) = Peer::start(make, "does this Python have dnslib?");
        Some(Self {
            _server: server,
            port,
            http,
            _folder: folder,
        })
    }

    /// The address to ask.
    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Adds a TXT record.
    pub async fn publish(&self, name: &str, text: &str) {
        self.control(Method::PUT, name, text).await;
    }

    /// Removes the records of a name.
    pub async fn remove(&self, name: &str) {
        self.control(Method::DELETE, name, "").await;
    }

    /// Answers as named from now on: `ok`, `servfail`, `refused`, `truncate` (over UDP), `timeout`.
    pub async fn mode(&self, mode: &str) {
        self.control(Method::POST, "mode", mode).await;
    }

    /// The questions so far: the protocol and the name.
    pub async fn asked(&self) -> Vec<String> {
        let text = self.control(Method::GET, "", "").await;
        text.lines().map(str::to_owned).collect()
    }

    async fn control(&self, method: Method, path: &str, body: &str) -> String {
        let address = format!("http://127.0.0.1:{}/{path}", self.http);
        let client = reqwest::Client::builder().no_proxy().build();
        let request = client.expect("a client").request(method, address);
        let answer = request.body(body.to_owned()).send().await;
        answer.expect("an answer").text().await.expect("a text")
    }
}

/// A port that is free for UDP and TCP, and another one.
fn free_ports() -> (u16, u16) {
    loop {
        let tcp = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = tcp.local_addr().expect("an address").port();
        if UdpSocket::bind(("127.0.0.1", port)).is_ok() {
            let other = TcpListener::bind("127.0.0.1:0").expect("a free port");
            return (port, other.local_addr().expect("an address").port());
        }
    }
}
