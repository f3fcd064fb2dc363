//! `/healthz`: the process answers. `/readyz`: it can do its work.

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::state::State;

/// The process lives. Looks at nothing else, so that a broken database restarts nobody.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// The database answers, its tables are the expected ones, the worker lives, nobody is stopping.
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
