//! The database schema for both databases, as migrations that are applied once and in order.
//!
//! Depends on no other crate of the workspace. On PostgreSQL it also sets up the second layer of
//! tenant isolation: the application's role `flowmason_app`, which neither owns a table nor
//! bypasses a policy, and row-level security on every table with an organization column.

mod ddl;
pub mod fold;
mod m0001_roles;
mod m0002_people;
mod m0003_memberships;
mod m0004_pipelines;
mod m0005_runs;
mod m0006_journal;
mod m0007_audit;
mod m0008_lookups;
mod m0009_deaths;
mod m0010_timers_by_org;
mod m0011_search;
mod m0012_jobs;
mod m0013_pipeline_lifecycle;
mod m0014_saved_views;
mod m0015_permissions;
mod m0016_retries;
mod m0017_run_operations;
mod m0018_unknown_tokens;
mod m0019_journal_stages;
mod m0020_uploads;
mod m0021_policies;
mod m0022_version_authors;
mod m0023_upload_senders;
mod m0024_invitations;
mod m0025_founders;
mod m0026_mails;
mod m0027_password_resets;
mod m0028_two_factor;
mod m0029_key_limits;
mod m0030_visible_names;
mod m0031_custom_roles;
mod m0032_teams;
mod m0033_grants;
mod m0034_sso_providers;
mod m0035_sso_sign_ins;
mod m0036_limited_sessions;
mod m0037_domains;
mod m0038_address_changes;
mod m0039_passkeys;
mod m0040_scim;
mod m0041_scim_sign_in;
mod m0042_signing_keys;
mod m0043_oauth_clients;
mod m0044_oauth_tokens;
mod m0045_enforced_sso;
mod m0046_saml_providers;
mod m0047_saml_sign_ins;
mod m0048_job_tokens;
mod m0049_saml_metadata;
mod m0050_saml_keys;
mod m0051_folders;
mod m0052_environments;
mod m0053_second_person;
mod m0054_expired_requests;
mod m0055_mail_opt_outs;
mod m0056_key_grants;
mod m0057_roles_to_come;
mod m0058_people;
mod m0059_name_kinds;
mod m0060_regions;
mod m0061_sign_ups;
mod m0062_address_proofs;
mod m0063_asserted_addresses;
mod m0064_identities_of_organizations;
mod m0065_sign_up_networks;
mod m0066_drafts;
mod m0067_draft_change_hashes;
mod m0068_draft_runs;
mod m0069_copilot;
mod m0071_triggers;
mod m0072_webhooks;
mod m0073_backfills;
mod m0074_trigger_watch;
mod m0075_events;
mod m0076_webhook_endpoints;
mod m0079_tools;
mod visible;

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectOptions, Database, DbBackend},
};

