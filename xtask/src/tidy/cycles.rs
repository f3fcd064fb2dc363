//! Rule: the top-level modules of a crate do not depend on each other in a cycle.
//!
//! A module depends on another one if it or a module below it names the other anywhere: in `use`,
//! in a path or in a macro's arguments; through `crate::`, `super::` or a name that the root
//! re-exports. Methods that a module adds to another one's type are not detected, and tests are
//! ignored.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Item, UseTree};

use super::{
    files::Source,
    tokens::{self, Code, Token},
};
use crate::error::Result;

/// The roots of the crates that are checked.
const ROOTS: &[&str] = &[
    "api/src/lib.rs",
    "crates/cli/src/main.rs",
    "crates/components/src/lib.rs",
    "crates/domain/src/lib.rs",
    "crates/engine/src/lib.rs",
    "crates/types/src/lib.rs",
    "jobs/src/lib.rs",
];

/// Reports the cycles of all crates.
pub fn check(sources: &[Source]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for root in ROOTS {
        let code = tokens::crate_code(sources, root)?;
        found.extend(cycles(&code).into_iter().map(|cycle| {
            format!(
                "{root}: these modules depend on each other: {cycle}; move the shared code into a \
                 module that both can import"
            )
        }));
    }
    Ok(found)
}

/// Each module with the modules that it names, and for each of those a file that names it.
type Graph = BTreeMap<String, BTreeMap<String, String>>;

fn cycles(code: &[Code]) -> Vec<String> {
    let graph = graph(code);
    let mut left: BTreeSet<&str> = graph.keys().map(String::as_str).collect();
    let mut cycles = Vec::new();
    while let Some(first) = left.first().copied() {
        let to = reached(&graph, first);
        let ring: BTreeSet<&str> = left
            .iter()
            .copied()
            .filter(|name| to.contains(name) && reached(&graph, name).contains(first))
            .collect();
        left.remove(first);
        left.retain(|name| !ring.contains(name));
        if ring.len() > 1 {
            let arrows = ring.iter().flat_map(|from| {
                let to = graph[*from]
                    .iter()
                    .filter(|(to, _)| ring.contains(to.as_str()));
                to.map(move |(to, file)| format!("{from} -> {to} ({file})"))
            });
            cycles.push(arrows.collect::<Vec<_>>().join(", "));
        }
    }
    cycles
}

/// The modules that a module depends on, directly or indirectly.
fn reached<'a>(graph: &'a Graph, from: &'a str) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        for to in graph[name].keys() {
            if seen.insert(to.as_str()) {
                open.push(to);
            }
        }
    }
    seen
}

fn graph(code: &[Code]) -> Graph {
    let root = code.iter().find(|code| code.module.is_empty());
    let reexports = root.map(|root| reexports(&root.items)).unwrap_or_default();
    let mut graph: Graph = code
        .iter()
        .filter_map(|code| code.module.first())
        .map(|name| (name.clone(), BTreeMap::new()))
        .collect();
    let names: BTreeSet<String> = graph.keys().cloned().collect();
    for code in code {
        let Some(own) = code.module.first() else {
            continue;
        };
        for named in named(code) {
            let to = if names.contains(&named) {
                named
            } else {
                match reexports.get(&named) {
                    Some(to) if names.contains(to) => to.clone(),
                    // Another crate's name, or not of a module.
                    _ => continue,
                }
            };
            if to != *own
                && let Some(arrows) = graph.get_mut(own)
            {
                arrows.entry(to).or_insert_with(|| code.name.clone());
            }
        }
    }
    graph
}

/// The names that the root re-exports, each with the module that it comes from.
fn reexports(items: &[Item]) -> BTreeMap<String, String> {
    fn walk(tree: &UseTree, from: Option<&str>, out: &mut BTreeMap<String, String>) {
        match tree {
            UseTree::Path(path) => {
                let name = path.ident.to_string();
                match name.as_str() {
                    "crate" | "self" => walk(&path.tree, from, out),
                    _ => walk(&path.tree, Some(from.unwrap_or(&name)), out),
                }
            }
            UseTree::Name(name) => {
                if let Some(from) = from {
                    out.insert(name.ident.to_string(), from.to_owned());
                }
            }
            UseTree::Rename(name) => {
                if let Some(from) = from {
                    out.insert(name.rename.to_string(), from.to_owned());
                }
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    walk(tree, from, out);
                }
            }
            UseTree::Glob(_) => {}
        }
    }
    let mut out = BTreeMap::new();
    for item in items {
        if let Item::Use(item) = item {
            walk(&item.tree, None, &mut out);
        }
    }
    out
}

