//! Explains why somebody may do something, or why not: the chain from a key to its holder to the role
//! or the grants that give the permission. What the key itself has is in `key_side`.

use chrono::{DateTime, Utc};
use types::{ApiKeyId, FolderId, PipelineId, ServiceAccountId, UserId};

use super::{Grant, Subject, key_side::KeySide, repo};
use crate::{
    Ctx,
    access::{AssignedRole, Environment, Object, Permission, PermissionSet, Role},
    error::Result,
    folders::{self, Folder},
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

/// Where the permission is to count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// On this pipeline; `None`: in the organization, or on `folder`.
    pub pipeline: Option<PipelineId>,
    /// On the pipelines in this folder. For a pipeline, the folder that it is in counts instead.
    pub folder: Option<FolderId>,
    /// In this environment; `None`: whatever environment.
    pub environment: Option<Environment>,
}

/// One thing that gives the permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The holder's own role.
    Role(AssignedRole),
    /// Being a member, whatever the role.
    Membership,
    /// A key's own permissions.
    KeyPermissions,
    /// A grant to the holder, to a team of theirs, or to the key.
    Grant(Grant),
}

/// Why somebody may do something, or why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Whether they may.
    pub allowed: bool,
    /// Everything that gives the holder the permission. An API key can lack it nevertheless.
    pub sources: Vec<Source>,
    /// For an API key, everything that gives it to the key itself. It needs both.
    pub of_key: Option<Vec<Source>>,
    /// The roles that would give it, built-in ones first.
    pub roles: Vec<AssignedRole>,
    /// All of that as sentences.
    pub text: String,
}

/// A holder as far as the explanation needs it.
struct Held {
    name: String,
    role: AssignedRole,
    grants: Vec<Grant>,
    /// What the holder has without a role or a grant.
    anyway: PermissionSet,
    /// What refuses the holder everything.
    disabled: bool,
    /// Whether it is a person. Only people can use some permissions.
    person: bool,
}

impl Held {
    /// Whether the holder can use the permissions if it has them, as `Ctx::authorize` decides.
    fn can_use(&self, needed: PermissionSet) -> bool {
        !self.disabled && (self.person || needed.for_people_only().is_empty())
    }

    fn sources(&self, permission: Permission, site: &Site) -> Vec<Source> {
        let own = self.role.permissions().has(permission);
        let own = match own {
            true => Some(Source::Role(self.role.clone())),
            false => self.anyway.has(permission).then_some(Source::Membership),
        };
        own.into_iter()
            .chain(giving(&self.grants, permission, site))
            .collect()
    }
}

/// A place as far as the explanation needs it.
pub struct Site {
    place: Place,
    /// The folder of the pipeline.
    folder: Option<Folder>,
    /// The place in words.
    pub text: String,
}

impl Site {
    async fn of(ctx: &Ctx, place: Place) -> Result<Self> {
        let (mut folder, mut words) = (None, Vec::new());
        if let Some(id) = place.pipeline {
            let pipeline = pipelines::get(ctx, id).await?;
            if let Some(id) = pipeline.folder {
                folder = Some(folders::get(ctx, id).await?);
            }
            words.push(format!("on the pipeline `{}`", pipeline.name));
        } else if let Some(id) = place.folder {
            let found = folders::get(ctx, id).await?;
            words.push(format!("on the folder `{}`", found.name));
            folder = Some(found);
        }
        if let Some(environment) = place.environment {
            words.push(format!("in {environment}"));
        }
        if words.is_empty() {
            words.push("in the organization".to_owned());
        }
        Ok(Self {
            place,
            folder,
            text: words.join(" "),
        })
    }

    /// Whether a grant on the object counts here.
    fn is_at(&self, object: Object) -> bool {
        match object {
            Object::Organization => true,
            Object::Folder(id) => self.folder.as_ref().is_some_and(|folder| folder.id == id),
            Object::Pipeline(id) => self.place.pipeline == Some(id),
            Object::Environment(one) => self.place.environment == Some(one),
        }
    }

    /// What is needed beside the permission; see `Ctx::authorize_in`.
    fn needed_too(&self, permission: Permission) -> Option<Permission> {
        let production = Environment::Production;
        let is_used = self.place.environment == Some(production)
            && permission.counts_in(production)
            && permission != Permission::ProductionUse;
        is_used.then_some(Permission::ProductionUse)
    }
}

/// Explains a permission in the organization, on one pipeline or in an environment.
pub async fn why_can(
    ctx: &Ctx,
    holder: Holder,
    permission: Permission,
    place: Place,
) -> Result<Explanation> {
    ctx.authorize(Permission::MemberRead).await?;
    let site = Site::of(ctx, place).await?;
    let (held, key) = match holder {
        Holder::Member(user) => (member(ctx, user).await?, None),
        Holder::ServiceAccount(id) => (account(ctx, id).await?, None),
        Holder::ApiKey(id) => {
            let key = identity::get_api_key(ctx, id).await?;
            let held = match (key.service_account, key.created_by) {
                (Some(account_id), _) => account(ctx, account_id).await?,
                (None, user) => member(ctx, user).await?,
            };
            (held, Some(KeySide::of(ctx, key).await?))
        }
    };
    let found = held.sources(permission, &site);
    let mut text = sentences(&held, permission, &site, &found);
    let too = site.needed_too(permission);
    let needed: PermissionSet = [permission].into_iter().chain(too).collect();
    let mut allowed = !found.is_empty() && held.can_use(needed);
    if let Some(too) = too.filter(|_| allowed) {
        let found = held.sources(too, &site);
        allowed = !found.is_empty();
        text = format!("{text} {}", needed_too(&held, too, &site, &found));
    }
    let mut of_key = None;
    if let Some(key) = key {
        allowed = allowed && key.allows(needed, &site);
        let own = key.sentences(needed, &site);
        text = format!(
            "The key `{}` belongs to {}. {text} {own}",
            key.name, held.name
        );
        of_key = Some(key.sources(permission, &site));
    }
    let roles = having(ctx, permission, needed).await?;
    let program = of_key.is_some() || !held.person;
    if !(allowed || program && permission.is_for_people_only()) {
        let names: Vec<String> = roles.iter().map(|role| format!("`{role}`")).collect();
        text = format!("{text} These roles have it: {}.", names.join(", "));
    }
    Ok(Explanation {
        allowed,
        sources: found,
        of_key,
        roles,
        text,
    })
}

