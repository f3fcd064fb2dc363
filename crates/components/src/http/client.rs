//! The guarded HTTP client.

#![allow(
    clippy::disallowed_methods,
    reason = "the only module that sends HTTP requests"
)]

use std::{
    net::IpAddr,
    sync::{Arc, Once},
    time::Duration,
};

use reqwest::{
    Client, Method,
    header::{
        ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue,
        PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
    },
};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::{
    HttpError, Incoming, OutboundConfig, Reply, Request, Resolver, SystemResolver,
    body::Decompressor,
    redirect::{self, MAX_REDIRECTS},
    refusal::authority,
    request::{timed_out, unreadable},
    resolve::{Checked, why_stopped},
    rules::{Rules, Verdict},
};

/// Makes the TLS library use ring, once per process. Every builder here calls it; `main` calls it
/// too, for other uses of TLS.
pub fn install_crypto() {
    static ONCE: Once = Once::new();
    // An error means that a provider is already installed, which is fine.
    ONCE.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}

/// An HTTP client that only sends requests that its rules allow. Cheap to clone.
#[derive(Clone)]
pub struct GuardedClient {
    guarded: Client,
    exempt: Client,
    rules: Arc<Rules>,
}

impl std::fmt::Debug for GuardedClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GuardedClient")
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

/// Builds a [`GuardedClient`].
pub struct GuardedClientBuilder {
    outbound: OutboundConfig,
    allow_private: bool,
    own_ports: Vec<u16>,
    resolver: Option<Arc<dyn Resolver>>,
    pub(super) public: fn(IpAddr) -> bool,
}

impl GuardedClientBuilder {
    /// Sets the operator's exceptions to the rules.
    pub fn outbound(mut self, outbound: OutboundConfig) -> Self {
        self.outbound = outbound;
        self
    }

    /// Allows private addresses and all ports, for the command line on the user's own machine.
    pub fn allow_private_network(mut self, allow: bool) -> Self {
        self.allow_private = allow;
        self
    }

    /// Adds ports on which this program itself listens; they are refused on every address.
    pub fn own_ports(mut self, ports: impl IntoIterator<Item = u16>) -> Self {
        self.own_ports.extend(ports);
        self
    }

    /// Sets a resolver to use instead of [`SystemResolver`].
    pub fn resolver(mut self, resolver: Arc<dyn Resolver>) -> Self {
        self.resolver = Some(resolver);
        self
    }

    /// Builds the client. The error names the invalid setting.
    pub fn build(self) -> Result<GuardedClient, String> {
        install_crypto();
        let mut rules = Rules::new(self.allow_private, &self.outbound)?;
        // Ports 80 and 443 stay allowed, even where this program listens on them.
        rules.refused_ports.extend(
            self.own_ports
                .into_iter()
                .filter(|p| !matches!(p, 80 | 443)),
        );
        rules.public = self.public;
        let servers = self.outbound.servers()?;
        let resolver = self
            .resolver
            .unwrap_or_else(|| Arc::new(SystemResolver::with_servers(servers)));
        let client = |public| {
            client(Checked {
                resolver: resolver.clone(),
                public,
            })
        };
        Ok(GuardedClient {
            guarded: client(Some(self.public))?,
            exempt: client(None)?,
            rules: Arc::new(rules),
        })
    }
}

fn client(resolver: Checked) -> Result<Client, String> {
    let resolver = Arc::new(resolver);
    let builder = || {
        Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .http1_only()
            .connect_timeout(Duration::from_secs(10))
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(concat!("flowmason/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(resolver.clone())
    };
    // Without system certificates, Mozilla's bundled ones are used.
    builder()
        .build()
        .or_else(|_| builder().tls_backend_preconfigured(bundled_roots()).build())
        .map_err(|e| format!("the HTTP client cannot be set up: {e}"))
}

fn bundled_roots() -> rustls::ClientConfig {
    let roots = rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    rustls::ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

impl GuardedClient {
    /// A builder without exceptions to the rules.
    pub fn builder() -> GuardedClientBuilder {
        GuardedClientBuilder {
            outbound: OutboundConfig::default(),
            allow_private: false,
            own_ports: Vec::new(),
            resolver: None,
            public: super::is_public,
        }
    }

    /// Parses a URL and checks whether it may be called. The name is not looked up, so its
    /// addresses are not checked here.
    pub fn check(&self, url: &str) -> Result<Url, HttpError> {
        let url = self.rules.parse(url)?;
        self.rules.check(&url).map(|_| url)
    }

    /// Sends a request and reads the whole response.
    pub async fn send(&self, request: Request) -> Result<Reply, HttpError> {
        self.open(request).await?.whole().await
    }

    /// Sends a request and returns the response as soon as its headers have arrived. The request's
    /// timeout covers the body too.
    pub async fn open(&self, mut request: Request) -> Result<Incoming, HttpError> {
        let deadline = Instant::now() + request.timeout;
        let mut url = self.rules.parse(&request.url)?;
        for name in CONNECTION_HEADERS {
            request.headers.remove(name);
        }
        let mut redirects = 0;
        loop {
            let verdict = self.rules.check(&url)?;
            let answer = timeout_at(deadline, self.hop(&request, &url, verdict))
                .await
                .map_err(|_| timed_out(request.timeout))??;
            let status = answer.status();
            let next = match request.follow_redirects {
                true => redirect::target(status, answer.headers(), &url)?,
                false => None,
            };
            let Some(next) = next else {
                let headers = answer.headers().clone();
                let body = Decompressor::new(&headers, request.max_bytes)
                    .map_err(|fault| unreadable(fault, &[], request.max_bytes))?;
                return Ok(Incoming {
                    status: status.as_u16(),
                    headers,
                    url,
                    response: answer,
                    body,
                    begin: Vec::new(),
                    over: false,
                    deadline,
                    timeout: request.timeout,
                    max_bytes: request.max_bytes,
                    read: 0,
                    charged: 0,
                });
            };
            redirects += 1;
            if redirects > MAX_REDIRECTS {
                return Err(HttpError::TooManyRedirects(MAX_REDIRECTS));
            }
            redirect::follow(&mut request, status, &url, &next);
            url = next;
        }
    }

    async fn hop(
        &self,
        request: &Request,
        url: &Url,
        verdict: Verdict,
    ) -> Result<reqwest::Response, HttpError> {
        let client = match verdict {
            Verdict::Public => &self.guarded,
            Verdict::Exception => &self.exempt,
        };
        let mut headers: HeaderMap = request.headers.clone();
        headers
            .entry(ACCEPT_ENCODING)
            .or_insert(HeaderValue::from_static("gzip, br, zstd"));
        // For these methods, servers wait for a body or reply with 411 unless the length is given.
        let expects = [Method::POST, Method::PUT, Method::PATCH].contains(&request.method);
        if expects && request.body.as_ref().is_none_or(|b| b.is_empty()) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let mut builder = client
            .request(request.method.clone(), url.clone())
            .headers(headers);
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        builder.send().await.map_err(|error| {
            if let Some(why) = why_stopped(&error) {
                why
            } else if error.is_builder() {
                HttpError::Invalid("The request is not valid and cannot be sent".to_owned())
            } else if error.is_connect() || error.is_timeout() {
                HttpError::Unreachable(authority(url))
            } else {
                HttpError::Broken
            }
        })
    }
}

/// Headers that belong to the connection; those of the request are removed.
const CONNECTION_HEADERS: [HeaderName; 9] = [
    CONNECTION,
    CONTENT_LENGTH,
    HOST,
    HeaderName::from_static("keep-alive"),
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];
