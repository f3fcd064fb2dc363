//! Tests of the command line as programs use it: exit codes, standard output, Ctrl+C.

use std::{
    fs,
    io::ErrorKind,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::program;

fn flowmason() -> Command {
    let program = program().expect("a built flowmason; `cargo xtask test` builds it");
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).env_remove("FLOWMASON_LOG");
    command
}

fn pipeline(folder: &Path, stages: &str) -> PathBuf {
    let file = folder.join("p.pipeline.json");
    let text = format!(r#"{{"name":"p","stages":[{stages}]}}"#);
    fs::write(&file, text).unwrap();
    file
}

fn run(stages: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = pipeline(folder.path(), stages);
    flowmason()
        .arg("run")
        .arg(file)
        .args(["--json", "--input", "{}"])
        .output()
        .unwrap()
}

#[test]
fn each_class_of_end_has_its_exit_code() {
    let cases = [
        (
            0,
            r#"{"id":"a","type":"variable_set","config":{"name":"x","value":1}}"#,
        ),
        (
            1,
            r#"{"id":"a","type":"variable_set","config":{"name":"x","value":"{{input.gone}}"}}"#,
        ),
        (3, r#"{"id":"a","type":"genrator","config":{}}"#),
        (
            4,
            r#"{"id":"a","type":"generator","config":{"prompt":"hi"}}"#,
        ),
    ];
    for (code, stages) in cases {
        let out = run(stages);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(code), "{stages}\n{said}");
    }
    let out = flowmason()
        .args(["run", "--no-such-option"])
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(2));
}

#[test]
fn a_program_reads_one_object_from_standard_output() {
    let out = run(r#"{"id":"a","type":"variable_set","config":{"name":"x","value":[1,2]}}"#);
    let json: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(json["status"], "succeeded");
    assert_eq!(json["output"]["value"], serde_json::json!([1, 2]));
    for field in ["stages", "usage", "errors"] {
        assert!(json.get(field).is_some(), "no `{field}`: {json}");
    }
}

#[test]
fn a_typo_is_reported_with_its_position_and_the_right_word() {
    let folder = tempfile::tempdir().unwrap();
    let file = pipeline(folder.path(), r#"{"id":"a","type":"genrator","config":{}}"#);
    let out = flowmason().arg("validate").arg(&file).output().unwrap();
    assert_eq!(out.status.code(), Some(3));
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    );
    assert!(said.contains("did you mean `generator`"), "{said}");
    assert!(said.contains("p.pipeline.json:1:"), "{said}");
}

#[test]
fn s24_a_reset_is_refused_where_no_server_has_run() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    let out = flowmason()
        .args([
            "admin",
            "reset-second-factor",
            "ada@example.org",
            "--data-dir",
        ])
        .arg(&folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(4), "{said}");
    assert!(said.contains("There is no database in"), "{said}");
    assert!(!folder.exists(), "nothing is created");
}

#[test]
fn ctrl_c_cancels_the_run_and_ends_with_130() {
    let folder = tempfile::tempdir().unwrap();
    let file = pipeline(
        folder.path(),
        r#"{"id":"a","type":"wait","config":{"seconds":60}}"#,
    );
    let mut child = flowmason()
        .arg("run")
        .arg(file)
        .args(["--input", "{}"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The first byte of output shows that the run has started.
    let mut first = [0u8; 1];
    std::io::Read::read_exact(child.stderr.as_mut().unwrap(), &mut first).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    let start = Instant::now();
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(kill.success());
    let out = child.wait_with_output().unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(out.status.code(), Some(130));
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said.contains("cancelled"), "{said}");
}

#[test]
fn the_input_may_be_a_file_and_an_unwritable_output_is_reported_before_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = pipeline(
        folder.path(),
        r#"{"id":"a","type":"variable_set","config":{"name":"x","value":"{{input.n}}"}}"#,
    );
    let input = folder.path().join("in.json");
    fs::write(&input, r#"{"n":7}"#).unwrap();
    let go = |more: &[&str]| {
        let mut command = flowmason();
        command.arg("run").arg(&file).args(["--quiet", "--input"]);
        command.arg(&input).args(more).output().unwrap()
    };
    let out = go(&[]);
    assert_eq!(out.status.code(), Some(0));
    let json: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(json["value"], 7);
    let nowhere = folder.path().join("no/such/out.json");
    for place in [nowhere.as_path(), folder.path()] {
        let out = go(&["--output", &place.display().to_string()]);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(3), "{said}");
        assert!(said.contains("cannot be written"), "{said}");
        assert!(out.stdout.is_empty());
    }
}

