//! The provider's process, and the requests that a browser would send to it.
//!
//! `FLOWMASON_TEST_PYTHON` names a Python that has `pysaml2`; `cargo xtask test` prepares one.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "test code that calls itself only"
)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
};

use saml::NameId;
use url::form_urlencoded;

pub struct Peer {
    server: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// What the provider replied.
pub struct Reply {
    pub status: u16,
    pub location: Option<String>,
    pub body: String,
}

impl Peer {
    /// Starts a provider. `None` if no Python is named; in CI that is a failure.
    pub fn start() -> Option<Self> {
        let Some(python) = std::env::var_os("FLOWMASON_TEST_PYTHON") else {
            let ci = std::env::var("CI").is_ok_and(|value| value == "true");
            assert!(!ci, "CI=true, but FLOWMASON_TEST_PYTHON is not set");
            eprintln!("skipped: no SAML provider (FLOWMASON_TEST_PYTHON is not set)");
            return None;
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let folder = tempfile::tempdir().unwrap();
        let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs the tests");
        let mut server = Command::new(python)
            .arg(format!("{here}/../../tests/peers/saml/server.py"))
            .arg(port.to_string())
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("FLOWMASON_TEST_PYTHON starts");
        let mut first = String::new();
        let out = server.stdout.take().expect("piped");
        BufReader::new(out).read_line(&mut first).expect("a line");
        assert_eq!(first.trim(), "ready", "does this Python have pysaml2?");
        Some(Self {
            server,
            port,
            folder,
        })
    }

    /// One of its files.
    pub fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    pub fn get(&self, target: &str) -> String {
        self.request("GET", target, "").body
    }

    pub fn post_form(&self, path: &str, fields: &[(&'static str, String)]) -> Reply {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.request("POST", path, &body)
    }

    /// Sets one of its switches.
    pub fn control(&self, name: &str, value: &str) {
        let change = format!("{{{}: {}}}", json(name), json(value));
        let reply = self.request("POST", "/ctl", &change);
        assert_eq!(reply.status, 200, "{}", reply.body);
    }

    /// The provider's own request to log a person out: an address, or the field of a form.
    pub fn ask_to_log_out(&self, name: &NameId, by_redirect: bool) -> String {
        let binding = if by_redirect { "redirect" } else { "post" };
        let change = format!(
            "{{\"logout\": {{\"name_id\": {{\"text\": {}, \"format\": {}}}, \
             \"session_index\": \"one\", \"binding\": \"{binding}\"}}}}",
            json(&name.value),
            json(&name.format)
        );
        let reply = self.request("POST", "/ctl", &change);
        assert_eq!(reply.status, 200, "{}", reply.body);
        let name = if by_redirect {
            "\"location\": \""
        } else {
            "\"SAMLRequest\": \""
        };
        let (_, rest) = reply.body.split_once(name).expect("a message");
        rest.split('"').next().unwrap().to_owned()
    }

    /// One request on a connection of its own.
    pub fn request(&self, method: &str, target: &str, body: &str) -> Reply {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {target} HTTP/1.0\r\nhost: 127.0.0.1\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        let (head, body) = reply.split_once("\r\n\r\n").expect("a head");
        let mut lines = head.lines();
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .unwrap();
        let location = lines.find_map(|line| line.strip_prefix("location: "));
        Reply {
            status: status.parse().unwrap(),
            location: location.map(str::to_owned),
            body: body.to_owned(),
        }
    }
}

impl Reply {
    /// The value of a field of the form in the page.
    pub fn field(&self, name: &str) -> String {
        let begin = format!("name=\"{name}\" value=\"");
        let (_, rest) = self
            .body
            .split_once(&begin)
            .unwrap_or_else(|| panic!("{}", self.body));
        rest.split('"').next().unwrap().to_owned()
    }
}

/// A text in JSON. The texts here have no control characters.
fn json(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
