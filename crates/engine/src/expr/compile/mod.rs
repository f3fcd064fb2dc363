//! Compiles Python's syntax tree to [`Node`]: resolves every name and function and creates literals
//! once. Rejects unsupported syntax, with a note on what to write instead.

mod call;
mod constant;
mod loops;
mod path;
mod plain;
mod scopes;

use std::sync::Arc;

use rustpython_parser::ast::{self, Ranged};
use types::ErrorCode;

use super::{
    ExprError, Names, Read,
    funcs::Func,
    node::{Item, Kind, Node, Piece},
    parse::{self, BEFORE},
    scan::{self, Scanned, syntax},
};
use crate::Value;
use scopes::Scopes;

/// A compiled text.
pub struct Compiled {
    pub root: Node,
    pub reads: Vec<Read>,
    pub frame: u32,
    pub heavy: bool,
    pub infinite: bool,
}

/// Compiles a fixed path without the parser; `None` if the text is something else.
pub fn plain(text: &str, names: &Names<'_>) -> Result<Option<Compiled>, ExprError> {
    let untouched = Scanned::default();
    let mut compiler = Compiler::new(text, &untouched, names);
    let root = compiler.plain(text)?;
    Ok(root.map(|root| compiler.done(root)))
}

/// Compiles any expression.
pub fn compile(text: &str, names: &Names<'_>) -> Result<Compiled, ExprError> {
    let scanned = scan::scan(text, names)?;
    let tree = parse::parse(&scanned)?;
    let mut compiler = Compiler::new(text, &scanned, names);
    let root = compiler.node(&tree, false)?;
    Ok(compiler.done(root))
}

struct Compiler<'a> {
    text: &'a str,
    scanned: &'a Scanned,
    names: &'a Names<'a>,
    scopes: Scopes,
    reads: Vec<Read>,
    heavy: bool,
    infinite: bool,
}

fn at(expr: &ast::Expr) -> usize {
    usize::from(expr.start()).saturating_sub(BEFORE)
}

impl<'a> Compiler<'a> {
    fn new(text: &'a str, scanned: &'a Scanned, names: &'a Names<'a>) -> Self {
        Self {
            text,
            scanned,
            names,
            scopes: Scopes::new(),
            reads: Vec::new(),
            heavy: false,
            infinite: false,
        }
    }

    fn done(self, root: Node) -> Compiled {
        Compiled {
            root,
            frame: self.scopes.frame_size(),
            reads: self.reads,
            heavy: self.heavy,
            infinite: self.infinite,
        }
    }
}

