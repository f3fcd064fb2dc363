//! Provisioning over SCIM: who becomes a member, with which role, and what ends. C03, C05, C07.

use std::time::{Duration, Instant};

use domain::Role;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Caller, TestApp,
        callers::Secret,
        people::{Org, member, new_session, set_email},
        pipelines::{chain, create},
        scim::{CREATE, MAP, Scim, audit, client, id, members, prove, role, scim_type},
        socket::Socket,
    },
};

cases![Shared:
    c03_an_address_that_is_not_proved_waits_and_takes_nothing_over,
    c03_people_who_wait_join_when_the_domain_is_proved_or_they_were_invited,
    c03_whoever_waits_joins_without_a_click_once_they_have_what_they_wait_for,
    c05_a_deactivated_person_loses_everything_and_what_they_made_stays,
    c07_groups_give_only_what_an_administrator_has_mapped,
    c07_groups_give_roles_of_the_organization_s_own_which_are_then_not_deleted,
    c07_the_last_owner_stays_and_only_an_owner_s_token_removes_owners;
Postgres:
    c05_a_deprovisioned_person_is_out_of_every_process_within_five_seconds;
];

/// The longest time until the end of a membership counts everywhere.
const WITHIN: Duration = Duration::from_secs(5);

const VIEWER: &str = "{ viewer { role } }";

const DEVELOPERS: &str = "mutation { updateProvisioning(input: {defaultRole: DEVELOPER}) { \
    provisioning { defaultRole } } }";

/// A person with an account of a proved domain, a session and an API key.
async fn person(app: &TestApp, org: &Org, scim: &Scim, email: &str) -> (String, Caller, Caller) {
    let user = scim.user(email).await;
    let sql = "SELECT user_id FROM scim_users WHERE org_id = $1 AND email = $2";
    let tx = app.app.db().begin(&[org.id]).await.expect("a transaction");
    let statement = app.app.db().statement(sql, [org.id.0.into(), email.into()]);
    let row = sea_orm::ConnectionTrait::query_one_raw(tx.conn(), statement)
        .await
        .expect(sql)
        .expect("a row");
    let account: uuid::Uuid = row.try_get("", "user_id").expect("an account");
    tx.commit().await.expect("committed");
    let (_, session) = new_session(app, types::UserId(account), 600).await;
    let caller = Caller::new(&app.base, Secret::Session(session));
    let make = "mutation { createApiKey(input: {name: \"k\", role: VIEWER}) { secret } }";
    let made = caller.data(make, json!({})).await;
    let secret = made["createApiKey"]["secret"].as_str().expect("a secret");
    let program = Caller::new(&app.base, Secret::Key(secret.to_owned()));
    (id(&user), caller, program)
}

