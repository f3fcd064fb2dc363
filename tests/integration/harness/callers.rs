//! Callers of the server: without a credential, with a session, or with an API key.

use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Value as Json, json};

/// A caller's credential.
#[derive(Clone, Debug, PartialEq)]
pub enum Secret {
    None,
    Session(String),
    Key(String),
}

/// A client of the server.
#[derive(Clone)]
pub struct Caller {
    pub base: String,
    pub secret: Secret,
    pub org: Option<String>,
    client: reqwest::Client,
}

/// A response.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Caller {
    pub fn new(base: &str, secret: Secret) -> Self {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self {
            base: base.to_owned(),
            secret,
            org: None,
            client,
        }
    }

    /// The same caller, at another server of the same application.
    pub fn at(&self, base: &str) -> Self {
        Self {
            base: base.to_owned(),
            ..self.clone()
        }
    }

    /// The same caller, acting in one of their organizations.
    pub fn in_org(&self, org: impl ToString) -> Self {
        Self {
            org: Some(org.to_string()),
            ..self.clone()
        }
    }

    /// Creates a request with the caller's secret, and with the correct Origin if a browser would
    /// send one.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        match &self.secret {
            Secret::None => {}
            Secret::Session(token) => {
                request = request
                    .header("cookie", format!("__Host-flowmason={token}"))
                    .header("origin", &self.base);
            }
            Secret::Key(key) => request = request.bearer_auth(key),
        }
        if let Some(org) = &self.org {
            request = request.header("x-flowmason-org", org);
        }
        request
    }

    /// Posts JSON.
    pub async fn post(&self, path: &str, body: &Json) -> Answer {
        let request = self.request(Method::POST, path).json(body);
        Answer::of(request.send().await.expect("the server answers")).await
    }

    /// Gets a path.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(
            self.request(Method::GET, path)
                .send()
                .await
                .expect("the server answers"),
        )
        .await
    }

    /// Runs a GraphQL operation.
    pub async fn graphql(&self, query: &str, variables: Json) -> Answer {
        self.post(
            "/graphql",
            &json!({ "query": query, "variables": variables }),
        )
        .await
    }

    /// Runs a GraphQL operation that must succeed, and returns its data.
    pub async fn data(&self, query: &str, variables: Json) -> Json {
        let answer = self.graphql(query, variables).await;
        let json = answer.json();
        assert!(json.get("errors").is_none(), "{query}\n{}", answer.text);
        json["data"].clone()
    }

    /// Runs a GraphQL operation that must fail, and returns the code of its first error.
    pub async fn code(&self, query: &str, variables: Json) -> String {
        let answer = self.graphql(query, variables).await;
        answer
            .code()
            .unwrap_or_else(|| panic!("no error: {query}\n{}", answer.text))
    }
}

impl Answer {
    pub async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        Self {
            status,
            headers,
            text: response.text().await.expect("a text"),
        }
    }

    pub fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    /// The code of the first error, in a GraphQL or another JSON response.
    pub fn code(&self) -> Option<String> {
        let json = self.json();
        let code = [
            json.pointer("/errors/0/extensions/code"),
            json.pointer("/error/code"),
        ];
        code.into_iter()
            .flatten()
            .next()?
            .as_str()
            .map(str::to_owned)
    }

    /// The status and the body without request ids, for comparison byte by byte.
    pub fn comparable(&self) -> String {
        let mut json = self.json();
        strip(&mut json);
        format!("{} {json}", self.status)
    }

    /// The value of the session cookie that this response sets.
    pub fn cookie(&self) -> Option<String> {
        let text = self.headers.get("set-cookie")?.to_str().ok()?;
        let (name, rest) = text.split_once('=')?;
        assert_eq!(name, "__Host-flowmason");
        Some(rest.split(';').next()?.to_owned())
    }
}

fn strip(json: &mut Json) {
    match json {
        Json::Object(map) => {
            map.remove("requestId");
            map.values_mut().for_each(strip);
        }
        Json::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}
