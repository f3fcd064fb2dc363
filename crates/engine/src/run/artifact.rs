//! Large values, which a journal holds as references to the host's artifact store.
//!
//! A value whose JSON is longer than [`INLINE_LIMIT`] is stored under the hash of its bytes; the
//! journal holds `{"$artifact": {"sha256", "size", "preview"}}`. A value that itself has the key
//! `$artifact` is stored too, whatever its size, so data cannot forge a reference.

use indexmap::IndexMap;

use super::{Artifacts, DecodeError, Event, EventBody, Pinned};
use crate::Value;

/// The maximum length of a value's JSON that is kept inline in the journal, in bytes.
pub const INLINE_LIMIT: usize = 64 * 1024;

/// The key that marks an object as a reference.
pub(crate) const KEY: &str = "$artifact";

/// Whether a value could be mistaken for a reference, so that it must be stored even if it is
/// small.
pub(crate) fn looks_like_reference(value: &Value) -> bool {
    value.get(KEY).is_some()
}

/// Builds the reference to stored bytes.
pub(crate) fn reference(sha256: &str, bytes: &[u8]) -> Value {
    let head = &bytes[..bytes.len().min(160)];
    // The cut may split a character; drop the incomplete part.
    let preview = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(e) => std::str::from_utf8(&head[..e.valid_up_to()]).unwrap_or_default(),
    };
    let inner: Value = [
        ("sha256", Value::from(sha256)),
        ("size", Value::from(bytes.len())),
        ("preview", Value::from(preview)),
    ]
    .into_iter()
    .collect();
    [(KEY, inner)].into_iter().collect()
}

/// A value as stored in a database row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowValue {
    /// The JSON itself.
    Inline(String),
    /// The JSON is too long, or looks like a reference. It belongs in the artifact store, and the
    /// row holds the JSON of a reference.
    Stored {
        /// The name of the artifact: its SHA-256 in hex.
        sha256: String,
        /// The JSON of the value.
        body: String,
        /// The JSON of the reference.
        reference: String,
    },
}

impl RowValue {
    /// Serializes the value. This is slow for values of many megabytes.
    pub fn of(value: &Value) -> Self {
        let body = value.to_json();
        if body.len() <= INLINE_LIMIT && !looks_like_reference(value) {
            return Self::Inline(body);
        }
        let sha256 = super::sha256_hex(body.as_bytes());
        let reference = reference(&sha256, body.as_bytes()).to_json();
        Self::Stored {
            sha256,
            body,
            reference,
        }
    }

    /// The text to store in the row.
    pub fn row(&self) -> &str {
        match self {
            Self::Inline(json) => json,
            Self::Stored { reference, .. } => reference,
        }
    }
}

/// The length of a value's JSON, and its artifact name if it must be stored as an artifact.
pub(crate) fn of(value: &Value) -> (usize, Option<String>) {
    let mut counter = Counter::default();
    // Writing to a counter cannot fail.
    let _ = serde_json::to_writer(&mut counter, value);
    let large = counter.length > INLINE_LIMIT || looks_like_reference(value);
    let name = large.then(|| super::sha256_hex(value.to_json().as_bytes()));
    (counter.length, name)
}

/// The total size of the artifacts that events refer to, in bytes.
pub fn artifact_bytes(events: &[Event]) -> usize {
    let outputs = events.iter().filter_map(|event| event.body.value());
    let pinned = events.first().into_iter().flat_map(pinned);
    let size = |value: &Value| value.get(KEY)?.get("size")?.as_int();
    outputs
        .chain(pinned.map(|pin| &pin.output))
        .filter_map(size)
        .filter_map(|size| usize::try_from(size).ok())
        .sum()
}

/// The pins in the first event of a journal.
pub(crate) fn pinned(first: &Event) -> &[Pinned] {
    match &first.body {
        EventBody::RunStarted {
            reused: Some(reused),
            ..
        } => &reused.pinned,
        _ => &[],
    }
}

