//! Why a URL may not be called, as a clause for the person who wrote it.
//!
//! What follows from the URL alone is said exactly. What a lookup found is not: a name that does
//! not exist and one that belongs to a private address give the same text, so that it does not
//! help to explore a private network (case U12).

use thiserror::Error;
use url::Url;

/// The remedy for an address in the user's own network.
const REMEDY: &str = "an operator can allow it with `outbound.allow`";

/// Why a URL is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UrlRefusal {
    /// The scheme is neither http nor https.
    #[error("the scheme `{0}:` cannot be called; use http or https")]
    Scheme(String),
    /// The URL contains a user name or a password, which are not repeated here.
    #[error(
        "the URL contains a user name or a password; remove it, and send credentials in a \
         header"
    )]
    Credentials,
    /// The port is not one of the web.
    #[error("port {port} of `{host}` is not one for web requests; {REMEDY}")]
    Port {
        /// The host, as in the URL.
        host: String,
        /// The port.
        port: u16,
    },
    /// The host is a private address, or a name that is never public.
    #[error("`{0}` is not a public address; {REMEDY}")]
    Host(String),
    /// The lookup of the name found no address, or one that is not public.
    #[error(
        "the name `{0}` does not exist, or its address is not public; check the spelling; {REMEDY}"
    )]
    Name(String),
    /// The text is no URL with a host.
    #[error("`{0}` is not a URL with a host; write it as `https://host/path`")]
    Url(String),
}

impl UrlRefusal {
    /// A text that is no URL; a long one is cut.
    pub(super) fn of_text(text: &str) -> Self {
        Self::Url(text.chars().take(200).collect())
    }

    /// A refused port of the URL's host.
    pub(super) fn of_port(url: &Url, port: u16) -> Self {
        let host = url.host_str().unwrap_or_default().to_owned();
        Self::Port { host, port }
    }

    /// The URL's host, with the port if the URL has one.
    pub(super) fn of_host(url: &Url) -> Self {
        Self::Host(authority(url))
    }
}

/// The host of a URL, with the port if it is not the scheme's own.
pub(super) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}
