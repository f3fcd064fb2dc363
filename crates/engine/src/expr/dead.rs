//! What is known of an expression without input.
//!
//! Finds parts of an expression that read nothing and always fail: `1 / 0`, `int('x')`. Only parts
//! that every evaluation reaches are examined; an operand after `or` or a branch of an `if` may
//! never be evaluated. Also finds the values of expressions that read nothing, and those between
//! which an `if` chooses.

use std::time::Duration;

use chrono::{DateTime, Utc};
use types::ErrorCode;

use super::{
    Budget, ExprError, Scope,
    eval::Eval,
    node::{Collector, Item, Kind, Node, Piece, Start},
    val::V,
};
use crate::Value;

/// The time limit for evaluating one part.
const TIME: Duration = Duration::from_millis(1);

/// The error with which every evaluation of this expression fails, if known.
pub fn failure(root: &Node, frame: u32, lenient: bool) -> Option<ExprError> {
    let mut search = Search {
        frame,
        lenient,
        found: None,
    };
    if search.visit(root, true) {
        search.try_out(root);
    }
    search.found
}

/// The value of an expression that reads nothing.
pub fn constant(root: &Node, frame: u32, lenient: bool) -> Option<V> {
    if !is_closed(root) {
        return None;
    }
    let mut budget = Budget::standard().with_time(TIME);
    let result = Eval::new(&Nothing, &mut budget, frame, lenient).node(root);
    result.ok()
}

/// Whether a part, with everything in it, reads nothing.
fn is_closed(node: &Node) -> bool {
    let mut parts = Vec::new();
    parts_of(node, &mut parts) && parts.into_iter().all(|(part, _)| is_closed(part))
}

/// Adds the constants that the expression gives. `false` if it may give something else.
pub fn outcomes(node: &Node, out: &mut Vec<Value>) -> bool {
    match &node.kind {
        Kind::Const(value) => {
            out.push(value.clone());
            true
        }
        Kind::If {
            then, otherwise, ..
        } => outcomes(then, out) && outcomes(otherwise, out),
        _ => false,
    }
}

struct Search {
    frame: u32,
    lenient: bool,
    found: Option<ExprError>,
}

impl Search {
    /// Whether the node reads nothing. If it does read something, its constant parts are evaluated,
    /// provided every evaluation reaches them (`certain`).
    fn visit(&mut self, node: &Node, certain: bool) -> bool {
        // Each part, and whether every evaluation of this node evaluates it.
        let mut parts: Vec<(&Node, bool)> = Vec::new();
        let own = parts_of(node, &mut parts);
        let closed: Vec<bool> = parts
            .iter()
            .map(|(part, always)| self.visit(part, certain && *always))
            .collect();
        if own && closed.iter().all(|closed| *closed) {
            return true;
        }
        for ((part, always), closed) in parts.into_iter().zip(closed) {
            if closed && certain && always {
                self.try_out(part);
            }
        }
        false
    }

    fn try_out(&mut self, node: &Node) {
        let plain = matches!(node.kind, Kind::Const(_) | Kind::Func(_) | Kind::Path(_));
        if plain || self.found.is_some() {
            return;
        }
        let mut budget = Budget::standard().with_time(TIME);
        let result = Eval::new(&Nothing, &mut budget, self.frame, self.lenient).node(node);
        self.found = result.err().filter(|error| {
            !matches!(
                error.code,
                ErrorCode::ExpressionBudget | ErrorCode::Cancelled
            )
        });
    }
}

