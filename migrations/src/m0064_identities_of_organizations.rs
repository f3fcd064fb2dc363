//! People are known at an organization's provider of OpenID Connect under a name of the organization, as at
//! one of SAML. Two organizations can have the same provider, and the one does not decide who the other's
//! members are.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// The owner, who migrates, has to obey the policies of these tables.
const OPEN: &str = "
ALTER TABLE memberships NO FORCE ROW LEVEL SECURITY;
ALTER TABLE sso_providers NO FORCE ROW LEVEL SECURITY;
";
const CLOSE: &str = "
ALTER TABLE memberships FORCE ROW LEVEL SECURITY;
ALTER TABLE sso_providers FORCE ROW LEVEL SECURITY;
";

/// Each identity of a member stays known at the providers of their organizations with its issuer. The row
/// without an organization stays, too: it counts for a provider of the whole server, and only the
/// configuration says whether there is one. The form of the issuer is that of
/// `domain/src/identity/sso_providers/issuers.rs`; an id is written there as 32 hexadecimal digits.
fn copies((org, id): (&str, &str)) -> String {
    format!(
        "INSERT INTO external_identities \
            (issuer, subject, name_kind, user_id, id, email, created_at, used_at) \
         SELECT 'oidc:' || {org} || ':' || e.issuer, e.subject, e.name_kind, e.user_id, {id}, e.email, \
            e.created_at, e.used_at \
         FROM external_identities e \
         JOIN memberships m ON m.user_id = e.user_id \
         WHERE e.name_kind = '' AND EXISTS (SELECT 1 FROM sso_providers p \
            WHERE p.org_id = m.org_id AND p.protocol = 'oidc' AND p.issuer = e.issuer) \
         ON CONFLICT DO NOTHING"
    )
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run_on_postgres(manager, OPEN).await?;
        let words = if ddl::is_postgres(manager) {
            ("replace(m.org_id::text, '-', '')", "gen_random_uuid()")
        } else {
            ("lower(hex(m.org_id))", "randomblob(16)")
        };
        let connection = manager.get_connection();
        connection.execute_unprepared(&copies(words)).await?;
        ddl::run_on_postgres(manager, CLOSE).await
    }
}
