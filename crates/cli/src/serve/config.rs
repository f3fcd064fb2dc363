//! The configuration of `serve`, read and checked in full before anything starts.

use std::{
    net::{SocketAddr, ToSocketAddrs},
    path::{Path, PathBuf},
    time::Duration,
};

use api::TrustedProxies;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use components::{http::OutboundConfig, model::ProvidersConfig};
use domain::{Database, Settings, SignUp};
use engine::limits::Limits;
use url::Url;

use super::{
    args::{LogFormat, Part, ServeArgs, ServeFile, is_loopback},
    sign_in,
};

/// The configuration of `serve`, checked.
#[derive(Debug)]
pub struct ServeConfig {
    /// The addresses to listen on; empty for a worker without `--listen`.
    pub listen: Vec<SocketAddr>,
    /// The URL under which browsers reach the server; `None`: only this machine's addresses.
    pub public_url: Option<Url>,
    /// The proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: TrustedProxies,
    /// Whether the API runs in this process.
    pub api: bool,
    /// Whether a worker runs in this process.
    pub worker: bool,
    /// The settings of the domain layer.
    pub settings: Settings,
    /// The folder of the dashboard; `None` serves the built-in one.
    pub dashboard_dir: Option<PathBuf>,
    /// The log's format; `None` chooses by whether stderr is a terminal.
    pub log_format: Option<LogFormat>,
    /// The log filter.
    pub log: String,
    /// How many runs the worker executes at once; `None` is the worker's default.
    pub slots: Option<usize>,
    /// The resource limits of runs.
    pub limits: Limits,
    /// How long a lease lasts without renewal; `None` is the worker's default.
    pub lease: Option<Duration>,
    /// How long a graceful stop may take.
    pub grace: Duration,
    /// The private addresses and name servers that the guarded HTTP client may use.
    pub outbound: OutboundConfig,
    /// The model providers.
    pub providers: ProvidersConfig,
    /// The folder that the providers' files are relative to, and the name of the configuration file
    /// in messages.
    pub place: (PathBuf, String),
    /// Whether the page for trying queries is served.
    pub dev: bool,
}

/// A configuration error: the option, the problem, and which values are valid.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

fn wrong<T>(name: &str, problem: impl std::fmt::Display) -> Result<T, ConfigError> {
    Err(ConfigError(format!("{name}: {problem}")))
}

const DEFAULT_LISTEN: &str = "127.0.0.1:8080";
const CONNECTIONS: u32 = 16;
/// The default log filter: some libraries log warnings only.
const LOG: &str = "info,sea_orm_migration=warn,actix_server=warn,apalis_core=warn";

