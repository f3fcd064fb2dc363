//! A proxy for PostgreSQL that drops responses and cuts or stalls connections at chosen statements.
//!
//! It parses just enough of the protocol to know which prepared statement writes to which table,
//! and where a transaction is committed; outside of a transaction, that is the statement itself.
//! Connections through it must not be encrypted.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{Mutex, watch},
};

/// A fault of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The transaction is committed, its response is dropped, and the connection ends.
    LoseCommitAnswer,
    /// The statement is executed, its response is dropped, and the connection ends.
    LoseStatementAnswer,
    /// The commit is dropped, and the connection ends.
    CutBeforeCommit,
    /// The commit is dropped, and the connection stays open but silent.
    Stall,
}

/// Faults for transactions that execute a statement: one after the other, at every n-th
/// transaction.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The beginning of the statement, such as `INSERT INTO journal`.
    pub statement: &'static str,
    /// A fault happens at every n-th transaction.
    pub every: u32,
    /// The faults, in rotation; empty for none.
    pub faults: Vec<Fault>,
}

#[derive(Default)]
struct RuleState {
    rule: Option<Rule>,
    seen: u32,
}

struct Shared {
    server: String,
    rules: Mutex<Vec<RuleState>>,
    landed: AtomicU32,
    /// The current generation. Connections of older generations are silent.
    generation: watch::Sender<u64>,
}

/// A running proxy; it ends with the runtime.
#[derive(Clone)]
pub struct Proxy {
    /// `127.0.0.1:PORT`
    pub address: String,
    shared: Arc<Shared>,
}

impl Proxy {
    /// Listens on a free port and forwards connections to `server` (`HOST:PORT`).
    pub async fn start(server: &str) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let shared = Arc::new(Shared {
            server: server.to_owned(),
            rules: Mutex::default(),
            landed: AtomicU32::new(0),
            generation: watch::Sender::new(0),
        });
        let proxy = Self {
            address,
            shared: shared.clone(),
        };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let shared = shared.clone();
                tokio::spawn(async move {
                    if let Ok(server) = TcpStream::connect(&shared.server).await {
                        Connection::pass(shared, client, server).await;
                    }
                });
            }
        });
        Ok(proxy)
    }

    /// Replaces the rules.
    pub async fn set(&self, rules: Vec<Rule>) {
        let state = |rule| RuleState {
            rule: Some(rule),
            seen: 0,
        };
        *self.shared.rules.lock().await = rules.into_iter().map(state).collect();
    }

    /// The number of faults so far.
    pub fn landed(&self) -> u32 {
        self.shared.landed.load(Ordering::Relaxed)
    }

    /// Makes every existing connection silent, without closing it. New connections work.
    pub fn silence(&self) {
        self.shared
            .generation
            .send_modify(|generation| *generation += 1);
        self.shared.landed.fetch_add(1, Ordering::Relaxed);
    }
}

/// How a connection handles the server's responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Pass,
    /// The next response is dropped, and the connection ends.
    Lose,
    /// Nothing is forwarded in either direction.
    Silent,
}

struct Connection {
    shared: Arc<Shared>,
    mode: watch::Sender<Mode>,
    /// The matching rule of each prepared statement, by the statement's name.
    prepared: HashMap<Vec<u8>, usize>,
    /// The rule of the open transaction.
    open: Option<usize>,
    in_transaction: bool,
    begun: bool,
}

impl Connection {
    async fn pass(shared: Arc<Shared>, client: TcpStream, server: TcpStream) {
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let mut generation = shared.generation.subscribe();
        let mine = *generation.borrow_and_update();
        let mode = watch::Sender::new(Mode::Pass);
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let answers = tokio::spawn(answer(from_server, to_client, mode.subscribe()));
        let mut connection = Self {
            shared,
            mode: mode.clone(),
            prepared: HashMap::new(),
            open: None,
            in_transaction: false,
            begun: false,
        };
        let silenced = async {
            // If this fails, the proxy is gone and the test is over.
            let _ = generation.wait_for(|now| *now > mine).await;
            mode.send_replace(Mode::Silent);
        };
        tokio::select! {
            _ = connection.ask(from_client, to_server) => {}
            () = silenced => {}
        }
        if *mode.borrow() == Mode::Silent {
            // The connection stays half open until the end of the test.
            std::future::pending::<()>().await;
        }
        answers.abort();
    }

