//! The example pipelines that the program carries: `examples/` of the repository.

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
    /// The file, byte for byte.
    pub source: &'static str,
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
            format!("there is no such example; there are: {}", names.join(", ")),
        ));
    };
    pipelines::create(ctx, source, None).await
}

fn read(ctx: &Ctx, name: &'static str, source: &'static str) -> Option<Example> {
    let registry = ctx.app.registry();
    let compiled = Compiled::new(source, registry).ok()?;
    let pipeline = compiled.pipeline;
    Some(Example {
        name,
        needs_key: ctx.app.providers().ready_for(&pipeline, registry).is_err(),
        title: pipeline.name,
        description: pipeline.description,
        source,
        sample_input: pipeline.sample_input,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        runs::{self, RunStatus, Start},
        testing::on_each_engine,
    };

    #[tokio::test]
    async fn every_example_becomes_a_pipeline_that_starts_with_its_sample() {
        on_each_engine(|app| async move {
            let (ctx, _) = app.owner().await;
            let examples = list(&ctx).await.unwrap();
            assert_eq!(examples.len(), FILES.len(), "an example cannot be read");
            for example in examples {
                let (pipeline, version) = create_pipeline(&ctx, example.name).await.unwrap();
                assert_eq!(
                    (&*version.source, &pipeline.name),
                    (example.source, &example.title)
                );
                let input = example.sample_input.map(|sample| sample.to_serde());
                let run = runs::start(
                    &ctx,
                    pipeline.id,
                    Start {
                        input,
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
