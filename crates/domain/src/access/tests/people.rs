//! Which permissions only people can use, compared with what the use cases ask for.

use std::{fs, path::Path};

use super::Permission;

/// Permissions with uses for people only and uses for everybody: a program may view, or check, what
/// only a person may change.
const MIXED: [Permission; 4] = [
    Permission::OrganizationUpdate,
    Permission::MemberManage,
    Permission::DomainManage,
    Permission::SsoManage,
];

/// The texts of the use cases: all source files of the crate but tests.
fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().and_then(|name| name.to_str());
        if name == Some("tests") {
            continue;
        }
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(fs::read_to_string(&path).expect("a text"));
        }
    }
}

/// The permissions that calls of the function name.
fn asked(sources: &[String], call: &str) -> Vec<Permission> {
    let start = format!("{call}(Permission::");
    let mut found = Vec::new();
    for source in sources {
        for rest in source.split(&start).skip(1) {
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
            let mut all = Permission::ALL.iter().copied();
            let permission = all.find(|one| format!("{one:?}") == name);
            found.push(permission.expect("a permission"));
        }
    }
    found
}

#[test]
fn a_permission_that_a_use_case_asks_of_people_is_for_people_only_or_known_to_have_other_uses() {
    let mut texts = Vec::new();
    sources(
        &Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("src"),
        &mut texts,
    );
    let of_people = asked(&texts, "authorize_person");
    assert!(of_people.len() > 20, "{of_people:?}");
    for permission in of_people {
        let mixed = MIXED.contains(&permission);
        assert_ne!(permission.is_for_people_only(), mixed, "{permission}");
    }
    let of_everybody = asked(&texts, ".authorize");
    for permission in MIXED {
        assert!(of_everybody.contains(&permission), "{permission}");
    }
}
