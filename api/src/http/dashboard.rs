//! Serves the dashboard's files, which are embedded in release builds and read from disk in debug
//! builds.
//!
//! A page gets a fresh nonce in each response; everything else is static. There is no template
//! engine, and pages never contain data of callers.

use std::{
    borrow::Cow,
    path::{Component, Path, PathBuf},
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header},
    web,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rust_embed::RustEmbed;

use crate::state::State;

/// The built dashboard. A missing folder embeds nothing; `cargo xtask up` builds it.
#[derive(RustEmbed)]
#[folder = "../frontend/apps/dashboard/dist"]
#[allow_missing = true]
struct Embedded;

const INDEX: &str = "index.html";
const EXPLORER: &str = "explorer.html";

const MISSING: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
<title>FlowMason</title><h1>The dashboard is not built</h1>\
<p>The API works. To build the dashboard, run <code>cargo xtask up</code>, or\
 <code>npm ci &amp;&amp; npm run build</code> in <code>frontend/</code>\
 and start the server again.</p>";

/// Serves all requests that match no other route.
pub async fn serve(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return HttpResponse::MethodNotAllowed()
            .insert_header((header::ALLOW, "GET"))
            .finish();
    }
    let path = request.path().trim_start_matches('/');
    let folder = state.dashboard_dir.as_deref();
    if path.is_empty() || path == INDEX {
        return page(folder, INDEX);
    }
    // The GraphQL explorer has its own route, and only in development.
    match file(folder, path).filter(|_| path != EXPLORER) {
        Some(bytes) => asset(&request, folder, path, bytes),
        // Paths of the dashboard's client-side router have no dot. Other missing paths are missing
        // files.
        None if !path.contains('.') && !path.starts_with("assets/") => page(folder, INDEX),
        None => HttpResponse::NotFound()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .content_type("text/plain; charset=utf-8")
            .body("not found"),
    }
}

/// Serves the GraphQL explorer.
pub fn explorer(state: &State) -> HttpResponse {
    page(state.dashboard_dir.as_deref(), EXPLORER)
}

fn page(folder: Option<&Path>, name: &str) -> HttpResponse {
    let nonce = STANDARD.encode(rand::random::<[u8; 18]>());
    let page = file(folder, name);
    let page = page
        .as_deref()
        .map_or(Cow::Borrowed(MISSING), String::from_utf8_lossy);
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::CONTENT_SECURITY_POLICY, policy(&nonce)))
        .body(page.replace("__NONCE__", &nonce))
}

/// The content security policy of a page.
pub fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; \
         img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; \
         manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// The compressed versions that the build writes beside a file, smallest first.
const ENCODINGS: [(&str, &str); 2] = [("br", "br"), ("gzip", "gz")];

/// Whether the client accepts an encoding: it is named, and not with `q=0`.
fn accepts(request: &HttpRequest, encoding: &str) -> bool {
    let mut lists = request
        .headers()
        .get_all(header::ACCEPT_ENCODING)
        .filter_map(|list| list.to_str().ok());
    lists.any(|list| {
        list.split(',').any(|one| {
            let (name, weight) = one.split_once(';').unwrap_or((one, ""));
            let nothing = weight
                .trim()
                .strip_prefix("q=")
                .is_some_and(|q| q.parse() == Ok(0.0_f32));
            name.trim().eq_ignore_ascii_case(encoding) && !nothing
        })
    })
}

fn asset(
    request: &HttpRequest,
    folder: Option<&Path>,
    path: &str,
    bytes: Cow<'static, [u8]>,
) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer.content_type(mime(path));
    answer.insert_header((
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; sandbox",
    ));
    if path.starts_with("assets/") {
        answer.insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"));
        answer.insert_header((header::VARY, "accept-encoding"));
        for (encoding, ending) in ENCODINGS {
            if accepts(request, encoding)
                && let Some(small) = file(folder, &format!("{path}.{ending}"))
            {
                answer.insert_header((header::CONTENT_ENCODING, encoding));
                return answer.body(small.into_owned());
            }
        }
        return answer.body(bytes.into_owned());
    }
    let tag = format!("\"{:016x}\"", fingerprint(&bytes));
    answer.insert_header((header::CACHE_CONTROL, "no-cache"));
    answer.insert_header((header::ETAG, tag.clone()));
    let known = request.headers().get(header::IF_NONE_MATCH);
    if known.is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return answer
            .status(actix_web::http::StatusCode::NOT_MODIFIED)
            .finish();
    }
    answer.body(bytes.into_owned())
}

/// FNV-1a. It only distinguishes versions of the dashboard's own files.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn mime(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        "json" | "map" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

fn file(folder: Option<&Path>, path: &str) -> Option<Cow<'static, [u8]>> {
    let plain = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if !plain || path.contains(['\\', '\0']) {
        return None;
    }
    let Some(folder) = folder else {
        return Embedded::get(path).map(|file| file.data);
    };
    let folder = folder.canonicalize().ok()?;
    // A symbolic link that leaves the folder is not followed.
    let file: PathBuf = folder.join(path).canonicalize().ok()?;
    if !file.starts_with(&folder) || !file.is_file() {
        return None;
    }
    std::fs::read(file).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_out_of_the_folder_finds_nothing() {
        let folder = std::env::var("CARGO_MANIFEST_DIR").unwrap();
        let folder = Path::new(&folder);
        assert!(file(Some(folder), "Cargo.toml").is_some());
        for path in [
            "../Cargo.toml",
            "src/../Cargo.toml/..",
            "/etc/passwd",
            "src\\lib.rs",
            "src",
        ] {
            assert!(file(Some(folder), path).is_none(), "{path}");
        }
    }
}
