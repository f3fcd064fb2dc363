//! Depth, aliases and the size after fragments are put in, each fragment looked at once.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};
use types::ErrorCode;

use super::too_much;
use crate::{error::ApiError, limits};

/// What a selection comes to once fragments are put in.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    fields: usize,
    depth: usize,
}

/// A fragment while it is looked at, and afterwards.
#[derive(Clone, Copy)]
enum Seen {
    Open,
    Done(Size),
}

struct Checker<'a> {
    document: &'a ExecutableDocument,
    fragments: HashMap<&'a str, Seen>,
    aliases: usize,
}

/// Refuses documents that are deeper, wider or more circular than allowed.
pub fn check(document: &ExecutableDocument) -> Result<(), ApiError> {
    let mut checker = Checker {
        document,
        fragments: HashMap::new(),
        aliases: 0,
    };
    for (_, operation) in document.operations.iter() {
        let variables = operation.node.variable_definitions.len();
        if variables > limits::VARIABLE_COUNT {
            return Err(too_much(
                "operation",
                variables,
                limits::VARIABLE_COUNT,
                "variables",
            ));
        }
        checker.selection(&operation.node.selection_set)?;
    }
    // Fragments that no operation uses are refused by validation; they are bounded here too.
    for name in document.fragments.keys() {
        checker.fragment(name)?;
    }
    Ok(())
}

impl<'a> Checker<'a> {
    fn selection(&mut self, set: &'a Positioned<SelectionSet>) -> Result<Size, ApiError> {
        let mut sum = Size::default();
        for item in &set.node.items {
            let size = match &item.node {
                Selection::Field(field) => {
                    if field.node.alias.is_some() {
                        self.aliases += 1;
                        if self.aliases > limits::ALIASES {
                            return Err(too_much(
                                "document",
                                self.aliases,
                                limits::ALIASES,
                                "aliases",
                            ));
                        }
                    }
                    let inner = self.selection(&field.node.selection_set)?;
                    Size {
                        fields: inner.fields.saturating_add(1),
                        depth: inner.depth + 1,
                    }
                }
                Selection::InlineFragment(inline) => self.selection(&inline.node.selection_set)?,
                Selection::FragmentSpread(spread) => {
                    self.fragment(&spread.node.fragment_name.node)?
                }
            };
            sum.fields = sum.fields.saturating_add(size.fields);
            sum.depth = sum.depth.max(size.depth);
        }
        if sum.depth > limits::DEPTH {
            return Err(too_much(
                "document",
                sum.depth,
                limits::DEPTH,
                "levels of fields",
            ));
        }
        if sum.fields > limits::COMPLEXITY {
            return Err(too_much(
                "document",
                sum.fields,
                limits::COMPLEXITY,
                "fields",
            ));
        }
        Ok(sum)
    }

    fn fragment(&mut self, name: &Name) -> Result<Size, ApiError> {
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
            // Unknown: validation says so, with the place.
            return Ok(Size::default());
        };
        match self.fragments.get(name.as_str()) {
            Some(Seen::Done(size)) => return Ok(*size),
            Some(Seen::Open) => {
                return Err(ApiError::new(
                    ErrorCode::InvalidInput,
                    format!("the fragment `{name}` contains itself"),
                )
                .at(vec![fragment.pos]));
            }
            None => {}
        }
        if self
            .fragments
            .values()
            .filter(|seen| matches!(seen, Seen::Open))
            .count()
            > limits::NESTING
        {
            return Err(too_much(
                "document",
                limits::NESTING + 1,
                limits::NESTING,
                "nested fragments",
            ));
        }
        self.fragments.insert(name, Seen::Open);
        let size = self.selection(&fragment.node.selection_set)?;
        self.fragments.insert(name, Seen::Done(size));
        Ok(size)
    }
}
