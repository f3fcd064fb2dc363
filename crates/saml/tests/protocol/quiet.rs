//! What the native library writes by itself.

use std::{env, process::Command};

#[test]
fn nothing_is_printed_about_signatures_that_are_wrong() {
    // In a process of its own, whose standard error has nothing else.
    let ran = Command::new(env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg("signed::m03_only_the_given_certificates_count")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
    assert_eq!(String::from_utf8_lossy(&ran.stderr), "");
}
