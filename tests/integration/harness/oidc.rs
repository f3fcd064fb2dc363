//! The OpenID provider of the cases: npm `oidc-provider`, a real one, which misbehaves on request;
//! and a browser that signs in there.
//!
//! `FLOWMASON_TEST_NODE` names a Node that can start it; `cargo xtask test` prepares one.

use std::{collections::BTreeMap, process::Command};

use components::http::{GuardedClient, OutboundConfig};
use reqwest::{Client, StatusCode, header::LOCATION};
use serde_json::{Value as Json, json};
use url::Url;

use super::{
    Answer, Caller, TestApp,
    callers::Secret,
    peer::{self, Peer, free_port},
    people::Org,
};

/// The secret of the provider's clients.
pub const SECRET: &str = "s3cret-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

/// Where providers send browsers back to.
pub const CALLBACK: &str = "/sign-in/oidc/callback";

/// A running provider.
pub struct Oidc {
    _server: Peer,
    port: u16,
    client: Client,
}

impl Oidc {
    /// Starts a provider. `None` if no Node is named; in CI that is a failure.
    pub fn start() -> Option<Self> {
        let node = peer::program("FLOWMASON_TEST_NODE", "OpenID provider")?;
        let make = || {
            let (mut command, port) = (Command::new(&node), free_port());
            command
                .arg(peer::file("oidc/server.mjs"))
                .arg(port.to_string());
            (command, port)
        };
        let advice = "are the packages of tests/peers/oidc installed?";
        let (server, port) = Peer::start(make, advice);
        Some(Self {
            _server: server,
            port,
            client: client(),
        })
    }

    /// The provider's name for itself.
    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Changes the provider's state, and returns it.
    pub async fn ctl(&self, changes: Json) -> Json {
        let request = self
            .client
            .post(format!("{}/ctl", self.issuer()))
            .body(changes.to_string());
        let answer = request.send().await.expect("the provider answers");
        let text = answer.text().await.expect("a text");
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
    }

    /// Makes the next ID tokens wrong in a way.
    pub async fn mode(&self, mode: &str) {
        self.ctl(json!({ "mode": mode })).await;
    }

    /// An application that may call the provider, and to which the provider sends people back.
    pub async fn app(&self, app: &TestApp) -> TestApp {
        self.app_with(app, &[self], |_| {}).await
    }

    /// Like [`Oidc::app`], with several providers and changed settings.
    pub async fn app_with(
        &self,
        app: &TestApp,
        all: &[&Oidc],
        change: impl FnOnce(&mut domain::Settings),
    ) -> TestApp {
        let allow = all.iter().map(|one| format!("127.0.0.1:{}", one.port));
        let outbound = OutboundConfig {
            allow: allow.collect(),
            ..OutboundConfig::default()
        };
        let http = GuardedClient::builder().outbound(outbound).build();
        let app = app
            .again(|settings| {
                settings.http = Some(http.expect("a client"));
                change(settings);
            })
            .await;
        for one in all {
            let callback = format!("{}{CALLBACK}", app.base);
            one.ctl(json!({ "callback": callback })).await;
        }
        app
    }

    /// The settings with which an organization signs its people in here.
    pub fn settings(&self) -> Json {
        json!({
            "kind": "OTHER", "name": "Example", "issuer": self.issuer(), "clientId": "basic",
            "scopes": ["email", "profile", "groups"], "groupsClaim": "groups",
            "mappings": [{ "group": "eng", "role": "DEVELOPER" }], "joining": "EVERYBODY",
            "enabled": true,
        })
    }
}

pub const CREATE: &str = "mutation($s: SsoProviderSettings!, $k: String) { \
    createSsoProvider(input: {settings: $s, clientSecret: $k}) { provider { id } } }";

