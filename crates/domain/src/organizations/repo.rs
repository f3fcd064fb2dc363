//! Reads and writes of organizations and memberships.

use mailer::Language;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, QueryResult, Statement, Value};
use types::{Clock, GrantId, OrgId, SessionId};
use uuid::Uuid;

use super::entity;
use crate::{
    App, Ctx, Tx,
    access::{AssignedRole, Rights, Role, StoredRights, UnknownWord},
    tenancy::OrgEntity,
};

type Time = chrono::DateTime<chrono::Utc>;

/// One of a person's organizations.
#[derive(Clone, Debug, FromQueryResult)]
pub struct MembershipRow {
    pub org_id: Uuid,
    pub org_name: String,
    pub org_created_at: Time,
    /// The domains for which the organization enforces single sign-on, separated by spaces.
    pub enforced: Option<String>,
    /// Whether it enforces single sign-on for everyone but guests.
    pub everyone: bool,
    /// Whether the person is a guest.
    pub guest: bool,
    /// Whether the person is the organization's break-glass owner.
    pub break_glass: bool,
    #[sea_orm(nested)]
    pub stored: StoredRights,
}

impl MembershipRow {
    /// Whether the organization enforces single sign-on, for whomever.
    pub const fn enforces_sso(&self) -> bool {
        self.everyone || self.enforced.is_some()
    }

    /// The organization and the person's rights in it.
    pub fn rights(&self) -> (OrgId, Result<Rights, UnknownWord>) {
        (OrgId(self.org_id), self.stored.of_member())
    }
}

/// The grants, as `access::StoredRights` contains them, of the holder of `subject` and of the teams
/// of the member `m`, in the organization `org`. `$2` is the current time.
pub fn grants_of(org: &str, subject: &str) -> String {
    let teams = format!(
        "SELECT t.team_id FROM team_members t WHERE t.org_id = {org} AND t.user_id = m.user_id"
    );
    let whose = format!("(g.subject_id = {subject} OR g.subject_id IN ({teams}))");
    grants_where(org, &whose, "grants")
}

/// Like [`grants_of`], those of `subject` itself, as the column `name`.
pub fn grants_to(org: &str, subject: &str, name: &str) -> String {
    grants_where(org, &format!("g.subject_id = {subject}"), name)
}

fn grants_where(org: &str, whose: &str, name: &str) -> String {
    format!(
        "(SELECT string_agg(g.role || '|' || coalesce(gr.permissions, '') || '|' || g.object, ';') \
          FROM grants g LEFT JOIN roles gr ON gr.org_id = g.org_id AND gr.id = g.role_id \
          WHERE g.org_id = {org} AND (g.expires_at IS NULL OR g.expires_at > $2) \
            AND {whose}) AS {name}"
    )
}

/// The columns of `access::StoredRights` for a member. `$2` is the current time.
fn rights_of_member() -> String {
    let grants = grants_of("m.org_id", "m.user_id");
    format!(
        "m.role, m.role_id, r.name AS role_name, r.permissions AS role_permissions, {grants} \
         FROM memberships m LEFT JOIN roles r ON r.org_id = m.org_id AND r.id = m.role_id"
    )
}

/// A person's organizations, oldest first.
pub async fn memberships(app: &App, user: Uuid) -> Result<Vec<MembershipRow>, DbErr> {
    let rows = app.db().query_all(of_person(app, user)).await?;
    rows.iter()
        .map(|row| MembershipRow::from_query_result(row, ""))
        .collect()
}

/// Like [`memberships`], on a connection or in a transaction.
pub async fn memberships_in(
    conn: &impl ConnectionTrait,
    app: &App,
    user: Uuid,
) -> Result<Vec<MembershipRow>, DbErr> {
    let rows = conn.query_all_raw(of_person(app, user)).await?;
    rows.iter()
        .map(|row| MembershipRow::from_query_result(row, ""))
        .collect()
}

fn of_person(app: &App, user: Uuid) -> Statement {
    let sql = if app.db().is_postgres() {
        "SELECT * FROM flowmason_memberships($1, $2)".to_owned()
    } else {
        format!(
            "/* across organizations: sign-in */ \
             SELECT o.id AS org_id, o.name AS org_name, o.created_at AS org_created_at, \
             (SELECT string_agg(d.name, ' ') FROM domains d \
              WHERE d.org_id = m.org_id AND d.enforced_at IS NOT NULL) AS enforced, \
             o.sso_everyone_since IS NOT NULL AS everyone, m.sso_guest AS guest, \
             coalesce(o.break_glass_owner = m.user_id, false) AS break_glass, {} \
             JOIN organizations o ON o.id = m.org_id WHERE m.user_id = $1 ORDER BY o.id",
            rights_of_member()
        )
    };
    let values = [user.into(), app.clock().now().into()];
    app.db().statement(sql, values)
}

