//! Signing in to a real server in this process.

use std::{net::TcpListener, sync::Arc};

use api::{ApiConfig, Origins, Server as ApiServer, TrustedProxies};
use chrono::TimeDelta;
use components::model::Providers;
use domain::{
    App, Ctx, Settings,
    identity::{self, Credential, oauth},
};

use super::{
    login::{begin, finish},
    logout::logout,
    refresh::access_token,
    store::Tokens,
    whoami::whoami,
    *,
};

/// A server with its first owner.
async fn serve(folder: &std::path::Path) -> (App, Ctx, api::ServerHandle) {
    ::components::http::install_crypto();
    std::fs::create_dir(folder).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let settings = Settings {
        base_url: format!("http://127.0.0.1:{port}"),
        password_cost: 4,
        ..Settings::embedded(folder)
    };
    migrations::migrate(&settings.database_url()).await.unwrap();
    let registry = Arc::new(::components::registry());
    let app = App::open(settings, Clock::system(), registry, Providers::default())
        .await
        .unwrap();
    let link = identity::print_link(&app).await.unwrap().unwrap();
    let signed_in = identity::redeem_link(&app, &link, Default::default(), "test").await;
    let token = signed_in.unwrap().token;
    let owner = identity::authenticate(&app, Credential::Session(&token), None, "test").await;
    let config = ApiConfig {
        app: app.clone(),
        origins: Origins::loopback(port),
        https: false,
        trusted_proxies: TrustedProxies::default(),
        dev: false,
        dashboard_dir: None,
        health_only: false,
        unread: api::limits::SEND_TIMEOUT,
        ready: Arc::new(|| Box::pin(async { Ok(()) })),
    };
    let server = ApiServer::new(listener, config, 1).unwrap();
    let handle = server.handle();
    tokio::spawn(server.run());
    (app, owner.unwrap(), handle)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_is_allowed_by_a_person_refreshed_used_and_ended() {
    let folder = tempfile::tempdir().unwrap();
    let (app, owner, handle) = serve(&folder.path().join("data")).await;
    let clock = Clock::system();
    let mut store = Store::open(folder.path().join("user")).unwrap();
    let server = Server::at(&app.settings().base_url).ok().unwrap();
    let nobody = access_token(&server, &mut store, &clock).await.unwrap_err();
    assert_eq!(nobody.exit, Exit::NotSetUp);
    assert!(
        nobody.message.contains("flowmason login"),
        "{}",
        nobody.message
    );

    let endpoints = server.endpoints().await.ok().unwrap();
    let codes = begin(&server, &endpoints).await.ok().unwrap();
    let person = async {
        oauth::device_request(&owner, &codes.user_code)
            .await
            .unwrap();
        oauth::answer_device(&owner, &codes.user_code, true)
            .await
            .unwrap();
    };
    let program = finish(&server, &endpoints, &codes, &mut store, &clock);
    let ((), signed_in) = tokio::join!(person, program);
    signed_in.unwrap_or_else(|failed| panic!("{}", failed.message));
    whoami(&server, &mut store, &clock, None, true)
        .await
        .unwrap();

    // An expired token is replaced; the store on the disk has the new one.
    let first = store.get(&server.address).unwrap().clone();
    let expired = Tokens {
        expires_at: clock.now() - TimeDelta::seconds(1),
        ..first.clone()
    };
    store.put(&server.address, expired).unwrap();
    let second = access_token(&server, &mut store, &clock).await.unwrap();
    assert_ne!(second, first.access_token);
    let stored = Store::open(folder.path().join("user")).unwrap();
    let stored = stored.get(&server.address).unwrap().clone();
    assert_eq!(stored.access_token, second);

    // An API key wins.
    let wrong = Some("fmk_wrong".to_owned());
    let refused = whoami(&server, &mut store, &clock, wrong, false).await;
    assert_eq!(refused.unwrap_err().exit, Exit::NotSetUp);
    let (_, key) = identity::create_api_key(&owner, "ci", domain::Role::Viewer)
        .await
        .unwrap();
    whoami(&server, &mut store, &clock, Some(key), false)
        .await
        .unwrap();

    logout(&server, &mut store).await.unwrap();
    assert!(store.get(&server.address).is_none());
    let ended = server
        .query(&stored.access_token, "{ viewer { actorName } }")
        .await;
    assert!(ended.unwrap().is_none());
    handle.stop().await;
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_the_person_refuses_says_so_and_keeps_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (app, owner, handle) = serve(&folder.path().join("data")).await;
    let clock = Clock::system();
    let mut store = Store::open(folder.path().join("user")).unwrap();
    let server = Server::at(&app.settings().base_url).ok().unwrap();
    let endpoints = server.endpoints().await.ok().unwrap();
    let codes = begin(&server, &endpoints).await.ok().unwrap();
    oauth::device_request(&owner, &codes.user_code)
        .await
        .unwrap();
    oauth::answer_device(&owner, &codes.user_code, false)
        .await
        .unwrap();
    let refused = finish(&server, &endpoints, &codes, &mut store, &clock).await;
    let refused = refused.unwrap_err();
    assert!(
        refused.message.contains("not allowed"),
        "{}",
        refused.message
    );
    assert!(store.last().is_none());
    let localhost = server.address.replace("127.0.0.1", "localhost");
    let other = Server::at(&localhost).ok().unwrap();
    let other = other.endpoints().await.unwrap_err();
    assert!(other.message.contains(&server.address), "{}", other.message);
    handle.stop().await;
    app.close().await;
}
