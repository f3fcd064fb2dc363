//! The requests that Okta and Microsoft Entra ID publish, replayed byte by byte
//! (`tests/peers/scim`).

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Answer, TestApp,
        scim::{Scim, client, id, prove, scim_type},
    },
};

cases![Shared:
    okta_tests_the_connection_and_looks_for_a_user_who_is_not_there,
    okta_creates_reads_updates_and_deactivates_a_user,
    okta_imports_users_and_groups_page_by_page,
    okta_pushes_a_group_and_its_members,
    entra_tests_the_connection_by_looking_for_nobody,
    entra_creates_updates_disables_and_deletes_a_user,
    entra_pushes_a_group_and_its_members,
    entra_reads_the_schemas,
];

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("../../peers/scim/", $name, ".json"))
    };
}

/// A file with the ids of this server.
fn filled(file: &str, user: &str, other: &str, group: &str) -> String {
    file.replace("{user}", user)
        .replace("{other}", other)
        .replace("{group}", group)
}

async fn send(scim: &Scim, method: Method, path: &str, body: &str) -> Answer {
    let answer = scim.body(method, path, body).await;
    assert!(answer.status.is_success(), "{path}: {}", answer.text);
    if !answer.text.is_empty() {
        let kind = answer.headers["content-type"].to_str().expect("a text");
        assert!(kind.starts_with("application/scim+json"), "{kind}");
    }
    answer
}

fn total(answer: &Answer) -> Json {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let body = answer.json();
    let schema = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
    assert_eq!(body["schemas"], json!([schema]));
    for number in ["totalResults", "startIndex", "itemsPerPage"] {
        assert!(body[number].is_u64(), "{number}: {}", answer.text);
    }
    assert!(body["Resources"].is_array());
    body["totalResults"].clone()
}

// 1, 2
async fn okta_tests_the_connection_and_looks_for_a_user_who_is_not_there(app: TestApp) {
    let org = app.org("A").await;
    let scim = client(&app, &org).await;
    assert_eq!(total(&scim.get("/Users?startIndex=1&count=2").await), 0);
    assert_eq!(total(&scim.get("/Groups?startIndex=1&count=100").await), 0);
    let wrong = Scim::new(&app.base, "fmscim_wrong");
    let refused = wrong.get("/Users?startIndex=1&count=2").await;
    assert_eq!(refused.status, 401);
    scim_type(&refused);
    let path =
        "/Users?filter=userName%20eq%20%22test.user%40okta.example%22&startIndex=1&count=100";
    let found = scim.get(path).await;
    assert_eq!(total(&found), 0);
    assert_eq!(found.json()["Resources"], json!([]));
}

// 3, 4, 5
async fn okta_creates_reads_updates_and_deactivates_a_user(app: TestApp) {
    let org = app.org("A").await;
    prove(&app, &org, "okta.example").await;
    let scim = client(&app, &org).await;
    let made = scim
        .body(Method::POST, "/Users", file!("okta/create-user"))
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let user = made.json();
    assert_eq!(user["userName"], "test.user@okta.example");
    assert_eq!(user["externalId"], "00ujl29u0le5T6Aj10h7");
    assert_eq!(user["active"], true);
    assert_eq!(
        user["name"],
        json!({ "familyName": "User", "givenName": "Test" })
    );
    assert!(user.get("password").is_none());
    assert_eq!(user["meta"]["resourceType"], "User");
    let location = user["meta"]["location"].as_str().expect("an address");
    assert_eq!(made.headers["location"].to_str().ok(), Some(location));
    let path = format!("/Users/{}", id(&user));
    assert!(location.ends_with(&format!("/scim/v2{path}")), "{location}");
    let again = scim
        .body(Method::POST, "/Users", file!("okta/create-user"))
        .await;
    assert_eq!(again.status, 409, "{}", again.text);
    assert_eq!(scim_type(&again), "uniqueness");
    let found = scim
        .find(
            "/Users?startIndex=1&count=100",
            "userName eq \"TEST.user@okta.example\"",
        )
        .await;
    assert_eq!(total(&found), 1);

    let read = scim.get(&path).await;
    assert_eq!(read.json(), user);
    let body = filled(file!("okta/update-user"), &id(&user), "", "");
    let changed = send(&scim, Method::PUT, &path, &body).await;
    assert_eq!(changed.status, 200);
    assert_eq!(changed.json()["name"]["givenName"], "Another");
    assert_eq!(changed.json()["name"]["middleName"], "Excited");
    let nobody = scim
        .body(
            Method::PUT,
            "/Users/scimuser_00000000000000000000000001",
            &body,
        )
        .await;
    assert_eq!(nobody.status, 404, "{}", nobody.text);
    scim_type(&nobody);

    for (method, file, active) in [
        (Method::PATCH, file!("okta/deactivate-user"), false),
        (Method::PATCH, file!("okta/activate-user"), true),
        (Method::PUT, file!("okta/deactivate-user-put"), false),
    ] {
        let body = filled(file, &id(&user), "", "");
        let changed = send(&scim, method, &path, &body).await;
        assert_eq!(changed.status, 200);
        assert_eq!(changed.json()["active"], active);
        let members = "{ members(first: 50) { edges { node { email } } } }";
        let members = org.owner().caller.data(members, json!({})).await;
        let member = members.to_string().contains("test.user@okta.example");
        assert_eq!(member, active, "{members}");
    }
}