#[test]
fn an_unknown_setting_of_a_provider_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let file = pipeline(
        folder.path(),
        r#"{"id":"a","type":"generator","config":{"prompt":"hi"}}"#,
    );
    let config =
        r#"{"providers":{"mine":{"base_url":"http://127.0.0.1:9/v1","modle":"m","api_key":"k"}}}"#;
    fs::write(folder.path().join("flowmason.json"), config).unwrap();
    let out = flowmason().arg("run").arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    for part in ["providers.mine.modle is not a setting", "api_key_env"] {
        assert!(said.contains(part), "{said}");
    }
}

const CALLS: &str = r#"{"id":"post","type":"http_request",
    "config":{"url":"https://api.example.com/{{input.id}}","method":"POST"}}"#;

#[test]
fn a_plan_says_what_a_run_will_do_and_runs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = pipeline(
        folder.path(),
        &format!(r#"{CALLS},{{"id":"ask","type":"generator","config":{{"prompt":"hi"}}}}"#),
    );
    let out = flowmason().arg("plan").arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    // A provider that is not set up is no reason not to show the plan.
    assert_eq!(out.status.code(), Some(0), "{said}");
    for part in [
        "POST api.example.com (`post`, once)",
        "cost unknown",
        "`post`: repeated with the same idempotency key",
        "fields read: `id`",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let out = flowmason()
        .args(["plan", "--format", "json"])
        .arg(&file)
        .output()
        .unwrap();
    let json: Value = serde_json::from_slice(&out.stdout).unwrap();
    let request = &json["plan"]["requests"][0];
    assert_eq!(request["host"]["known"], "api.example.com");
    assert_eq!(json["plan"]["models"][0]["cost_per_call"], Value::Null);
}

#[test]
fn f08_looking_at_a_file_contacts_nothing_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let site = TcpListener::bind("127.0.0.1:0").unwrap();
    site.set_nonblocking(true).unwrap();
    let address = site.local_addr().unwrap();
    let stage =
        format!(r#"{{"id":"call","type":"http_request","config":{{"url":"http://{address}/"}}}}"#);
    let file = pipeline(folder.path(), &stage);
    let before = fs::read(&file).unwrap();
    for command in ["validate", "lint", "explain", "plan"] {
        let out = flowmason().arg(command).arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        assert_ne!(out.status.code(), None, "{command}: {said}");
        assert!(
            command == "lint" || out.status.success(),
            "{command}: {said}"
        );
    }
    let out = flowmason().arg("diff").args([&file, &file]).output();
    assert!(out.unwrap().status.success());
    assert_eq!(site.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(fs::read(&file).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_plan_against_another_file_says_what_is_new_and_ends_with_5_if_asked_to() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let old = pipeline(
        old.path(),
        r#"{"id":"post","type":"variable_set","config":{"name":"x","value":1}}"#,
    );
    let new = pipeline(new.path(), CALLS);
    let plan = |new: &Path, old: &Path, more: &[&str]| {
        let mut command = flowmason();
        command.arg("plan").arg(new).arg("--against").arg(old);
        command.args(more).output().unwrap()
    };
    let out = plan(&new, &old, &[]);
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert_eq!(out.status.code(), Some(0), "{said}");
    assert!(said.contains("+ newly POSTs to api.example.com"), "{said}");
    assert_eq!(plan(&new, &old, &["--exit-code"]).status.code(), Some(5));
    assert_eq!(plan(&new, &new, &["--exit-code"]).status.code(), Some(0));
    let gone = new.with_file_name("gone.pipeline.json");
    assert_eq!(plan(&new, &gone, &[]).status.code(), Some(3));
}
