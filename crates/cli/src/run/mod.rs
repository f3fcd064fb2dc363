//! `flowmason run`: runs one pipeline in this process and shows its progress on the terminal.

#![allow(
    clippy::disallowed_methods,
    reason = "the program reads its environment only here"
)]

mod input;
mod kept;
mod memory;
mod plain;
mod result;
mod skipped;
mod tree;
mod watch;

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use ::components::{
    http::{GuardedClient, OutboundConfig},
    model::Providers,
    project::Project,
};
use engine::{
    Value,
    check::{self, Diagnostic},
    component::{Registry, Resources},
    limits::{Limits, Shares},
    model::{Pipeline, structure},
    plan::Plan,
    run::{Artifacts, Env, Journal, Outcome, RunHost, RunSpec, RunStatus, Signal, drive},
};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use types::{Clock, ErrorCode, RunId};

use crate::{args::RunArgs, exit::Exit, replace::replace, source, validate};
use kept::{Kept, Ran, Recording};
use result::{Problem, Report};

/// Runs a pipeline file.
pub fn run(args: RunArgs) -> Exit {
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: The program cannot start its threads: {error}");
            return Exit::RunFailed;
        }
    };
    let json = args.json;
    let exit = match runtime.block_on(prepare_and_drive(args)) {
        Ok(exit) => exit,
        Err(stop) => {
            if json {
                result::print_json(&Report::not_started(&stop.problems));
            } else {
                eprint!("{}", stop.text);
            }
            stop.exit
        }
    };
    // A thread that hangs must not keep a finished program alive.
    runtime.shutdown_timeout(Duration::from_millis(200));
    exit
}

/// Why a run did not start.
struct Stop {
    exit: Exit,
    /// The message on the terminal.
    text: String,
    /// The errors in the output of `--json`.
    problems: Vec<Problem>,
}

impl Stop {
    fn new(exit: Exit, code: ErrorCode, message: impl Into<String>) -> Self {
        let message = message.into();
        let text = format!("error[{code}]: {}\n", types::sentence(&message));
        Self {
            exit,
            text,
            problems: vec![Problem::new(code, message)],
        }
    }

    fn file(message: String) -> Self {
        Self::new(Exit::Invalid, ErrorCode::InvalidInput, message)
    }

    fn findings(found: &[Diagnostic], name: &str, source: &str) -> Self {
        let problems: Vec<Problem> = found
            .iter()
            .filter(|d| d.is_error())
            .map(Problem::of_finding)
            .collect();
        Self {
            exit: Exit::Invalid,
            text: format!(
                "{}{name}: {}\n",
                check::render(found, name, source),
                validate::count(problems.len(), "error")
            ),
            problems,
        }
    }
}

/// Everything that the run needs.
struct Ready {
    plan: Arc<Plan>,
    pipeline: Pipeline,
    input: Value,
    resources: Resources,
    limits: Limits,
    /// The file that configures the providers.
    config: Option<PathBuf>,
    /// The text of the pipeline file.
    source: String,
}

async fn prepare_and_drive(args: RunArgs) -> Result<Exit, Stop> {
    if args.watch && args.input.as_deref() == Some("-") {
        let message = "--watch reads the input more than once; give it with --input-file";
        return Err(Stop::new(Exit::Usage, ErrorCode::InvalidInput, message));
    }
    if !args.watch && args.reuse.is_none() {
        let ready = prepare(&args)?;
        return Ok(drive_and_show(&args, ready, None).await);
    }
    if let Some(file) = &args.reuse {
        writable(file).map_err(Stop::file)?;
    }
    let (mut kept, note) = Kept::read(&args, &env());
    if let Some(note) = note.filter(|_| !args.quiet && !args.json) {
        eprintln!("Note: {note}");
    }
    if args.watch {
        return Ok(watch::watch(&args, kept).await);
    }
    let ready = prepare(&args)?;
    Ok(drive_and_show(&args, ready, Some(&mut kept)).await)
}

