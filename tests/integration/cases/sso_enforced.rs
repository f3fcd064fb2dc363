//! Single sign-on enforced for a domain, with a real OpenID provider: what members still reach
//! without it, and how the break-glass owner gets in. S22.

use domain::Role;
use reqwest::StatusCode;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use types::DomainId;

use crate::{
    cases,
    harness::{
        Answer, Caller, TestApp,
        callers::Secret,
        oidc::{Browser, Oidc, create, owner},
        people::{Org, Person, key, member, new_session, passkey, secret, set_email},
    },
};

cases![Shared:
    s22_members_of_an_enforced_domain_enter_by_single_sign_on_only,
    s22_passwords_resets_passkeys_and_invitations_open_no_other_way,
    s22_only_a_strong_session_of_the_break_glass_owner_enters,
    s22_enforced_for_everyone_it_holds_for_all_addresses_but_those_of_guests,
    s22_whoever_is_invited_as_a_guest_joins_without_single_sign_on,
    single_sign_on_is_enforced_only_when_nobody_is_locked_out_by_it,
    a_sign_in_begun_by_another_site_replaces_no_session_without_a_question,
];

const VIEWER: &str = "{ viewer { organization { name } user { id } } }";
const ENFORCE: &str = "mutation($d: ID!, $o: ID!) { \
    enforceSso(input: {domainId: $d, breakGlassOwnerId: $o}) { domain { ssoEnforcedAt } } }";
const STOP: &str = "mutation($d: ID!) { \
    stopEnforcingSso(input: {domainId: $d}) { domain { ssoEnforcedAt } } }";
const PASSWORD: &str = "correct horse battery";
const SET: &str = "mutation($p: String!) { setPassword(input: {newPassword: $p}) { ok } }";

/// Executes a statement in the organization.
macro_rules! execute {
    ($app:expr, $org:expr, $sql:expr, [$($value:expr),* $(,)?]) => {{
        let tx = $app.app.db().begin(&[$org.id]).await.expect("a transaction");
        let values = [$($value.into()),*];
        tx.execute($sql, values).await.expect($sql);
        tx.commit().await.expect("committed");
    }};
}

/// An organization with a provider that has been used and a proved domain.
pub struct Company {
    pub app: TestApp,
    oidc: Oidc,
    org: Org,
    domain: DomainId,
    provider: String,
    /// A member whose address is of the domain.
    pub alice: Person,
    /// Alice's browser, signed in at the provider.
    pub browser: Browser,
}

impl Company {
    pub async fn new(app: &TestApp) -> Option<Self> {
        let oidc = Oidc::start()?;
        let org = app.org("A").await;
        let alice = member(app, org.id, Role::Developer).await;
        set_email(app, alice.user, "alice@example.test").await;
        let domain = DomainId::new(app.app.clock());
        let sql = "INSERT INTO domains (id, org_id, name, token, created_at, proved_at) \
            VALUES ($1, $2, 'example.test', 'x', $3, $3)";
        execute!(app, org, sql, [domain.0, org.id.0, app.app.clock().now()]);
        let app = oidc.app(app).await;
        let provider = create(&owner(&app, &org), &oidc.settings()).await;
        let browser = Browser::new(&app);
        let mut company = Self {
            app,
            oidc,
            org,
            domain,
            provider,
            alice,
            browser,
        };
        company.enter().await;
        Some(company)
    }

    /// Alice signs in at the provider.
    async fn enter(&mut self) {
        let entered = self.browser.sign_in(&self.provider, "alice").await;
        assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    }

    fn owner(&self) -> Caller {
        owner(&self.app, &self.org)
    }

    /// Enforces single sign-on; the owner is the break-glass owner.
    pub async fn enforce(&self) {
        passkey(&self.app, self.org.owner().user).await;
        let variables = json!({ "d": self.domain.to_string(), "o": self.org.owner().user });
        let done = self.owner().data(ENFORCE, variables).await;
        assert!(done["enforceSso"]["domain"]["ssoEnforcedAt"].is_string());
    }

    /// A new session of a person, as a passkey would open it.
    async fn strong(&self, person: &Person) -> Caller {
        let (id, token) = new_session(&self.app, person.user, 3_600).await;
        let sql = "UPDATE sessions SET strong = true WHERE id = $1";
        execute!(self.app, self.org, sql, [id.0]);
        Caller::new(&self.app.base, Secret::Session(token))
    }

