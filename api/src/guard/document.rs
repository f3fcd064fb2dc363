//! Checks the depth, aliases and expanded size of a document, and inlines its fragments.
//!
//! Every selection counts: a field, an inline fragment and a spread. Each fragment is measured
//! once, so the check takes time in proportion to the text, not to its expansion. Fragments are
//! inlined because the GraphQL library does not know the type of a fragment's fields when it
//! computes their cost, and visits a fragment again for each of its spreads.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned,
    parser::types::{
        Directive, DocumentOperations, ExecutableDocument, FragmentDefinition, InlineFragment,
        OperationDefinition, Selection, SelectionSet,
    },
};
use types::ErrorCode;

use super::{limit_exceeded, sizes::Sizes};
use crate::{error::ApiError, limits};

/// The size of a selection after its fragments have been inlined.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    /// Fields, inline fragments and spreads.
    selections: usize,
    /// Levels of fields.
    depth: usize,
    /// Levels of selection sets of any kind.
    sets: usize,
    /// Bytes of arguments. A variable counts in full at each use.
    bytes: usize,
}

/// The state of a fragment: being measured, or measured.
#[derive(Clone, Copy)]
enum Seen {
    Open,
    Done(Size),
}

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

struct Checker<'a> {
    fragments: &'a Fragments,
    variables: &'a Sizes,
    seen: HashMap<&'a str, Seen>,
    aliases: usize,
}

/// Refuses a document that exceeds the limits or has a fragment that contains itself. Returns the
/// document with its fragments inlined.
pub fn check(
    document: ExecutableDocument,
    variables: &Sizes,
) -> Result<ExecutableDocument, ApiError> {
    let mut checker = Checker {
        fragments: &document.fragments,
        variables,
        seen: HashMap::new(),
        aliases: 0,
    };
    let mut total = Size::default();
    for (_, operation) in document.operations.iter() {
        let declared = operation.node.variable_definitions.len();
        if declared > limits::VARIABLE_COUNT {
            return Err(limit_exceeded(
                "operation",
                declared,
                limits::VARIABLE_COUNT,
                "variables",
            ));
        }
        // The library validates the whole document, not only the operation that runs.
        let size = checker.set(&operation.node.selection_set)?;
        total.add(size);
        total.check()?;
    }
    for (name, fragment) in &document.fragments {
        if !checker.seen.contains_key(name.as_str()) {
            return Err(at(
                fragment.pos,
                format!("The fragment `{name}` is not used; remove it"),
            ));
        }
        if let Some(directive) = fragment.node.directives.first() {
            return Err(at(
                directive.pos,
                format!(
                    "The directive `@{}` is not allowed on a fragment's definition",
                    directive.node.name.node
                ),
            ));
        }
    }
    Ok(inline_fragments(document))
}

impl Size {
    fn add(&mut self, other: Self) {
        self.selections = self.selections.saturating_add(other.selections);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.depth = self.depth.max(other.depth);
        self.sets = self.sets.max(other.sets);
    }

    fn check(&self) -> Result<(), ApiError> {
        let checks = [
            (self.depth, limits::DEPTH, "levels of fields"),
            (self.sets, limits::NESTING, "levels of fragments and fields"),
            (self.selections, limits::COMPLEXITY, "fields and fragments"),
            (self.bytes, limits::ARGUMENTS, "bytes of arguments"),
        ];
        for (has, limit, of) in checks {
            if has > limit {
                return Err(limit_exceeded("document", has, limit, of));
            }
        }
        Ok(())
    }
}

