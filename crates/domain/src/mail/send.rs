//! One attempt to send a mail.
//!
//! The mail server's confirmation and the mail's row cannot be written at once. If the confirmation
//! is lost, or the process dies between the two, the mail is sent again with the same message id,
//! by which mail programs recognize the copy.

use std::sync::Arc;

use chrono::Duration;
use mailer::{Failure, Language, Letter, Mail, Mailer, SmtpSettings};
use types::{MailId, OrgId};

use super::{MailError, MailStatus, PURPOSE, entity::Model, folder, recipient, repo};
use crate::{
    App, Ctx,
    error::{AppError, Result},
    queue::Running,
    sealed,
};

/// How long nothing is sent to an address after a hard bounce.
const SUPPRESSED: Duration = Duration::days(30);
/// The same for the server's own mails: a person who cannot sign in should not have to wait long.
const SUPPRESSED_BY_SERVER: Duration = Duration::days(1);

/// The process's SMTP client.
fn smtp(app: &App, settings: &SmtpSettings) -> Arc<Mailer> {
    app.state_or(|| Mailer::new(settings.clone()))
}

/// Sends a mail, if there is anything left to send.
pub async fn attempt(job: &Running, id: MailId) -> Result<()> {
    let ctx = &job.ctx;
    let Some(row) = repo::find(ctx, id).await? else {
        return Ok(());
    };
    let status = MailStatus::parse(&row.status);
    let open = status.is_some_and(|status| status == MailStatus::Queued || status.is_dead());
    if row.job_id != job.id.0 || !open {
        return Ok(());
    }
    let now = ctx.clock().now();
    let Some(content) = row.content.as_deref().filter(|_| row.expires_at > now) else {
        return end(ctx, &row, MailStatus::Expired, None).await;
    };
    let tx = ctx.begin().await?;
    let suppressed = repo::suppressed(&tx, (ctx.org, row.recipient.as_str()), now).await?;
    tx.rollback().await?;
    if let Some(reason) = suppressed {
        let error = MailError::Suppressed(reason);
        end(ctx, &row, MailStatus::Suppressed, Some(&error.to_string())).await?;
        return Err(error.into());
    }
    if let Some(reason) = recipient::lost_right(ctx, &row).await? {
        return end(ctx, &row, MailStatus::Expired, Some(reason)).await;
    }
    let letter = sealed::open(&ctx.app, PURPOSE, row.id.as_bytes(), content)?;
    let letter: Letter = serde_json::from_slice(&letter).map_err(AppError::internal)?;
    let language = Language::parse(&row.language).unwrap_or_default();
    let mail = Mail {
        message_id: row.message_id.clone(),
        at: row.created_at,
        to: row.recipient.clone(),
        unsubscribe: letter.unsubscribe().map(str::to_owned),
        content: mailer::render(&letter, language).map_err(AppError::internal)?,
    };
    let Some(settings) = &ctx.app.settings().mail else {
        folder::write(&ctx.app, id, &mail).await?;
        return end(ctx, &row, MailStatus::Sent, None).await;
    };
    let Err(error) = smtp(&ctx.app, settings).send(&mail).await else {
        return end(ctx, &row, MailStatus::Sent, None).await;
    };
    if error.failure == Failure::Misconfigured {
        tracing::error!(mail = %id, reason = error.message, "mail cannot be sent; check the SMTP settings");
    }
    let message = error.message;
    let (status, result) = match error.failure {
        Failure::Temporary | Failure::Misconfigured => {
            let last = job.is_last();
            let status = if last {
                MailStatus::Failed
            } else {
                MailStatus::Queued
            };
            (status, MailError::Temporary(message.clone()))
        }
        Failure::Rejected => (MailStatus::Failed, MailError::Final(message.clone())),
        Failure::Bounced => (MailStatus::Bounced, MailError::Final(message.clone())),
    };
    end(ctx, &row, status, Some(&message)).await?;
    Err(result.into())
}

/// Writes the result of an attempt, and after a hard bounce the suppression of the address.
async fn end(ctx: &Ctx, row: &Model, status: MailStatus, error: Option<&str>) -> Result<()> {
    let now = ctx.clock().now();
    let tx = ctx.begin().await?;
    let current = repo::ended(&tx, row, status, error, now).await?;
    if current && status == MailStatus::Bounced {
        let lasts = if ctx.org == OrgId::SERVER {
            SUPPRESSED_BY_SERVER
        } else {
            SUPPRESSED
        };
        let key = (ctx.org, row.recipient.as_str());
        repo::suppress(&tx, key, error.unwrap_or_default(), (now, now + lasts)).await?;
    }
    tx.commit().await?;
    Ok(())
}
