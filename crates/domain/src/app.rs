//! The application handle: the database, the clock, the components. Cheap to clone.
//!
//! Process-wide state of a module (a cache, a counter) is a type of that module, created at its
//! first use by [`App::state`]. This module does not know those types.

use std::{
    any::{Any, TypeId},
    collections::{HashMap, HashSet},
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use components::model::Providers;
use engine::component::Registry;
use parking_lot::RwLock;
use tokio::{runtime::Handle, sync::Mutex, task::JoinSet};
use types::{Clock, ErrorCode};

use crate::{
    Database, Db, Settings,
    error::{AppError, Result},
    live::{Live, Message, Right, Topic},
    server_key,
};

/// The application. All clones share one state.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    live: Live,
    registry: Arc<Registry>,
    providers: Providers,
    settings: Settings,
    server_key: Vec<u8>,
    /// The modules' process-wide state: one value of each type.
    state: RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
    /// Remove dropped rights from the caches.
    forgetters: RwLock<Vec<Invalidator>>,
    /// The time and the result of the last readiness check's write.
    can_write: Mutex<Option<(Instant, Result<()>)>>,
    /// What is still being done after the answers of requests.
    afterwards: parking_lot::Mutex<JoinSet<()>>,
    /// The runtime that opened the application. Unlike those of the server's threads, it is still there when
    /// the server has stopped.
    runtime: Handle,
}

/// Removes one right from a cache, or all of them for `None`.
type Invalidator = Box<dyn Fn(Option<Right>) + Send + Sync>;

/// The free disk space, in bytes, without which the server is not ready.
const ROOM: usize = 256 * 1024;

/// How long the result of a readiness check's write is reused.
const WRITE_CHECK: Duration = Duration::from_secs(1);

impl App {
    /// Opens a migrated database. `registry` holds the components that this program offers,
    /// `providers` the model providers that its operator has configured.
    pub async fn open(
        settings: Settings,
        clock: Clock,
        registry: Arc<Registry>,
        providers: Providers,
    ) -> Result<Self> {
        std::fs::create_dir_all(&settings.data_dir).map_err(|e| {
            AppError::new(
                ErrorCode::Unavailable,
                format!("data folder {}: {e}", settings.data_dir.display()),
            )
        })?;
        let server_key = server_key::read(&settings)?;
        let db = match &settings.database {
            Database::Sqlite => Db::sqlite(&settings.data_dir.join("flowmason.db")).await?,
            Database::Postgres {
                url,
                max_connections,
            } => Db::postgres(url, *max_connections, settings.statement_timeout).await?,
        };
        let live = match &settings.redis {
            None => Live::in_process(),
            Some(url) => Live::over_redis(url)
                .map_err(|e| AppError::new(ErrorCode::InvalidInput, format!("redis: {e}")))?,
        };
        let app = Self(Arc::new(Inner {
            db,
            clock,
            live,
            registry,
            providers,
            settings,
            server_key,
            state: RwLock::default(),
            forgetters: RwLock::default(),
            can_write: Mutex::default(),
            afterwards: parking_lot::Mutex::default(),
            runtime: Handle::current(),
        }));
        app.forget_dropped_rights();
        Ok(app)
    }

