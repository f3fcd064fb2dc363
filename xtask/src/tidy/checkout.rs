//! Rule: no program contains the path of the checkout that it was compiled in. Checkouts may share
//! a target folder, and Cargo reuses the build of another checkout if the files of this one are
//! older. Read the path at run time instead: `std::env::var("CARGO_MANIFEST_DIR")`.

use super::files::Source;

/// Reports lines that compile in the path of the checkout.
pub fn check(sources: &[Source]) -> Vec<String> {
    // In two parts, so that this file is not reported.
    let compiled_in = ["env!(\"CARGO_", "MANIFEST_DIR\")"].concat();
    let mut found = Vec::new();
    for source in sources {
        for (at, line) in source.text.lines().enumerate() {
            if line.contains(&compiled_in) {
                found.push(format!(
                    "{}:{}: compiles in the path of the checkout; read CARGO_MANIFEST_DIR from \
                     the environment at run time",
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
    fn a_compiled_in_path_is_reported_and_one_read_at_run_time_is_not() {
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
