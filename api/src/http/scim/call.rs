//! One request: who sends it, what is in it, and that it is recorded.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    web,
};
use domain::identity::{
    Source,
    scim::{Provisioner, authenticate, requests},
};
use scim::{Object, Projection, Schema, ScimError, ScimType};
use serde_json::Value as Json;
use types::ErrorCode;

use super::{
    answer::{self, Reply, not_modified, refusal},
    query::{Query, refused},
};
use crate::{
    auth::{Credential, credential},
    error::ApiError,
    guard::{self, json::Unreadable},
    request::{self, RequestId, Route, bucket},
    state::State,
};

/// A request of an identity provider.
pub struct Call<'a> {
    /// Who sends it.
    pub provisioner: &'a Provisioner,
    /// Its query string.
    pub query: Query,
    request: &'a HttpRequest,
    state: &'a State,
}

impl Call<'_> {
    /// The versions that the change is for.
    pub fn if_match(&self) -> Option<&str> {
        let value = self.request.headers().get(header::IF_MATCH)?;
        value.to_str().ok()
    }

    /// The body, which must be an object.
    pub async fn body(&self, payload: web::Payload) -> Result<Object, ApiError> {
        media_type(self.request)?;
        let (bodies, proxies) = (&self.state.bodies, &self.state.trusted_proxies);
        let route = Route::Operations;
        let body = request::read(bodies, proxies, self.request, payload, route).await?;
        let syntax = |detail: String| refused(&ScimError::new(ScimType::InvalidSyntax, detail));
        guard::json::read(&body).map_err(|error| match error {
            Unreadable::Refused(error) => {
                let scim_type = ScimType::InvalidSyntax.as_str();
                error.with("scimType", scim_type.into())
            }
            Unreadable::Syntax(error) => syntax(format!("The body is no JSON object: {error}")),
        })
    }
}

/// Answers a request: finds out who sends it, does the work, and records it.
pub async fn answer<W>(
    request: &HttpRequest,
    state: &State,
    schema: Option<&'static Schema>,
    work: W,
) -> HttpResponse
where
    W: AsyncFnOnce(&Call<'_>) -> Result<Reply, ApiError>,
{
    let id = RequestId::get(request);
    let provisioner = match sender(request, state, &id).await {
        Ok(provisioner) => provisioner,
        Err(error) => return refusal(&error, &id),
    };
    let org = provisioner.ctx().org;
    tracing::Span::current().record("org", tracing::field::display(org));
    let call = Call {
        provisioner: &provisioner,
        query: Query::read(request.query_string()),
        request,
        state,
    };
    let projection = match schema {
        None => Ok(Projection::default()),
        Some(schema) => call.query.projection(schema),
    };
    let done = match projection {
        Ok(projection) => work(&call).await.map(|reply| (reply, projection)),
        Err(error) => Err(error),
    };
    record(&call, &done).await;
    match done {
        Err(error) => refusal(&error, &id),
        Ok((reply, projection)) => shown(request, reply, &projection),
    }
}

fn shown(request: &HttpRequest, reply: Reply, projection: &Projection) -> HttpResponse {
    let known = request.headers().get(header::IF_NONE_MATCH);
    if let (Some(known), Some(version)) = (known.and_then(|one| one.to_str().ok()), reply.version())
        && request.method() == Method::GET
        && known.split(',').any(|one| one.trim() == version)
    {
        return not_modified(version);
    }
    reply.into_response(|body| match body {
        Json::Object(body) if body.contains_key("Resources") => Json::Object(body),
        Json::Object(body) => Json::Object(projection.apply(body)),
        other => other,
    })
}

/// Who sends the request. Cookies say nothing here.
async fn sender(request: &HttpRequest, state: &State, id: &str) -> Result<Provisioner, ApiError> {
    let token = match credential(request).0 {
        Some(Credential::Bearer(token)) => Some(token),
        Some(Credential::Session(_)) | None => None,
    };
    let source = Source {
        request_id: id.into(),
        // As attempts to sign in are counted.
        address: state.trusted_proxies.client(request).map(bucket),
    };
    Ok(authenticate(&state.app, token.as_deref(), source).await?)
}

/// Records changes and refusals for the administrator.
async fn record(call: &Call<'_>, done: &Result<(Reply, Projection), ApiError>) {
    let method = call.request.method();
    let (status, problem) = match done {
        Ok((reply, _)) => (reply.status(), None),
        Err(error) => (answer::status(error), Some(error.message.as_str())),
    };
    if method == Method::GET && problem.is_none() {
        return;
    }
    let uri = call.request.uri();
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let path = path
        .strip_prefix(domain::identity::scim::PATH)
        .unwrap_or(path);
    let sent = (method.as_str(), path);
    let written = requests::record(call.provisioner, sent, status.as_u16(), problem).await;
    if let Err(error) = written {
        tracing::warn!(%error, "a request of an identity provider was not recorded");
    }
}

/// Refuses a body of another type.
fn media_type(request: &HttpRequest) -> Result<(), ApiError> {
    let text = request.headers().get(header::CONTENT_TYPE);
    let text = text
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = text.split(';').next().unwrap_or_default().trim();
    let known = [scim::MEDIA_TYPE, "application/json"];
    if known.iter().any(|one| kind.eq_ignore_ascii_case(one)) {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::InvalidInput,
        "Content-Type: send the body as `application/scim+json` or `application/json`",
    )
    .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE))
}