async fn member(ctx: &Ctx, user: UserId) -> Result<Held> {
    let member = members::get(ctx, user).await?;
    Ok(Held {
        name: member.name,
        role: member.role,
        grants: grants_of(ctx, Subject::Member(user)).await?,
        anyway: PermissionSet::OF_EVERY_MEMBER,
        disabled: false,
        person: true,
    })
}

async fn account(ctx: &Ctx, id: ServiceAccountId) -> Result<Held> {
    let account = service_accounts::get(ctx, id).await?;
    Ok(Held {
        name: format!("the service account `{}`", account.name),
        role: account.role,
        grants: grants_of(ctx, Subject::ServiceAccount(id)).await?,
        anyway: PermissionSet::NONE,
        disabled: account.disabled_at.is_some(),
        person: false,
    })
}

/// The grants that count for a subject now.
pub async fn grants_of(ctx: &Ctx, subject: Subject) -> Result<Vec<Grant>> {
    let now = ctx.clock().now();
    let mut open = Vec::new();
    for row in repo::of(ctx, subject.uuid()).await? {
        let grant = Grant::try_from(row)?;
        if grant.expires_at.is_none_or(|at| at > now) {
            open.push(grant);
        }
    }
    Ok(open)
}

/// Those of the grants that give the permission here.
pub fn giving(
    grants: &[Grant],
    permission: Permission,
    site: &Site,
) -> impl Iterator<Item = Source> {
    let gives = move |grant: &&Grant| {
        let given = grant.object.counting(grant.role.permissions());
        site.is_at(grant.object) && given.has(permission)
    };
    grants.iter().filter(gives).cloned().map(Source::Grant)
}

/// The roles with the permission and all others that are needed.
async fn having(
    ctx: &Ctx,
    permission: Permission,
    needed: PermissionSet,
) -> Result<Vec<AssignedRole>> {
    let built_in = Role::ALL.into_iter().map(AssignedRole::from);
    let custom = roles::with(ctx, permission).await?;
    let all = built_in.chain(custom);
    Ok(all
        .filter(|role| !needed.exceeds(role.permissions()))
        .collect())
}

fn sentences(held: &Held, permission: Permission, site: &Site, sources: &[Source]) -> String {
    let (name, place) = (capitalized(&held.name), &site.text);
    let deed = permission.deed();
    if held.disabled {
        return format!("{name} is disabled, so it may do nothing.");
    }
    if !held.person && permission.is_for_people_only() {
        return format!(
            "Only a signed-in person can use `{permission}`, so {} may not.",
            held.name
        );
    }
    if sources.is_empty() {
        return format!(
            "{name} may not {deed} (`{permission}`) {place}: neither the role {} nor a grant gives it.",
            held.role
        );
    }
    let reasons = reasons(sources, site);
    format!("{name} may {deed} (`{permission}`) {place}: {reasons}.")
}

/// The sentence about a permission that is needed as well.
fn needed_too(held: &Held, permission: Permission, site: &Site, sources: &[Source]) -> String {
    let reasons = match sources.is_empty() {
        true => format!("neither the role {} nor a grant gives it", held.role),
        false => format!("{} has it {}", held.name, reasons(sources, site)),
    };
    format!("That needs `{permission}` as well: {reasons}.")
}

/// What gives a permission here, in words.
pub fn reasons(sources: &[Source], site: &Site) -> String {
    let reasons = sources.iter().map(|source| reason(source, site));
    reasons.collect::<Vec<String>>().join("; ")
}

fn reason(source: &Source, site: &Site) -> String {
    let grant = match source {
        Source::Role(role) => return format!("by the role {role}"),
        Source::Membership => return "as every member has it".to_owned(),
        Source::KeyPermissions => return "by its own permissions".to_owned(),
        Source::Grant(grant) => grant,
    };
    let whose = match grant.subject {
        Subject::Team(_) => format!(" to the team {}", grant.subject_name),
        Subject::ApiKey(_) => " to the key".to_owned(),
        _ => String::new(),
    };
    let place = match (grant.object, &site.folder) {
        (Object::Folder(_), Some(folder)) => format!(" on the folder `{}`", folder.name),
        (Object::Folder(_), None) => " on its folder".to_owned(),
        (Object::Pipeline(_), _) => " on this pipeline".to_owned(),
        (Object::Environment(environment), _) => format!(" in {environment}"),
        (Object::Organization, _) => String::new(),
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
