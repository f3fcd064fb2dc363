//! The address and the secret of a webhook.
//!
//! Of the token in an address only the hash is stored, and a secret is sealed. Either can be replaced, with
//! a time in which the old one still counts, so that the sender can be changed meanwhile.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use engine::trigger::{Proof, Trigger as Definition};
use rand::RngCore;
use types::TriggerId;
use uuid::Uuid;

use super::{
    PATH,
    deliver::PURPOSE,
    repo::{self, ADDRESS, Key, SECRET},
    signature::{STANDARD_PREFIX, standard_key},
};
use crate::{
    App, Ctx,
    access::Permission,
    error::{AppError, Result},
    identity::secret,
    sealed, text,
    trigger_definitions::note,
    triggers::{Trigger, TriggerError, definition, manage, shows},
};

/// The longest time in which an old address or secret still counts.
pub const MAX_OVERLAP: TimeDelta = TimeDelta::days(7);

/// The shortest secret, in characters.
const MIN_SECRET: usize = 16;
/// The longest secret, in characters.
const MAX_SECRET: usize = 500;

/// Which address and secret a webhook has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// When its address was made; `None`: it has none.
    pub address_since: Option<DateTime<Utc>>,
    /// Until when the address before it counts.
    pub old_address_until: Option<DateTime<Utc>>,
    /// When its secret was set; `None`: it has none.
    pub secret_since: Option<DateTime<Utc>>,
    /// Until when the secret before it counts.
    pub old_secret_until: Option<DateTime<Utc>>,
}

/// Which address and secret a trigger has.
pub async fn keys(ctx: &Ctx, id: TriggerId) -> Result<Keys> {
    match shows(ctx, Permission::PipelineRead, id).await? {
        true => of(ctx, id.0).await,
        false => Ok(Keys::default()),
    }
}

async fn of(ctx: &Ctx, id: Uuid) -> Result<Keys> {
    let now = ctx.clock().now();
    let mut found = Keys::default();
    for key in repo::keys(&ctx.app, ctx.org, id).await? {
        let (since, until) = match key.kind == ADDRESS {
            true => (&mut found.address_since, &mut found.old_address_until),
            false => (&mut found.secret_since, &mut found.old_secret_until),
        };
        match key.expires_at {
            None => *since = Some(key.created_at),
            Some(at) if at > now => *until = Some(at),
            Some(_) => {}
        }
    }
    Ok(found)
}

/// Checks that a webhook has what it needs to be enabled.
pub async fn ready(ctx: &Ctx, id: TriggerId, read: &Definition) -> Result<()> {
    let Some(webhook) = read.webhook() else {
        return Ok(());
    };
    let keys = of(ctx, id.0).await?;
    if keys.address_since.is_none() {
        return Err(TriggerError::NoAddress.into());
    }
    if webhook.proof.needs_secret() && keys.secret_since.is_none() {
        return Err(TriggerError::NoSecret.into());
    }
    Ok(())
}

/// Makes a new address. The one before counts for the time of `overlap`. Returns the whole URL, which cannot
/// be read again.
pub async fn rotate_address(
    ctx: &Ctx,
    id: TriggerId,
    overlap: TimeDelta,
) -> Result<(Trigger, String)> {
    let token = secret::new(secret::WEBHOOK);
    let hash = secret::hash(&token).to_vec();
    let make = |_: &App, _: &Definition, key: &mut Key| -> Result<()> {
        key.token_hash = Some(hash);
        Ok(())
    };
    let trigger = replace(ctx, (id, overlap), ADDRESS, make).await?;
    let url = format!("{}{PATH}{token}", ctx.app.settings().base_url);
    Ok((trigger, url))
}

/// Sets the secret: a given one, or a new one, which is returned and cannot be read again. The one before
/// counts for the time of `overlap`.
pub async fn set_secret(
    ctx: &Ctx,
    id: TriggerId,
    given: Option<&str>,
    overlap: TimeDelta,
) -> Result<(Trigger, Option<String>)> {
    let made = match given {
        Some(_) => None,
        None => Some(new_secret()),
    };
    let make = |app: &App, read: &Definition, key: &mut Key| -> Result<()> {
        let plain = match given {
            Some(given) => checked(given)?,
            None => made.clone().unwrap_or_default(),
        };
        let proof = read.webhook().map(|webhook| &webhook.proof);
        if proof == Some(&Proof::Standard) && standard_key(plain.as_bytes()).is_none() {
            let problem = "must be in base64, after `whsec_`, as standard webhooks need it";
            return Err(AppError::invalid("secret", problem));
        }
        let object = key.id;
        key.sealed = Some(sealed::seal(
            app,
            PURPOSE,
            object.as_bytes(),
            plain.as_bytes(),
        )?);
        Ok(())
    };
    let trigger = replace(ctx, (id, overlap), SECRET, make).await?;
    Ok((trigger, made))
}

/// A secret in the form of standard webhooks, which all other schemes can use, too.
fn new_secret() -> String {
    let mut bytes = [0u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    format!("{STANDARD_PREFIX}{}", STANDARD.encode(bytes))
}

fn checked(given: &str) -> Result<String> {
    text::no_nul("secret", given)?;
    let count = given.chars().count();
    if given.trim() != given || !(MIN_SECRET..=MAX_SECRET).contains(&count) {
        let problem = format!(
            "has from {MIN_SECRET} to {MAX_SECRET} characters, without blanks at the ends; leave it out \
             and a new one is made"
        );
        return Err(AppError::invalid("secret", problem));
    }
    Ok(given.to_owned())
}

async fn replace(
    ctx: &Ctx,
    (id, overlap): (TriggerId, TimeDelta),
    kind: &str,
    make: impl FnOnce(&App, &Definition, &mut Key) -> Result<()>,
) -> Result<Trigger> {
    let trigger = manage::authorized(ctx, id, true).await?;
    if !(TimeDelta::zero()..=MAX_OVERLAP).contains(&overlap) {
        let problem = format!("is from 0 to {} seconds", MAX_OVERLAP.num_seconds());
        return Err(AppError::invalid("overlapSeconds", problem));
    }
    let read = trigger.definition.as_ref();
    let read = read.filter(|read| read.webhook().is_some());
    let read = read.ok_or(TriggerError::NotAWebhook)?;
    let now = ctx.clock().now();
    let mut key = Key {
        // Ids are in the order in which they are made.
        id: TriggerId::new(ctx.clock()).0,
        org_id: ctx.org.0,
        trigger_id: id.0,
        kind: kind.to_owned(),
        token_hash: None,
        sealed: None,
        created_at: now,
        expires_at: None,
    };
    make(&ctx.app, read, &mut key)?;
    let tx = ctx.begin().await?;
    let row: definition::Model = manage::locked(&tx, ctx, id).await?;
    repo::replace_key(&tx, &key, now + overlap).await?;
    repo::insert_key(&tx, &key).await?;
    let action = match kind {
        ADDRESS => "trigger.rotate_address",
        _ => "trigger.set_secret",
    };
    note(&tx, ctx, action, &row).await?;
    tx.commit().await?;
    Trigger::of(row)
}
