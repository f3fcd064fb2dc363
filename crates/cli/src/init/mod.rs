//! `flowmason init`: creates a project that runs without further setup and without an API key.

use std::path::Path;

use crate::{args::InitArgs, exit::Exit};

/// The files of a new project, as path and text. `NAME` is replaced by the project's name.
const FILES: &[(&str, &str)] = &[
    ("flowmason.json", include_str!("files/flowmason.json")),
    ("answers.json", include_str!("files/answers.json")),
    (
        "pipelines/welcome.pipeline.json",
        include_str!("files/welcome.pipeline.json"),
    ),
    ("README.md", include_str!("files/README.md")),
    (".gitignore", include_str!("files/gitignore")),
];

/// Creates a new project.
pub fn init(args: &InitArgs) -> Exit {
    match write(&args.name) {
        Ok(()) => {
            let folder = args.name.display();
            println!(
                "{folder} is ready. Run it:\n\n  cd {folder}\n  flowmason run \
                 pipelines/welcome.pipeline.json --sample\n\nIt needs no API key: the model's \
                 answers are scripted in answers.json. README.md explains how to use a real model."
            );
            Exit::Ok
        }
        Err(message) => {
            eprintln!("error: {}", types::sentence(&message));
            Exit::Invalid
        }
    }
}

fn write(folder: &Path) -> Result<(), String> {
    let shown = folder.display();
    match std::fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(true) => {
            return Err(format!("{shown} is not empty; choose another folder"));
        }
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(format!("{shown} cannot be used: {error}"));
        }
        _ => {}
    }
    let name = folder
        .file_name()
        .and_then(|n| n.to_str())
        .unwrap_or("project");
    // The name is inserted into JSON strings: characters that would need escaping are dropped.
    let name: String = name
        .chars()
        .filter(|c| !c.is_control() && !matches!(c, '"' | '\\'))
        .collect();
    for (path, text) in FILES {
        let file = folder.join(path);
        let parent = file.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&file, text.replace("NAME", &name)))
            .map_err(|e| format!("{} cannot be written: {e}", file.display()))?;
    }
    Ok(())
}
