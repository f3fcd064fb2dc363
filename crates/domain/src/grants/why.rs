//! Explains why somebody may do something, or why not: the chain from a key to its holder to the role
//! or the grants that give the permission.

use chrono::{DateTime, Utc};
use types::{ApiKeyId, PipelineId, ServiceAccountId, UserId};

use super::{Grant, Subject, given, repo};
use crate::{
    Ctx,
    access::{AssignedRole, Permission, Role},
    error::Result,
    identity, members, pipelines, roles, service_accounts,
};

/// Whose permission is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A member.
    Member(UserId),
    /// A service account.
    ServiceAccount(ServiceAccountId),
    /// An API key, which may do what both it and its holder may do.
    ApiKey(ApiKeyId),
}

/// One thing that gives the permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The holder's own role.
    Role(AssignedRole),
    /// A grant to the holder, or to a team of theirs.
    Grant(Grant),
}

/// Why somebody may do something, or why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Whether they may.
    pub allowed: bool,
    /// Everything that gives the holder the permission. An API key can lack it nevertheless.
    pub sources: Vec<Source>,
    /// The roles that would give it, built-in ones first.
    pub roles: Vec<AssignedRole>,
    /// All of that as sentences.
    pub text: String,
}

/// A holder as far as the explanation needs it.
struct Held {
    name: String,
    role: AssignedRole,
    subject: Subject,
    /// What refuses the holder everything.
    disabled: bool,
}

/// Explains a permission in the organization, or on one pipeline.
pub async fn why_can(
    ctx: &Ctx,
    holder: Holder,
    permission: Permission,
    pipeline: Option<PipelineId>,
) -> Result<Explanation> {
    ctx.authorize(Permission::MemberRead).await?;
    let object = match pipeline {
        Some(id) => format!("on the pipeline `{}`", pipelines::get(ctx, id).await?.name),
        None => "in the organization".to_owned(),
    };
    let (held, key) = match holder {
        Holder::Member(user) => (member(ctx, user).await?, None),
        Holder::ServiceAccount(id) => (account(ctx, id).await?, None),
        Holder::ApiKey(id) => {
            let key = identity::get_api_key(ctx, id).await?;
            let held = match (key.service_account, key.created_by) {
                (Some(account_id), _) => account(ctx, account_id).await?,
                (None, user) => member(ctx, user).await?,
            };
            (held, Some(key))
        }
    };
    let sources = sources(ctx, &held, permission, pipeline).await?;
    let mut text = sentences(&held, permission, &object, &sources);
    let mut allowed = !sources.is_empty() && !held.disabled;
    if let Some(key) = key {
        let has = key.permissions.has(permission);
        let now = ctx.clock().now();
        let ended = key.revoked_at.is_some() || key.limits.expired(now);
        allowed = allowed && has && !ended;
        let own = match (ended, has) {
            (true, _) => "has expired or was revoked, so it may do nothing",
            (false, true) => "has the permission too",
            (false, false) => "does not have the permission, so it may not",
        };
        text = format!(
            "The key `{}` belongs to {}. {text} The key {own}.",
            key.name, held.name
        );
    }
    let roles = having(ctx, permission).await?;
    if !allowed {
        let names: Vec<String> = roles.iter().map(|role| format!("`{role}`")).collect();
        text = format!("{text} These roles have it: {}.", names.join(", "));
    }
    Ok(Explanation {
        allowed,
        sources,
        roles,
        text,
    })
}

async fn member(ctx: &Ctx, user: UserId) -> Result<Held> {
    let member = members::get(ctx, user).await?;
    Ok(Held {
        name: member.name,
        role: member.role,
        subject: Subject::Member(user),
        disabled: false,
    })
}

async fn account(ctx: &Ctx, id: ServiceAccountId) -> Result<Held> {
    let account = service_accounts::get(ctx, id).await?;
    Ok(Held {
        name: format!("the service account `{}`", account.name),
        role: account.role,
        subject: Subject::ServiceAccount(id),
        disabled: account.disabled_at.is_some(),
    })
}

async fn sources(
    ctx: &Ctx,
    held: &Held,
    permission: Permission,
    pipeline: Option<PipelineId>,
) -> Result<Vec<Source>> {
    let now = ctx.clock().now();
    let own = held.role.permissions().has(permission);
    let mut found: Vec<Source> = own
        .then(|| Source::Role(held.role.clone()))
        .into_iter()
        .collect();
    for row in repo::of(ctx, held.subject.uuid()).await? {
        let grant = Grant::try_from(row)?;
        let counts = grant.pipeline.is_none() || grant.pipeline == pipeline;
        let open = grant.expires_at.is_none_or(|at| at > now);
        if counts && open && given(&grant.role, grant.pipeline).has(permission) {
            found.push(Source::Grant(grant));
        }
    }
    Ok(found)
}

/// The roles with the permission.
async fn having(ctx: &Ctx, permission: Permission) -> Result<Vec<AssignedRole>> {
    let built_in = Role::ALL.into_iter().map(AssignedRole::from);
    let built_in = built_in.filter(|role| role.permissions().has(permission));
    Ok(built_in
        .chain(roles::with(ctx, permission).await?)
        .collect())
}

fn sentences(held: &Held, permission: Permission, object: &str, sources: &[Source]) -> String {
    let name = capitalized(&held.name);
    if held.disabled {
        return format!("{name} is disabled, so it may do nothing.");
    }
    if sources.is_empty() {
        return format!(
            "{name} may not `{permission}` {object}: neither the role {} nor a grant gives it.",
            held.role
        );
    }
    let reasons: Vec<String> = sources.iter().map(reason).collect();
    format!(
        "{name} may `{permission}` {object}: {}.",
        reasons.join("; ")
    )
}

fn reason(source: &Source) -> String {
    let grant = match source {
        Source::Role(role) => return format!("by the role {role}"),
        Source::Grant(grant) => grant,
    };
    let whose = match grant.subject {
        Subject::Team(_) => format!(" to the team {}", grant.subject_name),
        _ => String::new(),
    };
    let place = match grant.pipeline {
        Some(_) => " on this pipeline",
        None => "",
    };
    let until = grant.expires_at.map(until).unwrap_or_default();
    format!(
        "by a grant of the role {}{whose}{place}, given by {} on {}{until}",
        grant.role,
        grant.given_by,
        grant.created_at.format("%Y-%m-%d")
    )
}

fn until(at: DateTime<Utc>) -> String {
    format!(", until {}", at.format("%Y-%m-%d %H:%M UTC"))
}

fn capitalized(text: &str) -> String {
    match text.strip_prefix("the ") {
        Some(rest) => format!("The {rest}"),
        None => text.to_owned(),
    }
}
