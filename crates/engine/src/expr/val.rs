//! Values during evaluation, including those that never leave an expression (sets, ranges,
//! functions).

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    ops::Deref,
    sync::Arc,
};

use indexmap::IndexSet;
use types::ErrorCode;

use super::{
    Budget, ExprError, budget::exhausted, compare, error::type_mismatch, funcs::Func, node::Lambda,
};
use crate::{Map, Value, value::MAX_DEPTH};

/// The maximum nesting of a value inside an expression. A value that leaves it is at most
/// [`MAX_DEPTH`] deep.
const MAX_NESTING: u16 = 250;
/// The maximum nesting of a value from outside.
pub const OUTSIDE: u16 = MAX_DEPTH as u16;

/// The maximum size of a set member, in bytes.
const MAX_MEMBER: usize = 1 << 20;

/// A set that keeps its members in insertion order.
#[derive(Debug, Default)]
pub struct Set {
    keys: IndexSet<Key>,
    /// The steps it takes to hash all members. A member may be far larger than the memory it
    /// occupies, since parts can be shared.
    weight: u64,
}

impl Set {
    /// The steps it takes to look up all members in another set.
    pub fn weight(&self) -> u64 {
        self.weight
    }
}

impl Deref for Set {
    type Target = IndexSet<Key>;

    fn deref(&self) -> &IndexSet<Key> {
        &self.keys
    }
}

/// A value inside an expression.
#[derive(Clone, Debug)]
pub enum V {
    /// A value, with an upper bound for its nesting.
    Val(Value, u16),
    /// A set, with an upper bound for its nesting.
    Set(Arc<Set>, u16),
    /// A range: start, end (exclusive) and step.
    Range(i64, i64, i64),
    /// A function of the language.
    Func(Func),
    /// A lambda with its captured variables.
    Lambda(Arc<Closure>),
}

/// A lambda with its captured variables.
#[derive(Debug)]
pub struct Closure {
    pub lambda: Arc<Lambda>,
    pub captured: Vec<V>,
    pub defaults: Vec<V>,
}

impl V {
    pub const NULL: V = V::Val(Value::Null, 0);

    /// A value without nesting.
    pub fn flat(value: impl Into<Value>) -> V {
        V::Val(value.into(), 0)
    }

    pub fn float(value: f64) -> V {
        V::Val(Value::Float(value), 0)
    }

    /// A value from outside, or a part of one.
    pub fn outside(value: Value) -> V {
        let depth = if is_container(&value) { OUTSIDE } else { 0 };
        V::Val(value, depth)
    }

    /// A part of a value that nests at most `depth` deep.
    pub fn part(value: Value, depth: u16) -> V {
        let depth = if is_container(&value) {
            depth.saturating_sub(1).max(1)
        } else {
            0
        };
        V::Val(value, depth)
    }

    /// A list whose items nest at most `depth` deep.
    pub fn list(items: Vec<Value>, depth: u16) -> Result<V, ExprError> {
        Ok(V::Val(items.into(), deeper(depth)?))
    }

    /// A map whose values nest at most `depth` deep.
    pub fn map(map: Map, depth: u16) -> Result<V, ExprError> {
        Ok(V::Val(map.into(), deeper(depth)?))
    }

    /// An upper bound for the nesting.
    pub fn depth(&self) -> u16 {
        match self {
            V::Val(_, depth) | V::Set(_, depth) => *depth,
            V::Range(..) => 1,
            V::Func(_) | V::Lambda(_) => 0,
        }
    }

    /// The type with its article, for messages: "a list", "text".
    pub fn type_phrase(&self) -> &'static str {
        match self {
            V::Val(value, _) => value.type_phrase(),
            V::Set(..) => "a set",
            V::Range(..) => "a range",
            V::Func(_) | V::Lambda(_) => "a function",
        }
    }

    pub fn truthy(&self) -> bool {
        match self {
            V::Val(value, _) => value.truthy(),
            V::Set(set, _) => !set.is_empty(),
            V::Range(start, stop, step) => range_len(*start, *stop, *step) > 0,
            V::Func(_) | V::Lambda(_) => true,
        }
    }

    /// Converts to a plain value, to leave the expression or go into a list. Sets and ranges become
    /// lists.
    pub fn into_value(self, budget: &mut Budget) -> Result<Value, ExprError> {
        match self {
            V::Val(value, _) => Ok(value),
            V::Set(set, _) => {
                budget.list(set.len())?;
                Ok(set.iter().map(|key| key.0.clone()).collect())
            }
            V::Range(start, stop, step) => {
                let len = range_len(start, stop, step);
                budget.list(usize::try_from(len).unwrap_or(usize::MAX))?;
                Ok((0..len)
                    .map(|i| Value::Int(start.wrapping_add(step.wrapping_mul(i as i64))))
                    .collect())
            }
            V::Func(_) | V::Lambda(_) => Err(type_mismatch("a function is not a value; call it")),
        }
    }

    pub fn as_value(&self) -> Option<&Value> {
        match self {
            V::Val(value, _) => Some(value),
            _ => None,
        }
    }
}