async fn c03_an_address_that_is_not_proved_waits_and_takes_nothing_over(app: TestApp) {
    let (a, b) = (app.org("A").await, app.org("B").await);
    prove(&app, &b, "b.example").await;
    prove(&app, &a, "a.example").await;
    let victim = b.of(Role::Developer);
    set_email(&app, victim.user, "victim@b.example").await;
    let scim = client(&app, &a).await;
    let before = members(&a).await.len();
    let user = scim.user("victim@b.example").await;
    let path = format!("/Users/{}", id(&user));
    scim.user("new@nobody.example").await;
    scim.post("/Users", &json!({ "userName": "noaddress" }))
        .await;
    let other = scim.user("good@a.example").await;
    assert_eq!(members(&a).await.len(), before + 1);
    // Nor does a later change of the address.
    let operations = json!([{ "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "Victim@b.example" },
        { "op": "Replace", "path": "userName", "value": "second" }]);
    let changed = scim
        .patch(&format!("/Users/{}", id(&other)), operations)
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert!(
        role(&a, "good@a.example").await.is_some(),
        "the account stays what it was"
    );
    assert!(role(&a, "victim@b.example").await.is_none());
    let waiting = "{ provisioning { waitingUsers waiting { name email waitsFor } } }";
    let seen = a.owner().caller.data(waiting, json!({})).await;
    assert_eq!(seen["provisioning"]["waitingUsers"], 3);
    let list = seen["provisioning"]["waiting"]
        .as_array()
        .expect("a list")
        .clone();
    let why: Vec<&str> = list
        .iter()
        .filter_map(|one| one["waitsFor"].as_str())
        .collect();
    assert_eq!(why, ["ADDRESS", "PROOF", "PROOF"]);
    // Whether there is an account does not show: both look the same.
    let shape = |email: &str| {
        let mut one = list
            .iter()
            .find(|one| one["email"] == email)
            .expect("it waits")
            .clone();
        one["email"] = Json::Null;
        one["name"] = Json::Null;
        one
    };
    assert_eq!(shape("victim@b.example"), shape("new@nobody.example"));
    // What A ends does not touch the person in B.
    assert_eq!(scim.delete(&path).await.status, 204);
    victim.caller.data(VIEWER, json!({})).await;
}

async fn c03_people_who_wait_join_when_the_domain_is_proved_or_they_were_invited(app: TestApp) {
    let a = app.org("A").await;
    let scim = client(&app, &a).await;
    let user = scim.user("New@a.example").await;
    let colleague = member(&app, a.id, Role::Developer).await;
    set_email(&app, colleague.user, "col@elsewhere.example").await;
    let known = scim.user("col@elsewhere.example").await;
    assert!(role(&a, "new@a.example").await.is_none());
    let check = "mutation { checkWaitingUsers { joined provisioning { waitingUsers } } }";
    let none = a.owner().caller.data(check, json!({})).await;
    assert_eq!(none["checkWaitingUsers"]["joined"], 0);
    prove(&app, &a, "a.example").await;
    let done = a.owner().caller.data(check, json!({})).await;
    assert_eq!(done["checkWaitingUsers"]["joined"], 1);
    assert_eq!(done["checkWaitingUsers"]["provisioning"]["waitingUsers"], 0);
    assert_eq!(role(&a, "new@a.example").await.as_deref(), Some("VIEWER"));
    // A member whom somebody let in keeps the role, and is ended by the provider.
    assert_eq!(
        role(&a, "col@elsewhere.example").await.as_deref(),
        Some("DEVELOPER")
    );
    assert_eq!(
        scim.delete(&format!("/Users/{}", id(&known))).await.status,
        204
    );
    assert!(role(&a, "col@elsewhere.example").await.is_none());
    assert_eq!(
        scim.get(&format!("/Users/{}", id(&user))).await.json()["active"],
        true
    );
    // A new account with a proved address is not another one.
    let again = scim
        .post(
            "/Users",
            &json!({ "userName": "twice", "emails": [{ "value": "new@a.example" }] }),
        )
        .await;
    assert_eq!(
        (again.status.as_u16(), scim_type(&again).as_str()),
        (409, "uniqueness")
    );
}

async fn c03_whoever_waits_joins_without_a_click_once_they_have_what_they_wait_for(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let scim = client(&app, &a).await;
    scim.user("new@a.example").await;
    prove(&app, &a, "a.example").await;
    // Somebody joins, which may be what others wait for; so everybody who waits is looked at.
    let owner = &a.owner().caller;
    let invite = "mutation { createInvitation(input: {role: VIEWER}) { path } }";
    let made = owner.data(invite, json!({})).await;
    let path = made["createInvitation"]["path"].as_str().expect("a path");
    let body = json!({ "token": path.trim_start_matches("/invitation#"),
        "account": { "name": "Bo", "email": "bo@b.example", "password": "correct horse" } });
    let accepted = app.anonymous().post("/auth/invitation", &body).await;
    assert_eq!(accepted.status, 200, "{}", accepted.text);
    let began = Instant::now();
    while role(&a, "new@a.example").await.is_none() {
        assert!(began.elapsed() < Duration::from_secs(30), "it still waits");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let jobs = "{ jobs { edges { node { kind status } } } }";
    let jobs = owner.data(jobs, json!({})).await.to_string();
    assert!(jobs.contains("provisioning.settle"), "{jobs}");
}

async fn c05_a_deactivated_person_loses_everything_and_what_they_made_stays(app: TestApp) {
    let org = app.org("A").await;
    prove(&app, &org, "a.example").await;
    org.owner().caller.data(DEVELOPERS, json!({})).await;
    let scim = client(&app, &org).await;
    let (user, caller, program) = person(&app, &org, &scim, "bo@a.example").await;
    let pipeline = create(&caller, &chain(1)).await;
    let mut sockets = [Socket::open(&caller).await, Socket::open(&program).await];
    let invite = "mutation { createInvitation(input: {role: VIEWER, email: \"bo@a.example\"}) { \
        invitation { id } } }";
    org.owner().caller.data(invite, json!({})).await;
    let began = Instant::now();
    let off = json!([{ "op": "replace", "value": { "active": false } }]);
    let done = scim.patch(&format!("/Users/{user}"), off.clone()).await;
    assert_eq!(done.json()["active"], false, "{}", done.text);
    for socket in &mut sockets {
        let closed = socket.next_within(WITHIN).await.expect("an end");
        closed.expect_err("closed");
    }
    assert_eq!(program.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    let code = caller.in_org(org.id).code(VIEWER, json!({})).await;
    assert!(
        matches!(code.as_str(), "NOT_FOUND" | "UNAUTHENTICATED"),
        "{code}"
    );
    assert!(began.elapsed() < WITHIN, "{:?}", began.elapsed());
    assert!(role(&org, "bo@a.example").await.is_none());
    assert_eq!(audit(&org, "member.deprovision").await, 1);
    assert_eq!(audit(&org, "invitation.revoke").await, 1);
    // The invitation that was open would have let them back in.
    let list = "{ invitations { edges { node { status } } } }";
    let invitations = org.owner().caller.data(list, json!({})).await;
    assert_eq!(
        invitations["invitations"]["edges"][0]["node"]["status"],
        "REVOKED"
    );
    let read = "query($id: ID!) { pipeline(id: $id) { id } }";
    let kept = org
        .owner()
        .caller
        .data(read, json!({ "id": pipeline }))
        .await;
    assert_eq!(kept["pipeline"]["id"], pipeline, "what they made stays");
    // A second time it changes nothing, and they come back only when they are active again.
    let version = done.json()["meta"]["version"].clone();
    let again = scim.patch(&format!("/Users/{user}"), off).await;
    assert_eq!(again.json()["meta"]["version"], version);
    let on = json!([{ "op": "Replace", "path": "active", "value": "True" }]);
    scim.patch(&format!("/Users/{user}"), on).await;
    assert_eq!(
        role(&org, "bo@a.example").await.as_deref(),
        Some("DEVELOPER")
    );
    assert_eq!(
        program.code(VIEWER, json!({})).await,
        "UNAUTHENTICATED",
        "a revoked key stays revoked"
    );
    assert_eq!(scim.delete(&format!("/Users/{user}")).await.status, 204);
    assert!(role(&org, "bo@a.example").await.is_none());
}

async fn c07_groups_give_only_what_an_administrator_has_mapped(app: TestApp) {
    let org = app.org("A").await;
    prove(&app, &org, "a.example").await;
    let scim = client(&app, &org).await;
    let (ada, bo) = (
        id(&scim.user("ada@a.example").await),
        id(&scim.user("bo@a.example").await),
    );
    let owner = &org.owner().caller;
    let named = scim.group("owner", &[&ada]).await;
    scim.group("admin", &[&ada]).await;
    assert_eq!(
        role(&org, "ada@a.example").await.as_deref(),
        Some("VIEWER"),
        "a name gives nothing"
    );
    let code = owner
        .code(MAP, json!({ "id": named, "role": "OWNER" }))
        .await;
    assert_eq!(code, "INVALID_INPUT");
    let admin = &org.of(Role::Admin).caller;
    admin
        .data(MAP, json!({ "id": named, "role": "DEVELOPER" }))
        .await;
    assert_eq!(
        role(&org, "ada@a.example").await.as_deref(),
        Some("DEVELOPER")
    );

    let team = "mutation { createTeam(input: {name: \"T\"}) { team { id } } }";
    let team = owner.data(team, json!({})).await["createTeam"]["team"]["id"].clone();
    let leads = scim.group("leads", &[]).await;
    let mapped = owner
        .data(MAP, json!({ "id": leads, "role": "ADMIN", "team": team }))
        .await;
    assert_eq!(mapped["mapScimGroup"]["group"]["teamId"], team);
    let path = format!("/Groups/{leads}");
    let add = |id: &str| json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);
    scim.patch(&path, add(&ada)).await;
    scim.patch(&path, add(&bo)).await;
    let people = async || {
        let teams = owner
            .data("{ teams { members { name } } }", json!({}))
            .await;
        teams["teams"][0]["members"]
            .as_array()
            .expect("a list")
            .len()
    };
    assert_eq!(
        role(&org, "ada@a.example").await.as_deref(),
        Some("ADMIN"),
        "the highest counts"
    );
    assert_eq!(role(&org, "bo@a.example").await.as_deref(), Some("ADMIN"));
    assert_eq!(people().await, 2);
    // Whoever leaves the group loses what it gave.
    let leave = json!([{ "op": "remove", "path": format!("members[value eq \"{ada}\"]") }]);
    scim.patch(&path, leave).await;
    assert_eq!(
        role(&org, "ada@a.example").await.as_deref(),
        Some("DEVELOPER")
    );
    assert_eq!(people().await, 1);
    owner
        .data(MAP, json!({ "id": leads, "role": "BILLING" }))
        .await;
    assert_eq!(role(&org, "bo@a.example").await.as_deref(), Some("BILLING"));
    assert_eq!(people().await, 0);
    assert_eq!(scim.delete(&path).await.status, 204);
    assert_eq!(
        role(&org, "bo@a.example").await.as_deref(),
        Some("VIEWER"),
        "the usual role"
    );

    // Groups in groups, and so cycles, are refused.
    for member in [
        json!({ "value": named, "type": "Group" }),
        json!({ "value": named }),
    ] {
        let body = json!([{ "op": "add", "path": "members", "value": [member] }]);
        let refused = scim.patch(&format!("/Groups/{named}"), body).await;
        assert_eq!(
            (refused.status.as_u16(), scim_type(&refused).as_str()),
            (400, "invalidValue")
        );
    }
}

async fn c07_groups_give_roles_of_the_organization_s_own_which_are_then_not_deleted(app: TestApp) {
    let org = app.org("A").await;
    prove(&app, &org, "a.example").await;
    let owner = &org.owner().caller;
    let define = "mutation($name: String!, $permissions: [String!]!) { createCustomRole(input: { \
        name: $name, permissions: $permissions}) { customRole { id } } }";
    let mut made = Vec::new();
    for (name, permissions) in [
        ("On call", json!(["organization.read", "run.read"])),
        ("Guest", json!(["organization.read"])),
    ] {
        let variables = json!({ "name": name, "permissions": permissions });
        let role = owner.data(define, variables).await;
        made.push(role["createCustomRole"]["customRole"]["id"].clone());
    }
    let scim = client(&app, &org).await;
    let settings = "mutation($id: ID) { updateProvisioning(input: {defaultCustomRoleId: $id}) { \
        provisioning { defaultRole assignedDefaultRole { name } } } }";
    let changed = owner.data(settings, json!({ "id": made[1] })).await;
    assert_eq!(
        changed["updateProvisioning"]["provisioning"],
        json!({ "defaultRole": null, "assignedDefaultRole": { "name": "Guest" } })
    );
    let ada = id(&scim.user("ada@a.example").await);
    let name = async || {
        let all = "{ members(first: 100) { edges { node { email assignedRole { name } } } } }";
        let all = owner.data(all, json!({})).await;
        let edges = all["members"]["edges"].as_array().expect("a list").clone();
        let found = edges
            .into_iter()
            .find(|edge| edge["node"]["email"] == "ada@a.example")
            .expect("a member");
        found["node"]["assignedRole"]["name"].clone()
    };
    assert_eq!(name().await, "Guest");
    let group = scim.group("on call", &[&ada]).await;
    let map = "mutation($id: ID!, $role: ID) { mapScimGroup(input: {id: $id, customRoleId: $role}) { \
        group { role assignedRole { name } } } }";
    let mapped = owner
        .data(map, json!({ "id": group, "role": made[0] }))
        .await;
    assert_eq!(
        mapped["mapScimGroup"]["group"],
        json!({ "role": null, "assignedRole": { "name": "On call" } })
    );
    assert_eq!(name().await, "On call");
    let both = scim.group("viewers", &[&ada]).await;
    owner
        .data(MAP, json!({ "id": both, "role": "VIEWER" }))
        .await;
    assert_eq!(name().await, "viewer", "it has more permissions");
    assert_eq!(scim.delete(&format!("/Groups/{both}")).await.status, 204);
    assert_eq!(name().await, "On call");

    let delete = "mutation($id: ID!) { deleteCustomRole(input: {id: $id}) { deletedId } }";
    for role in &made {
        assert_eq!(owner.code(delete, json!({ "id": role })).await, "CONFLICT");
    }
    assert_eq!(scim.delete(&format!("/Groups/{group}")).await.status, 204);
    assert_eq!(name().await, "Guest");
    owner.data(delete, json!({ "id": made[0] })).await;
    let refused = owner.graphql(delete, json!({ "id": made[1] })).await;
    assert_eq!(
        refused.code().as_deref(),
        Some("CONFLICT"),
        "{}",
        refused.text
    );
}

async fn c07_the_last_owner_stays_and_only_an_owner_s_token_removes_owners(app: TestApp) {
    let org = app.org("A").await;
    prove(&app, &org, "a.example").await;
    set_email(&app, org.owner().user, "owner@a.example").await;
    let scim = client(&app, &org).await;
    let user = scim.user("owner@a.example").await;
    let path = format!("/Users/{}", id(&user));
    let group = scim.group("staff", &[&id(&user)]).await;
    org.owner()
        .caller
        .data(MAP, json!({ "id": group, "role": "VIEWER" }))
        .await;
    assert_eq!(
        role(&org, "owner@a.example").await.as_deref(),
        Some("OWNER")
    );
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    let leave = json!([{ "op": "remove", "path": "members" }]);
    assert_eq!(
        scim.patch(&format!("/Groups/{group}"), leave).await.status,
        204
    );
    assert_eq!(
        role(&org, "owner@a.example").await.as_deref(),
        Some("OWNER")
    );
    for refused in [
        scim.patch(&path, off.clone()).await,
        scim.delete(&path).await,
    ] {
        assert_eq!(refused.status, 409, "{}", refused.text);
        assert_eq!(refused.json()["code"], "CONFLICT");
    }
    assert_eq!(scim.get(&path).await.json()["active"], true);
    org.owner().caller.data(VIEWER, json!({})).await;

    // With a second owner, the token of an admin still does not remove one; that of an owner does.
    let second = member(&app, org.id, Role::Owner).await;
    let made = org
        .of(Role::Admin)
        .caller
        .data(CREATE, json!({ "name": "by an admin" }))
        .await;
    let token = made["createScimToken"]["secret"]
        .as_str()
        .expect("a secret");
    let refused = Scim::new(&app.base, token).patch(&path, off.clone()).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert_eq!(scim.patch(&path, off).await.status, 200);
    let code = org
        .owner()
        .caller
        .in_org(org.id)
        .code(VIEWER, json!({}))
        .await;
    assert_eq!(code, "NOT_FOUND");
    second.caller.data(VIEWER, json!({})).await;
}

async fn c05_a_deprovisioned_person_is_out_of_every_process_within_five_seconds(app: TestApp) {
    let org = app.org("A").await;
    prove(&app, &org, "a.example").await;
    org.owner().caller.data(DEVELOPERS, json!({})).await;
    let scim = client(&app, &org).await;
    let (user, caller, program) = person(&app, &org, &scim, "bo@a.example").await;
    // Shares only the database and Redis, as another machine does.
    let other = app.again(|_| {}).await;
    let (caller, program) = (caller.at(&other.base), program.at(&other.base));
    let mut sockets = [Socket::open(&caller).await, Socket::open(&program).await];
    for one in [&caller, &program] {
        one.data(VIEWER, json!({})).await;
    }
    let began = Instant::now();
    assert_eq!(scim.delete(&format!("/Users/{user}")).await.status, 204);
    for socket in &mut sockets {
        let closed = socket.next_within(WITHIN).await.expect("an end");
        closed.expect_err("closed");
    }
    for one in [&caller, &program] {
        while one.graphql(VIEWER, json!({})).await.code().is_none() {
            assert!(began.elapsed() < WITHIN, "still answered");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let took = began.elapsed();
    println!("deprovisioning reached the other process after {took:?}");
    assert!(took < WITHIN, "{took:?}");
}
