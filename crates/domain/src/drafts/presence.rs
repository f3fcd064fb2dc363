//! Who has a draft open, and where they are in it.
//!
//! Clients say so every few seconds, and it is forgotten soon after. Nothing of it is in the database: each
//! process remembers what it was told, by its own clients and over live messages.
//!
//! Whoever says so may read the pipeline at that moment. When rights change, those who may be concerned are
//! hidden until their rights were read again ([`check_again`]).

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use types::{ErrorCode, OrgId, PipelineId};
use uuid::Uuid;

use super::{Author, repo};
use crate::{
    App, Ctx,
    access::Permission,
    ctx::ActorKind,
    error::Result,
    live::{DraftPresence, Message, Right},
    organizations,
    pipelines::PipelineError,
    text,
};

/// How long somebody counts as present without saying so again.
pub const PRESENT: TimeDelta = TimeDelta::seconds(15);

/// The largest number of people and programs that are shown in one draft.
const MAX_PRESENT: usize = 100;

/// Somebody who has a draft open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// Who it is.
    pub author: Author,
    /// The selected stage.
    pub stage: Option<String>,
    /// The selected field of the stage, or of the pipeline.
    pub field: Option<String>,
}

/// Says that the caller has the draft of a pipeline open, and what is selected there. Whoever may read the
/// pipeline may say and see it.
pub async fn present(
    ctx: &Ctx,
    pipeline: PipelineId,
    (stage, field): (Option<&str>, Option<&str>),
) -> Result<()> {
    ctx.authorize_on(Permission::PipelineRead, pipeline).await?;
    let author = Author::of(ctx)?;
    let stage = selected("stage", stage)?;
    let field = selected("field", field)?;
    let known = repo::head(ctx, pipeline).await?;
    known.ok_or(PipelineError::NotFound)?;
    let now = ctx.clock().now();
    let told = DraftPresence {
        org: ctx.org,
        pipeline,
        at: now,
        actor: author.id,
        kind: author.kind,
        name: author.name,
        stage,
        field,
    };
    if let Some(told) = presences(&ctx.app).note(told, now) {
        ctx.app.live().publish(Message::DraftPresence(told));
    }
    Ok(())
}

/// Reads the rights of those again who are present in a draft and whose rights may have changed, before
/// anybody is told that they are there. If that fails, they stay hidden until the next call.
pub async fn check_again(ctx: &Ctx, pipeline: PipelineId) {
    let presences = presences(&ctx.app);
    let doubtful = presences.doubtful(pipeline);
    if doubtful.is_empty() {
        return;
    }
    let found: Vec<Option<bool>> = match readers(ctx, pipeline, &doubtful).await {
        Ok(found) => found.into_iter().map(Some).collect(),
        Err(error) => {
            tracing::warn!(%error, "the rights of those who have a draft open cannot be read");
            vec![None; doubtful.len()]
        }
    };
    for ((_, actor), may_read) in doubtful.into_iter().zip(found) {
        presences.settle(pipeline, actor, may_read);
    }
}

/// Which of these actors may read the pipeline.
async fn readers(
    ctx: &Ctx,
    pipeline: PipelineId,
    actors: &[(ActorKind, Uuid)],
) -> Result<Vec<bool>> {
    let read = Permission::PipelineRead;
    let tx = ctx.begin().await?;
    let mut found = Vec::with_capacity(actors.len());
    for actor in actors {
        let rights = organizations::rights_now(&tx, ctx.clock(), ctx.org, *actor).await;
        found.push(match rights {
            Ok(None) => false,
            Ok(Some(rights)) if rights.at(pipeline, None, None).has(read) => true,
            Ok(Some(rights)) if rights.by_folders().has(read) => {
                let folder = repo::folder_in(&tx, ctx, pipeline).await?;
                rights.at(pipeline, folder, None).has(read)
            }
            Ok(Some(_)) => false,
            // A role that the program does not know gives nothing.
            Err(error) if error.code == ErrorCode::Forbidden => false,
            Err(error) => return Err(error),
        });
    }
    tx.rollback().await?;
    Ok(found)
}

