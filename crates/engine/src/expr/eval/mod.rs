//! Evaluates the compiled tree. Each node is charged a step and a level of depth; memory is charged
//! before a value is created.

mod call;
mod iter;
mod loops;
mod path;

use std::sync::Arc;

use rustpython_parser::ast::CmpOp;
use types::ErrorCode;

use super::{
    Budget, ExprError, Scope, compare,
    error::type_mismatch,
    format,
    funcs::Pattern,
    index,
    node::{Item, Kind, Node, Piece},
    ops,
    val::{Key, SetBuilder, V},
};
use crate::{Map, Value};

pub use call::CallArgs;
pub use iter::Items;

/// The state of one evaluation.
pub struct Eval<'e> {
    pub scope: &'e dyn Scope,
    pub budget: &'e mut Budget,
    slots: Vec<V>,
    base: usize,
    /// Whether the whole expression is a condition, so that an absent path reads as null.
    lenient: bool,
    /// Recently compiled patterns.
    pub patterns: Vec<(Arc<str>, Pattern)>,
}

impl<'e> Eval<'e> {
    pub fn new(scope: &'e dyn Scope, budget: &'e mut Budget, frame: u32, lenient: bool) -> Self {
        let slots = vec![V::NULL; frame as usize];
        Self {
            scope,
            budget,
            slots,
            base: 0,
            lenient,
            patterns: Vec::new(),
        }
    }

    /// Evaluates a node.
    pub fn node(&mut self, node: &Node) -> Result<V, ExprError> {
        self.budget.step(1)?;
        match &node.kind {
            Kind::Const(value) => Ok(V::outside(value.clone())),
            Kind::Path(path) => self.path(path).map_err(|e| e.at(node.at as usize)),
            Kind::Func(func) => Ok(V::Func(*func)),
            _ => {
                self.budget.enter().map_err(|e| e.at(node.at as usize))?;
                let result = self.inner(node);
                self.budget.leave();
                result.map_err(|e| e.at(node.at as usize))
            }
        }
    }

    fn inner(&mut self, node: &Node) -> Result<V, ExprError> {
        match &node.kind {
            Kind::Const(_) | Kind::Path(_) | Kind::Func(_) => self.node(node),
            Kind::Shadow { local, otherwise } => {
                let known = match &local.kind {
                    Kind::Path(path) => self.has_local(&path.start),
                    _ => false,
                };
                if known {
                    self.node(local)
                } else {
                    self.node(otherwise)
                }
            }
            Kind::And(parts) => self.logic(parts, false),
            Kind::Or(parts) => self.logic(parts, true),
            Kind::Not(operand) => Ok(V::flat(!self.node(operand)?.truthy())),
            Kind::Negate(operand) => ops::negate(&self.node(operand)?),
            Kind::Plus(operand) => ops::plus(&self.node(operand)?),
            Kind::Invert(operand) => ops::invert(&self.node(operand)?),
            Kind::Binary { op, left, right } => {
                let left = self.node(left)?;
                let right = self.node(right)?;
                ops::binary(*op, left, right, self.budget)
            }
            Kind::If {
                test,
                then,
                otherwise,
            } => {
                if self.node(test)?.truthy() {
                    self.node(then)
                } else {
                    self.node(otherwise)
                }
            }
            Kind::Compare { first, rest } => self.compare(first, rest),
            Kind::Attr {
                base,
                name,
                lenient,
            } => {
                let value = self.node(base)?;
                if matches!(value, V::Val(Value::Null, _)) && self.is_under_skipped(base) {
                    return Ok(V::NULL);
                }
                index::attribute(&value, name, *lenient || self.lenient)
                    .map_err(|error| error.given(&[&value]))
            }
            Kind::Index {
                base,
                index,
                lenient,
            } => {
                let value = self.node(base)?;
                let index = self.node(index)?;
                if matches!(value, V::Val(Value::Null, _)) && self.is_under_skipped(base) {
                    return Ok(V::NULL);
                }
                index::subscript(&value, &index, *lenient || self.lenient, self.budget)
                    .map_err(|error| error.given(&[&value, &index]))
            }
            Kind::Slice { base, bounds } => {
                let value = self.node(base)?;
                let mut ends = [None; 3];
                for (end, bound) in ends.iter_mut().zip(bounds.iter()) {
                    if let Some(bound) = bound {
                        *end = index::bound(&self.node(bound)?)?;
                    }
                }
                if matches!(value, V::Val(Value::Null, _)) && self.is_under_skipped(base) {
                    return Ok(V::NULL);
                }
                index::slice(&value, ends, self.budget).map_err(|error| error.given(&[&value]))
            }
            Kind::List(items) => self.list(items),
            Kind::Set(items) => self.set(items),
            Kind::Dict(pairs) => self.dict(pairs),
            Kind::Text(pieces) => self.text(pieces),
            Kind::Call { func, args } => self.call(*func, args),
            Kind::Method { base, method, args } => self.method(base, *method, args),
            Kind::CallValue { callee, args } => self.call_value(callee, args),
            Kind::Lambda(lambda) => self.closure(lambda),
            Kind::Comprehension(comprehension) => self.comprehension(comprehension),
            Kind::RootGet {
                context,
                name,
                default,
            } => self.root_get(*context, name, default.as_deref()),
        }
    }

