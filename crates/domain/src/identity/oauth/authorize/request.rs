//! Checks an authorization request. What is wrong with it is shown to the person: nobody's browser is
//! sent on before they have answered, since the redirect URI may be an attacker's (RFC 9700, section
//! 4.11.2).

use url::form_urlencoded::Serializer;

use super::{
    super::{
        clients::{self, Client},
        error::{OauthCode, OauthError},
        scopes,
    },
    pkce,
    query::Query,
};
use crate::{App, access::PermissionSet, identity::access_tokens};

/// A checked request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The application.
    pub client: Client,
    /// Where the person is sent back to.
    pub redirect_uri: String,
    /// The scopes that it asks for.
    pub scopes: PermissionSet,
    /// The challenge whose answer redeems the code.
    pub challenge: String,
    /// What the application wants to have back.
    state: Option<String>,
}

/// Why a request is refused, for a page of this server.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// What is wrong.
    pub error: OauthError,
    /// The application's address with this answer, which the person can choose to open; `None` if the
    /// application or its address is unknown.
    pub return_to: Option<String>,
}

impl From<OauthError> for Refusal {
    fn from(error: OauthError) -> Self {
        Self {
            error,
            return_to: None,
        }
    }
}

impl Request {
    /// Checks a request.
    pub async fn check(app: &App, text: &str) -> Result<Self, Refusal> {
        let query = Query::parse(text)?;
        let missing = |name| OauthError::parameter(name, "is missing");
        let client_id = query.client_id.as_deref();
        let client_id = client_id.ok_or_else(|| missing("client_id"))?;
        let uri = query.redirect_uri.as_deref();
        let uri = uri.ok_or_else(|| missing("redirect_uri"))?;
        let client = clients::by_client_id(app, client_id).await;
        let client = client.map_err(OauthError::from)?;
        let client = client.ok_or_else(|| {
            OauthError::new(
                OauthCode::InvalidClient,
                "client_id: there is no such application; ask its developer for a new link",
            )
        })?;
        if !clients::is_registered(&client.application.redirect_uris, uri) {
            let problem = "is not one of this application's; its developer can compare it with those \
                 under Settings, Applications";
            return Err(OauthError::parameter("redirect_uri", problem).into());
        }
        let known = |error: OauthError| Refusal {
            return_to: Some(answer(app, uri, query.state.as_deref(), &refusal(&error))),
            error,
        };
        let scopes = check_rest(&query, client.application.scopes).map_err(known)?;
        Ok(Self {
            client,
            redirect_uri: uri.to_owned(),
            scopes,
            challenge: query.code_challenge.clone().unwrap_or_default(),
            state: query.state.clone(),
        })
    }

    /// The address to which a person is sent who allowed it.
    pub fn allowed(&self, app: &App, code: &str) -> String {
        let state = self.state.as_deref();
        answer(app, &self.redirect_uri, state, &[("code", code)])
    }

    /// The address to which a person is sent who did not.
    pub fn denied(&self, app: &App) -> String {
        let error = OauthError::new(OauthCode::AccessDenied, "The person did not allow it");
        let state = self.state.as_deref();
        answer(app, &self.redirect_uri, state, &refusal(&error))
    }
}

/// Checks what the application can be told about.
fn check_rest(query: &Query, most: PermissionSet) -> Result<PermissionSet, OauthError> {
    if query.has_request_object {
        let problem = "is not supported; send the parameters in the query";
        return Err(OauthError::parameter("request", problem));
    }
    if query.response_type.as_deref() != Some("code") {
        return Err(OauthError::new(
            OauthCode::UnsupportedResponseType,
            "response_type: only 'code' is supported",
        ));
    }
    if !matches!(query.response_mode.as_deref(), None | Some("query")) {
        let problem = "only 'query' is supported";
        return Err(OauthError::parameter("response_mode", problem));
    }
    if query.code_challenge_method.as_deref() != Some(pkce::METHOD) {
        let problem = "only 'S256' is supported, and it is required";
        return Err(OauthError::parameter("code_challenge_method", problem));
    }
    let challenge = query.code_challenge.as_deref().unwrap_or_default();
    if !pkce::is_challenge(challenge) {
        let problem = "is not a SHA-256 hash in base64url, which is required";
        return Err(OauthError::parameter("code_challenge", problem));
    }
    scopes::requested(query.scope.as_deref(), most)
}

fn refusal(error: &OauthError) -> [(&'static str, &str); 2] {
    [
        ("error", error.code.as_str()),
        ("error_description", &error.description),
    ]
}

/// A redirect URI with an answer, which names its issuer (RFC 9207).
fn answer(app: &App, uri: &str, state: Option<&str>, values: &[(&str, &str)]) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(values);
    if let Some(state) = state {
        query.append_pair("state", state);
    }
    query.append_pair("iss", access_tokens::issuer(app));
    let glue = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{glue}{}", query.finish())
}
