//! Applications: programs that use the server for people who allow it, or as a service account.
//! Each belongs to the organization that registered it.

mod built_in;
pub mod entity;
mod error;
mod redirect;
mod register;
mod repo;
mod rotate;
mod update;

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use types::{ApplicationId, OrgId, ServiceAccountId};

pub use built_in::COMMAND_LINE;
pub(super) use built_in::COMMAND_LINE_ID;
pub use error::ApplicationError;
pub use register::{ApplicationTerms, register_application};
pub use rotate::{RotatedSecret, rotate_application_secret};
pub use update::{ApplicationChange, update_application};
pub(super) use {redirect::is_registered, repo::used};

use super::error::{OauthCode, OauthError, Result as OauthResult};
use crate::{
    App, Ctx,
    access::{Permission, PermissionSet, stored},
    audit::{self, Entry},
    error::{AppError, Result},
    identity::{passwords, secret as secrets},
    live::Right,
    organizations,
};

/// Whether an application can keep a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientKind {
    /// It cannot: it runs on people's machines or in their browsers. It has no secret.
    Public,
    /// It can: it runs on a server.
    Confidential,
}

impl ClientKind {
    /// The name that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Confidential => "confidential",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut all = [Self::Public, Self::Confidential].into_iter();
        all.find(|kind| kind.as_str() == text)
    }
}

/// An application, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Its id; also the `client_id` with which it calls itself.
    pub id: ApplicationId,
    /// The display name.
    pub name: String,
    /// Whether it can keep a secret.
    pub kind: ClientKind,
    /// Where people are sent back to.
    pub redirect_uris: Vec<String>,
    /// The permissions that it may ask for.
    pub scopes: PermissionSet,
    /// Whether it may use the device flow.
    pub device_flow: bool,
    /// The service account as which it acts without a person.
    pub service_account: Option<ServiceAccountId>,
    /// The first characters of the secret.
    pub secret_shown: Option<String>,
    /// Until when the secret before the last rotation is accepted.
    pub former_until: Option<DateTime<Utc>>,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it last got a token, accurate to about a minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl TryFrom<entity::Model> for Application {
    type Error = AppError;

    fn try_from(row: entity::Model) -> Result<Self> {
        let kind = ClientKind::parse(&row.kind).ok_or_else(|| {
            AppError::internal(format!("application {}: kind `{}`", row.id, row.kind))
        })?;
        let uris = row.redirect_uris.split_ascii_whitespace();
        Ok(Self {
            id: ApplicationId(row.id),
            name: row.name,
            kind,
            redirect_uris: uris.map(str::to_owned).collect(),
            scopes: stored::of_list(&row.scopes)?,
            device_flow: row.device_flow,
            service_account: row.service_account_id.map(ServiceAccountId),
            secret_shown: row.secret_shown,
            former_until: row.former_until,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        })
    }
}

/// An application as the endpoints know it.
#[derive(Clone, Debug)]
pub struct Client {
    /// The organization that it belongs to; `None` for the command line, which belongs to all.
    pub org: Option<OrgId>,
    /// What is shown of it.
    pub application: Application,
    /// The hashes of the secrets that it may prove itself with now.
    secrets: Vec<Vec<u8>>,
}

impl Client {
    /// Its `client_id`.
    pub fn client_id(&self) -> String {
        client_id(self.application.id)
    }
}

/// The `client_id` of an application.
pub(super) fn client_id(id: ApplicationId) -> String {
    match id {
        COMMAND_LINE_ID => COMMAND_LINE.to_owned(),
        id => id.to_string(),
    }
}

/// The display name of an application: the one with which it was registered, or that of the command
/// line, which nobody registered.
pub(super) fn display_name(id: ApplicationId, registered: Option<String>) -> String {
    registered.unwrap_or_else(|| match id {
        COMMAND_LINE_ID => built_in::command_line().application.name,
        id => id.to_string(),
    })
}

/// The part of a secret that is stored and shown.
fn shown(secret: &str) -> String {
    let shown = secret.chars().take(secrets::APPLICATION.len() + 6);
    shown.collect()
}

/// What an application sends to prove who it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientProof<'a> {
    /// Its `client_id`.
    pub id: Option<&'a str>,
    /// Its secret; public applications have none.
    pub secret: Option<&'a str>,
    /// The address that it sends from, if known.
    pub address: Option<IpAddr>,
}

