//! The commands of `flowmason` and their options. Those of `serve` are in `serve::args`,
//! those of logins in `account`, those of differences and merges in `changes`, those of the server's
//! administrator in `admin`.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{
    account::{LoginArgs, LogoutArgs, WhoamiArgs},
    admin::AdminArgs,
    changes::{DiffArgs, GitDiffArgs, GitSetupArgs, GitTextArgs, MergeArgs},
    exit,
    limits::LimitArgs,
    serve::ServeArgs,
};

/// Build, run, watch and debug AI pipelines
#[derive(Debug, Parser)]
#[command(name = "flowmason", version, after_help = exit::HELP)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Serve(Box<ServeArgs>),
    Run(Box<RunArgs>),
    Validate(ValidateArgs),
    Lint(LintArgs),
    Explain(ExplainArgs),
    Plan(PlanArgs),
    Triggers(TriggersArgs),
    Copilot(CopilotArgs),
    Components(ComponentsArgs),
    Diff(DiffArgs),
    Merge(MergeArgs),
    GitSetup(GitSetupArgs),
    #[command(hide = true)]
    GitDiff(GitDiffArgs),
    #[command(hide = true)]
    GitText(GitTextArgs),
    Init(InitArgs),
    Login(LoginArgs),
    Logout(LogoutArgs),
    Whoami(WhoamiArgs),
    Admin(AdminArgs),
}

