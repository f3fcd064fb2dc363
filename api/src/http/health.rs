//! The health checks: `/healthz` (the process responds) and `/readyz` (it can do its work).

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::state::State;

/// Reports that the process responds. Checks nothing else, so that a failure of the database does
/// not restart processes.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// Reports whether the database responds and has the expected tables, the worker is alive and the
/// server is not stopping.
pub async fn ready(state: web::Data<State>) -> HttpResponse {
    if state.closing.is_cancelled() {
        return unavailable("stopping");
    }
    match (state.ready)().await {
        Ok(()) => HttpResponse::Ok().json(json!({ "status": "ready" })),
        Err(missing) => unavailable(&missing),
    }
}

fn unavailable(missing: &str) -> HttpResponse {
    HttpResponse::ServiceUnavailable().json(json!({ "status": "not ready", "missing": missing }))
}
