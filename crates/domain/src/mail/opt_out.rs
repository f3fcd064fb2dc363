//! Letters that somebody did not cause themselves can be unsubscribed, with one click (RFC 8058).
//!
//! The link names the organization and the person, and is signed with the server's key. Whoever has it can
//! turn these letters off and on, and nothing else, so it works in any browser, more than once, and does
//! not expire. Who is signed in also does it in their settings. It writes to the audit log only when it changes
//! something, and the link turns letters on a few times a day only: otherwise whoever has one could fill the log
//! of the organization.

use std::collections::{HashMap, HashSet};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use hmac::{Hmac, Mac};
use parking_lot::Mutex;
use sha2::Sha256;
use types::{ErrorCode, OrgId, UserId};
use uuid::Uuid;

use super::repo;
use crate::{
    App, Ctx, Tx,
    access::Permission,
    audit::{self, Entry},
    ctx::Actor,
    error::{AppError, Result},
};

/// Where the link leads. The page and the request of a mail program have the same path.
const PATH: &str = "/mail/unsubscribe/";

/// The bytes of an id.
const ID: usize = 16;

/// How often one link turns letters on in a day. It always turns them off.
const PER_DAY: u32 = 10;

/// The refusal of one time more.
const TOO_OFTEN: &str = "These letters were turned on ten times in a day, which is the limit; try again \
    tomorrow";

/// The number of counters above which old ones are removed.
const KEPT: usize = 10_000;

/// Since when letters were counted as turned on, and how often.
type Counter = (DateTime<Utc>, u32);

/// How often letters were turned on lately in this process, by organization and person.
#[derive(Default)]
struct TurnedOn(Mutex<HashMap<(OrgId, Uuid), Counter>>);

impl TurnedOn {
    /// Counts one more. `false`: it is too many.
    fn count(&self, whose: (OrgId, Uuid), now: DateTime<Utc>) -> bool {
        let mut all = self.0.lock();
        let is_old = |since: DateTime<Utc>| now - since >= Duration::days(1);
        if all.len() > KEPT {
            all.retain(|_, (since, _)| !is_old(*since));
        }
        let counter = all.entry(whose).or_insert((now, 0));
        if is_old(counter.0) {
            *counter = (now, 0);
        }
        counter.1 = counter.1.saturating_add(1);
        counter.1 <= PER_DAY
    }
}

/// A person's link to unsubscribe from the letters of the context's organization.
pub(crate) fn link(ctx: &Ctx, person: Uuid) -> Result<String> {
    let ids = [*ctx.org.0.as_bytes(), *person.as_bytes()].concat();
    let tag = signature(&ctx.app, &ids)?.finalize().into_bytes();
    let token = URL_SAFE_NO_PAD.encode([ids.as_slice(), &tag[..]].concat());
    Ok(super::link(&ctx.app, &format!("{PATH}{token}")))
}

/// The members of the context's organization who have unsubscribed.
pub(crate) async fn unsubscribed(tx: &Tx, ctx: &Ctx) -> Result<HashSet<Uuid>> {
    Ok(repo::opted_out(tx, ctx.org).await?)
}