/// Reads the environment of this process.
fn env() -> Env {
    Arc::new(|name: &str| std::env::var(name).ok())
}

fn prepare(args: &RunArgs) -> Result<Ready, Stop> {
    let name = args.file.display().to_string();
    let source = source::read(&args.file).map_err(Stop::file)?;
    let registry = ::components::registry();
    let pipeline =
        check::parse(&source, &registry).map_err(|d| Stop::findings(&d, &name, &source))?;
    let found = check::check(&pipeline, &registry);
    if found.iter().any(Diagnostic::is_error) {
        return Err(Stop::findings(&found, &name, &source));
    }
    let plan = Plan::compile(&pipeline, &registry)
        .map_err(|found| Stop::findings(&found, &name, &source))?;
    if !found.is_empty() && !args.quiet && !args.json {
        let hint = validate::count(found.len(), "warning");
        eprintln!("{hint} in {name}; see: flowmason validate {name}");
    }
    if let Some(file) = &args.output {
        // Checked before the run, whose result would be lost otherwise.
        writable(file).map_err(Stop::file)?;
    }
    let limits = args.limits.limits();
    let limits = limits.map_err(|why| Stop::new(Exit::Usage, ErrorCode::InvalidInput, why))?;
    let (resources, config) = resources(args, &pipeline, &registry)?;
    let input = input::read(args, &pipeline)?;
    warn_of_env(args, &pipeline, &registry);
    Ok(Ready {
        plan: Arc::new(plan),
        pipeline,
        input,
        resources,
        limits,
        config,
        source,
    })
}

/// Checks that the path is not a folder and that its parent folder exists.
fn writable(file: &Path) -> Result<(), String> {
    let shown = file.display();
    if file.is_dir() {
        return Err(format!("{shown} cannot be written: it is a folder"));
    }
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => Err(format!(
            "{shown} cannot be written: there is no folder {}",
            folder.display()
        )),
        _ => Ok(()),
    }
}

/// Builds the guarded HTTP client and the providers. Fails if a provider that the pipeline needs is
/// not set up. The second value is the file that configures the providers.
fn resources(
    args: &RunArgs,
    pipeline: &Pipeline,
    registry: &Registry,
) -> Result<(Resources, Option<PathBuf>), Stop> {
    let setup = |message: String| Stop::new(Exit::NotSetUp, ErrorCode::InvalidInput, message);
    let SetUp {
        client,
        project,
        providers,
    } = set_up(
        &args.file,
        args.allow_private_network,
        args.outbound_allow.as_deref(),
    )
    .map_err(setup)?;
    if !args.quiet && !args.json {
        for note in &project.notes {
            eprintln!("Note: flowmason.json: {note}");
        }
    }
    if let Err(missing) = providers.ready_for(pipeline, registry) {
        let problems = missing
            .stages
            .iter()
            .map(|stage| {
                Problem::new(ErrorCode::ProviderNotConfigured, missing.message.clone()).at(stage)
            })
            .collect();
        return Err(Stop {
            exit: Exit::NotSetUp,
            text: format!(
                "error[{}]: {}\n",
                ErrorCode::ProviderNotConfigured,
                types::sentence(&missing.message)
            ),
            problems,
        });
    }
    if !args.quiet
        && !args.json
        && structure(pipeline, registry)
            .model_stages(pipeline)
            .iter()
            .any(|stage| providers.is_scripted(stage.provider.as_deref()))
    {
        eprintln!("Note: answers are scripted and do not come from a model (provider `scripted`).");
    }
    let resources = Resources::default().with(client).with(providers);
    Ok((resources, project.file))
}

/// The guarded HTTP client, and the project of a pipeline file with its model providers.
pub struct SetUp {
    pub client: GuardedClient,
    pub project: Project,
    pub providers: Providers,
}

