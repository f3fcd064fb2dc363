//! The driver: carries out the commands of the state machine and writes the resulting events.
//!
//! A run is one task. Pure stages run in place, one after the other, without a spawn or a lock;
//! async bodies are futures of the same task. Events are buffered and handed to the host as a
//! segment when the loop is idle or the buffer is full.

mod account;
mod ending;
mod execute;
mod land;
mod perform;
mod room;
mod scope;
mod secrets;
mod stop;
mod surroundings;

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures::{FutureExt, StreamExt, stream::FuturesUnordered};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use types::ErrorCode;

use account::Account;
use land::Landed;
pub(crate) use scope::resolve;
use secrets::Secrets;
pub(crate) use surroundings::RunEnvironment;

use super::{
    DecodeError, Event, EventBody, Failure, JournalError, Outcome, RunHost, RunResult, RunSpec,
    Segment, Signal, artifact,
    encode::{Encoder, Large},
    state::{At, Closing, State},
};
use crate::{
    Value,
    component::{BoxFuture, EffectKind, StageContext},
    limits::{Grant, Permit},
};

/// The buffer size above which events are handed over as a segment, in bytes.
const SEGMENT: usize = 64 * 1024;
/// The number of commands after which the driver checks for signals and yields to other runs.
const TURN: u32 = 128;
/// The time after which it does the same; commands with large values are slow.
const SLICE: Duration = Duration::from_millis(1);
/// The number of commands between two checks of the clock.
const LOOK: u32 = 4;
/// If nothing can hold a run while it sleeps, it is parked for sleeps longer than this.
const SHORT: Duration = Duration::from_millis(20);

/// Drives a run until it is finished, parked or stopped. `history` is the durable journal so far,
/// with its artifacts loaded (see [`super::load_artifacts`]); it is empty for a new run.
///
/// When a stage fails permanently, nothing new starts, attempts in flight end and are recorded, and
/// then the run ends. A cancellation or the run's timeout ends attempts at once; only effects get a
/// short grace period to be recorded.
pub async fn drive(
    spec: RunSpec,
    host: RunHost,
    history: Vec<Event>,
    signals: mpsc::Receiver<Signal>,
) -> Outcome {
    let plan = spec.plan.clone();
    let mut state = State::new(&plan);
    let mut account = Account::new(host.share.clone());
    let secrets = Arc::new(Secrets::default());
    let around = RunEnvironment {
        memory: host.share.memory.clone(),
        plan: spec.plan.clone(),
        run_id: spec.run_id.to_string().into(),
        resources: host.resources.clone(),
        clock: host.clock.clone(),
        env: secrets.watch(host.env.clone()),
        live: host.live.clone(),
        cancel: CancellationToken::new(),
        no_lazy: Arc::new(scope::NoLazy),
    };
    let mut encoder = Encoder::after(0, DateTime::UNIX_EPOCH);
    let pins = history.first().map_or(&[][..], artifact::pinned);
    let pinned = pins
        .iter()
        .map(|pin| (pin.stage.clone(), pin.output.clone()));
    let pinned: HashMap<Arc<str>, Value> = pinned.collect();
    if let Some(last) = history.last() {
        encoder = Encoder::after(last.seq, last.at);
        if let Some(done) = finished(&history) {
            return Outcome::Finished(done);
        }
        state.begin_replay();
        if let Err(error) = check(&history).and_then(|()| around.replay(&mut state, &history)) {
            return Outcome::Failed(JournalError::Failed(error.to_string()));
        }
        state.end_replay();
        replayed(&mut account, &state, &history);
    }
    drop(history);
    let deadline = spec.timeout.or(plan.timeout());
    // Dropping this future also stops work on other threads.
    let _guard = around.cancel.clone().drop_guard();
    let mut driver = Driver {
        host,
        durable_seq: encoder.last_seq(),
        flushed_seq: encoder.last_seq(),
        encoder,
        state,
        flight: FuturesUnordered::new(),
        attempts: HashMap::new(),
        pinned,
        tracker: TaskTracker::new(),
        pure: None,
        around,
        secrets,
        signals: Some(signals),
        draining: None,
        account,
        waits: HashMap::new(),
        turn: None,
        backlog: 0,
        watch: None,
        result: None,
    };
    let outcome = match driver.run(spec.input, deadline).await {
        Ok(outcome) | Err(outcome) => outcome,
    };
    driver.leave().await;
    outcome
}

