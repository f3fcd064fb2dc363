//! HTTP: the routes and the server.

mod address;
mod dashboard;
mod download;
mod events;
mod graphql;
mod health;
mod invitation;
mod letters;
mod mail_previews;
mod mcp;
mod next;
mod oauth;
mod outer;
mod passkey;
mod password;
mod saml;
mod scim;
mod server;
mod sign_in;
mod sign_up;
mod sso;
mod upload;
mod webhook;

use actix_web::{
    HttpRequest, HttpResponse,
    error::{InternalError, QueryPayloadError},
    middleware::Compress,
    web,
};
use types::ErrorCode;

pub use server::{Server, ServerHandle};

use crate::{error::ApiError, links::Part, request::RequestId, state::State, ws};

/// The route of GraphQL operations.
const GRAPHQL: &str = "/graphql";

/// All routes.
pub fn routes(config: &mut web::ServiceConfig, state: &web::Data<State>) {
    config.app_data(state.clone());
    config.app_data(web::QueryConfig::default().error_handler(unreadable_query));
    config.route("/healthz", web::get().to(health::alive));
    config.route("/readyz", web::get().to(health::ready));
    if state.health_only {
        return;
    }
    config.service(
        web::resource(GRAPHQL)
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
            .configure(saml::routes)
            .route("/link", web::post().to(sign_in::by_link))
            .route("/password", web::post().to(sign_in::by_password))
            .route("/code", web::post().to(sign_in::by_code))
            .route("/step-up", web::post().to(sign_in::step_up))
            .route("/password/forgot", web::post().to(password::forgot))
            .route("/password/reset", web::post().to(password::reset))
            .route("/passkey/options", web::post().to(passkey::sign_in_options))
            .route("/passkey", web::post().to(passkey::sign_in))
            .route(
                "/code/passkey/options",
                web::post().to(passkey::code_options),
            )
            .route("/code/passkey", web::post().to(passkey::code))
            .route(
                "/step-up/passkey/options",
                web::post().to(passkey::step_up_options),
            )
            .route("/step-up/passkey", web::post().to(passkey::step_up))
            .route("/email/preview", web::post().to(address::preview))
            .route("/email/confirm", web::post().to(address::confirm))
            .route("/email/refuse", web::post().to(address::refuse))
            .route("/email/undo", web::post().to(address::undo))
            .route("/invitation", web::post().to(invitation::accept))
            .route("/invitation/preview", web::post().to(invitation::preview))
            .route("/methods", web::post().to(sso::methods))
            .route("/connect", web::post().to(sso::connect))
            .route("/sign-up", web::post().to(sign_up::request))
            .route("/sign-up/confirm", web::post().to(sign_up::confirm))
            .route("/sign-out", web::post().to(sign_in::sign_out)),
    );
    oauth::routes(config);
    config.route("/sign-in/oidc/callback", web::get().to(sso::callback));
    config.route("/sign-in/oidc/{provider}", web::get().to(sso::begin));
    config.route("/sign-in/saml/{provider}", web::get().to(sso::begin));
    config.route(
        "/mail/unsubscribe/{token}",
        web::post().to(letters::unsubscribe),
    );
    config.route(
        "/mail/subscribe/{token}",
        web::post().to(letters::subscribe),
    );
    config.service(scim::scope());
    config.service(events::resource());
    config.service(webhook::scope());
    mcp::routes(config);
    if state.dev {
        config.route("/dev/mails", web::get().to(mail_previews::list));
        config.route(
            "/dev/mails/{name}/{format}",
            web::get().to(mail_previews::one),
        );
    }
    config.service(
        web::scope("")
            .wrap(Compress::default())
            .default_service(web::to(dashboard::serve)),
    );
}

/// Responds to an invalid query string with an error in the usual form.
fn unreadable_query(error: QueryPayloadError, request: &HttpRequest) -> actix_web::Error {
    let told = ApiError::new(
        ErrorCode::InvalidInput,
        format!("The query string cannot be read: {error}"),
    );
    let answer = HttpResponse::build(told.status()).json(told.body(&RequestId::get(request)));
    InternalError::from_response(error, answer).into()
}
