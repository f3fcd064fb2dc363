//! Provisioned groups: what identity providers say about groups of people.

pub mod entity;
mod list;
mod mapping;
pub mod member;
mod repo;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use scim::{GROUP, Object, ScimError};
use sea_orm::{DbErr, SqlErr};
use serde_json::{Value as Json, json};
use types::{ScimGroupId, ScimUserId};
use uuid::Uuid;

pub use list::list;
pub use mapping::{GroupMapping, list_scim_groups, map_scim_group};

use super::{
    MOST_GROUPS, Provisioner, ScimUseError,
    effect::{self, Effects},
    resource::{Frame, location},
    users::{self, Change, check_version},
};
use crate::{
    Ctx, Tx,
    access::AssignedRole,
    audit::{self, Entry},
    error::{AppError, Result},
    roles, text,
};

/// How often a change is tried again that another one got ahead of.
const TRIES: usize = 5;

/// A group of an identity provider, as the administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimGroup {
    /// The group's id.
    pub id: ScimGroupId,
    /// The name.
    pub name: String,
    /// What its members get.
    pub mapping: GroupMapping,
    /// The role that they get, with its name and permissions.
    pub role: Option<AssignedRole>,
    /// The number of its members.
    pub members: u64,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl ScimGroup {
    fn of(row: entity::Model, role: Option<AssignedRole>, members: i64) -> Result<Self> {
        Ok(Self {
            id: ScimGroupId(row.id),
            mapping: GroupMapping::of(&row)?,
            name: row.display_name,
            role,
            members: u64::try_from(members).unwrap_or_default(),
            updated_at: row.updated_at,
        })
    }
}

/// The roles and teams that a user's groups give.
pub(super) async fn mapped(
    tx: &Tx,
    ctx: &Ctx,
    user: Uuid,
) -> Result<Vec<(Option<AssignedRole>, Option<Uuid>)>> {
    let rows = repo::mapped(tx, ctx, user).await?;
    let mut given = Vec::with_capacity(rows.len());
    for row in rows {
        let role = match GroupMapping::of(&row)?.role {
            Some(choice) => roles::still(tx, &ctx.app, ctx.org, choice).await?,
            None => None,
        };
        given.push((role, row.team_id));
    }
    Ok(given)
}

/// One group.
pub async fn get(provisioner: &Provisioner, id: ScimGroupId, members: bool) -> Result<Object> {
    let ctx = &provisioner.ctx;
    let row = repo::find(ctx, id).await?.ok_or(ScimUseError::NoGroup)?;
    let list = match members {
        true => repo::members(ctx, row.id).await?,
        false => Vec::new(),
    };
    Ok(resource(ctx, &row, &list))
}

