//! The query of an authorization request.

use url::form_urlencoded;

use super::super::error::{OauthError, Result};

/// The longest query, in bytes.
const LONGEST: usize = 4_096;

/// The parameters of an authorization request. Others are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub client_id: Option<String>,
    pub redirect_uri: Option<String>,
    pub response_type: Option<String>,
    pub response_mode: Option<String>,
    pub scope: Option<String>,
    pub state: Option<String>,
    pub code_challenge: Option<String>,
    pub code_challenge_method: Option<String>,
    /// Whether there is a request object, which this server does not read.
    pub has_request_object: bool,
}

impl Query {
    /// Reads a query string. A parameter that is given twice has no meaning, and is refused.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > LONGEST {
            return Err(OauthError::parameter(
                "query",
                &format!("has {} bytes; at most {LONGEST} are allowed", text.len()),
            ));
        }
        let mut query = Self::default();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            let field = match &*name {
                "client_id" => &mut query.client_id,
                "redirect_uri" => &mut query.redirect_uri,
                "response_type" => &mut query.response_type,
                "response_mode" => &mut query.response_mode,
                "scope" => &mut query.scope,
                "state" => &mut query.state,
                "code_challenge" => &mut query.code_challenge,
                "code_challenge_method" => &mut query.code_challenge_method,
                "request" | "request_uri" => {
                    query.has_request_object = true;
                    continue;
                }
                _ => continue,
            };
            if field.replace(value.into_owned()).is_some() {
                return Err(OauthError::parameter(&name, "is given twice; send it once"));
            }
        }
        Ok(query)
    }
}
