//! `flowmason run FILE --watch`: runs the file, and again each time it is saved. Only what changed
//! since the last run is executed.

use std::{
    path::PathBuf,
    time::{Duration, SystemTime},
};

use ::components::project::Project;
use tokio::{
    signal::unix::{SignalKind, signal},
    time::sleep,
};

use super::{drive_and_show, kept::Kept, prepare};
use crate::{args::RunArgs, exit::Exit, source::folder_of};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_millis(300);
/// How long a file must not have changed before it is read: an editor may write it in parts.
const STILL: Duration = Duration::from_millis(60);

/// When a file was changed last, and its size; `None` while it does not exist.
type Stamp = Option<(SystemTime, u64)>;

/// Runs until Ctrl+C.
pub async fn watch(args: &RunArgs, mut kept: Kept) -> Exit {
    // Registered before the first run, so that no Ctrl+C between two runs is lost.
    let mut interrupts = match signal(SignalKind::interrupt()) {
        Ok(interrupts) => interrupts,
        Err(error) => {
            eprintln!("error: Ctrl+C cannot be received: {error}");
            return Exit::RunFailed;
        }
    };
    loop {
        let files = files(args);
        let before = stamps(&files);
        match prepare(args) {
            Ok(ready) => {
                if drive_and_show(args, ready, Some(&mut kept)).await == Exit::Cancelled {
                    return Exit::Cancelled;
                }
            }
            Err(stop) => eprint!("{}", stop.text),
        }
        if !args.quiet {
            eprintln!("Watching {} (Ctrl+C ends)", args.file.display());
        }
        tokio::select! {
            () = changed(&files, before) => {}
            _ = interrupts.recv() => return Exit::Ok,
        }
    }
}

/// The pipeline file, the configuration of the providers, and the file that the input is read from.
fn files(args: &RunArgs) -> Vec<PathBuf> {
    let project = Project::find(folder_of(&args.file)).ok();
    let config = project.and_then(|project| project.file);
    let mut files = vec![args.file.clone()];
    files.extend(config);
    files.extend(args.input_file.clone());
    files
}

fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    let stamp = |file: &PathBuf| {
        let data = std::fs::metadata(file).ok()?;
        Some((data.modified().ok()?, data.len()))
    };
    files.iter().map(stamp).collect()
}

/// Resolves when one of the files has changed, all of them exist, and none is being written.
async fn changed(files: &[PathBuf], before: Vec<Stamp>) {
    loop {
        sleep(LOOK).await;
        let now = stamps(files);
        if now == before || now.contains(&None) {
            continue;
        }
        sleep(STILL).await;
        if stamps(files) == now {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_saved_file_is_noticed_and_one_that_is_gone_for_a_moment_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("p.json");
        std::fs::write(&file, "1").unwrap();
        let files = [file.clone()];
        let before = stamps(&files);
        let wait = Duration::from_millis(900);
        let quiet = tokio::time::timeout(wait, changed(&files, before.clone())).await;
        assert!(quiet.is_err(), "nothing was saved");
        std::fs::remove_file(&file).unwrap();
        let gone = tokio::time::timeout(wait, changed(&files, before.clone())).await;
        assert!(gone.is_err(), "an editor is replacing the file");
        std::fs::write(&file, "22").unwrap();
        let wait = Duration::from_secs(20);
        let saved = tokio::time::timeout(wait, changed(&files, before)).await;
        assert!(saved.is_ok());
    }
}
