//! Decides which URLs may be called, from the URL alone, before any name is looked up.

use std::{
    collections::HashSet,
    net::{IpAddr, SocketAddr},
};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::{HttpError, UrlRefusal, address::is_public, lookalike::is_lookalike};
use crate::invisible::{code_point, is_invisible};

/// An operator's settings for outbound requests. Organizations cannot change them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutboundConfig {
    /// Exact exceptions to the rules, each `host:port` as in URLs (`127.0.0.1:9000`).
    pub allow: Vec<String>,
    /// Name servers to use instead of those in `/etc/resolv.conf`, each `IP` or `IP:PORT`.
    pub name_servers: Vec<String>,
}

impl OutboundConfig {
    /// Parses the exceptions from a list: `host:port,host:port`.
    pub fn from_list(text: &str) -> Self {
        let allow = text.split(',').map(str::trim).filter(|t| !t.is_empty());
        Self {
            allow: allow.map(str::to_owned).collect(),
            ..Self::default()
        }
    }

    /// The name servers. The error names the invalid entry.
    pub fn servers(&self) -> Result<Vec<SocketAddr>, String> {
        let server = |entry: &String| {
            let text = entry.trim();
            let ip = || Some(SocketAddr::new(text.parse().ok()?, 53));
            text.parse().ok().or_else(ip).ok_or_else(|| {
                format!(
                    "outbound.name_servers: `{entry}` is not IP or IP:PORT, as in `10.0.0.2:53`"
                )
            })
        };
        self.name_servers.iter().map(server).collect()
    }
}

/// Ports above 1023 of services that are not meant for web requests.
const REFUSED_PORTS: &[u16] = &[
    1080, 1099, 1433, 1521, 1883, 2049, 2181, 2375, 2376, 2379, 2380, 3260, 3306, 3389, 4369, 5432,
    5433, 5672, 5900, 5984, 5985, 5986, 6000, 6379, 6380, 6443, 6667, 7001, 7077, 8086, 8125, 8300,
    8301, 8500, 8600, 9042, 9092, 9100, 9200, 9300, 9418, 10248, 10249, 10250, 10255, 10256, 11211,
    15672, 16379, 26379, 27017, 27018, 28015, 50070,
];

/// Suffixes of names that are never public.
const INSIDE_SUFFIXES: &[&str] = &[
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
    "in-addr.arpa",
    "ip6.arpa",
    "svc.cluster.local",
    "test",
    "invalid",
    "onion",
];

/// Why a URL may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It has a public name or address; the addresses of a name are checked when connecting.
    Public,
    /// The operator allows it, whatever its name resolves to.
    Exception,
}

/// The rules of one client.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) allow_private: bool,
    pub(super) allow: HashSet<(String, u16)>,
    pub(super) refused_ports: HashSet<u16>,
    pub(super) public: fn(IpAddr) -> bool,
}

impl Rules {
    pub(super) fn new(allow_private: bool, outbound: &OutboundConfig) -> Result<Self, String> {
        let mut allow = HashSet::new();
        for entry in &outbound.allow {
            allow.insert(exception(entry).ok_or_else(|| {
                format!("outbound.allow: `{entry}` is not HOST:PORT, as in `127.0.0.1:9000`")
            })?);
        }
        let refused_ports = REFUSED_PORTS.iter().copied().collect();
        Ok(Self {
            allow_private,
            allow,
            refused_ports,
            public: is_public,
        })
    }

