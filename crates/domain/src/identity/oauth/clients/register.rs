//! Registering an application.

use serde_json::json;
use types::{ApplicationId, ServiceAccountId};

use super::{Application, ApplicationError, ClientKind, entity, redirect, repo, shown};
use crate::{
    Ctx, Tx,
    access::{Permission, PermissionSet},
    audit::{self, Entry},
    error::{AppError, Result},
    identity::{secret as secrets, users},
    organizations::OwnRights,
    service_accounts, text,
};

/// The permission to register an application, and to change one.
const NEEDED: Permission = Permission::ApiKeyWrite;
/// What has the permissions, in a refusal.
const WHAT: &str = "the application";

/// The largest number of applications in an organization.
const MOST: u64 = 100;

/// What a person decides about an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationTerms {
    /// The display name, which the consent page shows.
    pub name: String,
    /// Whether it can keep a secret.
    pub kind: ClientKind,
    /// Where people are sent back to. Without any, it cannot send people here.
    pub redirect_uris: Vec<String>,
    /// The permissions that it may ask for.
    pub scopes: PermissionSet,
    /// Whether it may use the device flow.
    pub device_flow: bool,
    /// The service account as which it acts without a person.
    pub service_account: Option<ServiceAccountId>,
}

/// Registers an application and returns its secret, if it has one, which is not stored. It cannot
/// ask for permissions that the caller lacks, or act as a service account beyond that account's.
pub async fn register_application(
    ctx: &Ctx,
    terms: ApplicationTerms,
) -> Result<(Application, Option<String>)> {
    ctx.authorize_person(Permission::ApiKeyWrite).await?;
    ctx.require_fresh_proof()?;
    let (name, uris) = check_form(&terms.name, &terms.redirect_uris)?;
    check(ctx, &terms).await?;
    let secret = match terms.kind {
        ClientKind::Confidential => Some(secrets::new(secrets::APPLICATION)),
        ClientKind::Public => None,
    };
    let row = entity::Model {
        id: ApplicationId::new(ctx.clock()).0,
        org_id: ctx.org.0,
        name,
        kind: terms.kind.as_str().to_owned(),
        redirect_uris: uris.join(" "),
        scopes: terms.scopes.to_string(),
        device_flow: terms.device_flow,
        service_account_id: terms.service_account.map(|account| account.0),
        secret_hash: secret.as_deref().map(|one| secrets::hash(one).to_vec()),
        secret_shown: secret.as_deref().map(shown),
        former_hash: None,
        former_until: None,
        created_by: users::person(ctx)?,
        created_at: ctx.clock().now(),
        last_used_at: None,
        deleted_at: None,
    };
    let tx = begin(ctx, &terms).await?;
    if repo::count(&tx, ctx).await? >= MOST {
        return Err(ApplicationError::TooMany(MOST).into());
    }
    repo::insert(&tx, &row).await?;
    let detail = json!({ "name": row.name, "kind": row.kind, "scopes": row.scopes,
        "redirectUris": uris, "deviceFlow": row.device_flow,
        "serviceAccount": terms.service_account });
    let id = ApplicationId(row.id);
    let entry = Entry::new("application.register", "application", id).detail(detail);
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    Ok((row.try_into()?, secret))
}

/// Begins the change after which an application can ask for these permissions: nobody else changes rights
/// in the organization until it ends.
///
/// # Errors
/// `FORBIDDEN`, with an audit row, if the caller has lost some of them a moment ago.
pub(super) async fn begin(ctx: &Ctx, terms: &ApplicationTerms) -> Result<Tx> {
    let change = OwnRights::lock(ctx, NEEDED).await?;
    // One that acts as a service account does not end with what the caller has.
    let change = match terms.service_account {
        Some(_) => change.gives(ctx, "scopes", WHAT, terms.scopes).await?,
        None => change.covers(ctx, "scopes", WHAT, terms.scopes).await?,
    };
    Ok(change.tx)
}

/// Checks the name and the redirect URIs. Returns both as they are stored.
pub(super) fn check_form(name: &str, redirect_uris: &[String]) -> Result<(String, Vec<String>)> {
    let name = text::line("name", name, 100)?;
    if types::fold(&name).starts_with("flowmason") {
        let problem =
            "begins with FlowMason, as only the server's own applications do; choose another";
        return Err(AppError::invalid("name", problem));
    }
    Ok((name, redirect::check(redirect_uris)?))
}

/// Checks what a person decides against what they, and the service account, may do.
pub(super) async fn check(ctx: &Ctx, terms: &ApplicationTerms) -> Result<()> {
    if terms.scopes.is_empty() {
        let problem = "is empty; choose what the application may ask for";
        return Err(AppError::invalid("scopes", problem));
    }
    let unusable = terms.scopes.for_people_only();
    if !unusable.is_empty() {
        return Err(ApplicationError::OnlyForPeople(unusable).into());
    }
    ctx.require_own(NEEDED, "scopes", WHAT, terms.scopes)
        .await?;
    if terms.redirect_uris.is_empty() && !terms.device_flow && terms.service_account.is_none() {
        return Err(AppError::invalid(
            "redirectUris",
            "is empty, and the application has no other way to get a token; give a redirect URI, \
             allow the device flow, or choose a service account",
        ));
    }
    let Some(account) = terms.service_account else {
        return Ok(());
    };
    if terms.kind == ClientKind::Public {
        return Err(AppError::invalid(
            "serviceAccountId",
            "only a confidential application can act as a service account, since it needs a secret",
        ));
    }
    ctx.authorize(Permission::ServiceAccountManage).await?;
    let (account, rights) = service_accounts::with_rights(ctx, account).await?;
    // Where the account has a permission by a grant only, the application has it only there, too.
    let more = terms.scopes.without(rights.all());
    if account.disabled_at.is_some() || !more.is_empty() {
        return Err(ApplicationError::NotOfAccount(account.name, more).into());
    }
    Ok(())
}
