//! Passes a value to a typed reader, or takes it from a typed writer, without copying.
//!
//! serde's visitors and serializers take only plain data. This crate's deserializer and serializer
//! recognize the name [`SHARED`] and pass the value itself outside of serde. Any other one never
//! sees the name and gets plain data.

use std::cell::Cell;

use serde::{
    Serialize, Serializer,
    de::{self, Visitor},
};

use super::Value;

/// The newtype name with which a value requests to be passed without copying.
pub(crate) const SHARED: &str = "$engine::Value";

thread_local! {
    static HANDED: Cell<Option<Value>> = const { Cell::new(None) };
    /// Whether the current serializer can take a value without copying.
    static TAKES: Cell<bool> = const { Cell::new(false) };
}

/// Passes `value` to the visitor of [`Value`]'s own `Deserialize`.
pub(crate) fn hand_over<'de, V: Visitor<'de>, E: de::Error>(
    value: Value,
    visitor: V,
) -> Result<V::Value, E> {
    HANDED.set(Some(value));
    let result = visitor.visit_char('\0');
    HANDED.set(None);
    result
}

/// Takes the value that was passed to the current visitor.
pub(super) fn take() -> Option<Value> {
    HANDED.take()
}

/// Takes the value from [`Value`]'s own `Serialize`, which `offer` must run.
pub(super) fn take_from<T, E>(offer: impl FnOnce() -> Result<T, E>) -> Result<Option<Value>, E> {
    TAKES.set(true);
    let offered = offer();
    TAKES.set(false);
    let value = HANDED.take();
    offered.map(|_| value)
}

/// A value that is passed without copying if the serializer can take it, and serialized as plain
/// data otherwise.
pub(super) struct Offered<'a>(pub &'a Value);

impl Serialize for Offered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if TAKES.take() {
            HANDED.set(Some(self.0.clone()));
            return serializer.serialize_unit();
        }
        super::convert::Plain(self.0).serialize(serializer)
    }
}
