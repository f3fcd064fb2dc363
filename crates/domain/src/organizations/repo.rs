//! Reads and writes of organizations.

use sea_orm::{DbErr, Value};
use types::{Clock, OrgId};
use uuid::Uuid;

use crate::{Tx, access::Role};

/// Writes an organization and its first member. The transaction must be of `org`.
pub async fn insert(
    tx: &Tx,
    clock: &Clock,
    org: OrgId,
    name: &str,
    member: Uuid,
    role: Role,
) -> Result<(), DbErr> {
    let now = clock.now();
    tx.execute(
        "INSERT INTO organizations (id, name, created_at) VALUES ($1, $2, $3)",
        [org.0.into(), name.into(), now.into()],
    )
    .await?;
    let values: [Value; 4] = [
        org.0.into(),
        member.into(),
        role.as_str().into(),
        now.into(),
    ];
    tx.execute(
        "INSERT INTO memberships (org_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)",
        values,
    )
    .await?;
    Ok(())
}

/// Renames; gives whether there was something to rename.
pub async fn rename(tx: &Tx, org: OrgId, name: &str) -> Result<bool, DbErr> {
    let sql = "UPDATE organizations SET name = $1 WHERE id = $2";
    Ok(tx.execute(sql, [name.into(), org.0.into()]).await? == 1)
}
