//! The metadata at a provider's address, which is read once a day.
//!
//! Providers announce a new certificate there some time before they sign with it, and nobody should have
//! to copy it. Whoever entered the address decided to believe what it says, so a certificate that appears
//! there is believed exactly as far as they are (`certified_by_admin`, `certified_by_owner`): the columns
//! stay what they are. That is only so for the address: certificates that somebody entered themselves are
//! not replaced.
//!
//! A document that cannot be read, is another provider's, has expired or has too many certificates
//! changes nothing.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use types::{ErrorCode, OrgId, SsoProviderId};

use super::{certificates, entity::Model, job::ReadMetadata, metadata, repo};
use crate::{
    Ctx, SystemCtx, Tx,
    audit::{self, Entry},
    error::{AppError, Result},
    identity::sso_providers::{SsoProviderError, entity, repo as providers},
    mail::{self, Letter, Outgoing},
    organizations, queue,
};

/// The shortest time between two readings.
const EVERY: Duration = Duration::hours(22);
/// By how many minutes more the time differs, so that the providers of a server are not read at once.
const JITTER: u16 = 240;
/// How soon metadata that could not be read is tried again.
const SOON: Duration = Duration::hours(2);
/// Due readings that are enqueued at once.
const BATCH: u64 = 100;
/// After how long a reading that was enqueued and left no result is enqueued again.
const LOST_AFTER: Duration = Duration::hours(1);
/// How long sending a mail is retried.
const LASTS: Duration = Duration::days(3);
/// The page with the settings of single sign-on.
const PAGE: &str = "/settings/single-sign-on";

/// When metadata that was read now is read again: after about a day.
pub fn next(now: DateTime<Utc>) -> DateTime<Utc> {
    let minutes = rand::random::<u16>() % JITTER;
    now + EVERY + Duration::minutes(i64::from(minutes))
}

/// Enqueues the readings that are due. Returns how many there were. Several processes may call it at the
/// same time.
pub async fn enqueue_reads(system: &SystemCtx) -> Result<usize> {
    let now = system.app.clock().now();
    let tx = system.begin_across().await?;
    let due = repo::due(&tx, now, BATCH).await?;
    tx.rollback().await?;
    let mut count = 0;
    for one in due {
        let ctx = Ctx {
            org: OrgId(one.org_id),
            ..Ctx::of_server(&system.app, "single sign-on", "single sign-on")
        };
        let tx = ctx.begin().await?;
        if repo::postpone(&tx, &one, now + LOST_AFTER).await? {
            let read = ReadMetadata {
                provider: SsoProviderId(one.provider_id),
            };
            queue::enqueue(&tx, &ctx, &read, std::time::Duration::ZERO).await?;
            tx.commit().await?;
            count += 1;
        }
    }
    Ok(count)
}

/// Reads the metadata of a provider, and takes over what it says.
pub async fn run(ctx: &Ctx, id: SsoProviderId) -> Result<()> {
    // It may have been deleted or changed since.
    let provider = providers::find(ctx, id).await?;
    let row = repo::find(ctx, id).await?;
    let (Some(provider), Some(row)) = (provider, row) else {
        return Ok(());
    };
    if !provider.enabled || row.metadata_next_at.is_none() {
        return Ok(());
    }
    match read(ctx, &provider, &row).await {
        Ok(new) => take_over(ctx, &provider, &row, &new).await,
        // Whatever is wrong with this server is tried again by the queue.
        Err(error) if error.code != ErrorCode::InvalidInput => Err(error),
        Err(error) => fail(ctx, &provider, &row, &error).await,
    }
}

