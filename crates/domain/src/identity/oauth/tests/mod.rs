//! Tests of the flows and of attacks on them, on both databases.

mod actors;
mod applications;
mod changes;
mod devices;
mod ends;
mod refreshing;
mod requests;
mod sessions;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Duration;
use sha2::{Digest, Sha256};
use types::{ApplicationGrantId, ErrorCode, OrgId, UserId};
use url::{Url, form_urlencoded::Serializer};

use super::*;
use crate::{
    Actor, Ctx, SystemCtx,
    access::{Permission, PermissionSet, Role},
    audit,
    error::AppError,
    identity::{
        Credential, authenticate, create_api_key, end_other_sessions, print_link, redeem_link,
        rights_now, set_password,
    },
    members, service_accounts,
    testing::{TestApp, on_each_database},
};

const CALLBACK: &str = "https://app.example.com/callback";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn scopes() -> PermissionSet {
    PermissionSet::from_iter([Permission::OrganizationRead, Permission::RunRead])
}

fn terms(kind: ClientKind) -> ApplicationTerms {
    ApplicationTerms {
        name: "Reports".to_owned(),
        kind,
        redirect_uris: vec![CALLBACK.to_owned()],
        scopes: scopes(),
        device_flow: true,
        service_account: None,
    }
}

/// An application with its secret.
struct Client {
    id: String,
    secret: Option<String>,
    application: Application,
}

impl Client {
    async fn register(ctx: &Ctx, terms: ApplicationTerms) -> Self {
        let ctx = now(ctx);
        let (application, secret) = register_application(&ctx, terms).await.unwrap();
        Self {
            id: application.id.to_string(),
            secret,
            application,
        }
    }

    fn proof(&self) -> ClientProof<'_> {
        ClientProof {
            id: Some(&self.id),
            secret: self.secret.as_deref(),
            address: None,
        }
    }

    fn query(&self) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        Serializer::new(String::new())
            .append_pair("client_id", &self.id)
            .append_pair("redirect_uri", CALLBACK)
            .append_pair("response_type", "code")
            .append_pair("state", "a state")
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .finish()
    }

    async fn code(&self, ctx: &Ctx) -> String {
        let to = answer_authorization(&now(ctx), &self.query(), true).await;
        value(&to.unwrap(), "code").unwrap()
    }

    fn redeeming<'a>(&'a self, code: &'a str) -> TokenRequest<'a> {
        TokenRequest {
            grant_type: Some("authorization_code"),
            client: self.proof(),
            code: Some(code),
            redirect_uri: Some(CALLBACK),
            code_verifier: Some(VERIFIER),
            request_id: "test",
            ..TokenRequest::default()
        }
    }

    fn refreshing<'a>(&'a self, token: &'a str) -> TokenRequest<'a> {
        TokenRequest {
            grant_type: Some("refresh_token"),
            client: self.proof(),
            refresh_token: Some(token),
            request_id: "test",
            ..TokenRequest::default()
        }
    }

    async fn tokens(&self, ctx: &Ctx) -> Issued {
        let code = self.code(ctx).await;
        token(&ctx.app, &self.redeeming(&code)).await.unwrap()
    }

    async fn refresh(&self, ctx: &Ctx, with: &Issued) -> Result<Issued, OauthError> {
        let with = with.refresh_token.as_deref().unwrap();
        token(&ctx.app, &self.refreshing(with)).await
    }
}

/// A device asks whether its person has answered.
fn polling<'a>(client: ClientProof<'a>, device: &'a str) -> TokenRequest<'a> {
    TokenRequest {
        grant_type: Some("urn:ietf:params:oauth:grant-type:device_code"),
        client,
        device_code: Some(device),
        request_id: "test",
        ..TokenRequest::default()
    }
}

/// The tokens of an application that a person has allowed.
pub async fn signed_in(ctx: &Ctx) -> Issued {
    let client = Client::register(ctx, terms(ClientKind::Confidential)).await;
    client.tokens(ctx).await
}

/// The context after a fresh proof of identity.
fn now(ctx: &Ctx) -> Ctx {
    Ctx {
        proved_at: Some(ctx.clock().now()),
        ..ctx.clone()
    }
}

fn value(address: &str, name: &str) -> Option<String> {
    let url = Url::parse(address).unwrap();
    let mut pairs = url.query_pairs();
    let found = pairs.find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned())
}

/// The actions in the audit log that begin with `prefix`, in alphabetical order, with their actors.
async fn audited(ctx: &Ctx, prefix: &str) -> Vec<(String, String)> {
    let rows = audit::list(ctx, 1_000).await.unwrap().into_iter();
    let found = rows.filter(|row| row.action.starts_with(prefix));
    let mut found: Vec<_> = found.map(|row| (row.action, row.actor_name)).collect();
    found.sort();
    found
}

async fn used(app: &TestApp, token: &str) -> Result<Ctx, AppError> {
    authenticate(&app.app, Credential::of_bearer(token), None, "test").await
}

fn code_of<T: std::fmt::Debug>(result: Result<T, OauthError>) -> OauthCode {
    let error = result.unwrap_err();
    assert!(!error.description.is_empty());
    error.code
}
