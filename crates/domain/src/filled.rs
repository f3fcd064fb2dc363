//! Templates of a draft's stages, filled in with the values of a run.
//!
//! It reads drafts and runs, and neither of them reads it, so that the two need not know each other.

use engine::filled::{Filled, StageText, StageTexts};
use types::{ErrorCode, PipelineId, RunId};

use crate::{
    Ctx,
    access::Permission,
    drafts::{self, Draft},
    error::{AppError, Result},
    paging::Page,
    pipelines,
    runs::{self, Run, RunError, RunStatus},
};

/// The most texts that are filled in at once.
pub const MAX_TEXTS: usize = 50;

/// The most bytes that they have together.
const MAX_BYTES: usize = 200_000;

/// The longest journal that is read, in events.
const MAX_EVENTS: i64 = 50_000;

/// How many of the newest runs are looked at for one that ran all stages.
const NEWEST: i32 = 10;

/// Texts of a stage with what they come to.
#[derive(Debug)]
pub struct FilledTexts {
    /// The run whose values they have. `None` if there is no run that has succeeded, or the caller may
    /// not read runs.
    pub run: Option<Run>,
    /// One for each text. Empty if the text of the draft cannot be read.
    pub values: Vec<Filled>,
}

/// Fills in texts of a stage of a draft with the values of a run of the same pipeline. Without one, it
/// is the last run that succeeded; whoever may not read runs only learns what is wrong with the texts.
pub async fn of_draft(
    ctx: &Ctx,
    draft: &Draft,
    stage: String,
    texts: Vec<StageText>,
    run: Option<RunId>,
) -> Result<FilledTexts> {
    ctx.authorize_on(Permission::PipelineRead, draft.pipeline)
        .await?;
    check(&texts)?;
    let run = match run {
        Some(id) => Some(of_pipeline(ctx, id, draft.pipeline).await?),
        None => match ctx.can_read(Permission::RunRead, draft.pipeline).await? {
            true => last(ctx, draft.pipeline).await?,
            false => None,
        },
    };
    let Some(compiled) = drafts::compiled(ctx, draft).await? else {
        let values = Vec::new();
        return Ok(FilledTexts { run, values });
    };
    let texts = pipelines::in_turn(&ctx.app, ctx.org, move || {
        let (pipeline, structure) = (&compiled.pipeline, &compiled.structure);
        Ok(StageTexts::compile(pipeline, structure, &stage, texts))
    })
    .await?;
    let recorded = match &run {
        Some(run) if texts.need_a_run() => {
            if run.last_seq > MAX_EVENTS {
                return Err(AppError::new(
                    ErrorCode::LimitExceeded,
                    format!(
                        "The run has more than {MAX_EVENTS} events, so its values cannot be filled \
                         in. Choose a shorter run"
                    ),
                ));
            }
            let details = runs::view_of(ctx, run.clone()).await?;
            let recorded = details.recorded(ctx, texts.stage(), texts.asked()).await?;
            Some(recorded)
        }
        _ => None,
    };
    let values = pipelines::in_turn(&ctx.app, ctx.org, move || Ok(texts.fill(recorded.as_ref())));
    let values = values.await?;
    Ok(FilledTexts { run, values })
}

fn check(texts: &[StageText]) -> Result<()> {
    if texts.len() > MAX_TEXTS {
        let message = format!("has {} texts; at most {MAX_TEXTS} are allowed", texts.len());
        return Err(AppError::invalid("texts", message));
    }
    let bytes: usize = texts.iter().map(|text| text.text.len()).sum();
    if bytes > MAX_BYTES {
        let message = format!("has {bytes} bytes; at most {MAX_BYTES} are allowed");
        return Err(AppError::invalid("texts", message));
    }
    Ok(())
}

/// A run, if it is one of the pipeline.
async fn of_pipeline(ctx: &Ctx, id: RunId, pipeline: PipelineId) -> Result<Run> {
    let run = runs::get(ctx, id).await?;
    match run.pipeline == pipeline {
        true => Ok(run),
        false => Err(RunError::NotFound.into()),
    }
}

/// The last run that succeeded, preferably one of all stages.
pub(crate) async fn last(ctx: &Ctx, pipeline: PipelineId) -> Result<Option<Run>> {
    let filter = runs::Filter {
        status: vec![RunStatus::Succeeded],
        ..runs::Filter::of(pipeline)
    };
    let page = Page {
        first: Some(NEWEST),
        after: None,
    };
    let found = runs::list(ctx, &page, &filter).await?.edges;
    for (_, run) in &found {
        if runs::has_all_stages(ctx, run).await? {
            return Ok(Some(run.clone()));
        }
    }
    Ok(found.into_iter().next().map(|(_, run)| run))
}

#[cfg(test)]
mod tests {
    use engine::run::Selection;
    use serde_json::json;

    use super::*;
    use crate::{drafts::RunDraft, testing::on_each_database};

    #[tokio::test]
    async fn the_last_run_of_all_stages_is_preferred_to_one_up_to_a_stage() {
        on_each_database(|app| async move {
            let (ada, _) = app.owner().await;
            let stage = |id: &str| {
                json!({ "id": id, "component_type": "variable_set",
                    "config": { "name": id, "value": "v" } })
            };
            let file = json!({ "name": "P", "description": "A test's.",
                "stages": [stage("one"), stage("two")] });
            let (made, _) = pipelines::create(&ada, &file.to_string(), None)
                .await
                .unwrap();
            drafts::open(&ada, made.id).await.unwrap();
            let run = async |selection: Selection| {
                let how = RunDraft {
                    selection,
                    ..RunDraft::default()
                };
                drafts::run(&ada, made.id, how).await.unwrap().id
            };
            let whole = run(Selection::All).await;
            let part = run(Selection::UpTo("one".to_owned())).await;
            assert_eq!(last(&ada, made.id).await.unwrap(), None);
            for (ended, expected) in [(part, part), (whole, whole)] {
                let tx = ada.begin().await.unwrap();
                let sql = "UPDATE runs SET status = 'succeeded' WHERE org_id = $1 AND id = $2";
                let values = [ada.org.0.into(), ended.0.into()];
                tx.execute(sql, values).await.unwrap();
                tx.commit().await.unwrap();
                let found = last(&ada, made.id).await.unwrap();
                assert_eq!(found.map(|run| run.id), Some(expected));
            }
            app.close().await;
        })
        .await;
    }
}
