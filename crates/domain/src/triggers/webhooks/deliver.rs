//! One delivery, from the request to the answer.

use std::{net::IpAddr, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use engine::{
    Map, Value,
    limits::Gate,
    trigger::{Answer, BodyKind, Event, Overlap, Proof, Trigger as Definition, Webhook},
};
use serde_json::{Map as Object, Value as Json};
use sha2::{Digest, Sha256};
use tokio::time::{Instant, sleep};
use types::{ErrorCode, OrgId, RunId, TriggerFiringId};
use url::form_urlencoded;
use uuid::Uuid;

use super::{
    Headers,
    rates::{Rates, too_many},
    repo::{self, Row},
    signature,
};
use crate::{
    App, SystemCtx,
    error::{AppError, Result},
    identity::secret,
    runs::{self, RunStatus},
    sealed, text,
    trigger_definitions::entity as definition,
    triggers::{FiringState, entity, repo as firings, work},
};

/// How long a firing belongs to the process that received it. After that, a scheduler starts its run.
pub(super) const CLAIM: TimeDelta = TimeDelta::seconds(60);

/// The largest number of deliveries of a webhook whose runs have not been started.
const MAX_PENDING: i64 = 1_000;

/// The largest number of deliveries that wait for an earlier run (`queue`).
const MAX_QUEUED: i64 = 20;

/// How long the same delivery waits for the first one's run.
const PATIENCE: Duration = Duration::from_secs(5);

/// The largest number of senders that wait for the results of their runs, in this process.
const WAITERS: usize = 200;

/// The largest result that a sender gets, in bytes of JSON.
const MAX_RESULT: usize = 1024 * 1024;

/// What the trigger says after a delivery without a right proof.
const UNPROVED: &str = "A delivery was refused: its signature or secret was missing or wrong, or its time too \
    far from the server's; compare the secret here with the sender's";

/// The purpose for which secrets are sealed.
pub(super) const PURPOSE: &str = "webhook";

/// The senders that wait.
struct Waiters(Gate);

impl Default for Waiters {
    fn default() -> Self {
        Self(Gate::leaving_room(WAITERS))
    }
}

/// What was sent besides the body.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The headers.
    pub headers: Headers,
    /// The query string, without its question mark.
    pub query: String,
    /// The sender's address.
    pub address: Option<IpAddr>,
}

/// The webhook at an address.
pub struct Hook {
    system: SystemCtx,
    org: OrgId,
    row: definition::Model,
    read: Definition,
    webhook: Webhook,
}

/// What became of a delivery.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The delivery, which is a firing.
    pub delivery: TriggerFiringId,
    /// What became of it so far.
    pub state: FiringState,
    /// The run that it started.
    pub run: Option<RunId>,
    /// Why it started nothing: a code, if it was refused, and a message.
    pub reason: Option<(Option<String>, String)>,
    /// The result of the run, if the webhook answers with it and it has ended in time.
    pub result: Option<RunResult>,
}

/// The result of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunResult {
    /// How it ended.
    pub status: RunStatus,
    /// Its output, if it succeeded and the output is not too long.
    pub output: Option<Value>,
    /// Why it failed: a code and a message.
    pub error: Option<(String, String)>,
}

fn unknown() -> AppError {
    AppError::new(ErrorCode::NotFound, "There is no such address")
}

/// The webhook with this token in its address.
///
/// # Errors
/// `NOT_FOUND`, the same one for every text that is not a token which counts now; `RATE_LIMITED`; and
/// `FORBIDDEN` if the trigger is disabled or the sender's network is not allowed.
pub async fn open(app: &App, token: &str, address: Option<IpAddr>) -> Result<Hook> {
    let system = SystemCtx::new(app);
    let now = app.clock().now();
    // Every text is looked up, also one that cannot be a token, so that all take the same time.
    let key = repo::by_hash(app, &secret::hash(token)).await?;
    let key = key.filter(|key| key.expires_at.is_none_or(|at| at > now));
    let key = key.ok_or_else(unknown)?;
    let org = OrgId(key.org_id);
    let row = firings::find_of(&system, org, key.trigger_id).await?;
    let row = row.ok_or_else(unknown)?;
    let read = Definition::parse(&row.definition).map_err(|_| {
        let message = "This version of the server cannot read the trigger; nothing was started";
        AppError::new(ErrorCode::Unavailable, message)
    })?;
    let webhook = read.webhook().cloned().ok_or_else(unknown)?;
    app.state::<Rates>().count(row.id, webhook.rate)?;
    if !row.enabled || read.schedule.paused {
        let message = "This trigger is disabled; nothing was started";
        return Err(AppError::new(ErrorCode::Forbidden, message));
    }
    if !webhook.admits(address) {
        let message = "Deliveries are not accepted from your network";
        return Err(AppError::new(ErrorCode::Forbidden, message));
    }
    Ok(Hook {
        system,
        org,
        row,
        read,
        webhook,
    })
}

