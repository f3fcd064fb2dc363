//! The settings of the SMTP server, checked as a whole before anything is sent.

use std::{fmt, net::IpAddr};

use lettre::{
    message::Mailbox,
    transport::smtp::client::{Certificate, TlsParameters},
};
use thiserror::Error;

use crate::address;

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// STARTTLS, which the server must offer.
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// No encryption; only for a server on this machine.
    None,
}

impl Security {
    /// The usual port.
    const fn port(self) -> u16 {
        match self {
            Self::Starttls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

/// The settings as the operator gave them.
#[derive(Clone, Default)]
pub struct SmtpOptions {
    /// The host name of the server.
    pub host: String,
    /// The port; absent: the usual one.
    pub port: Option<u16>,
    /// Absent: STARTTLS.
    pub security: Option<Security>,
    /// The user; absent: no authentication.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<String>,
    /// The sender: an address, or `Name <address>`.
    pub from: Option<String>,
    /// Where answers go; absent: to the sender.
    pub reply_to: Option<String>,
    /// Certificates of authorities that are trusted besides the public ones, in PEM.
    pub ca: Option<Vec<u8>>,
    /// The name by which this server introduces itself.
    pub hello: Option<String>,
}

/// The settings, checked.
#[derive(Clone)]
pub struct SmtpSettings {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) credentials: Option<(String, String)>,
    pub(crate) from: Mailbox,
    pub(crate) reply_to: Option<Mailbox>,
    pub(crate) tls: Option<TlsParameters>,
    pub(crate) hello: String,
}

impl fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the password.
        f.debug_struct("SmtpSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

/// A setting that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{setting}: {problem}")]
pub struct SettingsError {
    /// The name of the setting, as in the configuration file.
    pub setting: &'static str,
    /// The problem, and which values are valid.
    pub problem: String,
}

fn wrong<T>(setting: &'static str, problem: impl fmt::Display) -> Result<T, SettingsError> {
    Err(SettingsError {
        setting,
        problem: problem.to_string(),
    })
}

impl SmtpSettings {
    /// Checks the settings.
    pub fn new(options: SmtpOptions) -> Result<Self, SettingsError> {
        let host = options.host.trim().to_owned();
        if host.is_empty() || host.contains([':', '/', '@', ' ']) && host.parse::<IpAddr>().is_err()
        {
            return wrong(
                "host",
                format!("`{host}` is not a host name, such as smtp.example.com"),
            );
        }
        let security = options.security.unwrap_or(Security::Starttls);
        if security == Security::None && !is_loopback(&host) {
            return wrong(
                "tls",
                format!(
                    "`none` would send the password and the mails to `{host}` unencrypted; use \
                     `starttls` or `tls` (`none` is allowed for a server on 127.0.0.1)"
                ),
            );
        }
        if options.port == Some(0) {
            return wrong("port", "must be between 1 and 65535");
        }
        let credentials = match (options.user, options.password) {
            (None, None) => None,
            (Some(user), Some(password)) => Some((user, password)),
            (Some(_), None) => return wrong("password", "is missing; `user` needs one"),
            (None, Some(_)) => return wrong("user", "is missing; `password` is of no use alone"),
        };
        let Some(from) = options.from else {
            return wrong(
                "from",
                "is missing; set the sender, such as `FlowMason <flowmason@example.com>`",
            );
        };
        let from = mailbox("from", &from)?;
        let reply_to = options.reply_to.map(|text| mailbox("reply_to", &text));
        let tls = match security {
            Security::None => None,
            Security::Starttls | Security::Tls => Some(tls(&host, options.ca.as_deref())?),
        };
        Ok(Self {
            port: options.port.unwrap_or(security.port()),
            security,
            credentials,
            from,
            reply_to: reply_to.transpose()?,
            tls,
            hello: options.hello.unwrap_or_else(|| "localhost".to_owned()),
            host,
        })
    }

    /// The domain of the sender's address, for message ids.
    pub fn domain(&self) -> &str {
        self.from.email.domain()
    }

    /// The sender's address.
    pub fn sender(&self) -> String {
        self.from.email.to_string()
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn mailbox(setting: &'static str, text: &str) -> Result<Mailbox, SettingsError> {
    let (name, address) = match text
        .trim()
        .strip_suffix('>')
        .and_then(|t| t.split_once('<'))
    {
        Some((name, address)) => (name.trim().trim_matches('"'), address.trim()),
        None => ("", text.trim()),
    };
    if text.chars().any(char::is_control) {
        return wrong(setting, "has control characters; remove them");
    }
    let address = address::parse(address).and_then(|address| {
        let ascii = address.to_string().is_ascii();
        ascii
            .then_some(address)
            .ok_or_else(|| "must be an address in ASCII: some servers refuse others".to_owned())
    });
    match address {
        Ok(address) => Ok(Mailbox::new(
            (!name.is_empty()).then(|| name.to_owned()),
            address,
        )),
        Err(problem) => wrong(setting, problem),
    }
}

fn tls(host: &str, ca: Option<&[u8]>) -> Result<TlsParameters, SettingsError> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(pem) = ca {
        // A file without certificates would be accepted silently.
        let has_one = String::from_utf8_lossy(pem).contains("-----BEGIN CERTIFICATE-----");
        match Certificate::from_pem(pem) {
            Ok(certificate) if has_one => builder = builder.add_root_certificate(certificate),
            _ => return wrong("ca_file", "has no certificate in PEM format"),
        }
    }
    match builder.build() {
        Ok(tls) => Ok(tls),
        Err(error) => wrong("ca_file", format!("has an invalid certificate ({error})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> SmtpOptions {
        SmtpOptions {
            host: "smtp.example.com".to_owned(),
            from: Some("FlowMason <flowmason@example.com>".to_owned()),
            ..SmtpOptions::default()
        }
    }

    fn wrong_setting(change: impl FnOnce(&mut SmtpOptions)) -> &'static str {
        let mut options = options();
        change(&mut options);
        SmtpSettings::new(options).unwrap_err().setting
    }

    #[test]
    fn the_default_is_starttls_on_port_587_with_a_named_sender() {
        let settings = SmtpSettings::new(options()).unwrap();
        assert_eq!(
            (settings.security, settings.port),
            (Security::Starttls, 587)
        );
        assert_eq!(settings.domain(), "example.com");
        assert_eq!(settings.from.name.as_deref(), Some("FlowMason"));
    }

    #[test]
    fn each_wrong_setting_is_named() {
        assert_eq!(wrong_setting(|o| o.host = String::new()), "host");
        assert_eq!(wrong_setting(|o| o.host = "smtp://x".to_owned()), "host");
        assert_eq!(wrong_setting(|o| o.security = Some(Security::None)), "tls");
        assert_eq!(wrong_setting(|o| o.port = Some(0)), "port");
        assert_eq!(
            wrong_setting(|o| o.user = Some("app".to_owned())),
            "password"
        );
        assert_eq!(wrong_setting(|o| o.password = Some("x".to_owned())), "user");
        assert_eq!(wrong_setting(|o| o.from = None), "from");
        assert_eq!(
            wrong_setting(|o| o.from = Some("nobody".to_owned())),
            "from"
        );
        let injected = "A\r\nBcc: <b@c.example>";
        assert_eq!(
            wrong_setting(|o| o.from = Some(injected.to_owned())),
            "from"
        );
        assert_eq!(
            wrong_setting(|o| o.reply_to = Some("x".to_owned())),
            "reply_to"
        );
        assert_eq!(wrong_setting(|o| o.ca = Some(b"no".to_vec())), "ca_file");
    }

    #[test]
    fn an_unencrypted_connection_is_allowed_to_this_machine_only() {
        for host in ["127.0.0.1", "localhost", "::1"] {
            let options = SmtpOptions {
                host: host.to_owned(),
                security: Some(Security::None),
                ..options()
            };
            assert!(SmtpSettings::new(options).is_ok(), "{host}");
        }
        assert_eq!(
            wrong_setting(|o| {
                o.host = "10.0.0.1".to_owned();
                o.security = Some(Security::None);
            }),
            "tls"
        );
    }

    #[test]
    fn the_password_is_not_in_the_debug_output() {
        let settings = SmtpSettings::new(SmtpOptions {
            user: Some("app".to_owned()),
            password: Some("canary".to_owned()),
            ..options()
        });
        assert!(!format!("{:?}", settings.unwrap()).contains("canary"));
    }
}
