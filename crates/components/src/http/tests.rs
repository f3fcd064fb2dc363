//! Cases U01–U09 and U12 of the attack list, by their ids.

use std::{
    collections::VecDeque,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use engine::component::BoxFuture;
use parking_lot::Mutex;
use reqwest::{
    Method,
    header::{HeaderMap, HeaderValue},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{GuardedClient, HttpError, OutboundConfig, Request, Resolver, is_public};
use crate::testing::{Server, answering};

/// A resolver that returns the answers of a list and repeats the last one; records the names.
#[derive(Default)]
struct Names {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    fn of(answers: &[&[&str]]) -> Arc<Self> {
        let answers = answers
            .iter()
            .map(|a| a.iter().map(|ip| ip.parse().unwrap()).collect())
            .collect();
        Arc::new(Self {
            answers: Mutex::new(answers),
            asked: Mutex::default(),
        })
    }
}

impl Resolver for Names {
    fn resolve(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        self.asked.lock().push(name.to_owned());
        let mut answers = self.answers.lock();
        let answer = match answers.len() {
            0 => Err(io::Error::other("no such name")),
            1 => Ok(answers[0].clone()),
            _ => Ok(answers.pop_front().unwrap()),
        };
        Box::pin(async { answer })
    }
}

fn public_names() -> GuardedClient {
    GuardedClient::builder()
        .resolver(Names::of(&[&["93.184.216.34"]]))
        .build()
        .unwrap()
}

fn is_refused<T>(result: Result<T, HttpError>) -> bool {
    matches!(result, Err(HttpError::Refused(_)))
}

#[track_caller]
fn all_refused(urls: &[&str]) {
    let client = public_names();
    for url in urls {
        assert!(is_refused(client.check(url)), "{url}");
    }
}

/// Replaces the real rule: `127.0.0.2` is private, all other addresses are public. So servers on
/// this machine can be on both sides.
fn test_rule(ip: IpAddr) -> bool {
    ip != IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2))
}

fn client_with(names: Arc<dyn Resolver>) -> GuardedClient {
    let mut builder = GuardedClient::builder().resolver(names);
    builder.public = test_rule;
    builder.build().unwrap()
}

async fn server(ip: &str, port: u16, answers: Vec<String>) -> Server {
    let answers = answers.into_iter().map(String::into_bytes).collect();
    answering(ip, port, answers).await
}

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn to(status: u16, location: &str) -> String {
    format!(
        "HTTP/1.1 {status} X\r\nconnection: close\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
    )
}

fn get(url: impl Into<String>) -> Request {
    Request {
        timeout: Duration::from_secs(5),
        ..Request::new(Method::GET, url)
    }
}

#[test]
fn u01_loopback_in_every_spelling_is_refused() {
    all_refused(&[
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://0x7f000001/",
        "http://127.1/",
        "http://0/",
        "http://0.0.0.0/",
        "http://127.0.0.1./",
        "http://１２７.０.０.１/",
        "http://%31%32%37.0.0.1/",
    ]);
}

#[test]
fn u02_ipv6_addresses_that_are_not_public_are_refused() {
    all_refused(&[
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b:1::1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1%25eth0]/",
        "http://[fc00::1]/",
        "http://[ff02::1]/",
        "http://[2001:db8::1]/",
        "http://[3fff::1]/",
        "http://[febf::1]/",
        "http://[100::1]/",
        "http://[5f00::1]/",
    ]);
    assert!(is_public("2606:4700:4700::1111".parse().unwrap()));
    assert!(is_public("2a00:1450:4001:80b::200e".parse().unwrap()));
}

#[test]
fn u03_special_ranges_are_refused_at_both_ends() {
    for range in [
        ["10.0.0.0", "10.255.255.255"],
        ["172.16.0.0", "172.31.255.255"],
        ["192.168.0.0", "192.168.255.255"],
        ["100.64.0.0", "100.127.255.255"],
        ["169.254.0.0", "169.254.169.254"],
        ["192.0.0.0", "192.0.0.255"],
        ["198.18.0.0", "198.19.255.255"],
        ["192.88.99.0", "192.88.99.255"],
        ["224.0.0.0", "239.255.255.255"],
        ["240.0.0.0", "255.255.255.254"],
        ["255.255.255.255", "255.255.255.255"],
        ["192.0.2.1", "192.0.2.255"],
        ["198.51.100.0", "198.51.100.255"],
        ["203.0.113.0", "203.0.113.255"],
    ] {
        for ip in range {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
            all_refused(&[&format!("http://{ip}/")]);
        }
    }
    for ip in [
        "9.255.255.255",
        "11.0.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "192.169.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "8.8.8.8",
        "1.1.1.1",
        "193.0.0.1",
    ] {
        assert!(is_public(ip.parse().unwrap()), "{ip}");
    }
}

