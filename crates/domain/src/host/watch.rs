//! Polls the progress of all watched runs together.
//!
//! Live messages can get lost between processes. Instead of one query per reader, one task per
//! process queries all watched runs and tells the readers of each run how far its journal is. If
//! there is only one process, no message is lost silently, and nothing is polled.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::Duration,
};

use parking_lot::Mutex;
use sea_orm::{FromQueryResult, Value};
use tokio::time;
use types::{OrgId, RunId};
use uuid::Uuid;

use crate::{App, db::with_ids, live::Live, run_summary::RunStatus};

/// The polling interval.
const EVERY: Duration = Duration::from_secs(2);

/// The maximum number of runs per statement.
const TOGETHER: usize = 500;

type Counts = HashMap<(OrgId, RunId), usize>;

/// The runs that are watched in this process, with the number of watchers.
#[derive(Default)]
pub struct Watched(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    runs: Counts,
    asking: bool,
}

/// A guard: its run is watched until it is dropped.
pub struct Watch {
    of: Weak<Mutex<State>>,
    key: (OrgId, RunId),
}

impl Watched {
    /// Starts watching a run.
    pub fn watch(&self, app: &App, org: OrgId, run: RunId) -> Watch {
        let key = (org, run);
        let mut state = self.0.lock();
        *state.runs.entry(key).or_default() += 1;
        if !state.asking && app.live().is_shared() {
            state.asking = true;
            tokio::spawn(ask(app.clone(), self.0.clone()));
        }
        Watch {
            of: Arc::downgrade(&self.0),
            key,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let Some(state) = self.of.upgrade() else {
            return;
        };
        let mut state = state.lock();
        if let Some(count) = state.runs.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                state.runs.remove(&self.key);
            }
        }
    }
}

#[derive(Debug, FromQueryResult)]
struct Row {
    id: Uuid,
    last_seq: i64,
    status: String,
}

/// Polls until no run is watched.
async fn ask(app: App, state: Arc<Mutex<State>>) {
    loop {
        time::sleep(EVERY).await;
        let mut orgs: HashMap<OrgId, Vec<RunId>> = HashMap::new();
        {
            let mut state = state.lock();
            if state.runs.is_empty() {
                state.asking = false;
                return;
            }
            for (org, run) in state.runs.keys() {
                orgs.entry(*org).or_default().push(*run);
            }
        }
        for (org, runs) in orgs {
            for runs in runs.chunks(TOGETHER) {
                if let Err(error) = ask_about(&app, org, runs).await {
                    tracing::warn!(cause = %error, "watched runs could not be read");
                }
            }
        }
    }
}

async fn ask_about(app: &App, org: OrgId, runs: &[RunId]) -> Result<(), sea_orm::DbErr> {
    use sea_orm::ConnectionTrait;

    let ids: Vec<Uuid> = runs.iter().map(|run| run.0).collect();
    let (condition, of_runs) = with_ids("", &ids);
    let sql = format!("SELECT id, last_seq, status FROM runs WHERE {condition}");
    let mut values = vec![Value::from(org.0)];
    values.extend(of_runs);
    let statement = app.db().statement(sql, values);
    let rows = if app.db().is_postgres() {
        let tx = app.db().begin(&[org]).await?;
        let rows = tx.conn().query_all_raw(statement).await?;
        tx.commit().await?;
        rows
    } else {
        app.db().query_all(statement).await?
    };
    for row in rows {
        let row = Row::from_query_result(&row, "")?;
        report(app.live(), &row);
    }
    Ok(())
}

fn report(live: &Live, row: &Row) {
    let finished = RunStatus::parse(&row.status).is_some_and(RunStatus::is_finished);
    live.publish_locally(crate::live::Message::Reached {
        run: row.id.into(),
        last_seq: u64::try_from(row.last_seq).unwrap_or(0),
        finished,
    });
}
