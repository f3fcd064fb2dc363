//! `flowmason lint`: what could be better in pipelines, and mending it. `flowmason explain`: what a
//! pipeline does. Neither calls a model.

use std::{
    io::{self, Write},
    path::Path,
};

use engine::{
    advice::{self, Finding, Level, Rule},
    check::{self, Diagnostic},
    component::Registry,
    edit::{self, Edit},
    model::Pipeline,
};
use serde_json::json;
use types::sentence;

use crate::{
    args::{ExplainArgs, Format, LintArgs},
    exit::Exit,
    replace::replace,
    source,
    validate::{count, files_of},
};

/// Advice about the files.
pub fn lint(args: &LintArgs) -> Exit {
    let files = files_of(&args.files);
    if files.is_empty() {
        eprintln!("error: There is no .pipeline.json file in the given folders");
        return Exit::Invalid;
    }
    let registry = ::components::registry();
    let mut reports = Vec::new();
    let mut clean = true;
    for file in &files {
        let name = file.display().to_string();
        match lint_file(file, args.fix, &registry) {
            Ok(report) => {
                clean &= report.is_clean();
                match args.format {
                    Format::Json => reports.push(json!({
                        "file": name,
                        "problems": report.problems,
                        "findings": report.findings,
                        "fixed": report.fixed,
                    })),
                    Format::Text => report.print(&name),
                }
            }
            Err(message) => {
                clean = false;
                match args.format {
                    Format::Json => reports.push(json!({
                        "file": name, "error": message, "problems": [], "findings": [], "fixed": 0,
                    })),
                    Format::Text => {
                        eprintln!("error: {}", sentence(&message));
                        let _ = writeln!(io::stdout(), "{name}: could not be read or written");
                    }
                }
            }
        }
    }
    if args.format == Format::Json {
        let report = json!({"clean": clean, "files": reports});
        let _ = writeln!(io::stdout(), "{report:#}");
    }
    if clean { Exit::Ok } else { Exit::Invalid }
}

/// What was found in one file.
struct Linted {
    /// The file's text, with stars in place of secrets.
    shown: String,
    /// The errors. A file with errors has no findings.
    problems: Vec<Diagnostic>,
    /// What is left to do.
    findings: Vec<Finding>,
    /// The number of findings that were mended.
    fixed: usize,
}

impl Linted {
    /// Whether there is nothing but suggestions.
    fn is_clean(&self) -> bool {
        let mut levels = self.findings.iter().map(|one| one.level);
        self.problems.is_empty() && levels.all(|level| level == Level::Suggestion)
    }

    fn print(&self, name: &str) {
        eprint!("{}", check::render(&self.problems, name, &self.shown));
        eprint!("{}", advice::render(&self.findings, name, &self.shown));
        let of = |level| {
            self.findings
                .iter()
                .filter(|one| one.level == level)
                .count()
        };
        let mut parts = Vec::new();
        for (n, what) in [
            (self.problems.len(), "error"),
            (of(Level::Warning), "warning"),
            (of(Level::Suggestion), "suggestion"),
        ] {
            if n > 0 {
                parts.push(count(n, what));
            }
        }
        if self.fixed > 0 {
            parts.push(format!("{} fixed", self.fixed));
        }
        if parts.is_empty() {
            parts.push("nothing to improve".to_owned());
        }
        let _ = writeln!(io::stdout(), "{name}: {}", parts.join(", "));
    }
}

/// The most rounds of mending one file.
const MOST_ROUNDS: usize = 200;

fn lint_file(file: &Path, fix: bool, registry: &Registry) -> Result<Linted, String> {
    let source = source::read(file)?;
    let mut linted = lint_text(&source, registry);
    let fail = |why: &dyn std::fmt::Display| format!("{} cannot be mended: {why}", file.display());
    let mut text = source.clone();
    for _ in 0..MOST_ROUNDS {
        let (edits, mended) = mends(&linted.findings);
        if !fix || mended == 0 {
            break;
        }
        let applied = edit::apply(&text, &edits, registry).map_err(|error| fail(&error))?;
        let after = lint_text(&applied.text, registry);
        if !after.problems.is_empty() {
            return Err(fail(
                &"the edits would make it invalid, so nothing was changed",
            ));
        }
        text = applied.text;
        let fixed = linted.fixed + mended;
        linted = Linted { fixed, ..after };
    }
    if text != source {
        replace(file, &text)
            .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
    }
    Ok(linted)
}

