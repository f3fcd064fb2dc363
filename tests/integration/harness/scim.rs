//! An identity provider that provisions people (SCIM).

use reqwest::{Method, header};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{Answer, Caller, TestApp, callers::Secret, people::Org};

/// A client with a token.
pub struct Scim {
    caller: Caller,
    agent: &'static str,
}

pub const CREATE: &str = "mutation($name: String!, $expiresAt: DateTime) { \
    createScimToken(input: {name: $name, expiresAt: $expiresAt}) { secret token { id prefix } } }";

/// The client of a new token of the organization.
pub async fn client(app: &TestApp, org: &Org) -> Scim {
    let owner = org.owner().caller.at(&app.base);
    let made = owner.data(CREATE, json!({ "name": "Okta" })).await;
    let secret = made["createScimToken"]["secret"]
        .as_str()
        .expect("a secret");
    Scim::new(&app.base, secret)
}

/// Proves a domain for an organization, without a name server.
pub async fn prove(app: &TestApp, org: &Org, domain: &str) {
    let tx = app.app.db().begin(&[org.id]).await.expect("a transaction");
    let sql = "INSERT INTO domains (id, org_id, name, token, created_at, proved_at) \
        VALUES ($1, $2, $3, 'x', $4, $4)";
    let now = app.app.clock().now();
    let id = Uuid::new_v4();
    tx.execute(sql, [id.into(), org.id.0.into(), domain.into(), now.into()])
        .await
        .expect(sql);
    tx.commit().await.expect("committed");
}

impl Scim {
    pub fn new(base: &str, token: &str) -> Self {
        Self {
            caller: Caller::new(base, Secret::Key(token.to_owned())),
            agent: "Okta SCIM Client 1.0.0",
        }
    }

    /// The token.
    pub fn secret(&self) -> String {
        match &self.caller.secret {
            Secret::Key(token) => token.clone(),
            _ => String::new(),
        }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.caller.request(method, &format!("/scim/v2{path}"));
        request
            .header(header::USER_AGENT, self.agent)
            .header(header::ACCEPT, "application/scim+json")
    }

    /// Sends a request without a body.
    pub async fn send(&self, method: Method, path: &str) -> Answer {
        Answer::of(self.request(method, path).send().await.expect("an answer")).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path).await
    }

    /// Gets a list that a filter selects.
    pub async fn find(&self, path: &str, filter: &str) -> Answer {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("filter", filter)
            .finish();
        let mark = if path.contains('?') { '&' } else { '?' };
        self.get(&format!("{path}{mark}{query}")).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path).await
    }

    /// Sends a body, byte by byte.
    pub async fn body(&self, method: Method, path: &str, body: &str) -> Answer {
        self.with(method, path, body, &[]).await
    }

    /// Sends a body with further headers.
    pub async fn with(
        &self,
        method: Method,
        path: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = self
            .request(method, path)
            .header(header::CONTENT_TYPE, "application/scim+json; charset=utf-8")
            .body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request.send().await.expect("an answer")).await
    }

    pub async fn post(&self, path: &str, body: &Json) -> Answer {
        self.body(Method::POST, path, &body.to_string()).await
    }

    pub async fn put(&self, path: &str, body: &Json) -> Answer {
        self.body(Method::PUT, path, &body.to_string()).await
    }

    pub async fn patch(&self, path: &str, operations: Json) -> Answer {
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": operations });
        self.body(Method::PATCH, path, &body.to_string()).await
    }

    /// Creates a user with this address, and returns the resource.
    pub async fn user(&self, email: &str) -> Json {
        let made = self
            .post(
                "/Users",
                &json!({ "userName": email, "displayName": email,
                "emails": [{ "value": email, "type": "work", "primary": true }], "active": true }),
            )
            .await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.json()
    }

    /// Creates a group with these members, and returns its id.
    pub async fn group(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<Json> = members.iter().map(|id| json!({ "value": id })).collect();
        let made = self
            .post(
                "/Groups",
                &json!({ "displayName": name, "members": members }),
            )
            .await;
        assert_eq!(made.status, 201, "{}", made.text);
        id(&made.json())
    }
}

/// The id of a resource.
pub fn id(resource: &Json) -> String {
    resource["id"].as_str().expect("an id").to_owned()
}

/// The type of a refusal.
pub fn scim_type(answer: &Answer) -> String {
    let body = answer.json();
    assert_eq!(body["status"], answer.status.as_str(), "{}", answer.text);
    let schema = "urn:ietf:params:scim:api:messages:2.0:Error";
    assert_eq!(body["schemas"], json!([schema]), "{}", answer.text);
    assert!(body["detail"].as_str().is_some_and(|text| !text.is_empty()));
    body["scimType"].as_str().unwrap_or_default().to_owned()
}

/// The email addresses and roles of the members.
pub async fn members(org: &Org) -> Vec<(String, String)> {
    let list = "{ members(first: 50) { edges { node { email role } } } }";
    let data = org.owner().caller.data(list, json!({})).await;
    let edges = data["members"]["edges"].as_array().expect("a list").clone();
    edges
        .iter()
        .map(|edge| {
            let text = |name: &str| edge["node"][name].as_str().unwrap_or_default().to_owned();
            (text("email"), text("role"))
        })
        .collect()
}

/// The role of the member with this address.
pub async fn role(org: &Org, email: &str) -> Option<String> {
    let all = members(org).await;
    all.into_iter()
        .find(|(one, _)| one == email)
        .map(|(_, role)| role)
}

/// How many such entries identity providers have written to the audit log.
pub async fn audit(org: &Org, action: &str) -> usize {
    let rows = domain::audit::list(&org.owner().ctx, 200)
        .await
        .expect("the log");
    rows.iter()
        .filter(|row| row.action == action && row.actor_kind == "scim_token")
        .count()
}

/// Maps a group to a role and a team.
pub const MAP: &str = "mutation($id: ID!, $role: Role, $team: ID) { \
    mapScimGroup(input: {id: $id, role: $role, teamId: $team}) { group { role teamId memberCount } } }";
