//! Compiles names, attributes and subscripts; fixed ones become paths from a root.

use std::sync::Arc;

use rustpython_parser::ast::{self, Ranged};
use types::ErrorCode;

use super::{Compiler, at, constant, unknown_name};
use crate::{
    Value,
    diagnostic::did_you_mean,
    expr::{
        ExprError, Read, Root,
        funcs::{self, Func, MODULES},
        node::{Kind, Node, Part, Path, Start},
        parse::BEFORE,
    },
};

/// The names of the roots, for suggestions.
const ROOTS: [&str; 4] = ["input", "upstream", "context", "env"];

impl Compiler<'_> {
    /// The name after the dot, as written.
    pub(super) fn attribute_name(&self, attribute: &ast::ExprAttribute) -> Arc<str> {
        let end = usize::from(attribute.end()).saturating_sub(BEFORE);
        self.scanned
            .original(&attribute.attr, end.saturating_sub(attribute.attr.len()))
    }

    pub(super) fn path(&mut self, expr: &ast::Expr, lenient: bool) -> Result<Node, ExprError> {
        if let Some((root, parts)) = self.fixed(expr) {
            return self.rooted(expr, root, parts, lenient);
        }
        let ast::Expr::Attribute(attribute) = expr else {
            return Err(super::unsupported(expr));
        };
        let name = self.attribute_name(attribute);
        if name.starts_with("__") && !self.reads_data(&attribute.value) {
            return Err(unknown_name(
                format!("there is no attribute `{name}`"),
                at(expr),
            ));
        }
        let base = Box::new(self.node(&attribute.value, lenient)?);
        Ok(self.make(
            expr,
            Kind::Attr {
                base,
                name,
                lenient,
            },
        ))
    }

    /// Whether fields of this expression can be data. If so, any key is allowed.
    fn reads_data(&self, expr: &ast::Expr) -> bool {
        match expr {
            ast::Expr::Attribute(a) => self.reads_data(&a.value),
            ast::Expr::Subscript(s) => self.reads_data(&s.value),
            ast::Expr::Name(name) => funcs::by_name(&name.id).is_none(),
            ast::Expr::BoolOp(_) | ast::Expr::IfExp(_) => true,
            ast::Expr::Dict(_) => true,
            _ => false,
        }
    }

    pub(super) fn subscript(
        &mut self,
        expr: &ast::Expr,
        subscript: &ast::ExprSubscript,
        lenient: bool,
    ) -> Result<Node, ExprError> {
        if let Some((root, parts)) = self.fixed(expr) {
            return self.rooted(expr, root, parts, lenient);
        }
        let base = Box::new(self.node(&subscript.value, lenient)?);
        if let ast::Expr::Slice(slice) = &*subscript.slice {
            let bounds = [
                self.boxed(slice.lower.as_deref(), lenient)?,
                self.boxed(slice.upper.as_deref(), lenient)?,
                self.boxed(slice.step.as_deref(), lenient)?,
            ];
            return Ok(self.make(
                expr,
                Kind::Slice {
                    base,
                    bounds: Box::new(bounds),
                },
            ));
        }
        let index = Box::new(self.node(&subscript.slice, lenient)?);
        Ok(self.make(
            expr,
            Kind::Index {
                base,
                index,
                lenient,
            },
        ))
    }

    /// The name at which a chain of fixed parts begins, and the parts.
    fn fixed<'e>(&self, expr: &'e ast::Expr) -> Option<(&'e ast::ExprName, Vec<Part>)> {
        let mut parts = Vec::new();
        let mut expr = expr;
        let root = loop {
            match expr {
                ast::Expr::Name(name) => break name,
                ast::Expr::Attribute(attribute) => {
                    parts.push(Part::Field(self.attribute_name(attribute)));
                    expr = &attribute.value;
                }
                ast::Expr::Subscript(subscript) => {
                    parts.push(fixed_index(&subscript.slice)?);
                    expr = &subscript.value;
                }
                _ => return None,
            }
        };
        parts.reverse();
        Some((root, parts))
    }

    fn rooted(
        &mut self,
        expr: &ast::Expr,
        root: &ast::ExprName,
        mut parts: Vec<Part>,
        lenient: bool,
    ) -> Result<Node, ExprError> {
        let place = usize::from(root.start()).saturating_sub(BEFORE);
        let name = self.scanned.original(&root.id, place);
        let (start, shown): (Start, Arc<str>) = if let Some(slot) = self.scopes.find(&name) {
            (Start::Slot(slot), name)
        } else if self.names.locals.contains(&&*name) {
            self.read(Root::Local, Some(&name), &parts, place);
            (Start::Local(name.clone()), name)
        } else {
            match &*name {
                "input" => {
                    self.read(Root::Input, None, &parts, place);
                    (Start::Input, name)
                }
                "upstream" => self.upstream(place, &mut parts)?,
                "context" => self.named_root(Root::Context, place, &mut parts)?,
                "env" => self.named_root(Root::Env, place, &mut parts)?,
                _ => return self.bare(expr, &name, place, parts, lenient),
            }
        };
        Ok(self.make(
            expr,
            Kind::Path(Box::new(Path {
                start,
                shown,
                parts,
                lenient,
            })),
        ))
    }

    /// `upstream`, `upstream.stage`, `upstream['stage']`.
    pub(super) fn upstream(
        &mut self,
        place: usize,
        parts: &mut Vec<Part>,
    ) -> Result<(Start, Arc<str>), ExprError> {
        let Some(first) = parts.first() else {
            self.read(Root::AllUpstream, None, &[], place);
            let all = self
                .names
                .stages
                .iter()
                .map(|(id, i)| (Arc::from(id.as_str()), *i));
            return Ok((Start::Upstream(all.collect()), Arc::from("upstream")));
        };
        let id: Arc<str> = match first {
            Part::Field(id) => id.clone(),
            Part::Index(i) => Arc::from(i.to_string()),
            Part::Output => Arc::from("output"),
        };
        let Some(index) = self.names.stages.get(&*id).copied() else {
            return Err(self.unknown_stage(&id, place));
        };
        parts.remove(0);
        self.read(Root::Upstream(index), None, parts, place);
        Ok((Start::Stage(index), Arc::from(format!("upstream.{id}"))))
    }

    fn unknown_stage(&self, id: &str, place: usize) -> ExprError {
        // The id as written, including hyphens.
        let after = self
            .text
            .get(place..)
            .and_then(|t| t.strip_prefix("upstream."));
        let written = after.map_or(id, |rest| {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'));
            rest[..end.unwrap_or(rest.len())].trim_end_matches('-')
        });
        let written = if written.starts_with(id) { written } else { id };
        let known = || self.names.stages.keys().map(String::as_str);
        let suggestion = did_you_mean(written, known()).or_else(|| did_you_mean(id, known()));
        let shown: String = written.chars().take(80).collect();
        ExprError::new(
            ErrorCode::UnknownStage,
            format!("`upstream.{shown}` reads a stage, but there is no stage `{shown}`"),
        )
        .suggest(suggestion)
        .at(place)
    }

    /// `context.name` and `env.NAME`.
    pub(super) fn named_root(
        &mut self,
        root: Root,
        place: usize,
        parts: &mut Vec<Part>,
    ) -> Result<(Start, Arc<str>), ExprError> {
        let context = root == Root::Context;
        match parts.first() {
            Some(Part::Field(name)) => {
                let name = name.clone();
                parts.remove(0);
                self.read(root, Some(&name), parts, place);
                Ok(if context {
                    (
                        Start::Context(name.clone()),
                        Arc::from(format!("context.{name}")),
                    )
                } else {
                    (Start::Env(name.clone()), Arc::from(format!("env.{name}")))
                })
            }
            None if context => {
                self.read(root, None, &[], place);
                Ok((Start::ContextMap, Arc::from("context")))
            }
            _ => Err(unknown_name("`env` is read by name".to_owned(), place)
                .suggest(Some("write `env.NAME`".to_owned()))),
        }
    }

    /// A name that is neither a variable nor a root: a module's member, a stage's id, a constant, a
    /// function, or a name that is known only at evaluation.
    fn bare(
        &mut self,
        expr: &ast::Expr,
        name: &Arc<str>,
        place: usize,
        mut parts: Vec<Part>,
        lenient: bool,
    ) -> Result<Node, ExprError> {
        let known = self.bare_known(expr, name, place, &mut parts)?;
        if self.names.any_local && !self.names.stages.contains_key(&**name) {
            self.read(Root::Local, Some(name), &parts, place);
            let path = Path {
                start: Start::Local(name.clone()),
                shown: name.clone(),
                parts,
                lenient,
            };
            let path = self.make(expr, Kind::Path(Box::new(path)));
            return Ok(match known {
                Some(otherwise) => {
                    let kind = Kind::Shadow {
                        local: Box::new(path),
                        otherwise: Box::new(otherwise),
                    };
                    self.make(expr, kind)
                }
                None => path,
            });
        }
        if let Some(node) = known {
            return Ok(node);
        }
        if let Some(index) = self.bare_stage(name, &mut parts) {
            self.read(Root::Upstream(index), None, &parts, place);
            let start = Start::Stage(index);
            let path = Path {
                start,
                shown: name.clone(),
                parts,
                lenient,
            };
            return Ok(self.make(expr, Kind::Path(Box::new(path))));
        }
        // The documentation calls the error in a catch branch `_error`.
        let variable = match &**name {
            "_error" => Arc::from("error"),
            _ => name.clone(),
        };
        if self
            .names
            .variables
            .is_some_and(|all| all.contains(&*variable))
        {
            self.read(Root::Context, Some(&variable), &parts, place);
            let path = Path {
                start: Start::Context(variable),
                shown: name.clone(),
                parts,
                lenient,
            };
            return Ok(self.make(expr, Kind::Path(Box::new(path))));
        }
        Err(self.unknown(name, place))
    }

    fn bare_known(
        &mut self,
        expr: &ast::Expr,
        name: &str,
        place: usize,
        parts: &mut Vec<Part>,
    ) -> Result<Option<Node>, ExprError> {
        if let [Part::Field(member), rest @ ..] = &**parts
            && MODULES.contains(&name)
        {
            let node = match funcs::member(name, member) {
                Some(func) if rest.is_empty() => self.make(expr, Kind::Func(func)),
                _ => match funcs::constant(member).filter(|_| name == "math" && rest.is_empty()) {
                    Some(value) => self.constant_node(expr, value),
                    None if self.names.any_local => return Ok(None),
                    None => {
                        return Err(unknown_name(format!("`{name}` has no `{member}`"), place)
                            .suggest(did_you_mean(member, funcs::members(name))));
                    }
                },
            };
            return Ok(Some(node));
        }
        if !parts.is_empty() {
            return Ok(None);
        }
        if let Some(value) = funcs::constant(name) {
            return Ok(Some(self.constant_node(expr, value)));
        }
        Ok(funcs::by_name(name).map(|func| {
            self.infinite |= func == Func::Float;
            self.make(expr, Kind::Func(func))
        }))
    }

    fn constant_node(&mut self, expr: &ast::Expr, value: Value) -> Node {
        self.infinite |= matches!(value, Value::Float(f) if !f.is_finite());
        self.make(expr, Kind::Const(value))
    }

    /// The documentation also uses `{{stage.output.field}}` and `{{stages.stage.output.field}}`.
    fn bare_stage(&self, name: &str, parts: &mut Vec<Part>) -> Option<u32> {
        let index = match (self.names.stages.get(name), parts.first()) {
            (Some(index), _) => *index,
            (None, Some(Part::Field(id))) if name == "stages" => {
                let index = *self.names.stages.get(&**id)?;
                parts.remove(0);
                index
            }
            _ => return None,
        };
        if let Some(Part::Field(field)) = parts.first()
            && &**field == "output"
        {
            parts[0] = Part::Output;
        }
        Some(index)
    }

    /// `upstream.fetch-dta` parses as a subtraction if there is a stage `fetch`. Written without
    /// spaces, it is most likely a misspelled stage.
    fn hyphenated_stage(&self, place: usize) -> Option<ExprError> {
        let part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let before = self.text.get(..place)?;
        let start = before.trim_end_matches(part).len();
        let root = start.checked_sub("upstream.".len())?;
        if start == place || !before.get(root..start)?.starts_with("upstream.") {
            return None;
        }
        Some(self.unknown_stage(&self.text[start..place], root))
    }

    fn unknown(&self, name: &str, place: usize) -> ExprError {
        if let Some(error) = self.hyphenated_stage(place) {
            return error;
        }
        let mut known: Vec<&str> = ROOTS.to_vec();
        known.extend(self.names.locals);
        known.extend(self.scopes.names());
        for function in funcs::names() {
            known.push(function);
        }
        let mut suggestion = did_you_mean(name, known);
        // `input.first-name` parses as a subtraction, but most likely means a field.
        let before = self.text.get(..place).unwrap_or_default();
        if let Some(path) = before.strip_suffix('-')
            && let Some(dot) = path.rfind('.')
            && path[dot + 1..]
                .chars()
                .all(|c| c.is_alphanumeric() || c == '_')
        {
            let field = &path[dot + 1..];
            suggestion = Some(format!(
                "for a field with a hyphen write `['{field}-{name}']`"
            ));
        }
        if self.names.stages.contains_key(name) {
            suggestion = Some(format!("write `upstream.{name}`"));
        }
        if name == "secrets" {
            suggestion = Some(
                "secrets are not available yet; on the command line read the environment: \
                 `env.NAME`"
                    .to_owned(),
            );
        }
        let shown: String = name.chars().take(80).collect();
        let suggestion = suggestion.or_else(|| {
            Some("values are read from `input`, `upstream`, `context` and `env`".to_owned())
        });
        unknown_name(format!("the name `{shown}` is not defined"), place).suggest(suggestion)
    }

    pub(super) fn read(
        &mut self,
        root: Root,
        first: Option<&Arc<str>>,
        parts: &[Part],
        offset: usize,
    ) {
        let fields = parts.iter().map_while(|part| match part {
            Part::Field(name) => Some(name.clone()),
            Part::Index(_) | Part::Output => None,
        });
        let path = first.cloned().into_iter().chain(fields).collect();
        self.reads.push(Read { root, path, offset });
    }

    /// The function that an expression names; `None` if it is not a function or a variable hides
    /// it.
    pub(super) fn function_named(&mut self, expr: &ast::Expr) -> Option<Func> {
        let ast::Expr::Name(name) = expr else {
            return None;
        };
        if self.scopes.find(&name.id).is_some() || self.names.locals.contains(&name.id.as_str()) {
            return None;
        }
        funcs::by_name(&name.id)
    }
}

/// A subscript that is known at compile time.
fn fixed_index(index: &ast::Expr) -> Option<Part> {
    let (constant, negative) = match index {
        ast::Expr::Constant(constant) => (constant, false),
        ast::Expr::UnaryOp(ast::ExprUnaryOp {
            op: ast::UnaryOp::USub,
            operand,
            ..
        }) => (operand.as_constant_expr()?, true),
        _ => return None,
    };
    match &constant.value {
        ast::Constant::Str(name) if !negative => Some(Part::Field(Arc::from(name.as_str()))),
        ast::Constant::Int(_) => {
            let value = if negative {
                constant::negative(constant)?
            } else {
                constant::value(constant, 0).ok()?
            };
            value.as_int().map(Part::Index)
        }
        _ => None,
    }
}