    fn logic(&mut self, parts: &[Node], stop_at: bool) -> Result<V, ExprError> {
        let mut last = V::NULL;
        for part in parts {
            last = self.node(part)?;
            if last.truthy() == stop_at {
                break;
            }
        }
        Ok(last)
    }

    #[inline(never)]
    fn compare(&mut self, first: &Node, rest: &[(CmpOp, Node)]) -> Result<V, ExprError> {
        let mut left = self.node(first)?;
        for (op, right) in rest {
            let right = self.node(right)?;
            let holds = self.compares(*op, &left, &right);
            if !holds.map_err(|error| error.given(&[&left, &right]))? {
                return Ok(V::flat(false));
            }
            left = right;
        }
        Ok(V::flat(true))
    }

    fn compares(&mut self, op: CmpOp, left: &V, right: &V) -> Result<bool, ExprError> {
        Ok(match op {
            // Values have no identity: `is` compares them, but never treats a number as equal to a
            // boolean.
            CmpOp::Is => self.is(left, right)?,
            CmpOp::IsNot => !self.is(left, right)?,
            CmpOp::Eq => compare::equal(left, right, self.budget)?,
            CmpOp::NotEq => !compare::equal(left, right, self.budget)?,
            CmpOp::In => index::contains(right, left, self.budget)?,
            CmpOp::NotIn => !index::contains(right, left, self.budget)?,
            CmpOp::Lt | CmpOp::LtE | CmpOp::Gt | CmpOp::GtE => {
                if let (V::Set(a, _), V::Set(b, _)) = (left, right) {
                    self.budget.step(a.weight() + b.weight())?;
                    let within = |x: &super::val::Set, y: &super::val::Set| {
                        x.iter().all(|key: &Key| y.contains(key))
                    };
                    return Ok(match op {
                        CmpOp::Lt => a.len() < b.len() && within(a, b),
                        CmpOp::LtE => within(a, b),
                        CmpOp::Gt => a.len() > b.len() && within(b, a),
                        _ => within(b, a),
                    });
                }
                let (Some(a), Some(b)) = (left.as_value(), right.as_value()) else {
                    let (a, b) = (left.type_phrase(), right.type_phrase());
                    return Err(type_mismatch(format!("{a} and {b} have no order")));
                };
                match compare::order(a, b, self.budget)? {
                    None => false,
                    Some(order) => match op {
                        CmpOp::Lt => order.is_lt(),
                        CmpOp::LtE => order.is_le(),
                        CmpOp::Gt => order.is_gt(),
                        _ => order.is_ge(),
                    },
                }
            }
        })
    }

    fn is(&mut self, left: &V, right: &V) -> Result<bool, ExprError> {
        if let (Some(a), Some(b)) = (left.as_value(), right.as_value())
            && std::mem::discriminant(a) != std::mem::discriminant(b)
        {
            return Ok(false);
        }
        compare::equal(left, right, self.budget)
    }

