//! Reads and writes of the settings of SAML providers.
//!
//! A transaction that changes a provider and these settings changes, or locks, the provider first, so
//! that two of them never wait for each other.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, FromQueryResult, QueryFilter, Statement, Value,
};
use types::{OrgId, SsoProviderId};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{
    App, Ctx, Tx,
    tenancy::{OrgEntity, SCOPE, rows_in},
};

type Time = chrono::DateTime<chrono::Utc>;

/// Those of the organization's providers.
pub async fn all(ctx: &Ctx) -> Result<Vec<Model>, DbErr> {
    ctx.all(Entity::in_org(ctx)).await
}

/// Those of one of the organization's providers.
pub async fn find(ctx: &Ctx, provider: SsoProviderId) -> Result<Option<Model>, DbErr> {
    ctx.one(Entity::in_org(ctx).filter(Column::ProviderId.eq(provider.0)))
        .await
}

/// Those of a provider with which somebody signs in.
pub async fn lookup(app: &App, org: OrgId, provider: Uuid) -> Result<Option<Model>, DbErr> {
    let sql = format!(
        "SELECT s.* FROM saml_settings s \
         WHERE {SCOPE} AND s.org_id = $1 AND s.provider_id = $2 LIMIT 1"
    );
    let rows = rows_in(app, org, &sql, [provider.into()]).await?;
    Ok(rows.into_iter().next())
}

/// Writes those of a new provider.
pub async fn insert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO saml_settings (provider_id, org_id, sso_url, sso_binding, slo_url, \
        slo_binding, slo_response_url, certificates, signed_parts, unsolicited, email_attribute, \
        name_attribute, metadata_url, follows_metadata, metadata_next_at, metadata_read_at, \
        metadata_failed_at, private_key, own_certificate) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
        $19)";
    let mut values: Vec<Value> = vec![row.provider_id.into(), row.org_id.into()];
    values.extend(settings(row));
    values.push(row.private_key.clone().into());
    values.push(row.own_certificate.as_str().into());
    tx.execute(sql, values).await.map(drop)
}

/// Writes those that people set. The own key stays.
pub async fn update(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "UPDATE saml_settings SET sso_url = $3, sso_binding = $4, slo_url = $5, \
        slo_binding = $6, slo_response_url = $7, certificates = $8, signed_parts = $9, \
        unsolicited = $10, email_attribute = $11, name_attribute = $12, metadata_url = $13, \
        follows_metadata = $14, metadata_next_at = $15, metadata_read_at = $16, \
        metadata_failed_at = $17 WHERE provider_id = $1 AND org_id = $2";
    let mut values: Vec<Value> = vec![row.provider_id.into(), row.org_id.into()];
    values.extend(settings(row));
    tx.execute(sql, values).await.map(drop)
}

/// The values of the columns that people set, in the order of the statements.
fn settings(row: &Model) -> [Value; 15] {
    [
        row.sso_url.clone().into(),
        row.sso_binding.clone().into(),
        row.slo_url.clone().into(),
        row.slo_binding.clone().into(),
        row.slo_response_url.clone().into(),
        row.certificates.as_str().into(),
        row.signed_parts.as_str().into(),
        row.unsolicited.into(),
        row.email_attribute.clone().into(),
        row.name_attribute.clone().into(),
        row.metadata_url.clone().into(),
        row.follows_metadata.into(),
        row.metadata_next_at.into(),
        row.metadata_read_at.into(),
        row.metadata_failed_at.into(),
    ]
}

