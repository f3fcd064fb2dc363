//! Evaluates calls of functions, methods and lambdas.

use std::sync::Arc;

use super::{Eval, Items};
use crate::{
    Value,
    expr::{
        ExprError,
        error::type_mismatch,
        funcs::{self, Func},
        methods::{self, Method},
        node::{Args, Lambda, Node},
        val::{Closure, V},
    },
};

/// The evaluated arguments of a call. Taking an argument removes it; arguments that remain are an
/// error.
pub struct CallArgs {
    /// The function's name, for messages.
    pub name: &'static str,
    positional: std::vec::IntoIter<V>,
    named: Vec<(Arc<str>, V)>,
}

impl CallArgs {
    pub fn new(name: &'static str, positional: Vec<V>) -> Self {
        Self {
            name,
            positional: positional.into_iter(),
            named: Vec::new(),
        }
    }

    /// The number of remaining positional arguments.
    pub fn len(&self) -> usize {
        self.positional.len()
    }

    /// The next positional argument, or else the one with this name.
    pub fn optional(&mut self, name: &str) -> Option<V> {
        self.positional.next().or_else(|| self.named(name))
    }

    /// The argument with this name.
    pub fn named(&mut self, name: &str) -> Option<V> {
        let at = self.named.iter().position(|(n, _)| &**n == name)?;
        Some(self.named.swap_remove(at).1)
    }

    /// The next positional argument, which is required.
    pub fn required(&mut self, name: &str) -> Result<V, ExprError> {
        let function = self.name;
        self.optional(name)
            .ok_or_else(|| type_mismatch(format!("`{function}` needs the argument `{name}`")))
    }

    /// The next argument as text.
    pub fn text(&mut self, name: &str) -> Result<Arc<str>, ExprError> {
        let function = self.name;
        match self.required(name)? {
            V::Val(Value::Str(text), _) => Ok(text),
            other => Err(type_mismatch(format!(
                "`{function}` takes text as `{name}`, not {}",
                other.type_phrase()
            ))
            .given(&[&other])),
        }
    }

    /// The next argument as text; `None` if it is missing or null.
    pub fn optional_text(&mut self, name: &str) -> Result<Option<Arc<str>>, ExprError> {
        match self.optional(name) {
            None | Some(V::Val(Value::Null, _)) => Ok(None),
            Some(V::Val(Value::Str(text), _)) => Ok(Some(text)),
            Some(other) => Err(type_mismatch(format!(
                "`{}` takes text as `{name}`, not {}",
                self.name,
                other.type_phrase()
            ))
            .given(&[&other])),
        }
    }

    /// The next argument as an integer; `None` if it is missing or null.
    pub fn optional_int(&mut self, name: &str) -> Result<Option<i64>, ExprError> {
        match self.optional(name) {
            None | Some(V::Val(Value::Null, _)) => Ok(None),
            Some(V::Val(Value::Int(i), _)) => Ok(Some(i)),
            Some(V::Val(Value::Bool(b), _)) => Ok(Some(i64::from(b))),
            Some(other) => Err(type_mismatch(format!(
                "`{}` takes a whole number as `{name}`, not {}",
                self.name,
                other.type_phrase()
            ))
            .given(&[&other])),
        }
    }

    /// The next argument as something to iterate over.
    pub fn items(&mut self, name: &str) -> Result<Items, ExprError> {
        let what = self.name;
        Items::of(self.required(name)?, &format!("`{what}`"))
    }

    /// All remaining positional arguments.
    pub fn rest(&mut self) -> Vec<V> {
        self.positional.by_ref().collect()
    }

    /// All remaining named arguments.
    pub fn rest_named(&mut self) -> Vec<(Arc<str>, V)> {
        std::mem::take(&mut self.named)
    }

    /// Fails if any argument remains.
    pub fn done(&mut self) -> Result<(), ExprError> {
        let name = self.name;
        if let Some((extra, _)) = self.named.first() {
            return Err(type_mismatch(format!("`{name}` has no argument `{extra}`")));
        }
        match self.positional.len() {
            0 => Ok(()),
            n => Err(type_mismatch(format!(
                "`{name}` has too many arguments; remove the last {n}"
            ))),
        }
    }
}