    /// The items of a literal, with spread ones expanded, and their nesting.
    fn gather(&mut self, items: &[Item]) -> Result<(Vec<Value>, u16), ExprError> {
        self.budget.list(items.len())?;
        let mut out = Vec::with_capacity(items.len());
        let mut depth = 0;
        for item in items {
            let value = self.node(&item.node)?;
            if item.spread {
                let mut items = Items::of(value, "`*`")?;
                depth = depth.max(items.depth());
                while let Some(item) = items.next(self.budget)? {
                    self.budget.take(48)?;
                    out.push(item.into_value(self.budget)?);
                }
            } else {
                depth = depth.max(value.depth());
                out.push(value.into_value(self.budget)?);
            }
        }
        Ok((out, depth))
    }

    #[inline(never)]
    fn list(&mut self, items: &[Item]) -> Result<V, ExprError> {
        let (items, depth) = self.gather(items)?;
        V::list(items, depth)
    }

    #[inline(never)]
    fn set(&mut self, items: &[Item]) -> Result<V, ExprError> {
        let (items, depth) = self.gather(items)?;
        let mut set = SetBuilder::new();
        for item in items {
            set.add(item, depth, self.budget)?;
        }
        set.finish()
    }

    #[inline(never)]
    fn dict(&mut self, pairs: &[(Option<Node>, Node)]) -> Result<V, ExprError> {
        self.budget.map(pairs.len())?;
        let mut map = Map::with_capacity_and_hasher(pairs.len(), Default::default());
        let mut depth = 0;
        for (key, value) in pairs {
            if let Some(key) = key {
                let key = self.node(key)?;
                let key = index::key(&key, self.budget)?;
                let value = self.node(value)?;
                depth = depth.max(value.depth());
                map.insert(key, value.into_value(self.budget)?);
                continue;
            }
            match self.node(value)? {
                V::Val(Value::Map(spread), nested) => {
                    self.budget.map(spread.len())?;
                    index::pay_for_keys(&spread, self.budget)?;
                    depth = depth.max(nested.saturating_sub(1));
                    map.extend(spread.iter().map(|(k, v)| (k.clone(), v.clone())));
                }
                other => {
                    let shown = other.type_phrase();
                    return Err(type_mismatch(format!(
                        "`**` spreads an object, not {shown}"
                    )));
                }
            }
        }
        V::map(map, depth)
    }

    #[inline(never)]
    fn text(&mut self, pieces: &[Piece]) -> Result<V, ExprError> {
        let mark = self.budget.mark();
        let mut out = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => {
                    self.budget.text(text.len())?;
                    out.push_str(text);
                }
                Piece::Value {
                    node,
                    quoted,
                    format,
                } => {
                    let mut value = self.node(node)?;
                    if *quoted {
                        let value_text = format::quoted(&value, self.budget)?;
                        value = V::flat(value_text);
                    }
                    match format {
                        None => format::append_text(&mut out, &value, self.budget)?,
                        Some(format) => {
                            let spec = self.node(format)?;
                            let spec = spec.as_value().and_then(Value::as_str).unwrap_or_default();
                            let text = format::with_spec(&value, spec, self.budget)?;
                            self.budget.text(text.len())?;
                            out.push_str(&text);
                        }
                    }
                }
            }
        }
        self.budget.release(mark, 0);
        self.budget.text(out.len())?;
        Ok(V::flat(out))
    }

    #[inline(never)]
    fn root_get(
        &mut self,
        context: bool,
        name: &Node,
        default: Option<&Node>,
    ) -> Result<V, ExprError> {
        let name = self.node(name)?;
        let Some(name) = name.as_value().and_then(Value::as_str) else {
            return Err(type_mismatch("the name passed to `get` must be text"));
        };
        self.budget.scan(name.len())?;
        let found = if context {
            self.scope.context(name)
        } else {
            self.scope.env(name)
        };
        match (found, default) {
            (Some(value), _) => Ok(V::outside(value)),
            (None, Some(default)) => self.node(default),
            (None, None) => Ok(V::NULL),
        }
    }
}

/// The error for a path that does not exist.
pub fn absent(message: String, suggestion: Option<String>) -> ExprError {
    ExprError::new(ErrorCode::MissingPath, message).suggest(suggestion)
}
