//! HTTP: routes, and the server that carries them.

mod dashboard;
mod download;
mod graphql;
mod health;
mod outer;
mod server;
mod sign_in;
mod upload;

use actix_web::{middleware::Compress, web};

pub use server::{Server, ServerHandle};

use crate::{links::Part, state::State, ws};

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
    config.service(upload::resource());
    config.service(download::resource(Part::Input));
    config.service(download::resource(Part::Output));
    config.service(
        web::scope("/auth")
            .route("/link", web::post().to(sign_in::by_link))
            .route("/password", web::post().to(sign_in::by_password))
            .route("/sign-out", web::post().to(sign_in::sign_out)),
    );
    config.service(
        web::scope("")
            .wrap(Compress::default())
            .default_service(web::to(dashboard::serve)),
    );
}
