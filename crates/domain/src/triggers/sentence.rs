//! A trigger in words, before anybody stores it.

use engine::trigger::{
    Zone,
    sentence::{self, Language, Understood},
};
use types::PipelineId;

use crate::{
    Ctx,
    error::{AppError, Result},
    pipelines,
};

/// What a sentence means as a trigger of a pipeline. `zone` counts if the sentence names no time zone.
/// Nothing is stored or started, whatever the sentence says.
pub async fn from_words(
    ctx: &Ctx,
    pipeline: PipelineId,
    sentence: &str,
    zone: Option<&str>,
    language: Option<Language>,
) -> Result<Understood> {
    // Also says whether the caller may read it.
    pipelines::get(ctx, pipeline).await?;
    let named = |name: &str| {
        Zone::named(name).ok_or_else(|| {
            AppError::invalid("timeZone", "must be an IANA name such as Europe/Berlin")
        })
    };
    let zone = zone.map(named).transpose()?;
    Ok(sentence::read(sentence, zone.as_ref(), language))
}
