//! Failed attempts in the journals, which explain repeated calls of effects.

use std::collections::HashMap;

use super::{
    evidence::Evidence,
    journal::{is_inside, lines},
};

/// The failed attempts of each run: the stage's address, and whether it was the last attempt.
pub struct Failures<'a>(HashMap<&'a str, Vec<(String, bool)>>);

impl<'a> Failures<'a> {
    /// Reads every journal.
    pub fn of(evidence: &'a Evidence) -> Self {
        let mut failed: HashMap<&str, Vec<(String, bool)>> = HashMap::new();
        for segment in &evidence.segments {
            for event in lines(&segment.body).unwrap_or_default() {
                if let (Some(stage), "stage.failed") = (event.stage, event.kind.as_str()) {
                    let of_run = failed.entry(&segment.run).or_default();
                    of_run.push((stage, event.last));
                }
            }
        }
        Self(failed)
    }

    /// The number of additional calls with a key that failed attempts explain. A key is the run's
    /// id, a colon and the stage's address. The stage's own failed attempts count, and those of
    /// enclosing control stages that started again.
    pub fn explaining(&self, key: &str) -> i64 {
        let Some((run, stage)) = key.split_once(':') else {
            return 0;
        };
        let of_run = self.0.get(run).into_iter().flatten();
        let explains =
            |(of, last): &&(String, bool)| of == stage || (!last && is_inside(stage, of));
        i64::try_from(of_run.filter(explains).count()).unwrap_or(i64::MAX)
    }
}