    /// Forwards the client's messages, only whole ones.
    async fn ask(
        &mut self,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
    ) -> std::io::Result<()> {
        let mut buffer = Vec::new();
        loop {
            while let Some(message) = self.message(&mut buffer) {
                match self.fault_at(&message).await {
                    Some(Fault::LoseCommitAnswer | Fault::LoseStatementAnswer) => {
                        self.mode.send_replace(Mode::Lose);
                    }
                    Some(Fault::CutBeforeCommit) => return Ok(()),
                    Some(Fault::Stall) => {
                        self.mode.send_replace(Mode::Silent);
                        std::future::pending::<()>().await;
                    }
                    None => {}
                }
                to.write_all(&message).await?;
            }
            if from.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        }
    }

    /// The next whole message. The first message of a connection has no type byte.
    fn message(&mut self, buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
        let head = usize::from(self.begun);
        let length: [u8; 4] = buffer.get(head..head + 4)?.try_into().ok()?;
        let whole = head + usize::try_from(u32::from_be_bytes(length)).ok()?;
        if buffer.len() < whole {
            return None;
        }
        self.begun = true;
        Some(buffer.drain(..whole).collect())
    }

    /// The fault that is due at a message, if any.
    async fn fault_at(&mut self, message: &[u8]) -> Option<Fault> {
        let (kind, body) = (*message.first()?, message.get(5..)?);
        let mut texts = body.split(|b| *b == 0);
        match kind {
            b'P' => {
                let (name, sql) = (texts.next()?, texts.next()?);
                let sql = String::from_utf8_lossy(sql).replace('"', "");
                let rules = self.shared.rules.lock().await;
                let rule = rules.iter().position(|state| {
                    state
                        .rule
                        .as_ref()
                        .is_some_and(|rule| sql.contains(rule.statement))
                });
                match rule {
                    Some(rule) => self.prepared.insert(name.to_vec(), rule),
                    None => self.prepared.remove(name),
                };
                None
            }
            b'B' => {
                let (_, name) = (texts.next()?, texts.next()?);
                let rule = self.prepared.get(name).copied()?;
                if !self.in_transaction {
                    return self.due(rule, |_| true).await;
                }
                self.open = Some(rule);
                self.due(rule, |fault| fault == Fault::LoseStatementAnswer)
                    .await
            }
            b'Q' => {
                let sql = texts.next()?;
                let rule = self.open.take();
                self.in_transaction = sql.starts_with(b"BEGIN");
                if sql != b"COMMIT" {
                    return None;
                }
                self.due(rule?, |fault| fault != Fault::LoseStatementAnswer)
                    .await
            }
            _ => None,
        }
    }

    /// The rule's next fault, if it is due and `here` accepts it.
    async fn due(&self, rule: usize, here: impl Fn(Fault) -> bool) -> Option<Fault> {
        let mut rules = self.shared.rules.lock().await;
        let state = rules.get_mut(rule)?;
        let rule = state.rule.as_ref()?;
        let count = u32::try_from(rule.faults.len())
            .ok()
            .filter(|count| *count > 0)?;
        let fault = rule.faults[usize::try_from((state.seen / rule.every) % count).ok()?];
        if !here(fault) {
            return None;
        }
        state.seen += 1;
        if !state.seen.is_multiple_of(rule.every) {
            return None;
        }
        self.shared.landed.fetch_add(1, Ordering::Relaxed);
        Some(fault)
    }
}

/// Forwards the server's responses according to the mode.
async fn answer(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut mode: watch::Receiver<Mode>) {
    let mut bytes = vec![0; 64 * 1024];
    loop {
        let Ok(count) = from.read(&mut bytes).await else {
            return;
        };
        let now = *mode.borrow_and_update();
        match now {
            Mode::Pass => {
                if count == 0 || to.write_all(&bytes[..count]).await.is_err() {
                    return;
                }
            }
            // The statement has been executed when its response arrives. The client sees the
            // connection end instead.
            Mode::Lose => return,
            Mode::Silent => std::future::pending::<()>().await,
        }
    }
}
