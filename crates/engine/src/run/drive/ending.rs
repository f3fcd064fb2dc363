//! Writes the ends that the state itself determines: those of control stages and of the run.

use super::{Driver, land::Refused};
use crate::{
    Value,
    run::{
        EventBody, Failure, RunResult,
        encode::{Large, Subject},
        state::At,
    },
};

impl Driver<'_> {
    /// Writes the result of a control stage.
    pub(super) fn finish(&mut self, at: At) -> Option<Large> {
        let now = self.now();
        let stage = self.state.plan.stage(self.state.stage_of(at));
        let attempt = self.state.slot(at)?.attempt;
        let mut report = self.state.take_report(at);
        self.account.admit_logs(&mut report, true);
        let mut end = self.state.control_end(at);
        if let Ok(output) = &end {
            match self.record(at, attempt, output, &report, false) {
                Ok(large) => {
                    if let Ok(output) = end {
                        self.state.succeeded(at, output, report.usage.as_ref());
                    }
                    return large;
                }
                Err(Refused::Limit(error)) => end = Err((Failure::of(&error, None), false)),
                // The end of a control stage never waits for memory.
                Err(Refused::Room(_)) => return None,
            }
        }
        let (logs, usage) = (&report.logs, report.usage.as_ref());
        let subject = Subject {
            prefix: self.state.json_prefix(at),
            id: &stage.json_id,
        };
        match end {
            Ok(_) => None,
            Err((mut failure, again)) => {
                self.encoder
                    .failed(now, subject, attempt, &failure, !again, logs, usage);
                if failure.stage.is_none() {
                    failure.stage = Some(self.state.address(at));
                }
                self.state.failed(at, failure, !again, None, usage);
                if again {
                    self.write_retry(at, None);
                }
                None
            }
        }
    }

    /// Writes the end of the run.
    pub(super) fn end(&mut self) -> Option<Large> {
        let now = self.now();
        let (mut status, mut error, mut output) = self.state.ending();
        let body = |status, output: &Value, error: &Option<Failure>| EventBody::RunFinished {
            status,
            output: output.clone(),
            error: error.clone(),
        };
        let most = self.account.limits().value;
        let written = self
            .encoder
            .finished(now, &body(status, &output, &error), most);
        let large = written.unwrap_or_else(|_| {
            // The output combines several outputs, each of which was within the limit.
            let failure = Failure::of(&self.account.too_long(), None);
            self.state.overrule(failure);
            (status, error, output) = self.state.ending();
            let body = body(status, &output, &error);
            self.encoder.plain(now, None, &body);
            None
        });
        self.state.finished();
        let text = (error.is_none() && large.is_none()).then(|| output.to_json());
        let result = RunResult {
            status,
            output,
            error,
            usage: self.state.usage,
        };
        self.result = Some((result, text));
        large
    }
}