/// The settings with what the metadata says now.
async fn read(ctx: &Ctx, provider: &entity::Model, row: &Model) -> Result<Model> {
    let now = ctx.clock().now();
    let address = row.metadata_url.as_deref().unwrap_or_default();
    let found = metadata::fetched(&ctx.app, address).await?;
    if found.entity_id != provider.issuer {
        let problem = format!(
            "It is that of `{}`, no longer that of `{}`",
            found.entity_id, provider.issuer
        );
        return Err(SsoProviderError::Unusable("metadata", problem).into());
    }
    let mut new = Model {
        metadata_next_at: Some(next(now)),
        metadata_read_at: Some(now),
        metadata_failed_at: None,
        ..row.clone()
    };
    metadata::take_over(&mut new, &found);
    let all = certificates::of_metadata(found.certificates, now)?;
    new.certificates = certificates::stored(&all);
    Ok(new)
}

async fn take_over(ctx: &Ctx, provider: &entity::Model, old: &Model, new: &Model) -> Result<()> {
    let tx = ctx.begin().await?;
    // In the order in which settings are saved, so that neither waits for the other.
    providers::lock(&tx, (ctx.org, provider.id)).await?;
    repo::solved(&tx, (ctx.org, provider.id)).await?;
    if !repo::read_again(&tx, &provider.issuer, old, new).await? {
        // Somebody has saved the settings, with what the metadata says now, or it was read again.
        return Ok(tx.rollback().await?);
    }
    if addresses(old) != addresses(new) || old.certificates != new.certificates {
        tell(&tx, ctx, provider, old, new).await?;
    }
    Ok(tx.commit().await?)
}

/// Where a provider signs people in and out.
fn addresses(row: &Model) -> [&Option<String>; 5] {
    [
        &row.sso_url,
        &row.sso_binding,
        &row.slo_url,
        &row.slo_binding,
        &row.slo_response_url,
    ]
}

/// Writes the change into the audit log, and to everybody who manages providers.
async fn tell(
    tx: &Tx,
    ctx: &Ctx,
    provider: &entity::Model,
    old: &Model,
    new: &Model,
) -> Result<()> {
    let (before, after) = (old.fingerprints()?, new.fingerprints()?);
    let detail = json!({
        "name": provider.name,
        "metadataUrl": new.metadata_url,
        "certificates": after,
        "certificatesBefore": before,
        "ssoUrl": new.sso_url,
        "sloUrl": new.slo_url,
    });
    let id = SsoProviderId(provider.id);
    let entry = Entry::new("sso_provider.read_metadata", "sso_provider", id).detail(detail);
    audit::write(tx, ctx, entry).await?;
    let now = ctx.clock().now();
    let only_in = |some: &[String], other: &[String]| -> Vec<String> {
        let rest = some.iter().filter(|one| !other.contains(one));
        rest.cloned().collect()
    };
    let letter = Letter::ProviderChanged {
        organization: organizations::name(ctx).await?,
        provider: provider.name.clone(),
        added: only_in(&after, &before),
        removed: only_in(&before, &after),
        moved: addresses(old) != addresses(new),
        at: now.format("%Y-%m-%d %H:%M UTC").to_string(),
        link: mail::link(&ctx.app, PAGE),
    };
    for (address, language) in providers::addresses_of_managers(tx, ctx.org).await? {
        let outgoing = Outgoing {
            to: &address,
            letter: &letter,
            language,
            about: provider.id,
            expires_at: now + LASTS,
        };
        mail::post(tx, ctx, outgoing).await?;
    }
    Ok(())
}

/// Shows the administrator why nothing was taken over.
async fn fail(ctx: &Ctx, provider: &entity::Model, row: &Model, error: &AppError) -> Result<()> {
    let now = ctx.clock().now();
    let own = (ctx.org, row.provider_id);
    // The message begins with the name of a field that nobody has just entered.
    let named = error.message.split_once(": ");
    let why = named.map_or(&*error.message, |(_, why)| why);
    let problem = format!("The provider's metadata was not taken over: {why}");
    let new = Model {
        metadata_next_at: Some(now + SOON),
        metadata_failed_at: Some(now),
        ..row.clone()
    };
    let tx = ctx.begin().await?;
    // In the order in which settings are saved, so that neither waits for the other.
    providers::refused(&tx, own, &problem, now).await?;
    match repo::read_again(&tx, &provider.issuer, row, &new).await? {
        true => Ok(tx.commit().await?),
        false => Ok(tx.rollback().await?),
    }
}

