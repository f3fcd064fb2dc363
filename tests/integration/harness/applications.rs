//! Applications of the cases: registered ones, and a foreign one, npm `openid-client`, which is
//! started with the Node that `FLOWMASON_TEST_NODE` names.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use domain::{
    Permission, PermissionSet,
    identity::oauth::{self, ApplicationTerms, ClientKind},
};
use reqwest::Method;
use serde_json::{Value as Json, json};
use types::ServiceAccountId;
use url::form_urlencoded::Serializer;

use super::{Answer, Caller, TestApp, callers::Secret, peer, people::Person};

/// Where the applications get their answers.
pub const CALLBACK: &str = "http://127.0.0.1/callback";
/// The proof and the challenge of RFC 7636's example.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A registered application.
pub struct Application {
    pub id: String,
    pub secret: Option<String>,
    base: String,
}

/// The tokens of an application.
pub struct Tokens {
    /// A caller with the access token.
    pub caller: Caller,
    pub access: String,
    pub refresh: String,
}

impl Application {
    /// Registers an application with these scopes.
    pub async fn register(
        app: &TestApp,
        person: &Person,
        kind: ClientKind,
        scopes: &[Permission],
        service_account: Option<ServiceAccountId>,
    ) -> Self {
        let terms = ApplicationTerms {
            name: "Reports".to_owned(),
            kind,
            redirect_uris: vec![CALLBACK.to_owned()],
            scopes: scopes.iter().copied().collect::<PermissionSet>(),
            device_flow: true,
            service_account,
        };
        let (application, secret) = oauth::register_application(&person.ctx, terms)
            .await
            .expect("an application");
        Self {
            id: application.id.to_string(),
            secret,
            base: app.base.clone(),
        }
    }

    /// The query with which it sends people.
    pub fn query(&self) -> String {
        Serializer::new(String::new())
            .append_pair("client_id", &self.id)
            .append_pair("redirect_uri", CALLBACK)
            .append_pair("response_type", "code")
            .append_pair("state", "xyz")
            .append_pair("code_challenge", CHALLENGE)
            .append_pair("code_challenge_method", "S256")
            .finish()
    }

    /// Lets a person allow it, and redeems the code.
    pub async fn tokens(&self, person: &Caller) -> Tokens {
        let code = allow(person, &self.query()).await;
        let code = value(&code, "code").expect("a code");
        let answer = self
            .post(
                "/oauth/token",
                &[
                    ("grant_type", "authorization_code"),
                    ("code", &code),
                    ("redirect_uri", CALLBACK),
                    ("code_verifier", VERIFIER),
                ],
            )
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        self.read(&answer)
    }

    /// The next tokens.
    pub async fn refresh(&self, token: &str) -> Answer {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.post("/oauth/token", &form).await
    }

    /// The tokens in an answer.
    pub fn read(&self, answer: &Answer) -> Tokens {
        let json = answer.json();
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        let access = text("access_token");
        Tokens {
            caller: Caller::new(&self.base, Secret::Key(access.clone())),
            access,
            refresh: text("refresh_token"),
        }
    }

    /// Posts a form with its proof.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let mut all = vec![("client_id", self.id.as_str())];
        all.extend(
            self.secret
                .as_deref()
                .map(|secret| ("client_secret", secret)),
        );
        all.extend(form);
        post(&self.base, path, &all).await
    }
}

