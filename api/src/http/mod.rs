//! HTTP: routes, and the server that carries them.

mod dashboard;
pub(crate) mod download;
mod graphql;
mod health;
mod outer;
mod server;

use actix_web::{middleware::Compress, web};

pub use server::{Server, ServerHandle};

use crate::{auth, state::State, ws};

/// All routes.
pub fn routes(config: &mut web::ServiceConfig, state: &web::Data<State>) {
    config.app_data(state.clone());
    config.route("/healthz", web::get().to(health::alive));
    config.route("/readyz", web::get().to(health::ready));
    if state.health_only {
        return;
    }
    config.service(
        web::resource("/graphql")
            .route(web::post().to(graphql::post))
            .route(web::get().to(graphql::get))
            .default_service(web::to(graphql::not_allowed)),
    );
    config.route("/graphql/ws", web::get().to(ws::open));
    config.service(download::resource(download::Part::Input));
    config.service(download::resource(download::Part::Output));
    config.service(
        web::scope("/auth")
            .route("/link", web::post().to(auth::by_link))
            .route("/password", web::post().to(auth::by_password))
            .route("/sign-out", web::post().to(auth::sign_out)),
    );
    config.service(
        web::scope("")
            .wrap(Compress::default())
            .default_service(web::to(dashboard::serve)),
    );
}