/// The edits that mend findings together, and the number of these findings. Of the waits, only one:
/// without it, another one may be needed.
fn mends(findings: &[Finding]) -> (Vec<Edit>, usize) {
    let mut edits = Vec::new();
    let mut mended = 0;
    let mut waits = 0;
    for one in findings.iter().filter(|one| one.safe) {
        if one.rule == Rule::NeedlessWait {
            waits += 1;
            if waits > 1 {
                continue;
            }
        }
        mended += 1;
        edits.extend(one.edits.iter().cloned());
    }
    (edits, mended)
}

fn lint_text(source: &str, registry: &Registry) -> Linted {
    let (pipeline, problems) = match check::parse(source, registry) {
        Ok(pipeline) => {
            let mut found = check::check(&pipeline, registry);
            found.retain(Diagnostic::is_error);
            (Some(pipeline), found)
        }
        Err(found) => (None, found),
    };
    let shown = pipeline
        .as_ref()
        .map_or_else(|| source.to_owned(), advice::without_secrets);
    let sound = pipeline.filter(|_| problems.is_empty());
    Linted {
        shown,
        problems,
        findings: sound.map_or_else(Vec::new, |it| advice::findings(&it, registry)),
        fixed: 0,
    }
}

/// Explains a file.
pub fn explain(args: &ExplainArgs) -> Exit {
    let registry = ::components::registry();
    let name = args.file.display().to_string();
    let source = match source::read(&args.file) {
        Ok(source) => source,
        Err(message) => {
            eprintln!("error: {}", sentence(&message));
            return Exit::Invalid;
        }
    };
    let pipeline = match sound(&source, &registry) {
        Ok(pipeline) => pipeline,
        Err(problems) => {
            eprint!("{}", check::render(&problems, &name, &source));
            return Exit::Invalid;
        }
    };
    let explanation = advice::explain(&pipeline, &registry);
    let mut out = io::stdout().lock();
    // A closed pipe (`| head`) is not an error.
    let _ = match args.format {
        Format::Json => writeln!(
            out,
            "{:#}",
            json!({"summary": explanation.summary, "parts": explanation.parts})
        ),
        Format::Text => out.write_all(explanation.text().as_bytes()),
    };
    Exit::Ok
}

/// The pipeline of a text, or its errors.
fn sound(source: &str, registry: &Registry) -> Result<Pipeline, Vec<Diagnostic>> {
    let pipeline = check::parse(source, registry)?;
    let mut found = check::check(&pipeline, registry);
    found.retain(Diagnostic::is_error);
    if found.is_empty() {
        Ok(pipeline)
    } else {
        Err(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"name": "p", "stages": [
  {"id": "ask", "component": "generator", "config": {"prompt": "Hello"}}
]}"#;

    #[test]
    fn fix_writes_the_file_only_when_there_is_something_to_mend() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("p.pipeline.json");
        std::fs::write(&file, TEXT).unwrap();
        let registry = ::components::registry();
        let before = lint_file(&file, false, &registry).unwrap();
        assert_eq!((before.findings.len(), before.fixed), (1, 0));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), TEXT);

        let after = lint_file(&file, true, &registry).unwrap();
        assert_eq!((after.findings.len(), after.fixed), (0, 1));
        let mended = std::fs::read_to_string(&file).unwrap();
        assert!(mended.contains("max_retries"), "{mended}");

        let again = lint_file(&file, true, &registry).unwrap();
        assert_eq!(again.fixed, 0);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), mended);
    }

    #[test]
    fn a_file_with_errors_has_problems_and_no_findings_and_is_not_changed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("p.pipeline.json");
        let text = TEXT.replace("generator", "genrator");
        std::fs::write(&file, &text).unwrap();
        let linted = lint_file(&file, true, &::components::registry()).unwrap();
        assert!(!linted.problems.is_empty() && linted.findings.is_empty());
        assert!(!linted.is_clean());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
}