/// How many organizations a person created after `since`, including those that now have another
/// owner. Until the transaction ends, the person cannot create another one.
pub async fn created_since(tx: &Tx, user: Uuid, since: Time) -> Result<i64, DbErr> {
    let sql = if tx.is_postgres() {
        // Two concurrent transactions would not see each other's rows. SQLite has one writer.
        tx.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('organizations ' || $1, 0))",
            [user.to_string().into()],
        )
        .await?;
        "SELECT flowmason_organizations_created($1, $2) AS created"
    } else {
        "/* across organizations: sign-in */ SELECT count(*) AS created FROM organizations \
         WHERE created_by = $1 AND created_at > $2"
    };
    let values = [user.into(), since.into()];
    let row = tx.query_one(sql, values).await?;
    row.map_or(Ok(0), |row| row.try_get("", "created"))
}

/// A member's rights; `None` if the user is not a member.
pub async fn rights_in(
    tx: &Tx,
    org: OrgId,
    user: Uuid,
    now: Time,
) -> Result<Option<StoredRights>, DbErr> {
    let columns = rights_of_member();
    let sql = format!("SELECT {columns} WHERE m.org_id = $3 AND m.user_id = $1");
    let values = [user.into(), now.into(), org.0.into()];
    let row = tx.query_one(&sql, values).await?;
    row.map(|row| StoredRights::from_query_result(&row, ""))
        .transpose()
}

/// The rights of a program, as they will be at a time if nobody changes them.
#[derive(Clone, Debug, FromQueryResult)]
pub struct ProgramRow {
    /// The role of an API key; `None` for a list, and for an application.
    pub key_role: Option<String>,
    /// The list of an API key; `None` for a role, and for an application.
    pub key_permissions: Option<String>,
    /// The grants to an API key itself.
    pub key_grants: Option<String>,
    /// Those of the person or the service account for whom it acts.
    #[sea_orm(nested)]
    pub holder: StoredRights,
}

/// An API key; `None` if it was revoked, or its holder has no access any more. The time is `at`.
pub async fn key_at(tx: &Tx, org: OrgId, key: Uuid, at: Time) -> Result<Option<ProgramRow>, DbErr> {
    let grants = grants_of("k.org_id", "coalesce(a.id, m.user_id)");
    let key_grants = grants_to("k.org_id", "k.id", "key_grants");
    let sql = format!(
        "SELECT k.role AS key_role, k.permissions AS key_permissions, {key_grants}, \
             coalesce(a.role, m.role) AS role, coalesce(a.role_id, m.role_id) AS role_id, \
             r.name AS role_name, r.permissions AS role_permissions, {grants} \
         FROM api_keys k \
         LEFT JOIN memberships m ON m.org_id = k.org_id AND m.user_id = k.created_by \
             AND k.service_account_id IS NULL \
         LEFT JOIN service_accounts a ON a.org_id = k.org_id AND a.id = k.service_account_id \
             AND a.disabled_at IS NULL \
         LEFT JOIN roles r ON r.org_id = k.org_id AND r.id = coalesce(a.role_id, m.role_id) \
         WHERE k.org_id = $3 AND k.id = $1 AND k.revoked_at IS NULL \
             AND coalesce(a.role, m.role) IS NOT NULL"
    );
    program(tx, &sql, (org, key, at)).await
}

/// An application that acts for the person of a grant, or as its own service account: the one or the other
/// has the id `actor`.
pub async fn application_at(
    tx: &Tx,
    org: OrgId,
    actor: Uuid,
    at: Time,
) -> Result<Option<ProgramRow>, DbErr> {
    let none = "NULL AS key_role, NULL AS key_permissions, NULL AS key_grants";
    let grants = grants_of("og.org_id", "m.user_id");
    let of_person = format!(
        "SELECT {none}, m.role, m.role_id, r.name AS role_name, r.permissions AS role_permissions, \
             {grants} \
         FROM oauth_grants og \
         JOIN memberships m ON m.org_id = og.org_id AND m.user_id = og.user_id \
         LEFT JOIN roles r ON r.org_id = m.org_id AND r.id = m.role_id \
         WHERE og.org_id = $3 AND og.id = $1"
    );
    if let Some(row) = program(tx, &of_person, (org, actor, at)).await? {
        return Ok(Some(row));
    }
    let grants = grants_to("a.org_id", "a.id", "grants");
    let of_account = format!(
        "SELECT {none}, a.role, a.role_id, r.name AS role_name, r.permissions AS role_permissions, \
             {grants} \
         FROM oauth_clients c \
         JOIN service_accounts a ON a.org_id = c.org_id AND a.id = c.service_account_id \
             AND a.disabled_at IS NULL \
         LEFT JOIN roles r ON r.org_id = a.org_id AND r.id = a.role_id \
         WHERE c.org_id = $3 AND c.id = $1"
    );
    program(tx, &of_account, (org, actor, at)).await
}