impl<'a> Checker<'a> {
    fn set(&mut self, set: &'a Positioned<SelectionSet>) -> Result<Size, ApiError> {
        let mut sum = Size::default();
        for item in &set.node.items {
            let mut size = match &item.node {
                Selection::Field(field) => {
                    if field.node.alias.is_some() {
                        self.aliases += 1;
                        if self.aliases > limits::ALIASES {
                            return Err(limit_exceeded(
                                "document",
                                self.aliases,
                                limits::ALIASES,
                                "aliases",
                            ));
                        }
                    }
                    let mut size = self.set(&field.node.selection_set)?;
                    size.depth += 1;
                    for (_, value) in &field.node.arguments {
                        let bytes = self.variables.of(&value.node);
                        size.bytes = size.bytes.saturating_add(bytes);
                    }
                    size
                }
                Selection::InlineFragment(inline) => self.set(&inline.node.selection_set)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name)?,
            };
            size.selections = size.selections.saturating_add(1);
            size.bytes = size
                .bytes
                .saturating_add(self.directives(item.node.directives()));
            sum.add(size);
            sum.check()?;
        }
        if !set.node.items.is_empty() {
            sum.sets += 1;
        }
        sum.check()?;
        Ok(sum)
    }

    fn directives(&self, directives: &[Positioned<Directive>]) -> usize {
        directives
            .iter()
            .flat_map(|directive| &directive.node.arguments)
            .map(|(_, value)| self.variables.of(&value.node))
            .fold(0, usize::saturating_add)
    }

    fn fragment(&mut self, name: &Positioned<Name>) -> Result<Size, ApiError> {
        let Some((key, fragment)) = self.fragments.get_key_value(&name.node) else {
            return Err(at(
                name.pos,
                format!("There is no fragment `{}` in this document", name.node),
            ));
        };
        match self.seen.get(key.as_str()) {
            Some(Seen::Done(size)) => return Ok(*size),
            Some(Seen::Open) => {
                return Err(at(
                    fragment.pos,
                    format!("The fragment `{key}` contains itself"),
                ));
            }
            None => {}
        }
        let open = self.seen.values();
        let open = open.filter(|seen| matches!(seen, Seen::Open)).count();
        if open >= limits::FRAGMENTS {
            return Err(limit_exceeded(
                "document",
                open + 1,
                limits::FRAGMENTS,
                "fragments inside fragments",
            ));
        }
        self.seen.insert(key, Seen::Open);
        let size = self.set(&fragment.node.selection_set)?;
        self.seen.insert(key, Seen::Done(size));
        Ok(size)
    }
}

/// Replaces each fragment spread by an inline fragment. The document must have passed the checks:
/// its expanded size is within the limits, and no fragment contains itself.
fn inline_fragments(mut document: ExecutableDocument) -> ExecutableDocument {
    let fragments = std::mem::take(&mut document.fragments);
    if fragments.is_empty() {
        return document;
    }
    let expand = |operation: &mut Positioned<OperationDefinition>| {
        expand(&mut operation.node.selection_set.node, &fragments);
    };
    match &mut document.operations {
        DocumentOperations::Single(operation) => expand(operation),
        DocumentOperations::Multiple(operations) => operations.values_mut().for_each(expand),
    }
    document
}

fn expand(set: &mut SelectionSet, fragments: &Fragments) {
    for item in &mut set.items {
        let spread = match &mut item.node {
            Selection::Field(field) => {
                expand(&mut field.node.selection_set.node, fragments);
                continue;
            }
            Selection::InlineFragment(inline) => {
                expand(&mut inline.node.selection_set.node, fragments);
                continue;
            }
            Selection::FragmentSpread(spread) => spread,
        };
        let Some(fragment) = fragments.get(&spread.node.fragment_name.node) else {
            continue;
        };
        let mut inline = InlineFragment {
            type_condition: Some(fragment.node.type_condition.clone()),
            directives: std::mem::take(&mut spread.node.directives),
            selection_set: fragment.node.selection_set.clone(),
        };
        expand(&mut inline.selection_set.node, fragments);
        let pos = spread.pos;
        item.node = Selection::InlineFragment(Positioned::new(inline, pos));
    }
}

fn at(pos: async_graphql::Pos, message: String) -> ApiError {
    ApiError::new(ErrorCode::InvalidInput, message).at(vec![pos])
}