    /// Parses a URL that a user wrote. All checks use this parser's result.
    pub(super) fn parse(&self, text: &str) -> Result<Url, HttpError> {
        // This parser would silently accept these characters; other parsers would read them
        // differently.
        if let Some((at, odd)) = text
            .char_indices()
            .find(|(_, c)| c.is_control() || c.is_whitespace() || hidden(*c) || *c == '\\')
        {
            return Err(HttpError::Invalid(unwritable(text, at, odd)));
        }
        match Url::parse(text) {
            Ok(url) => Ok(url),
            Err(url::ParseError::RelativeUrlWithoutBase) => Err(HttpError::Invalid(format!(
                "`{}` is not a complete URL; write it as `https://host/path`",
                text.chars().take(200).collect::<String>()
            ))),
            Err(url::ParseError::InvalidPort) => Err(HttpError::Invalid(format!(
                "The port in `{}` is not a number up to 65535",
                text.chars().take(200).collect::<String>()
            ))),
            Err(_) => Err(UrlRefusal::of_text(text).into()),
        }
    }

    /// Whether this URL may be called.
    pub(super) fn check(&self, url: &Url) -> Result<Verdict, HttpError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(UrlRefusal::Scheme(url.scheme().to_owned()).into());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlRefusal::Credentials.into());
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(UrlRefusal::of_text(url.as_str()).into());
        };
        if self.allow_private || self.allow.contains(&(host_key(&host), port)) {
            return Ok(Verdict::Exception);
        }
        if (port < 1024 && port != 80 && port != 443) || self.refused_ports.contains(&port) {
            return Err(UrlRefusal::of_port(url, port).into());
        }
        let public = match host {
            Host::Ipv4(v4) => (self.public)(v4.into()),
            Host::Ipv6(v6) => (self.public)(v6.into()),
            Host::Domain(name) => name_may_be_public(name),
        };
        if public {
            Ok(Verdict::Public)
        } else {
            Err(UrlRefusal::of_host(url).into())
        }
    }
}

/// Whether a character is invisible, other than the joiners that some scripts use.
fn hidden(c: char) -> bool {
    is_invisible(c) && !matches!(c, '\u{200c}' | '\u{200d}')
}

/// The message for a character that is not allowed in a URL: its name, its position and a remedy.
fn unwritable(text: &str, at: usize, odd: char) -> String {
    let name = match odd {
        ' ' => "a space".to_owned(),
        '\t' => "a tab".to_owned(),
        '\n' | '\r' => "a line break".to_owned(),
        '\\' => "a backslash".to_owned(),
        c => format!("the character {}", code_point(c)),
    };
    let visible = |c: char| match c {
        c if c.is_control() || (c.is_whitespace() && c != ' ') || is_invisible(c) => '␣',
        c => c,
    };
    let before: Vec<char> = text[..at].chars().collect();
    let from = before.len().saturating_sub(20);
    let start = if from > 0 { "…" } else { "" };
    let around: String = before[from..]
        .iter()
        .copied()
        .chain(text[at..].chars().take(20))
        .map(visible)
        .collect();
    let end = if text[at..].chars().count() > 20 {
        "…"
    } else {
        ""
    };
    format!(
        "The URL has {name} at \"{start}{around}{end}\"; put the value into `query_params`, or \
         encode it with `urlencode(…)`"
    )
}

fn name_may_be_public(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let inside = |suffix: &&str| {
        name.strip_suffix(*suffix)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    name.contains('.') && !INSIDE_SUFFIXES.iter().any(inside) && !is_lookalike(&name)
}

fn host_key(host: &Host<&str>) -> String {
    match host {
        Host::Domain(name) => name.trim_end_matches('.').to_ascii_lowercase(),
        other => other.to_string(),
    }
}

/// Parses `host:port` to the normal form of parsed URLs.
fn exception(entry: &str) -> Option<(String, u16)> {
    let (host, port) = entry.trim().rsplit_once(':')?;
    let port: u16 = port.parse().ok()?;
    let host = Host::parse(host).ok()?;
    let host = match &host {
        Host::Domain(name) => Host::Domain(name.as_str()),
        Host::Ipv4(v4) => Host::Ipv4(*v4),
        Host::Ipv6(v6) => Host::Ipv6(*v6),
    };
    (port != 0).then(|| (host_key(&host), port))
}