/// Keeps a new key beside the one in use. `false`: there is one already.
pub async fn add_key(tx: &Tx, new: &Model) -> Result<bool, DbErr> {
    let sql = "UPDATE saml_settings SET next_private_key = $1, next_certificate = $2 \
        WHERE org_id = $3 AND provider_id = $4 AND next_certificate IS NULL";
    let values = [
        new.next_private_key.clone().into(),
        new.next_certificate.clone().into(),
        new.org_id.into(),
        new.provider_id.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Puts the new key in place of the one in use. `false`: somebody else has, or it was deleted.
pub async fn promote_key(tx: &Tx, new: &Model) -> Result<bool, DbErr> {
    let sql = "UPDATE saml_settings SET private_key = next_private_key, \
        own_certificate = next_certificate, next_private_key = NULL, next_certificate = NULL \
        WHERE org_id = $1 AND provider_id = $2 AND next_certificate = $3";
    let values = [
        new.org_id.into(),
        new.provider_id.into(),
        new.own_certificate.as_str().into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// A provider whose metadata is due.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Due {
    /// The provider.
    pub provider_id: Uuid,
    /// Its organization.
    pub org_id: Uuid,
    /// Since when.
    pub metadata_next_at: Time,
}

/// Providers whose metadata is due, the most overdue first. The transaction is one across all
/// organizations.
pub async fn due(tx: &Tx, now: Time, most: u64) -> Result<Vec<Due>, DbErr> {
    let sql = format!(
        "/* across organizations: metadata */ SELECT provider_id, org_id, metadata_next_at \
         FROM saml_settings WHERE metadata_next_at <= $1 ORDER BY metadata_next_at LIMIT {most}"
    );
    let backend = tx.conn().get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [now.into()]);
    let rows = tx.conn().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| Due::from_query_result(row, ""))
        .collect()
}

/// Moves a due reading on. `false`: another process has done so.
pub async fn postpone(tx: &Tx, due: &Due, until: Time) -> Result<bool, DbErr> {
    let sql = "UPDATE saml_settings SET metadata_next_at = $1 \
        WHERE org_id = $2 AND provider_id = $3 AND metadata_next_at = $4";
    let values = [
        until.into(),
        due.org_id.into(),
        due.provider_id.into(),
        due.metadata_next_at.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Takes over what the metadata of the provider `issuer` says at the address of `old`. `false`: somebody
/// has saved other settings since `old` was read, or a later reading has begun, which says more.
pub async fn read_again(tx: &Tx, issuer: &str, old: &Model, new: &Model) -> Result<bool, DbErr> {
    let sql = "UPDATE saml_settings SET sso_url = $1, sso_binding = $2, slo_url = $3, \
        slo_binding = $4, slo_response_url = $5, certificates = $6, metadata_next_at = $7, \
        metadata_read_at = $8, metadata_failed_at = $9 \
        WHERE org_id = $10 AND provider_id = $11 AND metadata_url = $12 AND certificates = $13 \
        AND metadata_next_at = $14 AND EXISTS (SELECT 1 FROM sso_providers p \
        WHERE p.org_id = $10 AND p.id = $11 AND p.issuer = $15 AND p.enabled)";
    let values: [Value; 15] = [
        new.sso_url.clone().into(),
        new.sso_binding.clone().into(),
        new.slo_url.clone().into(),
        new.slo_binding.clone().into(),
        new.slo_response_url.clone().into(),
        new.certificates.as_str().into(),
        new.metadata_next_at.into(),
        new.metadata_read_at.into(),
        new.metadata_failed_at.into(),
        old.org_id.into(),
        old.provider_id.into(),
        old.metadata_url.clone().into(),
        old.certificates.as_str().into(),
        old.metadata_next_at.into(),
        issuer.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Removes the provider's problem if it is that its metadata could not be read. Call it before that
/// time is changed. `true`: it was.
pub async fn solved(tx: &Tx, (org, provider): (OrgId, Uuid)) -> Result<bool, DbErr> {
    let sql = "UPDATE sso_providers SET problem = NULL, problem_at = NULL \
        WHERE org_id = $1 AND id = $2 AND problem_at = (SELECT s.metadata_failed_at \
        FROM saml_settings s WHERE s.org_id = $1 AND s.provider_id = $2)";
    Ok(tx.execute(sql, [org.0.into(), provider.into()]).await? == 1)
}

/// Deletes those of a provider.
pub async fn delete(tx: &Tx, org: OrgId, provider: SsoProviderId) -> Result<(), DbErr> {
    let sql = "DELETE FROM saml_settings WHERE org_id = $1 AND provider_id = $2";
    let values = [org.0.into(), provider.0.into()];
    tx.execute(sql, values).await.map(drop)
}

/// Keeps the result of a test, in place of the one before.
pub async fn tested(
    tx: &Tx,
    (org, provider): (OrgId, Uuid),
    report: &str,
    now: Time,
) -> Result<(), DbErr> {
    let sql = "UPDATE saml_settings SET test_report = $1, tested_at = $2 \
        WHERE org_id = $3 AND provider_id = $4";
    let values = [report.into(), now.into(), org.0.into(), provider.into()];
    tx.execute(sql, values).await.map(drop)
}