    pub fn at(&self, person: &Person) -> Caller {
        person.caller.at(&self.app.base)
    }
}

/// Asserts that a response refuses for want of single sign-on and names the way in.
pub fn names_the_way_in(answer: &Answer, company: &Company) {
    assert_eq!(
        answer.code().as_deref(),
        Some("SSO_REQUIRED"),
        "{}",
        answer.text
    );
    let json = answer.json();
    let graphql = json["errors"][0]["extensions"]["providers"].clone();
    let providers = match graphql.is_null() {
        true => json["error"]["providers"].clone(),
        false => graphql,
    };
    let path = format!("/sign-in/oidc/{}", company.provider);
    assert_eq!(providers, json!([{ "name": "Example", "path": path }]));
}

async fn s22_members_of_an_enforced_domain_enter_by_single_sign_on_only(app: TestApp) {
    let Some(company) = Company::new(&app).await else {
        return;
    };
    let other = app.org("B").await;
    let carol = member(&app, company.org.id, Role::Admin).await;
    set_email(&app, carol.user, "carol@example.test").await;
    join(&app, &other, &carol).await;
    let outsider = member(&app, company.org.id, Role::Viewer).await;
    set_email(&app, outsider.user, "eve@elsewhere.test").await;
    let (_, program) = key(&app, &company.alice, Role::Developer).await;
    let alice = company.at(&company.alice);
    alice.data(VIEWER, json!({})).await;
    company.enforce().await;

    // At once, whatever was open before.
    names_the_way_in(&alice.graphql(VIEWER, json!({})).await, &company);
    let uploaded = alice.post("/uploads", &json!({})).await;
    names_the_way_in(&uploaded, &company);
    let seen = company.browser.caller().data(VIEWER, json!({})).await;
    assert_eq!(seen["viewer"]["user"]["id"], json!(company.alice.user));
    company.at(&outsider).data(VIEWER, json!({})).await;
    program
        .at(&company.app.base)
        .data("{ viewer { permissions } }", json!({}))
        .await;

    // Who belongs to another organization keeps that one, and nothing else.
    let carol_id = carol.user;
    let carol = company.at(&carol);
    let refused = carol
        .in_org(company.org.id)
        .graphql(VIEWER, json!({}))
        .await;
    names_the_way_in(&refused, &company);
    for caller in [carol.clone(), carol.in_org(other.id)] {
        let seen = caller.data(VIEWER, json!({})).await;
        assert_eq!(seen["viewer"]["organization"]["name"], "B");
    }
    let change = "mutation { changeEmail(input: {email: \"carol@elsewhere.test\"}) { \
        emailChange { email } } }";
    assert_eq!(carol.code(change, json!({})).await, "SSO_REQUIRED");

    // An address that is only shown counts too, and is not replaced by another one.
    let shown = "UPDATE users SET email = NULL, email_wanted = 'carol@example.test' WHERE id = $1";
    execute!(app, company.org, shown, [carol_id.0]);
    let change = "mutation { updateProfile(input: {email: \"carol@elsewhere.test\"}) { \
        viewer { role } } }";
    assert_eq!(carol.code(change, json!({})).await, "SSO_REQUIRED");

    // A session that reaches nothing can still be ended.
    let out = alice.post("/auth/sign-out", &json!({})).await;
    assert_eq!(out.status, StatusCode::OK, "{}", out.text);
    assert_eq!(alice.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
}

const EVERYONE: &str = "mutation($o: ID!) { enforceSsoForEveryone(input: {breakGlassOwnerId: $o}) { \
    ssoForEveryone { since guests { name } } } }";
const STOP_EVERYONE: &str = "mutation { stopEnforcingSsoForEveryone { ssoForEveryone { since } } }";
const ADD: &str = "mutation($id: ID!) { addSsoGuest(input: {userId: $id}) { \
    ssoForEveryone { guests { userId } } } }";
const REMOVE: &str = "mutation($id: ID!) { removeSsoGuest(input: {userId: $id}) { \
    ssoForEveryone { guests { userId } } } }";

async fn s22_enforced_for_everyone_it_holds_for_all_addresses_but_those_of_guests(app: TestApp) {
    let Some(company) = Company::new(&app).await else {
        return;
    };
    let other = app.org("B").await;
    let outsider = member(&app, company.org.id, Role::Viewer).await;
    set_email(&app, outsider.user, "eve@elsewhere.test").await;
    join(&app, &other, &outsider).await;
    let nameless = member(&app, company.org.id, Role::Developer).await;
    let guest = member(&app, company.org.id, Role::Viewer).await;
    set_email(&app, guest.user, "guest@elsewhere.test").await;
    company.at(&guest).data(SET, json!({ "p": PASSWORD })).await;
    let (_, program) = key(&app, &nameless, Role::Viewer).await;
    let owner = company.owner();
    let added = owner.data(ADD, json!({ "id": guest.user })).await;
    assert_eq!(
        added["addSsoGuest"]["ssoForEveryone"]["guests"],
        json!([{ "userId": guest.user }])
    );
    let user = company.org.owner().user;
    let refused = owner.graphql(EVERYONE, json!({ "o": user })).await;
    assert!(refused.text.contains("has no passkey"), "{}", refused.text);
    passkey(&app, user).await;
    let done = owner.data(EVERYONE, json!({ "o": user })).await;
    assert!(done["enforceSsoForEveryone"]["ssoForEveryone"]["since"].is_string());

    // No domain is enforced, and it holds for every address, and for who has none.
    for person in [&company.alice, &nameless] {
        let refused = company.at(person).graphql(VIEWER, json!({})).await;
        names_the_way_in(&refused, &company);
    }
    let eve = company.at(&outsider);
    let refused = eve.in_org(company.org.id).graphql(VIEWER, json!({})).await;
    names_the_way_in(&refused, &company);
    // What the person has elsewhere stays: the other organization, and their address.
    let seen = eve.data(VIEWER, json!({})).await;
    assert_eq!(seen["viewer"]["organization"]["name"], "B");
    let change = "mutation { changeEmail(input: {email: \"eve@new.test\"}) { \
        emailChange { email } } }";
    eve.data(change, json!({})).await;
    company.browser.caller().data(VIEWER, json!({})).await;
    program
        .at(&company.app.base)
        .data("{ viewer { permissions } }", json!({}))
        .await;
    // Guests go on as before, also with a new session.
    company.at(&guest).data(VIEWER, json!({})).await;
    let nobody = Caller::new(&company.app.base, Secret::None);
    let theirs = json!({ "email": "guest@elsewhere.test", "password": PASSWORD });
    let answer = nobody.post("/auth/password", &theirs).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);

    // Whoever is no guest any more is out at once.
    let strong = company.strong(company.org.owner()).await;
    names_the_way_in(&owner.graphql(VIEWER, json!({})).await, &company);
    strong.data(REMOVE, json!({ "id": guest.user })).await;
    names_the_way_in(
        &company.at(&guest).graphql(VIEWER, json!({})).await,
        &company,
    );
    let answer = nobody.post("/auth/password", &theirs).await;
    names_the_way_in(&answer, &company);
    assert!(answer.cookie().is_none());

    // A guest with an address of an enforced domain needs single sign-on all the same.
    strong.data(ADD, json!({ "id": company.alice.user })).await;
    company.at(&company.alice).data(VIEWER, json!({})).await;
    let variables = json!({ "d": company.domain, "o": user });
    strong.data(ENFORCE, variables).await;
    let refused = company.at(&company.alice).graphql(VIEWER, json!({})).await;
    names_the_way_in(&refused, &company);

    // The last provider stays while it is enforced for anybody, and the owner keeps the part.
    strong.data(STOP, json!({ "d": company.domain })).await;
    let delete = "mutation($id: ID!) { deleteSsoProvider(input: {id: $id}) { id } }";
    let refused = strong
        .graphql(delete, json!({ "id": company.provider }))
        .await;
    assert!(refused.text.contains("for everyone"), "{}", refused.text);
    let chosen = "{ ssoOwnerChoices { chosen } }";
    let chosen = strong.data(chosen, json!({})).await;
    assert_eq!(chosen["ssoOwnerChoices"], json!([{ "chosen": true }]));
    strong.data(STOP_EVERYONE, json!({})).await;
    for person in [&company.alice, &nameless, &guest, company.org.owner()] {
        company.at(person).data(VIEWER, json!({})).await;
    }
}

