//! Large values: in a journal they are references to the host's artifact store.
//!
//! A value whose JSON is longer than [`INLINE_LIMIT`] is stored by the hash of its bytes; the
//! journal holds `{"$artifact": {"sha256", "size", "preview"}}`. A value that itself has the key
//! `$artifact` is stored too, however small, so a reference can never be forged by data.

use indexmap::IndexMap;

use super::{Artifacts, DecodeError, Event};
use crate::Value;

/// The longest JSON of a value that stands in the journal itself, in bytes.
pub const INLINE_LIMIT: usize = 64 * 1024;

/// The key that makes an object a reference.
pub(crate) const KEY: &str = "$artifact";

/// Whether a value must be stored although it is small.
pub(crate) fn looks_like_reference(value: &Value) -> bool {
    value.get(KEY).is_some()
}

/// The reference to stored bytes.
pub(crate) fn reference(sha256: &str, bytes: &[u8]) -> Value {
    let head = &bytes[..bytes.len().min(160)];
    // A cut through a character leaves an incomplete one at the end; drop it.
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

/// A value as a row beside the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowValue {
    /// The JSON itself.
    Inline(String),
    /// It is too long, or looks like a reference: the JSON belongs into the artifacts, and the row
    /// keeps the JSON of a reference.
    Stored {
        /// The name of the artifact.
        sha256: String,
        /// The JSON of the value.
        body: String,
        /// The JSON of the reference.
        reference: String,
    },
}

impl RowValue {
    /// Writes the value; of many megabytes that takes its time.
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

    /// What the row keeps.
    pub fn row(&self) -> &str {
        match self {
            Self::Inline(json) => json,
            Self::Stored { reference, .. } => reference,
        }
    }
}

/// The length of a value's JSON, and the name under which it is stored if it is long.
pub(crate) fn of(value: &Value) -> (usize, Option<String>) {
    let mut counter = Counter::default();
    // A counter takes everything.
    let _ = serde_json::to_writer(&mut counter, value);
    let large = counter.length > INLINE_LIMIT || looks_like_reference(value);
    let name = large.then(|| super::sha256_hex(value.to_json().as_bytes()));
    (counter.length, name)
}

/// The bytes of the artifacts that events refer to.
pub fn artifact_bytes(events: &[Event]) -> usize {
    let outputs = events.iter().filter_map(|event| event.body.value());
    let size = |value: &Value| value.get(KEY)?.get("size")?.as_int();
    outputs
        .filter_map(size)
        .filter_map(|size| usize::try_from(size).ok())
        .sum()
}

/// Counts bytes.
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

/// What stands in a journal in the place of a stored value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactRef {
    /// Of the value's JSON, in hex.
    pub sha256: String,
    /// The length of the value's JSON, in bytes.
    pub size: u64,
    /// How the value's JSON begins, at most 160 bytes.
    pub preview: String,
}

/// The reference that stands in the place of a journalled value; `None`: the value stands there
/// itself. To be asked of values as the journal has them only: a loaded value may look like one.
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

/// Artifacts that are loaded together, at most.
const TOGETHER: usize = 200;

/// Bytes that are loaded together, but at least one artifact.
const TOGETHER_BYTES: u64 = 8 * 1024 * 1024;

/// Replaces the references in decoded events by the values they stand for. Each artifact is loaded
/// once, several of them together.
pub async fn load_artifacts(
    events: &mut [Event],
    artifacts: &dyn Artifacts,
) -> Result<(), DecodeError> {
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
            return Err(damaged(seq, &names[0], "not all artifacts are there"));
        }
        for ((name, places), bytes) in names.iter().zip(all_places).zip(found) {
            let seq = places.first().map_or(0, |at| events[*at].seq);
            if super::sha256_hex(&bytes) != *name {
                return Err(damaged(seq, name, "its bytes do not have that hash"));
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
