//! What a run takes over from the one before it, and leaves for the next: in memory with `--watch`,
//! in a file with `--reuse`.

use std::{path::Path, sync::Arc};

use engine::{
    check,
    plan::Plan,
    run::{
        Earlier, Env, Event, MemoryArtifacts, decode, encode, load_artifacts, local::MemoryJournal,
        sha256_hex,
    },
};
use serde::{Deserialize, Serialize};
use types::RunId;

use crate::{args::RunArgs, replace::replace_private};

/// The version of the file's form.
const FORMAT: u32 = 1;

/// The results of earlier runs of one file.
pub struct Kept {
    results: Option<Arc<Earlier>>,
    /// The hash of the providers' configuration that the results were computed with.
    config: Option<String>,
    outside: bool,
}

/// The journal and the stored values of one run, while they are needed.
#[derive(Default)]
pub struct Recording {
    pub journal: Arc<MemoryJournal>,
    pub artifacts: Arc<MemoryArtifacts>,
}

/// A run that has ended.
pub struct Ran {
    pub plan: Arc<Plan>,
    pub run: RunId,
    /// The text of the pipeline file, as it was run.
    pub source: String,
    pub succeeded: bool,
}

/// The first line of a file of results. The events of the run follow, one line each.
#[derive(Serialize, Deserialize)]
struct Head {
    results: u32,
    run: RunId,
    config: Option<String>,
    /// The pipeline file that was run.
    source: String,
}

impl Kept {
    /// Reads the file of `--reuse`, if it is given and exists. The second value is a note for the
    /// user.
    pub fn read(args: &RunArgs, env: &Env) -> (Self, Option<String>) {
        let mut kept = Self {
            results: None,
            config: None,
            outside: args.reuse_outside,
        };
        let Some(file) = args.reuse.as_deref().filter(|file| file.exists()) else {
            return (kept, None);
        };
        match kept.load(file, env) {
            Ok(()) => (kept, None),
            Err(why) => {
                let note = format!("nothing is reused: {}: {why}", file.display());
                (kept, Some(note))
            }
        }
    }

    fn load(&mut self, file: &Path, env: &Env) -> Result<(), String> {
        let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (head, events) = bytes.split_at(end.unwrap_or(bytes.len()));
        let head: Head =
            serde_json::from_slice(head).map_err(|_| "it holds no results of a run".to_owned())?;
        if head.results != FORMAT {
            return Err("it was written by another version of FlowMason".to_owned());
        }
        let registry = ::components::registry();
        let unreadable = "its pipeline cannot be read by this version of FlowMason";
        let pipeline = check::parse(&head.source, &registry).map_err(|_| unreadable.to_owned())?;
        let plan = Plan::compile(&pipeline, &registry).map_err(|_| unreadable.to_owned())?;
        let events = decode(events).map_err(|error| error.to_string())?;
        let earlier = Earlier::of(&Arc::new(plan), head.run, env, &events, self.outside);
        self.results = Some(Arc::new(earlier.map_err(|error| error.to_string())?));
        self.config = head.config;
        Ok(())
    }

    /// The results that a run with this configuration of the providers takes over. Another
    /// configuration may mean another model.
    pub fn results(&mut self, config: Option<&Path>) -> Option<Arc<Earlier>> {
        let now = hash_of(config);
        if self.config != now {
            self.results = None;
            self.config = now;
        }
        self.results.clone()
    }

    /// Keeps the results of a run, in the file too if there is one. If it did not succeed, those of
    /// the run before stay beside them.
    pub async fn keep(
        &mut self,
        file: Option<&Path>,
        ran: Ran,
        env: &Env,
        recording: Recording,
    ) -> Result<(), String> {
        let mut events = recording
            .journal
            .events()
            .map_err(|error| error.to_string())?;
        load_artifacts(&mut events, &*recording.artifacts)
            .await
            .map_err(|error| error.to_string())?;
        let earlier = Earlier::of(&ran.plan, ran.run, env, &events, self.outside);
        let mut earlier = earlier.map_err(|error| error.to_string())?;
        if !ran.succeeded
            && let Some(before) = &self.results
        {
            earlier.add_missing(before);
        }
        self.results = Some(Arc::new(earlier));
        match file {
            Some(file) if ran.succeeded => self.write(file, ran, &events),
            _ => Ok(()),
        }
    }

    fn write(&self, file: &Path, ran: Ran, events: &[Event]) -> Result<(), String> {
        let head = Head {
            results: FORMAT,
            run: ran.run,
            config: self.config.clone(),
            source: ran.source,
        };
        let mut bytes = serde_json::to_vec(&head).map_err(|error| error.to_string())?;
        bytes.push(b'\n');
        bytes.extend(encode(events));
        // It has all values of the run.
        replace_private(file, &bytes)
            .map_err(|error| format!("{} cannot be written: {error}", file.display()))
    }
}

fn hash_of(config: Option<&Path>) -> Option<String> {
    let bytes = std::fs::read(config?).ok()?;
    Some(sha256_hex(&bytes))
}
