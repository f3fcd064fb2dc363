//! Compares the permission table with docs/permissions.md; tests permission sets and stored names.

mod people;
mod together;
mod use_cases;

use types::{ErrorCode, FolderId, PipelineId};

use super::{
    Environment, Object, Permission, PermissionSet, Rights, Role, StoredRights, StoredRole, stored,
};
use crate::error::AppError;

const PAGE: &str = include_str!("../../../../docs/permissions.md");

/// The line of the page behind which the table stands.
const MARK: &str = "<!-- Generated from crates/domain/src/access/permission.rs. -->\n\n";

fn table() -> String {
    let roles = Role::ALL.map(|role| format!(" {role} |"));
    let mut text = format!("| Permission |{} Allows to |\n", roles.concat());
    text += &format!("|---|{}---|\n", ":-:|".repeat(Role::ALL.len()));
    for permission in Permission::ALL {
        let cells = Role::ALL.map(|role| match role.permissions().has(*permission) {
            true => " yes |",
            false => " |",
        });
        let description = permission.description();
        let people = match permission.is_for_people_only() {
            true => " *Only people.*",
            false => "",
        };
        let members = match PermissionSet::OF_EVERY_MEMBER.has(*permission) {
            true => " Every member has it.",
            false => "",
        };
        text += &format!(
            "| `{permission}` |{} {description}{people}{members} |\n",
            cells.concat()
        );
    }
    text
}

#[test]
fn r01_the_table_of_roles_and_permissions_equals_the_reviewed_page() {
    let (text, written) = PAGE.split_once(MARK).expect("the mark");
    if std::env::var_os("FLOWMASON_UPDATE").is_some() {
        let package = std::env::var("CARGO_MANIFEST_DIR").expect("run by cargo");
        let page = format!("{package}/../../docs/permissions.md");
        std::fs::write(page, format!("{text}{MARK}{}", table())).expect("written");
        return;
    }
    assert_eq!(
        table(),
        written,
        "review the change, then write it with `FLOWMASON_UPDATE=1 cargo test -p domain r01_`"
    );
}

#[test]
fn r22_a_stored_role_of_an_organization_does_not_give_what_only_owners_have() {
    let of_owners = PermissionSet::ALL.of_owners_only();
    assert!(of_owners.has(Permission::OrganizationTransfer));
    assert!(of_owners.and(Role::Admin.permissions()).is_empty());
    let stored = stored::of_custom_role("organization.transfer run.read");
    let stored = stored.expect("known permissions");
    assert_eq!(stored, PermissionSet::from_iter([Permission::RunRead]));
}

#[test]
fn every_permission_has_a_description() {
    for permission in Permission::ALL {
        let text = permission.description();
        assert!(
            text.len() > 10 && text.ends_with('.'),
            "{permission}: {text}"
        );
        assert!(!text.contains("  "), "{permission}: {text}");
    }
}

#[test]
fn a_role_and_a_permission_read_back_from_their_names_and_nothing_else_does() {
    for role in Role::ALL {
        assert_eq!(Role::parse(role.as_str()), Some(role));
    }
    for permission in Permission::ALL {
        assert_eq!(Permission::parse(permission.as_str()), Some(*permission));
    }
    for wrong in ["Owner", "owner ", "", "run.", "run.start run.read"] {
        assert_eq!(Role::parse(wrong), None);
        assert_eq!(Permission::parse(wrong), None);
    }
}

#[test]
fn a_set_contains_exactly_the_permissions_it_was_made_from() {
    let all: PermissionSet = Permission::ALL.iter().copied().collect();
    assert_eq!(all, PermissionSet::ALL);
    for one in Permission::ALL {
        let set = PermissionSet::from_iter([*one]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [*one]);
        assert_eq!(set.and(all), set);
        assert!(!all.without(set).has(*one));
        assert!(set.without(all).is_empty());
        assert!(set.and(all.without(set)).is_empty());
    }
    assert_eq!(PermissionSet::NONE.iter().count(), 0);
}

#[test]
fn a_stored_list_is_read_as_a_whole_or_not_at_all() {
    let some = Role::Developer.permissions();
    let list = stored::of_key(None, Some(&some.to_string()));
    assert_eq!(list, Ok((None, some)));
    let none = stored::of_key(None, Some(""));
    assert_eq!(none, Ok((None, PermissionSet::NONE)));
    let role = stored::of_key(Some("developer"), None);
    assert_eq!(
        role,
        Ok((Some(Role::Developer), Role::Developer.permissions()))
    );
    for (role, list, word) in [
        (None, Some("run.read run.fly"), "run.fly"),
        (None, Some("run.read,run.start"), "run.read,run.start"),
        (None, Some("viewer"), "viewer"),
        (Some("Viewer"), None, "Viewer"),
        (Some("root"), None, "root"),
        (Some(""), None, ""),
        (Some("viewer"), Some("run.read"), "viewer and a list"),
        (None, None, ""),
    ] {
        let unknown = stored::of_key(role, list).unwrap_err();
        assert_eq!(unknown.word, word);
        assert_eq!(AppError::from(unknown).code, ErrorCode::Forbidden);
    }
}

