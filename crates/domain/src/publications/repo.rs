//! Reads and writes of publications.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, FromQueryResult, QueryFilter, QueryOrder, QueryResult,
    QuerySelect, Statement, Value,
};
use types::{FolderId, OrgId, PipelineId, PipelineVersionId, PublicationId};
use uuid::Uuid;

use super::{
    PublicationStatus,
    entity::{Column, Entity, Model},
};
use crate::{
    Ctx, Tx,
    access::{Environment, PermissionSet, Rights},
    ctx::ActorKind,
    db::places,
    tenancy::{OrgEntity, SCOPE},
};

/// The largest number of publications in a list.
const MAX_LISTED: u64 = 100;

/// A pipeline's publications, newest first: to one environment or to all.
pub async fn of_pipeline(
    ctx: &Ctx,
    pipeline: PipelineId,
    environment: Option<Environment>,
) -> Result<Vec<Model>, DbErr> {
    let mut select = Entity::in_org(ctx).filter(Column::PipelineId.eq(pipeline.0));
    if let Some(environment) = environment {
        select = select.filter(Column::Environment.eq(environment.as_str()));
    }
    ctx.all(select.order_by_desc(Column::Id).limit(MAX_LISTED))
        .await
}

/// Which requests somebody is shown.
pub struct Shown<'a> {
    /// What the person lacks in production to decide about all of them.
    pub lacking: PermissionSet,
    /// The person's rights, which may give what is lacking on single pipelines and folders.
    pub rights: &'a Rights,
    /// The person, who is shown their own requests in any case.
    pub person: Option<Uuid>,
    /// Requests from before this time have expired.
    pub since: DateTime<Utc>,
}

/// The requests that nobody has decided and that somebody is shown, newest first. Those for deleted
/// pipelines are left out, because they cannot be approved.
pub async fn requested(ctx: &Ctx, shown: &Shown<'_>) -> Result<Vec<Model>, DbErr> {
    let mut values: Vec<Value> = vec![shown.since.into(), shown.person.into()];
    let mut may_decide = String::from("1 = 1");
    for permission in shown.lacking.iter() {
        let pipelines = shown.rights.pipelines.with(permission);
        let pipelines: Vec<Uuid> = pipelines.map(|id: PipelineId| id.0).collect();
        let (of_pipelines, more) = places(values.len() + 2, &pipelines);
        values.extend(more);
        let folders = shown.rights.folders.with(permission);
        let folders: Vec<Uuid> = folders.map(|id: FolderId| id.0).collect();
        let (of_folders, more) = places(values.len() + 2, &folders);
        values.extend(more);
        may_decide +=
            &format!(" AND (b.pipeline_id IN ({of_pipelines}) OR p.folder_id IN ({of_folders}))");
    }
    let sql = format!(
        "SELECT b.* FROM publications b \
         JOIN pipelines p ON p.org_id = $1 AND p.id = b.pipeline_id AND p.deleted_at IS NULL \
         WHERE {SCOPE} AND b.org_id = $1 AND b.status = 'requested' AND b.requested_at > $2 \
             AND (b.requested_by_person = $3 OR ({may_decide})) \
         ORDER BY b.id DESC LIMIT {MAX_LISTED}"
    );
    ctx.rows(&sql, values).await
}

/// One publication.
pub async fn find(ctx: &Ctx, id: PublicationId) -> Result<Option<Model>, DbErr> {
    ctx.one(Entity::in_org(ctx).filter(Column::Id.eq(id.0)))
        .await
}

/// Like [`find`], in a transaction.
pub async fn find_in(tx: &Tx, ctx: &Ctx, id: PublicationId) -> Result<Option<Model>, DbErr> {
    let select = Entity::in_org(ctx).filter(Column::Id.eq(id.0));
    select.one(tx.conn()).await
}

/// The version that is published to an environment.
pub async fn current(
    ctx: &Ctx,
    pipeline: PipelineId,
    environment: Environment,
) -> Result<Option<Model>, DbErr> {
    let select = Entity::in_org(ctx)
        .filter(Column::PipelineId.eq(pipeline.0))
        .filter(Column::Environment.eq(environment.as_str()))
        .filter(Column::Ordinal.is_not_null())
        .order_by_desc(Column::Ordinal);
    ctx.one(select).await
}