async fn s22_whoever_is_invited_as_a_guest_joins_without_single_sign_on(app: TestApp) {
    let Some(company) = Company::new(&app).await else {
        return;
    };
    let user = company.org.owner().user;
    passkey(&app, user).await;
    company.owner().data(EVERYONE, json!({ "o": user })).await;
    let strong = company.strong(company.org.owner()).await;
    let invite = "mutation($guest: Boolean!) { createInvitation(input: {role: VIEWER, guest: $guest}) { \
        path invitation { guest } } }";
    let accept = async |guest: bool, email: &str| {
        let made = strong.data(invite, json!({ "guest": guest })).await;
        let made = &made["createInvitation"];
        assert_eq!(made["invitation"]["guest"], guest);
        let path = made["path"].as_str().expect("a path");
        let body = json!({ "token": path.trim_start_matches("/invitation#"),
            "account": { "name": "Gus", "email": email, "password": PASSWORD } });
        let nobody = Caller::new(&company.app.base, Secret::None);
        nobody.post("/auth/invitation", &body).await
    };
    let refused = accept(false, "max@elsewhere.test").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
    names_the_way_in(&refused, &company);
    let joined = accept(true, "gus@elsewhere.test").await;
    assert_eq!(joined.status, StatusCode::OK, "{}", joined.text);
    let cookie = joined.cookie().expect("a cookie");
    let gus = Caller::new(&company.app.base, Secret::Session(cookie));
    gus.data(VIEWER, json!({})).await;
    let guests = "{ ssoForEveryone { guests { name email } } }";
    let guests = strong.data(guests, json!({})).await;
    assert_eq!(
        guests["ssoForEveryone"]["guests"],
        json!([{ "name": "Gus", "email": "gus@elsewhere.test" }])
    );
    // A guest is a member like others: when the membership ends, the place in the list does, too.
    let id = gus.data(VIEWER, json!({})).await["viewer"]["user"]["id"].clone();
    let remove = "mutation($id: ID!) { removeMember(input: {userId: $id}) { removedUserId } }";
    strong.data(remove, json!({ "id": id })).await;
    let left = strong
        .data("{ ssoForEveryone { guests { name } } }", json!({}))
        .await;
    assert_eq!(left["ssoForEveryone"]["guests"], json!([]));
}

