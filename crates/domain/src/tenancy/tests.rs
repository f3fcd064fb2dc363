//! Row-level security, tested with plain SQL on PostgreSQL.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures::FutureExt;
use sea_orm::ConnectionTrait;
use types::OrgId;

use super::{OrgEntity, SystemCtx};
use crate::{
    Ctx, Role, audit, identity, organizations, pipelines, runs,
    testing::{TestApp, on_each_database, postgres, postgres_of_a_plain_owner, skipped},
};

async fn count(app: &TestApp, sql: &str) -> i64 {
    let db = app.app.db();
    let row = db
        .conn()
        .query_one_raw(db.statement(sql, []))
        .await
        .unwrap()
        .unwrap();
    row.try_get_by_index(0).unwrap()
}

/// Asserts that each pooled connection has the application's role and no organization.
async fn assert_clean(app: &TestApp) {
    // As many at once as there are connections, so that each one is checked.
    let db = app.app.db();
    let looks = (0..8).map(|turn| async move {
        let sql = "/* across organizations: test */ SELECT coalesce(current_setting('app.orgs', true), '') AS orgs, \
                   current_user::text AS role, (SELECT count(*) FROM audit) AS rows, \
                   pg_sleep(0.05)::text AS pause";
        let statement = db.statement(sql, []);
        // Those of the pool, and those that are kept outside of it.
        let row = match turn < 4 {
            true => db.conn().query_one_raw(statement).await,
            false => db.query_one(statement).await,
        };
        let row = row.unwrap().unwrap();
        let orgs: String = row.try_get("", "orgs").unwrap();
        let role: String = row.try_get("", "role").unwrap();
        let rows: i64 = row.try_get("", "rows").unwrap();
        assert_eq!(
            (orgs.as_str(), role.as_str(), rows),
            ("", "flowmason_app", 0)
        );
    });
    futures::future::join_all(looks).await;
}

