//! Provisioned users: what identity providers say about people.

mod account;
pub mod entity;
mod list;
pub(super) mod repo;
mod waiting;

use std::collections::BTreeSet;

use scim::{Object, Patch, USER, UserView, matches_etag};
use sea_orm::{DbErr, SqlErr};
use serde_json::{Value as Json, json};
use types::ScimUserId;
use uuid::Uuid;

use account::Found;
pub use account::Waits;
pub(in crate::identity) use account::{State, account_of, state_of};
pub use list::list;
pub(in crate::identity) use waiting::settle_all;
pub use waiting::{WaitingUser, list_waiting, settle_waiting};

use super::{
    MOST_USERS, Provisioner, ScimUseError,
    effect::{self, Effects},
    resource::{Frame, location, stored},
};
use crate::{
    Ctx, Tx,
    audit::{self, Entry},
    blocking::blocking,
    error::{AppError, Result},
    text,
};

/// The largest number of bytes of what is kept about a person.
const LARGEST: usize = 64 * 1024;

/// How often a change is tried again that another one got ahead of.
const TRIES: usize = 5;

/// How a resource is changed.
#[derive(Clone, Debug)]
pub enum Change {
    /// By another one.
    Replace(Object),
    /// By operations.
    Patch(Patch),
}

impl Change {
    /// The resource after the change.
    pub(super) async fn of(&self, schema: &'static scim::Schema, old: &Object) -> Result<Object> {
        match self {
            Self::Replace(new) => Ok(schema.canonical(new)?),
            Self::Patch(patch) => {
                let (patch, old) = (patch.clone(), old.clone());
                blocking(move || Ok(patch.apply(schema, &old)?)).await
            }
        }
    }
}

/// Refuses if the version is not one of those in `If-Match`.
pub(super) fn check_version(if_match: Option<&str>, version: i64) -> Result<()> {
    match if_match {
        Some(tags) if !matches_etag(tags, version) => Err(ScimUseError::Changed.into()),
        _ => Ok(()),
    }
}

/// One user.
pub async fn get(provisioner: &Provisioner, id: ScimUserId) -> Result<Object> {
    let ctx = &provisioner.ctx;
    let row = repo::find(ctx, id).await?.ok_or(ScimUseError::NoUser)?;
    shown(ctx, row).await
}

