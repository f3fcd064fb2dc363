//! Downloads of the values of runs: `GET /api/runs/{run}/input` and `…/output`, with `?stage=` for
//! those of one stage. Requires the permission to read the run. Values are sent in pieces, so that
//! large ones do not need much memory.

use std::str::FromStr;

use actix_web::{
    HttpRequest, HttpResponse,
    body::SizedStream,
    http::{
        StatusCode,
        header::{self, ByteRangeSpec, HeaderName},
    },
    web::{self, Bytes},
};
use domain::{Ctx, runs};
use engine::limits::Permit;
use futures::stream::try_unfold;
use serde::Deserialize;
use tokio::time::timeout;
use types::{ErrorCode, RunId};

use crate::{auth, error::ApiError, limits, links::Part, request::RequestId, state::State};

/// The query string.
#[derive(Debug, Deserialize)]
pub struct Query {
    /// The address of a stage.
    stage: Option<String>,
    /// One of the caller's organizations. A parameter, because links cannot send headers.
    org: Option<String>,
}

/// The route for one of the two values.
pub fn resource(part: Part) -> actix_web::Resource {
    let get = move |request: HttpRequest,
                    path: web::Path<String>,
                    query: web::Query<Query>,
                    state: web::Data<State>| async move {
        let id = RequestId::get(&request);
        match answer(&request, &path, part, &query, &state, &id).await {
            Ok(answer) => answer,
            Err(error) => HttpResponse::build(error.status()).json(error.body(&id)),
        }
    };
    web::resource(format!("/api/runs/{{run}}/{part}"))
        .route(web::get().to(get))
        .route(web::head().to(get))
}

async fn answer(
    request: &HttpRequest,
    run: &str,
    part: Part,
    query: &Query,
    state: &State,
    id: &str,
) -> Result<HttpResponse, ApiError> {
    let (credential, _) = auth::credential(request);
    let org = auth::wanted_org(request).or_else(|| query.org.clone());
    let ctx = auth::caller(
        &state.app,
        credential,
        org.as_deref(),
        state.source(request, id),
    )
    .await?
    .ok_or_else(ApiError::unauthenticated)?;
    // A text that is not an id is treated as the id of a run that does not exist.
    let run = RunId::from_str(run).unwrap_or(RunId(uuid::Uuid::nil()));
    let content = find(&ctx, run, part, query.stage.as_deref()).await?;
    let permit = match content.is_heavy() {
        true => Some(text_permit(state, &ctx).await?),
        false => None,
    };
    let content = content.in_text().await?;
    let tag = format!("\"{}\"", content.tag().await?);
    let name = match &query.stage {
        Some(stage) => format!("{run}-{}-{part}.json", plain(stage)),
        None => format!("{run}-{part}.json"),
    };
    Ok(respond(request, ctx, content, &name, tag, permit))
}

/// The permit to hold a long text in memory while it is downloaded.
async fn text_permit(state: &State, ctx: &Ctx) -> Result<Permit, ApiError> {
    let permit = state.texts.acquire(ctx.org.0.as_u128());
    let permit = timeout(limits::DOWNLOAD_WAIT, permit).await;
    permit.map_err(|_| {
        ApiError::new(
            ErrorCode::RateLimited,
            "Too many large stage inputs are being downloaded; wait for some of them to finish",
        )
    })
}

async fn find(
    ctx: &Ctx,
    run: RunId,
    part: Part,
    stage: Option<&str>,
) -> Result<runs::Content, ApiError> {
    let nothing = |what: &str| {
        ApiError::new(
            ErrorCode::NotFound,
            format!("The {what} has no {part}, or none yet"),
        )
    };
    let Some(address) = stage else {
        let found = runs::values(ctx, &[run], usize::MAX).await?;
        let Some(values) = found.and_then(|mut found| found.pop()) else {
            return Err(ApiError::new(ErrorCode::NotFound, "There is no such run"));
        };
        return match part {
            Part::Input => Ok(values.input),
            Part::Output => values.output.ok_or_else(|| nothing("run")),
        };
    };
    let found = runs::stage_of(ctx, run, address).await?;
    let details = found.ok_or_else(|| nothing("stage"))?;
    let value = match part {
        Part::Input => match details.input(ctx).await? {
            Some(value) => Some(runs::Content::made(value).await?),
            None => None,
        },
        Part::Output => details.view.output.as_ref().map(runs::Content::journalled),
    };
    value.ok_or_else(|| nothing("stage"))
}

/// A stage's address as part of a file name.
fn plain(address: &str) -> String {
    let keep = |c: char| {
        if c.is_ascii_alphanumeric() || "-_".contains(c) {
            c
        } else {
            '.'
        }
    };
    address.chars().take(100).map(keep).collect()
}

