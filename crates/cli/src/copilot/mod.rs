//! `flowmason copilot`: a model proposes a change, and a person accepts it piece by piece. The file is
//! written only by `store`, and only after a yes.

mod plain;
mod show;
mod store;

#[cfg(test)]
mod tests;

use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::Path,
};

use ::components::{
    copilot::{Exchange, fit, propose},
    model::{ModelProvider, Providers},
    run_plan::BuiltIn,
};
use engine::{
    component::{Registry, StageError, Usage},
    copilot::{
        Answers, DEFAULT_BUDGET, Decision, Document, Ground, Material, Proposal, Rehearsal, Task,
        prove, read_back, review, skeleton, without_hidden,
    },
};
use serde_json::json;
use types::{Clock, sentence};

use crate::{
    args::{CopilotArgs, CopilotTask},
    exit::Exit,
    run, source,
};

/// Lets a model propose a change, and asks about it.
pub fn copilot(args: &CopilotArgs) -> Exit {
    let asks = io::stdin().is_terminal() && io::stdout().is_terminal() && !args.json;
    let person = Person {
        input: &mut io::stdin().lock(),
        out: &mut io::stdout().lock(),
        asks,
    };
    match talk(args, person) {
        Ok(exit) => exit,
        Err((exit, message)) => {
            // It may be the answer of a model server.
            eprintln!("error: {}", without_hidden(&sentence(&message)));
            exit
        }
    }
}

/// Whom the pieces are shown to.
struct Person<'a> {
    input: &'a mut dyn BufRead,
    out: &'a mut dyn Write,
    /// Whether somebody can answer.
    asks: bool,
}

/// A failure: how the program ends, and why.
type Failed = (Exit, String);

fn talk(args: &CopilotArgs, mut person: Person<'_>) -> Result<Exit, Failed> {
    let registry = ::components::registry();
    // `None`: there is no such file yet.
    let old = match args.file.try_exists() {
        Ok(false) => None,
        _ => Some(source::read(&args.file).map_err(|why| (Exit::Invalid, why))?),
    };
    let text = old
        .clone()
        .unwrap_or_else(|| skeleton(&name_of(&args.file)));
    let documents = documents(args).map_err(|why| (Exit::Invalid, why))?;
    let set_up = run::set_up(
        &args.file,
        args.allow_private_network,
        args.outbound_allow.as_deref(),
    )
    .map_err(|why| (Exit::NotSetUp, why))?;
    let provider = match set_up.providers.get(args.provider.as_deref()) {
        Ok(provider) => provider,
        Err(error) => {
            let name = args.file.display().to_string();
            if old.is_some() && !args.json {
                person.say(&plain::about(&text, &name, &registry));
            }
            let why = format!("The co-pilot needs a model. {}", error.message);
            return Err((Exit::NotSetUp, why));
        }
    };
    if set_up.providers.is_scripted(args.provider.as_deref()) {
        eprintln!("Note: answers are scripted and do not come from a model.");
    }
    let material = Material {
        task: task(args, old.is_some()),
        words: &args.words,
        source: &text,
        selected: args.stage.as_deref(),
        failure: None,
        documents: &documents,
        budget: DEFAULT_BUDGET,
    };
    let Some(exchange) = ask(&*provider, args.model.clone(), &material, &registry)
        .map_err(|error| (Exit::RunFailed, error.message))?
    else {
        return Ok(Exit::Cancelled);
    };
    decide(
        args,
        old.as_deref(),
        &text,
        &exchange,
        &set_up.providers,
        &registry,
        person,
    )
}

fn name_of(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".json").unwrap_or(&name);
    name.strip_suffix(".pipeline").unwrap_or(name).to_owned()
}

fn task(args: &CopilotArgs, exists: bool) -> Task {
    match args.task {
        None if exists => Task::Suggest,
        None | Some(CopilotTask::Generate) => Task::Generate,
        Some(CopilotTask::Suggest) => Task::Suggest,
        Some(CopilotTask::Explain) => Task::Explain,
        Some(CopilotTask::Debug) => Task::Debug,
        Some(CopilotTask::Optimize) => Task::Optimize,
        Some(CopilotTask::Chat) => Task::Chat,
    }
}

fn documents(args: &CopilotArgs) -> Result<Vec<Document>, String> {
    let read = |file: &std::path::PathBuf| -> Result<Document, String> {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        Ok(Document {
            name: name.into_owned(),
            text: source::read(file)?,
        })
    };
    args.attach.iter().map(read).collect()
}

/// Asks the model. `None` if somebody cancelled it.
fn ask(
    provider: &dyn ModelProvider,
    model: Option<String>,
    material: &Material<'_>,
    registry: &Registry,
) -> Result<Option<Exchange>, StageError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            let why = format!("the program cannot start its threads: {error}");
            StageError::new(types::ErrorCode::Internal, why)
        })?;
    let watched = io::stderr().is_terminal();
    let received = std::sync::atomic::AtomicUsize::new(0);
    let sink = |text: &str| {
        let count = text.chars().count();
        let before = received.fetch_add(count, std::sync::atomic::Ordering::Relaxed);
        if watched {
            eprint!("\rThe model has written {} characters", before + count);
        }
    };
    let answer = runtime.block_on(async {
        tokio::select! {
            answer = propose(provider, model, material, registry, &sink) => Some(answer),
            _ = tokio::signal::ctrl_c() => None,
        }
    });
    if watched {
        eprintln!();
    }
    answer.transpose()
}

