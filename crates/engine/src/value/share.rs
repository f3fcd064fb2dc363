//! Handing a value to a typed reader without a copy.
//!
//! serde's visitors take only plain data. A deserializer over our own values recognises the name
//! [`SHARED`] and hands the value itself over, beside serde; any other one never meets it.

use std::cell::Cell;

use serde::de::{self, Visitor};

use super::Value;

/// The name under which a value asks to be read.
pub(crate) const SHARED: &str = "$engine::Value";

thread_local! {
    static HANDED: Cell<Option<Value>> = const { Cell::new(None) };
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
