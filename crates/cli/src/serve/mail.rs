//! The SMTP server, as options and as the table `mail` of the configuration file.

use std::{fs, path::PathBuf};

use clap::{Args, ValueEnum};
use mailer::{Security, SettingsError, SmtpOptions, SmtpSettings};
use serde::Deserialize;
use url::Url;

/// The SMTP server that sends mail. Without a host, no mail is sent.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailArgs {
    /// SMTP server that sends mail, a host name [default: no mail is sent]
    #[arg(
        id = "smtp_host",
        long = "smtp-host",
        env = "FLOWMASON_SMTP_HOST",
        value_name = "HOST"
    )]
    pub host: Option<String>,

    /// Port of the SMTP server [default: 587 with starttls, 465 with tls, 25 with none]
    #[arg(
        id = "smtp_port",
        long = "smtp-port",
        env = "FLOWMASON_SMTP_PORT",
        value_name = "PORT"
    )]
    pub port: Option<u16>,

    /// Encryption of the connection to the SMTP server [default: starttls]
    #[arg(
        id = "smtp_tls",
        long = "smtp-tls",
        env = "FLOWMASON_SMTP_TLS",
        value_name = "MODE"
    )]
    pub tls: Option<Encryption>,

    /// User of the SMTP server [default: no authentication]
    #[arg(
        id = "smtp_user",
        long = "smtp-user",
        env = "FLOWMASON_SMTP_USER",
        value_name = "USER"
    )]
    pub user: Option<String>,

    /// Password of the SMTP server's user
    #[arg(
        id = "smtp_password",
        long = "smtp-password",
        env = "FLOWMASON_SMTP_PASSWORD",
        value_name = "PASSWORD",
        hide_env_values = true
    )]
    pub password: Option<String>,

    /// File with the password of the SMTP server's user
    #[arg(
        id = "smtp_password_file",
        long = "smtp-password-file",
        env = "FLOWMASON_SMTP_PASSWORD_FILE",
        value_name = "FILE"
    )]
    pub password_file: Option<PathBuf>,

    /// File with certificates that are trusted besides the public authorities, in PEM
    #[arg(
        id = "smtp_ca_file",
        long = "smtp-ca-file",
        env = "FLOWMASON_SMTP_CA_FILE",
        value_name = "FILE"
    )]
    pub ca_file: Option<PathBuf>,

    /// Sender of mails, such as `FlowMason <flowmason@example.com>`
    #[arg(
        id = "mail_from",
        long = "mail-from",
        env = "FLOWMASON_MAIL_FROM",
        value_name = "ADDRESS"
    )]
    pub from: Option<String>,

    /// Address for answers to mails [default: the sender]
    #[arg(
        id = "mail_reply_to",
        long = "mail-reply-to",
        env = "FLOWMASON_MAIL_REPLY_TO",
        value_name = "ADDRESS"
    )]
    pub reply_to: Option<String>,
}

/// The encryption of the connection to the SMTP server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encryption {
    /// STARTTLS, which the server must offer
    Starttls,
    /// TLS from the first byte
    Tls,
    /// None; only for a server on this machine
    None,
}

impl From<Encryption> for Security {
    fn from(encryption: Encryption) -> Self {
        match encryption {
            Encryption::Starttls => Self::Starttls,
            Encryption::Tls => Self::Tls,
            Encryption::None => Self::None,
        }
    }
}

impl MailArgs {
    /// These values, with those of `other` as defaults.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            host: self.host.or(other.host),
            port: self.port.or(other.port),
            tls: self.tls.or(other.tls),
            user: self.user.or(other.user),
            // A password in one place is not in conflict with a file that the other one names.
            password_file: match self.password {
                None => self.password_file.or(other.password_file),
                Some(_) => self.password_file,
            },
            password: self.password.or(other.password),
            ca_file: self.ca_file.or(other.ca_file),
            from: self.from.or(other.from),
            reply_to: self.reply_to.or(other.reply_to),
        }
    }

    /// The settings, or `None` without a host. An error names the setting.
    pub fn settings(self, public_url: Option<&Url>) -> Result<Option<SmtpSettings>, SettingsError> {
        let Some(host) = self.host.filter(|host| !host.is_empty()) else {
            let others = [
                ("user", self.user.is_some()),
                ("from", self.from.is_some()),
                ("password", self.password.is_some()),
                ("password_file", self.password_file.is_some()),
            ];
            return match others.into_iter().find(|(_, is_set)| *is_set) {
                None => Ok(None),
                Some((setting, _)) => wrong("host", format!("is missing, but `{setting}` is set")),
            };
        };
        let password = match (self.password, self.password_file) {
            (Some(_), Some(_)) => {
                return wrong(
                    "password",
                    "is set twice: as a value and as a file".to_owned(),
                );
            }
            (None, Some(file)) => match fs::read_to_string(&file) {
                Ok(text) => Some(text.trim_end_matches(['\r', '\n']).to_owned()),
                Err(error) => {
                    return wrong("password_file", format!("{}: {error}", file.display()));
                }
            },
            (value, None) => value,
        };
        let ca = match self.ca_file {
            None => None,
            Some(file) => match fs::read(&file) {
                Ok(pem) => Some(pem),
                Err(error) => return wrong("ca_file", format!("{}: {error}", file.display())),
            },
        };
        SmtpSettings::new(SmtpOptions {
            host,
            port: self.port,
            security: self.tls.map(Into::into),
            user: self.user,
            password,
            from: self.from,
            reply_to: self.reply_to,
            ca,
            hello: public_url.and_then(Url::host_str).map(str::to_owned),
        })
        .map(Some)
    }
}

fn wrong<T>(setting: &'static str, problem: String) -> Result<T, SettingsError> {
    Err(SettingsError { setting, problem })
}