async fn seen(ctx: &Ctx) -> usize {
    ctx.all(audit::entity::Entity::in_org(ctx))
        .await
        .unwrap()
        .len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t17_a_connection_forgets_its_organization_after_error_panic_cancel_and_timeout() {
    let Some(app) = postgres().await else {
        return skipped();
    };
    let (ctx, _) = app.owner().await;
    let system = SystemCtx::new(&app.app);
    assert_clean(&app).await;

    // A plain read, then a failed one.
    assert!(seen(&ctx).await > 0);
    let failed = ctx.rows::<audit::entity::Model>(
        "SELECT *, 1 / (length(detail) - length(detail)) FROM audit WHERE org_id = $1 AND {scope} \
         OFFSET 0",
        [],
    );
    failed.await.unwrap_err();
    assert_clean(&app).await;

    // An error, with the transaction dropped and rolled back.
    for roll_back in [false, true] {
        for across in [false, true] {
            let tx = if across {
                system.begin_across().await
            } else {
                ctx.begin().await
            }
            .unwrap();
            tx.execute("SELECT 1 / 0", []).await.unwrap_err();
            if roll_back {
                tx.rollback().await.unwrap();
            }
        }
    }
    assert_clean(&app).await;

    // A panic.
    let panicking = AssertUnwindSafe(async {
        let _tx = ctx.begin().await.unwrap();
        let _other = system.begin_across().await.unwrap();
        panic!("on purpose");
    });
    panicking.catch_unwind().await.unwrap_err();
    assert_clean(&app).await;

    // A future dropped in the middle of a statement, in a transaction and in a plain read.
    let slow = async {
        let tx = ctx.begin().await.unwrap();
        tx.execute("SELECT pg_sleep(30)", []).await.unwrap();
    };
    tokio::time::timeout(Duration::from_millis(100), slow)
        .await
        .unwrap_err();
    let slow = ctx.rows::<audit::entity::Model>(
        "SELECT audit.* FROM audit, pg_sleep(30) WHERE org_id = $1 AND {scope} OFFSET 0",
        [],
    );
    tokio::time::timeout(Duration::from_millis(100), slow)
        .await
        .unwrap_err();
    cancel_sleepers(&app).await;
    assert_clean(&app).await;

    // A statement timeout on the server.
    let tx = ctx.begin().await.unwrap();
    tx.execute("SET LOCAL statement_timeout = 50", [])
        .await
        .unwrap();
    tx.execute("SELECT pg_sleep(30)", []).await.unwrap_err();
    drop(tx);
    assert_clean(&app).await;

    // A commit, and a commit of a broken transaction.
    ctx.begin().await.unwrap().commit().await.unwrap();
    let tx = ctx.begin().await.unwrap();
    tx.execute("SELECT 1 / 0", []).await.unwrap_err();
    let _ = tx.commit().await;
    assert_clean(&app).await;
    app.close().await;
}

/// Cancels statements that dropped futures left running on the server, to keep the test fast.
async fn cancel_sleepers(app: &TestApp) {
    let owner = sea_orm::Database::connect(app.owner_url.clone().unwrap())
        .await
        .unwrap();
    let sql = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND query LIKE '%pg_sleep(30)%' \
               AND pid <> pg_backend_pid()";
    owner.execute_unprepared(sql).await.unwrap();
    owner.close().await.unwrap();
}

#[tokio::test]
async fn t18_every_table_with_an_organization_hides_other_rows_from_a_raw_query() {
    let Some(app) = postgres().await else {
        return skipped();
    };
    let (a, token) = app.owner().await;
    let b = app.elsewhere(&a, &token).await;
    let owner = sea_orm::Database::connect(app.owner_url.clone().unwrap())
        .await
        .unwrap();
    // The list comes from the catalog, so that a new table cannot be forgotten.
    let sql = "SELECT c.relname::text AS name, c.relrowsecurity AND c.relforcerowsecurity AS walled, \
               EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'org_id') AS org \
               FROM pg_class c WHERE c.relkind IN ('r', 'p') \
               AND c.relnamespace = 'public'::regnamespace ORDER BY 1";
    let rows = owner
        .query_all_raw(sea_orm::Statement::from_string(
            sea_orm::DbBackend::Postgres,
            sql,
        ))
        .await
        .unwrap();
    let mut walled = Vec::new();
    for row in rows {
        let name: String = row.try_get("", "name").unwrap();
        let has_wall: bool = row.try_get("", "walled").unwrap();
        let has_org: bool = row.try_get("", "org").unwrap();
        // The tables of people, who may belong to several organizations.
        let shared = [
            "seaql_migrations",
            "users",
            "sessions",
            "sign_in_links",
            "authenticators",
            "recovery_codes",
            "pending_sign_ins",
            "password_resets",
            "address_changes",
            "sign_ups",
            "passkeys",
            "passkey_challenges",
            "external_identities",
            "sso_attempts",
            "signing_keys",
            "oauth_codes",
            "oauth_devices",
        ];
        assert_eq!(has_wall, !shared.contains(&name.as_str()), "{name}");
        assert_eq!(has_org, has_wall && name != "organizations", "{name}");
        if has_wall {
            walled.push((name.clone(), if has_org { "org_id" } else { "id" }));
        }
    }
    assert!(walled.len() >= 11, "{walled:?}");

    for (table, column) in walled {
        // A row of B in any table: all required columns get a value.
        if !matches!(table.as_str(), "organizations" | "memberships") {
            fill(&owner, &table, b.org).await;
        }
        let of_b = format!(
            "SELECT count(*) FROM {table} WHERE {column} = '{}'",
            b.org.0
        );
        let all = format!("/* across organizations: test */ SELECT count(*) FROM {table}");
        let tx = b.begin().await.unwrap();
        assert!(counted(&tx, &of_b).await > 0, "{table}: B sees its own row");
        drop(tx);
        let tx = a.begin().await.unwrap();
        assert_eq!(counted(&tx, &of_b).await, 0, "{table}: A sees a row of B");
        let moved = format!(
            "/* across organizations: test */ UPDATE {table} SET {column} = '{}'",
            b.org.0
        );
        if counted(&tx, &all).await > 0 {
            assert!(
                tx.execute(&moved, []).await.is_err(),
                "{table}: A moved a row to B"
            );
        }
        drop(tx);
        assert_eq!(
            count(&app, &all).await,
            0,
            "{table}: rows without an organization"
        );
    }

    for role in ["flowmason_app", "flowmason_system"] {
        let sql = format!(
            "SELECT (SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = '{role}') + \
             (SELECT count(*) FROM pg_roles WHERE rolname = '{role}' \
              AND (rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole OR rolcreatedb))"
        );
        assert_eq!(
            count(&app, &sql).await,
            0,
            "{role} owns something or bypasses row-level security"
        );
    }
    // `RESET ROLE` does not lead back to the owner.
    let db = app.app.db();
    let tx = db.begin(&[]).await.unwrap();
    tx.conn().execute_unprepared("RESET ROLE").await.unwrap();
    assert_eq!(
        counted(
            &tx,
            "/* across organizations: test */ SELECT count(*) FROM audit"
        )
        .await,
        0
    );
    drop(tx);
    owner.close().await.unwrap();
    app.close().await;
}

#[tokio::test]
async fn a_database_owner_need_not_be_a_superuser() {
    let Some(app) = postgres_of_a_plain_owner().await else {
        return skipped();
    };
    let (ctx, token) = app.owner().await;
    app.elsewhere(&ctx, &token).await;
    let (_, key) = identity::create_api_key(&ctx, "ci", Role::Developer)
        .await
        .unwrap();
    let program = identity::Credential::ApiKey(&key);
    let program = identity::authenticate(&app.app, program, None, "test")
        .await
        .unwrap();
    assert_eq!(program.org, ctx.org);
    assert_eq!(organizations::list_mine(&ctx).await.unwrap().len(), 2);
    let (pipeline, _) = pipelines::create(&program, &pipelines::tests::source("x", "y"), None)
        .await
        .unwrap();
    for _ in 0..3 {
        runs::start(&program, pipeline.id, runs::Start::default())
            .await
            .unwrap();
    }
    assert_eq!(
        audit::seal_waiting(&SystemCtx::new(&app.app))
            .await
            .unwrap(),
        7
    );
    app.close().await;
}

async fn counted(tx: &crate::Tx, sql: &str) -> i64 {
    let statement = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, sql);
    let row = tx.conn().query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

/// Inserts a row of `org` into any table, as the owner and without checking foreign keys.
async fn fill(owner: &sea_orm::DatabaseConnection, table: &str, org: OrgId) {
    let sql = format!(
        "DO $$ DECLARE names text; vals text; BEGIN
           SET LOCAL session_replication_role = replica;
           SELECT string_agg(quote_ident(attname), ', '), string_agg(CASE
               WHEN attname = 'org_id' THEN '''{org}'''
               WHEN attname = 'role' THEN '''viewer'''
               WHEN attname = 'status' AND '{table}' = 'uploads' THEN '''ready'''
               WHEN attname = 'status' AND '{table}' = 'mails' THEN '''queued'''
               WHEN attname = 'status' AND atttypid = 'text'::regtype THEN '''running'''
               WHEN attname = 'kind' THEN '''cancel'''
               WHEN atttypid = 'boolean'::regtype THEN 'true'
               WHEN atttypid = 'uuid'::regtype THEN 'gen_random_uuid()'
               WHEN atttypid = 'timestamptz'::regtype THEN 'now()'
               WHEN atttypid = 'bytea'::regtype THEN '''x'''
               WHEN atttypid = 'text'::regtype THEN '''x'''
               ELSE '1' END, ', ')
           INTO names, vals FROM pg_attribute
           WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped
             AND (attnotnull AND NOT atthasdef OR attname = 'role');
           EXECUTE 'INSERT INTO {table} (' || names || ') VALUES (' || vals || ')';
         END $$",
        org = org.0
    );
    owner.execute_unprepared(&sql).await.unwrap();
}

#[tokio::test]
async fn a_query_of_one_organization_sees_nothing_of_another_on_either_database() {
    on_each_database(|app| async move {
        let (a, token) = app.owner().await;
        let before = seen(&a).await;
        let b = app.elsewhere(&a, &token).await;
        assert_eq!(seen(&a).await, before);
        assert_eq!(seen(&b).await, 1);
        app.close().await;
    })
    .await;
}