impl Compiler<'_> {
    fn make(&self, expr: &ast::Expr, kind: Kind) -> Node {
        Node {
            at: u32::try_from(at(expr)).unwrap_or(u32::MAX),
            kind,
        }
    }

    /// Compiles a node. If `lenient`, an absent path reads as null.
    fn node(&mut self, expr: &ast::Expr, lenient: bool) -> Result<Node, ExprError> {
        let kind = match expr {
            ast::Expr::Constant(constant) => Kind::Const(constant::value(constant, at(expr))?),
            ast::Expr::Name(_) | ast::Expr::Attribute(_) => return self.path(expr, lenient),
            ast::Expr::Subscript(subscript) => return self.subscript(expr, subscript, lenient),
            ast::Expr::BoolOp(op) => {
                let parts = self.nodes(&op.values, true)?;
                match op.op {
                    ast::BoolOp::And => Kind::And(parts),
                    ast::BoolOp::Or => Kind::Or(parts),
                }
            }
            ast::Expr::BinOp(op) => {
                if matches!(op.op, ast::Operator::Mult | ast::Operator::Pow) {
                    self.heavy = true;
                }
                let left = Box::new(self.node(&op.left, lenient)?);
                let right = Box::new(self.node(&op.right, lenient)?);
                for (side, expr) in [(&left, &op.left), (&right, &op.right)] {
                    if let Kind::Func(func) = side.kind {
                        return Err(self.no_operand(func, op, expr));
                    }
                }
                Kind::Binary {
                    op: op.op,
                    left,
                    right,
                }
            }
            ast::Expr::UnaryOp(op) => self.unary(op, lenient)?,
            ast::Expr::Compare(compare) => self.compare(compare)?,
            ast::Expr::IfExp(choice) => Kind::If {
                test: Box::new(self.node(&choice.test, true)?),
                then: Box::new(self.node(&choice.body, lenient)?),
                otherwise: Box::new(self.node(&choice.orelse, lenient)?),
            },
            ast::Expr::List(ast::ExprList { elts, .. })
            | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
                let items = self.items(elts, lenient)?;
                constant::list(items)
            }
            ast::Expr::Set(set) => Kind::Set(self.items(&set.elts, lenient)?),
            ast::Expr::Dict(dict) => self.dict(dict, lenient)?,
            ast::Expr::JoinedStr(text) => self.fstring(text, lenient)?,
            ast::Expr::Call(call) => return self.call(expr, call, lenient),
            ast::Expr::Lambda(lambda) => self.lambda(lambda, lenient)?,
            ast::Expr::ListComp(_)
            | ast::Expr::SetComp(_)
            | ast::Expr::DictComp(_)
            | ast::Expr::GeneratorExp(_) => self.comprehension(expr, lenient)?,
            other => return Err(unsupported(other)),
        };
        Ok(self.make(expr, kind))
    }

    fn nodes(&mut self, exprs: &[ast::Expr], lenient: bool) -> Result<Vec<Node>, ExprError> {
        exprs.iter().map(|expr| self.node(expr, lenient)).collect()
    }

    fn boxed(
        &mut self,
        expr: Option<&ast::Expr>,
        lenient: bool,
    ) -> Result<Option<Node>, ExprError> {
        expr.map(|expr| self.node(expr, lenient)).transpose()
    }

    fn items(&mut self, exprs: &[ast::Expr], lenient: bool) -> Result<Vec<Item>, ExprError> {
        exprs
            .iter()
            .map(|expr| match expr {
                ast::Expr::Starred(star) => Ok(Item {
                    spread: true,
                    node: self.node(&star.value, lenient)?,
                }),
                other => Ok(Item {
                    spread: false,
                    node: self.node(other, lenient)?,
                }),
            })
            .collect()
    }

    fn unary(&mut self, op: &ast::ExprUnaryOp, lenient: bool) -> Result<Kind, ExprError> {
        if op.op == ast::UnaryOp::USub
            && let ast::Expr::Constant(number) = &*op.operand
            && let Some(value) = constant::negative(number)
        {
            return Ok(Kind::Const(value));
        }
        let lenient = lenient || op.op == ast::UnaryOp::Not;
        let operand = Box::new(self.node(&op.operand, lenient)?);
        Ok(match op.op {
            ast::UnaryOp::Not => Kind::Not(operand),
            ast::UnaryOp::USub => Kind::Negate(operand),
            ast::UnaryOp::UAdd => Kind::Plus(operand),
            ast::UnaryOp::Invert => Kind::Invert(operand),
        })
    }

    fn compare(&mut self, compare: &ast::ExprCompare) -> Result<Kind, ExprError> {
        let mut rest = Vec::with_capacity(compare.ops.len());
        if let Some(kind) = self.type_among(compare)? {
            return Ok(kind);
        }
        let first = Box::new(self.node(&compare.left, true)?);
        for (op, right) in compare.ops.iter().zip(&compare.comparators) {
            rest.push((*op, self.node(right, true)?));
        }
        Ok(Kind::Compare { first, rest })
    }

    /// `type(x) in (int, float)`. Functions cannot be in a list, so it becomes a chain of
    /// comparisons.
    fn type_among(&mut self, compare: &ast::ExprCompare) -> Result<Option<Kind>, ExprError> {
        let (
            [ast::CmpOp::In],
            [
                ast::Expr::Tuple(ast::ExprTuple { elts, .. })
                | ast::Expr::List(ast::ExprList { elts, .. })
                | ast::Expr::Set(ast::ExprSet { elts, .. }),
            ],
        ) = (&*compare.ops, &*compare.comparators)
        else {
            return Ok(None);
        };
        if elts.is_empty() || !elts.iter().all(|e| self.function_named(e).is_some()) {
            return Ok(None);
        }
        let mut parts = Vec::with_capacity(elts.len());
        for elt in elts {
            let first = Box::new(self.node(&compare.left, true)?);
            let rest = vec![(ast::CmpOp::Eq, self.node(elt, true)?)];
            parts.push(self.make(elt, Kind::Compare { first, rest }));
        }
        Ok(Some(Kind::Or(parts)))
    }

    fn dict(&mut self, dict: &ast::ExprDict, lenient: bool) -> Result<Kind, ExprError> {
        let mut pairs = Vec::with_capacity(dict.values.len());
        for (key, value) in dict.keys.iter().zip(&dict.values) {
            pairs.push((
                self.boxed(key.as_ref(), lenient)?,
                self.node(value, lenient)?,
            ));
        }
        Ok(constant::dict(pairs))
    }

    fn fstring(&mut self, text: &ast::ExprJoinedStr, lenient: bool) -> Result<Kind, ExprError> {
        let mut pieces = Vec::with_capacity(text.values.len());
        for value in &text.values {
            pieces.push(match value {
                ast::Expr::Constant(ast::ExprConstant {
                    value: ast::Constant::Str(text),
                    ..
                }) => Piece::Text(Arc::from(text.as_str())),
                ast::Expr::FormattedValue(field) => {
                    let format = self.boxed(field.format_spec.as_deref(), lenient)?;
                    Piece::Value {
                        node: self.node(&field.value, lenient)?,
                        quoted: matches!(
                            field.conversion,
                            ast::ConversionFlag::Repr | ast::ConversionFlag::Ascii
                        ),
                        format: format.map(Box::new),
                    }
                }
                other => Piece::Value {
                    node: self.node(other, lenient)?,
                    quoted: false,
                    format: None,
                },
            });
        }
        Ok(Kind::Text(pieces))
    }
}

