//! Compiles comprehensions, generators and lambdas.

use std::sync::Arc;

use rustpython_parser::ast;
use types::ErrorCode;

use super::{Compiler, at, syntax};
use crate::expr::{
    ExprError,
    node::{Collector, Comprehension, Kind, Lambda, Loop, Node, Target},
};

/// The function that consumes a generator.
pub enum Consumer<'a> {
    Any,
    All,
    First(Option<&'a ast::Expr>),
}

impl Compiler<'_> {
    pub(super) fn comprehension(
        &mut self,
        expr: &ast::Expr,
        lenient: bool,
    ) -> Result<Kind, ExprError> {
        let generators = match expr {
            ast::Expr::ListComp(c) => &c.generators,
            ast::Expr::SetComp(c) => &c.generators,
            ast::Expr::DictComp(c) => &c.generators,
            ast::Expr::GeneratorExp(c) => &c.generators,
            other => return Err(super::unsupported(other)),
        };
        self.looped(generators, |this| {
            Ok(match expr {
                ast::Expr::ListComp(c) => Collector::List(this.node(&c.elt, lenient)?),
                ast::Expr::GeneratorExp(c) => Collector::List(this.node(&c.elt, lenient)?),
                ast::Expr::SetComp(c) => Collector::Set(this.node(&c.elt, lenient)?),
                ast::Expr::DictComp(c) => {
                    Collector::Map(this.node(&c.key, lenient)?, this.node(&c.value, lenient)?)
                }
                other => return Err(super::unsupported(other)),
            })
        })
    }

    /// A generator inside `any`, `all` or `next`, which stops as soon as the result is known.
    pub(super) fn consumed(
        &mut self,
        generator: &ast::ExprGeneratorExp,
        consumer: &Consumer<'_>,
        lenient: bool,
    ) -> Result<Kind, ExprError> {
        let default = match consumer {
            Consumer::First(default) => self.boxed(*default, lenient)?.map(Box::new),
            _ => None,
        };
        self.looped(&generator.generators, |this| {
            let element = this.node(&generator.elt, lenient)?;
            Ok(match consumer {
                Consumer::Any => Collector::Any(element),
                Consumer::All => Collector::All(element),
                Consumer::First(_) => Collector::First(element, default),
            })
        })
    }

    fn looped(
        &mut self,
        generators: &[ast::Comprehension],
        element: impl FnOnce(&mut Self) -> Result<Collector, ExprError>,
    ) -> Result<Kind, ExprError> {
        self.heavy = true;
        let mark = self.scopes.mark();
        let mut loops = Vec::with_capacity(generators.len());
        for generator in generators {
            if generator.is_async {
                return Err(syntax(
                    "`async` is not part of the language",
                    at(&generator.iter),
                ));
            }
            let over = self.node(&generator.iter, false)?;
            let target = self.target(&generator.target)?;
            let tests = self.nodes(&generator.ifs, true)?;
            loops.push(Loop {
                target,
                over,
                tests,
            });
        }
        let makes = element(self)?;
        self.scopes.forget(mark);
        Ok(Kind::Comprehension(Box::new(Comprehension {
            makes,
            loops,
        })))
    }

    fn target(&mut self, target: &ast::Expr) -> Result<Target, ExprError> {
        match target {
            ast::Expr::Name(name) => {
                let name = self.scanned.original(&name.id, at(target));
                self.check_variable(&name, at(target))?;
                Ok(Target::Slot(self.scopes.bind(&name)))
            }
            ast::Expr::Tuple(ast::ExprTuple { elts, .. })
            | ast::Expr::List(ast::ExprList { elts, .. }) => elts
                .iter()
                .map(|t| self.target(t))
                .collect::<Result<_, _>>()
                .map(Target::Unpack),
            other => Err(syntax(
                "a loop variable must be a name: `for x in …` or `for a, b in …`",
                at(other),
            )),
        }
    }

    pub(super) fn lambda(
        &mut self,
        lambda: &ast::ExprLambda,
        lenient: bool,
    ) -> Result<Kind, ExprError> {
        self.heavy = true;
        let arguments = &*lambda.args;
        let only_plain = arguments.vararg.is_none()
            && arguments.kwarg.is_none()
            && arguments.kwonlyargs.is_empty();
        if !only_plain {
            return Err(syntax(
                "a lambda takes plain parameters only, no `*`",
                usize::from(lambda.range.start()).saturating_sub(1),
            ));
        }
        let mut params = Vec::new();
        let mut defaults: Vec<Node> = Vec::new();
        for argument in arguments.posonlyargs.iter().chain(&arguments.args) {
            let place = usize::from(argument.def.range.start()).saturating_sub(1);
            let name: Arc<str> = self.scanned.original(&argument.def.arg, place);
            self.check_variable(&name, place)?;
            params.push(name);
            if let Some(default) = argument.default.as_deref() {
                defaults.push(self.node(default, lenient)?);
            }
        }
        self.scopes.begin_lambda();
        for name in &params {
            self.scopes.bind(name);
        }
        let body = self.node(&lambda.body, lenient);
        let (captures, frame) = self.scopes.end_lambda();
        Ok(Kind::Lambda(Arc::new(Lambda {
            captures,
            params,
            defaults,
            frame,
            body: body?,
        })))
    }

    /// Rejects variables that would hide a root: reading `input.x` in a loop over `input` would
    /// silently mean something else.
    fn check_variable(&self, name: &str, at: usize) -> Result<(), ExprError> {
        if matches!(name, "input" | "upstream" | "context" | "env") {
            return Err(ExprError::new(
                ErrorCode::ExpressionSyntax,
                format!("`{name}` cannot be the name of a variable"),
            )
            .at(at));
        }
        Ok(())
    }
}
