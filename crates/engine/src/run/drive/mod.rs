//! The loop around the state machine: does what the state asks for and writes what happens.
//!
//! One task per run; pure stages run in place, one after the other, without a spawn or a lock;
//! async bodies are futures of this task. Events go into a buffer and from there to the host as
//! segments whenever the loop has nothing to do or the buffer is full.

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
pub(crate) use surroundings::Surroundings;

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

/// Events are handed over when the buffer is longer than this, in bytes.
const SEGMENT: usize = 64 * 1024;
/// Commands between two looks at signals and at the other runs' turn.
const TURN: u32 = 128;
/// The same as a time: commands with large values take long.
const SLICE: Duration = Duration::from_millis(1);
/// Commands between two looks at the clock.
const LOOK: u32 = 4;
/// With no resting place, a run is parked for a sleep that is longer than this.
const SHORT: Duration = Duration::from_millis(20);

/// Drives a run until it is finished, parked or stopped. `history` is the durable journal so far
/// with its artifacts loaded (see [`super::load_artifacts`]); empty for a new run.
///
/// When a stage fails for good, attempts in flight beside it end and are recorded, nothing new
/// starts, then the run ends. A cancellation and the end of the run's time end attempts at once;
/// only an effect has a moment more to be recorded.
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
    let around = Surroundings {
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
    // Dropping this future also stops what runs on another thread.
    let _guard = around.cancel.clone().drop_guard();
    let mut driver = Driver {
        host,
        durable_seq: encoder.last_seq(),
        flushed_seq: encoder.last_seq(),
        encoder,
        state,
        flight: FuturesUnordered::new(),
        attempts: HashMap::new(),
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

/// Charges what a journal holds already.
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
    // The values are there: what does not fit is waited for before anything starts.
    account.begin(state, usize::MAX);
}

/// The numbers must be 1, 2, 3 … from `run.started` on.
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

/// The result of a run whose journal has its end.
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

/// An attempt that is in flight.
struct InFlight {
    attempt: u32,
    effect: EffectKind,
    cancel: CancellationToken,
    /// Whether it only waits for memory.
    waits: bool,
    /// The memory of its input.
    _grant: Option<Grant>,
}

struct Driver<'p> {
    host: RunHost,
    state: State<'p>,
    around: Surroundings,
    secrets: Arc<Secrets>,
    encoder: Encoder,
    flight: FuturesUnordered<BoxFuture<'static, Landed>>,
    attempts: HashMap<At, InFlight>,
    /// Work on blocking threads: waited for at the end, so none outlives the run.
    tracker: TaskTracker,
    /// The context that pure stages share, one after the other.
    pure: Option<StageContext>,
    signals: Option<mpsc::Receiver<Signal>>,
    /// Set by a shutdown: until when attempts in flight may end.
    draining: Option<Instant>,
    account: Account,
    /// Since when stages wait for memory.
    waits: HashMap<At, Instant>,
    /// The turn to work for long, for which other runs wait.
    turn: Option<Permit>,
    flushed_seq: u64,
    durable_seq: u64,
    backlog: usize,
    /// Resolves when the journal has stored everything, or refuses it.
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
            self.look_at_the_clock(deadline).await?;
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
                // Few runs at a time work for long, so that the others stay quick.
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
                        // Nothing running, nothing due, not ended: a defect, but never a hang.
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

    /// Does what the state asks for; says whether there is more after this turn.
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

    /// Records what else has ended by now.
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
            // Yields to other tasks.
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
            // What was just written reads back; if not, the journal's readers will say so.
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

    /// Waits until all that was handed over is durable.
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