async fn program(
    tx: &Tx,
    sql: &str,
    (org, id, at): (OrgId, Uuid, Time),
) -> Result<Option<ProgramRow>, DbErr> {
    let row = tx
        .query_one(sql, [id.into(), at.into(), org.0.into()])
        .await?;
    row.map(|row| ProgramRow::from_query_result(&row, ""))
        .transpose()
}

/// The grants of a team or service account, as `access::StoredRights` contains them.
pub async fn grants_in(
    tx: &Tx,
    org: OrgId,
    subject: Uuid,
    now: Time,
) -> Result<Option<String>, DbErr> {
    let sql = "SELECT string_agg(g.role || '|' || coalesce(gr.permissions, '') || '|' || g.object, ';') \
             AS grants \
         FROM grants g LEFT JOIN roles gr ON gr.org_id = g.org_id AND gr.id = g.role_id \
         WHERE g.org_id = $1 AND g.subject_id = $2 AND (g.expires_at IS NULL OR g.expires_at > $3)";
    let values = [org.0.into(), subject.into(), now.into()];
    let row = tx.query_one(sql, values).await?;
    row.map_or(Ok(None), |row| row.try_get("", "grants"))
}

/// The grants on an object, as `access::StoredRights` contains them.
pub async fn grants_on(
    tx: &Tx,
    org: OrgId,
    object: &str,
    now: Time,
) -> Result<Option<String>, DbErr> {
    let sql = "SELECT string_agg(g.role || '|' || coalesce(gr.permissions, '') || '|' || g.object, ';') \
             AS grants \
         FROM grants g LEFT JOIN roles gr ON gr.org_id = g.org_id AND gr.id = g.role_id \
         WHERE g.org_id = $1 AND g.object = $2 AND (g.expires_at IS NULL OR g.expires_at > $3)";
    let values = [org.0.into(), object.into(), now.into()];
    let statement = Statement::from_sql_and_values(tx.conn().get_database_backend(), sql, values);
    let row = tx.conn().query_one_raw(statement).await?;
    row.map_or(Ok(None), |row| row.try_get("", "grants"))
}

/// Gives a subject all grants of another one that have not expired, as they were given. Returns their
/// number.
pub async fn carry_grants(tx: &Tx, ctx: &Ctx, from: Uuid, to: Uuid) -> Result<usize, DbErr> {
    let sql = "SELECT id FROM grants WHERE org_id = $1 AND subject_id = $2 \
         AND (expires_at IS NULL OR expires_at > $3) ORDER BY id";
    let values = [ctx.org.0.into(), from.into(), ctx.clock().now().into()];
    let statement = Statement::from_sql_and_values(tx.conn().get_database_backend(), sql, values);
    let rows = tx.conn().query_all_raw(statement).await?;
    for row in &rows {
        let old: Uuid = row.try_get("", "id")?;
        let sql = "INSERT INTO grants (id, org_id, subject_kind, subject_id, role, role_id, object, \
                expires_at, created_by, created_by_name, created_at) \
            SELECT $1, g.org_id, g.subject_kind, $2, g.role, g.role_id, g.object, g.expires_at, \
                g.created_by, g.created_by_name, g.created_at \
            FROM grants g WHERE g.org_id = $3 AND g.id = $4";
        let new = GrantId::new(ctx.clock());
        let values = [new.0.into(), to.into(), ctx.org.0.into(), old.into()];
        tx.execute(sql, values).await?;
    }
    Ok(rows.len())
}

/// Withdraws all grants to a subject that has ended.
pub async fn drop_grants(tx: &Tx, org: OrgId, subject: Uuid) -> Result<(), DbErr> {
    let sql = "DELETE FROM grants WHERE org_id = $1 AND subject_id = $2";
    tx.execute(sql, [org.0.into(), subject.into()])
        .await
        .map(drop)
}

