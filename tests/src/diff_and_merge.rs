//! Tests of `flowmason diff` and `merge` as programs use them, and of what `git-setup` makes git do,
//! with real repositories.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::program;

const BASE: &str = r#"{
  "name": "p",
  "stages": [
    { "id": "a", "type": "logger", "config": { "message": "one", "level": "info" } },
    { "id": "b", "type": "logger", "depends_on": ["a"], "config": { "message": "two" } }
  ]
}
"#;

/// A folder with files, in which programs run.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// A program that finds no configuration of git but the one in this folder.
    fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .env("HOME", self.path("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CEILING_DIRECTORIES", self.0.path().parent().unwrap())
            .env("LC_ALL", "C");
        for name in [
            "XDG_CONFIG_HOME",
            "GIT_CONFIG_GLOBAL",
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_PAGER_IN_USE",
            "CLICOLOR_FORCE",
            "FLOWMASON_LOG",
        ] {
            command.env_remove(name);
        }
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Ada");
            command.env(format!("GIT_{who}_EMAIL"), "ada@example.org");
        }
        command
    }

    fn flowmason(&self, args: &[&str]) -> Output {
        let program = program().expect("a built flowmason; `cargo xtask test` builds it");
        self.command(program).args(args).output().unwrap()
    }

    fn git_may_fail(&self, args: &[&str]) -> Output {
        self.command("git").args(args).output().unwrap()
    }

    /// What git prints.
    #[track_caller]
    fn git(&self, args: &[&str]) -> String {
        let out = self.git_may_fail(args);
        assert!(out.status.success(), "git {args:?}\n{}", said(&out));
        String::from_utf8(out.stdout).unwrap()
    }

    /// A repository that is set up, with the pipeline on the branch `main`.
    fn repository() -> Self {
        let folder = Self::new();
        fs::create_dir(folder.path("home")).unwrap();
        folder.git(&["init", "-q", "-b", "main"]);
        let out = folder.flowmason(&["git-setup"]);
        assert_eq!(out.status.code(), Some(0), "{}", said(&out));
        folder.write("p.pipeline.json", BASE);
        folder.git(&["add", ".gitattributes", "p.pipeline.json"]);
        folder.git(&["commit", "-q", "-m", "base"]);
        folder
    }

    /// Commits the pipeline with these changes on a branch that begins at `main`.
    fn branch(&self, name: &str, changes: &[(&str, &str)]) {
        self.git(&["checkout", "-q", "-b", name, "main"]);
        self.write("p.pipeline.json", &with(changes));
        self.git(&["commit", "-q", "-a", "-m", name]);
    }
}

