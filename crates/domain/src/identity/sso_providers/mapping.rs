//! From a person's groups at the provider to their role here.

use serde::{Deserialize, Serialize};
use types::RoleId;
use uuid::Uuid;

use crate::{
    access::{AssignedRole, Role},
    error::{AppError, Result},
    roles::RoleChoice,
};

/// The role of a group's members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The group, exactly as the provider writes it.
    pub group: String,
    /// The role; never `Owner`.
    pub role: RoleChoice,
}

/// The stored form. `roles::repo::giver` looks for the id.
#[derive(Serialize, Deserialize)]
struct Stored {
    group: String,
    /// The name of a built-in role, or [`AssignedRole::CUSTOM`].
    role: String,
    #[serde(rename = "roleId", default, skip_serializing_if = "Option::is_none")]
    role_id: Option<RoleId>,
}

/// The stored form of a list.
pub fn stored(mappings: &[Mapping]) -> Result<String> {
    let list: Vec<Stored> = mappings
        .iter()
        .map(|one| Stored {
            group: one.group.clone(),
            role: one.role.stored().to_owned(),
            role_id: one.role.custom_id().map(RoleId),
        })
        .collect();
    serde_json::to_string(&list).map_err(AppError::internal)
}

/// The list in a stored form.
pub fn read(text: &str) -> Result<Vec<Mapping>> {
    let list: Vec<Stored> = serde_json::from_str(text).map_err(AppError::internal)?;
    let read = |one: Stored| {
        let role = role(&one.role, one.role_id.map(|id| id.0))?;
        let group = one.group;
        Ok(Mapping { group, role })
    };
    list.into_iter().map(read).collect()
}

/// The stored role of a provider.
pub fn role(word: &str, id: Option<Uuid>) -> Result<RoleChoice> {
    if let Some(id) = id.filter(|_| word == AssignedRole::CUSTOM) {
        return Ok(RoleChoice::Custom(RoleId(id)));
    }
    let role = Role::parse(word).filter(|role| *role != Role::Owner);
    let role = role.map(RoleChoice::BuiltIn);
    role.ok_or_else(|| AppError::internal(format!("a provider gives the role `{word}`")))
}

/// The role of a person in these groups: that of the first row that fits, or else the default.
/// Never a role that is in neither.
pub fn role_of(
    mappings: &[Mapping],
    default: Option<RoleChoice>,
    groups: &[String],
) -> Option<RoleChoice> {
    let row = mappings.iter().find(|row| groups.contains(&row.group));
    row.map(|row| row.role)
        .or(default)
        .filter(|role| *role != RoleChoice::BuiltIn(Role::Owner))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(group: &str, role: impl Into<RoleChoice>) -> Mapping {
        Mapping {
            group: group.to_owned(),
            role: role.into(),
        }
    }

    #[test]
    fn groups_give_the_role_of_the_first_row_that_fits_and_never_owner() {
        let rows = [
            row("admins", Role::Admin),
            row("eng", Role::Developer),
            row("all", Role::Owner),
        ];
        let of = |default: Option<Role>, groups: &[&str]| {
            let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
            let role = role_of(&rows, default.map(RoleChoice::BuiltIn), &groups);
            role.map(|role| match role {
                RoleChoice::BuiltIn(role) => role,
                RoleChoice::Custom(_) => panic!("a role of the organization's own"),
            })
        };
        assert_eq!(of(None, &["eng"]), Some(Role::Developer));
        assert_eq!(of(None, &["eng", "admins"]), Some(Role::Admin));
        assert_eq!(of(Some(Role::Viewer), &["sales"]), Some(Role::Viewer));
        assert_eq!(of(None, &["sales", "Eng", "owner", "admin"]), None);
        assert_eq!(of(None, &["all"]), None);
        assert_eq!(of(Some(Role::Owner), &[]), None);
        let text = stored(&rows[..2]).unwrap();
        assert_eq!(read(&text).unwrap(), rows[..2]);
        assert!(read(&stored(&rows).unwrap()).is_err());
    }

    #[test]
    fn a_role_of_the_organization_s_own_is_stored_by_its_id_and_rows_of_before_are_read() {
        let id = RoleId(Uuid::from_u128(7));
        let own = RoleChoice::Custom(id);
        let rows = [row("oncall", own), row("eng", Role::Developer)];
        let text = stored(&rows).unwrap();
        assert!(text.contains(&format!("\"roleId\":\"{id}\"")), "{text}");
        assert_eq!(read(&text).unwrap(), rows);
        let groups = ["oncall".to_owned()];
        assert_eq!(role_of(&rows, None, &groups), Some(own));
        assert_eq!(role_of(&[], Some(own), &groups), Some(own));
        let before = r#"[{"group":"eng","role":"developer"}]"#;
        assert_eq!(read(before).unwrap(), rows[1..]);
        assert!(read(r#"[{"group":"eng","role":"custom"}]"#).is_err());
    }
}
