//! A separate migrated database for each test: SQLite in a temporary folder, and PostgreSQL if
//! `FLOWMASON_TEST_POSTGRES` names a server.

#![allow(clippy::disallowed_methods, reason = "test code")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "test code")]

mod template;

use std::sync::{Arc, OnceLock};

use chrono::{TimeZone, Utc};
use sea_orm::{ConnectionTrait, Database as Connection};
use types::{Clock, UserId};

use crate::{
    App, Ctx, Database, Role, Settings, SignUp,
    access::{Permission, PermissionSet},
    identity::{self, Credential, InvitationLink, Invitee, Visitor},
    live::Right,
    mail::{self, Language, Letter},
    members, roles, sealed,
    tenancy::OrgEntity,
};

/// An application with its own database.
pub struct TestApp {
    /// The application.
    pub app: App,
    /// The URL to connect to the PostgreSQL database as its owner; `None` for SQLite.
    pub owner_url: Option<String>,
    _folder: tempfile::TempDir,
}

/// Runs a test on each available database.
pub async fn on_each_database<F: Future<Output = ()>>(test: impl Fn(TestApp) -> F) {
    test(sqlite().await).await;
    match postgres().await {
        Some(app) => test(app).await,
        None => skipped(),
    }
}

/// Reports that PostgreSQL was skipped. In CI (`CI` is set) that fails the test.
pub fn skipped() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        assert!(
            std::env::var_os("CI").is_none(),
            "FLOWMASON_TEST_POSTGRES is not set"
        );
        eprintln!("skipped: PostgreSQL (FLOWMASON_TEST_POSTGRES is not set)");
    });
}

/// An application on SQLite.
pub async fn sqlite() -> TestApp {
    let folder = tempfile::tempdir().unwrap();
    template::copy_sqlite(folder.path()).await;
    open(folder, Database::Sqlite, None).await
}

/// An application on PostgreSQL, if there is a server.
pub async fn postgres() -> Option<TestApp> {
    let server = std::env::var("FLOWMASON_TEST_POSTGRES").ok()?;
    let url = template::copy_postgres(&server).await;
    Some(open(tempfile::tempdir().unwrap(), on_postgres(&url), Some(url)).await)
}

fn on_postgres(url: &str) -> Database {
    Database::Postgres {
        url: url.to_owned(),
        max_connections: 4,
    }
}

/// An application on PostgreSQL, if there is a server. Unlike in [`postgres`], and as in
/// production, the database's owner is not a superuser.
pub async fn postgres_of_a_plain_owner() -> Option<TestApp> {
    let server = std::env::var("FLOWMASON_TEST_POSTGRES").ok()?;
    let name = format!("domain_test_{}", uuid::Uuid::new_v4().simple());
    let admin = Connection::connect(&server).await.unwrap();
    // Creates the roles, as any first migration by a superuser or a CREATEROLE owner does.
    let first = postgres().await?;
    first.close().await;
    for sql in [
        format!("CREATE ROLE {name} LOGIN PASSWORD 'owner'"),
        format!("GRANT flowmason_app, flowmason_system TO {name}"),
        format!("CREATE DATABASE {name} OWNER {name}"),
    ] {
        admin.execute_unprepared(&sql).await.unwrap();
    }
    admin.close().await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    let (_, host) = base
        .rsplit_once('@')
        .unwrap_or(base.rsplit_once("//").unwrap());
    let url = format!("postgres://{name}:owner@{host}/{name}");
    let owner = format!("{base}/{name}");
    migrations::migrate(&url).await.unwrap();
    Some(open(tempfile::tempdir().unwrap(), on_postgres(&url), Some(owner)).await)
}

/// Opens an application on a migrated database.
async fn open(folder: tempfile::TempDir, database: Database, owner_url: Option<String>) -> TestApp {
    let settings = Settings {
        database,
        password_cost: 4,
        ..Settings::embedded(folder.path())
    };
    let clock = Clock::manual(Utc.with_ymd_and_hms(2026, 1, 2, 3, 4, 5).unwrap());
    let providers = components::model::Providers::default().with_examples();
    let app = App::open(settings, clock, Arc::new(components::registry()), providers)
        .await
        .unwrap();
    TestApp {
        app,
        owner_url,
        _folder: folder,
    }
}

impl TestApp {
    /// The first owner, signed in, and the session token.
    pub async fn owner(&self) -> (Ctx, String) {
        let link = identity::print_link(&self.app).await.unwrap().unwrap();
        let signed_in = identity::redeem_link(&self.app, &link, Default::default(), "test")
            .await
            .unwrap();
        (self.session(&signed_in.token).await, signed_in.token)
    }

    /// The same database under another address of the server.
    pub async fn at(self, base_url: &str) -> Self {
        let settings = Settings {
            base_url: base_url.to_owned(),
            ..self.app.settings().clone()
        };
        self.again(settings).await
    }

    /// The same database on a server that sends mail.
    pub async fn with_mail(self) -> Self {
        let options = mailer::SmtpOptions {
            host: "localhost".to_owned(),
            from: Some("flowmason@example.com".to_owned()),
            ..mailer::SmtpOptions::default()
        };
        let settings = Settings {
            mail: Some(mailer::SmtpSettings::new(options).unwrap()),
            ..self.app.settings().clone()
        };
        self.again(settings).await
    }

    /// The same database on a server where these people get accounts.
    pub async fn sign_up(self, sign_up: SignUp) -> Self {
        let settings = Settings {
            sign_up,
            ..self.app.settings().clone()
        };
        self.again(settings).await
    }

    async fn again(mut self, settings: Settings) -> Self {
        let clock = self.app.clock().clone();
        let (registry, providers) = (self.app.registry().clone(), self.app.providers().clone());
        self.app.close().await;
        self.app = App::open(settings, clock, registry, providers)
            .await
            .unwrap();
        self
    }