// 6
async fn okta_imports_users_and_groups_page_by_page(app: TestApp) {
    let org = app.org("A").await;
    let scim = client(&app, &org).await;
    for n in 0..7 {
        scim.user(&format!("u{n}@elsewhere.example")).await;
        scim.group(&format!("g{n}"), &[]).await;
    }
    for (path, name) in [("/Users", "userName"), ("/Groups", "displayName")] {
        let mut seen = Vec::new();
        for start in [1, 4, 7, 10] {
            let page = scim
                .get(&format!("{path}?startIndex={start}&count=3"))
                .await;
            assert_eq!(total(&page), 7);
            let body = page.json();
            assert_eq!(body["startIndex"], start);
            let list = body["Resources"].as_array().expect("a list").clone();
            assert_eq!(body["itemsPerPage"], list.len());
            seen.extend(
                list.iter()
                    .map(|one| one[name].as_str().expect("a name").to_owned()),
            );
        }
        assert_eq!(seen.len(), 7, "{seen:?}");
        let mut sorted = seen.clone();
        sorted.sort();
        assert_eq!(seen, sorted, "in the order of creation");
        let none = scim.get(&format!("{path}?count=0")).await;
        assert_eq!(
            (total(&none), none.json()["Resources"].clone()),
            (json!(7), json!([]))
        );
    }
}

// 7, 8, 9
async fn okta_pushes_a_group_and_its_members(app: TestApp) {
    let org = app.org("A").await;
    let scim = client(&app, &org).await;
    let user = id(&scim.user("test.user@okta.example").await);
    let other = id(&scim.user("other.user@okta.example").await);
    let path = "/Groups?filter=displayName%20eq%20%22Test%20SCIMv2%22&startIndex=1&count=100";
    assert_eq!(total(&scim.get(path).await), 0);
    let made = scim
        .body(Method::POST, "/Groups", file!("okta/create-group"))
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let group = id(&made.json());
    assert_eq!(total(&scim.get(path).await), 1);
    let path = format!("/Groups/{group}");
    let members = async || {
        let read = scim.get(&path).await.json();
        let mut ids: Vec<String> = read["members"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| one["value"].as_str().expect("an id").to_owned())
            .collect();
        ids.sort();
        (
            read["displayName"].as_str().expect("a name").to_owned(),
            ids,
        )
    };
    let mut both = vec![user.clone(), other.clone()];
    both.sort();
    for (method, file, name, expected) in [
        (
            Method::PATCH,
            file!("okta/replace-members"),
            "Test SCIMv2",
            both,
        ),
        (
            Method::PATCH,
            file!("okta/rename-group"),
            "Test SCIMv2 renamed",
            vec![],
        ),
        (
            Method::PATCH,
            file!("okta/change-members"),
            "Test SCIMv2 renamed",
            vec![user.clone()],
        ),
        (
            Method::PUT,
            file!("okta/put-group"),
            "Test SCIMv2 again",
            vec![user.clone()],
        ),
    ] {
        let body = filled(file, &user, &other, &group);
        let answer = send(&scim, method, &path, &body).await;
        assert!(matches!(answer.status.as_u16(), 200 | 204));
        let (found, ids) = members().await;
        assert_eq!(found, name);
        if !expected.is_empty() {
            assert_eq!(ids, expected);
        }
    }
    let read = scim.get(&format!("/Users/{user}")).await.json();
    assert_eq!(read["groups"][0]["value"], group);
    assert_eq!(read["groups"][0]["display"], "Test SCIMv2 again");
    assert_eq!(scim.delete(&path).await.status, 204);
    assert_eq!(scim.get(&path).await.status, 404);
}

// 10
async fn entra_tests_the_connection_by_looking_for_nobody(app: TestApp) {
    let org = app.org("A").await;
    let scim = client(&app, &org).await;
    for filter in [
        "userName eq \"non-existent user\"",
        "externalId eq \"7fce0092-d52e-4f76-b727-3955bd72c939\"",
        "emails[type eq \"work\"].value eq \"nobody@testuser.com\"",
        "externalId eq \"x\" and userName eq \"y\"",
    ] {
        let found = scim.find("/Users", filter).await;
        assert_eq!(total(&found), 0, "{filter}");
    }
}