/// Charges the values that the journal already holds.
fn replayed(account: &mut Account, state: &State<'_>, history: &[Event]) {
    for event in history {
        match &event.body {
            EventBody::StageSucceeded { output, logs, .. } => {
                let (length, name) = artifact::of(output);
                account.replayed(length, name);
                account.replayed_logs(logs);
            }
            EventBody::StageFailed { logs, .. } => account.replayed_logs(logs),
            _ => {}
        }
    }
    // The values exist already: if they do not fit, the run waits for memory before anything
    // starts.
    account.begin(state, usize::MAX);
}

/// Checks that the history starts with `run.started` and its events are numbered 1, 2, 3 …
fn check(history: &[Event]) -> Result<(), DecodeError> {
    let damaged = |text: String| Err(DecodeError::Damaged(text));
    if !matches!(history[0].body, EventBody::RunStarted { .. }) {
        return damaged("it does not begin with run.started".to_owned());
    }
    for (wanted, event) in (1u64..).zip(history) {
        if event.seq != wanted {
            return damaged(format!("event {wanted} is missing"));
        }
    }
    Ok(())
}

/// The result of a run whose journal contains `run.finished`.
fn finished(history: &[Event]) -> Option<RunResult> {
    let EventBody::RunFinished {
        status,
        output,
        error,
    } = &history.last()?.body
    else {
        return None;
    };
    let mut usage = crate::component::Usage::default();
    for event in history {
        if let EventBody::StageSucceeded {
            usage: Some(one), ..
        }
        | EventBody::StageFailed {
            usage: Some(one), ..
        } = &event.body
        {
            usage.add(one);
        }
    }
    Some(RunResult {
        status: *status,
        output: output.clone(),
        error: error.clone(),
        usage,
    })
}

/// An attempt in flight.
struct InFlight {
    attempt: u32,
    effect: EffectKind,
    cancel: CancellationToken,
    /// Whether the attempt only waits for memory.
    waits: bool,
    /// The memory held by its input.
    _grant: Option<Grant>,
}

struct Driver<'p> {
    host: RunHost,
    state: State<'p>,
    around: RunEnvironment,
    secrets: Arc<Secrets>,
    encoder: Encoder,
    flight: FuturesUnordered<BoxFuture<'static, Landed>>,
    attempts: HashMap<At, InFlight>,
    /// The outputs of stages that are not executed, by their ids.
    pinned: HashMap<Arc<str>, Value>,
    /// Tracks work on other threads. The driver waits for it at the end, so none outlives the run.
    tracker: TaskTracker,
    /// The context that stages running in place share.
    pure: Option<StageContext>,
    signals: Option<mpsc::Receiver<Signal>>,
    /// Set by a shutdown: when attempts in flight must have ended.
    draining: Option<Instant>,
    account: Account,
    /// When each waiting stage began to wait for memory.
    waits: HashMap<At, Instant>,
    /// The right to use a processor for longer, which other runs may be waiting for.
    turn: Option<Permit>,
    flushed_seq: u64,
    durable_seq: u64,
    backlog: usize,
    /// Resolves when the journal has stored all events or has rejected them.
    watch: Option<BoxFuture<'static, (u64, Result<(), JournalError>)>>,
    result: Option<(RunResult, Option<String>)>,
}

type Stop<T> = Result<T, Outcome>;

