//! The resolver against a name server on this machine, which knows some names and does not answer
//! for others.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use engine::limits::{self, Shares};
use parking_lot::Mutex;
use tokio::net::UdpSocket;

use super::{LookupError, Settings, SystemResolver};
use crate::http::{GuardedClient, HttpError, Request, Resolver, UrlRefusal};

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The answer of a name server for a name.
#[derive(Clone, Copy)]
enum Says {
    Address(Ipv4Addr),
    /// An IPv4 address, and no answer to queries for IPv6.
    OnlyFour(Ipv4Addr),
    NoSuchName,
    Nothing,
}

/// Starts a name server on loopback that records the names in its queries.
async fn name_server(says: fn(&str) -> Says) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = socket.local_addr().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let keep = asked.clone();
    tokio::spawn(async move {
        let mut buffer = [0; 1500];
        loop {
            let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
            let question = &buffer[..length];
            let (name, kind, end) = read_question(question);
            keep.lock().push(name.clone());
            let (code, answer) = match (says(&name), kind) {
                (Says::Nothing, _) | (Says::OnlyFour(_), 28) => continue,
                (Says::NoSuchName, _) => (3, None),
                (Says::Address(ip) | Says::OnlyFour(ip), 1) => (0, Some(ip)),
                (Says::Address(_) | Says::OnlyFour(_), _) => (0, None),
            };
            let mut reply = question[..2].to_vec();
            reply.extend([
                0x81,
                0x80 | code,
                0,
                1,
                0,
                u8::from(answer.is_some()),
                0,
                0,
                0,
                0,
            ]);
            reply.extend(&question[12..end]);
            if let Some(ip) = answer {
                reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
                reply.extend(ip.octets());
            }
            socket.send_to(&reply, from).await.unwrap();
        }
    });
    (at, asked)
}

/// The name and the type of a query, and the offset of its end.
fn read_question(message: &[u8]) -> (String, u16, usize) {
    let mut at = 12;
    let mut labels = Vec::new();
    while message[at] != 0 {
        let end = at + 1 + usize::from(message[at]);
        labels.push(String::from_utf8_lossy(&message[at + 1..end]).to_lowercase());
        at = end;
    }
    let kind = u16::from_be_bytes([message[at + 1], message[at + 2]]);
    (labels.join("."), kind, at + 5)
}

fn settings(servers: Vec<SocketAddr>) -> Settings {
    Settings {
        // Missing files, so that this machine's settings do not matter.
        resolv: "/nonexistent/resolv.conf".into(),
        hosts: "/nonexistent/hosts".into(),
        servers,
        ..Settings::default()
    }
}

fn usual(name: &str) -> Says {
    match name {
        "known.example.com" => Says::Address(Ipv4Addr::LOCALHOST),
        "four.example.com" => Says::OnlyFour(Ipv4Addr::LOCALHOST),
        "gone.example.com" => Says::NoSuchName,
        _ => Says::Nothing,
    }
}

fn error_of(result: std::io::Result<Vec<IpAddr>>) -> LookupError {
    let error = result.unwrap_err();
    *error.get_ref().unwrap().downcast_ref().unwrap()
}

