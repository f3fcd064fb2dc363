//! Invitations and memberships over HTTP and GraphQL: people join an organization and leave it.

use std::time::{Duration, Instant};

use domain::Role;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{Answer, Caller, TestApp, callers::Secret, people::key, socket::Socket},
};

cases![Shared:
    r04_an_invitation_is_previewed_and_accepted_once_as_created,
    a_signed_in_person_accepts_with_their_own_account_and_sees_both_organizations,
    a_removed_member_s_requests_keys_and_sockets_end_at_once,
    invalid_links_get_the_same_answer_and_a_token_is_returned_only_once;
Postgres:
    a_removal_reaches_another_process_within_five_seconds;
];

/// The longest time until a removal counts everywhere.
const WITHIN: Duration = Duration::from_secs(5);

const INVITE: &str = "mutation($role: Role!, $email: String) { \
    createInvitation(input: {role: $role, email: $email}) { path invitation { id status } } }";

async fn invite(owner: &Caller, variables: Json) -> String {
    let data = owner.data(INVITE, variables).await;
    let path = data["createInvitation"]["path"].as_str().expect("a path");
    let token = path.strip_prefix("/invitation#").expect("in the fragment");
    token.to_owned()
}

async fn accept(caller: &Caller, token: &str, account: Option<(&str, &str)>) -> Answer {
    let mut body = json!({ "token": token });
    if let Some((email, password)) = account {
        body["account"] = json!({ "name": "Bo", "email": email, "password": password });
    }
    caller.post("/auth/invitation", &body).await
}

fn session(app: &TestApp, answer: &Answer) -> Caller {
    let cookie = answer.cookie().expect("a cookie");
    Caller::new(&app.base, Secret::Session(cookie))
}

async fn r04_an_invitation_is_previewed_and_accepted_once_as_created(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let token = invite(owner, json!({ "role": "DEVELOPER" })).await;
    let nobody = app.anonymous();
    let seen = nobody
        .post("/auth/invitation/preview", &json!({ "token": token }))
        .await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    assert_eq!(seen.json()["organization"], "A");
    assert_eq!(seen.json()["role"], "developer");
    assert_eq!(seen.json()["customRole"], false);

    let unnamed = accept(&nobody, &token, None).await;
    assert_eq!(unnamed.code().as_deref(), Some("UNAUTHENTICATED"));
    let weak = accept(&nobody, &token, Some(("bo@example.test", "short"))).await;
    assert_eq!(
        weak.code().as_deref(),
        Some("INVALID_INPUT"),
        "{}",
        weak.text
    );
    let raised = json!({ "token": token, "role": "owner",
        "account": { "name": "Bo", "email": "bo@example.test", "password": "correct horse" } });
    let raised = nobody.post("/auth/invitation", &raised).await;
    assert_eq!(raised.code().as_deref(), Some("INVALID_INPUT"));
    let accepted = accept(&nobody, &token, Some(("bo@example.test", "correct horse"))).await;
    assert_eq!(accepted.status, 200, "{}", accepted.text);
    assert_eq!(accepted.json()["organizationId"], a.id.to_string());
    let bo = session(&app, &accepted);
    let viewer = bo
        .data(
            "{ viewer { role user { name email } hasPassword } }",
            json!({}),
        )
        .await;
    assert_eq!(
        viewer["viewer"],
        json!({ "role": "DEVELOPER", "hasPassword": true,
            "user": { "name": "Bo", "email": "bo@example.test" } })
    );

    let list = "{ members(first: 1) { edges { node { name email role isYou signInMethods } } \
        pageInfo { hasNextPage } } invitations { edges { node { status invitedBy } } } }";
    let data = owner.data(list, json!({})).await;
    assert_eq!(
        data["members"]["edges"],
        json!([{ "node": { "name": "Bo", "email": "bo@example.test", "role": "DEVELOPER",
            "isYou": false, "signInMethods": ["PASSWORD"] } }])
    );
    assert_eq!(data["members"]["pageInfo"]["hasNextPage"], true);
    assert_eq!(
        data["invitations"]["edges"][0]["node"]["status"],
        "ACCEPTED"
    );
    let signed_in = nobody
        .post(
            "/auth/password",
            &json!({ "email": "bo@example.test", "password": "correct horse" }),
        )
        .await;
    assert_eq!(signed_in.status, 200);
}

