//! The rights of an actor as they are now: those of a request may be a moment old.

use types::{Clock, OrgId};
use uuid::Uuid;

use super::{repo, rights_of_member};
use crate::{
    Tx,
    access::{Rights, stored},
    ctx::ActorKind,
    error::Result,
};

/// What a person, an API key or an application may do in an organization now, with grants; `None` if it has
/// no access any more. Of an application, all that its person or its service account may do: the scopes of
/// its tokens are known to its requests only.
pub(crate) async fn rights_now(
    tx: &Tx,
    clock: &Clock,
    org: OrgId,
    (kind, id): (ActorKind, Uuid),
) -> Result<Option<Rights>> {
    let row = match kind {
        ActorKind::User => return rights_of_member(tx, clock, org, id).await,
        ActorKind::ApiKey => repo::key_at(tx, org, id, clock.now()).await?,
        ActorKind::Application => repo::application_at(tx, org, id, clock.now()).await?,
        ActorKind::ScimToken | ActorKind::System => None,
    };
    let Some(row) = row else { return Ok(None) };
    let holder = row.holder.rights()?;
    if kind != ActorKind::ApiKey {
        return Ok(Some(holder));
    }
    let (role, list) = (row.key_role.as_deref(), row.key_permissions.as_deref());
    let (_, own) = stored::of_key(role, list)?;
    let mut key = Rights::from(own);
    stored::add_grants(&mut key, row.key_grants.as_deref())?;
    Ok(Some(holder.both(&key)))
}