impl ServeConfig {
    /// Combines the options with the configuration file and checks the result.
    pub fn load(args: ServeArgs) -> Result<Self, ConfigError> {
        let data_dir = args
            .data_dir
            .clone()
            .unwrap_or_else(|| PathBuf::from(".flowmason"));
        let (file, place) = read_file(args.config.as_deref(), &data_dir)?;
        let only = args.only.or(file.only);
        let usual = (only != Some(Part::Worker)).then(|| DEFAULT_LISTEN.to_owned());
        let listen_text = args.listen.or(file.listen).or(usual).unwrap_or_default();
        let listen: Vec<SocketAddr> = match listen_text.to_socket_addrs() {
            Ok(found) => found.collect(),
            Err(_) if listen_text.is_empty() => Vec::new(),
            Err(e) => return wrong("listen", format!("`{listen_text}` is not HOST:PORT ({e})")),
        };
        let public_url = read_public_url(args.public_url.or(file.public_url).as_deref())?;
        let needs_url = only != Some(Part::Worker) && !is_loopback(&listen);
        if needs_url
            && public_url
                .as_ref()
                .is_none_or(|url| url.scheme() != "https")
        {
            return wrong(
                "listen",
                format!(
                    "`{listen_text}` can be reached from other machines; set FLOWMASON_PUBLIC_URL \
                     to the https:// URL under which people open this server (a proxy terminates \
                     TLS), or listen on 127.0.0.1"
                ),
            );
        }
        let postgres = args
            .postgres
            .or(file.postgres)
            .filter(|text| !text.is_empty());
        let redis = args.redis.or(file.redis).filter(|text| !text.is_empty());
        let database = match &postgres {
            None => Database::Sqlite,
            Some(url) if domain::db::is_postgres_url(url) => Database::Postgres {
                url: url.clone(),
                max_connections: CONNECTIONS,
            },
            Some(_) => {
                return wrong(
                    "postgres",
                    "is not a URL like postgres://USER@HOST/DATABASE",
                );
            }
        };
        if redis
            .as_deref()
            .is_some_and(|url| !url.starts_with("redis"))
        {
            return wrong("redis", "is not a URL like redis://HOST:6379");
        }
        if redis.is_some() && postgres.is_none() {
            return wrong("redis", "can be used only together with --postgres");
        }
        if let Some(part) = only
            && (postgres.is_none() || redis.is_none())
        {
            let part = format!("{part:?}").to_lowercase();
            return wrong(
                "only",
                format!(
                    "`{part}` needs --postgres and --redis: separate processes communicate \
                     through them"
                ),
            );
        }
        let server_key = match args.server_key.or(file.server_key) {
            None => None,
            Some(text) => match STANDARD.decode(text.trim()) {
                Ok(key) if key.len() >= 32 => Some(key),
                _ => return wrong("server_key", "is not base64 of at least 32 bytes"),
            },
        };
        let password_cost = args.password_cost.unwrap_or(Settings::PASSWORD_COST);
        if !(4..=31).contains(&password_cost) {
            return wrong(
                "password_cost",
                format!("{password_cost} is not between 4 and 31"),
            );
        }
        let lease_ms = args.lease_ms.or(file.lease_ms);
        if lease_ms.is_some_and(|ms| !(200..=600_000).contains(&ms)) {
            return wrong("lease_ms", "is not between 200 and 600000");
        }
        let statement_ms = args.statement_timeout_ms.or(file.statement_timeout_ms);
        if statement_ms.is_some_and(|ms| !(100..=600_000).contains(&ms)) {
            return wrong("statement_timeout_ms", "is not between 100 and 600000");
        }
        let fresh_minutes = args.fresh_proof_minutes.or(file.fresh_proof_minutes);
        if fresh_minutes.is_some_and(|minutes| !(1..=1_440).contains(&minutes)) {
            return wrong("fresh_proof_minutes", "is not between 1 and 1440");
        }
        let slots = args.slots.or(file.slots);
        if slots == Some(0) {
            return wrong(
                "slots",
                "must be at least 1: a worker with 0 slots would execute no runs",
            );
        }
        let limits = match args.limits.or(file.limits).limits() {
            Ok(limits) => limits,
            Err(error) => return wrong("limits", error),
        };
        let mail = match args.mail.or(file.mail).settings(public_url.as_ref()) {
            Ok(mail) => mail,
            Err(error) => return wrong("mail", error),
        };
        if mail.is_some() && only == Some(Part::Worker) && public_url.is_none() {
            return wrong(
                "public_url",
                "is missing; links in mails begin with it, so a worker that sends mail needs it too",
            );
        }
        let sign_up = args
            .sign_up
            .or(file.sign_up)
            .map(SignUp::from)
            .unwrap_or_default();
        if sign_up == SignUp::Open && mail.is_none() {
            return wrong(
                "sign_up",
                "`open` needs an SMTP server: an account is made only after a link was opened that is \
                 sent to its address; set FLOWMASON_SMTP_HOST, or use `invited`",
            );
        }
        let trusted = args.trusted_proxies.or(file.trusted_proxies);
        let trusted_proxies = match trusted.unwrap_or_default().parse() {
            Ok(trusted) => trusted,
            Err(error) => return wrong("trusted_proxies", error),
        };
        let dashboard_dir = args.dashboard_dir.or(file.dashboard_dir);
        if let Some(folder) = &dashboard_dir
            && folder.exists()
            && !folder.is_dir()
        {
            return wrong(
                "dashboard_dir",
                format!("{} is not a folder", folder.display()),
            );
        }
        let mut outbound = file.outbound;
        if let Some(list) = &args.outbound_allow {
            outbound.allow = OutboundConfig::from_list(list).allow;
        }
        if let Some(list) = &args.name_servers {
            outbound.name_servers = OutboundConfig::from_list(list).allow;
        }
        let name_servers = match outbound.servers() {
            Ok(servers) => servers,
            Err(error) => return wrong("outbound", error),
        };
        let sign_in = match sign_in::providers(file.sign_in) {
            Ok(providers) => providers,
            Err(error) => return wrong("sign_in", error),
        };
        let settings = Settings {
            sign_in,
            sign_up,
            database,
            redis,
            server_key,
            password_cost,
            fresh_proof: fresh_minutes.map_or(Settings::FRESH_PROOF, |minutes| {
                Duration::from_secs(60 * minutes)
            }),
            mail,
            name_servers,
            statement_timeout: statement_ms
                .map_or(Settings::STATEMENT_TIMEOUT, Duration::from_millis),
            ..Settings::embedded(data_dir)
        };
        Ok(Self {
            listen,
            public_url,
            trusted_proxies,
            api: only != Some(Part::Worker),
            worker: only != Some(Part::Api),
            settings,
            dashboard_dir,
            log_format: args.log_format.or(file.log_format),
            log: args.log.or(file.log).unwrap_or_else(|| LOG.to_owned()),
            slots,
            limits,
            lease: lease_ms.map(Duration::from_millis),
            grace: Duration::from_secs(args.grace_seconds.or(file.grace_seconds).unwrap_or(20)),
            outbound,
            providers: file.providers,
            place,
            dev: args.dev,
        })
    }
}