    /// Drops cached sessions and rights as soon as any process changes them.
    fn forget_dropped_rights(&self) {
        let mut dropped = self.0.live.subscribe(Topic::Rights);
        let app = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                let message = dropped.next().await;
                let Some(app) = app.upgrade() else { return };
                app.forget(match message {
                    Message::Dropped(right) => Some(right),
                    _ => None,
                });
            }
        });
    }

    /// Calls `forgetter` with every right that is dropped from now on. `None` means that messages
    /// were lost, so any right may have been dropped.
    pub(crate) fn on_dropped_rights(
        &self,
        forgetter: impl Fn(Option<Right>) + Send + Sync + 'static,
    ) {
        self.0.forgetters.write().push(Box::new(forgetter));
    }

    /// Drops a right from the caches: in this process at once, in others when they receive the
    /// message.
    pub(crate) fn drop_right(&self, right: Right) {
        self.0.forget(Some(right));
        self.0.live.publish(Message::Dropped(right));
    }

    /// The application's only value of this type, created by `Default` at its first use.
    pub(crate) fn state<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.state_or(T::default)
    }

    /// Like [`App::state`], but created by `make`, which must not call either function itself.
    pub(crate) fn state_or<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let key = TypeId::of::<T>();
        let held = |state: &HashMap<TypeId, Arc<dyn Any + Send + Sync>>| {
            state.get(&key).cloned().and_then(|any| any.downcast().ok())
        };
        if let Some(found) = held(&self.0.state.read()) {
            return found;
        }
        let mut state = self.0.state.write();
        // Another thread may have created it in the meantime.
        if let Some(found) = held(&state) {
            return found;
        }
        let made = Arc::new(make());
        state.insert(key, made.clone());
        made
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// Checks that the database accepts writes, for a readiness check. Writes at most once a
    /// second; calls in between return the last result.
    pub async fn can_write(&self) -> Result<()> {
        let mut last = self.0.can_write.lock().await;
        if let Some((at, result)) = &*last
            && at.elapsed() < WRITE_CHECK
        {
            return result.clone();
        }
        let result = self.write_something().await;
        *last = Some((Instant::now(), result.clone()));
        result
    }

    async fn write_something(&self) -> Result<()> {
        if matches!(self.0.settings.database, Database::Sqlite) {
            // SQLite reuses the space of its write-ahead log, so a small write may still succeed on
            // a disk that is too full for the next start.
            let path = self.0.settings.data_dir.join("write-check");
            let written = tokio::task::spawn_blocking(move || {
                let written = std::fs::write(&path, [0xa5; ROOM]);
                std::fs::remove_file(&path).and(written)
            });
            match written.await.map_err(AppError::internal)? {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::StorageFull => {
                    tracing::warn!(%error, "the disk of the data folder is full");
                    return Err(AppError::storage_full());
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot write to the data folder");
                    return Err(AppError::new(
                        ErrorCode::Unavailable,
                        "The data folder cannot be written right now; the server's log says why.",
                    ));
                }
            }
        }
        Ok(self.0.db.try_write().await?)
    }

    /// The names of the applied migrations, for a readiness check.
    pub async fn migrations(&self) -> Result<HashSet<String>> {
        Ok(self.0.db.migrations().await?)
    }

    /// Does something after the answer of a request, whose time must not depend on it. It reports its own
    /// errors.
    pub(crate) fn afterwards(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut running = self.0.afterwards.lock();
        while running.try_join_next().is_some() {}
        running.spawn_on(work, &self.0.runtime);
    }

    /// Waits until everything is done that was left for after the answers so far.
    pub async fn finish_afterwards(&self) {
        let mut running = std::mem::take(&mut *self.0.afterwards.lock());
        while running.join_next().await.is_some() {}
    }

    /// Finishes what is done after answers and closes the database's connections, for a graceful shutdown.
    pub async fn close(&self) {
        self.finish_afterwards().await;
        self.0.db.close().await;
    }

    /// The only source of the current time and of new ids.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Wake-ups and live messages.
    pub fn live(&self) -> &Live {
        &self.0.live
    }

    /// The components that this program offers.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.0.registry
    }

    /// The model providers that the operator has configured.
    pub fn providers(&self) -> &Providers {
        &self.0.providers
    }

    /// The configuration.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The secret key of this server; see [`server_key`].
    pub(crate) fn server_key(&self) -> &[u8] {
        &self.0.server_key
    }
}

impl Inner {
    fn forget(&self, right: Option<Right>) {
        for forgetter in self.forgetters.read().iter() {
            forgetter(right);
        }
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("db", &self.0.db.backend())
            .finish_non_exhaustive()
    }
}
