//! Rule: which crates may import each other directly, and which crates may use which large library.

use serde_json::Value;

use super::{packages, text};

/// The allowed direct dependencies: a crate and the workspace crates that it may import.
const OURS: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("engine-macros", &[]),
    ("engine", &["types", "engine-macros"]),
    ("components", &["types", "engine"]),
    ("mailer", &[]),
    ("saml", &["types"]),
    ("scim", &[]),
    ("sso", &["types", "components"]),
    (
        "domain",
        &[
            "types",
            "engine",
            "components",
            "mailer",
            "saml",
            "scim",
            "sso",
        ],
    ),
    ("migrations", &[]),
    ("api", &["types", "engine", "components", "domain", "scim"]),
    ("jobs", &["types", "engine", "components", "domain"]),
    (
        "cli",
        &[
            "types",
            "engine",
            "components",
            "domain",
            "mailer",
            "migrations",
            "api",
            "jobs",
        ],
    ),
    ("xtask", &[]),
];

/// Crates that may import everything and that no crate imports.
const EVERYTHING: &[&str] = &["tests"];

/// Libraries that only the listed crates may use, besides `tests`.
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
    ("jiff", &["engine"]),
    ("lettre", &["mailer"]),
    ("minijinja", &["mailer"]),
    ("openidconnect", &["sso"]),
    ("openssl", &["saml"]),
    ("redis", &["domain"]),
    ("reqwest", &["components", "cli"]),
    ("roxmltree", &["saml"]),
    ("samael", &["saml"]),
];

/// Reports dependencies that the tables do not allow.
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
            // Tests of crates that use the database create one of their own.
            let own_database = for_tests && other == "migrations";
            if ours.contains(&other) && !allowed.contains(&other) && !own_database {
                found.push(format!("`{name}` may not import `{other}`"));
            }
            if let Some((_, homes)) = LIBRARIES.iter().find(|(library, _)| *library == other)
                && !homes.contains(&name)
                && !for_tests
            {
                found.push(format!(
                    "`{name}` may not use `{other}`; only {homes:?} may"
                ));
            }
        }
    }
    found
}
