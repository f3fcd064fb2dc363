//! Helpers: runs inserted directly, and segments as the engine would push them.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use engine::{
    component::Usage,
    run::{Journal, Progress, RunStatus, Segment},
};
use sea_orm::{ConnectionTrait, Statement};
use types::{Clock, OrgId, RunId};
use uuid::Uuid;

use crate::{
    App,
    host::{
        Claimed, Host, HostSettings,
        commit::{End, Row},
    },
    testing::TestApp,
};

pub const LEASE: Duration = Duration::from_secs(20);

pub fn host(app: &App, name: &str) -> Host {
    host_with(app, name, LEASE)
}

pub fn host_with(app: &App, name: &str, lease: Duration) -> Host {
    let settings = HostSettings {
        owner: name.to_owned(),
        lease,
    };
    Host::start(app.db(), app.live(), &Clock::system(), settings).0
}

/// A new organization ID. The runs of these tests need no row for it.
pub fn org() -> OrgId {
    OrgId::new(&Clock::system())
}

/// Inserts a queued run.
pub async fn queue(app: &App, org: OrgId) -> RunId {
    let run = RunId::new(&Clock::system());
    let tx = app.db().begin(&[org]).await.unwrap();
    let sql = "INSERT INTO runs (id, org_id, pipeline_id, version_id, status, input,
        started_by_kind, started_by_name, created_at)
        VALUES ($1, $2, $3, $3, 'queued', '{}', 'user', 'a test', $4)";
    let values = [
        run.0.into(),
        org.0.into(),
        Uuid::now_v7().into(),
        Utc::now().into(),
    ];
    tx.execute(sql, values).await.unwrap();
    tx.commit().await.unwrap();
    run
}

/// One field of a run's row, as text.
pub async fn field(app: &App, org: OrgId, run: RunId, name: &str) -> Option<String> {
    let tx = app.db().begin(&[org]).await.unwrap();
    let sql = format!("SELECT CAST({name} AS text) AS it FROM runs WHERE org_id = $2 AND id = $1");
    let row = tx
        .conn()
        .query_one_raw(app.db().statement(sql, [run.0.into(), org.0.into()]))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    row.unwrap().try_get("", "it").unwrap()
}

/// Runs SQL as the owner of the database.
pub async fn as_owner(test: &TestApp, sql: &str) {
    match &test.owner_url {
        Some(url) => {
            let owner = sea_orm::Database::connect(url).await.unwrap();
            owner.execute_unprepared(sql).await.unwrap();
            owner.close().await.unwrap();
        }
        None => {
            test.app.db().conn().execute_unprepared(sql).await.unwrap();
        }
    }
}

/// An ID as an SQL literal.
pub fn literal(test: &TestApp, id: Uuid) -> String {
    match test.owner_url {
        Some(_) => format!("'{id}'"),
        None => format!("x'{}'", id.simple()),
    }
}

/// A run's rows in the journal: first number, count, epoch, body.
pub async fn journal(app: &App, org: OrgId, run: RunId) -> Vec<(i64, i32, i64, String)> {
    let tx = app.db().begin(&[org]).await.unwrap();
    let sql = "SELECT first_seq, count, epoch, body FROM journal
        WHERE org_id = $2 AND run_id = $1 ORDER BY first_seq";
    let statement: Statement = app.db().statement(sql, [run.0.into(), org.0.into()]);
    let rows = tx.conn().query_all_raw(statement).await.unwrap();
    tx.commit().await.unwrap();
    rows.iter()
        .map(|row| {
            let body: Vec<u8> = row.try_get("", "body").unwrap();
            (
                row.try_get("", "first_seq").unwrap(),
                row.try_get("", "count").unwrap(),
                row.try_get("", "epoch").unwrap(),
                String::from_utf8(body).unwrap(),
            )
        })
        .collect()
}

pub fn progress(status: RunStatus, last_seq: u64, stages_done: u32) -> Progress {
    Progress {
        status,
        stages_done,
        stages_total: 3,
        progressed: false,
        last_seq,
        at: DateTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000),
        usage: Usage {
            calls: 1,
            prompt_tokens: Some(2),
            completion_tokens: Some(3),
            cost: None,
        },
        error: None,
        output: status.is_finished().then(|| "{\"a\":1}".to_owned()),
    }
}

/// A segment with these lines, starting with event number `first`.
pub fn segment_of(first: u64, lines: &[String], status: RunStatus) -> Segment {
    let count = u32::try_from(lines.len()).unwrap();
    let last = first + u64::from(count) - 1;
    Segment {
        first_seq: first,
        count,
        body: format!("{}\n", lines.join("\n")).into_bytes(),
        summary: progress(status, last, 1),
    }
}

/// A segment of events `first..first + count`; if the status is final, the last is `run.finished`.
pub fn segment(first: u64, count: u32, status: RunStatus) -> Segment {
    let last = first + u64::from(count) - 1;
    let mut body = String::new();
    for seq in first..=last {
        let at = "2026-01-01T00:00:00.000000Z";
        let rest = match (seq, status.is_finished() && seq == last) {
            (1, _) => r#""type":"run.started","input":{},"format":1"#.to_owned(),
            (_, true) => format!(r#""type":"run.finished","status":"{}""#, status.as_str()),
            _ => r#""type":"stage.scheduled","stage":"a""#.to_owned(),
        };
        body.push_str(&format!("{{\"seq\":{seq},\"at\":\"{at}\",{rest}}}\n"));
    }
    let done = u32::try_from(last / 10).unwrap();
    Segment {
        first_seq: first,
        count,
        body: body.into(),
        summary: progress(status, last, done),
    }
}

/// The same as a row of the writer, without the engine's trait.
pub fn row(claimed: &Claimed, first: u64, count: u32, status: RunStatus) -> Row {
    let segment = segment(first, count, status);
    Row {
        lease: claimed.lease.clone(),
        first_seq: first,
        count,
        body: Bytes::from(segment.body),
        stages: None,
        progress: Some(segment.summary),
        end: if status.is_finished() {
            End::Finished
        } else {
            End::None
        },
    }
}

/// Appends a segment and waits until it is durable.
pub async fn append(
    host: &Host,
    claimed: &Claimed,
    segment: Segment,
) -> Result<(), engine::run::JournalError> {
    let journal = host.journal(&claimed.lease);
    let last = segment.first_seq + u64::from(segment.count) - 1;
    journal.append(segment);
    journal.durable(last).await
}

/// Claims exactly one run.
pub async fn claim_one(host: &Host) -> Claimed {
    let mut claimed = host.claim(10, true).await.unwrap();
    assert_eq!(claimed.len(), 1, "{claimed:?}");
    claimed.remove(0)
}

/// Makes a lease expire in the database.
pub async fn expire(test: &TestApp, run: RunId) {
    let id = literal(test, run.0);
    let then = if test.owner_url.is_some() {
        "now() - interval '1 second'"
    } else {
        "'2000'"
    };
    as_owner(
        test,
        &format!("UPDATE runs SET lease_until = {then} WHERE id = {id}"),
    )
    .await;
}
