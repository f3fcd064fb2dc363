//! `member.added`.

use serde_json::{Value as Json, json};
use types::UserId;

use super::{Event, EventType, texts};

/// The event type.
pub const TYPE: EventType = EventType {
    name: "member.added",
    version: 1,
    description: "A person has become a member: by an invitation, single sign-on or provisioning.",
    run_status: None,
    schema,
};

fn schema() -> Json {
    texts(&[
        ("userId", "The person's id"),
        ("name", "The person's name"),
        ("role", "The name of the role that they got"),
    ])
}

/// The event.
pub fn event(user: UserId, name: &str, role: &str) -> Event {
    let data = json!({ "userId": user, "name": name, "role": role });
    let words = format!("{name} has become a member, with the role {role}");
    Event::new(&TYPE, data, words)
}