#[tokio::test]
async fn u04_names_of_private_addresses_are_refused() {
    all_refused(&[
        "http://localhost/",
        "http://LOCALHOST./",
        "http://app.localhost/",
        "http://metadata.google.internal/",
        "http://instance-data/",
        "http://db.internal/",
        "http://api.default.svc.cluster.local/",
        "http://printer.local/",
        "http://intranet/",
    ]);
    for answer in [
        &["10.0.0.5"][..],
        &["93.184.216.34", "127.0.0.1"],
        &["::ffff:10.0.0.1"],
        &["169.254.169.254"],
        &[],
    ] {
        let client = GuardedClient::builder()
            .resolver(Names::of(&[answer]))
            .build()
            .unwrap();
        let refused = client.send(get("http://public-name.example.com/")).await;
        assert!(is_refused(refused), "{answer:?}");
    }
}

#[tokio::test]
async fn u05_the_address_that_was_checked_is_the_one_connected_to() {
    let public = server("127.0.0.1", 0, vec![ok("public"), ok("again")]).await;
    let inside = server("127.0.0.2", public.port, vec![ok("secret")]).await;
    // The first lookup returns the public address, every later one the private address.
    let names = Names::of(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let client = client_with(names.clone());
    let url = format!("http://rebind.example.com:{}/", public.port);
    let reply = client.send(get(&url)).await.unwrap();
    assert_eq!(reply.body, "public");
    assert_eq!(
        names.asked.lock().len(),
        1,
        "a second lookup could return another address"
    );
    assert!(is_refused(client.send(get(&url)).await));
    assert!(inside.seen.lock().is_empty());
}

#[tokio::test]
async fn u06_every_hop_of_a_redirect_is_checked() {
    let inside = server("127.0.0.2", 0, vec![ok("secret")]).await;
    let names = Names::of(&[&["127.0.0.1"]]);
    for location in [
        format!("http://127.0.0.2:{}/", inside.port),
        "http://localhost/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.1/".to_owned(),
        "\\\\127.0.0.2\\x".to_owned(),
        "http://user@example.com/".to_owned(),
    ] {
        let from = server("127.0.0.1", 0, vec![to(302, &location)]).await;
        let url = format!("http://start.example.com:{}/", from.port);
        let refused = client_with(names.clone()).send(get(url)).await;
        assert!(is_refused(refused), "{location}");
    }
    assert!(inside.seen.lock().is_empty());
}

#[tokio::test]
async fn u06_five_redirects_are_followed_and_a_loop_ends() {
    let names = Names::of(&[&["127.0.0.1"]]);
    let mut answers = vec![to(302, "/next"); 5];
    answers.push(ok("there"));
    let five = server("127.0.0.1", 0, answers).await;
    let url = format!("http://hops.example.com:{}/", five.port);
    let reply = client_with(names.clone()).send(get(url)).await.unwrap();
    assert_eq!(
        (reply.body.as_ref(), reply.url.path()),
        (&b"there"[..], "/next")
    );

    let endless = server("127.0.0.1", 0, vec![to(307, "/"); 20]).await;
    let url = format!("http://hops.example.com:{}/", endless.port);
    let error = client_with(names).send(get(url)).await.unwrap_err();
    assert_eq!(error, HttpError::TooManyRedirects(5));
    assert_eq!(endless.seen.lock().len(), 6);
}

#[tokio::test]
async fn u06_secrets_are_not_sent_to_another_origin_and_a_307_keeps_its_body() {
    let names = Names::of(&[&["127.0.0.1"]]);
    let other = server("127.0.0.1", 0, vec![ok("done")]).await;
    let location = format!("http://other.example.com:{}/in", other.port);
    let first = server("127.0.0.1", 0, vec![to(307, "/same"), to(307, &location)]).await;
    let mut headers = HeaderMap::new();
    for name in [
        "authorization",
        "cookie",
        "x-api-key",
        "accept",
        "idempotency-key",
    ] {
        headers.insert(name, HeaderValue::from_static("value-of-it"));
    }
    headers.insert("host", HeaderValue::from_static("forged.example.com"));
    let request = Request {
        method: Method::POST,
        headers,
        body: Some("the body".into()),
        ..get(format!("http://first.example.com:{}/", first.port))
    };
    client_with(names).send(request).await.unwrap();
    let seen = first.seen.lock().clone();
    for hop in &seen {
        assert!(
            hop.starts_with("POST ") && hop.ends_with("the body"),
            "{hop}"
        );
        assert!(
            hop.contains("authorization: value-of-it") && hop.contains("x-api-key"),
            "{hop}"
        );
        assert!(!hop.contains("forged"), "{hop}");
    }
    let last = other.seen.lock()[0].clone();
    assert!(
        last.starts_with("POST /in ") && last.ends_with("the body"),
        "{last}"
    );
    for secret in ["authorization", "cookie", "x-api-key"] {
        assert!(!last.contains(secret), "{secret}: {last}");
    }
    assert!(
        last.contains("accept: value-of-it") && last.contains("idempotency-key"),
        "{last}"
    );
}

#[test]
fn u07_urls_that_parsers_read_differently_are_refused() {
    all_refused(&[
        "http://a@127.0.0.1/",
        "http://127.0.0.1#@example.com/",
        "http://a:80@example.com/",
        "http://127。0。0。1/",
        "http:///",
        "http://аpple.com/",
        "http://xn--80ak6aa92e.com/",
    ]);
    // Other names of one script are not look-alikes.
    for url in [
        "https://münchen.example.com/",
        "https://пример.example.com/",
        "https://例え.example.com/",
    ] {
        assert!(public_names().check(url).is_ok(), "{url}");
    }
}

#[test]
fn u08_other_schemes_are_refused() {
    all_refused(&[
        "file:///etc/passwd",
        "ftp://example.com/",
        "gopher://example.com/",
        "data:text/plain,x",
        "dict://example.com:11111/",
        "jar:http://example.com/!/",
        "unix:/var/run/docker.sock",
        "ws://127.0.0.1/",
    ]);
}

#[test]
fn u09_ports_of_other_services_are_refused_unless_allowed() {
    for port in [22, 25, 6379, 5432, 2375, 10250, 8080, 9091] {
        let url = format!("http://api.example.com:{port}/");
        let own = GuardedClient::builder().own_ports([8080, 9091]);
        assert!(is_refused(own.build().unwrap().check(&url)), "{port}");
        let outbound = OutboundConfig {
            allow: vec![format!("api.example.com:{port}")],
            ..OutboundConfig::default()
        };
        let allowed = GuardedClient::builder()
            .own_ports([8080])
            .outbound(outbound)
            .build()
            .unwrap();
        assert!(allowed.check(&url).is_ok(), "{port}");
    }
    for port in [80, 443, 3000, 8080, 8443] {
        assert!(
            public_names()
                .check(&format!("http://api.example.com:{port}/"))
                .is_ok(),
            "{port}"
        );
    }
}

#[tokio::test]
async fn an_exception_opens_exactly_one_host_and_port() {
    let local = server("127.0.0.1", 0, vec![ok("hello")]).await;
    let outbound = OutboundConfig::from_list(&format!("127.0.0.1:{}", local.port));
    let client = GuardedClient::builder().outbound(outbound).build().unwrap();
    let reply = client
        .send(get(format!("http://127.0.0.1:{}/", local.port)))
        .await
        .unwrap();
    assert_eq!(reply.body, "hello");
    let other_port = format!("http://127.0.0.1:{}/", local.port.wrapping_add(1).max(1024));
    assert!(is_refused(client.check(&other_port)));
    let other_name = format!("http://localhost:{}/", local.port);
    assert!(is_refused(client.check(&other_name)));
    for wrong in ["10.0.0.0/8", "127.0.0.1", "host:0", "host:x", ":80"] {
        let outbound = OutboundConfig {
            allow: vec![wrong.to_owned()],
            ..OutboundConfig::default()
        };
        let error = GuardedClient::builder()
            .outbound(outbound)
            .build()
            .unwrap_err();
        assert!(
            error.contains("outbound.allow") && error.contains(wrong),
            "{error}"
        );
    }
}

#[tokio::test]
async fn u12_what_a_lookup_found_does_not_change_the_message() {
    let mut texts = Vec::new();
    for answers in [&[&["10.1.2.3"][..]][..], &[&["127.0.0.1"]], &[&[]], &[]] {
        let client = GuardedClient::builder()
            .resolver(Names::of(answers))
            .build()
            .unwrap();
        let refused = client.send(get("http://x.example.com/")).await.unwrap_err();
        assert!(!refused.retryable());
        texts.push(refused.to_string());
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].starts_with("Address not allowed") && !texts[0].contains("10."));
    assert!(texts[0].contains("`x.example.com`"), "{}", texts[0]);
}

