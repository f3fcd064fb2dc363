//! The application that belongs to FlowMason itself: the command line. It is public, belongs to no
//! organization, and asks with the device flow.

use types::ApplicationId;
use uuid::Uuid;

use super::{Application, Client, ClientKind};
use crate::access::{Permission, PermissionSet, Role};

/// The name by which the command line calls itself.
pub const COMMAND_LINE: &str = "flowmason-cli";

/// Its id in the database. No UUIDv7 is that small.
pub const COMMAND_LINE_ID: ApplicationId = ApplicationId(Uuid::from_u128(1));

/// What the command line may ask for.
fn scopes() -> PermissionSet {
    // `ApiKeyWrite` is among those for people only.
    let all = Role::Developer.permissions();
    let keys = PermissionSet::from_iter([Permission::ApiKeyRead]);
    all.without(keys).without(all.for_people_only())
}

/// The command line.
pub fn command_line() -> Client {
    Client {
        org: None,
        application: Application {
            id: COMMAND_LINE_ID,
            name: "FlowMason command line".to_owned(),
            kind: ClientKind::Public,
            redirect_uris: Vec::new(),
            scopes: scopes(),
            device_flow: true,
            service_account: None,
            secret_shown: None,
            former_until: None,
            created_at: chrono::DateTime::UNIX_EPOCH,
            last_used_at: None,
        },
        secrets: Vec::new(),
    }
}
