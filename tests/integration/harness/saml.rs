//! The SAML provider of the cases: `pysaml2`, a real one, which misbehaves on request.
//!
//! `FLOWMASON_TEST_PYTHON` names a Python that has it; `cargo xtask test` prepares one.

use std::process::Command;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use components::http::{GuardedClient, OutboundConfig};
use reqwest::{Client, StatusCode};
use serde_json::{Value as Json, json};

use super::{
    Answer, Caller, TestApp,
    oidc::{Browser, client, location},
    peer::{self, Peer, free_port},
};

/// The format of the names that the provider sends.
pub const EMAIL_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

/// A running provider.
pub struct Saml {
    _server: Peer,
    port: u16,
    client: Client,
    folder: tempfile::TempDir,
}

/// What the provider lets the browser post.
#[derive(Clone, Debug)]
pub struct Posted {
    /// Where to.
    pub acs: String,
    /// The field `SAMLResponse`.
    pub response: String,
    /// The field `RelayState`.
    pub relay_state: String,
}

impl Posted {
    /// The provider's name of its session.
    pub fn session_index(&self) -> String {
        let xml = STANDARD.decode(&self.response).expect("base64");
        let xml = String::from_utf8(xml).expect("a text");
        between(&xml, "SessionIndex=\"")
    }
}

impl Saml {
    /// Starts a provider. `None` if no Python is named; in CI that is a failure.
    pub fn start() -> Option<Self> {
        let python = peer::program("FLOWMASON_TEST_PYTHON", "SAML provider")?;
        let folder = tempfile::tempdir().expect("a folder");
        let make = || {
            let (mut command, port) = (Command::new(&python), free_port());
            command
                .arg(peer::file("saml/server.py"))
                .arg(port.to_string())
                .arg(folder.path());
            (command, port)
        };
        let (server, port) = Peer::start(make, "does this Python have pysaml2?");
        Some(Self {
            _server: server,
            port,
            client: client(),
            folder,
        })
    }

    /// One of the provider's files, such as `evil.pem`.
    pub fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).expect(name)
    }

    /// An address of the provider.
    pub fn at(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The provider's metadata.
    pub async fn metadata(&self) -> String {
        let request = self.client.get(self.at("/metadata"));
        let answer = request.send().await.expect("the provider answers");
        answer.text().await.expect("a text")
    }

    /// Changes the provider's state.
    pub async fn ctl(&self, changes: Json) -> Json {
        let request = self.client.post(self.at("/ctl")).body(changes.to_string());
        let answer = request.send().await.expect("the provider answers");
        let text = answer.text().await.expect("a text");
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
    }

    /// Makes the next responses different in a way.
    pub async fn variant(&self, variant: &str) {
        self.ctl(json!({ "variant": variant })).await;
    }

    /// Who signs in next.
    pub async fn user(&self, mail: &str, groups: &[&str]) {
        self.ctl(json!({ "user": mail, "attributes": { "email": [mail], "groups": groups } }))
            .await;
    }

    /// An application that may call the provider.
    pub async fn app(&self, app: &TestApp) -> TestApp {
        let outbound = OutboundConfig {
            allow: vec![format!("127.0.0.1:{}", self.port)],
            ..OutboundConfig::default()
        };
        let http = GuardedClient::builder().outbound(outbound).build();
        app.again(|settings| settings.http = Some(http.expect("a client")))
            .await
    }

    /// The settings with which an organization signs its people in here.
    pub async fn settings(&self) -> Json {
        json!({
            "kind": "OTHER", "name": "Example", "groupsClaim": "groups",
            "mappings": [{ "group": "eng", "role": "DEVELOPER" }], "joining": "EVERYBODY",
            "enabled": true, "saml": { "metadata": self.metadata().await },
        })
    }

    /// Lets the provider know a service by its metadata.
    pub async fn know(&self, app: &TestApp, provider: &str) {
        let metadata = app
            .anonymous()
            .get(&format!("/auth/saml/{provider}/metadata"))
            .await;
        assert_eq!(metadata.status, StatusCode::OK, "{}", metadata.text);
        self.ctl(json!({ "service": metadata.text })).await;
    }

    /// Goes to the provider with a request, and returns what its page posts.
    pub async fn answer(&self, address: &str) -> Posted {
        let answer = self.client.get(address).send().await;
        let answer = Answer::of(answer.expect("the provider answers")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        Posted {
            acs: between(&answer.text, "action=\""),
            response: between(&answer.text, "name=\"SAMLResponse\" value=\""),
            relay_state: between(&answer.text, "name=\"RelayState\" value=\""),
        }
    }

    /// Begins a sign-in in a browser, and goes to the provider.
    pub async fn begin(&self, browser: &mut Browser, provider: &str) -> Posted {
        let begun = browser.open(&format!("/sign-in/saml/{provider}")).await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
        self.answer(&location(&begun)).await
    }

    /// Signs in from beginning to end: the last response of this server.
    pub async fn sign_in(&self, browser: &mut Browser, provider: &str) -> Answer {
        let posted = self.begin(browser, provider).await;
        let received = post(browser, &posted).await;
        match received.status {
            StatusCode::SEE_OTHER => browser.open(&location(&received)).await,
            _ => received,
        }
    }

    /// The provider's own request to log a person out, as an address.
    pub async fn log_out(&self, mail: &str, session: &str) -> String {
        let name = json!({ "text": mail, "format": EMAIL_FORMAT });
        let asked = self
            .ctl(
                json!({ "logout": { "name_id": name, "session_index": session,
                "binding": "redirect" } }),
            )
            .await;
        asked["location"].as_str().expect("an address").to_owned()
    }
}

/// Posts what the provider's page posts, as the browser does: from another site.
pub async fn post(browser: &mut Browser, posted: &Posted) -> Answer {
    let fields = [
        ("SAMLResponse", posted.response.as_str()),
        ("RelayState", posted.relay_state.as_str()),
    ];
    browser.submit_from_elsewhere(&posted.acs, &fields).await
}

pub const CREATE: &str = "mutation($s: SsoProviderSettings!) { \
    createSsoProvider(input: {settings: $s}) { provider { id } } }";

pub const UPDATE: &str = "mutation($id: ID!, $s: SsoProviderSettings!) { \
    updateSsoProvider(input: {id: $id, settings: $s}) { provider { id enabled } } }";

/// Creates a provider with these settings, and returns its id.
pub async fn create(owner: &Caller, settings: &Json) -> String {
    let made = owner.data(CREATE, json!({ "s": settings })).await;
    let id = made["createSsoProvider"]["provider"]["id"].as_str();
    id.expect("an id").to_owned()
}

/// The text between this beginning and the next quotation mark.
pub fn between(text: &str, begin: &str) -> String {
    let (_, rest) = text
        .split_once(begin)
        .unwrap_or_else(|| panic!("no {begin}: {text}"));
    rest.split('"').next().unwrap_or_default().to_owned()
}
