//! `cargo xtask test [NAME]`: runs all tests, or those that match.

use clap::Args;

use crate::{
    build,
    error::Result,
    packages::{self, Need},
    peers, process, python,
    services::{self, Durability},
    web::{self, Web},
};

/// Options of `test`.
#[derive(Args)]
pub struct TestArgs {
    /// A suite (`rust`, `web`, `browser`), a crate, or a part of a test's name
    name: Option<String>,
    /// Run longer fault tests (50 kills instead of 10)
    #[arg(long)]
    full: bool,
    /// The seed that a failed kill test printed; a number or any text
    #[arg(long)]
    seed: Option<String>,
}

/// The suites to run.
struct Parts<'a> {
    rust: bool,
    web: bool,
    browser: bool,
    package: Option<&'a str>,
    filter: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(name: Option<&'a str>) -> Result<Self> {
        let all = Self {
            rust: true,
            web: true,
            browser: true,
            package: None,
            filter: None,
        };
        Ok(match name {
            None => all,
            Some("rust") => Self {
                web: false,
                browser: false,
                ..all
            },
            Some("web") => Self {
                rust: false,
                browser: false,
                ..all
            },
            Some("browser") => Self {
                rust: false,
                web: false,
                ..all
            },
            Some(name)
                if crate::tidy::crate_names()?
                    .iter()
                    .any(|known| known == name) =>
            {
                Self {
                    web: false,
                    browser: false,
                    package: Some(name),
                    ..all
                }
            }
            Some(name) => Self {
                filter: Some(name),
                ..all
            },
        })
    }
}

/// Runs the tests.
pub fn run(args: &TestArgs) -> Result {
    let parts = Parts::of(args.name.as_deref())?;
    let mut needs = Vec::new();
    if parts.rust {
        needs.extend([
            Need::Postgres,
            Need::Redis,
            Need::Python,
            Need::XmlSecProgram,
            Need::Openssl,
            Need::Npm,
        ]);
    }
    if parts.web || parts.browser {
        needs.push(Need::Npm);
    }
    if parts.browser {
        needs.push(Need::Chromium);
    }
    packages::ensure(&needs)?;
    // A checkout without the front end has no web tests.
    let has_web = web::folder().join("package-lock.json").is_file();
    if parts.rust {
        rust(&parts, args)?;
    }
    if has_web && (parts.web || parts.browser) {
        let web = Web::ready()?;
        if parts.web {
            web_checks(&web, parts.filter)?;
        }
        if parts.browser {
            peers::ensure()?;
            web.build()?;
            web.browser_tests(&build::program(false)?, parts.filter)?;
        }
    }
    Ok(())
}

fn rust(parts: &Parts<'_>, args: &TestArgs) -> Result {
    let servers = services::start(&std::env::temp_dir(), Durability::None)?;
    let python = python::ensure()?;
    let node = peers::ensure()?;
    let program = build::program(false)?;
    let mut cargo = process::cargo();
    // One run reports all failures.
    cargo.args(["test", "--no-fail-fast"]);
    match parts.package {
        Some(package) => cargo.args(["--package", package]),
        None => cargo.arg("--workspace"),
    };
    cargo.env("FLOWMASON_TEST_POSTGRES", &servers.postgres);
    cargo.env("FLOWMASON_TEST_REDIS", &servers.redis);
    cargo.env("FLOWMASON_TEST_PYTHON", python);
    cargo.env("FLOWMASON_TEST_NODE", node);
    cargo.env("FLOWMASON_BIN", program);
    if args.full {
        cargo.env("FLOWMASON_TEST_FULL", "1");
    }
    if let Some(seed) = &args.seed {
        cargo.env("FLOWMASON_SEED", seed);
    }
    if let Some(filter) = parts.filter {
        cargo.arg(filter);
    }
    process::run(&mut cargo)
}

fn web_checks(web: &Web, filter: Option<&str>) -> Result {
    if let Some(filter) = filter {
        return web.script("test", &["-t", filter, "--passWithNoTests"]);
    }
    for script in ["format:check", "lint", "typecheck", "codegen:check", "test"] {
        web.script(script, &[])?;
    }
    web.build()
}
