//! Reads and writes of invitations.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Statement, Value,
};
use types::{InvitationId, OrgId};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{App, Ctx, SystemCtx, Tx, paging::Window, tenancy::OrgEntity};

type Time = chrono::DateTime<chrono::Utc>;

/// An invitation that was neither accepted nor revoked, with its organization. It may have expired.
#[derive(Clone, Debug, FromQueryResult)]
pub struct OpenInvitation {
    pub id: Uuid,
    pub org_id: Uuid,
    pub org_name: String,
    pub role: String,
    pub role_id: Option<Uuid>,
    pub sso_guest: bool,
    pub email: Option<String>,
    pub created_by: Uuid,
    pub created_by_name: String,
    pub expires_at: Time,
}

/// The invitation whose link has this hash, unless it was accepted or revoked.
pub async fn by_hash(app: &App, hash: &[u8; 32]) -> Result<Option<OpenInvitation>, DbErr> {
    let sql = if app.db().is_postgres() {
        "SELECT * FROM flowmason_invitation($1)"
    } else {
        "/* across organizations: sign-in */ \
         SELECT i.id, i.org_id, o.name AS org_name, i.role, i.role_id, i.sso_guest, i.email, i.created_by, \
             i.created_by_name, i.expires_at \
         FROM invitations i JOIN organizations o ON o.id = i.org_id \
         WHERE i.token_hash = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL"
    };
    let statement = app.db().statement(sql, [hash.to_vec().into()]);
    let row = app.db().query_one(statement).await?;
    row.map(|row| OpenInvitation::from_query_result(&row, ""))
        .transpose()
}

/// The newest invitation of an organization that the owner of an address can accept.
pub async fn open_for(tx: &Tx, app: &App, org: OrgId, email: &str) -> Result<Option<Model>, DbErr> {
    Entity::in_org_of(&SystemCtx::new(app), org)
        .filter(Column::Email.eq(email))
        .filter(Column::AcceptedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(app.clock().now()))
        .order_by_desc(Column::Id)
        .one(tx.conn())
        .await
}

/// The organization's invitations, newest first.
pub async fn list(ctx: &Ctx, window: &Window) -> Result<Vec<Model>, DbErr> {
    let select = Entity::in_org(ctx)
        .filter(Column::Id.lt(window.below))
        .order_by_desc(Column::Id)
        .limit(u64::from(window.limit()));
    ctx.all(select).await
}

/// One invitation.
pub async fn find(ctx: &Ctx, id: InvitationId) -> Result<Option<Model>, DbErr> {
    ctx.one(Entity::in_org(ctx).filter(Column::Id.eq(id.0)))
        .await
}

/// How many invitations can still be accepted.
pub async fn count_open(tx: &Tx, ctx: &Ctx, now: Time) -> Result<u64, DbErr> {
    use sea_orm::PaginatorTrait;
    Entity::in_org(ctx)
        .filter(Column::AcceptedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .count(tx.conn())
        .await
}

/// Writes a new invitation.
pub async fn insert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO invitations (id, org_id, role, role_id, email, token_hash, created_by, \
        created_by_name, created_at, expires_at, sso_guest, mailed) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let values: [Value; 12] = [
        row.id.into(),
        row.org_id.into(),
        row.role.as_str().into(),
        row.role_id.into(),
        row.email.clone().into(),
        row.token_hash.clone().into(),
        row.created_by.into(),
        row.created_by_name.as_str().into(),
        row.created_at.into(),
        row.expires_at.into(),
        row.sso_guest.into(),
        row.mailed.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Gives an invitation a new link and a new inviter. `false`: it was accepted or revoked.
pub async fn renew(tx: &Tx, row: &Model) -> Result<bool, DbErr> {
    let sql = "UPDATE invitations SET token_hash = $1, expires_at = $2, created_by = $3, \
        created_by_name = $4, mailed = $7 \
        WHERE org_id = $5 AND id = $6 AND accepted_at IS NULL AND revoked_at IS NULL";
    let values: [Value; 7] = [
        row.token_hash.clone().into(),
        row.expires_at.into(),
        row.created_by.into(),
        row.created_by_name.as_str().into(),
        row.org_id.into(),
        row.id.into(),
        row.mailed.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Whether the newest link of an invitation was only sent by mail.
pub async fn is_mailed(tx: &Tx, org: OrgId, id: Uuid) -> Result<bool, DbErr> {
    let sql = "SELECT 1 AS found FROM invitations WHERE org_id = $1 AND id = $2 AND mailed";
    let row = tx.query_one(sql, [org.0.into(), id.into()]).await?;
    Ok(row.is_some())
}

/// Marks an invitation as revoked. `false`: it was already accepted or revoked.
pub async fn revoke(tx: &Tx, org: OrgId, id: InvitationId, now: Time) -> Result<bool, DbErr> {
    let sql = "UPDATE invitations SET revoked_at = $1 \
        WHERE org_id = $2 AND id = $3 AND accepted_at IS NULL AND revoked_at IS NULL";
    let values = [now.into(), org.0.into(), id.0.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Marks an invitation as accepted. `false`: it ended in the meantime, or its link was replaced.
pub async fn redeem(
    tx: &Tx,
    (org, id): (OrgId, Uuid),
    hash: &[u8],
    user: Uuid,
    now: Time,
) -> Result<bool, DbErr> {
    let sql = "UPDATE invitations SET accepted_at = $1, accepted_by = $2 \
        WHERE org_id = $3 AND id = $4 AND token_hash = $5 AND expires_at > $1 \
        AND accepted_at IS NULL AND revoked_at IS NULL";
    let values: [Value; 5] = [
        now.into(),
        user.into(),
        org.0.into(),
        id.into(),
        hash.to_vec().into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Revokes the open invitations for an address. Returns them.
pub async fn revoke_for(tx: &Tx, org: OrgId, email: &str, now: Time) -> Result<Vec<Uuid>, DbErr> {
    let sql = "UPDATE invitations SET revoked_at = $1 WHERE org_id = $2 AND email = $3 \
        AND revoked_at IS NULL AND accepted_at IS NULL RETURNING id";
    let values: [Value; 3] = [now.into(), org.0.into(), email.into()];
    let statement = Statement::from_sql_and_values(tx.conn().get_database_backend(), sql, values);
    let rows = tx.conn().query_all_raw(statement).await?;
    rows.iter().map(|row| row.try_get("", "id")).collect()
}