/// Waits for other changes of rights in the organization, and makes later ones wait until the
/// transaction ends. On PostgreSQL it locks the organization's row, but not its key: rows that refer to
/// the organization can be inserted, by transactions that hold locks for which this one may wait. SQLite
/// has one writer anyway.
pub async fn lock(tx: &Tx, org: OrgId) -> Result<(), DbErr> {
    if tx.is_postgres() {
        let lock = "SELECT id FROM organizations WHERE id = $1 FOR NO KEY UPDATE";
        tx.execute(lock, [org.0.into()]).await?;
    }
    Ok(())
}

/// Holds a person's account and one of their sessions until the transaction ends. `false`: the session has
/// ended. On PostgreSQL the person's row is locked first, as by whatever takes an account back, and the
/// session is read by a statement of its own, which sees what was committed until then.
pub async fn hold_session(tx: &Tx, session: SessionId, user: Uuid) -> Result<bool, DbErr> {
    let lock = if tx.is_postgres() {
        let person = "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE";
        tx.execute(person, [user.into()]).await?;
        " FOR SHARE"
    } else {
        ""
    };
    let sql = format!(
        "SELECT id FROM sessions WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL{lock}"
    );
    let row = tx.query_one(&sql, [session.0.into(), user.into()]).await?;
    Ok(row.is_some())
}

/// The context's organization.
pub async fn find(ctx: &Ctx) -> Result<Option<entity::Model>, DbErr> {
    ctx.one(entity::Entity::in_org(ctx)).await
}

/// Writes an organization and its first member. The transaction must be scoped to `org`.
pub async fn insert(
    tx: &Tx,
    clock: &Clock,
    org: OrgId,
    name: &str,
    member: Uuid,
    role: Role,
) -> Result<(), DbErr> {
    let now = clock.now();
    tx.execute(
        "INSERT INTO organizations (id, name, created_at, created_by) VALUES ($1, $2, $3, $4)",
        [org.0.into(), name.into(), now.into(), member.into()],
    )
    .await?;
    add_member(tx, org, member, &role.into(), now).await
}

