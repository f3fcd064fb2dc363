//! No load of one organization prevents another organization from starting runs.

use serde_json::{Value, json};

use super::{Caller, Error, Server, alone, each, full, judge, source, start_many, starts};
use crate::{
    faults::{Setup, on_large, on_small},
    system::{hole::SilentServer, silent::SilentNames},
};

/// The load of the attacking organization.
#[derive(Clone, Copy, Debug)]
enum Load {
    /// Runs that repeatedly wait for less than a second.
    ShortWaits,
    /// Requests to a server that never answers.
    SilentServers,
    /// Expressions that use their whole time limit.
    Expressions,
    /// Many small stages without waiting.
    SmallStages,
    /// Log lines.
    LogLines,
    /// Look-ups of names that no name server answers.
    Names,
}

impl Load {
    const ALL: [Self; 6] = [
        Self::ShortWaits,
        Self::SilentServers,
        Self::Expressions,
        Self::SmallStages,
        Self::LogLines,
        Self::Names,
    ];

    /// The number of runs.
    fn runs(self) -> usize {
        let (long, short) = match self {
            Self::ShortWaits | Self::SilentServers | Self::Names => (300, 40),
            Self::Expressions | Self::SmallStages => (200, 24),
            Self::LogLines => (80, 4),
        };
        if full() { long } else { short }
    }

    fn stages(self, hole: &str) -> Value {
        match self {
            Self::ShortWaits => each(
                "{{ [i for i in range(60)] }}",
                1,
                json!({ "id": "inner", "type": "wait", "config": { "seconds": 0.9 } }),
            ),
            Self::SilentServers => json!([{ "id": "hang", "type": "http_request",
                "config": { "url": format!("http://{hole}/"), "method": "GET", "timeout": 60 } }]),
            Self::Expressions => each(
                "{{ [i for i in range(2000)] }}",
                8,
                json!({ "id": "inner", "type": "variable_set", "config": { "name": "x",
                    "value": "{{ sum([i * i for i in range(20000)]) }}" } }),
            ),
            Self::SmallStages => each(
                "{{ [i for i in range(20000)] }}",
                8,
                json!({ "id": "inner", "type": "variable_set",
                    "config": { "name": "x", "value": "{{context.item}}" } }),
            ),
            Self::LogLines => each(
                "{{ [i for i in range(5000)] }}",
                8,
                json!({ "id": "inner", "type": "logger",
                    "config": { "message": "line {{context.item}} of too many" } }),
            ),
            Self::Names => each(
                "{{ [i for i in range(20)] }}",
                20,
                json!({ "id": "inner", "type": "http_request", "config": { "method": "GET",
                    "url": "http://silent-{{input.n}}-{{context.item}}.flowmason-attack.com/" } }),
            ),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_one_organization_does_not_stop_anothers_start_on_sqlite() {
    alone(|| on_small("starts beside an attacker on SQLite", story)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_one_organization_does_not_stop_anothers_start_on_postgresql() {
    alone(|| on_large("starts beside an attacker on PostgreSQL", story)).await;
}

async fn story(setup: Setup) -> Result<String, Error> {
    let hole = SilentServer::start().await?;
    // All look-ups go to this server, so no name from the attack leaves the machine.
    let names = SilentNames::start().await?;
    // Fewer slots than the attacker has runs, in the short version too.
    let launch = setup
        .launch(&hole.address)
        .with("FLOWMASON_SLOTS", if full() { 256 } else { 16 })
        .with("FLOWMASON_LEASE_MS", 10_000)
        .with("FLOWMASON_NAME_SERVERS", &names.address);
    let server = launch.serve(None).await?;
    let [first, second] = Caller::two(&server).await?;
    let mut figures = vec![judge("nothing", starts(&second, &server, 3).await?)?];
    for load in Load::ALL {
        figures.push(under(load, &server, &first, &second, &hole.address).await?);
    }
    let queries = names.queries();
    if queries < 20 {
        return Err(format!("V12 only {queries} names were looked up").into());
    }
    figures.push(format!("{queries} queries to a silent name server"));
    Ok(figures.join("; "))
}

async fn under(
    load: Load,
    server: &Server,
    first: &Caller,
    second: &Caller,
    hole: &str,
) -> Result<String, Error> {
    let host = &server.host;
    let pipeline = first.create(host, &source(load.stages(hole))).await?;
    let runs = start_many(first, host, &pipeline, load.runs()).await?;
    let took = starts(second, server, if full() { 10 } else { 3 }).await?;
    let done = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Run { status } } }";
    let some: Vec<&String> = runs.iter().rev().take(20).collect();
    let left = first.data(host, done, json!({ "ids": some })).await?;
    let busy = left["nodes"].as_array().is_some_and(|runs| {
        let open = ["QUEUED", "RUNNING", "WAITING"];
        runs.iter()
            .any(|run| run["status"].as_str().is_some_and(|s| open.contains(&s)))
    });
    for run in &runs {
        // A run that has already ended cannot be cancelled, which is fine.
        let _ = first.cancel(host, run).await;
    }
    let figure = judge(&format!("{load:?} × {}", runs.len()), took)?;
    if !busy && full() {
        return Err(format!("V12 the attack ended too early: {figure}").into());
    }
    Ok(figure)
}
