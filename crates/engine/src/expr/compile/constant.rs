//! Literals: created at compile time and shared by all evaluations.

use rustpython_parser::ast::{Constant, ExprConstant, bigint::BigInt};
use types::ErrorCode;

use super::syntax;
use crate::{
    Map, Value,
    expr::{
        ExprError,
        error::out_of_range,
        index::key_text,
        node::{Item, Kind, Node},
    },
};

pub fn value(constant: &ExprConstant, at: usize) -> Result<Value, ExprError> {
    Ok(match &constant.value {
        Constant::None => Value::Null,
        Constant::Bool(b) => Value::Bool(*b),
        Constant::Str(s) => Value::from(s.as_str()),
        Constant::Int(i) => Value::Int(i64::try_from(i).map_err(|_| {
            let shown: String = i.to_string().chars().take(40).collect();
            out_of_range(&format!("the number {shown}")).at(at)
        })?),
        Constant::Float(f) if f.is_finite() => Value::Float(*f),
        Constant::Float(_) => {
            return Err(
                ExprError::new(ErrorCode::ValueOutOfRange, "the number is too large").at(at),
            );
        }
        Constant::Tuple(_) | Constant::Bytes(_) | Constant::Complex { .. } | Constant::Ellipsis => {
            return Err(syntax(
                "bytes, complex numbers and `...` are not part of the language",
                at,
            ));
        }
    })
}

/// A number with a minus sign. Handled as one, since the smallest integer has no positive
/// counterpart.
pub fn negative(constant: &ExprConstant) -> Option<Value> {
    match &constant.value {
        Constant::Int(i) => i64::try_from(-BigInt::clone(i)).ok().map(Value::Int),
        Constant::Float(f) if f.is_finite() => Some(Value::Float(-f)),
        _ => None,
    }
}

/// A list literal; a constant if all its items are constants.
pub fn list(items: Vec<Item>) -> Kind {
    if !items
        .iter()
        .all(|item| !item.spread && item.node.as_const().is_some())
    {
        return Kind::List(items);
    }
    Kind::Const(
        items
            .iter()
            .filter_map(|item| item.node.as_const().cloned())
            .collect(),
    )
}

/// A dict literal; a constant if all its keys and values are constants.
pub fn dict(pairs: Vec<(Option<Node>, Node)>) -> Kind {
    let mut map = Map::with_capacity_and_hasher(pairs.len(), Default::default());
    for (key, value) in &pairs {
        let key = key
            .as_ref()
            .and_then(Node::as_const)
            .and_then(|key| key_text(key).ok());
        match (key, value.as_const()) {
            (Some(key), Some(value)) => map.insert(key, value.clone()),
            _ => return Kind::Dict(pairs),
        };
    }
    Kind::Const(map.into())
}
