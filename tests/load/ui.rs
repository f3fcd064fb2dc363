//! UI: the scripts that a browser loads before it shows a run, as the program serves them: those that
//! the document names, the page, and what these import at once.
//!
//! How long the page's tasks take is measured in a browser, by `frontend/e2e/tasks.spec.ts`.

use std::collections::HashSet;

use crate::{
    Error, Settings,
    client::{Client, header},
    figures::{Judge, Ratio, Report},
    server::Server,
};

/// What the file of the run page is called, before its hash.
const PAGE: &str = "run-page-";

/// Runs the workload.
pub async fn run(settings: &Settings, report: &mut Report) -> Result<(), Error> {
    let server = Server::start(settings, "ui").await?;
    let mut client = Client::connect(&server.host, "").await?;
    let document = client.get("/", "").await?;
    let document = String::from_utf8_lossy(&document.body).into_owned();
    let mut scripts = named(&document);
    if scripts.is_empty() {
        return Err("the program has no dashboard; run `cargo xtask bench --only UI`".into());
    }
    let (mut known, mut bytes, mut at) = (HashSet::new(), 0, 0);
    let mut has_page = false;
    while let Some(path) = scripts.get(at).cloned() {
        at += 1;
        if !known.insert(path.clone()) {
            continue;
        }
        let plain = client.get(&path, "").await?;
        let small = client.get(&path, "Accept-Encoding: gzip\r\n").await?;
        if plain.status != 200 || small.status != 200 {
            return Err(format!("{path}: status {}", plain.status).into());
        }
        if path.starts_with("/assets/")
            && header(&small.headers, "content-encoding") != Some("gzip")
        {
            return Err(format!("{path} is not compressed").into());
        }
        bytes += small.body.len();
        let text = String::from_utf8_lossy(&plain.body);
        scripts.extend(imported(&text));
        if let Some(page) = page(&text) {
            has_page = true;
            scripts.push(page);
        }
    }
    server.stop().await?;
    if !has_page {
        return Err(format!("no script loads `{PAGE}…`").into());
    }
    let kb = bytes as f64 / 1e3;
    report.result("UI_kb", vec![kb], "kB gz", Ratio::Own, Judge::AtMost(180.0));
    let requests = known.len() as f64;
    report.result(
        "UI_scripts",
        vec![requests],
        "requests",
        Ratio::Own,
        Judge::Printed,
    );
    Ok(())
}

/// The scripts that a document names.
fn named(document: &str) -> Vec<String> {
    let attributes = document.split('"');
    attributes
        .filter(|value| value.starts_with('/') && value.ends_with(".js"))
        .map(str::to_owned)
        .collect()
}

/// The scripts that a script imports at once: `from"./NAME"` and `import"./NAME"`. Those that it imports
/// later have a parenthesis.
fn imported(script: &str) -> Vec<String> {
    let mut found = Vec::new();
    for before in ["from\"./", "import\"./"] {
        for rest in script.split(before).skip(1) {
            let name = rest.split('"').next().unwrap_or_default();
            if name.ends_with(".js") {
                found.push(format!("/assets/{name}"));
            }
        }
    }
    found
}

/// The page's file, if a script names it.
fn page(script: &str) -> Option<String> {
    let (_, rest) = script.split_once(PAGE)?;
    let (hash, _) = rest.split_once(".js")?;
    let is_hash = hash
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    is_hash.then(|| format!("/assets/{PAGE}{hash}.js"))
}
