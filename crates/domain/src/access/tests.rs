//! The table as a golden file: a changed cell is a changed file that somebody reviews.

use super::{Permission, Role};

const GOLDEN: &str = include_str!("table.txt");

fn table() -> String {
    let mut text = format!("{:<22}", "permission");
    for role in Role::ALL {
        text += &format!("{:<11}", role.as_str());
    }
    text = text.trim_end().to_owned() + "\n";
    for permission in Permission::ALL {
        let mut line = format!("{:<22}", permission.as_str());
        for role in Role::ALL {
            line += &format!("{:<11}", if role.may(*permission) { "yes" } else { "-" });
        }
        text += line.trim_end();
        text += "\n";
    }
    text
}

#[test]
fn r01_the_table_of_roles_and_permissions_equals_the_reviewed_file() {
    assert_eq!(
        table(),
        GOLDEN,
        "review the change, then write it to access/table.txt"
    );
}

#[test]
fn a_role_reads_back_from_its_name_and_nothing_else_does() {
    for role in Role::ALL {
        assert_eq!(Role::parse(role.as_str()), Some(role));
    }
    assert_eq!(Role::parse("Owner"), None);
    assert_eq!(Role::parse(""), None);
}
