//! Statements that the check refuses, each with a corrected version that it accepts.

use super::{
    ACROSS, report,
    rules::{Tables, check},
};
use crate::testing::on_each_database;

fn tables() -> Tables {
    ["runs", "journal", "timers", "pipelines"]
        .map(|name| (name.to_owned(), "org_id".to_owned()))
        .into_iter()
        .chain([("organizations".to_owned(), "id".to_owned())])
        .collect()
}

/// Asserts that the first statement is refused and the second accepted, on both databases.
#[track_caller]
fn pair(refused: &str, accepted: &str) {
    for postgres in [true, false] {
        check(accepted, postgres, &tables()).unwrap_or_else(|e| panic!("{e}: {accepted}"));
        assert!(
            check(refused, postgres, &tables()).is_err(),
            "accepted: {refused}"
        );
    }
}

#[test]
fn a_select_names_the_organization_of_each_table() {
    pair(
        "SELECT id FROM runs WHERE id = $1",
        "SELECT id FROM runs WHERE id = $1 AND org_id = $2",
    );
    pair(
        "SELECT \"runs\".\"id\" FROM \"runs\" LIMIT 1",
        "SELECT \"runs\".\"id\" FROM \"runs\" WHERE \"runs\".\"org_id\" = $1 LIMIT 1",
    );
    pair(
        "SELECT name FROM organizations WHERE name = $1",
        "SELECT name FROM organizations WHERE id = $1",
    );
    pair(
        "SELECT org_id FROM runs WHERE org_id = org_id",
        "SELECT org_id FROM runs WHERE (org_id) = $1",
    );
    pair(
        "SELECT id FROM runs WHERE org_id = version_id",
        "SELECT id FROM runs WHERE org_id IN ($1, $2)",
    );
}

#[test]
fn the_condition_must_hold_for_every_row() {
    pair(
        "SELECT id FROM runs WHERE org_id = $1 OR id = $2",
        "SELECT id FROM runs WHERE (org_id = $1 AND id = $2) OR (org_id = $1 AND id = $3)",
    );
    pair(
        "SELECT id FROM runs WHERE NOT (org_id = $1)",
        "SELECT id FROM runs WHERE NOT (id = $2) AND org_id = $1",
    );
    pair(
        "SELECT id FROM runs WHERE org_id <> $1",
        "SELECT id FROM runs WHERE org_id = $1",
    );
    pair(
        "SELECT id FROM runs WHERE org_id NOT IN ($1)",
        "SELECT id FROM runs WHERE org_id IN ($1)",
    );
    pair(
        "SELECT CASE WHEN org_id = $1 THEN id END FROM runs",
        "SELECT CASE WHEN id = $2 THEN id END FROM runs WHERE org_id = $1",
    );
}

#[test]
fn a_join_binds_a_table_by_another_one_that_is_bound() {
    pair(
        "SELECT 1 FROM runs r JOIN timers t ON t.org_id = r.org_id",
        "SELECT 1 FROM runs r JOIN timers t ON t.org_id = r.org_id WHERE r.org_id = $1",
    );
    pair(
        "SELECT 1 FROM runs r JOIN timers t ON t.run_id = r.id WHERE r.org_id = $1",
        "SELECT 1 FROM runs r JOIN timers t ON t.run_id = r.id AND t.org_id = $1 WHERE r.org_id = $1",
    );
    pair(
        "SELECT 1 FROM runs r, timers t WHERE t.run_id = r.id AND t.org_id = $1",
        "SELECT 1 FROM runs r, timers t WHERE t.org_id = r.org_id AND t.org_id = $1",
    );
    pair(
        "SELECT 1 FROM runs JOIN timers USING (id)",
        "SELECT 1 FROM runs r JOIN timers t USING (org_id) WHERE t.org_id = $1",
    );
}