/// The parts of a node that can be evaluated separately, each with whether it is always evaluated.
/// `false` if the node itself reads something.
fn parts_of<'n>(node: &'n Node, out: &mut Vec<(&'n Node, bool)>) -> bool {
    let items = |out: &mut Vec<(&'n Node, bool)>, items: &'n [Item]| {
        out.extend(items.iter().map(|item| (&item.node, true)));
    };
    match &node.kind {
        Kind::Const(_) => true,
        Kind::Func(func) => func.is_constant(),
        // A slot is a variable of an enclosing loop; such loops are evaluated only as a whole.
        Kind::Path(path) => matches!(path.start, Start::Slot(_)),
        Kind::Shadow { .. } | Kind::RootGet { .. } => false,
        Kind::Attr { base, .. } => {
            out.push((base, true));
            true
        }
        Kind::Index { base, index, .. } => {
            out.extend([(&**base, true), (&**index, true)]);
            true
        }
        Kind::Slice { base, bounds } => {
            out.push((base, true));
            out.extend(bounds.iter().flatten().map(|bound| (bound, true)));
            true
        }
        Kind::List(list) | Kind::Set(list) => {
            items(out, list);
            true
        }
        Kind::Dict(pairs) => {
            for (key, value) in pairs {
                out.extend(key.iter().map(|key| (key, true)));
                out.push((value, true));
            }
            true
        }
        Kind::And(parts) | Kind::Or(parts) => {
            out.extend(parts.iter().enumerate().map(|(at, part)| (part, at == 0)));
            true
        }
        Kind::Not(one) | Kind::Negate(one) | Kind::Plus(one) | Kind::Invert(one) => {
            out.push((one, true));
            true
        }
        Kind::Binary { left, right, .. } => {
            out.extend([(&**left, true), (&**right, true)]);
            true
        }
        Kind::Compare { first, rest } => {
            out.push((first, true));
            let rest = rest.iter().enumerate();
            out.extend(rest.map(|(at, (_, part))| (part, at == 0)));
            true
        }
        Kind::If {
            test,
            then,
            otherwise,
        } => {
            out.extend([(&**test, true), (&**then, false), (&**otherwise, false)]);
            true
        }
        Kind::Call { func, args } => {
            items(out, &args.positional);
            out.extend(args.named.iter().map(|(_, arg)| (arg, true)));
            func.is_constant()
        }
        Kind::Method { base, args, .. } => {
            out.push((base, true));
            items(out, &args.positional);
            out.extend(args.named.iter().map(|(_, arg)| (arg, true)));
            true
        }
        Kind::CallValue { callee, args } => {
            out.push((callee, false));
            out.extend(args.positional.iter().map(|item| (&item.node, false)));
            out.extend(args.named.iter().map(|(_, arg)| (arg, false)));
            true
        }
        Kind::Lambda(lambda) => {
            out.push((&lambda.body, false));
            out.extend(lambda.defaults.iter().map(|part| (part, false)));
            true
        }
        Kind::Comprehension(loops) => {
            match &loops.makes {
                Collector::List(one)
                | Collector::Set(one)
                | Collector::Any(one)
                | Collector::All(one) => {
                    out.push((one, false));
                }
                Collector::Map(key, value) => out.extend([(key, false), (value, false)]),
                Collector::First(one, default) => {
                    out.push((one, false));
                    out.extend(default.iter().map(|part| (&**part, false)));
                }
            }
            for one in &loops.loops {
                out.push((&one.over, false));
                out.extend(one.tests.iter().map(|test| (test, false)));
            }
            true
        }
        Kind::Text(pieces) => {
            for piece in pieces {
                if let Piece::Value { node, format, .. } = piece {
                    out.push((node, true));
                    out.extend(format.iter().map(|format| (&**format, true)));
                }
            }
            true
        }
    }
}

/// The scope for parts that read nothing.
struct Nothing;

impl Scope for Nothing {
    fn input(&self) -> &Value {
        &Value::Null
    }

    fn stage(&self, _: u32) -> Option<Value> {
        None
    }

    fn context(&self, _: &str) -> Option<Value> {
        None
    }

    fn env(&self, _: &str) -> Option<Value> {
        None
    }

    fn local(&self, _: &str) -> Option<Value> {
        None
    }

    fn now(&self) -> DateTime<Utc> {
        DateTime::default()
    }
}
