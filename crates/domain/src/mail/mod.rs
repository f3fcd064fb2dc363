//! Email: the outbox. A use case writes a mail in the transaction of its change ([`post`]), and a
//! job sends it (`send`), so a change that is rolled back sends nothing.
//!
//! Letters and the SMTP client are in the crate `mailer`. A letter may contain a link whose token
//! is otherwise stored only as a hash, so it is sealed with the server's key until it is sent, and
//! erased then. Mails of no organization belong to [`OrgId::SERVER`]; nobody can list those.

pub mod entity;
mod error;
mod folder;
pub mod job;
mod opt_out;
mod recipient;
mod repo;
mod send;
mod status;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use types::{MailId, OrgId};
use uuid::Uuid;

pub use error::MailError;
pub use mailer::{Content, Language, Letter};
pub(crate) use opt_out::{link as unsubscribe_link, unsubscribed};
pub use opt_out::{set_request_letters, set_wanted, wants_request_letters};
#[cfg(test)]
pub(crate) use recipient::lost_right;
pub use status::MailStatus;

use crate::{
    App, Ctx, SystemCtx, Tx,
    access::Permission,
    audit::{self, Entry},
    error::{AppError, Result},
    paging::{Listed, Page},
    queue, sealed,
};

/// What the contents of mails are sealed for.
const PURPOSE: &str = "mail";

/// How long the row of a mail is kept after it was sent or failed.
const RETENTION: Duration = Duration::days(30);

/// A mail as shown to people, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailDetails {
    /// The mail's id.
    pub id: MailId,
    /// The kind of letter, such as `invitation`.
    pub kind: String,
    /// The recipient's address.
    pub recipient: String,
    /// The status.
    pub status: MailStatus,
    /// Attempts so far, since a person last sent it again.
    pub attempts: i32,
    /// Why the latest attempt failed.
    pub error: Option<String>,
    /// Whether it can be sent again.
    pub can_resend: bool,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was sent, or finally failed.
    pub finished_at: Option<DateTime<Utc>>,
}

impl MailDetails {
    fn of(row: entity::Model, now: DateTime<Utc>) -> Result<Self> {
        let status = MailStatus::parse(&row.status).ok_or_else(|| {
            AppError::internal(format!("mail {}: unknown status `{}`", row.id, row.status))
        })?;
        Ok(Self {
            id: MailId(row.id),
            kind: row.kind,
            recipient: row.recipient,
            status,
            attempts: row.attempts,
            error: row.error_message,
            can_resend: status.is_dead() && row.content.is_some() && row.expires_at > now,
            created_at: row.created_at,
            finished_at: row.finished_at,
        })
    }
}

/// A letter to one person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outgoing<'a> {
    /// The recipient's address.
    pub to: &'a str,
    /// The letter.
    pub letter: &'a Letter,
    /// The language to write it in.
    pub language: Language,
    /// The object that the mail is about; see [`withdraw`].
    pub about: Uuid,
    /// When its link stops working.
    pub expires_at: DateTime<Utc>,
}

/// Whether this server sends mail. If not, people copy links, and the dashboard says so.
pub fn is_on(app: &App) -> bool {
    app.settings().mail.is_some()
}

/// A link to a page of the dashboard, for a mail. It begins with the configured URL.
pub(crate) fn link(app: &App, path: &str) -> String {
    format!("{}{path}", app.settings().base_url)
}

/// Checks that mail can be sent to an address. `field`: the name in the error.
pub(crate) fn check_address(field: &str, address: &str) -> Result<()> {
    mailer::check_address(address).map_err(|problem| AppError::invalid(field, problem))
}

/// Writes a mail to the outbox, in the transaction of the change, which must include the context's
/// organization.
pub(crate) async fn post(tx: &Tx, ctx: &Ctx, mail: Outgoing<'_>) -> Result<MailId> {
    let (id, now) = (MailId::new(ctx.clock()), ctx.clock().now());
    let content = serde_json::to_vec(mail.letter).map_err(AppError::internal)?;
    let sending = job::SendMail { mail: id };
    let job = queue::enqueue(tx, ctx, &sending, std::time::Duration::ZERO).await?;
    let settings = ctx.app.settings().mail.as_ref();
    let domain = settings.map_or("localhost", mailer::SmtpSettings::domain);
    let row = entity::Model {
        id: id.0,
        org_id: ctx.org.0,
        kind: mail.letter.kind().to_owned(),
        language: mail.language.code().to_owned(),
        recipient: mail.to.to_owned(),
        about_id: mail.about,
        content: Some(sealed::seal(&ctx.app, PURPOSE, id.0.as_bytes(), &content)?),
        message_id: format!("{id}@{domain}"),
        status: MailStatus::Queued.as_str().to_owned(),
        job_id: job.0,
        attempts: 0,
        error_message: None,
        created_at: now,
        expires_at: mail.expires_at,
        finished_at: None,
    };
    repo::insert(tx, &row).await?;
    Ok(id)
}