/// Turns the letters off (`wanted` is false) or on for the person that a link names. Does nothing if they
/// are off or on already, or if the person is no longer a member.
///
/// # Errors
/// `NOT_FOUND` if the link is none of this server; `RATE_LIMITED` if it has turned letters on too often.
pub async fn set_wanted(app: &App, token: &str, wanted: bool, request_id: &str) -> Result<()> {
    let (org, person) = read(app, token)?.ok_or_else(|| AppError::not_found("link"))?;
    let clock = app.clock();
    let tx = app.db().begin(&[org]).await?;
    // The link outlives the membership.
    let applies = wanted || repo::is_member(&tx, org, person).await?;
    if applies && write(&tx, (org, person), wanted, clock.now()).await? {
        let turned_on = app.state::<TurnedOn>();
        if wanted && !turned_on.count((org, person), clock.now()) {
            return Err(AppError::new(ErrorCode::RateLimited, TOO_OFTEN));
        }
        let entry = entry(person, wanted);
        let actor = Actor::system("Link in a mail");
        audit::write_raw(&tx, clock, org, &actor, request_id, entry).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Whether the calling person gets these letters of the context's organization.
pub async fn wants_request_letters(ctx: &Ctx) -> Result<bool> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    Ok(!repo::has_opted_out(ctx, caller(ctx)?).await?)
}

/// Turns these letters of the context's organization off or on for the calling person. Does nothing if
/// they are off or on already.
pub async fn set_request_letters(ctx: &Ctx, wanted: bool) -> Result<()> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let person = caller(ctx)?;
    let tx = ctx.begin().await?;
    if write(&tx, (ctx.org, person), wanted, ctx.clock().now()).await? {
        audit::write(&tx, ctx, entry(person, wanted)).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn caller(ctx: &Ctx) -> Result<Uuid> {
    ctx.actor.id.ok_or_else(|| AppError::not_found("user"))
}

/// Whether this changed something.
async fn write(tx: &Tx, of: (OrgId, Uuid), wanted: bool, now: DateTime<Utc>) -> Result<bool> {
    Ok(match wanted {
        false => repo::opt_out(tx, of, now).await?,
        true => repo::opt_in(tx, of.0, of.1).await?,
    })
}

/// The audit entry of a change.
fn entry(person: Uuid, wanted: bool) -> Entry<'static> {
    let action = if wanted {
        "mail.subscribe"
    } else {
        "mail.unsubscribe"
    };
    Entry::new(action, "user", UserId(person))
}

/// The organization and the person that a link names; `None` if its signature is wrong.
fn read(app: &App, token: &str) -> Result<Option<(OrgId, Uuid)>> {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else {
        return Ok(None);
    };
    let Some((ids, tag)) = bytes.split_at_checked(2 * ID) else {
        return Ok(None);
    };
    if signature(app, ids)?.verify_slice(tag).is_err() {
        return Ok(None);
    }
    let (org, person) = ids.split_at(ID);
    let ids = Uuid::from_slice(org)
        .ok()
        .zip(Uuid::from_slice(person).ok());
    Ok(ids.map(|(org, person)| (OrgId(org), person)))
}

fn signature(app: &App, ids: &[u8]) -> Result<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(app.server_key()).map_err(AppError::internal)?;
    mac.update(b"flowmason unsubscribe ");
    mac.update(ids);
    Ok(mac)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Role, testing::on_each_database};

    async fn are_unsubscribed(ctx: &Ctx) -> Vec<Uuid> {
        let tx = ctx.begin().await.unwrap();
        let found = unsubscribed(&tx, ctx).await.unwrap();
        tx.rollback().await.unwrap();
        found.into_iter().collect()
    }

    #[tokio::test]
    async fn a_member_turns_letters_off_and_on_in_the_settings_and_each_change_is_in_the_log() {
        on_each_database(|app| async move {
            let (owner, _) = app.owner().await;
            let (bo, _) = app.member(&owner, Role::Viewer, "bo@example.test").await;
            assert!(wants_request_letters(&bo).await.unwrap());
            for wanted in [false, false, true, true, false] {
                set_request_letters(&bo, wanted).await.unwrap();
                assert_eq!(wants_request_letters(&bo).await.unwrap(), wanted);
            }
            assert!(wants_request_letters(&owner).await.unwrap());
            assert_eq!(are_unsubscribed(&owner).await, [bo.actor.id.unwrap()]);
            let log = audit::list(&owner, 1_000).await.unwrap();
            let own = log.iter().filter(|row| row.actor_id == bo.actor.id);
            let actions = own.map(|row| row.action.as_str());
            let actions: Vec<_> = actions.filter(|one| one.starts_with("mail.")).collect();
            assert_eq!(
                actions,
                ["mail.unsubscribe", "mail.subscribe", "mail.unsubscribe"]
            );
            app.close().await;
        })
        .await;
    }

    #[tokio::test]
    async fn s30_one_link_writes_a_bounded_number_of_audit_rows_and_always_turns_letters_off() {
        on_each_database(|app| async move {
            let (owner, _) = app.owner().await;
            let (bo, _) = app.member(&owner, Role::Admin, "bo@example.test").await;
            let person = bo.actor.id.unwrap();
            let link = link(&owner, person).unwrap();
            let (_, token) = link.rsplit_once(PATH).unwrap();
            let set = async |wanted| set_wanted(&app.app, token, wanted, "test").await;
            let mut refused = 0;
            for _ in 0..30 {
                set(false).await.unwrap();
                if let Err(error) = set(true).await {
                    assert_eq!(error.code, ErrorCode::RateLimited);
                    refused += 1;
                }
            }
            assert_eq!(refused, 20);
            assert_eq!(are_unsubscribed(&owner).await, [person]);
            let log = audit::list(&owner, 1_000).await.unwrap();
            let rows = log.iter().filter(|row| row.action.starts_with("mail."));
            assert_eq!(rows.count(), 21);
            app.app.clock().advance(Duration::days(1));
            set(true).await.unwrap();
            assert!(are_unsubscribed(&owner).await.is_empty());
            app.close().await;
        })
        .await;
    }

    #[tokio::test]
    async fn a_link_turns_letters_off_and_on_for_one_member_and_a_changed_one_does_nothing() {
        on_each_database(|app| async move {
            let (owner, _) = app.owner().await;
            let (bo, _) = app.member(&owner, Role::Admin, "bo@example.test").await;
            let person = bo.actor.id.unwrap();
            let link = link(&owner, person).unwrap();
            let (_, token) = link.rsplit_once(PATH).unwrap();
            let set = async |token: &str, wanted| set_wanted(&app.app, token, wanted, "test").await;

            set(token, false).await.unwrap();
            set(token, false).await.unwrap();
            assert_eq!(are_unsubscribed(&owner).await, [person]);
            set(token, true).await.unwrap();
            assert!(are_unsubscribed(&owner).await.is_empty());
            let log = audit::list(&owner, 1_000).await.unwrap();
            let actions = log.iter().map(|row| row.action.as_str());
            let actions: Vec<_> = actions.filter(|one| one.starts_with("mail.")).collect();
            assert_eq!(actions, ["mail.subscribe", "mail.unsubscribe"]);

            let mut changed = URL_SAFE_NO_PAD.decode(token).unwrap();
            for at in 0..changed.len() {
                changed[at] ^= 1;
                let wrong = URL_SAFE_NO_PAD.encode(&changed);
                let refused = set(&wrong, false).await.unwrap_err();
                assert_eq!(refused.code, ErrorCode::NotFound, "{at}");
                changed[at] ^= 1;
            }
            for wrong in ["", "x", "ä", &token[..20]] {
                let refused = set(wrong, false).await.unwrap_err();
                assert_eq!(refused.code, ErrorCode::NotFound, "{wrong}");
            }
            assert!(are_unsubscribed(&owner).await.is_empty());
            app.close().await;
        })
        .await;
    }
}
