//! Compiles calls. Every function and method is resolved at compile time.

use std::sync::Arc;

use rustpython_parser::ast::{self, Ranged};
use types::ErrorCode;

use super::{Compiler, at, loops::Consumer, syntax, unknown_name};
use crate::Value;
use crate::diagnostic::did_you_mean;
use crate::expr::{
    Budget, ExprError, Root,
    funcs::{self, Func, MODULES, Pattern},
    methods::{self, Method},
    node::{Args, Kind, Node, Part, Path, Start},
};

impl Compiler<'_> {
    pub(super) fn call(
        &mut self,
        expr: &ast::Expr,
        call: &ast::ExprCall,
        lenient: bool,
    ) -> Result<Node, ExprError> {
        let kind = match &*call.func {
            ast::Expr::Name(name) => {
                let place = at(&call.func);
                let name = self.scanned.original(&name.id, place);
                if let Some(slot) = self.scopes.find(&name) {
                    self.call_slot(&call.func, slot, &name, call, lenient)?
                } else {
                    let hidden = self.names.locals.contains(&&*name);
                    match funcs::by_name(&name).filter(|_| !hidden) {
                        Some(func) => self.call_function(func, call, lenient)?,
                        None => return Err(self.unknown_function(&name, place)),
                    }
                }
            }
            ast::Expr::Attribute(attribute) => self.call_attribute(attribute, call, lenient)?,
            ast::Expr::Lambda(_) | ast::Expr::Call(_) | ast::Expr::IfExp(_) => {
                self.heavy = true;
                let callee = Box::new(self.node(&call.func, lenient)?);
                Kind::CallValue {
                    callee,
                    args: self.args(call, lenient)?,
                }
            }
            other => {
                return Err(syntax(
                    "only functions and methods can be called",
                    at(other),
                ));
            }
        };
        Ok(self.make(expr, kind))
    }

    fn call_slot(
        &mut self,
        callee: &ast::Expr,
        slot: u32,
        name: &Arc<str>,
        call: &ast::ExprCall,
        lenient: bool,
    ) -> Result<Kind, ExprError> {
        self.heavy = true;
        let path = Path {
            start: Start::Slot(slot),
            shown: name.clone(),
            parts: Vec::new(),
            lenient,
        };
        let callee = Box::new(self.make(callee, Kind::Path(Box::new(path))));
        Ok(Kind::CallValue {
            callee,
            args: self.args(call, lenient)?,
        })
    }

    fn call_function(
        &mut self,
        func: Func,
        call: &ast::ExprCall,
        lenient: bool,
    ) -> Result<Kind, ExprError> {
        self.heavy |= func.is_heavy();
        self.infinite |= func == Func::Float;
        if let [ast::Expr::GeneratorExp(generator), rest @ ..] = &*call.args {
            let consumer = match (func, rest) {
                (Func::Any, []) => Some(Consumer::Any),
                (Func::All, []) => Some(Consumer::All),
                (Func::Next, []) => Some(Consumer::First(None)),
                (Func::Next, [default]) => Some(Consumer::First(Some(default))),
                _ => None,
            };
            if let Some(consumer) = consumer {
                return self.consumed(generator, &consumer, lenient);
            }
        }
        let mut args = self.args(call, lenient || func == Func::HasAttr)?;
        self.pattern(func, call, &args)?;
        if func == Func::IsInstance
            && let [_, ast::Expr::Tuple(types)] = &*call.args
        {
            // The types become arguments of their own, since functions are not values.
            args.positional.truncate(1);
            args.positional.extend(self.items(&types.elts, lenient)?);
        }
        Ok(Kind::Call { func, args })
    }

    /// Rejects an invalid pattern, if it is a literal.
    fn pattern(&self, func: Func, call: &ast::ExprCall, args: &Args) -> Result<(), ExprError> {
        let named = || args.named.iter().find(|(name, _)| &**name == "pattern");
        let first = args.positional.first().filter(|item| !item.spread);
        let node = first
            .map(|item| &item.node)
            .or(named().map(|(_, node)| node));
        let Some(Value::Str(pattern)) = node.and_then(Node::as_const) else {
            return Ok(());
        };
        if !func.takes_pattern() {
            return Ok(());
        }
        match Pattern::compile(pattern, &mut Budget::standard()) {
            // A pattern that is too expensive is reported by the evaluation.
            Err(error) if error.code != ErrorCode::ExpressionBudget => {
                let place = call.args.first().map_or(usize::MAX, at);
                Err(error.at(place))
            }
            _ => Ok(()),
        }
    }

    fn call_attribute(
        &mut self,
        attribute: &ast::ExprAttribute,
        call: &ast::ExprCall,
        lenient: bool,
    ) -> Result<Kind, ExprError> {
        let name = self.attribute_name(attribute);
        let place =
            usize::from(attribute.end()).saturating_sub(super::BEFORE + attribute.attr.len());
        if let Some(module) = self.module(&attribute.value) {
            let Some(func) = funcs::member(&module, &name) else {
                return Err(ExprError::new(
                    ErrorCode::UnknownFunction,
                    format!("`{module}` has no function `{name}`"),
                )
                .suggest(did_you_mean(&name, funcs::members(&module)))
                .at(place));
            };
            return self.call_function(func, call, lenient);
        }
        if let Some(kind) = self.root_get(&attribute.value, &name, call, lenient)? {
            return Ok(kind);
        }
        let Some(method) = methods::by_name(&name) else {
            return Err(self.unknown_method(&name, place));
        };
        self.heavy |= method.is_heavy();
        let base = Box::new(self.node(&attribute.value, lenient)?);
        Ok(Kind::Method {
            base,
            method,
            args: self.args(call, lenient)?,
        })
    }

    /// A module name: `math` in `math.sqrt`; also `datetime.datetime`.
    fn module(&mut self, base: &ast::Expr) -> Option<Arc<str>> {
        let name = match base {
            ast::Expr::Name(name) => Arc::from(name.id.as_str()),
            ast::Expr::Attribute(inner) => {
                let module = self.module(&inner.value)?;
                (&*module == "datetime" && inner.attr.as_str() == "datetime").then_some(module)?
            }
            _ => return None,
        };
        let hidden = self.scopes.find(&name).is_some() || self.names.locals.contains(&&*name);
        (!hidden && MODULES.contains(&&*name)).then_some(name)
    }

    /// Compiles `context.get(name)` and `env.get(name)`.
    fn root_get(
        &mut self,
        base: &ast::Expr,
        method: &str,
        call: &ast::ExprCall,
        lenient: bool,
    ) -> Result<Option<Kind>, ExprError> {
        let ast::Expr::Name(root) = base else {
            return Ok(None);
        };
        let context = match root.id.as_str() {
            "context" => true,
            "env" => false,
            _ => return Ok(None),
        };
        if method != "get" || self.names.locals.contains(&root.id.as_str()) {
            return Ok(None);
        }
        let [name, default @ ..] = &*call.args else {
            return Err(syntax("`get` takes a name and a default", at(base)));
        };
        let name = Box::new(self.node(name, lenient)?);
        let path = name.as_const().and_then(|v| v.as_str()).map(Arc::from);
        let root = if context { Root::Context } else { Root::Env };
        self.read(root, path.as_ref(), &[] as &[Part], at(base));
        let default = self.boxed(default.first(), lenient)?.map(Box::new);
        Ok(Some(Kind::RootGet {
            context,
            name,
            default,
        }))
    }

    fn args(&mut self, call: &ast::ExprCall, lenient: bool) -> Result<Args, ExprError> {
        let positional = self.items(&call.args, lenient)?;
        let mut named = Vec::with_capacity(call.keywords.len());
        for keyword in &call.keywords {
            let Some(name) = &keyword.arg else {
                return Err(syntax(
                    "`**` is not supported in a call",
                    at(&keyword.value),
                ));
            };
            named.push((
                Arc::from(name.as_str()),
                self.node(&keyword.value, lenient)?,
            ));
        }
        Ok(Args { positional, named })
    }

    fn unknown_function(&self, name: &str, place: usize) -> ExprError {
        let shown: String = name.chars().take(80).collect();
        let suggestion = if self.names.locals.contains(&name) {
            Some(format!(
                "`{name}` is a value; write `{name}` without parentheses"
            ))
        } else {
            did_you_mean(name, funcs::names())
        };
        ExprError::new(
            ErrorCode::UnknownFunction,
            format!("there is no function `{shown}`"),
        )
        .suggest(suggestion)
        .at(place)
    }

    fn unknown_method(&self, name: &str, place: usize) -> ExprError {
        if name.starts_with("__") {
            return unknown_name(format!("there is no attribute or method `{name}`"), place);
        }
        let shown: String = name.chars().take(80).collect();
        let suggestion = match name {
            "append" | "extend" | "insert" | "add" | "update" | "pop" | "remove" | "sort"
            | "setdefault" | "clear" | "reverse" | "popitem" | "discard" => Some(
                "values cannot be changed: make a new one, as in `a + [x]`, `sorted(a)` or `{**a, 'k': v}`"
                    .to_owned(),
            ),
            _ => did_you_mean(name, methods::names()).or_else(|| {
                funcs::by_name(name).map(|_| format!("write `{name}(x)` instead of `x.{name}()`"))
            }),
        };
        ExprError::new(
            ErrorCode::UnknownFunction,
            format!("there is no method `{shown}`"),
        )
        .suggest(suggestion)
        .at(place)
    }
}

impl Method {
    fn is_heavy(self) -> bool {
        matches!(
            self,
            Method::Replace
                | Method::Join
                | Method::Center
                | Method::LJust
                | Method::RJust
                | Method::ZFill
                | Method::Format
                | Method::Split
                | Method::RSplit
        )
    }
}