impl Hook {
    /// The organization.
    pub fn org(&self) -> OrgId {
        self.org
    }

    /// The largest body, in bytes.
    pub fn max_bytes(&self) -> usize {
        usize::try_from(self.webhook.max_bytes).unwrap_or(usize::MAX)
    }

    /// The kind of a body with this `Content-Type`, if it is accepted.
    pub fn accepts(&self, media_type: Option<&str>) -> Option<BodyKind> {
        let kind = media_type.and_then(BodyKind::of_media_type)?;
        self.webhook.accepts.contains(&kind).then_some(kind)
    }

    /// Checks that the sender knows the secret. The body is as it arrived.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, the same one for everything that is wrong.
    pub async fn prove(&self, headers: &Headers, body: &[u8]) -> Result<()> {
        if !self.webhook.proof.needs_secret() {
            return Ok(());
        }
        let app = &self.system.app;
        let now = app.clock().now();
        let mut secrets = Vec::new();
        for key in repo::keys(app, self.org, self.row.id).await? {
            let current = key.expires_at.is_none_or(|at| at > now);
            if let Some(sealed) = key.sealed.filter(|_| current) {
                secrets.push(sealed::open(app, PURPOSE, key.id.as_bytes(), &sealed)?);
            }
        }
        let what = (body, now.timestamp());
        if signature::is_proved(&self.webhook, &secrets, headers, what)? {
            return Ok(());
        }
        let code = ErrorCode::Unauthenticated;
        // Said once, until a delivery is accepted.
        if self.row.problem_code.as_deref() != Some(code.as_str()) {
            let tx = self.system.begin_in(&[self.org]).await?;
            repo::set_problem(&tx, (self.org, self.row.id), code.as_str(), UNPROVED).await?;
            tx.commit().await?;
        }
        Err(AppError::new(
            code,
            "The signature or secret is missing or wrong, or its time is too far from the server's",
        ))
    }

    /// Starts the run of a delivery that was proved, or finds the one that the same delivery started before.
    pub async fn deliver(&self, request: &Request, body: &[u8], kind: BodyKind) -> Result<Reply> {
        let app = &self.system.app;
        let own = self.webhook.proof.header();
        let query = query_of(&request.query);
        text::json_no_nul("query", &Json::Object(query.clone()))?;
        let whole = event(kind, &raw(&request.headers), &query, body)?;
        // Before anything is written, so that a sender learns that its body does not fit.
        let input = self.input(&whole)?;
        text::json_no_nul("body", &input.to_serde())?;
        let id = self.webhook.delivery_id.as_ref();
        let id = id.and_then(|source| source.find(&whole));
        let id = id.filter(|value| **value != Value::Null);
        let id = id.map(|value| value.to_text()).filter(|id| !id.is_empty());
        let now = app.clock().now();
        let pending = FiringState::Pending;
        let mut firing = firings::firing(&self.system, &self.row, (now, now), pending);
        firing.next_try_at = Some(now + CLAIM);
        let delivery = Row {
            id: firing.id,
            org_id: firing.org_id,
            trigger_id: firing.trigger_id,
            received_at: now,
            delivery_id: id.as_deref().map(shown),
            body_kind: kind.as_str().to_owned(),
            address: request.address.map(|address| address.to_string()),
            headers: Json::Object(request.headers.redacted(own)).to_string(),
            query: Json::Object(query).to_string(),
            body: body.to_vec(),
            bytes: i64::try_from(body.len()).unwrap_or(i64::MAX),
            repeats: 0,
            redelivery_of: None,
        };
        let mut keys = Vec::new();
        if let Some(id) = &id {
            keys.push(key_of("id", id.as_bytes()));
        }
        if self.webhook.same_body {
            keys.push(key_of("body", body));
        }
        let written = self.write(&mut firing, &delivery, &keys, now).await?;
        if let Some(first) = written {
            return self.again(TriggerFiringId(first)).await;
        }
        work::fire(&self.system, &firing, now).await?;
        self.reply(TriggerFiringId(firing.id)).await
    }