/// The names directly below the crate's root that a file uses.
fn named(code: &Code) -> BTreeSet<String> {
    let tokens = tokens::of_items(&code.items);
    let mut out = BTreeSet::new();
    let word = |at: usize, wanted: &str| matches!(tokens.get(at), Some(Token::Word(word, _)) if word == wanted);
    let colons = |at: usize| {
        tokens.get(at) == Some(&Token::Sign(':')) && tokens.get(at + 1) == Some(&Token::Sign(':'))
    };
    for at in 0..tokens.len() {
        // Whether a path begins here, not in the middle of one.
        let begins = at < 2 || !colons(at - 2);
        let mut next = if word(at, "crate") && colons(at + 1) {
            at + 3
        } else if begins && word(at, "super") && colons(at + 1) {
            let (mut up, mut next) = (1, at + 3);
            while word(next, "super") && colons(next + 1) {
                (up, next) = (up + 1, next + 3);
            }
            if up != code.module.len() {
                continue;
            }
            next
        } else {
            continue;
        };
        match tokens.get(next) {
            Some(Token::Word(name, _)) => drop(out.insert(name.clone())),
            Some(Token::Sign('{')) => {
                // The first name of each path in the braces.
                let (mut depth, mut first) = (0usize, true);
                loop {
                    match tokens.get(next) {
                        Some(Token::Sign('{')) => depth += 1,
                        Some(Token::Sign('}')) => depth -= 1,
                        Some(Token::Sign(',')) if depth == 1 => first = true,
                        Some(Token::Word(name, _)) if depth == 1 && first => {
                            out.insert(name.clone());
                            first = false;
                        }
                        Some(_) => {}
                        None => break,
                    }
                    if depth == 0 {
                        break;
                    }
                    next += 1;
                }
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cycles_of(files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<Source> = files
            .iter()
            .map(|(name, text)| Source {
                name: format!("x/src/{name}"),
                text: (*text).to_owned(),
            })
            .collect();
        cycles(&tokens::crate_code(&sources, "x/src/lib.rs").unwrap())
    }

    #[test]
    fn two_modules_that_name_each_other_in_any_way_are_a_cycle() {
        for b in [
            "use crate::a::X;",
            "use crate::{a, c};",
            "use crate::{c::{Y, Z}, a::X};",
            "fn f() { crate::a::f() }",
            "fn f() { println!(\"{}\", crate::a::N) }",
            "use super::a;",
            "use super::{a::X};",
            "type T = super::a::X;",
            "use crate::Passed;",
        ] {
            let found = cycles_of(&[
                (
                    "lib.rs",
                    "mod a; mod b; mod c; pub use a::{Other as Passed};",
                ),
                ("a.rs", "use crate::b;"),
                ("b.rs", b),
                ("c.rs", ""),
            ]);
            assert_eq!(found.len(), 1, "{b}");
            assert!(found[0].contains("a -> b") && found[0].contains("b -> a"));
        }
    }

    #[test]
    fn a_cycle_of_three_and_one_through_a_deeper_file_are_found() {
        let three = cycles_of(&[
            ("lib.rs", "mod a; mod b; mod c; mod d;"),
            ("a.rs", "use crate::b;"),
            ("b/mod.rs", "mod inner;"),
            ("b/inner.rs", "use super::super::c;"),
            ("c.rs", "use crate::{a, d};"),
            ("d.rs", ""),
        ]);
        assert_eq!(three.len(), 1);
        assert!(!three[0].contains("d.rs"), "{three:?}");
        assert!(!three[0].contains("-> d"), "{three:?}");
    }

    #[test]
    fn one_way_dependencies_tests_comments_and_own_names_are_not_cycles() {
        let none = cycles_of(&[
            ("lib.rs", "mod a; mod b; #[cfg(test)] mod testing;"),
            (
                "a/mod.rs",
                "mod inner; use inner::X; use crate::b; #[cfg(test)] mod tests;",
            ),
            ("a/inner.rs", "use super::Y; use crate::a::Z;"),
            ("a/tests.rs", "use crate::b; use crate::testing;"),
            (
                "b.rs",
                "//! crate::a\n/// [`crate::a`]\nfn f() { \"crate::a\"; }\n\
                 #[cfg(test)] mod tests { use crate::a; }\n#[cfg(test)] use crate::a as other;",
            ),
            ("testing.rs", "use crate::{a, b};"),
        ]);
        assert_eq!(none, Vec::<String>::new());
    }

    #[test]
    fn this_repository_has_no_cycles() {
        let sources = crate::tidy::files::rust_sources().unwrap();
        assert_eq!(check(&sources).unwrap(), Vec::<String>::new());
    }
}