/// Creates a group. It gives nothing until an administrator maps it.
pub async fn create(provisioner: &Provisioner, given: &Object) -> Result<Object> {
    let ctx = &provisioner.ctx;
    let wanted = Wanted::of(&GROUP.canonical(given)?)?;
    let now = ctx.clock().now();
    let row = entity::Model {
        id: ScimGroupId::new(ctx.clock()).0,
        org_id: ctx.org.0,
        name_key: wanted.name.to_lowercase(),
        display_name: wanted.name.clone(),
        external_id: wanted.external_id.clone(),
        role: None,
        role_id: None,
        team_id: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let tx = provisioner.begin().await?;
    free_name(&tx, ctx, &row).await?;
    if repo::count_in(&tx, ctx).await? >= MOST_GROUPS {
        return Err(ScimUseError::TooMany(MOST_GROUPS, "provisioned groups").into());
    }
    let members: Vec<Uuid> = wanted.members.into_iter().collect();
    known(&tx, ctx, &members).await?;
    repo::insert(&tx, &row).await.map_err(unless_taken)?;
    repo::add(&tx, ctx.org, row.id, &members, now).await?;
    let counts = (members.len(), 0);
    note(&tx, ctx, "scim_group.create", &row, counts).await?;
    tx.commit().await?;
    get(provisioner, ScimGroupId(row.id), true).await
}

/// Changes a group, and what its members have by it.
pub async fn change(
    provisioner: &Provisioner,
    id: ScimGroupId,
    if_match: Option<&str>,
    change: &Change,
) -> Result<Object> {
    let ctx = &provisioner.ctx;
    for _ in 0..TRIES {
        let old = repo::find(ctx, id).await?.ok_or(ScimUseError::NoGroup)?;
        check_version(if_match, old.version)?;
        let members = repo::members(ctx, id.0).await?;
        let wanted = Wanted::of(&change.of(&GROUP, &content(&old, &members)).await?)?;
        let row = entity::Model {
            name_key: wanted.name.to_lowercase(),
            display_name: wanted.name.clone(),
            external_id: wanted.external_id.clone(),
            ..old.clone()
        };
        let had: BTreeSet<Uuid> = members.iter().map(|one| one.member_id).collect();
        if row == old && had == wanted.members {
            return Ok(resource(ctx, &old, &members));
        }
        if write(provisioner, &old, row, (&had, &wanted.members)).await? {
            return get(provisioner, id, true).await;
        }
    }
    Err(ScimUseError::Busy.into())
}

/// Writes a change. `false`: another one was faster.
async fn write(
    provisioner: &Provisioner,
    old: &entity::Model,
    mut row: entity::Model,
    (had, wanted): (&BTreeSet<Uuid>, &BTreeSet<Uuid>),
) -> Result<bool> {
    let ctx = &provisioner.ctx;
    let added: Vec<Uuid> = wanted.difference(had).copied().collect();
    let removed: Vec<Uuid> = had.difference(wanted).copied().collect();
    let tx = provisioner.begin().await?;
    if repo::find_in(&tx, ctx, old.id).await?.as_ref() != Some(old) {
        return Ok(false);
    }
    if row.name_key != old.name_key {
        free_name(&tx, ctx, &row).await?;
    }
    known(&tx, ctx, &added).await?;
    let gives = old.role.is_some() || old.team_id.is_some();
    let affected: Vec<Uuid> = match gives {
        true => added.iter().chain(&removed).copied().collect(),
        false => Vec::new(),
    };
    let people = before(&tx, ctx, &affected).await?;
    let now = ctx.clock().now();
    repo::add(&tx, ctx.org, row.id, &added, now).await?;
    repo::remove(&tx, ctx.org, row.id, &removed).await?;
    row.version += 1;
    row.updated_at = now;
    repo::update(&tx, &row).await.map_err(unless_taken)?;
    let counts = (added.len(), removed.len());
    note(&tx, ctx, "scim_group.update", &row, counts).await?;
    let effects = after(&tx, ctx, people).await?;
    tx.commit().await?;
    effects.spread(ctx);
    Ok(true)
}

/// Deletes a group, with what its members have by it.
pub async fn delete(
    provisioner: &Provisioner,
    id: ScimGroupId,
    if_match: Option<&str>,
) -> Result<()> {
    let ctx = &provisioner.ctx;
    let tx = provisioner.begin().await?;
    let row = repo::find_in(&tx, ctx, id.0).await?;
    let row = row.ok_or(ScimUseError::NoGroup)?;
    check_version(if_match, row.version)?;
    let members = repo::member_ids(&tx, ctx, id.0).await?;
    let people = before(&tx, ctx, &members).await?;
    repo::delete(&tx, ctx.org, id.0).await?;
    note(&tx, ctx, "scim_group.delete", &row, (0, members.len())).await?;
    let effects = after(&tx, ctx, people).await?;
    tx.commit().await?;
    effects.spread(ctx);
    Ok(())
}

/// A user with the teams that their groups gave before a change.
type Before = Vec<(users::entity::Model, BTreeSet<Uuid>)>;

async fn before(tx: &Tx, ctx: &Ctx, ids: &[Uuid]) -> Result<Before> {
    let mut people = Vec::with_capacity(ids.len());
    for user in users::repo::with_ids(tx, ctx, ids).await? {
        if user.active && user.user_id.is_some() {
            let teams = effect::teams_of(tx, ctx, &user).await?;
            people.push((user, teams));
        }
    }
    Ok(people)
}

/// Gives people what their groups give after a change.
async fn after(tx: &Tx, ctx: &Ctx, people: Before) -> Result<Effects> {
    let mut effects = Effects::default();
    for (mut user, teams) in people {
        let was = user.role_of_groups;
        effect::apply(tx, ctx, &mut user, &teams, &mut effects).await?;
        if user.role_of_groups != was {
            users::repo::update(tx, &user).await?;
        }
    }
    Ok(effects)
}

/// What a group is to be.
struct Wanted {
    name: String,
    external_id: Option<String>,
    members: BTreeSet<Uuid>,
}

impl Wanted {
    fn of(content: &Object) -> Result<Self> {
        let get = |name: &str| content.get(name).and_then(Json::as_str);
        let name = text::line("displayName", get("displayName").unwrap_or_default(), 256)
            .map_err(|error| error.with("scimType", json!("invalidValue")))?;
        let list = content.get("members").and_then(Json::as_array);
        let mut members = BTreeSet::new();
        for (at, one) in list.into_iter().flatten().enumerate() {
            let kind = one.get("type").and_then(Json::as_str);
            if kind.is_some_and(|kind| !kind.eq_ignore_ascii_case("user")) {
                let problem = "is not `User`; groups in groups are not supported, send their users";
                return Err(ScimError::value(&format!("members[{at}].type"), problem).into());
            }
            let value = one.get("value").and_then(Json::as_str).unwrap_or_default();
            let id: Option<ScimUserId> = value.parse().ok();
            let unknown = || {
                let problem = "is not the id of a user; create the user first";
                ScimError::value(&format!("members[{at}].value"), problem)
            };
            members.insert(id.ok_or_else(unknown)?.0);
        }
        Ok(Self {
            name,
            external_id: get("externalId").map(str::to_owned),
            members,
        })
    }
}

/// Refuses members that are no users of the organization.
async fn known(tx: &Tx, ctx: &Ctx, ids: &[Uuid]) -> Result<()> {
    let found = users::repo::with_ids(tx, ctx, ids).await?;
    let found: BTreeSet<Uuid> = found.into_iter().map(|row| row.id).collect();
    match ids.iter().find(|id| !found.contains(*id)) {
        None => Ok(()),
        Some(id) => {
            let problem = format!(
                "there is no user {}; create the user first",
                ScimUserId(*id)
            );
            Err(ScimError::value("members", problem).into())
        }
    }
}

/// Refuses a name that another group has.
async fn free_name(tx: &Tx, ctx: &Ctx, row: &entity::Model) -> Result<()> {
    let other = repo::by_name(tx, ctx, &row.name_key).await?;
    match other {
        Some(other) if other.id != row.id => Err(ScimUseError::GroupNameTaken.into()),
        _ => Ok(()),
    }
}

/// A parallel request has written the same; otherwise the database's error.
fn unless_taken(error: DbErr) -> AppError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => ScimUseError::GroupNameTaken.into(),
        _ => error.into(),
    }
}