    /// Writes a delivery and its firing, or returns the firing of the same delivery before.
    async fn write(
        &self,
        firing: &mut entity::Model,
        delivery: &Row,
        keys: &[[u8; 32]],
        now: DateTime<Utc>,
    ) -> Result<Option<Uuid>> {
        let until = now + TimeDelta::seconds(i64::from(self.webhook.remembered));
        let tx = self.system.begin_in(&[self.org]).await?;
        for key in keys {
            if !repo::remember(&tx, firing, key, until).await? {
                let first = repo::remembered(&tx, firing, key).await?;
                let first = first.ok_or_else(|| {
                    let message = "The same delivery is being handled; try again in a moment";
                    AppError::new(ErrorCode::Unavailable, message)
                })?;
                drop(tx);
                let tx = self.system.begin_in(&[self.org]).await?;
                repo::repeated(&tx, self.org, first).await?;
                tx.commit().await?;
                return Ok(Some(first));
            }
        }
        let most = match self.read.schedule.overlap {
            Overlap::Queue => MAX_QUEUED,
            _ => MAX_PENDING,
        };
        if firings::waiting(&tx, &self.row).await? >= most {
            let wait = Duration::from_secs(10);
            return Err(too_many("Too many deliveries wait for their runs", wait));
        }
        write_pair(&tx, firing, delivery).await?;
        tx.commit().await?;
        Ok(None)
    }

    /// The answer to a delivery that was made before: that of the first one.
    async fn again(&self, first: TriggerFiringId) -> Result<Reply> {
        let end = Instant::now() + PATIENCE;
        let app = &self.system.app;
        while let Some(row) = repo::firing(app, self.org, first).await?
            && row.state == FiringState::Pending.as_str()
            && self.read.schedule.overlap != Overlap::Queue
            && Instant::now() < end
        {
            sleep(Duration::from_millis(100)).await;
        }
        self.reply(first).await
    }

    async fn reply(&self, id: TriggerFiringId) -> Result<Reply> {
        let firing = repo::firing(&self.system.app, self.org, id).await?;
        // The trigger may have been deleted in between.
        let firing = firing.ok_or_else(unknown)?;
        let run = firing.run_id.map(RunId);
        let result = match (run, self.webhook.answer) {
            (Some(run), Answer::Result { seconds }) => self.result(&firing, run, seconds).await?,
            _ => None,
        };
        Ok(Reply {
            delivery: id,
            state: FiringState::stored(&firing.state)?,
            run,
            reason: firing.reason.map(|reason| (firing.code, reason)),
            result,
        })
    }

    /// The result of a run, if it ends in time. It is read with the rights of whoever enabled the trigger.
    async fn result(
        &self,
        firing: &entity::Model,
        run: RunId,
        seconds: u32,
    ) -> Result<Option<RunResult>> {
        let waiters = self.system.app.state::<Waiters>();
        let Some(_place) = waiters.0.try_acquire(self.org.0.as_u128()) else {
            return Ok(None);
        };
        let ctx = work::context(&self.system, &self.row, firing).await?;
        let end = Instant::now() + Duration::from_secs(u64::from(seconds));
        let mut pause = Duration::from_millis(50);
        let ended = loop {
            let found = runs::get(&ctx, run).await?;
            if found.status.is_finished() {
                break found;
            }
            let now = Instant::now();
            if now >= end {
                return Ok(None);
            }
            sleep(pause.min(end - now)).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        };
        let values = runs::values(&ctx, &[run], MAX_RESULT).await?;
        let output = values.and_then(|mut all| all.pop()?.output);
        let output = output.filter(|output| output.size <= MAX_RESULT as u64);
        Ok(Some(RunResult {
            status: ended.status,
            output: output.map(|output| output.value()).transpose()?.flatten(),
            error: ended.error.map(|error| (error.code, error.message)),
        }))
    }

    fn input(&self, event: &Event) -> Result<Value> {
        input(&self.webhook, &self.read.input, event)
    }

