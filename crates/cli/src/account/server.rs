//! Requests to a server.

use std::time::Duration;

use ::components::http::{GuardedClient, Reply, Request};
use reqwest::{
    Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use url::{Url, form_urlencoded::Serializer};

use super::error::Failed;

/// The longest response, in bytes.
const LONGEST: usize = 1024 * 1024;
/// How long a request may take.
const TIME: Duration = Duration::from_secs(30);

/// A server.
pub struct Server {
    /// Its address, without a slash at the end.
    pub address: String,
    client: GuardedClient,
}

/// Where the authorization server is reached.
#[derive(Debug, serde::Deserialize)]
pub struct Endpoints {
    issuer: String,
    pub token_endpoint: String,
    pub device_authorization_endpoint: String,
    pub revocation_endpoint: String,
}

/// A refusal of the authorization server.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Refusal {
    #[serde(default)]
    pub error: String,
    #[serde(default)]
    pub error_description: String,
}

impl Server {
    /// The server at an address.
    pub fn at(address: &str) -> Result<Self, Failed> {
        let address = address.trim().trim_end_matches('/');
        let wrong = |problem: &str| Failed::set_up(format!("server: `{address}` {problem}"));
        let url = Url::parse(address)
            .map_err(|_| wrong("is not an address, such as https://flowmason.example.com"))?;
        match url.scheme() {
            "https" => {}
            "http" if types::is_loopback_url(&url) => {}
            _ => {
                return Err(wrong(
                    "is not encrypted; use https (http is only for this machine)",
                ));
            }
        }
        let client = GuardedClient::builder().allow_private_network(true).build();
        Ok(Self {
            address: address.to_owned(),
            client: client.map_err(Failed::refused)?,
        })
    }

    /// The endpoints that the server publishes. Its issuer must be this address.
    pub async fn endpoints(&self) -> Result<Endpoints, Failed> {
        let url = format!("{}/.well-known/oauth-authorization-server", self.address);
        let reply = self.send(Request::new(Method::GET, url)).await?;
        let endpoints: Endpoints = self.read(&reply)?;
        if endpoints.issuer != self.address {
            return Err(Failed::set_up(format!(
                "server: {} calls itself {}; use that address",
                self.address, endpoints.issuer
            )));
        }
        Ok(endpoints)
    }

    /// Posts a form to an endpoint.
    pub async fn post<T: DeserializeOwned>(
        &self,
        endpoint: &str,
        form: &[(&str, &str)],
    ) -> Result<Result<T, Refusal>, Failed> {
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = Request::new(Method::POST, endpoint);
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers.insert(CONTENT_TYPE, kind);
        request.body = Some(body.into());
        let reply = self.send(request).await?;
        if reply.status == 200 {
            return self.read(&reply).map(Ok);
        }
        let refusal: Refusal = serde_json::from_slice(&reply.body).unwrap_or_default();
        if refusal.error.is_empty() {
            return Err(self.strange(&reply));
        }
        Ok(Err(refusal))
    }

    /// Runs a GraphQL query as the bearer. `None`: the server does not know the bearer.
    pub async fn query(&self, bearer: &str, query: &str) -> Result<Option<Json>, Failed> {
        let url = format!("{}/graphql", self.address);
        let mut request = Request::new(Method::POST, url);
        let kind = HeaderValue::from_static("application/json");
        request.headers.insert(CONTENT_TYPE, kind);
        let bearer = HeaderValue::from_str(&format!("Bearer {bearer}"));
        let mut bearer = bearer.map_err(|_| {
            Failed::set_up("The API key has characters that no key has; copy it again")
        })?;
        bearer.set_sensitive(true);
        request.headers.insert(AUTHORIZATION, bearer);
        request.body = Some(json!({ "query": query }).to_string().into());
        let reply = self.send(request).await?;
        let answer: Json = self.read(&reply)?;
        let error = &answer["errors"][0];
        match error["extensions"]["code"].as_str() {
            None if answer["data"].is_object() => Ok(Some(answer["data"].clone())),
            None => Err(self.strange(&reply)),
            Some("UNAUTHENTICATED") => Ok(None),
            Some(code) => {
                let message = error["message"].as_str().unwrap_or_default();
                Err(Failed::refused(format!("{message} ({code})")))
            }
        }
    }

    async fn send(&self, mut request: Request) -> Result<Reply, Failed> {
        request.max_bytes = LONGEST;
        request.timeout = TIME;
        request.follow_redirects = false;
        let kind = HeaderValue::from_static("application/json");
        request.headers.insert(ACCEPT, kind);
        let reply = self.client.send(request).await;
        reply.map_err(|error| Failed::refused(format!("{}: {error}", self.address)))
    }

    fn read<T: DeserializeOwned>(&self, reply: &Reply) -> Result<T, Failed> {
        serde_json::from_slice(&reply.body).map_err(|_| self.strange(reply))
    }

    fn strange(&self, reply: &Reply) -> Failed {
        Failed::refused(format!(
            "{} answers with status {}, and not as a FlowMason server does; check the address",
            self.address, reply.status
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_reached_encrypted_or_on_this_machine() {
        for good in [
            "https://flowmason.example.com/",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "http://localhost:8080",
        ] {
            let server = Server::at(good).unwrap_or_else(|failed| panic!("{}", failed.message));
            assert!(!server.address.ends_with('/'));
        }
        for bad in [
            "",
            "flowmason",
            "http://flowmason.example.com",
            "ftp://localhost",
        ] {
            let failed = Server::at(bad).err().expect(bad);
            assert!(failed.message.starts_with("server: "), "{}", failed.message);
        }
    }
}
