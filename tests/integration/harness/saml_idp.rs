//! The second SAML provider of the cases: npm `saml-idp`, a real one, with a page where people sign in.
//! What it sends is changed by its own options.
//!
//! `FLOWMASON_TEST_NODE` names a Node that can start it; `cargo xtask test` prepares one.

use std::process::Command;

use reqwest::StatusCode;

use super::{
    Answer, TestApp,
    oidc::{Browser, location},
    peer::{self, Peer, free_port},
    saml::{EMAIL_FORMAT, Posted, post},
};

/// The provider's name for itself.
pub const NAME: &str = "urn:test:saml-idp";

/// A running provider.
pub struct SamlIdp {
    _server: Peer,
    port: u16,
    folder: tempfile::TempDir,
}

/// Who signs in, as they fill in the provider's page.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// The name ID, and the address.
    pub mail: &'a str,
    /// The groups, separated by commas.
    pub groups: &'a str,
    /// The format of the name ID.
    pub format: &'a str,
}

/// A person in the group `eng`.
pub const ALICE: Person<'_> = Person {
    mail: "alice@example.test",
    groups: "eng,ops",
    format: EMAIL_FORMAT,
};

impl SamlIdp {
    /// Starts a provider for a service with this metadata. `None` if no Node is named; in CI that is a
    /// failure.
    pub fn start(service: &str) -> Option<Self> {
        let node = peer::program("FLOWMASON_TEST_NODE", "second SAML provider")?;
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("service.xml"), service).expect("a file");
        let advice = "are the packages of tests/peers/saml-idp installed?";
        let make = || {
            let (mut command, port) = (Command::new(&node), free_port());
            command
                .arg(peer::file("saml-idp/server.mjs"))
                .arg(port.to_string())
                .arg(folder.path());
            (command, port)
        };
        let (server, port) = Peer::start(make, advice);
        Some(Self {
            _server: server,
            port,
            folder,
        })
    }

    /// One of the provider's files, such as `evil.key`.
    pub fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).expect(name)
    }

    /// An address of the provider.
    pub fn at(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The provider's metadata.
    pub async fn metadata(&self, app: &TestApp) -> String {
        let page = Browser::new(app).there(&self.at("/metadata"), None).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        page.text
    }

    /// Changes options of the package.
    pub async fn options(&self, app: &TestApp, options: &[(&str, &str)]) {
        let settings = self.at("/settings");
        let done = Browser::new(app).there(&settings, Some(options)).await;
        assert!(done.status.is_redirection(), "{options:?}: {}", done.text);
    }

    /// Goes to the provider with a request, signs in on its page, and returns what its next page posts.
    pub async fn answer(&self, browser: &mut Browser, address: &str, person: Person<'_>) -> Posted {
        let page = browser.there(address, None).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let request = field(&page.text, "_authnRequest");
        let fields = [
            ("userName", person.mail),
            ("nameIdFormat", person.format),
            ("email", person.mail),
            ("groups", person.groups),
            ("_authnRequest", request.as_str()),
        ];
        let signed_in = browser.there(&self.at("/signin"), Some(&fields)).await;
        assert_eq!(signed_in.status, StatusCode::OK, "{}", signed_in.text);
        Posted {
            acs: action(&signed_in.text),
            response: field(&signed_in.text, "SAMLResponse"),
            relay_state: field(&signed_in.text, "RelayState"),
        }
    }

    /// Begins a sign-in in a browser, and signs in at the provider.
    pub async fn begin(&self, browser: &mut Browser, provider: &str, person: Person<'_>) -> Posted {
        let begun = browser.open(&format!("/sign-in/saml/{provider}")).await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
        self.answer(browser, &location(&begun), person).await
    }

    /// Signs in from beginning to end: the last response of this server.
    pub async fn sign_in(
        &self,
        browser: &mut Browser,
        provider: &str,
        person: Person<'_>,
    ) -> Answer {
        let posted = self.begin(browser, provider, person).await;
        let received = post(browser, &posted).await;
        match received.status {
            StatusCode::SEE_OTHER => browser.open(&location(&received)).await,
            _ => received,
        }
    }
}

/// The value of a hidden field of a page.
pub fn field(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\""))
        .unwrap_or_else(|| panic!("no {name}: {page}"));
    let (_, rest) = rest.split_once("value=").expect("a value");
    let quote = rest.chars().next().expect("a quotation mark");
    let value = rest.split(quote).nth(1).unwrap_or_default();
    value.replace("&#x3D;", "=").replace("&amp;", "&")
}

/// Where the form of a page goes.
pub fn action(page: &str) -> String {
    let (_, rest) = page.split_once("action=\"").expect("a form");
    rest.split('"').next().unwrap_or_default().to_owned()
}