impl Eval<'_> {
    #[inline(never)]
    fn args(&mut self, name: &'static str, args: &Args) -> Result<CallArgs, ExprError> {
        let mut positional = Vec::with_capacity(args.positional.len());
        for item in &args.positional {
            let value = self.node(&item.node)?;
            if item.spread {
                let mut items = Items::of(value, "`*`")?;
                while let Some(item) = items.next(self.budget)? {
                    self.budget.take(48)?;
                    positional.push(item);
                }
            } else {
                positional.push(value);
            }
        }
        let mut named = Vec::with_capacity(args.named.len());
        for (name, node) in &args.named {
            named.push((name.clone(), self.node(node)?));
        }
        self.budget.take((positional.len() + named.len()) * 48)?;
        Ok(CallArgs {
            name,
            positional: positional.into_iter(),
            named,
        })
    }

    #[inline(never)]
    pub(super) fn call(&mut self, func: Func, args: &Args) -> Result<V, ExprError> {
        let mut args = self.args(func.name(), args)?;
        let result = funcs::call(self, func, &mut args)?;
        args.done()?;
        Ok(result)
    }

    #[inline(never)]
    pub(super) fn method(
        &mut self,
        base: &Node,
        method: Method,
        args: &Args,
    ) -> Result<V, ExprError> {
        let base = self.node(base)?;
        let mut args = self.args(method.name(), args)?;
        let result = methods::call(self, base, method, &mut args)?;
        args.done()?;
        Ok(result)
    }

    #[inline(never)]
    pub(super) fn closure(&mut self, lambda: &Arc<Lambda>) -> Result<V, ExprError> {
        self.budget.step(lambda.captures.len() as u64)?;
        self.budget.take(lambda.captures.len() * 40 + 96)?;
        let mut defaults = Vec::with_capacity(lambda.defaults.len());
        for default in &lambda.defaults {
            defaults.push(self.node(default)?);
        }
        let captured = lambda
            .captures
            .iter()
            .map(|(outer, _)| {
                self.slots
                    .get(self.base + *outer as usize)
                    .cloned()
                    .unwrap_or(V::NULL)
            })
            .collect();
        Ok(V::Lambda(Arc::new(Closure {
            lambda: lambda.clone(),
            captured,
            defaults,
        })))
    }

    #[inline(never)]
    pub(super) fn call_value(&mut self, callee: &Node, args: &Args) -> Result<V, ExprError> {
        let callee = self.node(callee)?;
        let mut args = self.args("lambda", args)?;
        match &callee {
            V::Lambda(closure) => {
                let mut values = args.rest();
                for name in closure.lambda.params.iter().skip(values.len()) {
                    match args.named(name) {
                        Some(value) => values.push(value),
                        None => break,
                    }
                }
                args.done()?;
                self.apply(&callee, values)
            }
            V::Func(func) => {
                args.name = func.name();
                let result = funcs::call(self, *func, &mut args)?;
                args.done()?;
                Ok(result)
            }
            other => Err(type_mismatch(format!(
                "{} cannot be called",
                other.type_phrase()
            ))),
        }
    }

    /// Calls a function or lambda that is held in a value.
    pub fn apply(&mut self, callee: &V, args: Vec<V>) -> Result<V, ExprError> {
        let closure = match callee {
            V::Lambda(closure) => closure,
            V::Func(func) => {
                let mut args = CallArgs::new(func.name(), args);
                let result = funcs::call(self, *func, &mut args)?;
                args.done()?;
                return Ok(result);
            }
            other => {
                return Err(type_mismatch(format!(
                    "{} cannot be called",
                    other.type_phrase()
                )));
            }
        };
        let lambda = &closure.lambda;
        let wanted = lambda.params.len();
        let missing = wanted.checked_sub(args.len());
        let defaults = missing.and_then(|n| closure.defaults.len().checked_sub(n));
        let Some(first_default) = defaults else {
            return Err(type_mismatch(format!(
                "the lambda takes {wanted} arguments, not {}",
                args.len()
            )));
        };
        let frame = lambda.frame as usize;
        let mark = self.budget.mark();
        self.budget.step(1 + frame as u64)?;
        self.budget.take(frame * 40)?;
        self.budget.enter()?;
        let (base, top) = (self.base, self.slots.len());
        self.slots.extend(args);
        self.slots
            .extend(closure.defaults[first_default..].iter().cloned());
        self.slots.resize(top + frame, V::NULL);
        for ((_, own), value) in lambda.captures.iter().zip(&closure.captured) {
            if let Some(place) = self.slots.get_mut(top + *own as usize) {
                *place = value.clone();
            }
        }
        self.base = top;
        let result = self.node(&lambda.body);
        self.base = base;
        self.slots.truncate(top);
        self.budget.leave();
        let result = result?;
        if let V::Val(value, _) = &result {
            self.settle(mark, value);
        }
        Ok(result)
    }
}
