//! Measures how many runs per second a thousand sockets with five feeds each cost. One look-up per
//! change serves them all, and the rate of rows is limited.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures::{SinkExt, StreamExt};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::json;
use tokio::task::JoinSet;
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use super::{Caller, Error, Server, alone, full, source};
use crate::faults::{Setup, on_large};

const FEEDS: usize = 5;
const STARTERS: usize = 32;
/// The share of the runs per second that the sockets may cost.
const MOST: f64 = 0.10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attack_sockets_and_feeds_cost_runs_little() {
    alone(|| on_large("sockets beside starts", story)).await;
}

async fn story(setup: Setup) -> Result<String, Error> {
    let (sockets, rounds, seconds) = if full() { (1_000, 7, 4) } else { (40, 1, 2) };
    let files = raise_files(sockets * 3)?;
    if files < sockets * 2 {
        crate::say(&format!("only {files} files may be open"));
    }
    let server = setup.launch("127.0.0.1:1").serve(None).await?;
    let caller = Caller::first(&server).await?;
    let db = Database::connect(setup.place.url()).await?;
    let stages: Vec<_> = (0..5)
        .map(|at| {
            let before: Vec<String> = (0..at).rev().take(1).map(|b| format!("s{b}")).collect();
            json!({ "id": format!("s{at}"), "type": "variable_set", "depends_on": before,
                "config": { "name": format!("v{at}"), "value": "{{input.n}}" } })
        })
        .collect();
    let pipeline = caller.create(&server.host, &source(json!(stages))).await?;
    let measure = || {
        rate(
            &caller,
            &server,
            &pipeline,
            &db,
            Duration::from_secs(seconds),
        )
    };
    measure().await?;

    // Each measurement with sockets is between two without, so that other load on the machine and
    // the growing database affect both kinds.
    let mut plain = vec![measure().await?];
    let (mut watched, mut costs, mut messages) = (Vec::new(), Vec::new(), 0);
    for round in 0..rounds {
        let listeners = Listeners::open(&caller, &server, sockets).await?;
        watched.push(measure().await?);
        messages += listeners.messages.load(Ordering::Relaxed);
        drop(listeners);
        tokio::time::sleep(Duration::from_millis(500)).await;
        plain.push(measure().await?);
        costs.push(1.0 - 2.0 * watched[round] / (plain[round] + plain[round + 1]));
    }
    db.close().await?;
    let each: Vec<String> = costs
        .iter()
        .map(|cost| format!("{:.0}", cost * 100.0))
        .collect();
    let (plain, watched, cost) = (median(plain), median(watched), median(costs));
    let figure = format!(
        "{sockets} sockets × {FEEDS} feeds: {watched:.0} runs/s beside them, {plain:.0} without \
         ({:.1}% less; rounds {}), {messages} messages",
        cost * 100.0,
        each.join(" ")
    );
    if messages < sockets {
        return Err(format!("V12 the feeds sent little: {figure}").into());
    }
    // The short version runs beside other tests, whose load is higher than that of the sockets.
    let held = if full() {
        cost < MOST
    } else {
        watched > plain / 4.0
    };
    if held { Ok(figure) } else { Err(figure.into()) }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Raises the limit of open files for this process and the server that it starts. Returns the new
/// limit.
fn raise_files(wanted: usize) -> Result<usize, Error> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    let wanted = u64::try_from(wanted + 500)?.max(soft).min(hard);
    setrlimit(Resource::RLIMIT_NOFILE, wanted, hard)?;
    Ok(usize::try_from(wanted)?)
}

/// Measures runs per second: starts runs over several connections for a while, and waits until the
/// last one has ended.
async fn rate(
    caller: &Caller,
    server: &Server,
    pipeline: &str,
    db: &DatabaseConnection,
    time: Duration,
) -> Result<f64, Error> {
    let begin = Instant::now();
    let mut starters = JoinSet::new();
    for _ in 0..STARTERS {
        let (caller, host, pipeline) = (caller.clone(), server.host.clone(), pipeline.to_owned());
        starters.spawn(async move {
            let mut started = 0;
            while begin.elapsed() < time {
                caller
                    .start(&host, &pipeline, json!({ "n": 1 }), None)
                    .await?;
                started += 1;
            }
            Ok::<usize, Error>(started)
        });
    }
    let mut started = 0;
    while let Some(one) = starters.join_next().await {
        started += one??;
    }
    let until = Instant::now() + Duration::from_secs(60);
    while open(db).await? > 0 {
        if Instant::now() > until {
            return Err("V9 runs have not ended".into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(started as f64 / begin.elapsed().as_secs_f64())
}

/// The number of runs that have not ended.
async fn open(db: &DatabaseConnection) -> Result<i64, Error> {
    let sql = "SELECT count(*) AS open FROM runs WHERE status IN ('queued', 'running', 'waiting')";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await?.ok_or("no row")?;
    Ok(row.try_get("", "open")?)
}

/// Sockets that listen to feeds until they are dropped.
struct Listeners {
    messages: Arc<AtomicUsize>,
    end: Arc<AtomicBool>,
    _tasks: JoinSet<()>,
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
    }
}

impl Listeners {
    async fn open(caller: &Caller, server: &Server, sockets: usize) -> Result<Self, Error> {
        let mut this = Self {
            messages: Arc::default(),
            end: Arc::default(),
            _tasks: JoinSet::new(),
        };
        let mut opened = 0;
        while opened < sockets {
            let some = (0..50.min(sockets - opened)).map(|_| one(caller, server));
            for socket in futures::future::try_join_all(some).await? {
                this.listen(socket);
                opened += 1;
            }
        }
        // Setting up five thousand subscriptions takes the server about a second, which is not
        // what they cost once they are open.
        tokio::time::sleep(Duration::from_secs(2)).await;
        Ok(this)
    }

    fn listen(&mut self, mut socket: Socket) {
        let (messages, end) = (self.messages.clone(), self.end.clone());
        self._tasks.spawn(async move {
            while let Some(Ok(message)) = socket.next().await {
                let Message::Text(text) = message else {
                    continue;
                };
                if text.contains("\"type\":\"ping\"") {
                    let _ = socket.send(Message::text(r#"{"type":"pong"}"#)).await;
                } else {
                    messages.fetch_add(1, Ordering::Relaxed);
                }
                if end.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
    }
}

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// One socket with its feeds.
async fn one(caller: &Caller, server: &Server) -> Result<Socket, Error> {
    let mut request = format!("ws://{}/graphql/ws", server.host).into_client_request()?;
    request
        .headers_mut()
        .insert("sec-websocket-protocol", "graphql-transport-ws".parse()?);
    let mut socket = connect_async(request).await?.0;
    let init = json!({ "type": "connection_init", "payload": { "apiKey": caller.key() } });
    socket.send(Message::text(init.to_string())).await?;
    let answer = socket.next().await.ok_or("the socket closed")??;
    if !answer.to_text()?.contains("connection_ack") {
        return Err(format!("refused: {answer}").into());
    }
    for feed in 0..FEEDS {
        let payload = json!({ "query": "subscription { runFeed { id status stagesDone } }" });
        let start = json!({ "id": feed.to_string(), "type": "subscribe", "payload": payload });
        socket.send(Message::text(start.to_string())).await?;
    }
    Ok(socket)
}
