//! What is written, and what is not, with scripted answers and a scripted person.

use std::{fs, path::PathBuf};

use tempfile::TempDir;

use super::*;

const SOURCE: &str = r#"{
  "name": "p",
  "stages": [
    { "id": "a", "type": "logger", "config": { "message": "one" } }
  ]
}
"#;

/// Two pieces: a field, and a request to a new host. The claim of the first one is half true.
const ANSWER: &str = r#"{"summary": "Two changes.", "pieces": [
  {"title": "another text",
   "edits": [{"op": "setField", "stage": "a", "path": ["config", "message"], "value": "two"}],
   "claims": [{"claim": "fieldEquals", "stage": "a", "path": ["config", "message"], "value": "two"},
              {"claim": "hasRetry", "stage": "a"}]},
  {"title": "a request",
   "edits": [{"op": "addStage", "value": {"id": "get", "type": "http_request", "config": {"url": "https://new.example.com/x"}}}],
   "claims": [{"claim": "callsHost", "host": "new.example.com"}]}
]}"#;

struct Project {
    folder: TempDir,
    file: PathBuf,
}

impl Project {
    fn new(answer: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("p.pipeline.json");
        fs::write(&file, SOURCE).unwrap();
        let answers = json!({"answers": [{"stage": "copilot", "answer": answer}]});
        fs::write(folder.path().join("answers.json"), answers.to_string()).unwrap();
        let config =
            json!({"providers": {"default": "scripted", "scripted": {"answers": "answers.json"}}});
        fs::write(folder.path().join("flowmason.json"), config.to_string()).unwrap();
        Self { folder, file }
    }

    fn args(&self) -> CopilotArgs {
        CopilotArgs {
            file: self.file.clone(),
            words: "change it".to_owned(),
            task: None,
            stage: None,
            attach: Vec::new(),
            provider: None,
            model: None,
            json: false,
            allow_private_network: false,
            outbound_allow: None,
        }
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.file).unwrap()
    }

    /// Has the person say these lines. Returns the end and what was shown.
    fn said(&self, args: &CopilotArgs, lines: Option<&str>) -> (Exit, String) {
        let mut out = Vec::new();
        let person = Person {
            input: &mut lines.unwrap_or_default().as_bytes(),
            out: &mut out,
            asks: lines.is_some(),
        };
        let end = talk(args, person);
        let shown = String::from_utf8(out).unwrap();
        match end {
            Ok(exit) => (exit, shown),
            Err((exit, why)) => (exit, format!("{shown}{why}")),
        }
    }
}

#[test]
fn only_accepted_pieces_are_written_and_untrue_claims_are_named() {
    let project = Project::new(ANSWER);
    let (exit, shown) = project.said(&project.args(), Some("y\nn\n"));
    assert_eq!(exit, Exit::Ok, "{shown}");
    assert_eq!(project.text(), SOURCE.replace("one", "two"));
    let (_, after) = shown.split_once("Read back from the file").unwrap();
    // With colours between the two, if there are any.
    assert!(
        after.contains("not true:") && after.contains("`a` is retried"),
        "{after}"
    );
    assert!(!after.contains("new.example.com"), "{after}");
    // Nothing is left beside the file.
    assert_eq!(fs::read_dir(project.folder.path()).unwrap().count(), 3);
}

#[test]
fn z08_a_new_host_is_accepted_by_a_whole_word_only() {
    let project = Project::new(ANSWER);
    let (_, shown) = project.said(&project.args(), Some("n\ny\na\n\n"));
    assert!(
        shown.contains("`get` newly sends GET to new.example.com"),
        "{shown}"
    );
    assert_eq!(project.text(), SOURCE);

    let (_, shown) = project.said(&project.args(), Some("n\nyes\n"));
    assert!(shown.contains("1 of 2 pieces were written"), "{shown}");
    assert!(project.text().contains("new.example.com") && project.text().contains("one"));
}

#[test]
fn a_yes_to_all_leaves_out_what_needs_a_look() {
    let project = Project::new(ANSWER);
    project.said(&project.args(), Some("a\n"));
    assert_eq!(project.text(), SOURCE.replace("one", "two"));
}

