//! The body of a request to these endpoints: a form whose fields appear once, and the application's
//! proof of who it is, in the form or with HTTP Basic.

use std::collections::HashMap;

use actix_web::{HttpRequest, http::header, web};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::identity::oauth::{ClientProof, OauthCode, OauthError};
use types::ErrorCode;
use url::form_urlencoded;

use crate::{
    error::ApiError,
    request::{self, Route},
    state::State,
};

/// A form.
pub struct Form {
    fields: HashMap<String, String>,
    /// The name and the secret of HTTP Basic.
    basic: Option<(String, String)>,
}

impl Form {
    /// Reads the body of a request.
    pub async fn read(
        request: &HttpRequest,
        payload: web::Payload,
        state: &State,
    ) -> Result<Self, OauthError> {
        if !is_form(request) {
            return Err(OauthError::parameter(
                "Content-Type",
                "send the body as application/x-www-form-urlencoded",
            ));
        }
        let basic = basic(request)?;
        let (bodies, proxies) = (&state.bodies, &state.trusted_proxies);
        let body = request::read(bodies, proxies, request, payload, Route::SignIn).await;
        let body = body.map_err(told)?;
        let mut fields = HashMap::new();
        for (name, value) in form_urlencoded::parse(&body) {
            let name: String = name.chars().take(100).collect();
            if fields.contains_key(&name) {
                return Err(OauthError::parameter(&name, "is given twice; send it once"));
            }
            fields.insert(name, value.into_owned());
        }
        if basic.is_some() && fields.contains_key("client_secret") {
            let problem = "is also in the header Authorization; send it once";
            return Err(OauthError::parameter("client_secret", problem));
        }
        let other = |id: &String| basic.as_ref().is_some_and(|(name, _)| name != id);
        if fields.get("client_id").is_some_and(other) {
            let problem = "is not the one in the header Authorization";
            return Err(OauthError::parameter("client_id", problem));
        }
        Ok(Self { fields, basic })
    }

    /// A field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    /// The application's proof.
    pub fn client<'a>(&'a self, request: &HttpRequest, state: &State) -> ClientProof<'a> {
        let address = state.trusted_proxies.client(request);
        match &self.basic {
            Some((id, secret)) => ClientProof {
                id: Some(id),
                secret: Some(secret),
                address,
            },
            None => ClientProof {
                id: self.get("client_id"),
                secret: self.get("client_secret"),
                address,
            },
        }
    }
}

/// Whether the request has a single Content-Type, which is that of a form.
pub(in crate::http) fn is_form(request: &HttpRequest) -> bool {
    let mut types = request.headers().get_all(header::CONTENT_TYPE);
    let first = types.next().and_then(|value| value.to_str().ok());
    types.next().is_none()
        && first.is_some_and(|text| {
            let kind = text.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        })
}

/// The name and the secret in the header Authorization, if there is one.
fn basic(request: &HttpRequest) -> Result<Option<(String, String)>, OauthError> {
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    let Some(value) = headers.next() else {
        return Ok(None);
    };
    let unreadable = || {
        OauthError::new(
            OauthCode::InvalidClient,
            "Authorization: is not one Basic header with client_id and client_secret, both encoded \
             as in a form",
        )
    };
    let text = value.to_str().map_err(|_| unreadable())?;
    let (scheme, pair) = text.split_once(' ').ok_or_else(unreadable)?;
    if headers.next().is_some() || !scheme.eq_ignore_ascii_case("basic") {
        return Err(unreadable());
    }
    let pair = STANDARD.decode(pair.trim()).map_err(|_| unreadable())?;
    let pair = String::from_utf8(pair).map_err(|_| unreadable())?;
    let (name, secret) = pair.split_once(':').ok_or_else(unreadable)?;
    Ok(Some((decoded(name), decoded(secret))))
}

/// A text as it was before it was encoded for a form.
fn decoded(text: &str) -> String {
    let whole = format!("x={text}");
    let mut pairs = form_urlencoded::parse(whole.as_bytes());
    pairs
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

fn told(error: ApiError) -> OauthError {
    let code = match error.code {
        ErrorCode::RateLimited => OauthCode::TooManyRequests,
        ErrorCode::Internal => OauthCode::ServerError,
        _ => OauthCode::InvalidRequest,
    };
    OauthError::new(code, error.message)
}