/// Looks up a name on behalf of an organization.
async fn asked_by(
    org: u128,
    resolver: &SystemResolver,
    name: &str,
) -> std::io::Result<Vec<IpAddr>> {
    let share = Shares::of_this_process().run(org);
    let patience = Duration::from_secs(1);
    limits::attempt(org, &share.memory, patience, async {
        resolver.resolve(name).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_without_an_answer_do_not_stop_the_lookups_of_other_organizations() {
    let (server, asked) = name_server(usual).await;
    let resolver = SystemResolver::with(Settings {
        at_once: 16,
        deadline: Duration::from_secs(2),
        ..settings(vec![server])
    });
    // More lookups than there are permits in total.
    let silent: Vec<_> = (0..40)
        .map(|n| {
            let resolver = resolver.clone();
            let name = format!("silent-{n}.example.com");
            tokio::spawn(async move { error_of(asked_by(1, &resolver, &name).await) })
        })
        .collect();
    while asked.lock().len() < 8 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    // The organization has half of the permits; its other lookups wait.
    assert_eq!(resolver.0.gate.taken(), 8);
    let mut names = asked.lock().clone();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 8, "{names:?}");
    for org in [2, 3] {
        let start = Instant::now();
        let found = asked_by(org, &resolver, "known.example.com").await.unwrap();
        assert_eq!(found, [LOCAL]);
        let took = start.elapsed();
        assert!(took < Duration::from_millis(100), "{took:?}");
    }
    let mut ends = Vec::new();
    for one in silent {
        ends.push(one.await.unwrap());
    }
    let count = |wanted: fn(&LookupError) -> bool| ends.iter().filter(|e| wanted(e)).count();
    let silent = count(|e| matches!(e, LookupError::Silent(_) | LookupError::Failed));
    let busy = count(|e| *e == LookupError::Busy);
    assert_eq!(
        (silent + busy, resolver.0.gate.taken()),
        (40, 0),
        "{ends:?}"
    );
    assert!(silent >= 8 && busy >= 8, "{silent} silent, {busy} busy");
}

#[tokio::test]
async fn a_dropped_lookup_returns_its_permit() {
    let (server, _) = name_server(usual).await;
    let resolver = SystemResolver::with(settings(vec![server]));
    let look = resolver.resolve("silent.example.com");
    let short = tokio::time::timeout(Duration::from_millis(50), look).await;
    assert!(short.is_err());
    assert_eq!(resolver.0.gate.taken(), 0);
}

#[tokio::test]
async fn each_kind_of_answer_has_its_outcome() {
    let (server, _) = name_server(usual).await;
    let resolver = SystemResolver::with(Settings {
        deadline: Duration::from_millis(700),
        ..settings(vec![server])
    });
    assert_eq!(
        resolver.resolve("KNOWN.example.com").await.unwrap(),
        [LOCAL]
    );
    // A server that drops queries for the other kind of address delays the lookup by 250 ms.
    let start = Instant::now();
    assert_eq!(resolver.resolve("four.example.com").await.unwrap(), [LOCAL]);
    assert!(start.elapsed() < Duration::from_millis(600));
    for (name, wanted) in [
        ("gone.example.com", LookupError::NoSuch),
        (
            "silent.example.com",
            LookupError::Silent(Duration::from_millis(700)),
        ),
    ] {
        assert_eq!(error_of(resolver.resolve(name).await), wanted, "{name}");
    }
}

#[tokio::test]
async fn errors_name_the_host_and_a_remedy_unless_the_name_may_be_private() {
    let (server, _) = name_server(usual).await;
    let resolver = SystemResolver::with(Settings {
        deadline: Duration::from_millis(300),
        ..settings(vec![server])
    });
    let client = |private: bool| {
        let builder = GuardedClient::builder().resolver(Arc::new(resolver.clone()));
        builder.allow_private_network(private).build().unwrap()
    };
    let get = |host: &str| Request::new(reqwest::Method::GET, format!("http://{host}/"));
    for private in [true, false] {
        let silent = client(private).send(get("silent.example.com")).await;
        let error = silent.unwrap_err();
        let text = error.to_string();
        assert!(error.retryable(), "{text}");
        for part in ["`silent.example.com`", "within 0.3 s", "resolv.conf"] {
            assert!(text.contains(part), "{text}");
        }
    }
    let gone = client(true)
        .send(get("gone.example.com"))
        .await
        .unwrap_err();
    assert!(
        gone.to_string()
            .contains("`gone.example.com` does not exist")
    );
    // The error must not reveal which names exist in the private network.
    let gone = client(false).send(get("gone.example.com")).await;
    let refused = HttpError::Refused(UrlRefusal::Name("gone.example.com".to_owned()));
    assert_eq!(gone.unwrap_err(), refused);
    // The client checks the addresses that the resolver returns.
    let inside = client(false).send(get("known.example.com")).await;
    let refused = HttpError::Refused(UrlRefusal::Name("known.example.com".to_owned()));
    assert_eq!(inside.unwrap_err(), refused);
}

fn write(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn hosts_search_domains_and_localhost_work_as_in_other_programs() {
    fn inside(name: &str) -> Says {
        match name {
            "db.search.example.com" => Says::Address(Ipv4Addr::new(10, 0, 0, 7)),
            _ => Says::NoSuchName,
        }
    }
    let (server, asked) = name_server(inside).await;
    let folder = tempfile::tempdir().unwrap();
    let hosts = write(
        folder.path(),
        "hosts",
        "127.0.0.1 localhost\n10.1.2.3\tFiles files.lan # here\n::1 files\n# 10.9.9.9 other\n",
    );
    let resolv = write(
        folder.path(),
        "resolv.conf",
        "search search.example.com other.example.com\noptions ndots:1\n",
    );
    let resolver = SystemResolver::with(Settings {
        resolv,
        hosts: hosts.clone(),
        ..settings(vec![server])
    });
    for (name, wanted) in [
        ("localhost", &["127.0.0.1"][..]),
        ("app.localhost", &["127.0.0.1", "::1"]),
        ("files", &["10.1.2.3", "::1"]),
        ("FILES.lan", &["10.1.2.3"]),
        ("db", &["10.0.0.7"]),
    ] {
        let found: Vec<String> = resolver
            .resolve(name)
            .await
            .unwrap()
            .iter()
            .map(IpAddr::to_string)
            .collect();
        assert_eq!(found, wanted, "{name}");
    }
    assert!(asked.lock().iter().all(|name| name.starts_with("db")));
    // A changed file is read again.
    let other = error_of(resolver.resolve("other").await);
    assert_eq!(other, LookupError::NoSuch);
    std::fs::write(&hosts, "10.9.9.9 other\n").unwrap();
    resolver.0.loaded.lock().as_mut().unwrap().looked -= super::FRESH;
    let found = resolver.resolve("other").await.unwrap();
    assert_eq!(found, [IpAddr::V4(Ipv4Addr::new(10, 9, 9, 9))]);
}