#[tokio::test]
async fn u12_an_open_and_a_closed_private_port_give_the_same_answer() {
    let open = server("127.0.0.1", 0, vec![ok("banner")]).await;
    let mut texts = Vec::new();
    for port in [open.port, 1025] {
        let url = format!("http://127.0.0.1:{port}/");
        let refused = public_names().send(get(url)).await.unwrap_err();
        texts.push(refused.to_string().replace(&port.to_string(), "PORT"));
    }
    assert_eq!(texts[0], texts[1]);
    assert!(open.seen.lock().is_empty());
}

#[test]
fn a_refusal_names_the_address_the_reason_and_the_way_out() {
    for (url, expected) in [
        ("ftp://files.example.com/x", "`ftp:`"),
        ("http://ada:secret@example.com/", "user name"),
        ("http://example.com:6379/", "port 6379 of `example.com`"),
        ("http://192.168.1.9:8080/x", "`192.168.1.9:8080`"),
        ("http://printer.local/", "`printer.local`"),
    ] {
        let text = public_names().check(url).unwrap_err().to_string();
        assert!(text.starts_with("Address not allowed: "), "{text}");
        assert!(text.contains(expected), "{url}: {text}");
        assert!(!text.contains("secret"), "{text}");
        let remedies = ["use http or https", "in a header", "outbound.allow"];
        assert!(
            remedies.iter().any(|remedy| text.contains(remedy)),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_response_that_is_too_long_too_slow_or_a_decompression_bomb_is_stopped() {
    let names = Names::of(&[&["127.0.0.1"]]);
    let long = server("127.0.0.1", 0, vec![ok(&"x".repeat(50_000))]).await;
    let request = Request {
        max_bytes: 10_000,
        ..get(format!("http://long.example.com:{}/", long.port))
    };
    let error = client_with(names.clone()).send(request).await.unwrap_err();
    assert_eq!(error, HttpError::TooLarge(10_000));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = socket.read(&mut request).await;
        let _ = socket
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
            .await;
        loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if socket.write_all(b"x").await.is_err() {
                return;
            }
        }
    });
    let request = Request {
        timeout: Duration::from_millis(300),
        ..get(format!("http://slow.example.com:{port}/"))
    };
    let error = client_with(names.clone()).send(request).await.unwrap_err();
    assert_eq!(error, HttpError::Timeout("0.3".to_owned()));

    // 10 MB of zeros in 10 kB of gzip.
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut bomb, &vec![0; 10_000_000]).unwrap();
    let bomb = bomb.finish().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = socket.read(&mut request).await;
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
            bomb.len()
        );
        let _ = socket.write_all(head.as_bytes()).await;
        let _ = socket.write_all(&bomb).await;
    });
    let request = Request {
        max_bytes: 100_000,
        ..get(format!("http://bomb.example.com:{port}/"))
    };
    let error = client_with(names).send(request).await.unwrap_err();
    assert_eq!(error, HttpError::TooLarge(100_000));
}

#[tokio::test]
async fn a_closed_port_is_unreachable_and_may_be_retried() {
    let free: SocketAddr = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let client = client_with(Names::of(&[&["127.0.0.1"]]));
    let error = client
        .send(get(format!("http://closed.example.com:{}/", free.port())))
        .await;
    let error = error.unwrap_err();
    let address = format!("closed.example.com:{}", free.port());
    assert_eq!(error, HttpError::Unreachable(address));
    assert!(error.retryable());
}
