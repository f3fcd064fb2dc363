//! Generates the list of the repository's example pipelines, which is compiled into the program.

#![allow(clippy::disallowed_methods, reason = "a build script")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a build script talks to cargo through its output"
)]

use std::{env, fmt::Write, fs, path::Path};

fn main() {
    // Read at run time: checkouts that share a target folder may run a script compiled in another
    // one.
    let root = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let folder = Path::new(&root).join("../../examples");
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut files: Vec<_> = entries(&folder)
        .filter(|path| path.is_dir())
        .flat_map(|example| {
            println!("cargo:rerun-if-changed={}", example.display());
            entries(&example).collect::<Vec<_>>()
        })
        .filter(|path| path.to_string_lossy().ends_with(".pipeline.json"))
        .collect();
    files.sort();
    if files.is_empty() {
        println!(
            "cargo:error=found no example pipelines in {}",
            folder.display()
        );
    }
    let mut list = String::from("&[\n");
    for file in files {
        let name = file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default().replace(".pipeline.json", "");
        let path = file.to_string_lossy().into_owned();
        let _ = writeln!(list, "    ({name:?}, include_str!({path:?})),");
    }
    list.push(']');
    let out = env::var("OUT_DIR").unwrap_or_default();
    if let Err(error) = fs::write(Path::new(&out).join("examples.rs"), list) {
        println!("cargo:warning=cannot write the list of examples: {error}");
    }
}

fn entries(folder: &Path) -> impl Iterator<Item = std::path::PathBuf> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
}
