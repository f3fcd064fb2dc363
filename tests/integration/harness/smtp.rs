//! The SMTP server of the cases: aiosmtpd, a real one, which fails on request.
//!
//! `FLOWMASON_TEST_PYTHON` names a Python that has aiosmtpd; `cargo xtask test` prepares one.

use std::{path::Path, process::Command, time::Duration};

use mailer::{Security, SmtpOptions};
use serde_json::Value as Json;

use super::peer::{self, Peer, free_port};

/// A running SMTP server.
pub struct Smtp {
    _server: Peer,
    port: u16,
    http: u16,
    /// The server's certificate, which signs itself.
    certificate: Vec<u8>,
    _folder: tempfile::TempDir,
}

const CERTIFICATE: &str = "[req]\ndistinguished_name=name\nx509_extensions=more\nprompt=no\n\
    [name]\nCN=localhost\n[more]\nbasicConstraints=critical,CA:FALSE\n\
    subjectAltName=DNS:localhost,IP:127.0.0.1\n";

impl Smtp {
    /// Starts a server that requires STARTTLS and a password. `None` if no Python is named; in CI
    /// that is a failure.
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// Starts a server that offers no encryption.
    pub fn plain() -> Option<Self> {
        Self::start_with(&["plain"])
    }

    fn start_with(more: &[&str]) -> Option<Self> {
        let python = peer::program("FLOWMASON_TEST_PYTHON", "SMTP server")?;
        let folder = tempfile::tempdir().expect("a folder");
        let (certificate, key) = certificate(folder.path());
        let script = folder.path().join("server.py");
        std::fs::write(&script, include_str!("smtp/server.py")).expect("written");
        let make = || {
            let (mut command, port, http) = (Command::new(&python), free_port(), free_port());
            command
                .arg(&script)
                .args([port.to_string(), http.to_string()])
                .args([&certificate, &key])
                .args(more);
            (command, (port, http))
        };
        let (server, (port, http)) = Peer::start(make, "does this Python have aiosmtpd?");
        Some(Self {
            _server: server,
            port,
            http,
            certificate: std::fs::read(certificate).expect("a certificate"),
            _folder: folder,
        })
    }

    /// The settings with which the server accepts mail.
    pub fn options(&self) -> SmtpOptions {
        SmtpOptions {
            host: "localhost".to_owned(),
            port: Some(self.port),
            security: Some(Security::Starttls),
            user: Some("app".to_owned()),
            password: Some("secret".to_owned()),
            from: Some("FlowMason <flowmason@example.com>".to_owned()),
            ca: Some(self.certificate.clone()),
            ..SmtpOptions::default()
        }
    }

    /// The mails that the server took for an address.
    pub async fn mails(&self, to: &str) -> Vec<Json> {
        let address = format!("http://127.0.0.1:{}/", self.http);
        let client = reqwest::Client::builder().no_proxy().build();
        let request = client.expect("a client").get(address).send();
        let text = request.await.expect("a list").text().await.expect("a text");
        let all: Vec<Json> = serde_json::from_str(&text).expect("JSON");
        let is_for = |mail: &Json| {
            mail["to"]
                .as_array()
                .is_some_and(|all| all.iter().any(|one| one == to))
        };
        all.into_iter().filter(is_for).collect()
    }

    /// Waits until the server has taken `count` mails for an address.
    pub async fn wait(&self, to: &str, count: usize) -> Vec<Json> {
        for _ in 0..600 {
            let mails = self.mails(to).await;
            if mails.len() >= count {
                return mails;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the server did not get {count} mails for {to} within a minute");
    }
}

/// The text of a mail's header or body, with quoted-printable decoded as far as links need it.
pub fn text(mail: &Json) -> String {
    let raw = mail["raw"].as_str().expect("a text");
    raw.replace("=\r\n", "").replace("=3D", "=")
}

/// The token after `#` of the link to a page.
pub fn token(mail: &Json, page: &str) -> String {
    let text = text(mail);
    let (_, rest) = text.split_once(&format!("/{page}#")).expect("a link");
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    rest[..end.unwrap_or(rest.len())].to_owned()
}

/// The message id of a mail.
pub fn message_id(mail: &Json) -> String {
    let text = text(mail);
    let line = text.lines().find(|line| line.starts_with("Message-ID: "));
    line.expect("a message id").to_owned()
}

fn certificate(folder: &Path) -> (std::path::PathBuf, std::path::PathBuf) {
    let (config, certificate, key) = (
        folder.join("openssl.cnf"),
        folder.join("certificate.pem"),
        folder.join("key.pem"),
    );
    std::fs::write(&config, CERTIFICATE).expect("written");
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ])
        .args(["-nodes", "-days", "2", "-config"])
        .arg(&config)
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .expect("openssl starts");
    assert!(made.status.success(), "{made:?}");
    (certificate, key)
}
