//! Evaluates the syntax tree.

use ::jmespath::{
    Variable,
    ast::{Ast, Comparator},
};
use engine::{Map, Value, expr::Budget};

use super::{Wrong, failed, functions};

/// One evaluation of an expression.
pub struct Search<'b> {
    pub budget: &'b mut Budget,
}

impl Search<'_> {
    /// The value of a node for the data.
    pub fn node(&mut self, data: &Value, node: &Ast) -> Result<Value, Wrong> {
        self.budget.step(1)?;
        self.budget.enter()?;
        let found = self.inner(data, node);
        self.budget.leave();
        found
    }

    fn inner(&mut self, data: &Value, node: &Ast) -> Result<Value, Wrong> {
        Ok(match node {
            Ast::Identity { .. } => data.clone(),
            Ast::Field { name, .. } => data.get(name).cloned().unwrap_or_default(),
            Ast::Literal { value, .. } => self.literal(value)?,
            Ast::Subexpr { lhs, rhs, .. } => {
                let left = self.node(data, lhs)?;
                self.node(&left, rhs)?
            }
            Ast::Index { idx, .. } => at(data, *idx).cloned().unwrap_or_default(),
            Ast::Slice {
                start, stop, step, ..
            } => self.slice(data, *start, *stop, *step)?,
            Ast::And { lhs, rhs, .. } => match self.node(data, lhs)? {
                left if truthy(&left) => self.node(data, rhs)?,
                left => left,
            },
            Ast::Or { lhs, rhs, .. } => match self.node(data, lhs)? {
                left if truthy(&left) => left,
                _ => self.node(data, rhs)?,
            },
            Ast::Not { node, .. } => Value::Bool(!truthy(&self.node(data, node)?)),
            Ast::Condition {
                predicate, then, ..
            } => match truthy(&self.node(data, predicate)?) {
                true => self.node(data, then)?,
                false => Value::Null,
            },
            Ast::Comparison {
                comparator,
                lhs,
                rhs,
                ..
            } => {
                let left = self.node(data, lhs)?;
                let right = self.node(data, rhs)?;
                self.compared(comparator, &left, &right)?
            }
            Ast::ObjectValues { node, .. } => match self.node(data, node)? {
                Value::Map(map) => {
                    self.budget.list(map.len())?;
                    map.values().cloned().collect()
                }
                _ => Value::Null,
            },
            Ast::Projection { lhs, rhs, .. } => match self.node(data, lhs)? {
                Value::List(items) => {
                    let mut out = Vec::new();
                    for item in items.iter() {
                        let found = self.node(item, rhs)?;
                        if found != Value::Null {
                            self.budget.list(1)?;
                            out.push(found);
                        }
                    }
                    out.into()
                }
                _ => Value::Null,
            },
            Ast::Flatten { node, .. } => match self.node(data, node)? {
                Value::List(items) => {
                    let mut out = Vec::new();
                    for item in items.iter() {
                        let inner = item.as_list().unwrap_or(std::slice::from_ref(item));
                        self.budget.list(inner.len())?;
                        out.extend(inner.iter().cloned());
                    }
                    out.into()
                }
                _ => Value::Null,
            },
            Ast::MultiList { .. } | Ast::MultiHash { .. } if *data == Value::Null => Value::Null,
            Ast::MultiList { elements, .. } => {
                self.budget.list(elements.len())?;
                let mut out = Vec::with_capacity(elements.len());
                for element in elements {
                    out.push(self.node(data, element)?);
                }
                out.into()
            }
            Ast::MultiHash { elements, .. } => {
                self.budget.map(elements.len())?;
                let mut out = Map::with_capacity_and_hasher(elements.len(), Default::default());
                for pair in elements {
                    out.insert(pair.key.as_str().into(), self.node(data, &pair.value)?);
                }
                out.into()
            }
            Ast::Function { name, args, .. } => functions::call(self, data, name, args)?,
            Ast::Expref { .. } => {
                return Err(failed("`&` is only allowed in the arguments of a function"));
            }
        })
    }

    /// Converts the library's literal to a value.
    fn literal(&mut self, literal: &Variable) -> Result<Value, Wrong> {
        self.budget.step(1)?;
        Ok(match literal {
            Variable::Null => Value::Null,
            Variable::Bool(b) => Value::Bool(*b),
            Variable::String(text) => {
                self.budget.text(text.len())?;
                Value::from(text.as_str())
            }
            Variable::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(i), _) => Value::Int(i),
                (None, Some(f)) => Value::Float(f),
                (None, None) => return Err(failed("a number in the expression is out of range")),
            },
            Variable::Array(items) => {
                self.budget.list(items.len())?;
                let items: Result<Vec<Value>, Wrong> =
                    items.iter().map(|item| self.literal(item)).collect();
                items?.into()
            }
            Variable::Object(map) => {
                self.budget.map(map.len())?;
                let mut out = Map::with_capacity_and_hasher(map.len(), Default::default());
                for (key, item) in map {
                    out.insert(key.as_str().into(), self.literal(item)?);
                }
                out.into()
            }
            Variable::Expref(_) => return Err(failed("`&` is not a value")),
        })
    }

    fn compared(&mut self, by: &Comparator, a: &Value, b: &Value) -> Result<Value, Wrong> {
        let order = || {
            a.as_f64()
                .zip(b.as_f64())
                .and_then(|(a, b)| a.partial_cmp(&b))
        };
        let ordered = |test: fn(std::cmp::Ordering) -> bool| {
            order().map_or(Value::Null, |order| Value::Bool(test(order)))
        };
        Ok(match by {
            Comparator::Equal => Value::Bool(self.equal(a, b)?),
            Comparator::NotEqual => Value::Bool(!self.equal(a, b)?),
            Comparator::LessThan => ordered(std::cmp::Ordering::is_lt),
            Comparator::LessThanEqual => ordered(std::cmp::Ordering::is_le),
            Comparator::GreaterThan => ordered(std::cmp::Ordering::is_gt),
            Comparator::GreaterThanEqual => ordered(std::cmp::Ordering::is_ge),
        })
    }

    /// Whether two values are equal; integers and doubles are compared by value.
    pub fn equal(&mut self, a: &Value, b: &Value) -> Result<bool, Wrong> {
        self.budget.step(1)?;
        match (a, b) {
            (Value::Str(a), Value::Str(b)) if a.len() == b.len() => {
                self.budget.scan(a.len())?;
                Ok(a == b)
            }
            (Value::List(a), Value::List(b)) => {
                if a.len() != b.len() {
                    return Ok(false);
                }
                for (a, b) in a.iter().zip(b.iter()) {
                    if !self.equal(a, b)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Map(a), Value::Map(b)) => {
                if a.len() != b.len() {
                    return Ok(false);
                }
                for (key, a) in a.iter() {
                    self.budget.scan(key.len())?;
                    let Some(b) = b.get(key) else {
                        return Ok(false);
                    };
                    if !self.equal(a, b)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Int(_), Value::Float(_)) | (Value::Float(_), Value::Int(_)) => {
                Ok(a.as_f64() == b.as_f64())
            }
            (Value::Str(_) | Value::List(_) | Value::Map(_), _) => Ok(false),
            (a, b) => Ok(a == b),
        }
    }

    fn slice(
        &mut self,
        data: &Value,
        start: Option<i32>,
        stop: Option<i32>,
        step: i32,
    ) -> Result<Value, Wrong> {
        if step == 0 {
            return Err(failed("the step of a slice cannot be zero"));
        }
        let Some(items) = data.as_list() else {
            return Ok(Value::Null);
        };
        let (length, step) = (items.len() as i64, i64::from(step));
        let place = |i: i32, low: i64, high: i64| {
            let i = i64::from(i);
            (if i < 0 { i + length } else { i }).clamp(low, high)
        };
        let (mut at, end) = match step > 0 {
            true => (
                start.map_or(0, |i| place(i, 0, length)),
                stop.map_or(length, |i| place(i, 0, length)),
            ),
            false => (
                start.map_or(length - 1, |i| place(i, -1, length - 1)),
                stop.map_or(-1, |i| place(i, -1, length - 1)),
            ),
        };
        let mut out = Vec::new();
        while (step > 0 && at < end) || (step < 0 && at > end) {
            self.budget.list(1)?;
            out.extend(
                usize::try_from(at)
                    .ok()
                    .and_then(|at| items.get(at))
                    .cloned(),
            );
            at += step;
        }
        Ok(out.into())
    }
}

fn at(data: &Value, index: i32) -> Option<&Value> {
    let items = data.as_list()?;
    let index = i64::from(index);
    let index = if index < 0 {
        index + items.len() as i64
    } else {
        index
    };
    items.get(usize::try_from(index).ok()?)
}

/// Whether a value counts as true in JMESPath, where zero does.
pub fn truthy(value: &Value) -> bool {
    match value {
        Value::Int(_) | Value::Float(_) => true,
        other => other.truthy(),
    }
}
