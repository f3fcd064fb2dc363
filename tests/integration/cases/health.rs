//! The health checks, while the server is not ready and while it is stopping.

use std::sync::Arc;

use crate::{
    cases,
    harness::{Caller, TestApp, callers::Secret},
};

cases![None:
    readyz_reports_what_is_missing_while_healthz_stays_ok,
    a_process_without_the_api_serves_health_only;
];

async fn readyz_reports_what_is_missing_while_healthz_stays_ok(app: TestApp) {
    let base = app.serve(|config| {
        config.ready = Arc::new(|| Box::pin(async { Err("database".to_owned()) }));
    });
    let caller = Caller::new(&base, Secret::None);
    assert_eq!(caller.get("/healthz").await.status, 200);
    let answer = caller.get("/readyz").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["missing"], "database");
    assert_eq!(app.anonymous().get("/readyz").await.status, 200);
}

async fn a_process_without_the_api_serves_health_only(app: TestApp) {
    let base = app.serve(|config| config.health_only = true);
    let caller = Caller::new(&base, Secret::None);
    assert_eq!(caller.get("/healthz").await.status, 200);
    for path in ["/graphql", "/", "/auth/link"] {
        assert_eq!(caller.get(path).await.status, 404, "{path}");
    }
}
