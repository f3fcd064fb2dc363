//! Who has a draft open, and where they are in it.
//!
//! Clients say so every few seconds, and it is forgotten soon after. Nothing of it is in the database: each
//! process remembers what it was told, by its own clients and over live messages.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use types::PipelineId;
use uuid::Uuid;

use super::{Author, repo};
use crate::{
    Ctx,
    access::Permission,
    error::Result,
    live::{DraftPresence, Message},
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
    ctx.authorize(Permission::PipelineRead).await?;
    let author = Author::of(ctx)?;
    let stage = selected("stage", stage)?;
    let field = selected("field", field)?;
    let known = repo::head(ctx, pipeline).await?;
    known.ok_or(PipelineError::NotFound)?;
    let told = DraftPresence {
        pipeline,
        actor: author.id,
        kind: author.kind,
        name: author.name,
        stage,
        field,
    };
    let presences = ctx.app.state::<Presences>();
    if presences.note(told.clone(), ctx.clock().now()) {
        ctx.app.live().publish(Message::DraftPresence(told));
    }
    Ok(())
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
pub struct Presences(Mutex<Known>);

#[derive(Default)]
struct Known {
    drafts: HashMap<PipelineId, HashMap<Uuid, Seen>>,
    forgotten_at: Option<DateTime<Utc>>,
}

struct Seen {
    present: Present,
    at: DateTime<Utc>,
}

impl Seen {
    fn is_here(&self, now: DateTime<Utc>) -> bool {
        now - self.at < PRESENT
    }
}

impl Presences {
    /// Remembers that somebody is present. `false`: nothing is new since a moment ago, so that it need not
    /// be told to others.
    pub fn note(&self, told: DraftPresence, now: DateTime<Utc>) -> bool {
        let mut known = self.0.lock();
        if known.forgotten_at.is_none_or(|at| now - at >= FORGET) {
            known.forgotten_at = Some(now);
            known.drafts.retain(|_, here| {
                here.retain(|_, seen| seen.is_here(now));
                !here.is_empty()
            });
        }
        let here = known.drafts.entry(told.pipeline).or_default();
        if let Some(seen) = here.get(&told.actor) {
            let same = seen.present.stage == told.stage && seen.present.field == told.field;
            let often = if same { OFTEN_SAME } else { OFTEN };
            if now - seen.at < often {
                return false;
            }
        } else if here.len() >= MAX_PRESENT {
            return false;
        }
        let seen = Seen {
            present: Present {
                author: Author {
                    kind: told.kind,
                    id: told.actor,
                    name: told.name,
                },
                stage: told.stage,
                field: told.field,
            },
            at: now,
        };
        here.insert(told.actor, seen);
        true
    }

    /// Those who are present in a draft, by name.
    pub fn of(&self, pipeline: PipelineId, now: DateTime<Utc>) -> Vec<Present> {
        let known = self.0.lock();
        let here = known.drafts.get(&pipeline);
        let here = here.into_iter().flat_map(HashMap::values);
        let mut found: Vec<Present> = here
            .filter(|seen| seen.is_here(now))
            .map(|seen| seen.present.clone())
            .collect();
        found.sort_by(|a, b| (&a.author.name, a.author.id).cmp(&(&b.author.name, b.author.id)));
        found
    }
}

#[cfg(test)]
mod tests {
    use types::Clock;

    use super::*;

    fn told(pipeline: PipelineId, actor: Uuid, stage: &str) -> DraftPresence {
        DraftPresence {
            pipeline,
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
        assert!(presences.note(told(pipeline, ada, "fetch"), now - OFTEN));
        assert!(!presences.note(told(pipeline, ada, "fetch"), now));
        assert!(presences.note(told(pipeline, ada, "load"), now));
        assert!(
            !presences.note(told(pipeline, ada, "fetch"), now),
            "too soon"
        );
        let here = presences.of(pipeline, now);
        assert_eq!(here.len(), 1);
        assert_eq!(here[0].stage.as_deref(), Some("load"));
        assert_eq!(presences.of(other, now), []);
        let later = now + PRESENT - TimeDelta::seconds(1);
        assert_eq!(presences.of(pipeline, later).len(), 1);
        assert_eq!(presences.of(pipeline, now + PRESENT), []);
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
