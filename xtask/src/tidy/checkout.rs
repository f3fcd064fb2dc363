//! Rule: no program contains the path of the checkout that it was compiled in. Checkouts may share a
//! target folder, and Cargo reuses what another one compiled when the files of this one are older.
//! A path is read when the program runs: `std::env::var("CARGO_MANIFEST_DIR")`.

use super::files::Source;

/// Files that are compiled with a path of their checkout.
pub fn check(sources: &[Source]) -> Vec<String> {
    // In two parts, or this file would be found.
    let compiled_in = ["env!(\"CARGO_", "MANIFEST_DIR\")"].concat();
    let mut found = Vec::new();
    for source in sources {
        for (at, line) in source.text.lines().enumerate() {
            if line.contains(&compiled_in) {
                found.push(format!(
                    "{}:{}: compiles the path of the checkout in; read CARGO_MANIFEST_DIR from \
                     the environment when the program runs",
                    source.name,
                    at + 1
                ));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_is_compiled_in_is_found_and_one_of_the_environment_is_not() {
        let text = |inside: &str| Source {
            name: "a.rs".to_owned(),
            text: format!("//! A file.\nconst A: &str = {inside};\n"),
        };
        let bad = text(concat!("concat!(env!(\"CARGO_", "MANIFEST_DIR\"), \"/x\")"));
        let good = text("std::env::var(\"CARGO_MANIFEST_DIR\")");
        let other = text("env!(\"CARGO_PKG_VERSION\")");
        let found = check(&[bad, good, other]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("a.rs:2: "), "{found:?}");
    }
}
