//! A cache of compiled versions, limited by bytes. Versions never change, so entries are never
//! stale.

use std::{fmt, sync::Arc};

use engine::component::Registry;
use moka::sync::Cache;
use types::PipelineVersionId;

use super::{Compiled, PipelineError};

/// The capacity of the cache, in bytes.
const CAPACITY: u64 = 64 * 1024 * 1024;

/// The weight of an entry, in bytes: a constant, plus a part for each stage and each byte of text.
/// The estimates are high, because an entry must not use more memory than its weight.
const VERSION: usize = 4 * 1024;
const STAGE: usize = 4 * 1024;
const BYTE: usize = 8;

/// The cache, by version.
pub struct PlanCache(Cache<PipelineVersionId, Kept>);

#[derive(Clone)]
struct Kept {
    compiled: Arc<Compiled>,
    weight: u32,
}

impl Default for PlanCache {
    fn default() -> Self {
        Self::of(CAPACITY)
    }
}

impl fmt::Debug for PlanCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlanCache").finish_non_exhaustive()
    }
}

impl PlanCache {
    fn of(bytes: u64) -> Self {
        let cache = Cache::builder()
            .max_capacity(bytes)
            .weigher(|_, kept: &Kept| kept.weight)
            .build();
        Self(cache)
    }

    /// The compiled version, if it is cached.
    pub fn get(&self, version: PipelineVersionId) -> Option<Arc<Compiled>> {
        self.0.get(&version).map(|kept| kept.compiled)
    }

    /// Compiles a version's text and caches the result. A cached version is not compiled again.
    pub fn insert(
        &self,
        version: PipelineVersionId,
        source: &str,
        registry: &Registry,
    ) -> Result<Arc<Compiled>, PipelineError> {
        if let Some(kept) = self.get(version) {
            return Ok(kept);
        }
        let compiled = Arc::new(Compiled::new(source, registry).map_err(PipelineError::Faulty)?);
        let text = source.len().saturating_mul(BYTE);
        let stages = compiled.pipeline.stages.len().saturating_mul(STAGE);
        let weight = text.saturating_add(stages).saturating_add(VERSION);
        let kept = Kept {
            compiled: compiled.clone(),
            weight: u32::try_from(weight).unwrap_or(u32::MAX),
        };
        self.0.insert(version, kept);
        Ok(compiled)
    }
}

#[cfg(test)]
mod tests {
    use types::Clock;

    use super::*;

    #[test]
    fn kept_versions_are_bounded_by_bytes_and_one_that_is_too_large_is_not_kept() {
        let registry = components::registry();
        let clock = Clock::system();
        let file = |note: usize| {
            format!(
                r#"{{"name":"t","description":"{}","stages":[{{"id":"a","component":"variable_set",
                   "config":{{"name":"x","value":1}}}}]}}"#,
                "n".repeat(note)
            )
        };
        let cache = PlanCache::of(1024 * 1024);
        for _ in 0..100 {
            cache
                .insert(PipelineVersionId::new(&clock), &file(2_000), &registry)
                .unwrap();
        }
        cache.0.run_pending_tasks();
        assert!(cache.0.weighted_size() <= 1024 * 1024);
        assert!(
            (10..100).contains(&cache.0.entry_count()),
            "{}",
            cache.0.entry_count()
        );
        let large = PipelineVersionId::new(&clock);
        cache.insert(large, &file(200_000), &registry).unwrap();
        cache.0.run_pending_tasks();
        assert!(cache.get(large).is_none());
    }
}