/// Posts a form without any credential.
pub async fn post(base: &str, path: &str, form: &[(&str, &str)]) -> Answer {
    let body = Serializer::new(String::new()).extend_pairs(form).finish();
    let request = Caller::new(base, Secret::None)
        .request(Method::POST, path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    Answer::of(request.send().await.expect("the server answers")).await
}

/// The address to which a person is sent who allows what an application asks for.
pub async fn allow(person: &Caller, query: &str) -> String {
    let document = "mutation($query: String!) { \
        answerAuthorization(input: {query: $query, allow: true}) { redirectTo } }";
    let answer = person.data(document, json!({ "query": query })).await;
    let to = &answer["answerAuthorization"]["redirectTo"];
    to.as_str().expect("an address").to_owned()
}

/// Lets a person allow what the device with this code asks for.
pub async fn allow_device(person: &Caller, code: &str) {
    let variables = json!({ "code": code });
    let look = "query($code: String!) { deviceRequest(code: $code) { applicationName } }";
    person.data(look, variables.clone()).await;
    let allow = "mutation($code: String!) { \
        answerDevice(input: {code: $code, allow: true}) { allowed } }";
    let allowed = person.data(allow, variables).await;
    assert_eq!(allowed["answerDevice"]["allowed"], true);
}

/// An application of this person, and what they granted to it.
pub async fn allowed(person: &Person) -> (String, String) {
    let register = "mutation { registerApplication(input: {name: \"an application\", \
        kind: CONFIDENTIAL, redirectUris: [\"http://127.0.0.1/callback\"], scopes: [\"run.read\"]}) { \
        application { clientId } } }";
    let made = person.caller.data(register, json!({})).await;
    let id = &made["registerApplication"]["application"]["clientId"];
    let application = Application {
        id: id.as_str().expect("an id").to_owned(),
        secret: None,
        base: String::new(),
    };
    allow(&person.caller, &application.query()).await;
    let grants = person
        .caller
        .data("{ myApplicationGrants { grantId } }", json!({}))
        .await;
    let grant = &grants["myApplicationGrants"][0]["grantId"];
    (application.id, grant.as_str().expect("an id").to_owned())
}

/// A value in the query of an address.
pub fn value(address: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(address).expect("an address");
    let mut pairs = url.query_pairs();
    let found = pairs.find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned())
}

/// Runs the foreign application through every flow; `person` answers it. Returns what it reports, or
/// `None` if no Node is named; in CI that is a failure.
pub async fn foreign(
    app: &TestApp,
    person: &Caller,
    confidential: &Application,
    public: &Application,
) -> Option<Json> {
    let node = peer::program("FLOWMASON_TEST_NODE", "foreign OAuth client")?;
    let mut program = Command::new(node)
        .arg(peer::file("oauth/client.mjs"))
        .arg(&app.base)
        .arg(&confidential.id)
        .arg(confidential.secret.as_deref().expect("a secret"))
        .arg(&public.id)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("FLOWMASON_TEST_NODE starts");
    let mut input = program.stdin.take().expect("piped");
    let (send, mut lines) = tokio::sync::mpsc::unbounded_channel();
    let output = BufReader::new(program.stdout.take().expect("piped"));
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            let _ = send.send(line);
        }
    });
    let mut done = None;
    while let Some(line) = lines.recv().await {
        let message: Json = serde_json::from_str(&line).expect("a line of JSON");
        if let Some(why) = message["failed"].as_str() {
            panic!("the foreign application: {why}");
        }
        let reply = match (message["open"].as_str(), message["enter"].as_str()) {
            (Some(address), _) => browse(app, person, address).await,
            (_, Some(code)) => {
                allow_device(person, code).await;
                "done".to_owned()
            }
            _ => {
                done = Some(message["done"].clone());
                break;
            }
        };
        writeln!(input, "{reply}").expect("it reads");
    }
    program.wait().expect("it ends");
    Some(done.expect("are the packages of tests/peers/oauth installed?"))
}

/// What a browser does with the address of an authorization request, if its person allows it.
async fn browse(app: &TestApp, person: &Caller, address: &str) -> String {
    let path = address.strip_prefix(&app.base).expect("this server");
    let answer = person.get(path).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let to = answer.headers["location"].to_str().expect("a text");
    let page = format!("{}{to}", app.base);
    assert!(to.starts_with("/consent?"), "{to}");
    let query = value(&page, "request").expect("the query");
    allow(person, &query).await
}