/// Like [`current`], of several pipelines and in all environments, in no order.
pub async fn current_of(ctx: &Ctx, pipelines: &[Uuid]) -> Result<Vec<Model>, DbErr> {
    let (ids, values) = places(2, pipelines);
    let limit = pipelines.len() * Environment::ALL.len();
    let sql = format!(
        "SELECT b.* FROM publications b \
         WHERE {SCOPE} AND b.org_id = $1 AND b.pipeline_id IN ({ids}) \
             AND b.ordinal = (SELECT max(m.ordinal) FROM publications m WHERE m.org_id = $1 \
                 AND m.pipeline_id = b.pipeline_id AND m.environment = b.environment) \
         LIMIT {limit}"
    );
    ctx.rows(&sql, values).await
}

/// Like [`current`], in a transaction that has locked the pipeline.
pub async fn current_in(
    tx: &Tx,
    ctx: &Ctx,
    pipeline: PipelineId,
    environment: Environment,
) -> Result<Option<Model>, DbErr> {
    Entity::in_org(ctx)
        .filter(Column::PipelineId.eq(pipeline.0))
        .filter(Column::Environment.eq(environment.as_str()))
        .filter(Column::Ordinal.is_not_null())
        .order_by_desc(Column::Ordinal)
        .one(tx.conn())
        .await
}

/// The request for a pipeline and an environment since a time that nobody has decided.
pub async fn requested_in(
    tx: &Tx,
    ctx: &Ctx,
    (pipeline, environment): (PipelineId, Environment),
    since: DateTime<Utc>,
) -> Result<Option<Model>, DbErr> {
    Entity::in_org(ctx)
        .filter(Column::PipelineId.eq(pipeline.0))
        .filter(Column::Environment.eq(environment.as_str()))
        .filter(Column::Status.eq(PublicationStatus::Requested.as_str()))
        .filter(Column::RequestedAt.gt(since))
        .one(tx.conn())
        .await
}

/// A pipeline with the version that is published to an environment.
#[derive(Clone, Debug, FromQueryResult)]
pub struct TargetRow {
    pub pipeline_name: String,
    pub deleted_at: Option<DateTime<Utc>>,
    pub version_id: Option<Uuid>,
    pub version_number: Option<i32>,
}

/// A pipeline's name and the version that is published to an environment, in one statement.
pub async fn target(
    ctx: &Ctx,
    pipeline: PipelineId,
    environment: Environment,
) -> Result<Option<TargetRow>, DbErr> {
    let sql = format!(
        "SELECT p.name AS pipeline_name, p.deleted_at, b.version_id, b.version_number \
         FROM pipelines p LEFT JOIN publications b ON b.org_id = $1 AND b.pipeline_id = p.id \
             AND b.environment = $3 AND b.ordinal = (SELECT max(m.ordinal) FROM publications m \
                 WHERE m.org_id = $1 AND m.pipeline_id = $2 AND m.environment = $3) \
         WHERE p.org_id = $1 AND p.id = $2 AND {SCOPE} LIMIT 1"
    );
    let values = [pipeline.0.into(), environment.as_str().into()];
    Ok(ctx.rows(&sql, values).await?.pop())
}

/// The id of a version.
pub async fn version(
    ctx: &Ctx,
    pipeline: PipelineId,
    number: i32,
) -> Result<Option<PipelineVersionId>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
    }
    let sql = format!(
        "SELECT v.id FROM pipeline_versions v \
         WHERE {SCOPE} AND v.org_id = $1 AND v.pipeline_id = $2 AND v.number = $3 LIMIT 1"
    );
    let values = [pipeline.0.into(), number.into()];
    let row: Option<Row> = ctx.rows(&sql, values).await?.pop();
    Ok(row.map(|row| PipelineVersionId(row.id)))
}

/// The text of a version, in a transaction.
pub async fn source_in(
    tx: &Tx,
    ctx: &Ctx,
    version: PipelineVersionId,
) -> Result<Option<String>, DbErr> {
    let sql = "SELECT source FROM pipeline_versions WHERE org_id = $1 AND id = $2";
    let row = one(tx, sql, [ctx.org.0.into(), version.0.into()]).await?;
    row.map(|row| row.try_get("", "source")).transpose()
}

