//! What the checks find in texts that are no versions, such as those of drafts.
//!
//! The result is kept for a while: everybody who has a draft open asks for the problems of the same text
//! after each change. It is found by the text itself, so it is never that of another text.

use std::{sync::Arc, time::Duration};

use engine::{
    check::{Diagnostic, check},
    component::Registry,
    model::Pipeline,
};
use moka::{policy::EvictionPolicy, sync::Cache};
use types::OrgId;

use super::{MAX_SOURCE, PipelineError, compile::in_turn};
use crate::{Ctx, access::Permission, error::Result};

/// How much is kept, in bytes, and for how long.
const CAPACITY: u64 = 16 * 1024 * 1024;
const KEPT: Duration = Duration::from_secs(60);

/// The weight of an entry, in bytes, besides its text: a constant, and a part for each problem.
const ENTRY: usize = 1024;
const PROBLEM: usize = 2 * 1024;

/// A text of an organization.
type Key = (OrgId, Arc<str>);

/// The problems of texts.
struct Found(Cache<Key, Arc<[Diagnostic]>>);

impl Default for Found {
    fn default() -> Self {
        let weight = |(_, source): &Key, problems: &Arc<[Diagnostic]>| {
            let problems = problems.len().saturating_mul(PROBLEM);
            let all = source.len().saturating_add(problems).saturating_add(ENTRY);
            u32::try_from(all).unwrap_or(u32::MAX)
        };
        let cache = Cache::builder()
            .max_capacity(CAPACITY)
            .time_to_live(KEPT)
            .eviction_policy(EvictionPolicy::lru())
            .weigher(weight)
            .build();
        Self(cache)
    }
}

impl Found {
    /// The problems of a text. Whoever asks while it is checked waits for the result.
    fn of(&self, key: Key, registry: &Registry) -> Arc<[Diagnostic]> {
        let source = key.1.clone();
        self.0
            .get_with(key, || match Pipeline::parse(source, registry) {
                Ok(pipeline) => check(&pipeline, registry).into(),
                Err(problems) => problems.into(),
            })
    }
}

/// What the checks find in a text: all problems that compiling it would report.
pub async fn problems(ctx: &Ctx, source: &Arc<str>) -> Result<Arc<[Diagnostic]>> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    if source.len() > MAX_SOURCE {
        return Err(PipelineError::TooLarge(source.len()).into());
    }
    let found = ctx.app.state::<Found>();
    let key = (ctx.org, source.clone());
    if let Some(known) = found.0.get(&key) {
        return Ok(known);
    }
    let app = ctx.app.clone();
    in_turn(&ctx.app, ctx.org, move || Ok(found.of(key, app.registry()))).await
}

#[cfg(test)]
mod tests {
    use types::Clock;

    use super::*;

    #[test]
    fn a_text_is_checked_once_for_each_organization() {
        let (registry, clock) = (components::registry(), Clock::system());
        let (one, other) = (OrgId::new(&clock), OrgId::new(&clock));
        let found = Found::default();
        let text = || Arc::<str>::from(r#"{"name": "t", "stages": [{"id": "a", "type": "none"}]}"#);
        let first = found.of((one, text()), &registry);
        assert!(first.iter().any(Diagnostic::is_error));
        assert!(Arc::ptr_eq(&first, &found.of((one, text()), &registry)));
        let others = found.of((other, text()), &registry);
        assert!(!Arc::ptr_eq(&first, &others));
        assert_eq!(first.len(), others.len());
    }

    #[test]
    fn kept_texts_are_bounded_by_bytes() {
        let (registry, clock) = (components::registry(), Clock::system());
        let (org, found) = (OrgId::new(&clock), Found::default());
        for number in 0..40 {
            let text = format!(
                r#"{{"name": "{number}", "description": "{}"}}"#,
                "n".repeat(900_000)
            );
            found.of((org, text.into()), &registry);
        }
        found.0.run_pending_tasks();
        assert!(found.0.weighted_size() <= CAPACITY);
        assert!(found.0.entry_count() > 5, "{}", found.0.entry_count());
    }
}
