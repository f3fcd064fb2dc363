//! Queries name servers: for IPv4 and IPv6 addresses at the same time, and for texts.

use std::{
    net::{IpAddr, SocketAddr},
    path::Path,
    time::Duration,
};

use futures::future::{Either, select};
use hickory_resolver::{
    Resolver,
    config::{LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts},
    lookup::Lookup,
    net::{NetError, runtime::TokioRuntimeProvider},
    proto::rr::{Name, RData, RecordType},
};

use super::{error::LookupError, files};

/// How long to wait for the other kind of address after the first one arrived. A server that drops
/// queries for IPv6 addresses must not slow down every request.
const OTHER_KIND: Duration = Duration::from_millis(250);

/// The most answers in the cache.
const REMEMBERED: u64 = 1_024;
/// The longest time that an answer is cached. Short, because long-running servers must notice when
/// a name's address changes.
const KEPT: Duration = Duration::from_secs(30);
/// The longest time that a missing name is cached.
const KEPT_MISSING: Duration = Duration::from_secs(5);

/// The most TXT records of one name that are read.
const TEXTS: usize = 100;

/// A client of the name servers.
pub struct Query {
    resolver: Resolver<TokioRuntimeProvider>,
    /// The same without a cache.
    uncached: Resolver<TokioRuntimeProvider>,
    /// How long a name server that does not answer is retried.
    patience: Duration,
}

type Answer = Result<Lookup, NetError>;

impl Query {
    /// A client of these servers; if there are none, of those in the file.
    pub fn new(resolv: &Path, servers: &[SocketAddr]) -> Result<Self, LookupError> {
        let file = files::resolv_conf(resolv);
        let server = |at: SocketAddr| {
            let mut config = NameServerConfig::udp_and_tcp(at.ip());
            for connection in &mut config.connections {
                connection.port = at.port();
            }
            config
        };
        let servers = match servers {
            [] => file
                .get_nameservers_or_local()
                .into_iter()
                .map(|ip| server(SocketAddr::new(ip.into(), 53)))
                .collect(),
            given => given.iter().copied().map(server).collect(),
        };
        let search = file.get_last_search_or_domain();
        let search = search.filter_map(|domain| Name::from_ascii(domain).ok());
        let config = ResolverConfig::from_parts(None, search.collect(), servers);
        let options = options(&file);
        // The first attempt and the retries.
        let tries = u32::try_from(options.attempts)
            .unwrap_or(0)
            .saturating_add(1);
        let patience = options.timeout.saturating_mul(tries);
        let mut without_cache = options.clone();
        without_cache.cache_size = 0;
        Ok(Self {
            resolver: build(config.clone(), options)?,
            uncached: build(config, without_cache)?,
            patience,
        })
    }

    /// The TXT records of a fully qualified name, each with its parts joined.
    pub async fn texts(&self, name: &str) -> Result<Vec<String>, LookupError> {
        let Ok(mut name) = Name::from_ascii(name) else {
            return Err(LookupError::NoSuch);
        };
        name.set_fqdn(true);
        let answer = self.uncached.lookup(name, RecordType::TXT).await;
        let records = answer.as_ref().map_or(&[][..], Lookup::answers);
        let texts: Vec<String> = records
            .iter()
            .filter_map(|record| match &record.data {
                RData::TXT(text) => Some(text.txt_data.concat()),
                _ => None,
            })
            .take(TEXTS)
            .map(|text| String::from_utf8_lossy(&text).into_owned())
            .collect();
        match texts.is_empty() {
            false => Ok(texts),
            true => Err(self.why(std::iter::once(&answer))),
        }
    }

    /// All addresses of a name, IPv4 addresses first.
    pub async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, LookupError> {
        let Ok(name) = Name::from_ascii(name) else {
            return Err(LookupError::NoSuch);
        };
        let four = Box::pin(self.resolver.lookup(name.clone(), RecordType::A));
        let six = Box::pin(self.resolver.lookup(name, RecordType::AAAA));
        let (four, six) = match select(four, six).await {
            Either::Left((four, rest)) => {
                let six = other(&four, rest).await;
                (Some(four), six)
            }
            Either::Right((six, rest)) => {
                let four = other(&six, rest).await;
                (four, Some(six))
            }
        };
        let answers = [four, six];
        let found: Vec<IpAddr> = answers.iter().flatten().flat_map(addresses).collect();
        match found.is_empty() {
            false => Ok(found),
            true => Err(self.why(answers.iter().flatten())),
        }
    }

    fn why<'a>(&self, mut answers: impl Iterator<Item = &'a Answer>) -> LookupError {
        let failed = answers.find_map(|answer| match answer {
            Err(error) if !error.is_no_records_found() => Some(error),
            _ => None,
        });
        match failed {
            None => LookupError::NoSuch,
            Some(NetError::Timeout) => LookupError::Silent(self.patience),
            Some(error) => {
                tracing::debug!(%error, "a name could not be looked up");
                LookupError::Failed
            }
        }
    }
}

fn build(
    config: ResolverConfig,
    options: ResolverOpts,
) -> Result<Resolver<TokioRuntimeProvider>, LookupError> {
    let mut builder = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
    *builder.options_mut() = options;
    builder.build().map_err(|error| {
        tracing::error!(%error, "the resolver cannot be set up");
        LookupError::Failed
    })
}

fn options(file: &resolv_conf::Config) -> ResolverOpts {
    let mut options = ResolverOpts::default();
    options.ndots = file.ndots as usize;
    options.edns0 = file.edns0;
    // All attempts together stay below the deadline of a lookup.
    options.timeout = Duration::from_secs(u64::from(file.timeout)).min(Duration::from_secs(2));
    options.attempts = (file.attempts as usize).min(2);
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.use_hosts_file = ResolveHosts::Never;
    options.cache_size = REMEMBERED;
    options.positive_max_ttl = Some(KEPT);
    options.negative_max_ttl = Some(KEPT_MISSING);
    options.max_active_requests = 512;
    options
}

/// The second answer. Without an address in the first answer, waits for it until the deadline,
/// otherwise only for [`OTHER_KIND`].
async fn other(first: &Answer, rest: impl Future<Output = Answer>) -> Option<Answer> {
    match addresses(first).next().is_some() {
        true => tokio::time::timeout(OTHER_KIND, rest).await.ok(),
        // A name that does not exist has no addresses of the other kind either.
        false if first.as_ref().is_err_and(NetError::is_nx_domain) => None,
        false => Some(rest.await),
    }
}

fn addresses(answer: &Answer) -> impl Iterator<Item = IpAddr> + '_ {
    let records = answer.as_ref().map_or(&[][..], Lookup::answers);
    records.iter().filter_map(|record| record.data.ip_addr())
}