fn selected(field: &str, text: Option<&str>) -> Result<Option<String>> {
    let text = text
        .map(|text| text::line_or_empty(field, text, 500))
        .transpose()?;
    Ok(text.filter(|text| !text.is_empty()))
}

/// How often somebody's selection is taken in, and how often the same one is.
const OFTEN: TimeDelta = TimeDelta::milliseconds(200);
const OFTEN_SAME: TimeDelta = TimeDelta::seconds(2);

/// How often those who are gone are forgotten.
const FORGET: TimeDelta = TimeDelta::seconds(1);

/// Who is present in the drafts that this process knows of.
#[derive(Default)]
pub struct Presences(Arc<Mutex<Known>>);

/// The process's only [`Presences`]. [`App::drop_right`] makes it doubt those whose rights may have changed.
pub fn presences(app: &App) -> Arc<Presences> {
    app.state_or(|| {
        let presences = Presences::default();
        let known = Arc::downgrade(&presences.0);
        app.on_dropped_rights(move |right| {
            if let Some(known) = known.upgrade() {
                known.lock().doubt(right);
            }
        });
        presences
    })
}

#[derive(Default)]
struct Known {
    drafts: HashMap<PipelineId, HashMap<Uuid, Seen>>,
    forgotten_at: Option<DateTime<Utc>>,
}

struct Seen {
    org: OrgId,
    present: Present,
    /// When it was said, by the clock of the process that was told.
    told_at: DateTime<Utc>,
    /// When this process learned it.
    at: DateTime<Utc>,
    standing: Standing,
}

/// What is known of the right of somebody to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// May read the pipeline.
    Reader,
    /// Rights have changed since, perhaps theirs.
    Doubtful,
    /// Their rights are being read again.
    Checking,
    /// May not read the pipeline any more.
    Gone,
}

impl Seen {
    fn is_here(&self, now: DateTime<Utc>) -> bool {
        now - self.at < PRESENT
    }

    /// Whether a changed right may be theirs. `None`: any right may have changed.
    fn may_have(&self, right: Option<Right>) -> bool {
        let author = &self.present.author;
        match right {
            None => true,
            Some(Right::Organization(org)) => self.org.0 == org,
            Some(Right::ApiKey(key)) => author.id == key,
            // For whom a program acts, and with which token, is not known here.
            Some(Right::User(user)) => author.id == user || author.kind != ActorKind::User.as_str(),
            Some(Right::Application(_)) => author.kind == ActorKind::Application.as_str(),
            Some(Right::Session(_)) => false,
        }
    }
}

impl Known {
    /// Forgets those who have been silent, now and then.
    fn forget(&mut self, now: DateTime<Utc>) {
        if self.forgotten_at.is_some_and(|at| now - at < FORGET) {
            return;
        }
        self.forgotten_at = Some(now);
        self.drafts.retain(|_, here| {
            here.retain(|_, seen| seen.is_here(now));
            !here.is_empty()
        });
    }

    /// Hides those whose right may have changed.
    fn doubt(&mut self, right: Option<Right>) {
        let all = self.drafts.values_mut().flat_map(HashMap::values_mut);
        for seen in all.filter(|seen| seen.may_have(right)) {
            seen.standing = Standing::Doubtful;
        }
    }

    /// Remembers what was told. `false`: too many are there already.
    fn put(&mut self, told: DraftPresence, now: DateTime<Utc>) -> bool {
        let here = self.drafts.entry(told.pipeline).or_default();
        let standing = match here.get(&told.actor).map(|seen| seen.standing) {
            None if here.len() >= MAX_PRESENT => return false,
            None | Some(Standing::Reader) => Standing::Reader,
            // Whoever took it in may not have heard yet that the rights have changed.
            Some(_) => Standing::Doubtful,
        };
        let seen = Seen {
            org: told.org,
            present: Present {
                author: Author {
                    kind: told.kind,
                    id: told.actor,
                    name: told.name,
                },
                stage: told.stage,
                field: told.field,
            },
            told_at: told.at,
            at: now,
            standing,
        };
        here.insert(told.actor, seen);
        true
    }