fn with(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(BASE.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

fn said(out: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    )
}

fn stdout(out: &Output) -> String {
    String::from_utf8(out.stdout.clone()).unwrap()
}

/// A folder with a base and two sides.
fn sides(ours: &[(&str, &str)], theirs: &[(&str, &str)]) -> Folder {
    let folder = Folder::new();
    folder.write("base", BASE);
    folder.write("ours", &with(ours));
    folder.write("theirs", &with(theirs));
    folder
}

#[test]
fn diff_ends_with_0_for_the_same_meaning_1_for_differences_and_2_for_errors() {
    let folder = sides(
        &[("\"one\"", "\"uno\"")],
        &[("\"name\": \"p\"", "\"name\":\"p\"")],
    );
    folder.write("broken", "{");
    let code = |a: &str, b: &str| folder.flowmason(&["diff", a, b]).status.code();
    assert_eq!(code("base", "base"), Some(0));
    assert_eq!(code("base", "theirs"), Some(0));
    assert_eq!(code("base", "ours"), Some(1));
    assert_eq!(code("base", "broken"), Some(2));
    assert_eq!(code("base", "missing"), Some(2));
    assert_eq!(code("-", "-"), Some(2));
    let out = folder.flowmason(&["diff", "base", "theirs"]);
    assert!(
        stdout(&out).contains("only written differently"),
        "{}",
        said(&out)
    );
}

#[test]
fn a_difference_is_written_in_four_forms_without_colour_in_a_pipe() {
    let folder = sides(&[("\"one\"", "\"<b>uno</b>\"")], &[]);
    let form = |form: &str| stdout(&folder.flowmason(&["diff", "base", "ours", "-f", form]));
    let text = form("text");
    assert!(text.contains("~ stage a (logger)"), "{text}");
    assert!(
        text.contains("+ \"<b>uno</b>\"") && !text.contains('\u{1b}'),
        "{text}"
    );
    assert!(form("markdown").contains("`config.message`"));
    let page = form("html");
    assert!(
        page.starts_with("<!doctype html>") && !page.contains("<b>"),
        "{page}"
    );
    let json: Value = serde_json::from_str(&form("json")).unwrap();
    assert_eq!(json["same"], false);
    assert_eq!(
        json["difference"]["changed"][0]["fields"][0]["after"],
        "<b>uno</b>"
    );
}

#[test]
fn one_side_of_a_difference_may_come_from_standard_input() {
    let folder = sides(&[("\"one\"", "\"uno\"")], &[]);
    let program = program().expect("a built flowmason");
    let mut child = folder
        .command(program)
        .args(["diff", "-", "ours"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(BASE.as_bytes())
        .unwrap();
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(1));
    assert!(stdout(&out).contains("config.message"), "{}", said(&out));
}

#[test]
fn a_merge_without_conflict_ends_with_0_and_keeps_both_changes() {
    let folder = sides(&[("\"one\"", "\"uno\"")], &[("\"two\"", "\"due\"")]);
    let out = folder.flowmason(&["merge", "base", "ours", "theirs"]);
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));
    let both = with(&[("\"one\"", "\"uno\""), ("\"two\"", "\"due\"")]);
    assert_eq!(stdout(&out), both);
    let out = folder.flowmason(&["merge", "base", "ours", "theirs", "-o", "result"]);
    assert_eq!(out.status.code(), Some(0));
    assert_eq!(folder.read("result"), both);
    assert!(out.stdout.is_empty());
}

#[test]
fn a_conflict_ends_with_1_names_both_values_and_writes_nothing() {
    let folder = sides(&[("\"one\"", "\"uno\"")], &[("\"one\"", "\"eins\"")]);
    let merge = |more: &[&str]| {
        let mut args = vec!["merge", "base", "ours", "theirs"];
        args.extend(more);
        folder.flowmason(&args)
    };
    let out = merge(&["-o", "result"]);
    assert_eq!(out.status.code(), Some(1));
    let line = "stage `a`, config.message: both changed it; OURS has \"uno\", THEIRS has \"eins\"";
    assert!(said(&out).contains(line), "{}", said(&out));
    assert!(out.stdout.is_empty() && !folder.path("result").exists());

    let json: Value = serde_json::from_str(&stdout(&merge(&["--format", "json"]))).unwrap();
    let conflict = &json["conflicts"][0]["conflict"];
    assert_eq!(json["clean"], false);
    assert_eq!(json["merged"], Value::Null);
    for (field, value) in [
        ("stage", "a"),
        ("field", "config.message"),
        ("ours", "uno"),
        ("theirs", "eins"),
    ] {
        assert_eq!(conflict[field], value);
    }

    let out = merge(&["--favor", "theirs"]);
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));
    assert_eq!(stdout(&out), with(&[("\"one\"", "\"eins\"")]));
    let out = merge(&["--markers"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(
        stdout(&out).contains("<<<<<<< OURS (a: config.message)"),
        "{}",
        said(&out)
    );
}

#[test]
fn a_merge_of_what_is_no_pipeline_ends_with_2() {
    let folder = sides(&[], &[]);
    folder.write("theirs", "[]");
    let out = folder.flowmason(&["merge", "base", "ours", "theirs"]);
    assert_eq!(out.status.code(), Some(2));
    assert!(said(&out).contains("theirs:1:1"), "{}", said(&out));
}

#[test]
fn a_merge_that_makes_a_circle_ends_with_1_and_says_so() {
    let free = r#"{"name":"p","stages":[{"id":"a","type":"logger"},{"id":"b","type":"logger"}]}"#;
    let folder = Folder::new();
    folder.write("base", free);
    let edge = |from: &str, to: &str| {
        let stage = format!(r#""id":"{from}","#);
        free.replace(&stage, &format!(r#"{stage}"depends_on":["{to}"],"#))
    };
    folder.write("ours", &edge("a", "b"));
    folder.write("theirs", &edge("b", "a"));
    let out = folder.flowmason(&["merge", "base", "ours", "theirs"]);
    assert_eq!(out.status.code(), Some(1), "{}", said(&out));
    assert!(
        said(&out).contains("the merge has made the pipeline invalid"),
        "{}",
        said(&out)
    );
}

#[test]
fn git_setup_says_what_it_did_changes_nothing_the_second_time_and_is_undone() {
    let folder = Folder::new();
    fs::create_dir(folder.path("home")).unwrap();
    let out = folder.flowmason(&["git-setup"]);
    assert_ne!(out.status.code(), Some(0), "there is no repository here");
    folder.git(&["init", "-q"]);
    let config = || folder.git(&["config", "--local", "--list"]);
    let before = config();
    folder.write(".gitattributes", "*.txt text");

    let out = folder.flowmason(&["git-setup"]);
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));
    assert!(
        stdout(&out).contains("merge.flowmason.driver is set\n"),
        "{}",
        said(&out)
    );
    let attributes = "*.txt text\n*.pipeline.json diff=flowmason merge=flowmason\n";
    assert_eq!(folder.read(".gitattributes"), attributes);
    let set = config();
    let out = folder.flowmason(&["git-setup"]);
    assert!(
        stdout(&out).contains("merge.flowmason.driver is set already"),
        "{}",
        said(&out)
    );
    assert_eq!(
        (folder.read(".gitattributes"), config()),
        (attributes.to_owned(), set)
    );

    let out = folder.flowmason(&["git-setup", "--remove"]);
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));
    assert_eq!(folder.read(".gitattributes"), "*.txt text\n");
    assert_eq!(config(), before);
    let out = folder.flowmason(&["git-setup", "--remove"]);
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));
}

