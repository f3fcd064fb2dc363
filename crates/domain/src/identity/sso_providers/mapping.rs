//! From a person's groups at the provider to their role here.

use serde::{Deserialize, Serialize};

use crate::{
    access::Role,
    error::{AppError, Result},
};

/// The role of a group's members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The group, exactly as the provider writes it.
    pub group: String,
    /// The role; never `Owner`.
    pub role: Role,
}

/// The stored form.
#[derive(Serialize, Deserialize)]
struct Stored {
    group: String,
    role: String,
}

/// The stored form of a list.
pub fn stored(mappings: &[Mapping]) -> Result<String> {
    let list: Vec<Stored> = mappings
        .iter()
        .map(|one| Stored {
            group: one.group.clone(),
            role: one.role.as_str().to_owned(),
        })
        .collect();
    serde_json::to_string(&list).map_err(AppError::internal)
}

/// The list in a stored form.
pub fn read(text: &str) -> Result<Vec<Mapping>> {
    let list: Vec<Stored> = serde_json::from_str(text).map_err(AppError::internal)?;
    let read = |one: Stored| {
        let role = role(&one.role)?;
        let group = one.group;
        Ok(Mapping { group, role })
    };
    list.into_iter().map(read).collect()
}

/// The stored role of a provider.
pub fn role(word: &str) -> Result<Role> {
    let role = Role::parse(word).filter(|role| *role != Role::Owner);
    role.ok_or_else(|| AppError::internal(format!("a provider gives the role `{word}`")))
}

/// The role of a person in these groups: that of the first row that fits, or else the default.
/// Never a role that is in neither.
pub fn role_of(mappings: &[Mapping], default: Option<Role>, groups: &[String]) -> Option<Role> {
    let row = mappings.iter().find(|row| groups.contains(&row.group));
    row.map(|row| row.role)
        .or(default)
        .filter(|role| *role != Role::Owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(group: &str, role: Role) -> Mapping {
        Mapping {
            group: group.to_owned(),
            role,
        }
    }

    #[test]
    fn groups_give_the_role_of_the_first_row_that_fits_and_never_owner() {
        let rows = [
            row("admins", Role::Admin),
            row("eng", Role::Developer),
            row("all", Role::Owner),
        ];
        let of = |default, groups: &[&str]| {
            let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
            role_of(&rows, default, &groups)
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
}
