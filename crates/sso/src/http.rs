//! The requests to providers, through the guarded HTTP client: no redirects, ten seconds, 256 KiB.

use std::time::Duration;

use components::http::{GuardedClient, HttpError, Reply, Request};
use openidconnect::{
    HttpRequest, HttpResponse,
    http::{
        HeaderValue, Method, StatusCode,
        header::{ACCEPT, AUTHORIZATION},
    },
};
use serde_json::Value as Json;

use crate::SsoError;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The longest answer, in bytes.
const LONGEST: usize = 256 * 1024;

/// The client for requests to providers.
#[derive(Clone, Debug)]
pub(crate) struct Http(GuardedClient);

impl Http {
    pub fn new(client: GuardedClient) -> Self {
        Self(client)
    }

    /// Checks whether an address may be called, without looking its name up.
    pub fn check(&self, url: &str) -> Result<(), HttpError> {
        self.0.check(url).map(drop)
    }

    /// Reads a JSON document.
    pub async fn json(
        &self,
        what: &'static str,
        url: &str,
        bearer: Option<&str>,
    ) -> Result<Json, SsoError> {
        let wrong = |problem: String| SsoError::Document {
            what,
            url: url.to_owned(),
            problem,
        };
        let mut request = Request::new(Method::GET, url);
        let json = HeaderValue::from_static("application/json");
        request.headers.insert(ACCEPT, json);
        if let Some(token) = bearer {
            let value = HeaderValue::from_str(&format!("Bearer {token}"));
            let value = value.map_err(|_| wrong("the access token is not a header".to_owned()))?;
            request.headers.insert(AUTHORIZATION, value);
        }
        let reply = self.send(request).await;
        let reply = reply.map_err(|error| wrong(error.to_string()))?;
        match reply.status {
            200 => {}
            300..=399 => return Err(wrong("it redirects, which is not followed".to_owned())),
            status => return Err(wrong(format!("the status is {status}"))),
        }
        serde_json::from_slice(&reply.body).map_err(|error| wrong(format!("not JSON ({error})")))
    }

    /// Sends a request of the library.
    pub async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (head, body) = request.into_parts();
        let mut ours = Request::new(head.method, head.uri.to_string());
        ours.headers = head.headers;
        ours.body = Some(body.into());
        let reply = self.send(ours).await?;
        let mut answer = HttpResponse::new(reply.body.to_vec());
        *answer.status_mut() = StatusCode::from_u16(reply.status).map_err(|_| HttpError::Broken)?;
        *answer.headers_mut() = reply.headers;
        Ok(answer)
    }

    async fn send(&self, mut request: Request) -> Result<Reply, HttpError> {
        request.timeout = TIMEOUT;
        request.max_bytes = LONGEST;
        request.follow_redirects = false;
        self.0.send(request).await
    }
}
