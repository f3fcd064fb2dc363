//! The token endpoint.

use types::OrgId;

use super::{
    authorize,
    clients::{self, Client, ClientProof},
    devices,
    error::{OauthCode, OauthError, Result},
    families::{self, Holder, Issued},
    scopes,
};
use crate::{App, identity::passwords};

/// The name of the device flow.
pub const DEVICE_FLOW: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The flows by which an application gets tokens.
pub const FLOWS: [&str; 4] = [
    "authorization_code",
    "refresh_token",
    "client_credentials",
    DEVICE_FLOW,
];

/// The parameters of a request for tokens.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokenRequest<'a> {
    /// The flow.
    pub grant_type: Option<&'a str>,
    /// The application.
    pub client: ClientProof<'a>,
    /// The authorization code.
    pub code: Option<&'a str>,
    /// Where the code was sent.
    pub redirect_uri: Option<&'a str>,
    /// The proof that the application asked for the code.
    pub code_verifier: Option<&'a str>,
    /// The refresh token.
    pub refresh_token: Option<&'a str>,
    /// The code of a device.
    pub device_code: Option<&'a str>,
    /// The scopes.
    pub scope: Option<&'a str>,
    /// Identifies the request in the logs.
    pub request_id: &'a str,
}

/// A parameter that the flow needs.
pub(super) fn needed<'a>(name: &str, value: Option<&'a str>) -> Result<&'a str> {
    let value = value.filter(|value| !value.is_empty());
    value.ok_or_else(|| OauthError::parameter(name, "is missing; this flow needs it"))
}

/// Gives an application tokens.
pub async fn token(app: &App, request: &TokenRequest<'_>) -> Result<Issued> {
    let flow = needed("grant_type", request.grant_type)?;
    if !FLOWS.contains(&flow) {
        return Err(OauthError::new(
            OauthCode::UnsupportedGrantType,
            format!("grant_type: these are supported: {}", FLOWS.join(", ")),
        ));
    }
    let client = clients::authenticate(app, request.client).await?;
    match flow {
        "authorization_code" => authorize::redeem(app, &client, request).await,
        "refresh_token" => {
            let token = needed("refresh_token", request.refresh_token)?;
            families::refresh(app, &client, token, request.scope, request.request_id).await
        }
        "client_credentials" => of_service_account(app, &client, request).await,
        _ => devices::redeem(app, &client, request).await,
    }
}

/// Gives an application a token with which it acts as its service account.
async fn of_service_account(
    app: &App,
    client: &Client,
    request: &TokenRequest<'_>,
) -> Result<Issued> {
    let refused = |why: &str| OauthError::new(OauthCode::UnauthorizedClient, why);
    let org: Option<OrgId> = client
        .org
        .filter(|_| client.application.service_account.is_some());
    let org = org.ok_or_else(|| {
        refused(
            "This application has no service account; register a confidential one that has, under \
             Settings, Applications",
        )
    })?;
    passwords::guessing(app).tokens(client.application.id.0)?;
    let holder = Holder {
        org,
        grant: None,
        limited: false,
        scopes: scopes::requested(request.scope, client.application.scopes)?,
    };
    let tx = app.db().begin(&[org]).await?;
    let begun = families::begin(&tx, app, client, &holder, request).await?;
    tx.commit().await?;
    let tokens = families::first_tokens(app, begun).await?;
    tokens.ok_or_else(|| {
        refused("The service account of this application is disabled; enable it first")
    })
}