/// Makes a person a member of another organization.
async fn join(app: &TestApp, org: &Org, person: &Person) {
    let sql = "INSERT INTO memberships (org_id, user_id, role, created_at) \
        VALUES ($1, $2, 'developer', $3)";
    let now = app.app.clock().now();
    execute!(app, org, sql, [org.id.0, person.user.0, now]);
}

async fn s22_passwords_resets_passkeys_and_invitations_open_no_other_way(app: TestApp) {
    let Some(mut company) = Company::new(&app).await else {
        return;
    };
    let alice = company.at(&company.alice);
    alice.data(SET, json!({ "p": PASSWORD })).await;
    company.enter().await;
    let bob = member(&app, company.org.id, Role::Viewer).await;
    set_email(&app, bob.user, "bob@example.test").await;
    let invite = "mutation { createInvitation(input: {role: VIEWER, email: \"dave@example.test\"}) { path } }";
    let invited = company.owner().data(invite, json!({})).await;
    let path = invited["createInvitation"]["path"]
        .as_str()
        .expect("a path");
    let invitation = path.trim_start_matches("/invitation#").to_owned();
    company.enforce().await;

    let signed_in = Caller::new(&company.app.base, Secret::None);
    let wrong = json!({ "email": "alice@example.test", "password": "another horse" });
    let answer = signed_in.post("/auth/password", &wrong).await;
    assert_eq!(answer.code().as_deref(), Some("UNAUTHENTICATED"));
    let right = json!({ "email": "alice@example.test", "password": PASSWORD });
    let answer = signed_in.post("/auth/password", &right).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    names_the_way_in(&answer, &company);
    assert!(answer.cookie().is_none());

    // In the old session, and in that of the provider.
    for (caller, code) in [
        (alice.clone(), "SSO_REQUIRED"),
        (company.browser.caller(), "FORBIDDEN"),
    ] {
        for change in [
            "mutation { setPassword(input: {newPassword: \"another horse\"}) { ok } }",
            "mutation { beginPasskey { token } }",
            "mutation { changeEmail(input: {email: \"a@b.test\"}) { emailChange { email } } }",
        ] {
            assert_eq!(caller.code(change, json!({})).await, code, "{change}");
        }
    }

    let reset = reset_link(&company, &bob, "bob@example.test").await;
    let body = json!({ "token": reset, "newPassword": "another horse" });
    let answer = signed_in.post("/auth/password/reset", &body).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text);
    names_the_way_in(&answer, &company);

    let account = json!({ "name": "Dave", "email": "dave@example.test", "password": PASSWORD });
    let body = json!({ "token": invitation, "account": account });
    let answer = signed_in.post("/auth/invitation", &body).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text);
    names_the_way_in(&answer, &company);

    // The way for the invited person is the provider.
    let claims = json!({ "email": "Dave@example.test", "email_verified": true });
    company
        .oidc
        .ctl(json!({ "claims": { "dave": claims } }))
        .await;
    let mut settings = company.oidc.settings();
    settings["mappings"] = json!([]);
    settings["joining"] = json!("NOBODY");
    let update = "mutation($id: ID!, $s: SsoProviderSettings!) { \
        updateSsoProvider(input: {id: $id, settings: $s}) { provider { id } } }";
    let strong = company.strong(company.org.owner()).await;
    let variables = json!({ "id": company.provider, "s": settings });
    strong.data(update, variables).await;
    let mut dave = Browser::new(&company.app);
    let entered = dave.sign_in(&company.provider, "dave").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    let seen = dave.caller().data("{ viewer { role } }", json!({})).await;
    assert_eq!(seen["viewer"]["role"], "VIEWER");
    let seen = strong
        .data("{ invitations { edges { node { status } } } }", json!({}))
        .await;
    assert_eq!(
        seen["invitations"]["edges"][0]["node"]["status"],
        "ACCEPTED"
    );

    // Nothing was changed: with the enforcement gone, the old password opens a session.
    strong.data(STOP, json!({ "d": company.domain })).await;
    let answer = signed_in.post("/auth/password", &right).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    alice.data(VIEWER, json!({})).await;
}

