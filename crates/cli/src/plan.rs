//! `flowmason plan`: what a run of a pipeline will do, and what is new compared with another file.

use std::{
    io::{self, Write},
    path::Path,
};

use ::components::{http::GuardedClient, model::Providers, project::Project, run_plan::BuiltIn};
use engine::{
    check::{self, Diagnostic},
    component::Registry,
    run_plan::{Change, RunPlan, as_markdown, as_text, changes, changes_markdown, changes_text},
};
use serde_json::json;
use types::sentence;

use crate::{
    args::{PlanArgs, PlanFormat},
    exit::Exit,
    source,
};

/// Shows the plan of a file.
pub fn plan(args: &PlanArgs) -> Exit {
    match planned(args) {
        Ok((plan, changes)) => {
            // A closed pipe (`| head`) is not an error.
            let _ =
                io::stdout().write_all(shown(args.format, &plan, changes.as_deref()).as_bytes());
            match changes {
                Some(changes) if args.exit_code && !changes.is_empty() => Exit::Differs,
                _ => Exit::Ok,
            }
        }
        Err(exit) => exit,
    }
}

/// The plan, and its differences from that of the other file, if one is given. Prints what is wrong.
fn planned(args: &PlanArgs) -> Result<(RunPlan, Option<Vec<Change>>), Exit> {
    let registry = ::components::registry();
    let providers = providers(&args.file)?;
    let outside = BuiltIn {
        providers: &providers,
        show_provider_hosts: true,
    };
    let plan = of_file(&args.file, &registry, &outside)?;
    let old = args.against.as_deref();
    let old = old
        .map(|file| of_file(file, &registry, &outside))
        .transpose()?;
    let changes = old.map(|old| changes(&old, &plan));
    Ok((plan, changes))
}

fn of_file(file: &Path, registry: &Registry, outside: &BuiltIn<'_>) -> Result<RunPlan, Exit> {
    let name = file.display().to_string();
    let source = source::read(file).map_err(|message| {
        eprintln!("error: {}", sentence(&message));
        Exit::Invalid
    })?;
    let wrong = |found: &[Diagnostic]| {
        eprint!("{}", check::render(found, &name, &source));
        Exit::Invalid
    };
    let pipeline = check::parse(&source, registry).map_err(|found| wrong(&found))?;
    let found: Vec<Diagnostic> = check::check(&pipeline, registry)
        .into_iter()
        .filter(Diagnostic::is_error)
        .collect();
    match found.is_empty() {
        true => Ok(RunPlan::of(&pipeline, registry, outside)),
        false => Err(wrong(&found)),
    }
}

/// The providers of the file's project. No API key is read: the plan does not depend on one.
fn providers(file: &Path) -> Result<Providers, Exit> {
    let wrong = |message: String| {
        eprintln!("error: {}", sentence(&message));
        Exit::NotSetUp
    };
    let folder = source::folder_of(file);
    if !folder.is_dir() {
        // Reading the file says what is wrong.
        return Ok(Providers::default());
    }
    let project = Project::find(folder).map_err(wrong)?;
    let client = GuardedClient::builder().build().map_err(wrong)?;
    Ok(Providers::from_config(
        &project.config.providers,
        &project.folder,
        "flowmason.json",
        &|_| None,
        &client,
    ))
}

/// The output: the differences if there is another file, else the plan. JSON has both.
fn shown(format: PlanFormat, plan: &RunPlan, changes: Option<&[Change]>) -> String {
    match (format, changes) {
        (PlanFormat::Text, None) => as_text(plan),
        (PlanFormat::Text, Some(changes)) => changes_text(changes),
        (PlanFormat::Markdown, None) => as_markdown(plan),
        (PlanFormat::Markdown, Some(changes)) => changes_markdown(changes),
        (PlanFormat::Json, None) => format!("{:#}\n", json!({ "plan": plan })),
        (PlanFormat::Json, Some(changes)) => {
            format!("{:#}\n", json!({ "plan": plan, "changes": changes }))
        }
    }
}