#[cfg(unix)]
#[test]
fn git_setup_writes_through_no_link_of_a_repository() {
    let folder = Folder::new();
    fs::create_dir(folder.path("home")).unwrap();
    folder.git(&["init", "-q"]);
    let before = folder.git(&["config", "--local", "--list"]);
    folder.write("home/notes", "mine");
    std::os::unix::fs::symlink("home/notes", folder.path(".gitattributes")).unwrap();
    for args in [&["git-setup"][..], &["git-setup", "--remove"]] {
        let out = folder.flowmason(args);
        assert_eq!(out.status.code(), Some(3), "{}", said(&out));
        assert!(said(&out).contains("is a symbolic link"), "{}", said(&out));
    }
    assert_eq!(folder.read("home/notes"), "mine");
    assert_eq!(folder.git(&["config", "--local", "--list"]), before);
}

#[test]
fn git_setup_for_the_user_leaves_the_repository_alone() {
    let folder = Folder::new();
    fs::create_dir(folder.path("home")).unwrap();
    folder.git(&["init", "-q"]);
    let out = folder.flowmason(&["git-setup", "--global"]);
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));
    assert!(!folder.path(".gitattributes").exists());
    let attributes = "home/.config/git/attributes";
    assert!(folder.read(attributes).contains("merge=flowmason"));
    let found = folder.git(&["check-attr", "merge", "x/y.pipeline.json"]);
    assert!(found.contains("merge: flowmason"), "{found}");
    let out = folder.flowmason(&["git-setup", "--global", "--remove"]);
    assert_eq!(out.status.code(), Some(0), "{}", said(&out));
    assert!(!folder.path(attributes).exists());
}