// 11, 12
async fn entra_creates_updates_disables_and_deletes_a_user(app: TestApp) {
    let org = app.org("A").await;
    prove(&app, &org, "testuser.com").await;
    let scim = client(&app, &org).await;
    let made = scim
        .body(Method::POST, "/Users", file!("entra/create-user"))
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let user = made.json();
    let path = format!("/Users/{}", id(&user));
    assert_eq!(user["externalId"], "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef");
    assert_eq!(user["name"]["formatted"], "givenName familyName");
    for filter in [
        "userName eq \"Test_User_ab6490ee-1e48-479e-a20b-2d77186b5dd1\"",
        "externalId eq \"0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef\"",
        "emails[type eq \"work\"].value eq \"Test_User_fd0ea19b-0777-472c-9f96-4f70d2226f2e@testuser.com\"",
    ] {
        let found = scim.find("/Users", filter).await;
        assert_eq!(total(&found), 1, "{filter}");
    }
    assert_eq!(scim.get(&path).await.json(), user);
    let none = scim.get("/Users/5171a35d82074e068ce2").await;
    assert_eq!(none.status, 404);
    scim_type(&none);

    let changed = send(&scim, Method::PATCH, &path, file!("entra/update-user")).await;
    assert_eq!(changed.status, 200);
    let changed = changed.json();
    assert_eq!(
        changed["emails"],
        json!([{ "value": "updatedEmail@microsoft.com", "type": "work",
        "primary": true }])
    );
    assert_eq!(changed["name"]["familyName"], "updatedFamilyName");
    let changed = send(&scim, Method::PATCH, &path, file!("entra/rename-user"))
        .await
        .json();
    assert_eq!(
        changed["userName"],
        "5b50642d-79fc-4410-9e90-4c077cdd1a59@testuser.com"
    );
    for (file, active) in [
        (file!("entra/disable-user"), false),
        (file!("entra/enable-user-text"), true),
        (file!("entra/disable-user-text"), false),
    ] {
        let changed = send(&scim, Method::PATCH, &path, file).await.json();
        assert_eq!(changed["active"], active);
    }
    let gone = scim.delete(&path).await;
    assert_eq!((gone.status.as_u16(), gone.text.as_str()), (204, ""));
    assert_eq!(scim.get(&path).await.status, 404);
    assert_eq!(scim.delete(&path).await.status, 404);
}

// 13, 14, 15
async fn entra_pushes_a_group_and_its_members(app: TestApp) {
    let org = app.org("A").await;
    let scim = client(&app, &org).await;
    let user = id(&scim.user("a@testuser.com").await);
    let query = "/Groups?excludedAttributes=members&filter=displayName%20eq%20%22displayName%22";
    assert_eq!(total(&scim.get(query).await), 0);
    let made = scim
        .body(Method::POST, "/Groups", file!("entra/create-group"))
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let group = made.json();
    assert_eq!(group["members"], json!([]));
    assert_eq!(group["externalId"], "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159");
    let found = scim.get(query).await;
    assert_eq!(total(&found), 1);
    assert!(found.json()["Resources"][0].get("members").is_none());
    let path = format!("/Groups/{}", id(&group));
    let read = scim
        .get(&format!("{path}?excludedAttributes=members"))
        .await;
    assert_eq!(read.status, 200);
    assert!(read.json().get("members").is_none());
    for (file, members) in [
        (file!("entra/rename-group"), 0),
        (file!("entra/add-member"), 1),
        (file!("entra/remove-member"), 0),
    ] {
        let body = filled(file, &user, "", "");
        let answer = scim.body(Method::PATCH, &path, &body).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""));
        let read = scim.get(&path).await.json();
        assert_eq!(read["members"].as_array().expect("a list").len(), members);
        let filter = format!("id eq \"{}\" and members eq \"{user}\"", id(&group));
        assert_eq!(total(&scim.find("/Groups", &filter).await), members);
    }
    let read = scim.get(&path).await.json();
    assert_eq!(
        read["displayName"],
        "1879db59-3bdf-4490-ad68-ab880a269474updatedDisplayName"
    );
    let gone = scim.delete(&path).await;
    assert_eq!((gone.status.as_u16(), gone.text.as_str()), (204, ""));
}

// 15
async fn entra_reads_the_schemas(app: TestApp) {
    let org = app.org("A").await;
    let scim = client(&app, &org).await;
    let schemas = scim.get("/Schemas").await;
    assert_eq!(total(&schemas), 3);
    for one in schemas.json()["Resources"].as_array().expect("a list") {
        let path = format!("/Schemas/{}", id(one));
        assert_eq!(scim.get(&path).await.json(), *one);
    }
    let types = scim.get("/ResourceTypes").await;
    assert_eq!(total(&types), 2);
    assert_eq!(
        scim.get("/ResourceTypes/User").await.json()["endpoint"],
        "/Users"
    );
    let config = scim.get("/ServiceProviderConfig").await.json();
    assert_eq!(config["patch"]["supported"], true);
    assert_eq!(config["bulk"]["supported"], false);
    for (path, status) in [("/Schemas/x", 404), ("/Me", 404), ("/Bulk", 404)] {
        let none = scim.get(path).await;
        assert_eq!(none.status, status, "{path}");
        scim_type(&none);
    }
    let wrong = scim.send(Method::DELETE, "/Users").await;
    assert_eq!(wrong.status, 405);
}
