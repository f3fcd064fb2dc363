//! Failed attempts in the journals: what explains that an effect was called again.

use std::collections::HashMap;

use super::{
    evidence::Evidence,
    journal::{is_inside, lines},
};

/// Failed attempts of each run: the stage's address, and whether no attempt followed.
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

    /// How many further calls with a key they explain. A key is the run's id, a colon and the
    /// stage's address; its own failed attempts count, and those of control stages around it that
    /// began again.
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