/// Replaces the references in the pins of a run with the values that they refer to.
async fn load_pinned(events: &mut [Event], artifacts: &dyn Artifacts) -> Result<(), DecodeError> {
    let Some(first) = events.first_mut() else {
        return Ok(());
    };
    let seq = first.seq;
    let EventBody::RunStarted {
        reused: Some(reused),
        ..
    } = &mut first.body
    else {
        return Ok(());
    };
    for pin in &mut reused.pinned {
        let Some(stored) = artifact_ref(&pin.output) else {
            continue;
        };
        let name = &stored.sha256;
        let bytes = artifacts.get(name).await;
        let bytes = bytes.map_err(|e| damaged(seq, name, &e.to_string()))?;
        if super::sha256_hex(&bytes) != *name {
            return Err(damaged(seq, name, "its content does not match its hash"));
        }
        let value = Value::parse_json_bytes(&bytes);
        pin.output = value.map_err(|e| damaged(seq, name, &e.to_string()))?;
    }
    Ok(())
}

/// A writer that only counts bytes.
#[derive(Default)]
struct Counter {
    length: usize,
}

impl std::io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.length += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A reference to a stored value, as the journal holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactRef {
    /// The SHA-256 of the value's JSON, in hex.
    pub sha256: String,
    /// The length of the value's JSON, in bytes.
    pub size: u64,
    /// The beginning of the value's JSON, at most 160 bytes.
    pub preview: String,
}

/// The artifact reference in a journalled value; `None` if the value is inline. Call it only on
/// values as the journal holds them: a loaded value may look like a reference.
pub fn artifact_ref(value: &Value) -> Option<ArtifactRef> {
    let inner = value.get(KEY)?;
    let text = |name: &str| inner.get(name).and_then(Value::as_str);
    let size = match inner.get("size") {
        Some(Value::Int(size)) => u64::try_from(*size).ok()?,
        _ => return None,
    };
    Some(ArtifactRef {
        sha256: text("sha256")?.to_owned(),
        size,
        preview: text("preview").unwrap_or_default().to_owned(),
    })
}

/// The maximum number of artifacts loaded in one request.
const TOGETHER: usize = 200;

/// The maximum total size of the artifacts loaded in one request, in bytes. One larger artifact is
/// loaded alone.
const TOGETHER_BYTES: u64 = 8 * 1024 * 1024;

/// Replaces the references in decoded events with the values that they refer to. Each artifact is
/// loaded once; several are loaded per request.
pub async fn load_artifacts(
    events: &mut [Event],
    artifacts: &dyn Artifacts,
) -> Result<(), DecodeError> {
    load_pinned(events, artifacts).await?;
    let mut places: IndexMap<String, (u64, Vec<usize>)> = IndexMap::new();
    for (at, event) in events.iter().enumerate() {
        if let Some(stored) = event.body.value().and_then(artifact_ref) {
            let place = places.entry(stored.sha256).or_default();
            place.0 = stored.size;
            place.1.push(at);
        }
    }
    let mut rest = places.into_iter().peekable();
    while rest.peek().is_some() {
        let (mut names, mut all_places, mut bytes) = (Vec::new(), Vec::new(), 0);
        while let Some((_, (size, _))) = rest.peek()
            && (names.is_empty() || names.len() < TOGETHER && bytes + size <= TOGETHER_BYTES)
        {
            let Some((name, (size, places))) = rest.next() else {
                break;
            };
            bytes += size;
            names.push(name);
            all_places.push(places);
        }
        let first = all_places.first().and_then(|places| places.first());
        let seq = first.map_or(0, |at| events[*at].seq);
        let found = artifacts.get_many(&names).await;
        let found = found.map_err(|e| damaged(seq, &names[0], &e.to_string()))?;
        if found.len() != names.len() {
            return Err(damaged(seq, &names[0], "artifacts are missing"));
        }
        for ((name, places), bytes) in names.iter().zip(all_places).zip(found) {
            let seq = places.first().map_or(0, |at| events[*at].seq);
            if super::sha256_hex(&bytes) != *name {
                return Err(damaged(seq, name, "its content does not match its hash"));
            }
            let value = Value::parse_json_bytes(&bytes);
            let value = value.map_err(|e| damaged(seq, name, &e.to_string()))?;
            for at in places {
                if let Some(place) = events[at].body.value_mut() {
                    *place = value.clone();
                }
            }
        }
    }
    Ok(())
}

fn damaged(seq: u64, name: &str, why: &str) -> DecodeError {
    DecodeError::Damaged(format!("event {seq}: artifact {name}: {why}"))
}
