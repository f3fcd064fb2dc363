//! `flowmason validate`: reports all findings of all files at once.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use engine::check::{self, Diagnostic};
use serde_json::json;
use types::sentence;

use crate::{args::ValidateArgs, exit::Exit, source};

/// Checks the files.
pub fn validate(args: &ValidateArgs) -> Exit {
    let files = files_of(&args.files);
    if files.is_empty() {
        eprintln!("error: There is no .pipeline.json file in the given folders");
        return Exit::Invalid;
    }
    let registry = ::components::registry();
    let mut reports = Vec::new();
    let mut wrong = 0;
    for file in &files {
        let name = file.display().to_string();
        let (found, source) = match source::read(file) {
            Ok(text) => (findings(&text, &registry), text),
            Err(message) => {
                wrong += 1;
                if args.json {
                    reports.push(
                        json!({"file": name, "valid": false, "error": message, "diagnostics": []}),
                    );
                } else {
                    eprintln!("error: {}", sentence(&message));
                    let _ = writeln!(io::stdout(), "{name}: could not be read");
                }
                continue;
            }
        };
        let errors = found.iter().filter(|d| d.is_error()).count();
        wrong += usize::from(errors > 0);
        if args.json {
            reports.push(json!({"file": name, "valid": errors == 0, "diagnostics": found}));
            continue;
        }
        eprint!("{}", check::render(&found, &name, &source));
        let warnings = found.len() - errors;
        let mut out = io::stdout().lock();
        let _ = match (errors, warnings) {
            (0, 0) => writeln!(out, "{name}: valid"),
            (0, n) => writeln!(out, "{name}: valid, {}", count(n, "warning")),
            (n, 0) => writeln!(out, "{name}: {}", count(n, "error")),
            (n, m) => writeln!(
                out,
                "{name}: {}, {}",
                count(n, "error"),
                count(m, "warning")
            ),
        };
    }
    if args.json {
        let report = json!({"valid": wrong == 0, "files": reports});
        let _ = writeln!(io::stdout(), "{report:#}");
    }
    if wrong == 0 { Exit::Ok } else { Exit::Invalid }
}

/// All errors and warnings of a pipeline file's text.
pub fn findings(source: &str, registry: &engine::component::Registry) -> Vec<Diagnostic> {
    match check::parse(source, registry) {
        Ok(pipeline) => check::check(&pipeline, registry),
        Err(found) => found,
    }
}

/// The given files, and the pipeline files in the given folders.
pub fn files_of(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            collect(path, &mut files);
        } else {
            files.push(path.clone());
        }
    }
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        let name = path
            .file_name()
            .and_then(|n| n.to_str())
            .unwrap_or_default();
        if path.is_dir() && !name.starts_with('.') && name != "node_modules" && name != "target" {
            collect(&path, files);
        } else if name.ends_with(".pipeline.json") {
            files.push(path);
        }
    }
}

/// `1 error`, `2 errors`.
pub fn count(n: usize, what: &str) -> String {
    if n == 1 {
        format!("1 {what}")
    } else {
        format!("{n} {what}s")
    }
}
