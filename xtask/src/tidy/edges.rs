//! Who may import whom: the direct edges between our crates, and which crate may use which
//! large library.

use serde_json::Value;

use super::{packages, text};

/// The direct edges that are allowed: a crate and what it may name.
const OURS: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("engine-macros", &[]),
    ("engine", &["types", "engine-macros"]),
    ("components", &["types", "engine"]),
    ("domain", &["types", "engine", "components"]),
    ("migrations", &[]),
    ("api", &["types", "engine", "components", "domain"]),
    ("jobs", &["types", "engine", "components", "domain"]),
    (
        "cli",
        &[
            "types",
            "engine",
            "components",
            "domain",
            "migrations",
            "api",
            "jobs",
        ],
    ),
    ("xtask", &[]),
];

/// Crates that may import everything and that nobody imports.
const EVERYTHING: &[&str] = &["tests"];

/// Libraries with one home (`tests` may use them too).
const LIBRARIES: &[(&str, &[&str])] = &[
    ("sea-orm", &["domain", "marketplace"]),
    ("sea-orm-migration", &["migrations"]),
    ("sqlx", &["domain", "jobs"]),
    ("async-graphql", &["api"]),
    ("async-graphql-actix-web", &["api"]),
    ("actix-web", &["api", "mobile-bff"]),
    ("apalis", &["jobs"]),
    ("apalis-postgres", &["jobs"]),
    ("apalis-sqlite", &["jobs"]),
    ("hickory-resolver", &["components"]),
    ("redis", &["domain"]),
    ("reqwest", &["components", "cli"]),
];

/// Edges that stand in no table.
pub fn check(metadata: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let ours: Vec<&str> = packages(metadata).map(|p| text(p, "name")).collect();
    for package in packages(metadata) {
        let name = text(package, "name");
        if EVERYTHING.contains(&name) {
            continue;
        }
        let Some((_, allowed)) = OURS.iter().find(|(of, _)| *of == name) else {
            found.push(format!(
                "the crate `{name}` has no row in xtask/src/tidy/edges.rs"
            ));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let other = text(dependency, "name");
            let for_tests = text(dependency, "kind") == "dev";
            // Tests of a crate over the database make their own one.
            let own_database = for_tests && other == "migrations";
            if ours.contains(&other) && !allowed.contains(&other) && !own_database {
                found.push(format!("`{name}` may not import `{other}`"));
            }
            if let Some((_, homes)) = LIBRARIES.iter().find(|(library, _)| *library == other)
                && !homes.contains(&name)
                && !for_tests
            {
                found.push(format!(
                    "`{name}` may not use `{other}`; its home: {homes:?}"
                ));
            }
        }
    }
    found
}
