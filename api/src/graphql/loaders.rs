//! Data loaders of one request: they read in one statement what many fields request one by one.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{
    Context,
    dataloader::{DataLoader, HashMapCache, Loader},
};
use domain::{
    Ctx, Environment,
    folders::{self, Folder},
    pipelines::{self, Pipeline, Version},
    publications::{self, Publication},
    runs::{self, Run, RunDetails, Values},
};
use futures::future::BoxFuture;
use types::{ErrorCode, FolderId, PipelineId, PipelineVersionId, RunId};

use super::{Budget, budget::too_large};
use crate::error::ApiError;

/// The loaders of one request; never shared between callers.
pub struct Loaders(DataLoader<Reader, HashMapCache>);

struct Reader(Ctx, Arc<Budget>);

impl Loaders {
    /// Creates loaders for a caller. Values that are read together must fit into the request's
    /// budget.
    pub fn new(ctx: &Ctx, budget: &Arc<Budget>) -> Self {
        let spawn = |batch| tokio::spawn(after_the_fields(batch));
        let loader = DataLoader::with_cache(
            Reader(ctx.clone(), budget.clone()),
            spawn,
            HashMapCache::default(),
        );
        Self(
            loader
                .delay(std::time::Duration::ZERO)
                .max_batch_size(1_000),
        )
    }

    /// The request's loaders.
    pub fn of<'a>(ctx: &Context<'a>) -> Result<&'a Self, ApiError> {
        ctx.data_opt().ok_or_else(ApiError::unauthenticated)
    }

    /// A pipeline.
    pub async fn pipeline(&self, id: PipelineId) -> Result<Pipeline, ApiError> {
        self.0.load_one(id).await?.ok_or_else(|| gone("pipeline"))
    }

    /// A pipeline; `None` if it was deleted in the meantime.
    pub async fn pipeline_if_there(&self, id: PipelineId) -> Result<Option<Pipeline>, ApiError> {
        self.0.load_one(id).await
    }

    /// A folder; `None` if it was deleted in the meantime.
    pub async fn folder(&self, id: FolderId) -> Result<Option<Folder>, ApiError> {
        self.0.load_one(id).await
    }

    /// The publication whose version runs in an environment; `None` if none is published to it.
    pub async fn published(
        &self,
        pipeline: PipelineId,
        environment: Environment,
    ) -> Result<Option<Publication>, ApiError> {
        self.0.load_one(PublishedTo(pipeline, environment)).await
    }

    /// Forgets what was published before a mutation, for the mutations after it in the same request.
    pub fn forget_published(&self) {
        self.0.clear::<PublishedTo>();
    }

    /// A version's number.
    pub async fn number(&self, id: PipelineVersionId) -> Result<i32, ApiError> {
        self.0
            .load_one(NumberOf(id))
            .await?
            .ok_or_else(|| gone("pipeline version"))
    }

    /// A run.
    pub async fn run(&self, id: RunId) -> Result<Run, ApiError> {
        self.0.load_one(id).await?.ok_or_else(|| gone("run"))
    }

    /// A run's input and output.
    pub async fn values(&self, id: RunId) -> Result<Values, ApiError> {
        self.0
            .load_one(ValuesOf(id))
            .await?
            .ok_or_else(|| gone("run"))
    }

    /// A stored value of one of the organization's runs, by its hash.
    pub async fn stored_value(&self, sha256: &str) -> Result<engine::Value, ApiError> {
        self.0
            .load_one(StoredAs(sha256.to_owned()))
            .await?
            .ok_or_else(|| ApiError::internal(format!("the artifact {sha256} is gone")))
    }

    /// A run's details from its journal, which is read once for all fields that need it.
    pub async fn details(&self, run: &Run) -> Result<Arc<RunDetails>, ApiError> {
        self.0
            .load_one(DetailsOf(run.clone()))
            .await?
            .ok_or_else(|| gone("run"))
    }

    /// The same loaders without a cache, for subscriptions, whose data would become outdated.
    pub fn without_cache(self) -> Self {
        self.0.enable_all_cache(false);
        self
    }

    /// A version with its file.
    pub async fn version(&self, id: PipelineVersionId) -> Result<Version, ApiError> {
        self.0
            .load_one(id)
            .await?
            .ok_or_else(|| gone("pipeline version"))
    }
}

/// Delays a batch until the fields of a long list have made their requests. Lists are polled about
/// thirty entries at a time, so a page of a hundred needs a few yields. A yield takes about a
/// microsecond; a timer would take a millisecond.
async fn after_the_fields(batch: BoxFuture<'static, ()>) {
    const TURNS: usize = 32;
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
    batch.await;
}

