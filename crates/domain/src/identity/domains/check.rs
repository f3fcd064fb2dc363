//! One check of a domain: the lookup of its record, and what follows from the answer.

use chrono::{DateTime, Duration, Utc};
use components::http::{LookupError, SystemResolver};
use sea_orm::{DbErr, SqlErr};
use serde_json::json;
use types::DomainId;

use super::{GRACE, Problem, entity::Model, record, repo};
use crate::{
    App, Ctx,
    audit::{self, Entry},
    error::Result,
    identity::scim,
};

/// How often the record of a proved domain is looked up.
const PROVED: Duration = Duration::hours(12);
/// How often it is looked up while it is missing, and after a claim.
const SOON: Duration = Duration::hours(1);
/// How long after a claim the record is looked up every hour.
const SOON_FOR: Duration = Duration::days(3);
/// How long after a claim the record is looked up at all, as long as it was never found.
const PATIENCE: Duration = Duration::days(30);

/// Looks up the record and stores the result.
pub async fn run(ctx: &Ctx, row: Model) -> Result<()> {
    let result = look_up(&ctx.app, &row).await;
    apply(ctx, row, result).await
}

/// Whether the record is there.
async fn look_up(app: &App, row: &Model) -> Result<(), Problem> {
    let servers = &app.settings().name_servers;
    let resolver = app.state_or(|| SystemResolver::with_servers(servers.clone()));
    match resolver.texts(&record::name(&row.name)).await {
        Ok(texts) if record::is_among(&row.token, &texts) => Ok(()),
        Ok(_) => Err(Problem::OtherValue),
        Err(LookupError::NoSuch) => Err(Problem::NoRecord),
        Err(LookupError::Silent(_) | LookupError::Busy) => Err(Problem::NoAnswer),
        Err(LookupError::Failed) => Err(Problem::ServerFailed),
    }
}

/// Stores the result of a check. No answer changes nothing but the time of the next check: only
/// the name servers' word that the record is gone counts against a proof. Once they have said so, the
/// proof ends after [`GRACE`] unless the record is found.
pub(super) async fn apply(ctx: &Ctx, row: Model, result: Result<(), Problem>) -> Result<()> {
    let now = ctx.clock().now();
    if !store(ctx, &row, result, now).await? {
        store(ctx, &row, Err(Problem::ProvedElsewhere), now).await?;
    }
    Ok(())
}

/// `false`: another organization has proved the domain.
async fn store(
    ctx: &Ctx,
    old: &Model,
    result: Result<(), Problem>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let (new, action) = after(old, result, now);
    let tx = ctx.begin().await?;
    match repo::update(&tx, old, &new).await {
        Ok(true) => {}
        Ok(false) => {
            // Another check was faster, or the domain was removed.
            tx.rollback().await?;
            return Ok(true);
        }
        Err(error) if is_taken(&error) => {
            tx.rollback().await?;
            return Ok(false);
        }
        Err(error) => return Err(error.into()),
    }
    if let Some(action) = action {
        let entry = Entry::new(action, "domain", DomainId(old.id));
        audit::write(&tx, ctx, entry.detail(json!({ "name": old.name }))).await?;
    }
    if old.proved_at.is_none() && new.proved_at.is_some() {
        scim::settle_soon(&tx, &ctx.app, &[ctx.org], &ctx.request_id).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// The row after a check, and the action for the audit log if the state changed.
fn after(
    old: &Model,
    result: Result<(), Problem>,
    now: DateTime<Utc>,
) -> (Model, Option<&'static str>) {
    let mut new = Model {
        checked_at: Some(now),
        problem: result.err().map(|problem| problem.as_str().to_owned()),
        ..old.clone()
    };
    let mut action = None;
    match result {
        Ok(()) => {
            action = match (old.proved_at, old.missing_since) {
                (None, _) => Some("domain.prove"),
                (Some(_), Some(_)) => Some("domain.proof_found"),
                (Some(_), None) => None,
            };
            new.proved_at = old.proved_at.or(Some(now));
            new.missing_since = None;
        }
        Err(problem) if problem.is_certain() && old.proved_at.is_some() => {
            let since = old.missing_since.unwrap_or(now);
            new.missing_since = Some(since);
            if now - since >= GRACE {
                new.proved_at = None;
                action = Some("domain.proof_lost");
            } else if old.missing_since.is_none() {
                action = Some("domain.proof_missing");
            }
        }
        // The name servers said once that the record is gone, and have said nothing since.
        Err(_) if old.missing_since.is_some_and(|since| now - since >= GRACE) => {
            if new.proved_at.take().is_some() {
                action = Some("domain.proof_lost");
            }
        }
        Err(_) => {}
    }
    new.next_check_at = next(&new, now);
    (new, action)
}

fn next(row: &Model, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if row.proved_at.is_some() {
        let settled = row.problem.is_none();
        return Some(now + if settled { PROVED } else { SOON });
    }
    let waiting = now - row.missing_since.unwrap_or(row.created_at);
    match waiting {
        _ if waiting < SOON_FOR => Some(now + SOON),
        _ if waiting < PATIENCE => Some(now + PROVED),
        _ => None,
    }
}

fn is_taken(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}