#[cfg(test)]
mod tests {
    use saml::SignedParts;

    use super::*;
    use crate::{
        identity::sso_providers::{Protocol, saml::parts},
        testing::on_each_database,
    };

    /// A provider that is turned on and whose metadata is read.
    async fn followed(ctx: &Ctx) -> (entity::Model, Model) {
        let (id, now) = (SsoProviderId::new(ctx.clock()), ctx.clock().now());
        let provider = entity::Model {
            id: id.0,
            org_id: ctx.org.0,
            protocol: Protocol::Saml.as_str().to_owned(),
            kind: "other".to_owned(),
            name: "Example".to_owned(),
            issuer: "urn:example".to_owned(),
            client_id: String::new(),
            client_secret: None,
            scopes: String::new(),
            audiences: String::new(),
            groups_claim: None,
            mappings: "[]".to_owned(),
            default_role: None,
            default_role_id: None,
            joining: "nobody".to_owned(),
            enabled: true,
            saved_by_admin: true,
            certified_by_admin: true,
            certified_by_owner: true,
            created_at: now,
            updated_at: now,
            used_at: None,
            problem: None,
            problem_at: None,
        };
        let row = Model {
            provider_id: id.0,
            org_id: ctx.org.0,
            sso_url: Some("https://idp.example/sso".to_owned()),
            sso_binding: None,
            slo_url: None,
            slo_binding: None,
            slo_response_url: None,
            certificates: "one".to_owned(),
            signed_parts: parts::as_str(SignedParts::default()).to_owned(),
            unsolicited: false,
            email_attribute: None,
            name_attribute: None,
            metadata_url: Some("https://idp.example/metadata".to_owned()),
            follows_metadata: true,
            metadata_next_at: Some(now),
            metadata_read_at: Some(now),
            metadata_failed_at: None,
            private_key: vec![1],
            own_certificate: "own".to_owned(),
            next_private_key: None,
            next_certificate: None,
            test_report: None,
            tested_at: None,
        };
        let tx = ctx.begin().await.unwrap();
        providers::insert(&tx, &provider).await.unwrap();
        repo::insert(&tx, &row).await.unwrap();
        tx.commit().await.unwrap();
        (provider, row)
    }

    #[tokio::test]
    async fn of_two_readings_in_flight_the_one_that_began_first_leaves_nothing() {
        on_each_database(|app| async move {
            let (ctx, _) = app.owner().await;
            let (provider, first) = followed(&ctx).await;
            let id = SsoProviderId(provider.id);
            let problem = async || providers::find(&ctx, id).await.unwrap().unwrap().problem;
            let late = AppError::invalid("metadata", "is none");
            let second = Model {
                metadata_next_at: Some(next(ctx.clock().now())),
                ..first.clone()
            };
            take_over(&ctx, &provider, &first, &second).await.unwrap();
            fail(&ctx, &provider, &first, &late).await.unwrap();
            assert_eq!(problem().await, None);
            // Nor does a reading of the metadata that the provider had under another name.
            let renamed = entity::Model {
                issuer: "urn:other".to_owned(),
                ..provider.clone()
            };
            fail(&ctx, &renamed, &second, &late).await.unwrap();
            assert_eq!(problem().await, None);
            let known = repo::find(&ctx, id).await.unwrap().unwrap();
            assert_eq!(known, second);
            fail(&ctx, &provider, &second, &late).await.unwrap();
            assert!(problem().await.is_some());
            app.close().await;
        })
        .await;
    }

    #[test]
    fn metadata_is_read_once_a_day_and_not_at_the_same_time_of_the_day() {
        let now = DateTime::UNIX_EPOCH;
        let all: Vec<_> = (0..100).map(|_| next(now) - now).collect();
        assert!(
            all.iter()
                .all(|one| *one >= EVERY && *one < Duration::hours(26))
        );
        assert!(all.iter().any(|one| *one != all[0]));
    }
}
