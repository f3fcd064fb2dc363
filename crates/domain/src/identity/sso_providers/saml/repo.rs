//! Reads and writes of the settings of SAML providers.

use sea_orm::{ColumnTrait, DbErr, QueryFilter, Value};
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
        name_attribute, metadata_url, private_key, own_certificate) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
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
        unsolicited = $10, email_attribute = $11, name_attribute = $12, metadata_url = $13 \
        WHERE provider_id = $1 AND org_id = $2";
    let mut values: Vec<Value> = vec![row.provider_id.into(), row.org_id.into()];
    values.extend(settings(row));
    tx.execute(sql, values).await.map(drop)
}

/// The values of the columns that people set, in the order of the statements.
fn settings(row: &Model) -> [Value; 11] {
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
    ]
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
