//! Handing a value to a typed reader, and taking it from a typed writer, without a copy.
//!
//! serde's visitors and serializers take only plain data. A deserializer and a serializer of our
//! own recognise the name [`SHARED`] and pass the value itself, beside serde; any other one never
//! meets it and sees plain data.

use std::cell::Cell;

use serde::{
    Serialize, Serializer,
    de::{self, Visitor},
};

use super::Value;

/// The name under which a value asks to be passed as it is.
pub(crate) const SHARED: &str = "$engine::Value";

thread_local! {
    static HANDED: Cell<Option<Value>> = const { Cell::new(None) };
    /// Whether the serializer that is running takes a value as it is.
    static TAKES: Cell<bool> = const { Cell::new(false) };
}

/// Gives `value` to the visitor of [`Value`]'s own `Deserialize`.
pub(crate) fn hand_over<'de, V: Visitor<'de>, E: de::Error>(
    value: Value,
    visitor: V,
) -> Result<V::Value, E> {
    HANDED.set(Some(value));
    let result = visitor.visit_char('\0');
    HANDED.set(None);
    result
}

/// What was handed over to the visitor that is running.
pub(super) fn take() -> Option<Value> {
    HANDED.take()
}

/// Takes the value of [`Value`]'s own `Serialize`, which `offer` runs.
pub(super) fn take_from<T, E>(offer: impl FnOnce() -> Result<T, E>) -> Result<Option<Value>, E> {
    TAKES.set(true);
    let offered = offer();
    TAKES.set(false);
    let value = HANDED.take();
    offered.map(|_| value)
}

/// A value that is handed over if the serializer takes it, and written as plain data otherwise.
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