/// The key for what is published to an environment.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct PublishedTo(PipelineId, Environment);

/// The key for only a version's number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct NumberOf(PipelineVersionId);

/// The key for a stored value, by its hash.
#[derive(Clone, PartialEq, Eq, Hash)]
struct StoredAs(String);

/// The key for a run's details.
#[derive(Clone)]
struct DetailsOf(Run);

impl PartialEq for DetailsOf {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for DetailsOf {}

impl std::hash::Hash for DetailsOf {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.id.hash(state);
    }
}

/// The key for a run's input and output.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct ValuesOf(RunId);

fn gone(kind: &str) -> ApiError {
    ApiError::new(ErrorCode::NotFound, format!("There is no such {kind}"))
}

impl Loader<PipelineId> for Reader {
    type Value = Pipeline;
    type Error = ApiError;

    async fn load(&self, ids: &[PipelineId]) -> Result<HashMap<PipelineId, Pipeline>, ApiError> {
        let found = pipelines::get_many(&self.0, ids).await?;
        Ok(found
            .into_iter()
            .map(|pipeline| (pipeline.id, pipeline))
            .collect())
    }
}

impl Loader<FolderId> for Reader {
    type Value = Folder;
    type Error = ApiError;

    async fn load(&self, ids: &[FolderId]) -> Result<HashMap<FolderId, Folder>, ApiError> {
        let found = folders::get_many(&self.0, ids).await?;
        Ok(found
            .into_iter()
            .map(|folder| (folder.id, folder))
            .collect())
    }
}

impl Loader<PublishedTo> for Reader {
    type Value = Publication;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[PublishedTo],
    ) -> Result<HashMap<PublishedTo, Publication>, ApiError> {
        let mut ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        ids.sort_unstable();
        ids.dedup();
        let found = publications::current_of(&self.0, &ids).await?;
        Ok(found
            .into_iter()
            .map(|one| (PublishedTo(one.pipeline, one.environment), one))
            .collect())
    }
}

impl Loader<PipelineVersionId> for Reader {
    type Value = Version;
    type Error = ApiError;

    async fn load(
        &self,
        ids: &[PipelineVersionId],
    ) -> Result<HashMap<PipelineVersionId, Version>, ApiError> {
        let found = pipelines::versions_by_id(&self.0, ids, self.1.room())
            .await?
            .ok_or_else(too_large)?;
        Ok(found
            .into_iter()
            .map(|version| (version.id, version))
            .collect())
    }
}

impl Loader<NumberOf> for Reader {
    type Value = i32;
    type Error = ApiError;

    async fn load(&self, ids: &[NumberOf]) -> Result<HashMap<NumberOf, i32>, ApiError> {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        let found = pipelines::numbers(&self.0, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, number)| (NumberOf(id), number))
            .collect())
    }
}

impl Loader<RunId> for Reader {
    type Value = Run;
    type Error = ApiError;

    async fn load(&self, ids: &[RunId]) -> Result<HashMap<RunId, Run>, ApiError> {
        let found = runs::get_many(&self.0, ids).await?;
        Ok(found.into_iter().map(|run| (run.id, run)).collect())
    }
}

impl Loader<ValuesOf> for Reader {
    type Value = Values;
    type Error = ApiError;

    async fn load(&self, ids: &[ValuesOf]) -> Result<HashMap<ValuesOf, Values>, ApiError> {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        let found = runs::values(&self.0, &ids, self.1.room())
            .await?
            .ok_or_else(too_large)?;
        Ok(found
            .into_iter()
            .map(|values| (ValuesOf(values.run), values))
            .collect())
    }
}

impl Loader<StoredAs> for Reader {
    type Value = engine::Value;
    type Error = ApiError;

    async fn load(&self, names: &[StoredAs]) -> Result<HashMap<StoredAs, engine::Value>, ApiError> {
        let names: Vec<String> = names.iter().map(|name| name.0.clone()).collect();
        let found = runs::stored_values(&self.0, &names, self.1.room())
            .await?
            .ok_or_else(too_large)?;
        Ok(found
            .into_iter()
            .map(|(name, value)| (StoredAs(name), value))
            .collect())
    }
}

impl Loader<DetailsOf> for Reader {
    type Value = Arc<RunDetails>;
    type Error = ApiError;

    async fn load(
        &self,
        all: &[DetailsOf],
    ) -> Result<HashMap<DetailsOf, Arc<RunDetails>>, ApiError> {
        let mut out = HashMap::new();
        // Sequentially, because each may hold a whole journal in memory.
        for one in all {
            let details = runs::view_of(&self.0, one.0.clone()).await?;
            out.insert(one.clone(), Arc::new(details));
        }
        Ok(out)
    }
}