/// Withdraws the mails about an object that were not delivered yet, because their link is no longer
/// valid.
pub(crate) async fn withdraw(tx: &Tx, ctx: &Ctx, about: Uuid) -> Result<()> {
    Ok(repo::withdraw(tx, ctx.org, about, ctx.clock().now()).await?)
}

/// Withdraws what was not delivered yet to a person who leaves the context's organization.
pub(crate) async fn withdraw_from(tx: &Tx, ctx: &Ctx, person: Uuid) -> Result<()> {
    Ok(repo::withdraw_from(tx, ctx.org, person, ctx.clock().now()).await?)
}

/// Whether a mail about an object was written. A job that is repeated asks this, so that nobody gets two.
pub(crate) async fn is_posted(tx: &Tx, ctx: &Ctx, about: Uuid) -> Result<bool> {
    Ok(repo::is_about(tx, ctx.org, about).await?)
}

/// The organization's mails, newest first: all, or those that were not delivered.
pub async fn list(ctx: &Ctx, page: &Page, undelivered: bool) -> Result<Listed<MailDetails>> {
    ctx.authorize(Permission::MailRead).await?;
    let of = if undelivered { "undelivered" } else { "" };
    let window = page.window(ctx.org, &format!("mails/{of}"))?;
    let now = ctx.clock().now();
    let rows = repo::list(ctx, &window, undelivered).await?;
    let mails = rows.into_iter().map(|row| MailDetails::of(row, now));
    Ok(window.listed(mails.collect::<Result<Vec<_>>>()?, |mail| mail.id.0))
}

/// One mail.
pub async fn get(ctx: &Ctx, id: MailId) -> Result<MailDetails> {
    ctx.authorize(Permission::MailRead).await?;
    shown(ctx, id).await
}

async fn shown(ctx: &Ctx, id: MailId) -> Result<MailDetails> {
    let row = repo::find(ctx, id).await?;
    MailDetails::of(row.ok_or(MailError::NotFound)?, ctx.clock().now())
}

/// Sends a mail again that was not delivered, with as many attempts as at first, even if its address
/// is suppressed.
pub async fn resend(ctx: &Ctx, id: MailId) -> Result<MailDetails> {
    ctx.authorize(Permission::MailResend).await?;
    let row = repo::find(ctx, id).await?.ok_or(MailError::NotFound)?;
    let now = ctx.clock().now();
    let sending = job::SendMail { mail: id };
    let tx = ctx.begin().await?;
    let job = queue::enqueue(&tx, ctx, &sending, std::time::Duration::ZERO).await?;
    if !repo::requeue(&tx, &row, job.0, now).await? {
        tx.rollback().await?;
        let mail = shown(ctx, id).await?;
        return Err(if mail.status.is_dead() {
            MailError::Expired.into()
        } else {
            MailError::NotFailed(mail.status).into()
        });
    }
    repo::unsuppress(&tx, ctx.org, &row.recipient).await?;
    let entry = Entry::new("mail.resend", "mail", id)
        .detail(json!({ "kind": row.kind, "recipient": row.recipient }));
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    shown(ctx, id).await
}

/// Erases contents that have expired, removes old mails, and returns how many were removed.
pub async fn purge(system: &SystemCtx) -> Result<u64> {
    let now = system.app.clock().now();
    let tx = system.begin_across().await?;
    repo::fail_abandoned(&tx, now).await?;
    repo::erase_expired(&tx, now).await?;
    let gone = repo::forget(&tx, now - RETENTION, now).await?;
    tx.commit().await?;
    folder::forget(&system.app, now);
    Ok(gone)
}

/// A letter of each kind in each language with invented contents, for the preview page.
pub fn previews() -> Result<Vec<(&'static str, Language, Content)>> {
    let mut previews = Vec::new();
    for letter in mailer::samples() {
        for language in Language::ALL {
            let content = mailer::render(&letter, language).map_err(AppError::internal)?;
            previews.push((letter.kind(), language, content));
        }
    }
    Ok(previews)
}

/// The context in which mails of no organization are written.
pub(crate) fn server(app: &App, request_id: &str) -> Ctx {
    let ctx = Ctx::of_server(app, "mail", request_id);
    debug_assert_eq!(ctx.org, OrgId::SERVER);
    ctx
}
