//! Writes a new run with its audit row and wake-up job, atomically.
//!
//! On PostgreSQL, the run, the audit row and the wake-up job are usually written in one statement,
//! which is one round trip. A transaction is opened if more is to be written: a large input or reused
//! stages.

use engine::run::{FORMAT, ReusedEvents, RowValue, Subjects, TakenSegment};
use sea_orm::{DbErr, Value};
use types::{AuditId, OrgId};

use crate::{
    Ctx, Tx,
    audit::Entry,
    db::orgs_text,
    queue::{self, Needed, WakeJobs},
    runs::entity::Model,
};

/// Writes the run, its input if that is stored as an artifact, its audit row, its wake-up job, and
/// the segments copied from another run's journal. `false`: the idempotency key is already used.
pub async fn insert(
    ctx: &Ctx,
    run: &Model,
    input: &RowValue,
    entry: &Entry<'_>,
    taken: &ReusedEvents,
) -> Result<bool, DbErr> {
    let is_one = taken.segments.is_empty() && matches!(input, RowValue::Inline(_));
    if is_one
        && ctx.db().is_postgres()
        && let Some(needed) = queue::wake_jobs(&ctx.app).decide()
    {
        let written = in_one_statement(ctx, run, entry, needed).await;
        if needed == Needed::Yes && !matches!(written, Ok(true)) {
            queue::wake_jobs(&ctx.app).not_written();
        }
        return written;
    }
    let tx = ctx.begin().await?;
    let columns = columns(run);
    let names = columns.each_ref().map(|(name, _)| *name).join(", ");
    let places: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "INSERT INTO runs ({names}) VALUES ({}) {ON_USED_KEY}",
        places.join(", ")
    );
    if tx.execute(&sql, columns.map(|(_, value)| value)).await? == 0 {
        return Ok(false);
    }
    if let RowValue::Stored { sha256, body, .. } = input {
        write_artifact(&tx, ctx.org, sha256, body).await?;
    }
    for segment in &taken.segments {
        write_segment(&tx, run, segment).await?;
    }
    write_audit(&tx, ctx, entry).await?;
    queue::wake_jobs(&ctx.app).ensure(&tx).await?;
    tx.commit().await?;
    Ok(true)
}

const ON_USED_KEY: &str =
    "ON CONFLICT (org_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING";

/// Stores a value as an artifact, unless the organization already has it.
pub async fn write_artifact(tx: &Tx, org: OrgId, sha256: &str, body: &str) -> Result<(), DbErr> {
    tx.execute(
        "INSERT INTO artifacts (org_id, sha256, size, body) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
        [
            org.0.into(),
            sha256.into(),
            i64::try_from(body.len()).unwrap_or(i64::MAX).into(),
            body.as_bytes().to_vec().into(),
        ],
    )
    .await
    .map(drop)
}

/// Writes a segment of the new run's journal under epoch 0, which no worker has.
async fn write_segment(tx: &Tx, run: &Model, segment: &TakenSegment) -> Result<(), DbErr> {
    let stages = Subjects::of(&segment.body).filter(|_| segment.first_seq > 1);
    tx.execute(
        "INSERT INTO journal (run_id, first_seq, count, org_id, epoch, at, format, body, \
           stages) VALUES ($1, $2, $3, $4, 0, $5, $6, $7, $8)",
        [
            run.id.into(),
            i64::try_from(segment.first_seq).unwrap_or(i64::MAX).into(),
            i32::try_from(segment.count).unwrap_or(i32::MAX).into(),
            run.org_id.into(),
            run.created_at.into(),
            i16::try_from(FORMAT).unwrap_or(i16::MAX).into(),
            segment.body.clone().into(),
            stages.map(|stages| stages.to_bytes()).into(),
        ],
    )
    .await?;
    Ok(())
}

async fn write_audit(tx: &Tx, ctx: &Ctx, entry: &Entry<'_>) -> Result<(), DbErr> {
    crate::audit::write(tx, ctx, entry.clone()).await
}

/// Writes the run, its audit row and, if needed, the wake-up job in one statement. Its first part
/// sets `app.orgs`. The second part reads from the first, and the others from the second, so the
/// row-level security policy is checked after `app.orgs` is set.
async fn in_one_statement(
    ctx: &Ctx,
    run: &Model,
    entry: &Entry<'_>,
    needed: Needed,
) -> Result<bool, DbErr> {
    let first = 2;
    let places = |from: usize, count: usize| {
        (from..from + count)
            .map(|n| format!("${n}"))
            .collect::<Vec<_>>()
    };
    let own = columns(run);
    let audit = first + own.len();
    let mut values: Vec<Value> = vec![orgs_text(&[ctx.org]).into()];
    let columns = own.each_ref().map(|(name, _)| *name).join(", ");
    let placed = places(first, own.len()).join(", ");
    values.extend(own.map(|(_, value)| value));
    values.extend([
        AuditId::new(ctx.clock()).0.into(),
        ctx.org.0.into(),
        run.created_at.into(),
        ctx.actor.kind.as_str().into(),
        ctx.actor.id.into(),
        ctx.actor.name.to_string().into(),
        entry.action.into(),
        entry.object_kind.into(),
        entry.object_id.as_str().into(),
        entry.detail.to_string().into(),
        ctx.request_id.to_string().into(),
    ]);
    let mut wake = String::new();
    if needed == Needed::Yes {
        let (job, job_values) = WakeJobs::part("run WHERE id IS NOT NULL", values.len() + 1);
        wake = format!(", wake AS ({job})");
        values.extend(job_values);
    }
    let sql = format!(
        "WITH scope AS MATERIALIZED (SELECT set_config('app.orgs', $1, true) AS orgs), \
         run AS (INSERT INTO runs ({columns}) SELECT {placed} FROM scope WHERE orgs IS NOT NULL \
           {ON_USED_KEY} RETURNING id){wake} \
         INSERT INTO audit (id, org_id, at, actor_kind, actor_id, actor_name, action, object_kind, \
           object_id, detail, request_id) \
         SELECT {audit} FROM run WHERE id IS NOT NULL",
        audit = places(audit, 11).join(", "),
    );
    let rows = ctx.db().execute(ctx.db().statement(sql, values)).await?;
    Ok(rows == 1)
}

/// The columns that a start writes, each with its value.
fn columns(run: &Model) -> [(&'static str, Value); 19] {
    [
        ("id", run.id.into()),
        ("org_id", run.org_id.into()),
        ("pipeline_id", run.pipeline_id.into()),
        ("version_id", run.version_id.into()),
        ("status", run.status.as_str().into()),
        ("input", run.input.as_str().into()),
        ("started_by_kind", run.started_by_kind.as_str().into()),
        ("started_by_id", run.started_by_id.into()),
        ("started_by_name", run.started_by_name.as_str().into()),
        ("retried_from", run.retried_from.into()),
        ("idempotency_key", run.idempotency_key.clone().into()),
        ("created_at", run.created_at.into()),
        ("stages_total", run.stages_total.into()),
        ("lease_epoch", run.lease_epoch.into()),
        ("last_seq", run.last_seq.into()),
        ("only_stage", run.only_stage.clone().into()),
        ("stages_reused", run.stages_reused.into()),
        ("environment", run.environment.as_str().into()),
        ("draft_revision", run.draft_revision.into()),
    ]
}