/// Creates a provider with these settings, and returns its id.
pub async fn create(owner: &Caller, settings: &Json) -> String {
    let made = owner
        .data(CREATE, json!({ "s": settings, "k": SECRET }))
        .await;
    made["createSsoProvider"]["provider"]["id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

/// The owner of an organization, at this server.
pub fn owner(app: &TestApp, org: &Org) -> Caller {
    org.owner().caller.at(&app.base)
}

/// A browser with its cookies at this server.
pub struct Browser {
    base: String,
    client: Client,
    pub cookies: BTreeMap<String, String>,
    theirs: BTreeMap<String, String>,
}

impl Browser {
    pub fn new(app: &TestApp) -> Self {
        Self {
            base: app.base.clone(),
            client: client(),
            cookies: BTreeMap::new(),
            theirs: BTreeMap::new(),
        }
    }

    /// Opens a page of this server.
    pub async fn open(&mut self, path: &str) -> Answer {
        let address = match path.starts_with("http") {
            true => path.to_owned(),
            false => format!("{}{path}", self.base),
        };
        let request = self
            .client
            .get(address)
            .header("cookie", cookies(&self.cookies));
        let answer = Answer::of(request.send().await.expect("an answer")).await;
        keep(&mut self.cookies, &answer);
        answer
    }

    /// Posts a form from a page of this server.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self
            .client
            .post(format!("{}{path}", self.base))
            .header("cookie", cookies(&self.cookies))
            .header("origin", &self.base);
        let answer = Answer::of(form(request, fields).send().await.expect("an answer")).await;
        keep(&mut self.cookies, &answer);
        answer
    }

    /// Posts a form from a page of another site: without cookies that are for this site only.
    pub async fn submit_from_elsewhere(
        &mut self,
        address: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let request = self.client.post(address).header("origin", "null");
        let answer = Answer::of(form(request, fields).send().await.expect("an answer")).await;
        keep(&mut self.cookies, &answer);
        answer
    }

    /// Opens a page of a provider, or posts a form there, with the browser's cookies there.
    pub async fn there(&mut self, address: &str, fields: Option<&[(&str, &str)]>) -> Answer {
        let request = match fields {
            Some(fields) => form(self.client.post(address), fields),
            None => self.client.get(address),
        };
        let request = request.header("cookie", cookies(&self.theirs));
        let answer = Answer::of(request.send().await.expect("an answer")).await;
        keep(&mut self.theirs, &answer);
        answer
    }

    /// Begins a sign-in, and returns the address of the provider.
    pub async fn begin(&mut self, provider: &str, more: &str) -> String {
        let answer = self.open(&format!("/sign-in/oidc/{provider}{more}")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        location(&answer)
    }

    /// Signs in at the provider, and returns the address to which it sends the browser back.
    pub async fn at_provider(&mut self, address: &str) -> Url {
        let mut at = Url::parse(address).expect("an address");
        for _ in 0..6 {
            let request = self.client.get(at.clone());
            let request = request.header("cookie", cookies(&self.theirs));
            let answer = Answer::of(request.send().await.expect("an answer")).await;
            keep(&mut self.theirs, &answer);
            assert!(answer.status.is_redirection(), "{at}: {}", answer.text);
            at = at.join(&location(&answer)).expect("an address");
            if at.path() == CALLBACK {
                return at;
            }
        }
        panic!("no end: {at}");
    }

    /// Goes to the provider and back as far as the callback: the address with the provider's answer.
    pub async fn answer(&mut self, provider: &str, user: &str) -> Url {
        let address = self.begin(provider, &format!("?email={user}")).await;
        self.at_provider(&address).await
    }

    /// Signs in from beginning to end.
    pub async fn sign_in(&mut self, provider: &str, user: &str) -> Answer {
        let back = self.answer(provider, user).await;
        self.open(back.as_str()).await
    }

    /// The signed-in person.
    pub fn caller(&self) -> Caller {
        let token = self.cookies.get("__Host-flowmason").expect("a session");
        Caller::new(&self.base, Secret::Session(token.clone()))
    }

    /// Whether the browser has a session.
    pub fn is_signed_in(&self) -> bool {
        self.cookies.contains_key("__Host-flowmason")
    }
}

/// The address to which a response sends the browser.
pub fn location(answer: &Answer) -> String {
    let header = answer.headers.get(LOCATION).expect("a location");
    header.to_str().expect("a text").to_owned()
}

/// An address with another value of a parameter, or without it.
pub fn with(url: &Url, name: &str, value: Option<&str>) -> String {
    let mut changed = url.clone();
    let rest: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(key, _)| key != name)
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    changed
        .query_pairs_mut()
        .clear()
        .extend_pairs(rest)
        .extend_pairs(value.map(|value| (name, value)));
    changed.into()
}

/// A request with a form as its body.
fn form(request: reqwest::RequestBuilder, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    request
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
}

fn cookies(all: &BTreeMap<String, String>) -> String {
    let pairs = all.iter().map(|(name, value)| format!("{name}={value}"));
    pairs.collect::<Vec<_>>().join("; ")
}

fn keep(all: &mut BTreeMap<String, String>, answer: &Answer) {
    for text in answer.headers.get_all("set-cookie") {
        let text = text.to_str().expect("a text");
        let pair = text.split(';').next().unwrap_or_default();
        let (name, value) = pair.split_once('=').expect("a cookie");
        if value.is_empty() {
            all.remove(name);
        } else {
            all.insert(name.to_owned(), value.to_owned());
        }
    }
}

pub(super) fn client() -> Client {
    let client = Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build();
    client.expect("a client")
}