/// Writes a membership.
pub async fn add_member(
    tx: &Tx,
    org: OrgId,
    member: Uuid,
    role: &AssignedRole,
    now: Time,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO memberships (org_id, user_id, role, role_id, created_at) \
        VALUES ($1, $2, $3, $4, $5)";
    let custom = role.custom().map(|role| role.id.0);
    let values: [Value; 5] = [
        org.0.into(),
        member.into(),
        role.stored().into(),
        custom.into(),
        now.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Gives a member a role that their identity provider says. Owners keep theirs. `false`: nothing changed.
pub async fn give_role(
    tx: &Tx,
    org: OrgId,
    member: Uuid,
    role: &AssignedRole,
) -> Result<bool, DbErr> {
    const BUILT_IN: &str = "UPDATE memberships SET role = $1, role_id = $2 \
        WHERE org_id = $3 AND user_id = $4 AND role <> 'owner' AND role <> $1";
    const CUSTOM: &str = "UPDATE memberships SET role = $1, role_id = $2 \
        WHERE org_id = $3 AND user_id = $4 AND role <> 'owner' \
        AND (role_id IS NULL OR role_id <> $2)";
    let custom = role.custom().map(|role| role.id.0);
    let sql = if custom.is_some() { CUSTOM } else { BUILT_IN };
    let values: [Value; 4] = [
        role.stored().into(),
        custom.into(),
        org.0.into(),
        member.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Renames an organization. Returns whether it exists.
pub async fn rename(tx: &Tx, org: OrgId, name: &str) -> Result<bool, DbErr> {
    let sql = "UPDATE organizations SET name = $1 WHERE id = $2";
    Ok(tx.execute(sql, [name.into(), org.0.into()]).await? == 1)
}

/// The owners of the organization.
pub async fn owners(tx: &Tx, org: OrgId) -> Result<Vec<Uuid>, DbErr> {
    let sql = "SELECT user_id FROM memberships WHERE org_id = $1 AND role = $2";
    let values = [org.0.into(), Role::Owner.as_str().into()];
    let statement = Statement::from_sql_and_values(tx.conn().get_database_backend(), sql, values);
    let rows = tx.conn().query_all_raw(statement).await?;
    rows.iter().map(|row| row.try_get("", "user_id")).collect()
}

/// The verified email addresses of the owners, at most 100, with their languages. If no owner has verified
/// one, all of their addresses: an alarm that nobody gets would be worse.
pub async fn addresses_of_owners(tx: &Tx, org: OrgId) -> Result<Vec<(String, Language)>, DbErr> {
    let sql = "SELECT u.email, u.locale FROM memberships m JOIN users u ON u.id = m.user_id \
         WHERE m.org_id = $1 AND m.role = $2 AND u.email IS NOT NULL \
         AND (u.email_verified_at IS NOT NULL OR NOT EXISTS ( \
            SELECT 1 FROM memberships o JOIN users v ON v.id = o.user_id \
            WHERE o.org_id = $1 AND o.role = $2 AND v.email_verified_at IS NOT NULL)) \
         ORDER BY u.id LIMIT 100";
    let values = [org.0.into(), Role::Owner.as_str().into()];
    let statement = Statement::from_sql_and_values(tx.conn().get_database_backend(), sql, values);
    let rows = tx.conn().query_all_raw(statement).await?;
    rows.iter().map(addressed).collect()
}

/// The columns `email` and `locale`, as an address and a language.
pub fn addressed(row: &QueryResult) -> Result<(String, Language), DbErr> {
    let locale: Option<String> = row.try_get("", "locale")?;
    Ok((row.try_get("", "email")?, language_of(locale.as_deref())))
}

/// The language for letters to a person with this locale.
fn language_of(locale: Option<&str>) -> Language {
    locale.map(Language::accepted).unwrap_or_default()
}

/// A member with a verified email address, and the member's rights.
#[derive(Clone, Debug, FromQueryResult)]
pub struct AddressedRow {
    pub user_id: Uuid,
    pub email: String,
    pub locale: Option<String>,
    #[sea_orm(nested)]
    pub stored: StoredRights,
}

impl AddressedRow {
    /// The language for letters to the member.
    pub fn language(&self) -> Language {
        language_of(self.locale.as_deref())
    }
}

/// The members with a verified email address whose ids come after one, in the order of their ids.
pub async fn addressed_after(
    tx: &Tx,
    (org, after): (OrgId, Uuid),
    now: Time,
    limit: usize,
) -> Result<Vec<AddressedRow>, DbErr> {
    let sql = format!(
        "SELECT m.user_id, u.email, u.locale, {} JOIN users u ON u.id = m.user_id \
         WHERE m.org_id = $3 AND m.user_id > $1 AND u.email_verified_at IS NOT NULL \
         ORDER BY m.user_id LIMIT {limit}",
        rights_of_member()
    );
    let values = [after.into(), now.into(), org.0.into()];
    let statement = Statement::from_sql_and_values(tx.conn().get_database_backend(), sql, values);
    let rows = tx.conn().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| AddressedRow::from_query_result(row, ""))
        .collect()
}

/// The verified email address of a member, with their language; `None` without one, and if the user is not a
/// member.
pub async fn address_of(
    tx: &Tx,
    org: OrgId,
    user: Uuid,
) -> Result<Option<(String, Language)>, DbErr> {
    let sql = "SELECT u.email, u.locale FROM memberships m JOIN users u ON u.id = m.user_id \
         WHERE m.org_id = $1 AND m.user_id = $2 AND u.email_verified_at IS NOT NULL";
    let row = tx.query_one(sql, [org.0.into(), user.into()]).await?;
    row.as_ref().map(addressed).transpose()
}

/// The member who has an email address now; `None` if nobody does.
pub async fn member_at(tx: &Tx, org: OrgId, address: &str) -> Result<Option<Uuid>, DbErr> {
    let sql = "SELECT m.user_id FROM memberships m JOIN users u ON u.id = m.user_id \
         WHERE m.org_id = $1 AND u.email = $2";
    let row = tx.query_one(sql, [org.0.into(), address.into()]).await?;
    row.map(|row| row.try_get("", "user_id")).transpose()
}

/// Removes a member, with what they have in the organization: their places in teams, their grants, and what
/// they chose about letters.
pub async fn remove_member(tx: &Tx, org: OrgId, user: Uuid) -> Result<(), DbErr> {
    for sql in [
        "DELETE FROM team_members WHERE org_id = $1 AND user_id = $2",
        "DELETE FROM grants WHERE org_id = $1 AND subject_id = $2",
        "DELETE FROM mail_opt_outs WHERE org_id = $1 AND user_id = $2",
        "DELETE FROM memberships WHERE org_id = $1 AND user_id = $2",
    ] {
        tx.execute(sql, [org.0.into(), user.into()]).await?;
    }
    Ok(())
}