    /// The context of a session.
    pub async fn session(&self, token: &str) -> Ctx {
        identity::authenticate(&self.app, Credential::Session(token), None, "test")
            .await
            .unwrap()
    }

    /// A person who accepted an invitation, with their session token.
    pub async fn member(&self, by: &Ctx, role: Role, email: &str) -> (Ctx, String) {
        let (_, link) = identity::create_invitation(by, role, None, Language::English)
            .await
            .unwrap();
        let InvitationLink::Token(token) = link else {
            panic!("sent to nobody");
        };
        let invitee = Invitee::Account {
            name: "Bo",
            email,
            password: "correct horse",
        };
        let visitor = Visitor::default();
        let accepted = identity::accept_invitation(&self.app, &token, invitee, visitor, "test")
            .await
            .unwrap();
        let session = accepted.signed_in.unwrap().token;
        let credential = Credential::Session(&session);
        let ctx = identity::authenticate(&self.app, credential, Some(accepted.org), "test")
            .await
            .unwrap();
        (ctx, session)
    }

    /// The same person as owner of a second organization.
    pub async fn elsewhere(&self, owner: &Ctx, token: &str) -> Ctx {
        let org = crate::organizations::create(owner, "Elsewhere")
            .await
            .unwrap();
        identity::authenticate(&self.app, Credential::Session(token), Some(org.id), "test")
            .await
            .unwrap()
    }

    /// Enforces single sign-on for the addresses of a domain in the context's organization.
    pub async fn enforce_sso(&self, ctx: &Ctx, domain: &str) {
        let tx = ctx.begin().await.unwrap();
        let sql = "INSERT INTO domains (id, org_id, name, token, created_at, proved_at, enforced_at) \
            VALUES ($1, $2, $3, 'x', $4, $4, $4)";
        let id = ctx.clock().new_uuid();
        let values = [
            id.into(),
            ctx.org.0.into(),
            domain.into(),
            ctx.clock().now().into(),
        ];
        tx.execute(sql, values).await.unwrap();
        tx.commit().await.unwrap();
        self.app.drop_right(Right::Organization(ctx.org.0));
    }

    /// Enforces single sign-on for everyone but guests in the context's organization.
    pub async fn enforce_sso_for_everyone(&self, ctx: &Ctx) {
        let tx = ctx.begin().await.unwrap();
        let sql = "UPDATE organizations SET sso_everyone_since = $1 WHERE id = $2";
        let values = [ctx.clock().now().into(), ctx.org.0.into()];
        tx.execute(sql, values).await.unwrap();
        tx.commit().await.unwrap();
        self.app.drop_right(Right::Organization(ctx.org.0));
    }

    /// Somebody with everything that admins have except the permission `audit.read`, by a role of the
    /// organization's own, with their session token.
    pub async fn almost_admin(&self, owner: &Ctx, email: &str) -> (Ctx, String) {
        let (member, session) = self.member(owner, Role::Viewer, email).await;
        let less = PermissionSet::from_iter([Permission::AuditRead]);
        let definition = roles::Definition {
            name: format!("Almost admin {email}"),
            description: String::new(),
            permissions: Role::Admin.permissions().without(less),
        };
        let role = roles::create(owner, &definition).await.unwrap();
        let user = UserId(member.actor.id.unwrap());
        members::change_role(owner, user, roles::RoleChoice::Custom(role.id))
            .await
            .unwrap();
        (self.session(&session).await, session)
    }

    /// Verifies the addresses that people have, as with a link.
    pub async fn verify_addresses(&self) {
        let tx = self.app.db().begin(&[]).await.unwrap();
        let sql = "UPDATE users SET email_verified_at = $1 \
            WHERE email IS NOT NULL AND email_verified_at IS NULL";
        tx.execute(sql, [self.app.clock().now().into()])
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// The letters of no organization that wait for an address, oldest first.
    pub async fn letters(&self, to: &str) -> Vec<Letter> {
        let ctx = mail::server(&self.app, "test");
        let mut rows = ctx.all(mail::entity::Entity::in_org(&ctx)).await.unwrap();
        rows.sort_by_key(|row| row.id);
        let own = rows.into_iter().filter(|row| row.recipient == to);
        let read = own.filter_map(|row| {
            let content = row.content?;
            let letter = sealed::open(&self.app, "mail", row.id.as_bytes(), &content).unwrap();
            Some(serde_json::from_slice(&letter).unwrap())
        });
        read.collect()
    }

    /// Runs a statement as the database's owner, which the application itself is not allowed to
    /// run.
    pub async fn as_database_owner(&self, sql: &str) {
        match &self.owner_url {
            Some(url) => {
                let owner = Connection::connect(url.as_str()).await.unwrap();
                owner.execute_unprepared(sql).await.unwrap();
                owner.close().await.unwrap();
            }
            None => {
                self.app.db().conn().execute_unprepared(sql).await.unwrap();
            }
        }
    }

    /// Drops a PostgreSQL database. SQLite's folder is deleted on drop.
    pub async fn close(self) {
        if let Some(url) = self.owner_url {
            self.app.close().await;
            let (base, name) = url.rsplit_once('/').unwrap();
            let admin = Connection::connect(format!("{base}/postgres"))
                .await
                .unwrap();
            let drop = format!("DROP DATABASE {name} WITH (FORCE)");
            admin.execute_unprepared(&drop).await.unwrap();
            // The database's own owner, if it has one.
            let drop = format!("DROP ROLE IF EXISTS {name}");
            admin.execute_unprepared(&drop).await.unwrap();
            admin.close().await.unwrap();
        }
    }
}