async fn note(
    tx: &Tx,
    ctx: &Ctx,
    action: &str,
    row: &entity::Model,
    (added, removed): (usize, usize),
) -> Result<()> {
    let detail = json!({ "displayName": row.display_name, "added": added, "removed": removed });
    let entry = Entry::new(action, "scim_group", ScimGroupId(row.id)).detail(detail);
    Ok(audit::write(tx, ctx, entry).await?)
}

/// What a client can write of a group.
fn content(row: &entity::Model, members: &[repo::MemberRow]) -> Object {
    let mut content = Object::new();
    if let Some(id) = &row.external_id {
        content.insert("externalId".to_owned(), json!(id));
    }
    content.insert("displayName".to_owned(), json!(row.display_name));
    let members = members
        .iter()
        .map(|one| json!({ "value": ScimUserId(one.member_id) }));
    content.insert("members".to_owned(), members.collect());
    content
}

/// A group as it is sent.
fn resource(ctx: &Ctx, row: &entity::Model, members: &[repo::MemberRow]) -> Object {
    let mut content = content(row, &[]);
    let member = |one: &repo::MemberRow| {
        let id = ScimUserId(one.member_id).to_string();
        json!({ "value": id, "$ref": location(&ctx.app, &scim::USER, &id), "type": "User",
            "display": one.shown_name })
    };
    content.insert("members".to_owned(), members.iter().map(member).collect());
    let frame = Frame {
        id: ScimGroupId(row.id).to_string(),
        version: row.version,
        times: (row.created_at, row.updated_at),
        schema: &GROUP,
    };
    frame.around(&ctx.app, content)
}