/// A link that resets the password of a person who has none, with their address.
async fn reset_link(company: &Company, person: &Person, email: &str) -> String {
    let (app, token) = (&company.app, secret("fmr_"));
    let (hash, now) = (
        Sha256::digest(token.as_bytes()).to_vec(),
        app.app.clock().now(),
    );
    let sql = "INSERT INTO password_resets (id, user_id, token_hash, email, password_sha256, \
        language, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, 'en', $6, $7)";
    let none = Sha256::digest(b"").to_vec();
    let (id, until) = (app.app.clock().new_uuid(), now + chrono::Duration::hours(1));
    execute!(
        app,
        company.org,
        sql,
        [id, person.user.0, hash, email, none, now, until]
    );
    token
}

async fn s22_only_a_strong_session_of_the_break_glass_owner_enters(app: TestApp) {
    let Some(company) = Company::new(&app).await else {
        return;
    };
    let another = member(&app, company.org.id, Role::Owner).await;
    set_email(&app, another.user, "boss@example.test").await;
    company.enforce().await;
    names_the_way_in(&company.owner().graphql(VIEWER, json!({})).await, &company);
    let closed = company.strong(&another).await;
    names_the_way_in(&closed.graphql(VIEWER, json!({})).await, &company);
    let own = company.strong(company.org.owner()).await;
    own.data(VIEWER, json!({})).await;

    // While it is enforced, nothing goes that somebody needs to get in.
    let passkeys = own.data("{ passkeys { passkeyId } }", json!({})).await;
    let user = company.org.owner().user;
    let needed: [(&str, Json); 5] = [
        (
            "mutation($id: ID!) { deleteSsoProvider(input: {id: $id}) { id } }",
            json!({ "id": company.provider }),
        ),
        (
            "mutation($id: ID!, $s: SsoProviderSettings!) { \
             updateSsoProvider(input: {id: $id, settings: $s}) { provider { id } } }",
            json!({ "id": company.provider, "s": turned_off(&company) }),
        ),
        (
            "mutation($id: ID!) { removeDomain(input: {id: $id}) { removedId } }",
            json!({ "id": company.domain }),
        ),
        (
            "mutation($id: ID!) { removePasskey(input: {passkeyId: $id}) { removedPasskeyId } }",
            json!({ "id": passkeys["passkeys"][0]["passkeyId"] }),
        ),
        (
            "mutation($id: ID!) { transferOwnership(input: {userId: $id}) { member { userId } } }",
            json!({ "id": another.user }),
        ),
    ];
    for (change, variables) in needed {
        let answer = own.graphql(change, variables).await;
        assert_eq!(
            answer.code().as_deref(),
            Some("CONFLICT"),
            "{change}: {}",
            answer.text
        );
    }
    let leave = own
        .graphql("mutation { leaveOrganization { ok } }", json!({}))
        .await;
    assert_eq!(leave.code().as_deref(), Some("CONFLICT"), "{}", leave.text);

    // Another owner takes over, and the one before is an owner like the others.
    passkey(&app, another.user).await;
    let variables = json!({ "d": company.domain, "o": another.user });
    own.data(ENFORCE, variables).await;
    closed.data(VIEWER, json!({})).await;
    let demote = "mutation($id: ID!) { changeMemberRole(input: {userId: $id, role: VIEWER}) { \
        member { userId } } }";
    closed.data(demote, json!({ "id": user })).await;
    closed.data(STOP, json!({ "d": company.domain })).await;
    company.at(&company.alice).data(VIEWER, json!({})).await;
}

