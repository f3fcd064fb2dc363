//! Licences of all that is linked in: only those that allow our use.

use serde_json::Value;

use super::{packages, text};

const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "OpenSSL",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

/// Crates that name no licence in their manifest, with the one that their repository has.
const KNOWN: &[(&str, &str)] = &[("apalis-postgres", "MIT")];

/// Packages whose licence is none of the allowed.
pub fn check(metadata: &Value) -> Vec<String> {
    packages(metadata)
        .filter_map(|package| {
            let name = text(package, "name");
            let licence = package["license"]
                .as_str()
                .or_else(|| KNOWN.iter().find(|(of, _)| *of == name).map(|(_, l)| *l))
                .unwrap_or_default();
            let fits = alternatives(licence).any(|all| all.iter().all(|l| ALLOWED.contains(l)));
            (!fits).then(|| format!("`{name}` has the licence `{licence}`, which is not allowed"))
        })
        .collect()
}

/// The ways to satisfy an expression: `A OR B` has two, `A AND B` one of two parts. Brackets are
/// dropped, which errs on the side of asking for more.
fn alternatives(licence: &str) -> impl Iterator<Item = Vec<&str>> {
    licence
        .split(" OR ")
        .flat_map(|part| part.split('/'))
        .map(|part| {
            part.split(" AND ")
                .map(|l| l.trim_matches(['(', ')', ' ']))
                .collect::<Vec<_>>()
        })
}