fn read_file(
    named: Option<&Path>,
    data_dir: &Path,
) -> Result<(ServeFile, (PathBuf, String)), ConfigError> {
    let usual = data_dir.join("flowmason.toml");
    let path = named.unwrap_or(&usual);
    let folder = path.parent().unwrap_or(Path::new(".")).to_path_buf();
    let place = (folder, path.display().to_string());
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if named.is_none() && e.kind() == std::io::ErrorKind::NotFound => {
            return Ok((ServeFile::default(), place));
        }
        Err(e) => return wrong("config", format!("{} cannot be read ({e})", path.display())),
    };
    let parsed = if path.extension().is_some_and(|e| e == "json") {
        serde_json::from_str(&text).map_err(|e| engine::json_error(&e))
    } else {
        toml::from_str(&text).map_err(|e| ::components::toml_error(&text, &e))
    };
    match parsed {
        Ok(file) => Ok((file, place)),
        Err(e) => wrong("config", format!("{}: {e}", path.display())),
    }
}

fn read_public_url(text: Option<&str>) -> Result<Option<Url>, ConfigError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let url = match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => url,
        _ => {
            return wrong(
                "public_url",
                format!("`{text}` is not a URL like https://flowmason.example"),
            );
        }
    };
    if url.path() != "/" || url.query().is_some() || !url.username().is_empty() {
        return wrong(
            "public_url",
            format!("`{text}` must have only a scheme, a host and a port"),
        );
    }
    if url.scheme() == "http" && !types::is_loopback_url(&url) {
        return wrong(
            "public_url",
            format!("`{text}` is not https: browsers would send the session cookie unencrypted"),
        );
    }
    Ok(Some(url))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::args::SignUpChoice;

    fn load(change: impl FnOnce(&mut ServeArgs)) -> Result<ServeConfig, String> {
        let folder = std::env::temp_dir().join("flowmason-no-such-folder");
        let mut args = ServeArgs {
            data_dir: Some(folder),
            ..ServeArgs::default()
        };
        change(&mut args);
        ServeConfig::load(args).map_err(|error| error.to_string())
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn the_default_listens_on_loopback_with_sqlite_and_both_parts() {
        let config = load(|_| {}).unwrap();
        assert_eq!(config.listen, ["127.0.0.1:8080".parse().unwrap()]);
        assert!(config.api && config.worker);
        assert_eq!(config.settings.database, Database::Sqlite);
        assert_eq!(config.settings.password_cost, 12);
    }

    #[test]
    fn a_non_loopback_address_needs_a_public_https_url() {
        assert!(
            load(|a| a.listen = some("0.0.0.0:8080"))
                .unwrap_err()
                .contains("PUBLIC_URL")
        );
        let with = |url: &str| {
            load(|a| {
                a.listen = some("0.0.0.0:8080");
                a.public_url = some(url);
            })
        };
        assert!(with("https://flowmason.example").is_ok());
        for bad in [
            "http://flowmason.example",
            "http://127.0.0.1",
            "flowmason.example",
            "https://x/y",
        ] {
            assert!(with(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sign_up_is_by_invitation_and_open_only_with_a_mail_server() {
        assert_eq!(load(|_| {}).unwrap().settings.sign_up, SignUp::Invited);
        let closed = load(|a| a.sign_up = Some(SignUpChoice::Closed)).unwrap();
        assert_eq!(closed.settings.sign_up, SignUp::Closed);
        let alone = load(|a| a.sign_up = Some(SignUpChoice::Open)).unwrap_err();
        assert!(
            alone.starts_with("sign_up: ") && alone.contains("SMTP"),
            "{alone}"
        );
        let open = load(|a| {
            a.sign_up = Some(SignUpChoice::Open);
            a.mail.host = some("localhost");
            a.mail.from = some("flowmason@example.com");
        });
        assert_eq!(open.unwrap().settings.sign_up, SignUp::Open);
    }

    #[test]
    fn an_invalid_value_is_reported_with_its_option() {
        type Change = fn(&mut ServeArgs);
        let cases: [(&str, Change); 11] = [
            ("listen", |a| a.listen = some("nowhere")),
            ("postgres", |a| a.postgres = some("mysql://x")),
            ("redis", |a| a.redis = some("redis://127.0.0.1")),
            ("only", |a| a.only = Some(Part::Api)),
            ("server_key", |a| a.server_key = some("c2hvcnQ=")),
            ("password_cost", |a| a.password_cost = Some(3)),
            ("lease_ms", |a| a.lease_ms = Some(1)),
            ("statement_timeout_ms", |a| {
                a.statement_timeout_ms = Some(1);
            }),
            ("fresh_proof_minutes", |a| {
                a.fresh_proof_minutes = Some(0);
            }),
            ("trusted_proxies", |a| {
                a.trusted_proxies = some("10.0.0.1,proxy.example");
            }),
            ("config", |a| a.config = Some("/no/such/file.toml".into())),
        ];
        for (name, change) in cases {
            let error = load(change).unwrap_err();
            assert!(error.starts_with(&format!("{name}: ")), "{name}: {error}");
        }
    }
}
