//! Signals, deadlines, and stopping attempts in flight.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::StreamExt;
use tokio::{sync::mpsc, time::Instant};
use types::ErrorCode;

use super::{Driver, Stop};
use crate::{
    component::EffectKind,
    run::{
        EventBody, Failure, Signal,
        encode::Subject,
        state::{At, Closing, State},
    },
};

/// How long the driver waits for effects in flight to be recorded after a cancellation.
pub(super) const EFFECT_GRACE: Duration = Duration::from_millis(50);
/// How long other attempts may take to react to a cancellation.
pub(super) const NOTICE: Duration = Duration::from_millis(2);
/// How long the driver waits for work on other threads, which checks its cancellation flag far more
/// often.
const BLOCKING_GRACE: Duration = Duration::from_millis(500);

impl Driver<'_> {
    /// Handles the signals that have arrived.
    pub(super) async fn take_signals(&mut self) -> Stop<()> {
        loop {
            let Some(signals) = &mut self.signals else {
                return Ok(());
            };
            match signals.try_recv() {
                Ok(signal) => self.signal(Some(signal)).await?,
                Err(mpsc::error::TryRecvError::Empty) => return Ok(()),
                Err(mpsc::error::TryRecvError::Disconnected) => self.signals = None,
            }
        }
    }

    /// Handles one signal; `None` if the channel is closed.
    pub(super) async fn signal(&mut self, signal: Option<Signal>) -> Stop<()> {
        match signal {
            None => self.signals = None,
            Some(Signal::Shutdown) => {
                let now = Instant::now();
                // A second shutdown does not wait.
                let until = if self.draining.is_some() {
                    now
                } else {
                    now + self.host.drain
                };
                self.draining = Some(until);
            }
            Some(Signal::Cancel { by, reason }) => {
                // The run is already being cancelled or has ended.
                if matches!(self.state.closing(), Some(Closing::Cancelled(_)))
                    || self.state.has_ended()
                {
                    return Ok(());
                }
                self.land_ready().await?;
                let now = self.now();
                self.state.cancelled(by.as_deref(), reason.as_deref());
                let body = EventBody::RunSignal {
                    signal: "cancel".to_owned(),
                    by,
                    reason,
                };
                self.encoder.plain(now, None, &body);
                self.abort().await?;
            }
        }
        Ok(())
    }

    /// Fires due timers, and ends the run at its deadline.
    pub(super) async fn check_timers(&mut self, deadline: Option<DateTime<Utc>>) -> Stop<()> {
        if self.state.next_due().is_none() && deadline.is_none() {
            return Ok(());
        }
        let now = self.host.clock.now();
        self.expire(now);
        self.state.fire(now);
        if deadline.is_some_and(|deadline| deadline <= now) && self.state.closing().is_none() {
            self.state.close(Closing::Failed(Failure {
                code: ErrorCode::Timeout,
                message: "The run exceeded its time limit".to_owned(),
                stage: None,
            }));
            self.abort().await?;
        }
        Ok(())
    }

    /// Cancels the attempts inside control stages whose deadline has passed. Each attempt is
    /// recorded when it lands, shortly after.
    fn expire(&mut self, now: DateTime<Utc>) {
        while let Some(at) = self.state.overdue(now) {
            self.write(at, &EventBody::StageExpired);
            self.state.expired(at);
            for (one, in_flight) in &self.attempts {
                if self.state.is_within(*one, at) {
                    in_flight.cancel.cancel();
                }
            }
        }
    }

    /// Cancels all attempts in flight and records their ends.
    async fn abort(&mut self) -> Stop<()> {
        self.around.cancel.cancel();
        let effects = self
            .attempts
            .values()
            .any(|one| one.effect == EffectKind::Effect);
        let until = Instant::now() + if effects { EFFECT_GRACE } else { NOTICE };
        while !self.flight.is_empty() {
            let Ok(Some(landed)) = tokio::time::timeout_at(until, self.flight.next()).await else {
                break;
            };
            let large = self.land(landed)?;
            self.store(large).await?;
            let left = self
                .attempts
                .values()
                .any(|one| one.effect == EffectKind::Effect);
            if effects && !left {
                break;
            }
        }
        self.flight.clear();
        let mut left: Vec<At> = self.attempts.keys().copied().collect();
        left.sort_unstable();
        for at in left {
            self.write_stopped(at);
        }
        Ok(())
    }

    /// Drops attempts in flight without recording them; they are repeated when the run continues.
    pub(super) async fn drop_flight(&mut self) -> Stop<()> {
        self.land_ready().await?;
        self.around.cancel.cancel();
        self.flight.clear();
        self.attempts.clear();
        Ok(())
    }

    /// Waits for work on other threads, so that nothing of the run is left behind.
    pub(super) async fn leave(&mut self) {
        self.around.cancel.cancel();
        self.flight.clear();
        self.tracker.close();
        if !self.tracker.is_empty()
            && tokio::time::timeout(BLOCKING_GRACE, self.tracker.wait())
                .await
                .is_err()
        {
            tracing::warn!(run = %self.around.run_id, "a component ignores its cancellation");
        }
    }

    /// Records the end of an attempt that was stopped from outside.
    pub(super) fn write_stopped(&mut self, at: At) {
        let now = self.now();
        let stage = self.state.plan.stage(self.state.stage_of(at));
        let in_flight = self.attempts.remove(&at);
        if let Some(one) = &in_flight {
            one.cancel.cancel();
        }
        let report = self.state.take_report(at);
        let Some(slot) = self.state.slot(at) else {
            return;
        };
        let attempt = slot.attempt.max(1);
        let unknown = slot.intent
            && (stage.component.at_most_once
                || in_flight.is_some_and(|one| one.effect == EffectKind::Effect));
        let mut failure = if unknown {
            Failure {
                code: ErrorCode::EffectUnknown,
                message: "Stopped during the effect: it is unknown whether the effect happened"
                    .to_owned(),
                stage: None,
            }
        } else {
            State::stopped()
        };
        let subject = Subject {
            prefix: self.state.json_prefix(at),
            id: &stage.json_id,
        };
        let usage = report.usage.as_ref();
        self.encoder
            .failed(now, subject, attempt, &failure, true, &report.logs, usage);
        failure.stage = Some(self.state.address(at));
        self.state.failed(at, failure, true, None, usage);
    }
}
