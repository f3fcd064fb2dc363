//! The example pipelines that the program carries: `examples/` of the repository.
//!
//! Their model stages name no provider, so that they run with whatever is the default. On a server
//! without a default they are bound to the scripted answers that come with them, in the text of
//! the pipeline, where everybody sees it.

use engine::Value;
use types::ErrorCode;

use crate::{
    Ctx,
    access::Permission,
    error::{AppError, Result},
    pipelines::{self, Compiled, Pipeline, Version},
};

/// Name and text of each, in the order of their names.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/examples.rs"));

/// An example.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The file's name without its ending; what one asks for it by.
    pub name: &'static str,
    /// The pipeline's name.
    pub title: String,
    /// What it does.
    pub description: String,
    /// Whether it needs a model provider that this server does not have.
    pub needs_key: bool,
    /// The text of the pipeline that is made of it.
    pub source: String,
    /// An input to try it with.
    pub sample_input: Option<Value>,
}

/// All examples.
pub async fn list(ctx: &Ctx) -> Result<Vec<Example>> {
    ctx.authorize(Permission::PipelineRead).await?;
    Ok(FILES
        .iter()
        .filter_map(|(name, source)| read(ctx, name, source))
        .collect())
}

/// Makes a pipeline of an example.
pub async fn create_pipeline(ctx: &Ctx, name: &str) -> Result<(Pipeline, Version)> {
    ctx.authorize(Permission::PipelineWrite).await?;
    let Some((_, source)) = FILES.iter().find(|(known, _)| *known == name) else {
        let names: Vec<_> = FILES.iter().map(|(name, _)| *name).collect();
        return Err(AppError::new(
            ErrorCode::NotFound,
            format!(
                "There is no such example; the examples are {}",
                names.join(", ")
            ),
        ));
    };
    let text = bound(ctx, source).unwrap_or_else(|| (*source).to_owned());
    pipelines::create(ctx, &text, None).await
}

fn read(ctx: &Ctx, name: &'static str, file: &'static str) -> Option<Example> {
    let registry = ctx.app.registry();
    let source = bound(ctx, file)?;
    let pipeline = Compiled::new(&source, registry).ok()?.pipeline;
    Some(Example {
        name,
        needs_key: ctx.app.providers().ready_for(&pipeline, registry).is_err(),
        title: pipeline.name,
        description: pipeline.description,
        sample_input: pipeline.sample_input,
        source,
    })
}

/// The text as it runs here: where the default provider is missing, each model stage that names
/// none is given the scripted one. `None` when it cannot be read.
fn bound(ctx: &Ctx, source: &str) -> Option<String> {
    let (registry, providers) = (ctx.app.registry(), ctx.app.providers());
    let compiled = Compiled::new(source, registry).ok()?;
    let mut text = source.to_owned();
    if providers.ready_for(&compiled.pipeline, registry).is_ok() {
        return Some(text);
    }
    let Some((scripted, ..)) = providers.list().find(|(_, _, scripted)| *scripted) else {
        return Some(text);
    };
    let open = compiled.structure.model_stages(&compiled.pipeline);
    // From the end, so that earlier places stay where they are.
    for stage in open.iter().rev().filter(|stage| stage.provider.is_none()) {
        let at = compiled
            .pipeline
            .stages
            .get(stage.stage as usize)?
            .span
            .start
            + 1;
        text.insert_str(at, &format!("\n      \"provider\": \"{scripted}\","));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        runs::{self, RunStatus, Start},
        testing::on_each_database,
    };

    #[tokio::test]
    async fn every_example_becomes_a_pipeline_that_starts_with_its_sample() {
        on_each_database(|app| async move {
            let (ctx, _) = app.owner().await;
            let examples = list(&ctx).await.unwrap();
            assert_eq!(examples.len(), FILES.len(), "an example cannot be read");
            assert!(
                examples
                    .iter()
                    .any(|e| e.source.contains("\"provider\": \"scripted\""))
            );
            for example in examples {
                let (pipeline, version) = create_pipeline(&ctx, example.name).await.unwrap();
                assert_eq!(&*version.source, example.source);
                assert_eq!(pipeline.name, example.title);
                assert!(!example.needs_key, "{}", example.name);
                let input = example.sample_input.map(|sample| sample.to_serde());
                let run = runs::start(
                    &ctx,
                    pipeline.id,
                    Start {
                        input: input.map_or_else(Default::default, Into::into),
                        ..Start::default()
                    },
                )
                .await;
                assert_eq!(run.unwrap().status, RunStatus::Queued, "{}", example.name);
            }
            assert_eq!(
                create_pipeline(&ctx, "../secrets").await.unwrap_err().code,
                ErrorCode::NotFound
            );
            app.close().await;
        })
        .await;
    }
}