    fn get(&self, told: &DraftPresence) -> Option<&Seen> {
        self.drafts.get(&told.pipeline)?.get(&told.actor)
    }
}

impl Presences {
    /// Remembers that somebody is present, who says so to this process, and returns what to tell others.
    /// `None`: nothing is new since a moment ago, or too many are there.
    pub fn note(&self, mut told: DraftPresence, now: DateTime<Utc>) -> Option<DraftPresence> {
        let mut known = self.0.lock();
        known.forget(now);
        if let Some(seen) = known.get(&told) {
            let same = seen.present.stage == told.stage && seen.present.field == told.field;
            let often = if same { OFTEN_SAME } else { OFTEN };
            if now - seen.at < often {
                return None;
            }
            // It is newer than all that was heard, whatever the clocks of other processes say.
            told.at = told.at.max(seen.told_at + TimeDelta::microseconds(1));
        }
        known.put(told.clone(), now).then_some(told)
    }

    /// Remembers what another process was told, unless something newer is known.
    pub fn hear(&self, told: DraftPresence, now: DateTime<Utc>) {
        let mut known = self.0.lock();
        known.forget(now);
        if known.get(&told).is_none_or(|seen| seen.told_at < told.at) {
            known.put(told, now);
        }
    }

    /// Those who are present in a draft, by name.
    pub fn of(&self, pipeline: PipelineId, now: DateTime<Utc>) -> Vec<Present> {
        let known = self.0.lock();
        let here = known.drafts.get(&pipeline);
        let here = here.into_iter().flat_map(HashMap::values);
        let mut found: Vec<Present> = here
            .filter(|seen| seen.is_here(now) && seen.standing == Standing::Reader)
            .map(|seen| seen.present.clone())
            .collect();
        found.sort_by(|a, b| (&a.author.name, a.author.id).cmp(&(&b.author.name, b.author.id)));
        found
    }

    /// Those in a draft whose rights have to be read again, by one caller at a time.
    fn doubtful(&self, pipeline: PipelineId) -> Vec<(ActorKind, Uuid)> {
        let mut known = self.0.lock();
        let here = known.drafts.get_mut(&pipeline);
        let here = here.into_iter().flat_map(HashMap::values_mut);
        here.filter(|seen| seen.standing == Standing::Doubtful)
            .map(|seen| {
                seen.standing = Standing::Checking;
                let author = &seen.present.author;
                let kind = ActorKind::parse(&author.kind).unwrap_or(ActorKind::System);
                (kind, author.id)
            })
            .collect()
    }