/// Creates a user. An active one with an address of a proved domain becomes a member.
pub async fn create(provisioner: &Provisioner, given: &Object) -> Result<Object> {
    let ctx = &provisioner.ctx;
    let mut content = USER.canonical(given)?;
    content.entry("active").or_insert(json!(true));
    let now = ctx.clock().now();
    let mut row = entity::Model {
        id: ScimUserId::new(ctx.clock()).0,
        org_id: ctx.org.0,
        user_name_key: String::new(),
        external_id: None,
        email: None,
        active: true,
        shown_name: String::new(),
        content: String::new(),
        user_id: None,
        waits_for: None,
        role_of_groups: false,
        version: 1,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    fill(&mut row, &content)?;
    let found = match row.active {
        true => Some(account::find(ctx, row.email.as_deref()).await?),
        false => None,
    };
    let tx = provisioner.begin().await?;
    free_name(&tx, ctx, &row).await?;
    if repo::count_in(&tx, ctx).await? >= MOST_USERS {
        return Err(ScimUseError::TooMany(MOST_USERS, "provisioned users").into());
    }
    if let Some(found) = found {
        account::settle(&tx, ctx, &mut row, found).await?;
    }
    repo::insert(&tx, &row).await.map_err(unless_taken)?;
    let mut effects = Effects::default();
    let before = row.clone();
    effect::apply(&tx, ctx, &mut row, &BTreeSet::new(), &mut effects).await?;
    if row != before {
        repo::update(&tx, &row).await?;
    }
    note(&tx, ctx, "scim_user.create", &row).await?;
    tx.commit().await?;
    effects.spread(ctx);
    shown(ctx, row).await
}

/// Changes a user. `active: false` ends the membership with all that the person has by it.
pub async fn change(
    provisioner: &Provisioner,
    id: ScimUserId,
    if_match: Option<&str>,
    change: &Change,
) -> Result<Object> {
    let ctx = &provisioner.ctx;
    for _ in 0..TRIES {
        let old = repo::find(ctx, id).await?.ok_or(ScimUseError::NoUser)?;
        check_version(if_match, old.version)?;
        let content = stored(&old.content);
        let mut new = change.of(&USER, &content).await?;
        // Whoever says nothing about it does not let anybody back in.
        new.entry("active").or_insert(json!(old.active));
        let mut row = old.clone();
        fill(&mut row, &new)?;
        let found = match row.active && row.user_id.is_none() {
            true => Some(account::find(ctx, row.email.as_deref()).await?),
            false => None,
        };
        let waits = matches!(&found, None | Some(Found::Waits(_)));
        if new == content && waits {
            return shown(ctx, old).await;
        }
        if let Some(row) = write(provisioner, &old, row, found).await? {
            return shown(ctx, row).await;
        }
    }
    Err(ScimUseError::Busy.into())
}

/// Writes a change; `None`: another one was faster.
async fn write(
    provisioner: &Provisioner,
    old: &entity::Model,
    mut row: entity::Model,
    found: Option<Found>,
) -> Result<Option<entity::Model>> {
    let ctx = &provisioner.ctx;
    let tx = provisioner.begin().await?;
    if repo::find_in(&tx, ctx, old.id).await?.as_ref() != Some(old) {
        return Ok(None);
    }
    if row.user_name_key != old.user_name_key {
        free_name(&tx, ctx, &row).await?;
    }
    let mut effects = Effects::default();
    if old.active && !row.active {
        effect::end(&tx, ctx, old, provisioner.removes_owners, &mut effects).await?;
        row.waits_for = None;
        row.role_of_groups = false;
    }
    if let Some(found) = found {
        account::settle(&tx, ctx, &mut row, found).await?;
    }
    effect::apply(&tx, ctx, &mut row, &BTreeSet::new(), &mut effects).await?;
    row.version += 1;
    row.updated_at = ctx.clock().now();
    repo::update(&tx, &row).await.map_err(unless_taken)?;
    note(&tx, ctx, "scim_user.update", &row).await?;
    tx.commit().await?;
    effects.spread(ctx);
    Ok(Some(row))
}

/// Deletes a user, and ends the membership with all that the person has by it. They do not come back
/// by signing in.
pub async fn delete(
    provisioner: &Provisioner,
    id: ScimUserId,
    if_match: Option<&str>,
) -> Result<()> {
    let ctx = &provisioner.ctx;
    let tx = provisioner.begin().await?;
    let row = repo::find_in(&tx, ctx, id.0).await?;
    let mut row = row.ok_or(ScimUseError::NoUser)?;
    check_version(if_match, row.version)?;
    let mut effects = Effects::default();
    if row.active {
        effect::end(&tx, ctx, &row, provisioner.removes_owners, &mut effects).await?;
    }
    let now = ctx.clock().now();
    repo::leave_groups(&tx, ctx, row.id, now).await?;
    note(&tx, ctx, "scim_user.delete", &row).await?;
    row.active = false;
    row.content = "{}".to_owned();
    row.external_id = None;
    row.waits_for = None;
    row.role_of_groups = false;
    row.version += 1;
    row.deleted_at = Some(now);
    repo::update(&tx, &row).await?;
    tx.commit().await?;
    effects.spread(ctx);
    Ok(())
}

/// Fills in what is read from the content.
fn fill(row: &mut entity::Model, content: &Object) -> Result<()> {
    let view = UserView::of(content);
    let written = Json::Object(content.clone()).to_string();
    if written.len() > LARGEST {
        let problem = format!("has {} bytes; at most {LARGEST} are kept", written.len());
        return Err(scim::ScimError::value("User", problem).into());
    }
    readable_names(&UserView::of(&stored(&row.content)), &view)?;
    row.user_name_key = view.user_name.to_lowercase();
    row.email = view
        .email()
        .and_then(|email| text::email("emails", email).ok());
    row.active = view.active.unwrap_or(row.active);
    row.shown_name = view.shown_name().chars().take(200).collect();
    row.external_id = view.external_id;
    row.content = written;
    Ok(())
}

/// Refuses names that look like others, as everywhere. Those from before stay, so that everything else about
/// the person can still change.
fn readable_names(old: &UserView, new: &UserView) -> Result<()> {
    for (attribute, name) in new.names() {
        if !old.names().any(|one| one == (attribute, name)) {
            text::readable(attribute, name.trim())
                .map_err(|error| error.with("scimType", json!("invalidValue")))?;
        }
    }
    Ok(())
}

/// Refuses a name that another user has.
async fn free_name(tx: &Tx, ctx: &Ctx, row: &entity::Model) -> Result<()> {
    let other = repo::by_name(tx, ctx, &row.user_name_key).await?;
    match other {
        Some(other) if other.id != row.id => Err(ScimUseError::NameTaken.into()),
        _ => Ok(()),
    }
}

/// A parallel request has written the same; otherwise the database's error.
fn unless_taken(error: DbErr) -> AppError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => ScimUseError::NameTaken.into(),
        _ => error.into(),
    }
}

async fn note(tx: &Tx, ctx: &Ctx, action: &str, row: &entity::Model) -> Result<()> {
    let detail = json!({ "userName": row.user_name_key, "active": row.active,
        "userId": row.user_id.map(types::UserId), "waitsFor": row.waits_for });
    let entry = Entry::new(action, "scim_user", ScimUserId(row.id)).detail(detail);
    Ok(audit::write(tx, ctx, entry).await?)
}

/// A user as it is sent.
async fn shown(ctx: &Ctx, row: entity::Model) -> Result<Object> {
    let groups = repo::groups_of(ctx, &[row.id]).await?;
    Ok(resource(ctx, row, &groups))
}

/// A user as it is sent, with those of the groups that they are in.
fn resource(ctx: &Ctx, row: entity::Model, groups: &[repo::GroupOfUser]) -> Object {
    let mut content = stored(&row.content);
    let own: Vec<Json> = groups
        .iter()
        .filter(|one| one.member_id == row.id)
        .map(|one| group(ctx, one.group_id, &one.display_name))
        .collect();
    if !own.is_empty() {
        content.insert("groups".to_owned(), Json::Array(own));
    }
    let frame = Frame {
        id: ScimUserId(row.id).to_string(),
        version: row.version,
        times: (row.created_at, row.updated_at),
        schema: &USER,
    };
    frame.around(&ctx.app, content)
}

fn group(ctx: &Ctx, id: Uuid, name: &str) -> Json {
    let id = types::ScimGroupId(id).to_string();
    json!({ "value": id, "$ref": location(&ctx.app, &scim::GROUP, &id), "display": name,
        "type": "direct" })
}