fn turned_off(company: &Company) -> Json {
    let mut settings = company.oidc.settings();
    settings["enabled"] = json!(false);
    settings
}

async fn single_sign_on_is_enforced_only_when_nobody_is_locked_out_by_it(app: TestApp) {
    let Some(mut company) = Company::new(&app).await else {
        return;
    };
    let (owner, user) = (company.owner(), company.org.owner().user);
    let enforce = async |of: Json| {
        let variables = json!({ "d": company.domain, "o": of });
        owner.graphql(ENFORCE, variables).await
    };
    let refused = enforce(json!(user)).await;
    assert_eq!(refused.code().as_deref(), Some("CONFLICT"));
    assert!(refused.text.contains("has no passkey"), "{}", refused.text);
    passkey(&app, user).await;
    passkey(&app, company.alice.user).await;
    let refused = enforce(json!(company.alice.user)).await;
    assert_eq!(
        refused.code().as_deref(),
        Some("INVALID_INPUT"),
        "{}",
        refused.text
    );
    let org = &company.org;
    let changes = [
        (
            "UPDATE sso_providers SET used_at = NULL WHERE org_id = $1",
            "Nobody has signed in",
        ),
        (
            "UPDATE domains SET missing_since = created_at WHERE org_id = $1",
            "is not proved now",
        ),
    ];
    for (sql, reason) in changes {
        execute!(app, org, sql, [org.id.0]);
        let refused = enforce(json!(user)).await;
        assert_eq!(
            refused.code().as_deref(),
            Some("CONFLICT"),
            "{}",
            refused.text
        );
        assert!(refused.text.contains(reason), "{}", refused.text);
    }
    let sql = "UPDATE domains SET missing_since = NULL WHERE org_id = $1";
    execute!(app, org, sql, [org.id.0]);
    company.enter().await;
    company.enforce().await;
}

async fn a_sign_in_begun_by_another_site_replaces_no_session_without_a_question(app: TestApp) {
    let Some(company) = Company::new(&app).await else {
        return;
    };
    let path = format!("/sign-in/oidc/{}?next=/runs", company.provider);
    let open = async |caller: &Caller, site: &str| {
        let request = caller.request(reqwest::Method::GET, &path);
        let request = request.header("sec-fetch-site", site);
        Answer::of(request.send().await.expect("an answer")).await
    };
    let alice = company.at(&company.alice);
    let asked = open(&alice, "cross-site").await;
    assert_eq!(asked.status, StatusCode::OK);
    assert!(asked.text.contains("Sign in again?"), "{}", asked.text);
    let again = format!("href=\"/sign-in/oidc/{}?next=%2Fruns\"", company.provider);
    assert!(asked.text.contains(&again), "{}", asked.text);
    assert!(asked.headers.get("set-cookie").is_none());
    for (caller, site) in [
        (&alice, "same-origin"),
        (&Caller::new(&company.app.base, Secret::None), "cross-site"),
    ] {
        assert_eq!(open(caller, site).await.status, StatusCode::SEE_OTHER);
    }
}