    /// What Slack sends to see whether the address is ours, which is sent back to it.
    pub fn challenge(&self, body: &[u8], kind: BodyKind) -> Option<String> {
        if self.webhook.proof != Proof::Slack || kind != BodyKind::Json {
            return None;
        }
        let body: Json = serde_json::from_slice(body).ok()?;
        if body.get("type")?.as_str()? != "url_verification" {
            return None;
        }
        let text = body.get("challenge")?.as_str()?;
        Some(text.chars().take(500).collect())
    }
}

/// Writes a delivery with its firing, whose instant is moved until it is the only one of its trigger.
pub(super) async fn write_pair(
    tx: &crate::Tx,
    firing: &mut entity::Model,
    delivery: &Row,
) -> Result<()> {
    let mut tries = 0;
    while !repo::insert_firing(tx, firing).await? {
        tries += 1;
        if tries > 1_000 {
            let message = "Too many deliveries at one moment; try again";
            return Err(AppError::new(ErrorCode::Unavailable, message));
        }
        firing.due_at += TimeDelta::microseconds(tries);
    }
    repo::insert(tx, delivery).await?;
    Ok(repo::trim(tx, firing).await?)
}

/// The input of the run of a firing, made from what was delivered.
pub async fn input_of(
    system: &SystemCtx,
    (org, firing): (OrgId, Uuid),
    webhook: &Webhook,
    defaults: &Map,
) -> Result<Value> {
    let row = repo::find(&system.app, org, firing).await?;
    let row = row.ok_or_else(|| {
        let message = "What was delivered is not kept any more";
        AppError::new(ErrorCode::NotFound, message)
    })?;
    let mut kinds = BodyKind::ALL.into_iter();
    let kind = kinds.find(|kind| kind.as_str() == row.body_kind);
    let kind = kind.ok_or_else(|| AppError::internal(format!("body {}", row.body_kind)))?;
    let map = |text: &str| match serde_json::from_str(text) {
        Ok(Json::Object(map)) => Ok(map),
        _ => Err(AppError::internal("what is kept of a delivery")),
    };
    let event = event(kind, &map(&row.headers)?, &map(&row.query)?, &row.body)?;
    input(webhook, defaults, &event)
}

fn input(webhook: &Webhook, defaults: &Map, event: &Event) -> Result<Value> {
    webhook.input(defaults, event).ok_or_else(|| {
        let problem = "is no object, and the trigger has no `input_mapping`";
        AppError::invalid("body", problem)
    })
}

/// The headers as they were sent, in which the id of the delivery may be.
fn raw(headers: &Headers) -> Object<String, Json> {
    let mut all = Object::new();
    for (name, value) in &headers.0 {
        all.entry(name.clone())
            .or_insert_with(|| value.as_str().into());
    }
    all
}

fn query_of(text: &str) -> Object<String, Json> {
    fields(text.as_bytes())
}

/// The fields of a form. The first of several with one name counts.
fn fields(text: &[u8]) -> Object<String, Json> {
    let mut all = Object::new();
    for (name, value) in form_urlencoded::parse(text).take(1_000) {
        all.entry(name.into_owned())
            .or_insert_with(|| value.into_owned().into());
    }
    all
}

fn event(
    kind: BodyKind,
    headers: &Object<String, Json>,
    query: &Object<String, Json>,
    body: &[u8],
) -> Result<Event> {
    let texts = |all: &Object<String, Json>| -> Map {
        let all = all.iter();
        all.map(|(name, value)| {
            let value = value.as_str().unwrap_or_default();
            (name.as_str().into(), value.into())
        })
        .collect()
    };
    let body = match kind {
        BodyKind::Json => Value::parse_json_bytes(body)
            .map_err(|error| AppError::new(error.code, format!("body: {error}")))?,
        BodyKind::Form => texts(&fields(body)).into(),
        BodyKind::Text => match std::str::from_utf8(body) {
            Ok(text) => text.into(),
            Err(_) => return Err(AppError::invalid("body", "is not UTF-8")),
        },
    };
    Ok(Event {
        body,
        headers: texts(headers),
        query: texts(query),
    })
}

/// The stored form of what tells that a delivery is the same.
fn key_of(what: &str, bytes: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(what.as_bytes());
    hash.update([0u8]);
    hash.update(bytes);
    hash.finalize().into()
}

/// The id of a delivery, as it is shown.
fn shown(id: &str) -> String {
    let clean = id.chars().filter(|c| !c.is_control());
    clean.take(200).collect()
}