fn respond(
    request: &HttpRequest,
    ctx: Ctx,
    content: runs::Content,
    name: &str,
    tag: String,
    permit: Option<Permit>,
) -> HttpResponse {
    let size = content.size;
    let known = request.headers().get(header::IF_NONE_MATCH);
    let known = known.and_then(|known| known.to_str().ok());
    let unchanged = known.is_some_and(|known| {
        known
            .split(',')
            .map(|one| one.trim().trim_start_matches("W/"))
            .any(|one| one == "*" || one == tag)
    });
    let (status, from, to) = if unchanged {
        (StatusCode::NOT_MODIFIED, 0, 0)
    } else {
        match wanted(request, &tag, size) {
            Wanted::All => (StatusCode::OK, 0, size),
            Wanted::Part(from, to) => (StatusCode::PARTIAL_CONTENT, from, to),
            Wanted::Nothing => (StatusCode::RANGE_NOT_SATISFIABLE, 0, 0),
        }
    };
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((header::ETAG, tag))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::VARY, "cookie, authorization"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((
            HeaderName::from_static("content-security-policy"),
            "default-src 'none'; sandbox",
        ));
    match status {
        StatusCode::NOT_MODIFIED => return answer.finish(),
        StatusCode::RANGE_NOT_SATISFIABLE => {
            answer.insert_header((header::CONTENT_RANGE, format!("bytes */{size}")));
            return answer.finish();
        }
        StatusCode::PARTIAL_CONTENT => {
            let range = format!("bytes {from}-{}/{size}", to - 1);
            answer.insert_header((header::CONTENT_RANGE, range));
        }
        _ => {}
    }
    answer.content_type(runs::MEDIA_TYPE).insert_header((
        header::CONTENT_DISPOSITION,
        format!("attachment; filename=\"{name}\""),
    ));
    let pieces = try_unfold(
        (ctx, content, from, permit),
        move |(ctx, content, at, permit)| async move {
            if at >= to {
                return Ok::<_, actix_web::Error>(None);
            }
            let piece = runs::piece(&ctx, &content, at, to - at)
                .await
                .map_err(|error| {
                    tracing::error!(%error, "a download was interrupted");
                    actix_web::error::ErrorInternalServerError("the value cannot be read")
                })?;
            let next = at + piece.len() as u64;
            Ok(Some((Bytes::from(piece), (ctx, content, next, permit))))
        },
    );
    answer.body(SizedStream::new(to - from, Box::pin(pieces)))
}

enum Wanted {
    All,
    /// From the first offset (inclusive) to the second (exclusive).
    Part(u64, u64),
    Nothing,
}

/// The part of a value that a request asks for. A request with several ranges, or with an
/// `If-Range` that does not match, gets the whole value.
fn wanted(request: &HttpRequest, tag: &str, size: u64) -> Wanted {
    if let Some(known) = request.headers().get(header::IF_RANGE)
        && known.as_bytes() != tag.as_bytes()
    {
        return Wanted::All;
    }
    let range = request.headers().get(header::RANGE);
    match range
        .and_then(|range| range.to_str().ok())
        .and_then(range_of)
    {
        Some(range) => one_range(&range, size),
        None => Wanted::All,
    }
}

/// The only range of a `Range` header. Numbers that are too large count as the largest one: they are
/// valid, and beyond the end of every value.
fn range_of(header: &str) -> Option<ByteRangeSpec> {
    let (from, to) = header.trim().strip_prefix("bytes=")?.split_once('-')?;
    let number = |digits: &str| {
        let digits = digits.trim();
        let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        valid.then(|| digits.parse().unwrap_or(u64::MAX))
    };
    match (from.trim(), to.trim()) {
        ("", to) => number(to).map(ByteRangeSpec::Last),
        (from, "") => number(from).map(ByteRangeSpec::From),
        (from, to) => {
            let (from, to) = (number(from)?, number(to)?);
            (from <= to).then_some(ByteRangeSpec::FromTo(from, to))
        }
    }
}

fn one_range(range: &ByteRangeSpec, size: u64) -> Wanted {
    match range.to_satisfiable_range(size) {
        Some((from, last)) => Wanted::Part(from, last + 1),
        None => Wanted::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn of(headers: &[(&'static str, &str)]) -> Option<(u64, u64)> {
        let mut request = TestRequest::default();
        for header in headers {
            request = request.insert_header(*header);
        }
        match wanted(&request.to_http_request(), "\"t\"", 10) {
            Wanted::All => Some((0, 10)),
            Wanted::Part(from, to) => Some((from, to)),
            Wanted::Nothing => None,
        }
    }

    #[test]
    fn a_range_is_a_part_and_what_cannot_be_one_is_all_or_refused() {
        assert_eq!(of(&[]), Some((0, 10)));
        assert_eq!(of(&[("range", "bytes=2-4")]), Some((2, 5)));
        assert_eq!(of(&[("range", "bytes=7-")]), Some((7, 10)));
        assert_eq!(of(&[("range", "bytes=-3")]), Some((7, 10)));
        assert_eq!(of(&[("range", "bytes=7-99")]), Some((7, 10)));
        assert_eq!(of(&[("range", "bytes=10-")]), None);
        assert_eq!(of(&[("range", "bytes=0-1,4-5")]), Some((0, 10)));
        assert_eq!(of(&[("range", "lines=1")]), Some((0, 10)));
        assert_eq!(of(&[("range", "bytes=4-2")]), Some((0, 10)));
        assert_eq!(of(&[("range", "bytes=+1-2")]), Some((0, 10)));
        let beyond = "99999999999999999999999";
        for (range, expected) in [
            (format!("bytes=7-{beyond}"), Some((7, 10))),
            (format!("bytes=-{beyond}"), Some((0, 10))),
            (format!("bytes={beyond}-"), None),
            (format!("bytes={beyond}-{beyond}"), None),
        ] {
            assert_eq!(of(&[("range", range.as_str())]), expected, "{range}");
        }
        assert_eq!(
            of(&[("range", "bytes=2-4"), ("if-range", "\"t\"")]),
            Some((2, 5))
        );
        assert_eq!(
            of(&[("range", "bytes=2-4"), ("if-range", "\"u\"")]),
            Some((0, 10))
        );
    }

    #[test]
    fn an_address_in_a_file_s_name_is_plain() {
        assert_eq!(plain("each[3]/in\"ner\r\n"), "each.3..in.ner..");
    }
}