fn is_container(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Map(_))
}

fn deeper(depth: u16) -> Result<u16, ExprError> {
    if depth >= MAX_NESTING {
        return Err(ExprError::new(
            ErrorCode::NestingTooDeep,
            format!("the value would nest deeper than {MAX_NESTING}"),
        ));
    }
    Ok(depth + 1)
}

/// The number of elements in a range.
pub fn range_len(start: i64, stop: i64, step: i64) -> u64 {
    let (start, stop, step) = (i128::from(start), i128::from(stop), i128::from(step));
    let count = match step {
        0 => 0,
        s if s > 0 => (stop - start + s - 1) / s,
        s => (start - stop - s - 1) / -s,
    };
    u64::try_from(count.max(0)).unwrap_or(u64::MAX)
}

/// Whether a value nests deeper than `limit`.
pub fn nests_deeper_than(value: &Value, limit: usize) -> bool {
    match value {
        Value::List(items) => {
            limit == 0 || items.iter().any(|item| nests_deeper_than(item, limit - 1))
        }
        Value::Map(map) => {
            limit == 0 || map.values().any(|item| nests_deeper_than(item, limit - 1))
        }
        _ => false,
    }
}

/// A member of a set, equal by Python's `==`.
#[derive(Clone, Debug)]
pub struct Key(pub Value);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        compare::same(&self.0, &other.0)
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(&self.0, state);
    }
}

fn hash<H: Hasher>(value: &Value, state: &mut H) {
    match value {
        Value::Null => state.write_u8(0),
        // Equal numbers must have equal hashes, whatever their type.
        Value::Bool(b) => (f64::from(u8::from(*b))).to_bits().hash(state),
        // An integer that no double equals is hashed as an integer; rounded, many would collide.
        Value::Int(i) if (*i as f64) as i128 != i128::from(*i) => i.hash(state),
        Value::Int(i) => (*i as f64 + 0.0).to_bits().hash(state),
        Value::Float(f) => (*f + 0.0).to_bits().hash(state),
        Value::Str(s) => s.hash(state),
        Value::List(items) => {
            state.write_usize(items.len());
            items.iter().for_each(|item| hash(item, state));
        }
        // Maps are equal regardless of order, so their fields are hashed separately and added.
        Value::Map(map) => {
            let mut sum = map.len() as u64;
            for (key, item) in map.iter() {
                let mut field = DefaultHasher::new();
                key.hash(&mut field);
                hash(item, &mut field);
                sum = sum.wrapping_add(field.finish());
            }
            state.write_u64(sum);
        }
    }
}

/// Charges for hashing and comparing a member, by the amount to walk: since parts can be shared,
/// that may be far more than the memory it occupies.
pub fn pay_for_hash(item: &Value, budget: &mut Budget) -> Result<u64, ExprError> {
    let size = item.size(MAX_MEMBER);
    if size > MAX_MEMBER {
        return Err(exhausted(
            "a member of a set is larger than 1 MB".to_owned(),
        ));
    }
    let weight = 1 + (size / 16) as u64;
    budget.step(weight)?;
    Ok(weight)
}

/// Builds a set under the budget.
pub struct SetBuilder {
    pub set: Set,
    pub depth: u16,
}

impl SetBuilder {
    pub fn new() -> Self {
        Self {
            set: Set::default(),
            depth: 0,
        }
    }

    pub fn add(&mut self, item: Value, depth: u16, budget: &mut Budget) -> Result<(), ExprError> {
        budget.step(2)?;
        let weight = pay_for_hash(&item, budget)?;
        self.depth = self.depth.max(depth);
        if self.set.keys.insert(Key(item)) {
            self.set.weight += weight;
            budget.take(128)?;
        }
        Ok(())
    }

    pub fn finish(self) -> Result<V, ExprError> {
        Ok(V::Set(Arc::new(self.set), deeper(self.depth)?))
    }
}