/// All migrations, in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_roles::Migration),
            Box::new(m0002_people::Migration),
            Box::new(m0003_memberships::Migration),
            Box::new(m0004_pipelines::Migration),
            Box::new(m0005_runs::Migration),
            Box::new(m0006_journal::Migration),
            Box::new(m0007_audit::Migration),
            Box::new(m0008_lookups::Migration),
            Box::new(m0009_deaths::Migration),
            Box::new(m0010_timers_by_org::Migration),
            Box::new(m0011_search::Migration),
            Box::new(m0012_jobs::Migration),
            Box::new(m0013_pipeline_lifecycle::Migration),
            Box::new(m0014_saved_views::Migration),
            Box::new(m0015_permissions::Migration),
            Box::new(m0016_retries::Migration),
            Box::new(m0017_run_operations::Migration),
            Box::new(m0018_unknown_tokens::Migration),
            Box::new(m0019_journal_stages::Migration),
            Box::new(m0020_uploads::Migration),
            Box::new(m0021_policies::Migration),
            Box::new(m0022_version_authors::Migration),
            Box::new(m0023_upload_senders::Migration),
            Box::new(m0024_invitations::Migration),
            Box::new(m0025_founders::Migration),
            Box::new(m0026_mails::Migration),
            Box::new(m0027_password_resets::Migration),
            Box::new(m0028_two_factor::Migration),
            Box::new(m0029_key_limits::Migration),
            Box::new(m0030_visible_names::Migration),
            Box::new(m0031_custom_roles::Migration),
            Box::new(m0032_teams::Migration),
            Box::new(m0033_grants::Migration),
            Box::new(m0034_sso_providers::Migration),
            Box::new(m0035_sso_sign_ins::Migration),
            Box::new(m0036_limited_sessions::Migration),
            Box::new(m0037_domains::Migration),
            Box::new(m0038_address_changes::Migration),
            Box::new(m0039_passkeys::Migration),
            Box::new(m0040_scim::Migration),
            Box::new(m0041_scim_sign_in::Migration),
            Box::new(m0042_signing_keys::Migration),
            Box::new(m0043_oauth_clients::Migration),
            Box::new(m0044_oauth_tokens::Migration),
            Box::new(m0045_enforced_sso::Migration),
            Box::new(m0046_saml_providers::Migration),
            Box::new(m0047_saml_sign_ins::Migration),
            Box::new(m0048_job_tokens::Migration),
            Box::new(m0049_saml_metadata::Migration),
            Box::new(m0050_saml_keys::Migration),
            Box::new(m0051_folders::Migration),
            Box::new(m0052_environments::Migration),
            Box::new(m0053_second_person::Migration),
            Box::new(m0054_expired_requests::Migration),
            Box::new(m0055_mail_opt_outs::Migration),
            Box::new(m0056_key_grants::Migration),
            Box::new(m0057_roles_to_come::Migration),
            Box::new(m0058_people::Migration),
            Box::new(m0059_name_kinds::Migration),
            Box::new(m0060_regions::Migration),
            Box::new(m0061_sign_ups::Migration),
            Box::new(m0062_address_proofs::Migration),
            Box::new(m0063_asserted_addresses::Migration),
            Box::new(m0064_identities_of_organizations::Migration),
            Box::new(m0065_sign_up_networks::Migration),
            Box::new(m0066_drafts::Migration),
            Box::new(m0067_draft_change_hashes::Migration),
            Box::new(m0068_draft_runs::Migration),
            Box::new(m0069_copilot::Migration),
            Box::new(m0071_triggers::Migration),
            Box::new(m0072_webhooks::Migration),
            Box::new(m0073_backfills::Migration),
            Box::new(m0074_trigger_watch::Migration),
            Box::new(m0075_events::Migration),
            Box::new(m0076_webhook_endpoints::Migration),
            Box::new(m0079_tools::Migration),
        ]
    }
}

/// The key of the PostgreSQL advisory lock that serializes migrations.
const LOCK: &str = "7_236_115_903_442";

/// The names of all migrations in order, as stored in `seaql_migrations`.
pub fn names() -> Vec<String> {
    let all = Migrator::migrations();
    all.iter().map(|one| one.name().to_owned()).collect()
}

/// Migrates the database at `url` to the latest schema. On PostgreSQL the URL must sign in as the
/// owner; concurrent migrations by several processes are serialized.
pub async fn migrate(url: &str) -> Result<(), DbErr> {
    let mut options = ConnectOptions::new(url);
    // One connection, so that the advisory lock and the statements share it.
    options
        .max_connections(1)
        .min_connections(1)
        .sqlx_logging(false);
    let db = Database::connect(options).await?;
    let result = match db.get_database_backend() {
        DbBackend::Postgres => {
            let lock = LOCK.replace('_', "");
            db.execute_unprepared(&format!("SELECT pg_advisory_lock({lock})"))
                .await?;
            let result = Migrator::up(&db, None).await;
            // The readiness check reads the applied migrations.
            db.execute_unprepared("GRANT SELECT ON seaql_migrations TO flowmason_app")
                .await?;
            db.execute_unprepared(&format!("SELECT pg_advisory_unlock({lock})"))
                .await?;
            result
        }
        _ => Migrator::up(&db, None).await,
    };
    db.close().await?;
    result
}