impl Driver<'_> {
    async fn run(&mut self, input: Value, timeout: Option<Duration>) -> Stop<Outcome> {
        if self.encoder.last_seq() == 0 {
            let now = self.now();
            let large = self.encoder.run_started(now, &input);
            let length = self.encoder.buffer.len();
            self.store(large).await?;
            self.state.run_started(now, input);
            self.account.begin(&self.state, length);
        }
        let deadline = self
            .state
            .started_at
            .zip(timeout.and_then(|t| chrono::Duration::from_std(t).ok()))
            .map(|(started, timeout)| started + timeout);
        loop {
            self.take_signals().await?;
            self.check_timers(deadline).await?;
            if self.account.in_debt && self.draining.is_none() {
                self.pay_debt().await?;
            }
            let more = self.work().await?;
            self.turn = None;
            self.flush();
            if self.state.has_ended() {
                self.all_durable().await?;
                let (result, _) = self.result.take().ok_or_else(|| {
                    Outcome::Failed(JournalError::Failed("the run has no result".to_owned()))
                })?;
                return Ok(Outcome::Finished(result));
            }
            if self.backlog > self.account.limits().backlog {
                self.all_durable().await?;
            }
            if more {
                tokio::task::yield_now().await;
                // Few runs may work for long at the same time, so that the others stay responsive.
                let share = &self.account.share;
                self.turn = Some(share.turns().acquire(share.key).await);
                continue;
            }
            if self
                .draining
                .is_some_and(|until| self.flight.is_empty() || until <= Instant::now())
            {
                self.drop_flight().await?;
                self.flush();
                self.all_durable().await?;
                return Ok(Outcome::Stopped);
            }
            let mut rest = None;
            if self.flight.is_empty() && self.draining.is_none() {
                let due = self.state.next_due().into_iter().chain(deadline).min();
                match due {
                    Some(due) if self.state.sleeps() => {
                        let longest = match &self.host.rest {
                            None => self.host.park_after,
                            Some(place) => {
                                rest = place();
                                let short = rest.is_none().then_some(SHORT);
                                short.unwrap_or(self.host.park_after)
                            }
                        };
                        if self.until(due) > longest {
                            self.all_durable().await?;
                            self.take_signals().await?;
                            if self.state.closing().is_none() && self.draining.is_none() {
                                return Ok(Outcome::Parked { wake_at: due });
                            }
                            continue;
                        }
                    }
                    _ => {
                        // Nothing runs, nothing is due and the run has not ended. This is a bug,
                        // but the run must not hang.
                        self.state.close(Closing::Failed(Failure {
                            code: ErrorCode::Internal,
                            message: "No stage can continue: please report this as a bug"
                                .to_owned(),
                            stage: None,
                        }));
                        continue;
                    }
                }
            }
            self.wait(deadline).await?;
            drop(rest);
        }
    }

    /// Carries out commands of the state; returns whether there are more.
    async fn work(&mut self) -> Stop<bool> {
        let mut turn = 0;
        let began = std::time::Instant::now();
        loop {
            if self.draining.is_some() && self.state.closing().is_none() {
                return Ok(false);
            }
            if self.flight.len() >= self.host.max_in_flight || self.is_tight() {
                return Ok(false);
            }
            let Some(command) = self.state.next() else {
                return Ok(false);
            };
            if let Some(large) = self.perform(command) {
                self.store(Some(large)).await?;
            }
            if self.encoder.buffer.len() >= SEGMENT {
                self.flush();
            }
            turn += 1;
            if turn == TURN || (turn % LOOK == 0 && began.elapsed() >= SLICE) {
                return Ok(true);
            }
        }
    }

    /// Waits until something happens.
    async fn wait(&mut self, deadline: Option<DateTime<Utc>>) -> Stop<()> {
        if self.watch.is_none() && self.durable_seq < self.flushed_seq {
            let (journal, seq) = (self.host.journal.clone(), self.flushed_seq);
            self.watch = Some(Box::pin(async move { (seq, journal.durable(seq).await) }));
        }
        let due = self.state.next_due().into_iter().chain(deadline).min();
        let sleep = due.map(|due| Instant::now() + self.until(due));
        let wake = sleep.into_iter().chain(self.draining).min();
        let landed = tokio::select! {
            biased;
            signal = receive(&mut self.signals) => return self.signal(signal).await,
            Some(landed) = self.flight.next(), if !self.flight.is_empty() => landed,
            (seq, result) = watched(&mut self.watch) => return self.durable_until(seq, result),
            () = sleep_until(wake) => return Ok(()),
        };
        let large = self.land(landed)?;
        self.store(large).await?;
        self.land_ready().await
    }

    /// Records attempts that have also ended by now.
    async fn land_ready(&mut self) -> Stop<()> {
        while let Some(Some(landed)) = self.flight.next().now_or_never() {
            let large = self.land(landed)?;
            self.store(large).await?;
        }
        Ok(())
    }

    fn now(&self) -> DateTime<Utc> {
        self.encoder.not_before(self.host.clock.now())
    }

    fn until(&self, due: DateTime<Utc>) -> Duration {
        (due - self.host.clock.now())
            .to_std()
            .unwrap_or(Duration::ZERO)
    }

    /// Moves a value that is too large for the journal to the artifact store.
    async fn store(&mut self, large: Option<Large>) -> Stop<()> {
        let Some(mut large) = large else {
            return Ok(());
        };
        if large.name.is_empty() {
            large.name = super::sha256_hex(self.encoder.large_bytes(&large));
        }
        let (bytes, reference) = self.encoder.cut(&large);
        if !self.account.is_stored(&large.name) {
            // Storing yields to other tasks.
            self.turn = None;
            let stored = self.host.artifacts.put(&large.name, bytes).await;
            stored.map_err(|e| Outcome::Failed(JournalError::Failed(e.to_string())))?;
            self.account.stored(large.name);
        }
        self.account.passed();
        if self.state.has_ended()
            && let Some((_, output)) = &mut self.result
        {
            *output = Some(reference.to_json());
        }
        Ok(())
    }

    /// Hands the buffered events to the journal.
    fn flush(&mut self) {
        if self.encoder.count() == 0 {
            return;
        }
        let mut summary = self
            .state
            .progress(self.encoder.last_seq(), self.encoder.last_at());
        if self.state.has_ended() {
            summary.output = self.result.as_ref().and_then(|(_, output)| output.clone());
        }
        let (first_seq, count, body) = self.encoder.take();
        self.backlog += body.len();
        self.flushed_seq = first_seq + u64::from(count) - 1;
        let events = match &self.host.observe {
            // Our own output is always readable; if it is not, the readers of the journal report
            // it.
            Some(_) => super::decode(&body).unwrap_or_default(),
            None => Vec::new(),
        };
        self.host.journal.append(Segment {
            first_seq,
            count,
            body,
            summary,
        });
        if let Some(observe) = &self.host.observe {
            events.iter().for_each(|event| observe(event));
        }
    }

    /// Waits until all events handed over are durable.
    async fn all_durable(&mut self) -> Stop<()> {
        if self.durable_seq >= self.flushed_seq {
            return Ok(());
        }
        let seq = self.flushed_seq;
        let journal = self.host.journal.clone();
        let result = journal.durable(seq).await;
        self.durable_until(seq, result)
    }

    #[allow(
        clippy::result_large_err,
        reason = "an outcome is made once, at the end of a drive"
    )]
    fn durable_until(&mut self, seq: u64, result: Result<(), JournalError>) -> Stop<()> {
        self.watch = None;
        match result {
            Ok(()) => {
                self.durable_seq = self.durable_seq.max(seq);
                if self.durable_seq >= self.flushed_seq {
                    self.backlog = 0;
                }
                Ok(())
            }
            Err(JournalError::Fenced) => Err(Outcome::Fenced),
            Err(error) => Err(Outcome::Failed(error)),
        }
    }
}

async fn receive(signals: &mut Option<mpsc::Receiver<Signal>>) -> Option<Signal> {
    match signals {
        Some(receiver) => receiver.recv().await,
        None => std::future::pending().await,
    }
}

async fn watched<T>(watch: &mut Option<BoxFuture<'static, T>>) -> T {
    match watch {
        Some(watch) => watch.await,
        None => std::future::pending().await,
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
