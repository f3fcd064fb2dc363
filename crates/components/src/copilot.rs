//! Calls the model of a co-pilot ([`engine::copilot`]): once, and once more if its answer cannot be
//! used. The model gets no tools; all that it can do is answer.

use engine::{
    Value,
    component::{Registry, StageError, Usage},
    copilot::{Brief, Fence, Malformed, Material, Proposal, again, brief, read},
};

use crate::{
    input::prepare,
    model::{Completion, ModelCall, ModelProvider, Sink, search, split_thoughts},
};

/// The most calls for one request.
const MOST_CALLS: usize = 2;

/// What a model was given and what it said.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// What it was given.
    pub brief: Brief,
    /// The proposal, or why the last answer cannot be used.
    pub proposal: Result<Proposal, Malformed>,
    /// What was wrong with the answers before the last one.
    pub mended: Vec<Malformed>,
    /// The model that answered last.
    pub model: String,
    /// The tokens and the cost of all calls.
    pub usage: Usage,
}

/// Asks a model for a proposal. Its answer goes to `sink` while it arrives.
///
/// # Errors
/// Fails if a call fails. An answer that cannot be used is no error of this kind.
pub async fn propose(
    provider: &dyn ModelProvider,
    model: Option<String>,
    material: &Material<'_>,
    registry: &Registry,
    sink: Sink<'_>,
) -> Result<Exchange, StageError> {
    let fence = Fence::random();
    let brief = brief(material, &fence, registry);
    let mut prompt = brief.prompt.clone();
    let mut usage = Usage::default();
    let mut mended = Vec::new();
    let mut number = 1;
    loop {
        let call = ModelCall {
            stage: "copilot".to_owned(),
            // Another prompt is another call.
            key: format!("{}:copilot:{number}", fence.word()),
            system: Some(brief.system.clone()),
            prompt,
            model: model.clone(),
            ..ModelCall::default()
        };
        let answer = provider.complete(call, sink).await?;
        usage.add(&answer.usage);
        let (text, proposal) = understood(&answer);
        match proposal {
            Err(problem) if number < MOST_CALLS => {
                prompt = again(&brief.prompt, &text, &problem, &fence);
                mended.push(problem);
                number += 1;
            }
            proposal => {
                return Ok(Exchange {
                    brief,
                    proposal,
                    mended,
                    model: answer.model,
                    usage,
                });
            }
        }
    }
}

/// Prepares a value for a JSON schema as a run's input is prepared, for [`engine::copilot::Rehearsal`].
///
/// # Errors
/// Says what does not fit.
pub fn fit(schema: &Value, value: Value) -> Result<Value, String> {
    prepare(Some(schema), value).map_err(|found| {
        let all: Vec<String> = found.iter().map(ToString::to_string).collect();
        all.join("; ")
    })
}

/// The answer without thoughts, and the proposal in it.
fn understood(answer: &Completion) -> (String, Result<Proposal, Malformed>) {
    let (text, _) = split_thoughts(&answer.text);
    let outcome = search(&text);
    let proposal = read(&outcome.candidates, outcome.cut);
    (text, proposal)
}

#[cfg(test)]
mod tests {
    use engine::copilot::{Problem, Task};

    use super::*;
    use crate::model::{Script, Scripted};

    const SOURCE: &str =
        r#"{"name":"p","stages":[{"id":"a","type":"logger","config":{"message":"x"}}]}"#;

    async fn asked(answers: serde_json::Value) -> Exchange {
        let script = serde_json::json!({"answers": [{"stage": "copilot", "answer": answers}]});
        let provider = Scripted::new(Script::parse(&script.to_string()).unwrap(), None);
        let material = Material {
            task: Task::Suggest,
            words: "log y",
            source: SOURCE,
            selected: None,
            failure: None,
            documents: &[],
            budget: engine::copilot::DEFAULT_BUDGET,
        };
        let registry = crate::registry();
        propose(&provider, None, &material, &registry, &|_: &str| {})
            .await
            .unwrap()
    }

    const GOOD: &str = r#"<think>hm {"pieces": 1}</think>
Here you are: {"summary":"s","pieces":[{"title":"t","edits":[{"op":"setField","stage":"a","path":["config","message"],"value":"y"}]}]}"#;

    #[tokio::test]
    async fn an_answer_that_cannot_be_used_is_asked_for_once_more_and_both_calls_are_counted() {
        let exchange = asked(serde_json::json!(["no idea", GOOD])).await;
        assert_eq!(exchange.proposal.unwrap().pieces.len(), 1);
        assert_eq!(exchange.mended[0].problem, Problem::NoJson);
        assert_eq!(exchange.usage.calls, 2);
    }

    #[tokio::test]
    async fn a_second_answer_that_cannot_be_used_is_the_end() {
        let exchange = asked(serde_json::json!(["no idea", "still none", GOOD])).await;
        assert_eq!(exchange.proposal.unwrap_err().problem, Problem::NoJson);
        assert_eq!(exchange.usage.calls, 2);
    }

    #[tokio::test]
    async fn a_good_answer_is_asked_for_once() {
        let exchange = asked(serde_json::json!([GOOD, "never asked"])).await;
        assert_eq!(exchange.proposal.unwrap().summary, "s");
        assert_eq!(exchange.usage.calls, 1);
    }
}