/// Shows the proposal, asks about its pieces, and writes what was accepted.
fn decide(
    args: &CopilotArgs,
    old: Option<&str>,
    text: &str,
    exchange: &Exchange,
    providers: &Providers,
    registry: &Registry,
    mut person: Person<'_>,
) -> Result<Exit, Failed> {
    let outside = BuiltIn {
        providers,
        show_provider_hosts: true,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            let why = format!("the program cannot try the proposal out: {error}");
            (Exit::RunFailed, why)
        })?;
    let rehearse = |text: &str| {
        let rehearsal = Rehearsal::of(text, registry, &Answers::default(), fit);
        let rehearsed = runtime.block_on(rehearsal.run(0, Clock::system().now()));
        rehearsal.tried(rehearsed, fit)
    };
    let ground = Ground {
        registry,
        outside: &outside,
        suspicions: &exchange.brief.suspicions,
        rehearse: Some(&rehearse),
    };
    let proposal = exchange.proposal.as_ref().map_err(|problem| {
        let why = format!("the model's answer cannot be used: {problem}");
        (Exit::RunFailed, why)
    })?;
    if args.json {
        person.say(&format!(
            "{:#}\n",
            as_json(text, proposal, exchange, &ground)
        ));
        return Ok(Exit::Ok);
    }
    for left_out in &exchange.brief.left_out {
        person.say(&format!(
            "Too long for the model, and left out: {left_out}\n"
        ));
    }
    person.say(&show::quoted(&proposal.summary));
    person.say(&format!("{}\n", spent(&exchange.model, &exchange.usage)));
    let of = proposal.pieces.len();
    let reviewed = review(text, proposal, &ground, &mut |number, piece, proven| {
        person.say(&show::piece(number, of, piece, proven));
        match proven {
            Ok(proven) => person.decide(!proven.looks.is_empty()),
            Err(_) => Decision::No,
        }
    });
    if reviewed.accepted.is_empty() {
        person.say(match (of, person.asks) {
            (0, _) => "The model proposes no change.\n",
            (_, true) => "\nNothing was written.\n",
            (_, false) => {
                "\nNothing was written: nobody can be asked, because this is not a terminal.\n"
            }
        });
        return Ok(Exit::Ok);
    }
    store::replace(&args.file, old, &reviewed.text).map_err(|why| (Exit::Invalid, why))?;
    let stored = source::read(&args.file).map_err(|why| (Exit::Invalid, why))?;
    let accepted = reviewed
        .accepted
        .iter()
        .filter_map(|number| proposal.pieces.get(*number));
    let claims = read_back(&stored, accepted, &ground);
    person.say(&format!(
        "\n{} of {of} pieces were written to {}.\n{}",
        reviewed.accepted.len(),
        args.file.display(),
        show::claims("Read back from the file:", &claims)
    ));
    Ok(Exit::Ok)
}

fn spent(model: &str, usage: &Usage) -> String {
    let tokens = usage.tokens().map_or_else(
        || "an unknown number of tokens".to_owned(),
        |tokens| format!("{tokens} tokens"),
    );
    let calls = if usage.calls == 1 { "call" } else { "calls" };
    let cost = usage
        .cost
        .map_or_else(|| "an unknown amount".to_owned(), |cost| cost.to_string());
    // The name is what the endpoint answers.
    let model = without_hidden(model).replace(['\n', '\t'], " ");
    let model: String = model.chars().take(100).collect();
    format!("{} {calls} to {model}: {tokens}, {cost}", usage.calls)
}

/// The proposal for programs, each piece as if those before it were accepted.
fn as_json(
    text: &str,
    proposal: &Proposal,
    exchange: &Exchange,
    ground: &Ground<'_>,
) -> serde_json::Value {
    let mut text = text.to_owned();
    let pieces: Vec<_> = proposal
        .pieces
        .iter()
        .map(|piece| {
            let proven = prove(&text, piece, ground);
            if let Ok(proven) = &proven {
                text.clone_from(&proven.text);
            }
            json!({
                "title": piece.title,
                "edits": piece.edits,
                "refused": proven.as_ref().err(),
                "effect": proven.as_ref().ok(),
            })
        })
        .collect();
    json!({
        "summary": proposal.summary,
        "pieces": pieces,
        "model": exchange.model,
        "usage": exchange.usage,
        "left_out": exchange.brief.left_out,
        "suspicious": exchange.brief.suspicions,
    })
}

impl Person<'_> {
    fn say(&mut self, text: &str) {
        // A closed pipe (`| head`) is not an error.
        let _ = self.out.write_all(text.as_bytes());
        let _ = self.out.flush();
    }

    /// Asks about a piece. `look`: whether it needs a look of its own, for which a letter is too little.
    fn decide(&mut self, look: bool) -> Decision {
        if !self.asks {
            return Decision::No;
        }
        loop {
            self.say(match look {
                true => "Write `yes` in full to accept it, `n` for no, `s` to stop: ",
                false => {
                    "Accept it? `y` for yes, `n` for no, `a` for all that need no look, `s` to stop: "
                }
            });
            let mut line = String::new();
            match self.input.read_line(&mut line) {
                Ok(0) | Err(_) => return Decision::Stop,
                Ok(_) => {}
            }
            match (line.trim().to_lowercase().as_str(), look) {
                ("yes", true) => return Decision::YesAfterLook,
                ("y" | "yes", false) => return Decision::Yes,
                ("a", false) => return Decision::AllThatNeedNoLook,
                ("n" | "no", _) => return Decision::No,
                ("s", _) => return Decision::Stop,
                _ => {}
            }
        }
    }
}