#[test]
fn a_member_sees_the_organization_and_has_their_own_account_whatever_their_role() {
    let all = StoredRights {
        assigned: StoredRole {
            role: "custom".to_owned(),
            role_id: Some(uuid::Uuid::from_u128(1)),
            role_name: Some("Starter".to_owned()),
            role_permissions: Some("run.start".to_owned()),
        },
        grants: None,
    };
    let start = PermissionSet::from_iter([Permission::RunStart]);
    let member = all.of_member().unwrap();
    assert_eq!(member.permissions, start.or(PermissionSet::OF_EVERY_MEMBER));
    assert!(member.permissions.has(Permission::OrganizationRead));
    assert!(member.permissions.has(Permission::ProfileUpdate));
    // What a service account has.
    assert_eq!(all.rights().unwrap().permissions, start);
    for role in Role::ALL {
        assert!(!PermissionSet::OF_EVERY_MEMBER.exceeds(role.permissions()));
    }
}

#[test]
fn rights_are_equal_in_whatever_order_their_grants_are_read() {
    let pipelines = [1, 2, 3].map(|n| PipelineId(uuid::Uuid::from_u128(n)).to_string());
    let read = |order: [usize; 3]| {
        let grants = order.map(|at| format!("developer||{}", pipelines[at]));
        let all = StoredRights {
            assigned: StoredRole {
                role: "viewer".to_owned(),
                ..StoredRole::default()
            },
            grants: Some(grants.join(";")),
        };
        all.rights().unwrap()
    };
    assert_eq!(read([0, 1, 2]), read([2, 0, 1]));
    assert_eq!(read([0, 1, 2]).pipelines.iter().count(), 3);
}

#[test]
fn a_grant_gives_only_the_permissions_that_count_on_its_object() {
    let folder = types::FolderId(uuid::Uuid::from_u128(1));
    let read = |grant: &str| {
        let all = StoredRights {
            assigned: StoredRole {
                role: "billing".to_owned(),
                ..StoredRole::default()
            },
            grants: Some(grant.to_owned()),
        };
        all.rights().unwrap()
    };
    let in_folder = read(&format!("admin||{folder}"));
    assert_eq!(
        in_folder.folders.of(folder).to_string(),
        "pipeline.read pipeline.write pipeline.publish production.use run.read run.start run.cancel"
    );
    for (environment, permissions) in [
        (Environment::Development, "run.start run.cancel"),
        (
            Environment::Staging,
            "pipeline.publish run.start run.cancel",
        ),
        (
            Environment::Production,
            "pipeline.publish production.use run.start run.cancel",
        ),
    ] {
        let rights = read(&format!("admin||environment:{environment}"));
        assert_eq!(rights.permissions, Role::Billing.permissions());
        assert_eq!(rights.environments.of(environment).to_string(), permissions);
        assert_eq!(rights.environments.iter().count(), 1);
    }
    assert_eq!(in_folder.environments.iter().count(), 0);
}

#[test]
fn r20_two_rights_together_give_what_both_give_at_the_same_place() {
    let folder = FolderId(uuid::Uuid::from_u128(1));
    let [one, other] = [2, 3].map(|n| PipelineId(uuid::Uuid::from_u128(n)));
    let on = |object: Object, role: Role| {
        let mut rights = Rights::from(PermissionSet::NONE);
        rights.add(object, role.permissions());
        rights
    };
    let start = Permission::RunStart;
    let in_folder = on(Object::Folder(folder), Role::Developer);
    let on_one = on(Object::Pipeline(one), Role::Admin);
    let both = in_folder.both(&on_one);
    let turned = on_one.both(&in_folder);
    assert_eq!(turned.all(), both.all());
    assert_eq!(
        turned.at(one, Some(folder), None),
        both.at(one, Some(folder), None)
    );
    assert!(both.anywhere(start) && both.by_folders().has(start));
    assert!(both.at(one, Some(folder), None).has(start));
    let production = both.at(one, Some(folder), Some(Environment::Production));
    assert!(!production.has(Permission::ProductionUse));
    for (pipeline, folder) in [(one, None), (other, Some(folder))] {
        assert_eq!(both.at(pipeline, folder, None), PermissionSet::NONE);
    }

    let staging = Environment::Staging;
    let both = on_one.both(&on(Object::Environment(staging), Role::Developer));
    let there = both.at(one, None, Some(staging));
    assert_eq!(there.to_string(), "pipeline.publish run.start run.cancel");
    assert_eq!(both.at(one, None, None), PermissionSet::NONE);
    assert_eq!(both.at(other, None, Some(staging)), PermissionSet::NONE);
    assert!(!both.by_folders().has(start));

    let neither = on_one.both(&on(Object::Pipeline(other), Role::Admin));
    assert_eq!(neither, PermissionSet::NONE.into());

    // With rights in the whole organization, it is as limiting them to permissions.
    let mut holder = Rights::from(Role::Viewer);
    holder.add(Object::Folder(folder), Role::Admin.permissions());
    let developer = Role::Developer.permissions();
    let both = holder.both(&developer.into());
    let within = holder.within(developer);
    assert_eq!(
        both,
        Rights {
            role: None,
            ..within
        }
    );
}

#[test]
fn what_a_permission_allows_follows_may_without_what_limits_it() {
    assert_eq!(Permission::RunStart.deed(), "start and retry runs");
    assert_eq!(
        Permission::MemberManage.deed(),
        "invite people, change their roles and remove them"
    );
    assert_eq!(Permission::ProductionUse.deed(), "act in production");
    assert!(
        Permission::ALL
            .iter()
            .all(|one| !one.deed().ends_with('.') && !one.deed().is_empty())
    );
}