#[test]
fn z08_nothing_is_written_without_a_terminal_as_json_or_when_the_input_ends() {
    let project = Project::new(ANSWER);
    let (exit, shown) = project.said(&project.args(), None);
    assert_eq!(exit, Exit::Ok);
    assert!(shown.contains("nobody can be asked"), "{shown}");
    let args = CopilotArgs {
        json: true,
        ..project.args()
    };
    let (_, shown) = project.said(&args, Some("y\nyes\n"));
    let report: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(report["pieces"][1]["effect"]["looks"][0]["look"], "request");
    project.said(&project.args(), Some(""));
    assert_eq!(project.text(), SOURCE);
}

#[test]
fn a_piece_whose_dry_run_fails_newly_says_so_and_is_accepted_by_a_whole_word_only() {
    let answer = r#"{"summary": "s", "pieces": [{"title": "a division", "edits": [
        {"op": "setField", "stage": "a", "path": ["config", "message"], "value": "{{ 1 / input.none }}"}]}]}"#;
    let project = Project::new(answer);
    let source = SOURCE.replacen('{', r#"{ "sample_input": { "none": 0 },"#, 1);
    fs::write(&project.file, &source).unwrap();
    let (_, shown) = project.said(&project.args(), Some("y\nn\n"));
    assert!(shown.contains("worse than before:"), "{shown}");
    assert!(shown.contains("fails after it: Dry run"), "{shown}");
    assert_eq!(project.text(), source);
    let args = CopilotArgs {
        json: true,
        ..project.args()
    };
    let (_, shown) = project.said(&args, None);
    let report: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let trial = &report["pieces"][0]["effect"]["trial"];
    assert_eq!(trial["dry_run"]["state"], "failed", "{trial}");
    assert_eq!(trial["checks"][0]["worse"], true, "{trial}");
}

#[test]
fn without_a_model_what_is_known_without_one_is_shown() {
    let project = Project::new(ANSWER);
    fs::remove_file(project.folder.path().join("flowmason.json")).unwrap();
    let (exit, shown) = project.said(&project.args(), Some("y\n"));
    assert_eq!(exit, Exit::NotSetUp);
    assert!(
        shown.contains("needs a model. No model provider is set up"),
        "{shown}"
    );
    let name = project.file.display().to_string();
    let known = plain::about(SOURCE, &name, &::components::registry());
    assert!(!known.is_empty() && shown.starts_with(&known), "{shown}");
    assert_eq!(project.text(), SOURCE);
}

#[test]
fn a_file_that_does_not_exist_is_built_from_a_description() {
    let answer = r#"{"summary": "New.", "pieces": [{"title": "all", "edits": [
        {"op": "addStage", "value": {"id": "say", "type": "logger", "config": {"message": "hello"}}}],
        "claims": [{"claim": "stageExists", "stage": "say", "component": "logger"}]}]}"#;
    let project = Project::new(answer);
    let args = CopilotArgs {
        file: project.folder.path().join("greet.pipeline.json"),
        ..project.args()
    };
    project.said(&args, Some("n\n"));
    assert!(!args.file.exists());
    let (exit, shown) = project.said(&args, Some("y\n"));
    assert_eq!(exit, Exit::Ok, "{shown}");
    let text = fs::read_to_string(&args.file).unwrap();
    assert!(
        text.contains("\"name\": \"greet\"") && text.contains("hello"),
        "{text}"
    );
}

#[test]
fn the_name_that_an_endpoint_gives_its_model_cannot_control_the_terminal() {
    let shown = spent("m\u{1b}[2J\u{202e}x\ny", &Usage::default());
    assert!(shown.contains("m[2Jx y"), "{shown}");
}

#[test]
fn an_answer_that_cannot_be_used_is_an_error_and_writes_nothing() {
    let project = Project::new("I would rather not.");
    let (exit, shown) = project.said(&project.args(), Some("y\n"));
    assert_eq!(exit, Exit::RunFailed);
    assert!(shown.contains("no JSON object"), "{shown}");
    assert_eq!(project.text(), SOURCE);
}
