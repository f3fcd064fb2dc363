//! Runs the cases on each backend in parallel, and counts them.

use std::{future::Future, pin::Pin, process::ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};

use super::{Backend, TestApp};

/// The backends on which a case runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backends {
    /// On both. The two counts must be equal.
    Shared,
    /// On SQLite only.
    Sqlite,
    /// On PostgreSQL only.
    Postgres,
    /// Without a database, once.
    None,
}

pub type CaseFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A case.
#[derive(Clone, Copy)]
pub struct Case {
    pub module: &'static str,
    pub name: &'static str,
    pub backends: Backends,
    pub run: fn(TestApp) -> CaseFuture,
}

/// `cases![Shared: a, b; Postgres: c]`: a list of `async fn(TestApp)` by name.
#[macro_export]
macro_rules! cases {
    ($($backends:ident: $($name:ident),+ $(,)?);+ $(;)?) => {
        pub const CASES: &[$crate::harness::Case] = &[$($(
            $crate::harness::Case {
                module: module_path!(),
                name: stringify!($name),
                backends: $crate::harness::Backends::$backends,
                run: |app| Box::pin($name(app)),
            },
        )+)+];
    };
}

/// Runs the suite as `cargo test` expects it.
pub fn run(cases: &[Case]) -> ExitCode {
    let mut args = Arguments::from_args();
    // A case waits most of its time: for polls, timeouts and other processes.
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    args.test_threads.get_or_insert(2 * cores);
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    let has_postgres = Backend::postgres_is_there();
    let mut trials = Vec::new();
    for case in cases {
        let backends: &[Backend] = match case.backends {
            Backends::Shared => &[Backend::Sqlite, Backend::Postgres],
            Backends::Sqlite | Backends::None => &[Backend::Sqlite],
            Backends::Postgres => &[Backend::Postgres],
        };
        for backend in backends {
            let missing = *backend == Backend::Postgres && !has_postgres;
            trials.push(trial(case, *backend, missing && ci).with_ignored_flag(missing && !ci));
        }
    }
    let listing = args.list;
    let conclusion = libtest_mimic::run(&args, trials);
    if !listing {
        summary(cases, has_postgres, &args);
    }
    super::backend::clean_up();
    let (checked, found) = domain::statements::report();
    println!("different statements that name their organization: {checked}");
    for text in &found {
        eprintln!("a statement of the suite: {text}");
    }
    if found.is_empty() {
        conclusion.exit_code()
    } else {
        ExitCode::FAILURE
    }
}

fn trial(case: &Case, backend: Backend, fail: bool) -> Trial {
    let module = case.module.rsplit("cases::").next().unwrap_or(case.module);
    let case = *case;
    let label = if case.backends == Backends::None {
        ""
    } else {
        backend.name()
    };
    let name = format!(
        "{}::{}{}{label}",
        module,
        case.name,
        if label.is_empty() { "" } else { "::" }
    );
    Trial::test(name, move || {
        if fail {
            return Err(Failed::from(
                "CI=true, but FLOWMASON_TEST_POSTGRES and FLOWMASON_TEST_REDIS are not set",
            ));
        }
        // Three threads: for the case, for the server and its tasks, and for blocking work.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|e| Failed::from(e.to_string()))?;
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            runtime.block_on(async {
                let app = TestApp::start(backend).await;
                let stop = app.stopper();
                let limit = std::time::Duration::from_secs(240);
                let end = tokio::time::timeout(limit, tokio::spawn((case.run)(app))).await;
                stop.stop().await;
                match end {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(panic)) if panic.is_panic() => Err(text_of(panic.into_panic().as_ref())),
                    Ok(Err(error)) => Err(error.to_string()),
                    Err(_) => Err(format!("did not end within {limit:?}")),
                }
            })
        }));
        runtime.shutdown_timeout(std::time::Duration::from_secs(2));
        match done {
            Ok(Ok(())) => Ok(()),
            Ok(Err(text)) => Err(Failed::from(text)),
            Err(panic) => Err(Failed::from(text_of(panic.as_ref()))),
        }
    })
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap_or_else(|| "panicked".to_owned())
}

fn summary(cases: &[Case], has_postgres: bool, args: &Arguments) {
    let wanted: Vec<&Case> = cases
        .iter()
        .filter(|case| {
            args.filter.as_ref().is_none_or(|filter| {
                format!("{}::{}", case.module, case.name).contains(filter.as_str())
            })
        })
        .collect();
    let count = |backends: Backends| wanted.iter().filter(|c| c.backends == backends).count();
    let names = |backends: Backends| {
        let names: Vec<&str> = wanted
            .iter()
            .filter(|c| c.backends == backends)
            .map(|c| c.name)
            .collect();
        if names.is_empty() {
            String::new()
        } else {
            format!(": {}", names.join(", "))
        }
    };
    let shared = count(Backends::Shared);
    println!("shared cases on SQLite: {shared}");
    if has_postgres {
        println!("shared cases on PostgreSQL and Redis: {shared}");
    } else {
        println!("shared cases on PostgreSQL and Redis: 0 (skipped: no servers are named)");
    }
    println!(
        "SQLite only: {}{}",
        count(Backends::Sqlite),
        names(Backends::Sqlite)
    );
    println!(
        "PostgreSQL only: {}{}",
        count(Backends::Postgres),
        names(Backends::Postgres)
    );
    println!("without a database: {}", count(Backends::None));
}