async fn a_signed_in_person_accepts_with_their_own_account_and_sees_both_organizations(
    app: TestApp,
) {
    let (a, b) = (app.org("A").await, app.org("B").await);
    let token = invite(&a.owner().caller, json!({ "role": "VIEWER" })).await;
    let person = &b.of(Role::Developer).caller;
    let accepted = accept(person, &token, None).await;
    assert_eq!(accepted.status, 200, "{}", accepted.text);
    assert!(accepted.cookie().is_none(), "signed in already");
    let names = "{ viewer { organizations { name } } }";
    let data = person.data(names, json!({})).await;
    let mut names: Vec<&str> = data["viewer"]["organizations"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|org| org["name"].as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["A", "B"]);
    let in_a = person.in_org(a.id);
    let role = in_a.data("{ viewer { role } }", json!({})).await;
    assert_eq!(role["viewer"]["role"], "VIEWER");
    let leave = "mutation { leaveOrganization { ok } }";
    in_a.data(leave, json!({})).await;
    assert_eq!(
        in_a.code("{ viewer { role } }", json!({})).await,
        "NOT_FOUND"
    );
    person.data("{ viewer { role } }", json!({})).await;
}

async fn a_removed_member_s_requests_keys_and_sockets_end_at_once(app: TestApp) {
    let a = app.org("A").await;
    let bo = a.of(Role::Developer);
    let (_, program) = key(&app, bo, Role::Viewer).await;
    let mut socket = Socket::open(&bo.caller).await;
    program.data("{ viewer { role } }", json!({})).await;
    let began = Instant::now();
    let remove = "mutation($id: ID!) { removeMember(input: {userId: $id}) { removedUserId } }";
    let id = json!({ "id": bo.user.to_string() });
    a.owner().caller.data(remove, id).await;
    let viewer = "{ viewer { role } }";
    assert_eq!(
        bo.caller.in_org(a.id).code(viewer, json!({})).await,
        "NOT_FOUND"
    );
    assert_eq!(program.code(viewer, json!({})).await, "UNAUTHENTICATED");
    let closed = socket.next().await.expect_err("closed");
    assert!(matches!(closed.0, 4401 | 1012), "{closed:?}");
    assert!(began.elapsed() < WITHIN, "{:?}", began.elapsed());
}

async fn a_removal_reaches_another_process_within_five_seconds(app: TestApp) {
    let a = app.org("A").await;
    let bo = a.of(Role::Developer);
    let (_, program) = key(&app, bo, Role::Viewer).await;
    // Shares only the database and Redis, as another machine does.
    let other = app.again(|_| {}).await;
    let (person, program) = (bo.caller.at(&other.base), program.at(&other.base));
    let viewer = "{ viewer { role } }";
    let mut sockets = [Socket::open(&person).await, Socket::open(&program).await];
    for caller in [&person, &program] {
        caller.data(viewer, json!({})).await;
    }
    let began = Instant::now();
    let remove = "mutation($id: ID!) { removeMember(input: {userId: $id}) { removedUserId } }";
    let id = json!({ "id": bo.user.to_string() });
    a.owner().caller.data(remove, id).await;
    for socket in &mut sockets {
        let closed = socket.next_within(WITHIN).await.expect("an end");
        closed.expect_err("closed");
    }
    for caller in [&person.in_org(a.id), &program] {
        while caller.graphql(viewer, json!({})).await.code().is_none() {
            assert!(began.elapsed() < WITHIN, "still answered");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let took = began.elapsed();
    println!("a removal reached the other process after {took:?}");
    assert!(took < WITHIN, "{took:?}");
}

async fn invalid_links_get_the_same_answer_and_a_token_is_returned_only_once(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let created = owner.data(INVITE, json!({ "role": "VIEWER" })).await;
    let id = created["createInvitation"]["invitation"]["id"].clone();
    let path = created["createInvitation"]["path"]
        .as_str()
        .expect("a path");
    let token = path.trim_start_matches("/invitation#");
    let revoke = "mutation($id: ID!) { revokeInvitation(input: {id: $id}) { \
        invitation { status } } }";
    let revoked = owner.data(revoke, json!({ "id": id })).await;
    assert_eq!(
        revoked["revokeInvitation"]["invitation"]["status"],
        "REVOKED"
    );
    let nobody = app.anonymous();
    let never = "fmi_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let mut answers = Vec::new();
    for token in [token, never, "x"] {
        let preview = nobody
            .post("/auth/invitation/preview", &json!({ "token": token }))
            .await;
        let accepted = accept(&nobody, token, Some(("e@example.test", "correct horse"))).await;
        answers.push(preview.comparable());
        answers.push(accepted.comparable());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    let list = "{ invitations { edges { node { id status email invitedBy } } } }";
    let listed = owner.data(list, json!({})).await;
    assert!(!listed.to_string().contains(token));
}
