//! Calls that have one place: queries, clients, the environment, time, ids, printing.

use super::files::Source;

/// A text that may stand only in some files, and why.
struct Rule {
    call: &'static str,
    allowed: &'static [&'static str],
    why: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        call: "::find()",
        allowed: &[
            "crates/domain/src/tenancy/",
            "crates/domain/src/db",
            "migrations/",
        ],
        why: "a query starts at `in_org(&ctx)` or one of its two named exceptions",
    },
    Rule {
        call: "::find_by_id(",
        allowed: &["crates/domain/src/tenancy/", "migrations/"],
        why: "a query starts at `in_org(&ctx)` or one of its two named exceptions",
    },
    Rule {
        call: "reqwest::Client",
        allowed: &["crates/components/src/http/"],
        why: "outbound HTTP goes through the guarded client",
    },
    Rule {
        call: "ClientBuilder::new",
        allowed: &["crates/components/src/http/"],
        why: "outbound HTTP goes through the guarded client",
    },
    Rule {
        call: "TcpStream::connect",
        allowed: &["xtask/"],
        why: "outbound connections go through the guarded client",
    },
    Rule {
        call: "env::var",
        allowed: &[
            "xtask/",
            "crates/cli/",
            "crates/components/src/providers/environment.rs",
            "crates/domain/build.rs",
            "crates/domain/src/testing.rs",
        ],
        why: "configuration is read once, at the start, by the program",
    },
    Rule {
        call: "Utc::now()",
        // The database's time: on SQLite that is this process's.
        allowed: &[
            "crates/types/src/clock.rs",
            "crates/domain/src/host/",
            "jobs/src/",
            "xtask/",
        ],
        why: "time comes from the Clock",
    },
    Rule {
        call: "SystemTime::now()",
        allowed: &["crates/types/src/clock.rs", "xtask/"],
        why: "time comes from the Clock",
    },
    Rule {
        call: "Uuid::now_v7()",
        // Names of processes and of the queue's own rows.
        allowed: &[
            "crates/types/src/clock.rs",
            "crates/domain/src/host/queue.rs",
            "crates/domain/src/live/redis.rs",
            "jobs/src/",
            "xtask/",
        ],
        why: "ids come from the Clock",
    },
    Rule {
        call: "println!(",
        allowed: &[
            "crates/cli/",
            "xtask/",
            "crates/domain/build.rs",
            "crates/domain/src/testing.rs",
        ],
        why: "only the command line prints",
    },
];

/// Calls outside their place.
pub fn check(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources
        .iter()
        .filter(|s| !s.is_test() && !s.name.starts_with("xtask/src/tidy/"))
    {
        for rule in RULES {
            if rule
                .allowed
                .iter()
                .any(|place| source.name.starts_with(place))
            {
                continue;
            }
            for (line, _) in source
                .code_lines()
                .filter(|(_, code)| code.contains(rule.call))
            {
                found.push(format!(
                    "{}:{line}: `{}`: {}",
                    source.name, rule.call, rule.why
                ));
            }
        }
    }
    found
}