#[test]
fn the_on_of_an_outer_join_binds_only_the_nullable_side() {
    pair(
        "SELECT 1 FROM runs r LEFT JOIN timers t ON t.org_id = $1 AND r.org_id = $1",
        "SELECT 1 FROM runs r LEFT JOIN timers t ON t.org_id = $1 WHERE r.org_id = $1",
    );
    pair(
        "SELECT 1 FROM runs r LEFT JOIN timers t ON t.run_id = r.id WHERE r.org_id = $1",
        "SELECT 1 FROM runs r LEFT JOIN timers t ON t.org_id = r.org_id WHERE r.org_id = $1",
    );
}

#[test]
fn subqueries_are_checked_by_the_same_rules_in_every_position() {
    pair(
        "SELECT 1 FROM runs r WHERE r.org_id = $1 AND EXISTS \
           (SELECT 1 FROM timers t WHERE t.run_id = r.id)",
        "SELECT 1 FROM runs r WHERE r.org_id = $1 AND EXISTS \
           (SELECT 1 FROM timers t WHERE t.run_id = r.id AND t.org_id = r.org_id)",
    );
    pair(
        "SELECT (SELECT p.name FROM pipelines p WHERE p.id = r.pipeline_id) FROM runs r \
           WHERE r.org_id = $1",
        "SELECT (SELECT p.name FROM pipelines p WHERE p.org_id = $1 AND p.id = r.pipeline_id) \
           FROM runs r WHERE r.org_id = $1",
    );
    pair(
        "SELECT 1 FROM (SELECT id, org_id FROM runs) r WHERE r.org_id = $1",
        "SELECT 1 FROM (SELECT id FROM runs WHERE org_id = $1) r",
    );
    pair(
        "SELECT 1 FROM runs WHERE org_id = $1 ORDER BY (SELECT count(*) FROM timers)",
        "SELECT 1 FROM runs WHERE org_id = $1 ORDER BY \
           (SELECT count(*) FROM timers WHERE timers.org_id = $1)",
    );
    pair(
        "SELECT id FROM runs WHERE org_id = $1 UNION ALL SELECT run_id FROM timers",
        "SELECT id FROM runs WHERE org_id = $1 UNION ALL \
           SELECT run_id FROM timers WHERE org_id = $1",
    );
}

#[test]
fn with_parts_are_checked_and_hide_no_table() {
    pair(
        "WITH a AS (SELECT id, org_id FROM runs) SELECT id FROM a WHERE org_id = $1",
        "WITH a AS (SELECT id, org_id FROM runs WHERE org_id = $1) SELECT id FROM a",
    );
    pair(
        "WITH a AS (SELECT $1 AS id) SELECT 1 FROM runs JOIN a ON a.id = runs.id",
        "WITH a AS (SELECT $1 AS id, $2 AS org) \
           SELECT 1 FROM runs JOIN a ON a.id = runs.id AND a.org = runs.org_id",
    );
    pair(
        "WITH runs AS (SELECT 1 AS id) SELECT id FROM runs",
        "WITH r AS (SELECT 1 AS id) SELECT id FROM r",
    );
}

#[test]
fn writes_name_the_organization_too() {
    pair(
        "UPDATE runs SET status = 'failed' WHERE id = $1",
        "UPDATE runs SET status = 'failed' WHERE id = $1 AND org_id = $2",
    );
    pair(
        "UPDATE runs SET org_id = $1 WHERE id = $2",
        "UPDATE runs SET status = $1 WHERE org_id = $2",
    );
    pair(
        "UPDATE runs SET status = t.kind FROM timers t WHERE t.run_id = runs.id AND runs.org_id = $1",
        "UPDATE runs SET status = t.kind FROM timers t \
           WHERE t.run_id = runs.id AND runs.org_id = $1 AND t.org_id = runs.org_id",
    );
    pair(
        "DELETE FROM timers WHERE run_id = $1",
        "DELETE FROM timers WHERE run_id = $1 AND +org_id = $2",
    );
    pair(
        "DELETE FROM timers WHERE org_id = $1 AND run_id IN (SELECT id FROM runs)",
        "DELETE FROM timers WHERE org_id = $1 AND run_id IN (SELECT id FROM runs WHERE org_id = $1)",
    );
    pair(
        "INSERT INTO timers (run_id, due) VALUES ($1, $2)",
        "INSERT INTO timers (run_id, org_id, due) VALUES ($1, $2, $3) \
           ON CONFLICT (run_id) WHERE due IS NOT NULL DO NOTHING",
    );
    pair(
        "INSERT INTO timers (run_id, org_id) SELECT id, org_id FROM runs",
        "INSERT INTO timers (run_id, org_id) SELECT id, org_id FROM runs WHERE org_id = $1",
    );
    pair(
        "INSERT INTO timers SELECT id, org_id FROM runs WHERE org_id = $1",
        "INSERT INTO timers (org_id) SELECT org_id FROM runs WHERE org_id = $1",
    );
}