#[test]
fn git_merges_changes_of_neighbouring_lines_and_of_the_same_line() {
    let folder = Folder::repository();
    folder.branch("ours", &[("\"one\"", "\"uno\""), ("\"two\"", "\"due\"")]);
    folder.branch("theirs", &[("\"info\"", "\"error\""), ("\"p\"", "\"q\"")]);
    folder.git(&["checkout", "-q", "ours"]);
    folder.git(&["merge", "-q", "--no-edit", "theirs"]);
    let merged = folder.read("p.pipeline.json");
    let changes = [
        ("\"one\"", "\"uno\""),
        ("\"two\"", "\"due\""),
        ("\"info\"", "\"error\""),
        ("\"p\"", "\"q\""),
    ];
    assert_eq!(merged, with(&changes));
    assert_eq!(folder.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_conflict_in_git_stands_between_markers_and_is_named() {
    let folder = Folder::repository();
    folder.branch("ours", &[("\"one\"", "\"uno\""), ("\"two\"", "\"due\"")]);
    folder.branch(
        "theirs",
        &[("\"one\"", "\"eins\""), ("\"info\"", "\"error\"")],
    );
    folder.git(&["checkout", "-q", "ours"]);
    let out = folder.git_may_fail(&["merge", "--no-edit", "theirs"]);
    assert_eq!(out.status.code(), Some(1), "{}", said(&out));
    let line = "conflict in p.pipeline.json: stage `a`, config.message: both changed it";
    assert!(said(&out).contains(line), "{}", said(&out));
    assert!(
        folder
            .git(&["status", "--porcelain"])
            .contains("UU p.pipeline.json")
    );
    let text = folder.read("p.pipeline.json");
    for part in [
        "\n<<<<<<< OURS (a: config.message)\n",
        "\"message\": \"uno\",\n=======\n",
        "\"message\": \"eins\",\n>>>>>>> THEIRS (a: config.message)\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    // What is not in conflict is merged.
    assert!(
        text.contains("\"due\"") && text.contains("\"error\""),
        "{text}"
    );
    folder.git(&["merge", "--abort"]);
}

#[test]
fn git_merges_a_file_that_is_no_pipeline_line_by_line() {
    let folder = Folder::repository();
    folder.branch("ours", &[("\"one\"", "\"uno\"")]);
    folder.branch("theirs", &[("{\n", "{\n  // a comment\n")]);
    folder.git(&["checkout", "-q", "ours"]);
    folder.git(&["merge", "-q", "--no-edit", "theirs"]);
    let merged = folder.read("p.pipeline.json");
    assert!(
        merged.contains("// a comment") && merged.contains("\"uno\""),
        "{merged}"
    );
}

#[test]
fn git_shows_differences_of_pipelines_by_their_meaning() {
    let folder = Folder::repository();
    folder.write("p.pipeline.json", &with(&[("\"one\"", "\"uno\"")]));
    let shown = folder.git(&["diff"]);
    assert!(shown.contains("pipeline p.pipeline.json\n"), "{shown}");
    assert!(shown.contains("~ stage a (logger)"), "{shown}");
    assert!(
        shown.contains("      - \"one\"\n      + \"uno\"\n"),
        "{shown}"
    );
    let compact: Value = serde_json::from_str(BASE).unwrap();
    folder.write("p.pipeline.json", &compact.to_string());
    let shown = folder.git(&["diff"]);
    assert!(shown.contains("No difference in meaning"), "{shown}");

    folder.write("p.pipeline.json", &with(&[("\"two\"", "\"due\"")]));
    folder.git(&["commit", "-q", "-a", "-m", "other"]);
    let log = folder.git(&["log", "-p", "-1"]);
    assert!(
        log.contains("-  config.message: \"two\"\n+  config.message: \"due\"\n"),
        "{log}"
    );
    // The repository's own lines are still there for programs.
    let raw = folder.git(&["diff", "--no-ext-diff", "--no-textconv", "HEAD~1"]);
    assert!(raw.contains("+    { \"id\": \"b\""), "{raw}");
}

#[test]
fn git_shows_new_and_deleted_pipelines() {
    let folder = Folder::repository();
    folder.write("new.pipeline.json", &with(&[("\"p\"", "\"n\"")]));
    folder.git(&["add", "new.pipeline.json"]);
    let shown = folder.git(&["diff", "--cached"]);
    assert!(
        shown.contains("pipeline new.pipeline.json (new file)"),
        "{shown}"
    );
    assert!(shown.contains("+ stage a (logger)"), "{shown}");
    folder.git(&["rm", "-q", "p.pipeline.json"]);
    let shown = folder.git(&["diff", "--cached", "--", "p.pipeline.json"]);
    assert!(
        shown.contains("pipeline p.pipeline.json (deleted)"),
        "{shown}"
    );
}
