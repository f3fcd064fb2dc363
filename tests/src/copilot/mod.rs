//! The co-pilot with scripted answers, through the code that the program uses: 50 tasks in words with
//! good, wrong, malformed and hostile answers (`tasks.json`), and data that gives orders
//! (`hostile.json`, Z08).

mod hostile;
mod tasks;

use std::path::Path;

use components::{
    copilot::{Exchange, propose},
    http::GuardedClient,
    model::{Price, Providers, ProvidersConfig, Script, Scripted},
    run_plan::BuiltIn,
};
use engine::{
    advice::Cause,
    component::Registry,
    copilot::{
        DEFAULT_BUDGET, Decision, Document, Ground, Judged, Look, Material, Piece, Proven, Refusal,
        Reviewed, Task, read_back, review,
    },
};
use serde_json::json;

/// What a model is asked about.
#[derive(Clone, Copy)]
struct Question<'a> {
    words: &'a str,
    source: &'a str,
    documents: &'a [Document],
    failure: Option<&'a Cause>,
}

impl<'a> Question<'a> {
    fn new(words: &'a str, source: &'a str) -> Self {
        Self {
            words,
            source,
            documents: &[],
            failure: None,
        }
    }
}

/// A conversation, and what came of it.
struct Talk {
    exchange: Exchange,
    reviewed: Reviewed,
    /// The text as it is stored afterwards.
    stored: String,
    /// What is shown about the accepted pieces.
    claims: Vec<Judged>,
    /// Each piece that can be accepted, with why it needs a look of its own.
    looks: Vec<(usize, Vec<Look>)>,
}

/// The components and providers that all conversations share.
struct World {
    registry: Registry,
    providers: Providers,
    runtime: tokio::runtime::Runtime,
}

impl World {
    fn new() -> Self {
        let config: ProvidersConfig = serde_json::from_value(json!({
            "default": "acme",
            "acme": {"base_url": "https://models.example.com/v1", "model": "small"},
            "other": {"base_url": "https://other.example.com/v1", "model": "large"},
        }))
        .unwrap();
        let client = GuardedClient::builder().build().unwrap();
        Self {
            registry: components::registry(),
            providers: Providers::from_config(&config, Path::new("."), "test", &|_| None, &client),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
        }
    }

    fn outside(&self) -> BuiltIn<'_> {
        BuiltIn {
            providers: &self.providers,
            show_provider_hosts: true,
        }
    }

    /// Has a model give these answers, one after the other, and a person decide about the pieces.
    fn talk(
        &self,
        question: Question<'_>,
        answers: &[String],
        person: &mut dyn FnMut(&Piece, &Proven) -> Decision,
    ) -> Talk {
        let script = json!({"answers": [{"stage": "copilot", "answer": answers}]});
        let price = Price {
            input: 1.0,
            output: 4.0,
        };
        let provider = Scripted::new(Script::parse(&script.to_string()).unwrap(), Some(price));
        let material = Material {
            task: Task::Suggest,
            words: question.words,
            source: question.source,
            selected: None,
            failure: question.failure,
            documents: question.documents,
            budget: DEFAULT_BUDGET,
        };
        let exchange = self
            .runtime
            .block_on(propose(
                &provider,
                None,
                &material,
                &self.registry,
                &|_: &str| {},
            ))
            .unwrap();
        let outside = self.outside();
        let ground = Ground {
            registry: &self.registry,
            outside: &outside,
            suspicions: &exchange.brief.suspicions,
            rehearse: None,
        };
        let proposal = exchange.proposal.clone().unwrap_or_default();
        let mut looks = Vec::new();
        let mut decide =
            |number: usize, piece: &Piece, proven: Result<&Proven, &Refusal>| match proven {
                Ok(proven) => {
                    looks.push((number, proven.looks.clone()));
                    person(piece, proven)
                }
                Err(_) => Decision::No,
            };
        let reviewed = review(question.source, &proposal, &ground, &mut decide);
        let stored = reviewed.text.clone();
        let accepted = reviewed
            .accepted
            .iter()
            .map(|number| &proposal.pieces[*number]);
        let claims = read_back(&stored, accepted, &ground);
        Talk {
            exchange,
            reviewed,
            stored,
            claims,
            looks,
        }
    }

    /// Whether a text is a pipeline without errors.
    fn is_valid(&self, text: &str) -> bool {
        let Ok(pipeline) = engine::check::parse(text, &self.registry) else {
            return false;
        };
        let found = engine::check::check(&pipeline, &self.registry);
        !found.iter().any(engine::check::Diagnostic::is_error)
    }
}
