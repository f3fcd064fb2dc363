//! `member.removed`.

use serde_json::{Value as Json, json};
use types::UserId;

use super::{Event, EventType, texts};

/// The event type.
pub const TYPE: EventType = EventType {
    name: "member.removed",
    version: 1,
    description: "A person is no longer a member: they were removed or deprovisioned, or have left.",
    run_status: None,
    schema,
};

fn schema() -> Json {
    texts(&[
        ("userId", "The person's id"),
        ("name", "The person's name"),
        ("role", "The name of the role that they had"),
    ])
}

/// The event.
pub fn event(user: UserId, name: &str, role: &str) -> Event {
    let data = json!({ "userId": user, "name": name, "role": role });
    let words = format!("{name}, who had the role {role}, is no longer a member");
    Event::new(&TYPE, data, words)
}