/// The organization's applications, by name; at most 1,000.
pub async fn list_applications(ctx: &Ctx) -> Result<Vec<Application>> {
    ctx.authorize(Permission::ApiKeyRead).await?;
    let rows = repo::list(ctx).await?;
    rows.into_iter().map(Application::try_from).collect()
}

/// Deletes an application. All of its tokens end at once, in every process.
pub async fn delete_application(ctx: &Ctx, id: ApplicationId) -> Result<()> {
    ctx.authorize_person(Permission::ApiKeyWrite).await?;
    ctx.require_fresh_proof()?;
    let application = Application::try_from(find(ctx, id).await?)?;
    within_own(ctx, &application, ctx.rights.permissions, "delete").await?;
    let tx = ctx.begin().await?;
    if !repo::delete(&tx, ctx.org, id, ctx.clock().now()).await? {
        return Err(ApplicationError::NotFound.into());
    }
    super::grants::end_of_application(&tx, ctx.org, id).await?;
    let detail = serde_json::json!({ "name": application.name });
    let entry = Entry::new("application.delete", "application", id).detail(detail);
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    ctx.app.drop_right(Right::Application(id.0));
    Ok(())
}

async fn find(ctx: &Ctx, id: ApplicationId) -> Result<entity::Model> {
    Ok(repo::find(ctx, id)
        .await?
        .ok_or(ApplicationError::NotFound)?)
}

/// What the caller may give an application. One that acts as a service account does not end with what the
/// caller has, so that must not be by a grant that ends.
async fn own_of(ctx: &Ctx, acts_as_account: bool) -> Result<PermissionSet> {
    match acts_as_account {
        true => organizations::lasting(ctx).await,
        false => Ok(ctx.rights.permissions),
    }
}

/// Refuses to change an application with permissions that are not among the caller's `own`.
async fn within_own(
    ctx: &Ctx,
    application: &Application,
    own: PermissionSet,
    change: &str,
) -> Result<()> {
    let more = application.scopes.without(own);
    if more.is_empty() {
        return Ok(());
    }
    let message = format!(
        "The application has permissions that you do not have ({more}); ask somebody who has them \
         to {change} it"
    );
    Err(ctx.refuse(Permission::ApiKeyWrite, message).await)
}

/// The application with this `client_id`, of whatever organization.
pub(super) async fn by_client_id(app: &App, client_id: &str) -> Result<Option<Client>> {
    if client_id == COMMAND_LINE {
        return Ok(Some(built_in::command_line()));
    }
    match client_id.parse() {
        Ok(id) => by_id(app, id).await,
        Err(_) => Ok(None),
    }
}

/// The application with this id, of whatever organization.
pub(super) async fn by_id(app: &App, id: ApplicationId) -> Result<Option<Client>> {
    if id == COMMAND_LINE_ID {
        return Ok(Some(built_in::command_line()));
    }
    let Some(row) = repo::lookup(app, id).await? else {
        return Ok(None);
    };
    let now = app.clock().now();
    let former = row.former_until.filter(|until| *until > now);
    let former = former.and(row.former_hash.clone());
    Ok(Some(Client {
        org: Some(OrgId(row.org_id)),
        secrets: row.secret_hash.clone().into_iter().chain(former).collect(),
        application: row.try_into()?,
    }))
}

/// The application that a request comes from.
///
/// # Errors
/// `invalid_client`, whether the application is unknown or its secret is wrong. Wrong secrets are
/// counted for the address.
pub(super) async fn authenticate(app: &App, proof: ClientProof<'_>) -> OauthResult<Client> {
    let Some(client_id) = proof.id.filter(|id| !id.is_empty()) else {
        return Err(OauthError::new(
            OauthCode::InvalidClient,
            "client_id: is missing; send it in the body or with HTTP Basic",
        ));
    };
    let client = by_client_id(app, client_id).await?;
    let client = client.filter(|client| match client.application.kind {
        ClientKind::Public => proof.secret.is_none_or(str::is_empty),
        ClientKind::Confidential => {
            let hash = proof.secret.map(secrets::hash);
            hash.is_some_and(|hash| client.secrets.iter().any(|known| known[..] == hash))
        }
    });
    if let Some(client) = client {
        return Ok(client);
    }
    passwords::guessing(app).client(proof.address)?;
    Err(OauthError::new(
        OauthCode::InvalidClient,
        "client_id or client_secret: there is no such application, its secret is wrong or missing, \
         or it is public and has none; look at it under Settings, Applications",
    ))
}