impl Compiler<'_> {
    /// The error for a function used as an operand: `name | upper`, as other template languages
    /// write filters.
    fn no_operand(&self, func: Func, op: &ast::ExprBinOp, expr: &ast::Expr) -> ExprError {
        let name = func.name();
        let piped = op.op == ast::Operator::BitOr && at(expr) > at(&op.left);
        let left = at(&op.left)..at(expr);
        let left = self
            .text
            .get(left)
            .map(|text| text.trim_end_matches(['|', ' ', '(']));
        let call = match left {
            Some(left) if piped && !left.is_empty() && left.len() < 60 => {
                format!("write `{name}({left})`")
            }
            _ => format!("call it: `{name}(…)`"),
        };
        let message = match piped {
            true => format!(
                "`| {name}` is not supported: `{name}` is a function, and the language has \
                 no filters"
            ),
            false => format!("`{name}` is a function and cannot be an operand"),
        };
        ExprError::new(ErrorCode::TypeMismatch, message)
            .suggest(Some(call))
            .at(at(expr))
    }
}

fn unsupported(expr: &ast::Expr) -> ExprError {
    let what = match expr {
        ast::Expr::NamedExpr(_) => "`:=` is not part of the language",
        ast::Expr::Await(_) => "`await` is not part of the language",
        ast::Expr::Yield(_) | ast::Expr::YieldFrom(_) => "`yield` is not part of the language",
        ast::Expr::Starred(_) => "`*` is not allowed here",
        ast::Expr::Slice(_) => "a slice is not allowed here",
        _ => "this is not part of the language",
    };
    syntax(what, at(expr))
}

fn unknown_name(message: String, at: usize) -> ExprError {
    ExprError::new(ErrorCode::UnknownName, message).at(at)
}

impl Node {
    fn as_const(&self) -> Option<&Value> {
        match &self.kind {
            Kind::Const(value) => Some(value),
            _ => None,
        }
    }
}