/// Sets up the providers of the project that a pipeline file belongs to. A provider that cannot be used
/// is kept with the reason.
pub fn set_up(
    file: &Path,
    allow_private_network: bool,
    outbound_allow: Option<&str>,
) -> Result<SetUp, String> {
    let outbound = outbound_allow.map(OutboundConfig::from_list);
    let client = GuardedClient::builder()
        .allow_private_network(allow_private_network)
        .outbound(outbound.unwrap_or_default())
        .build()?;
    let project = Project::find(source::folder_of(file))?;
    let place = match &project.file {
        Some(file) => file.display().to_string(),
        None => format!("a flowmason.json in {}", project.folder.display()),
    };
    let env = |name: &str| std::env::var(name).ok();
    let providers = Providers::from_config(
        &project.config.providers,
        &project.folder,
        &place,
        &env,
        &client,
    );
    Ok(SetUp {
        client,
        project,
        providers,
    })
}

/// Warns of environment variables that are not set; the stages that read them would fail.
fn warn_of_env(args: &RunArgs, pipeline: &Pipeline, registry: &Registry) {
    let structure = structure(pipeline, registry);
    let missing: Vec<_> = structure
        .env_reads()
        .iter()
        .filter(|name| std::env::var_os(name).is_none())
        .collect();
    if !missing.is_empty() && !args.quiet && !args.json {
        let names: Vec<_> = missing.iter().map(|n| n.as_str()).collect();
        eprintln!(
            "Note: the pipeline reads environment variables that are not set: {}",
            names.join(", ")
        );
    }
}

/// Drives the run and prints its result. `kept`: the results that it takes over and leaves.
async fn drive_and_show(args: &RunArgs, ready: Ready, mut kept: Option<&mut Kept>) -> Exit {
    let Ready {
        plan,
        pipeline,
        input,
        resources,
        limits,
        config,
        source,
    } = ready;
    let watch = Arc::new(Mutex::new(result::Watch::new(plan.clone())));
    let view = View::choose(args, &pipeline, watch.clone());
    let recording = kept.as_ref().map(|_| Recording::default());
    let (journal, artifacts): (Arc<dyn Journal>, Arc<dyn Artifacts>) = match &recording {
        Some(recording) => (recording.journal.clone(), recording.artifacts.clone()),
        None => (memory::journal(), memory::artifacts()),
    };
    let mut host = RunHost::new(journal, artifacts, Clock::system());
    host.earlier = kept
        .as_mut()
        .and_then(|kept| kept.results(config.as_deref()));
    host.resources = resources;
    host.share = Shares::new(limits).run(0);
    host.env = env();
    // Never park: without a server, nothing would wake a parked run.
    host.park_after = Duration::from_secs(u64::from(u32::MAX));
    let seen = view.clone();
    host.observe = Some(Arc::new(move |event| seen.event(event)));
    let seen = view.clone();
    host.live = Some(Arc::new(move |chunk| seen.chunk(&chunk)));
    let run_id = RunId::new(&host.clock);
    let spec = RunSpec {
        run_id,
        plan: plan.clone(),
        input,
        timeout: args.timeout,
    };
    let (signals, inbox) = mpsc::channel(4);
    let stopper = tokio::spawn(cancel_on_ctrl_c(signals));
    let start = Instant::now();
    let outcome = drive(spec, host, Vec::new(), inbox).await;
    stopper.abort();
    view.end();
    let exit = {
        let watch = watch.lock();
        let took = start.elapsed();
        let exit = finish(args, &pipeline, run_id, outcome, &watch, took);
        if kept.is_some() && !args.quiet && !args.json {
            eprintln!("{}", result::reused(&watch));
        }
        exit
    };
    if let (Some(kept), Some(recording)) = (kept, recording) {
        let ran = Ran {
            plan,
            run: run_id,
            source,
            succeeded: exit == Exit::Ok,
        };
        let env = env();
        let done = kept.keep(args.reuse.as_deref(), ran, &env, recording);
        if let Err(why) = done.await {
            eprintln!("error: the results could not be kept: {why}");
        }
    }
    exit
}

