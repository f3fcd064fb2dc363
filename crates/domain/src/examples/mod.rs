//! The example pipelines that are compiled into the program, from the repository's `examples/`.
//!
//! Their model stages name no provider, so that they run with the default one. On a server without
//! a default, the stages are set to the scripted provider with its predefined answers. That is
//! written into the pipeline's text, so that users see it.

use engine::Value;
use types::ErrorCode;

use crate::{
    Ctx,
    access::Permission,
    error::{AppError, Result},
    pipelines::{self, Compiled, Pipeline, Version},
};

/// The name and text of each example, ordered by name.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/examples.rs"));

/// An example.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The file's name without `.pipeline.json`; identifies the example.
    pub name: &'static str,
    /// The pipeline's name.
    pub title: String,
    /// The pipeline's description.
    pub description: String,
    /// Whether it needs a model provider that is not configured on this server.
    pub needs_key: bool,
    /// The text of a pipeline that is created from it.
    pub source: String,
    /// An input to try it with.
    pub sample_input: Option<Value>,
}

/// All examples.
pub async fn list(ctx: &Ctx) -> Result<Vec<Example>> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    Ok(FILES
        .iter()
        .filter_map(|(name, source)| read(ctx, name, source))
        .collect())
}

/// Creates a pipeline from an example.
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

/// The example's text for this server. If there is no default provider, each model stage that names
/// none is set to the scripted one. `None` if the text is not a valid pipeline.
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
    // From the end, so that earlier offsets stay valid.
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