#[test]
fn syntax_of_postgresql_only_is_checked_too() {
    let check = |sql: &str| check(sql, true, &tables());
    assert!(check("DELETE FROM timers USING runs WHERE timers.run_id = runs.id").is_err());
    assert!(
        check(
            "DELETE FROM timers t USING runs r \
             WHERE t.run_id = r.id AND t.org_id = r.org_id AND r.org_id = ANY ($1::uuid[])"
        )
        .is_ok()
    );
    assert!(
        check(
            "WITH b AS (SELECT * FROM UNNEST($1::uuid[], $2::uuid[]) AS b (id, org_id)), \
             a AS (UPDATE runs r SET status = 'x' FROM b WHERE r.id = b.id RETURNING r.id) \
             SELECT id FROM a"
        )
        .is_err()
    );
    assert!(
        check(
            "WITH b AS (SELECT * FROM UNNEST($1::uuid[], $2::uuid[]) AS b (id, org_id)), \
             h AS (SELECT r.id FROM runs r JOIN b USING (org_id) FOR NO KEY UPDATE OF r), \
             a AS (INSERT INTO journal (run_id, org_id) SELECT id, org_id FROM b RETURNING run_id) \
             SELECT run_id FROM a"
        )
        .is_ok()
    );
    assert!(check("SELECT 1 FROM runs WHERE org_id = ALL ($1)").is_err());
    assert!(check("SELECT 1 FROM runs FULL JOIN timers t ON t.org_id = $1").is_err());
    for sql in ["TABLE runs", "TRUNCATE TABLE runs", "COPY runs TO STDOUT"] {
        assert!(check(sql).is_err(), "accepted: {sql}");
    }
}

#[test]
fn a_statement_for_all_organizations_needs_a_known_reason_and_others_must_not_give_one() {
    for (name, _) in ACROSS {
        let sql = format!("/* across organizations: {name} */ SELECT id FROM runs");
        assert_eq!(check(&sql, false, &tables()), Ok(()));
    }
    for wrong in [
        "/* across organizations: because */ SELECT id FROM runs",
        "/* across organizations: claim */ SELECT id FROM runs WHERE org_id = $1",
        "/* across organizations: claim */ SELECT 1",
        "/* claim */ SELECT id FROM runs",
    ] {
        assert!(check(wrong, false, &tables()).is_err(), "{wrong}");
    }
}

#[test]
fn unparsable_statements_are_refused_and_shared_tables_are_not_restricted() {
    assert!(check("SELECT FROM WHERE runs", false, &tables()).is_err());
    for free in [
        "SELECT id FROM users WHERE email = $1",
        "PRAGMA application_id = 1",
        "SELECT set_config('app.orgs', $1, true)",
    ] {
        assert_eq!(check(free, false, &tables()), Ok(()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tables_come_from_the_schema_and_a_bare_statement_fails_its_test() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let (before, _) = report();
        assert!(before > 0, "nothing was checked");
        // A statement without its organization fails the first test that runs it.
        for table in ["runs", "saved_views", "org_jobs", "audit", "api_keys"] {
            let tx = ctx.begin().await.unwrap();
            let sql = format!("DELETE FROM {table} WHERE 1 = 0");
            let task = tokio::spawn(async move { tx.execute(&sql, []).await.map(drop) });
            assert!(task.await.unwrap_err().is_panic(), "{table}");
        }
        app.close().await;
    })
    .await;
}