/// The first Ctrl+C cancels the run, the second ends the program at once.
async fn cancel_on_ctrl_c(signals: mpsc::Sender<Signal>) {
    if tokio::signal::ctrl_c().await.is_err() {
        return;
    }
    let cancel = Signal::Cancel {
        by: Some("Ctrl+C".to_owned()),
        reason: None,
    };
    drop(signals.send(cancel).await);
    if tokio::signal::ctrl_c().await.is_ok() {
        std::process::exit(Exit::Cancelled as i32);
    }
}

fn finish(
    args: &RunArgs,
    pipeline: &Pipeline,
    run_id: RunId,
    outcome: Outcome,
    watch: &result::Watch,
    took: Duration,
) -> Exit {
    let (run, exit) = match outcome {
        Outcome::Finished(run) => {
            let exit = match run.status {
                RunStatus::Succeeded => Exit::Ok,
                RunStatus::Cancelled => Exit::Cancelled,
                _ => Exit::RunFailed,
            };
            (run, exit)
        }
        other => {
            // A run without a server is never parked, fenced or shut down; reaching this is a bug.
            eprintln!(
                "error[{}]: The run stopped without finishing: {other:?}",
                ErrorCode::Internal
            );
            return Exit::RunFailed;
        }
    };
    let report = Report::of(pipeline, run_id, &run, watch, took);
    if !args.json && !args.quiet {
        eprintln!("{}", report.summary());
    }
    if !args.json
        && let Some(error) = &run.error
    {
        eprintln!("{}", result::explain(error, args));
    }
    if exit == Exit::Ok
        && let Some(file) = &args.output
    {
        let text = result::as_text(&run.output);
        if let Err(error) = replace(file, &text) {
            eprintln!("error: {} cannot be written: {error}", file.display());
            // Printed instead, so that the result is not lost.
            if args.json {
                result::print_json(&report);
            } else {
                result::print(&result::as_text(&run.output));
            }
            return Exit::Invalid;
        }
        if !args.quiet && !args.json {
            eprintln!("The output was written to {}", file.display());
        }
    }
    if args.json {
        result::print_json(&report);
    } else if exit == Exit::Ok && args.output.is_none() {
        result::print(&result::as_text(&run.output));
    }
    exit
}

/// How the run's progress is shown.
#[derive(Clone)]
enum View {
    /// Not at all; events are only recorded.
    Silent(Arc<Mutex<result::Watch>>),
    /// One line per event.
    Plain(Arc<Mutex<result::Watch>>),
    /// A live tree on the terminal.
    Tree(Arc<tree::Tree>),
}

impl View {
    fn choose(args: &RunArgs, pipeline: &Pipeline, watch: Arc<Mutex<result::Watch>>) -> Self {
        if args.quiet || args.json {
            return View::Silent(watch);
        }
        eprintln!("{} {}", pipeline.name, pipeline.version);
        let dumb = std::env::var("TERM").is_ok_and(|t| t == "dumb");
        if std::io::stderr().is_terminal() && !dumb {
            View::Tree(tree::Tree::start(watch))
        } else {
            View::Plain(watch)
        }
    }

    fn event(&self, event: &engine::run::Event) {
        match self {
            View::Silent(watch) => watch.lock().event(event),
            View::Plain(watch) => {
                let mut watch = watch.lock();
                watch.event(event);
                if let Some(line) = plain::line(&watch, event) {
                    eprintln!("{line}");
                }
            }
            View::Tree(tree) => tree.event(event),
        }
    }

    fn chunk(&self, chunk: &engine::component::Chunk) {
        match self {
            View::Silent(_) => {}
            View::Plain(watch) => watch.lock().chunk(chunk),
            View::Tree(tree) => tree.chunk(chunk),
        }
    }

    fn end(&self) {
        if let View::Tree(tree) = self {
            tree.end();
        }
    }
}