/// Run a pipeline file locally, without a server
///
/// The output goes to stdout, everything else to stderr. Model providers are read from
/// flowmason.json in the pipeline's folder or a folder above it.
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub struct RunArgs {
    /// The pipeline file (.pipeline.json)
    pub file: PathBuf,

    /// The input as JSON; `-` reads it from stdin
    #[arg(long, value_name = "JSON", conflicts_with_all = ["input_file", "sample"])]
    pub input: Option<String>,

    /// Read the input from a file: JSON, JSON Lines, TOML, CSV or text
    #[arg(long, value_name = "FILE", conflicts_with = "sample")]
    pub input_file: Option<PathBuf>,

    /// Set one field of the input; a value that is not valid JSON is taken as text. Can be repeated
    #[arg(short = 'i', value_name = "KEY=VALUE", value_parser = key_value)]
    pub fields: Vec<(String, String)>,

    /// Use the sample input from the pipeline file
    #[arg(long)]
    pub sample: bool,

    /// Write the output to this file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Print one JSON object with the status, output, stages, usage and errors
    #[arg(long)]
    pub json: bool,

    /// Fail the run after this time: 30s, 5m, 500ms; a bare number is in seconds
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub timeout: Option<Duration>,

    /// Allow HTTP requests and model providers to reach this machine and the private network
    #[arg(long)]
    pub allow_private_network: bool,

    /// Allow them to reach only these private addresses: HOST:PORT,HOST:PORT
    #[arg(long, env = "FLOWMASON_OUTBOUND_ALLOW", value_name = "LIST")]
    pub outbound_allow: Option<String>,

    /// Print only the output and any errors
    #[arg(long, short)]
    pub quiet: bool,

    /// Run again whenever the file is saved; stages that did not change take over their last results
    #[arg(long, conflicts_with = "json")]
    pub watch: bool,

    /// Take over unchanged results that an earlier run left in this file, and leave this run's there
    #[arg(long, value_name = "RESULTS")]
    pub reuse: Option<PathBuf>,

    /// With --watch or --reuse: reuse also what stages read or changed outside, such as requests
    #[arg(long)]
    pub reuse_outside: bool,

    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Check pipeline files and report every error at once
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub struct ValidateArgs {
    /// Pipeline files, or folders to search for .pipeline.json files
    #[arg(required = true)]
    pub files: Vec<PathBuf>,

    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Show what could be better in pipeline files: missing retries, secrets in plain text, branches
/// that never run, and more
///
/// Exits with 3 if there are errors or warnings, and with 0 if there are suggestions only. Calls no
/// model and no server.
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub struct LintArgs {
    /// Pipeline files, or folders to search for .pipeline.json files
    #[arg(required = true)]
    pub files: Vec<PathBuf>,

    /// How the findings are printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,

    /// Mend what can be mended without changing what the pipeline computes
    #[arg(long)]
    pub fix: bool,
}

/// Explain in plain sentences what a pipeline does
///
/// Calls no model and no server.
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub struct ExplainArgs {
    /// The pipeline file (.pipeline.json)
    pub file: PathBuf,

    /// How the explanation is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// The triggers of a pipeline file
#[derive(Args, Debug)]
pub struct TriggersArgs {
    #[command(subcommand)]
    pub command: TriggersCommand,
}

/// What is done with triggers.
#[derive(Subcommand, Debug)]
pub enum TriggersCommand {
    Explain(ExplainTriggerArgs),
    Say(SayTriggerArgs),
}

/// Say what a sentence means as a trigger: its definition, when it fires, and what it lacks
///
/// A fixed grammar reads English and German. Nothing is guessed, changed or started, and no server is
/// asked.
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub struct SayTriggerArgs {
    /// The sentence: "every weekday at 9 in Berlin"
    pub sentence: String,

    /// The time zone of sentences that name none: Europe/Berlin
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<String>,

    /// The language: en or de. Default: the one in which more is understood
    #[arg(long, value_name = "CODE")]
    pub language: Option<String>,

    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Say when a trigger fires next, and whether it fires at a given time
///
/// Reads the file only: whether somebody has enabled the trigger on a server is not considered.
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub struct ExplainTriggerArgs {
    /// The pipeline file (.pipeline.json)
    pub file: PathBuf,

    /// The trigger's name; not needed if the file declares only one
    pub name: Option<String>,

    /// A time in the trigger's time zone, or with an offset: 2026-03-29T02:30. Default: now
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,

    /// How the explanation is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How a result is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

/// Show what a run of a pipeline will do, without running it
///
/// Hosts, models with their estimated cost, what is repeated after a crash, what is read, and how long
/// it can take. What the file leaves open is called open, and a cost without a price unknown.
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub struct PlanArgs {
    /// The pipeline file (.pipeline.json)
    pub file: PathBuf,

    /// Show only what is new, gone or changed compared with this file. Both files are read with the
    /// model providers of the first one's project
    #[arg(long, value_name = "OLD")]
    pub against: Option<PathBuf>,

    /// The format of the output
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub format: PlanFormat,

    /// End with exit code 5 if anything is new, gone or changed
    #[arg(long, requires = "against")]
    pub exit_code: bool,
}

/// The format of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people, on a terminal
    Text,
    /// For programs
    Json,
    /// For a page or a comment
    Markdown,
}

/// Let a model propose a change to a pipeline, and accept it piece by piece
///
/// Shows what each piece changes, what a run will do differently and what can go wrong, and asks. The
/// file is written only after a yes on a terminal. The model is that of the project's providers in
/// flowmason.json. Without one, shows what is known about the file without a model.
#[derive(Args, Debug)]
#[command(after_help = exit::HELP)]
pub struct CopilotArgs {
    /// The pipeline file (.pipeline.json). One that does not exist yet is built from the description
    pub file: PathBuf,

    /// What you want, in your own words
    pub words: String,

    /// What the model is to do; without it, a file that exists is changed, and another one built
    #[arg(long, value_enum)]
    pub task: Option<CopilotTask>,

    /// The id of the stage that it is about
    #[arg(long, value_name = "ID")]
    pub stage: Option<String>,

    /// A file to show to the model: an output, an error message, a page. The model is told to take
    /// no orders from it. Can be repeated
    #[arg(long, value_name = "FILE")]
    pub attach: Vec<PathBuf>,

    /// The provider; without it, the default one
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,

    /// The model; without it, that of the provider
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,

    /// Print the proposal as one JSON object, and write nothing
    #[arg(long)]
    pub json: bool,

    /// Allow the model provider to be on this machine or in the private network
    #[arg(long)]
    pub allow_private_network: bool,

    /// Allow it to be only at these private addresses: HOST:PORT,HOST:PORT
    #[arg(long, env = "FLOWMASON_OUTBOUND_ALLOW", value_name = "LIST")]
    pub outbound_allow: Option<String>,
}

/// What a model is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CopilotTask {
    /// Propose the change that you ask for
    Suggest,
    /// Say what the pipeline does
    Explain,
    /// Build a pipeline
    Generate,
    /// Find out why a run failed
    Debug,
    /// Make it faster or cheaper
    Optimize,
    /// Answer a question
    Chat,
}

/// List the components, or describe one
#[derive(Args, Debug)]
pub struct ComponentsArgs {
    /// The component to describe
    pub name: Option<String>,

    /// Print JSON, with the input and output schemas
    #[arg(long)]
    pub json: bool,
}

/// Create a new project that runs without further setup
#[derive(Args, Debug)]
pub struct InitArgs {
    /// The project's folder; it must be empty or not exist yet
    pub name: PathBuf,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write it as KEY=VALUE".to_owned()),
    }
}

fn time(text: &str) -> Result<Duration, String> {
    let wrong = || "write it as 30s, 5m, 2h or 500ms, or as a bare number of seconds".to_owned();
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit.trim() {
        "ms" => number / 1000.0,
        "" | "s" => number,
        "m" | "min" => number * 60.0,
        "h" => number * 3600.0,
        _ => return Err(wrong()),
    };
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|time| !time.is_zero())
        .ok_or_else(|| "the time must be greater than zero".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_definition_is_valid() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn nothing_says_yes_to_the_co_pilot_for_a_person() {
        let asked = |more: &[&str]| {
            let words = ["flowmason", "copilot", "p.pipeline.json", "retry it"];
            Cli::try_parse_from(words.iter().chain(more))
        };
        assert!(asked(&[]).is_ok());
        for option in ["--yes", "-y", "--force", "--accept", "--no-input"] {
            assert!(asked(&[option]).is_err(), "{option}");
        }
    }

    #[test]
    fn a_time_has_a_unit_or_is_seconds() {
        assert_eq!(time("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(time("1.5"), Ok(Duration::from_millis(1500)));
        assert_eq!(time("2m"), Ok(Duration::from_secs(120)));
        for wrong in ["", "s", "5 weeks", "0", "-1", "1e99h"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }
}