/// Writes a publication or the request for one.
pub async fn insert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO publications (id, org_id, pipeline_id, environment, version_id, \
            version_number, status, ordinal, requested_by_kind, requested_by_name, \
            requested_by_person, requested_at, decided_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let values: [Value; 13] = [
        row.id.into(),
        row.org_id.into(),
        row.pipeline_id.into(),
        row.environment.as_str().into(),
        row.version_id.into(),
        row.version_number.into(),
        row.status.as_str().into(),
        row.ordinal.into(),
        row.requested_by_kind.as_str().into(),
        row.requested_by_name.as_str().into(),
        row.requested_by_person.into(),
        row.requested_at.into(),
        row.decided_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Writes the decision about a request. `false`: it was decided already.
pub async fn decide(tx: &Tx, row: &Model) -> Result<bool, DbErr> {
    let sql = "UPDATE publications SET status = $1, ordinal = $2, decided_by = $3, \
            decided_by_name = $4, decided_at = $5 \
        WHERE org_id = $6 AND id = $7 AND status = 'requested'";
    let values: [Value; 7] = [
        row.status.as_str().into(),
        row.ordinal.into(),
        row.decided_by.into(),
        row.decided_by_name.clone().into(),
        row.decided_at.into(),
        row.org_id.into(),
        row.id.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Requests of all organizations that were made at or before `cutoff` and that nobody has decided, oldest
/// first. Skips rows that another transaction has locked.
pub async fn expired(tx: &Tx, cutoff: DateTime<Utc>, limit: usize) -> Result<Vec<Model>, DbErr> {
    let lock = if tx.is_postgres() {
        "FOR UPDATE SKIP LOCKED"
    } else {
        ""
    };
    let sql = format!(
        "/* across organizations: purge */ SELECT * FROM publications \
         WHERE status = 'requested' AND requested_at <= $1 ORDER BY id LIMIT {limit} {lock}"
    );
    let backend = tx.conn().get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [cutoff.into()]);
    let rows = tx.conn().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| Model::from_query_result(row, ""))
        .collect()
}

/// Writes that a request has expired.
pub async fn expire(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "UPDATE publications SET status = 'expired' \
        WHERE org_id = $1 AND id = $2 AND status = 'requested'";
    let values = [row.org_id.into(), row.id.into()];
    tx.execute(sql, values).await.map(drop)
}

/// The person behind an actor: for an API key the one who created it, who alone was shown its secret.
/// `None` for others. An application can act for whoever allowed it, registered it or made one of its
/// secrets, so nobody can be named.
pub async fn person_behind(tx: &Tx, ctx: &Ctx) -> Result<Option<Uuid>, DbErr> {
    match ctx.actor.kind {
        ActorKind::User => return Ok(ctx.actor.id),
        ActorKind::ApiKey => {}
        ActorKind::Application | ActorKind::ScimToken | ActorKind::System => return Ok(None),
    }
    let sql = "SELECT created_by AS person FROM api_keys WHERE org_id = $1 AND id = $2";
    let row = one(tx, sql, [ctx.org.0.into(), ctx.actor.id.into()]).await?;
    row.map_or(Ok(None), |row| row.try_get("", "person"))
}

/// Whether a second person has to approve what is published to production.
pub async fn second_person(ctx: &Ctx) -> Result<bool, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        second_person: bool,
    }
    let sql =
        format!("SELECT o.second_person FROM organizations o WHERE {SCOPE} AND o.id = $1 LIMIT 1");
    let row: Option<Row> = ctx.rows(&sql, []).await?.pop();
    Ok(row.is_some_and(|row| row.second_person))
}

/// Like [`second_person`], in a transaction.
pub async fn second_person_in(tx: &Tx, org: OrgId) -> Result<bool, DbErr> {
    let sql = "SELECT second_person FROM organizations WHERE id = $1";
    let row = one(tx, sql, [org.0.into()]).await?;
    row.map_or(Ok(false), |row| row.try_get("", "second_person"))
}

/// Sets whether a second person has to approve.
pub async fn set_second_person(tx: &Tx, org: OrgId, on: bool) -> Result<(), DbErr> {
    let sql = "UPDATE organizations SET second_person = $1 WHERE id = $2";
    tx.execute(sql, [on.into(), org.0.into()]).await.map(drop)
}

async fn one(
    tx: &Tx,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<QueryResult>, DbErr> {
    let statement = Statement::from_sql_and_values(tx.conn().get_database_backend(), sql, values);
    tx.conn().query_one_raw(statement).await
}