    /// Takes the result of reading somebody's rights. `None`: they could not be read. If rights have
    /// changed meanwhile, they are read once more.
    fn settle(&self, pipeline: PipelineId, actor: Uuid, may_read: Option<bool>) {
        let mut known = self.0.lock();
        let here = known.drafts.get_mut(&pipeline);
        let Some(seen) = here.and_then(|here| here.get_mut(&actor)) else {
            return;
        };
        if seen.standing == Standing::Checking {
            seen.standing = match may_read {
                Some(true) => Standing::Reader,
                Some(false) => Standing::Gone,
                None => Standing::Doubtful,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use types::Clock;

    use super::*;

    fn told(pipeline: PipelineId, actor: Uuid, stage: &str) -> DraftPresence {
        DraftPresence {
            org: OrgId(Uuid::from_u128(1)),
            pipeline,
            at: DateTime::<Utc>::UNIX_EPOCH,
            actor,
            kind: "user".to_owned(),
            name: "Ada".to_owned(),
            stage: Some(stage.to_owned()),
            field: None,
        }
    }

    #[test]
    fn somebody_is_where_they_said_last_and_gone_after_fifteen_seconds() {
        let clock = Clock::system();
        let (pipeline, other) = (PipelineId::new(&clock), PipelineId::new(&clock));
        let (ada, now) = (clock.new_uuid(), clock.now());
        let presences = Presences::default();
        let note = |stage, at| presences.note(told(pipeline, ada, stage), at).is_some();
        assert!(note("fetch", now - OFTEN));
        assert!(!note("fetch", now));
        assert!(note("load", now));
        assert!(!note("fetch", now), "too soon");
        let here = presences.of(pipeline, now);
        assert_eq!(here.len(), 1);
        assert_eq!(here[0].stage.as_deref(), Some("load"));
        assert_eq!(presences.of(other, now), []);
        let later = now + PRESENT - TimeDelta::seconds(1);
        assert_eq!(presences.of(pipeline, later).len(), 1);
        assert_eq!(presences.of(pipeline, now + PRESENT), []);
    }

    #[test]
    fn of_what_other_processes_were_told_the_newest_counts_in_whatever_order_it_arrives() {
        let clock = Clock::system();
        let (pipeline, ada) = (PipelineId::new(&clock), clock.new_uuid());
        let now = clock.now();
        let presences = Presences::default();
        let hear = |stage, seconds| {
            let told = DraftPresence {
                at: now + TimeDelta::seconds(seconds),
                ..told(pipeline, ada, stage)
            };
            presences.hear(told, now);
            presences.of(pipeline, now)[0].stage.clone().unwrap()
        };
        assert_eq!(hear("fetch", 0), "fetch");
        assert_eq!(hear("load", 2), "load");
        assert_eq!(hear("fetch", 1), "load");
        // What is said here is newer, even if the clock of the other process is ahead.
        let later = now + OFTEN;
        let published = presences.note(told(pipeline, ada, "store"), later).unwrap();
        assert!(published.at > now + TimeDelta::seconds(2));
        let here = presences.of(pipeline, later);
        assert_eq!(here[0].stage.as_deref(), Some("store"));
    }

    #[test]
    fn whose_right_may_have_changed_is_hidden_until_it_was_read_again() {
        let clock = Clock::system();
        let (pipeline, now) = (PipelineId::new(&clock), clock.now());
        let (ada, bo) = (clock.new_uuid(), clock.new_uuid());
        let presences = Presences::default();
        let note = |actor, at| presences.note(told(pipeline, actor, "a"), at).is_some();
        assert!(note(ada, now) && note(bo, now));
        let shown = |at| -> Vec<Uuid> {
            let here = presences.of(pipeline, at);
            here.iter().map(|one| one.author.id).collect()
        };
        presences.0.lock().doubt(Some(Right::User(bo)));
        assert_eq!(shown(now), [ada]);
        assert_eq!(presences.doubtful(pipeline), [(ActorKind::User, bo)]);
        assert!(presences.doubtful(pipeline).is_empty(), "it is read once");
        presences.settle(pipeline, bo, Some(false));
        assert_eq!(shown(now), [ada]);
        // What was said before the change was known does not bring them back.
        let later = now + OFTEN_SAME;
        assert!(note(bo, later));
        assert_eq!(shown(later), [ada]);
        assert_eq!(presences.doubtful(pipeline), [(ActorKind::User, bo)]);
        // A change during the check makes another one necessary.
        presences
            .0
            .lock()
            .doubt(Some(Right::Organization(Uuid::from_u128(1))));
        presences.settle(pipeline, bo, Some(true));
        assert!(shown(later).is_empty());
        assert_eq!(presences.doubtful(pipeline).len(), 2);
        presences.settle(pipeline, ada, Some(true));
        presences.settle(pipeline, bo, None);
        assert_eq!(shown(later), [ada]);
        assert_eq!(presences.doubtful(pipeline), [(ActorKind::User, bo)]);
        presences
            .0
            .lock()
            .doubt(Some(Right::Organization(Uuid::nil())));
        assert_eq!(shown(later), [ada]);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let clock = Clock::system();
        let (pipeline, now) = (PipelineId::new(&clock), clock.now());
        let presences = Presences::default();
        for _ in 0..MAX_PRESENT + 20 {
            presences.note(told(pipeline, clock.new_uuid(), "a"), now);
        }
        assert_eq!(presences.of(pipeline, now).len(), MAX_PRESENT);
        let other = PipelineId::new(&clock);
        presences.note(told(other, clock.new_uuid(), "a"), now + PRESENT);
        assert_eq!(presences.0.lock().drafts.len(), 1);
    }
}
