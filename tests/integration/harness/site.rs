//! Servers that runs call: an HTTP server with answers of its own, and a name server.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UdpSocket},
};

/// An HTTP server that records its requests; it ends with the runtime.
pub struct Site {
    /// `IP:PORT`
    pub address: String,
    seen: Arc<Mutex<Vec<String>>>,
}

/// The response to a path: the status, and the target if it is a redirect.
pub type Reply = (u16, Option<String>);

impl Site {
    /// Listens on a free port of an address.
    pub async fn start(ip: &str, reply: impl Fn(&str) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind((ip, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let keep = seen.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = whole_request(&mut stream).await;
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                keep.lock().expect("the list").push(request);
                let (status, target) = reply(&path);
                let location = target.map_or_else(String::new, |to| format!("location: {to}\r\n"));
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: 0\r\n{location}\r\n"
                );
                // A caller that is gone is part of the test.
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { address, seen }
    }

    /// The requests so far, complete and in order.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("the list").clone()
    }
}

async fn whole_request(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = head
                .lines()
                .filter_map(|line| line.split_once(": "))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .and_then(|(_, length)| length.parse().ok());
            body.len() >= length.unwrap_or(0)
        });
        if read == 0 || whole {
            return text;
        }
    }
}

/// A name server that gives every name one address first and another one from the second question
/// on, with a lifetime of 0 seconds.
pub struct Names {
    /// `127.0.0.1:PORT`
    pub address: String,
    asked: Arc<Mutex<Vec<u16>>>,
}

/// The types of questions.
const A: u16 = 1;
const AAAA: u16 = 28;

impl Names {
    /// Listens on a free port.
    pub async fn start(first: IpAddr, then: IpAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let address = socket.local_addr().expect("an address").to_string();
        let asked = Arc::<Mutex<Vec<u16>>>::default();
        let keep = asked.clone();
        tokio::spawn(async move {
            let mut buffer = [0; 1024];
            while let Ok((read, from)) = socket.recv_from(&mut buffer).await {
                let Some((kind, end)) = question(&buffer[..read]) else {
                    continue;
                };
                let before = {
                    let mut asked = keep.lock().expect("the list");
                    asked.push(kind);
                    asked.iter().filter(|other| **other == kind).count() - 1
                };
                let ip = if before == 0 { first } else { then };
                let _ = socket
                    .send_to(&answer(&buffer[..end], kind, ip), from)
                    .await;
            }
        });
        Self { address, asked }
    }

    /// How often IPv4 addresses were asked for.
    pub fn lookups(&self) -> usize {
        let asked = self.asked.lock().expect("the list");
        asked.iter().filter(|kind| **kind == A).count()
    }
}

/// The type of a message's question, and where the question ends.
fn question(message: &[u8]) -> Option<(u16, usize)> {
    let mut at = 12;
    while *message.get(at)? != 0 {
        at += usize::from(message[at]) + 1;
    }
    let kind = u16::from_be_bytes([*message.get(at + 1)?, *message.get(at + 2)?]);
    Some((kind, at + 5))
}

/// A response with one address, or with none if the question is for the other kind of address.
fn answer(asked: &[u8], kind: u16, ip: IpAddr) -> Vec<u8> {
    let octets = match (kind, ip) {
        (A, IpAddr::V4(v4)) => v4.octets().to_vec(),
        (AAAA, IpAddr::V6(v6)) => v6.octets().to_vec(),
        _ => Vec::new(),
    };
    let mut message = asked.to_vec();
    let count = u8::from(!octets.is_empty());
    // An authoritative response to one question, without an error.
    message[2..12].copy_from_slice(&[0x85, 0x80, 0, 1, 0, count, 0, 0, 0, 0]);
    if count == 1 {
        let length = u16::try_from(octets.len()).expect("a short address");
        message.extend([0xc0, 12]);
        message.extend(kind.to_be_bytes());
        message.extend([0, 1, 0, 0, 0, 0]);
        message.extend(length.to_be_bytes());
        message.extend(octets);
    }
    message
}

/// An address that counts as public and belongs to no network: its block has never been assigned.
pub const NOWHERE: IpAddr = IpAddr::V6(Ipv6Addr::new(0x3000, 0, 0, 0, 0, 0, 0, 1));
