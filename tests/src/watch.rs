//! Tests of `run --watch` and `run --reuse` with the program itself: what ran, what was reused, and how
//! it ends.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use crate::program;

/// How long a line is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

fn flowmason() -> Command {
    let program = program().expect("a built flowmason; `cargo xtask test` builds it");
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).env_remove("FLOWMASON_LOG");
    command
}

/// A project whose model gives scripted answers.
fn project(folder: &Path) {
    let config = r#"{"providers":{"default":"scripted","scripted":{"answers":"answers.json"}}}"#;
    fs::write(folder.join("flowmason.json"), config).unwrap();
    let answers = r#"{"answers":[{"answer":"an answer"}]}"#;
    fs::write(folder.join("answers.json"), answers).unwrap();
}

/// Two model stages that do not depend on each other.
fn pipeline(file: &Path, prompt: &str) {
    let text = format!(
        r#"{{"name":"p","stages":[
            {{"id":"ask","type":"generator","config":{{"prompt":"{prompt}"}}}},
            {{"id":"apart","type":"generator","config":{{"prompt":"always the same"}}}}]}}"#
    );
    fs::write(file, text).unwrap();
}

#[test]
fn a_second_run_that_reuses_the_first_calls_no_model() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    let (file, kept) = (
        folder.path().join("p.pipeline.json"),
        folder.path().join("kept"),
    );
    let run = || {
        let mut command = flowmason();
        command.arg("run").arg(&file).arg("--reuse").arg(&kept);
        let out = command.args(["--input", "{}"]).output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(0), "{said}");
        (said, out.stdout)
    };
    pipeline(&file, "one");
    let (said, first) = run();
    assert!(said.contains("2 ran · 0 reused"), "{said}");
    let (said, second) = run();
    assert!(said.contains("0 ran · 2 reused · 0 tokens"), "{said}");
    assert_eq!(first, second);
    pipeline(&file, "two");
    let (said, _) = run();
    assert!(said.contains("1 ran · 1 reused"), "{said}");
    fs::write(&kept, "not results").unwrap();
    let (said, _) = run();
    assert!(said.contains("nothing is reused"), "{said}");
    assert!(said.contains("2 ran · 0 reused"), "{said}");
}

#[test]
fn a_watched_file_runs_again_when_it_is_saved_and_ctrl_c_ends_cleanly() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    let file = folder.path().join("p.pipeline.json");
    pipeline(&file, "one");
    let mut child = flowmason()
        .arg("run")
        .arg(&file)
        .args(["--watch", "--input", "{}"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = child.stderr.take().unwrap();
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let mut said = Vec::new();
    let mut until = |wanted: &str| loop {
        let Ok(line) = lines.recv_timeout(PATIENCE) else {
            panic!("no `{wanted}`: {said:#?}");
        };
        let found = line.contains(wanted);
        said.push(line);
        if found {
            return;
        }
    };
    until("2 ran · 0 reused");
    until("Watching");
    pipeline(&file, "another");
    until("1 ran · 1 reused");
    until("Watching");
    // A problem is shown, and the results stay.
    fs::write(
        &file,
        r#"{"name":"p","stages":[{"id":"a","type":"genrator"}]}"#,
    )
    .unwrap();
    until("genrator");
    until("Watching");
    pipeline(&file, "another");
    until("0 ran · 2 reused · 0 tokens");
    until("Watching");
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
