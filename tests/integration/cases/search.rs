//! Search gives the same results on both databases.

use serde_json::json;

use crate::{
    cases,
    harness::{Caller, TestApp, pipelines::create},
};

cases![Shared:
    names_are_found_whatever_their_case_and_accents,
    names_from_before_the_folded_column_are_found_too;
None:
    the_migration_folds_as_the_program_does;
];

const FOUND: &str = "query($s: String!) { pipelines(search: $s) { edges { node { name } } } }";

async fn found(caller: &Caller, search: &str) -> Vec<String> {
    let data = caller.data(FOUND, json!({ "s": search })).await;
    let edges = data["pipelines"]["edges"].as_array().expect("a list");
    let mut names: Vec<String> = edges
        .iter()
        .map(|edge| edge["node"]["name"].as_str().expect("a name").to_owned())
        .collect();
    names.sort();
    names
}

async fn named(caller: &Caller, names: &[&str]) {
    for name in names {
        let source = json!({ "name": name, "stages": [
            { "id": "a", "type": "variable_set", "config": { "name": "v", "value": 1 } }
        ] });
        create(caller, &source.to_string()).await;
    }
}

const NAMES: [&str; 6] = [
    "Übersicht Straße",
    "ŁÓDŹ reports",
    "ΣΊΣΥΦΟΣ",
    "Привет мир",
    "Cafe\u{301} menu",
    "100% plain_text!",
];

async fn names_are_found_whatever_their_case_and_accents(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    named(owner, &NAMES).await;
    for (search, at) in [
        ("ubersicht", 0),
        ("STRASSE", 0),
        ("lodz", 1),
        ("σίσυφος", 2),
        ("ПРИВЕТ", 3),
        ("CAFÉ", 4),
        ("cafe", 4),
        ("0% PLAIN_", 5),
    ] {
        assert_eq!(found(owner, search).await, [NAMES[at]], "{search}");
    }
    assert_eq!(found(owner, "x%y").await, Vec::<String>::new());
}

async fn names_from_before_the_folded_column_are_found_too(app: TestApp) {
    let (a, b) = (app.org("A").await, app.org("B").await);
    named(&a.owner().caller, &NAMES).await;
    named(&b.owner().caller, &["Été"]).await;
    // Undoes the migration, which is then applied again.
    let undo = "ALTER TABLE pipelines DROP COLUMN name_folded; \
        ALTER TABLE users DROP COLUMN email_wanted; \
        DELETE FROM seaql_migrations WHERE version = 'm0011_search'";
    app.sql(undo).await;
    let url = app.app.settings().database_url();
    migrations::migrate(&url).await.expect("migrated");
    let (a, b) = (&a.owner().caller, &b.owner().caller);
    assert_eq!(found(a, "strasse").await, [NAMES[0]]);
    assert_eq!(found(a, "lodz").await, [NAMES[1]]);
    assert_eq!(found(b, "ETE").await, ["Été"]);
    assert_eq!(found(b, "lodz").await, Vec::<String>::new());
}

async fn the_migration_folds_as_the_program_does(_: TestApp) {
    for c in (0..=0x1_ffff).filter_map(char::from_u32) {
        let text = format!("a{c}b");
        assert_eq!(
            migrations::fold::fold(&text),
            types::fold(&text),
            "{:x}: what changes types::fold needs a migration",
            u32::from(c)
        );
    }
}
