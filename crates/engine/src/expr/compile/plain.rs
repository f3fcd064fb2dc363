//! A fast path for the most frequent expressions, fixed paths: `input.a.b[0]`,
//! `upstream.fetch-data.body`, `context.item`. Works without the parser, and leaves anything else
//! to it.

use std::sync::Arc;

use super::Compiler;
use crate::expr::{
    ExprError, Root,
    node::{Kind, Node, Part, Path, Start},
};

/// Longer paths are left to the parser.
const MAX_PARTS: usize = 32;

impl Compiler<'_> {
    /// The compiled path; `None` if the text is not certainly a valid one.
    pub(super) fn plain(&mut self, text: &str) -> Result<Option<Node>, ExprError> {
        let trimmed = text.trim_matches(' ');
        let place = text.len() - text.trim_start_matches(' ').len();
        let root_end = trimmed.find(['.', '[']).unwrap_or(trimmed.len());
        let (root, rest) = trimmed.split_at(root_end);
        let known = matches!(root, "input" | "upstream" | "context");
        if !known || self.names.locals.contains(&root) || self.names.any_local {
            return Ok(None);
        }
        let (stage, rest) = match root {
            "upstream" => match self.stage(rest) {
                Some((id, rest)) => (Some(id), rest),
                None => return Ok(None),
            },
            _ => (None, rest),
        };
        let Some(mut parts) = parts(rest) else {
            return Ok(None);
        };
        let (start, shown): (Start, Arc<str>) = match root {
            "input" => {
                self.read(Root::Input, None, &parts, place);
                (Start::Input, Arc::from(root))
            }
            "context" => {
                if !matches!(parts.first(), Some(Part::Field(_))) {
                    return Ok(None);
                }
                self.named_root(Root::Context, place, &mut parts)?
            }
            _ => {
                parts.splice(0..0, stage.map(|id| Part::Field(Arc::from(id))));
                self.upstream(place, &mut parts)?
            }
        };
        Ok(Some(Node {
            at: u32::try_from(place).unwrap_or(u32::MAX),
            kind: Kind::Path(Box::new(Path {
                start,
                shown,
                parts,
                lenient: false,
            })),
        }))
    }

    /// The stage id after `upstream`, if the whole part is one, and the rest.
    fn stage<'t>(&self, rest: &'t str) -> Option<(&'t str, &'t str)> {
        let rest = rest.strip_prefix('.')?;
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (id, rest) = rest.split_at(end);
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        (id.bytes().all(word) && self.names.stages.contains_key(id)).then_some((id, rest))
    }
}

/// Parses `.name` and `[0]` up to the end of the text.
fn parts(mut rest: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    while let Some(first) = rest.bytes().next() {
        if parts.len() == MAX_PARTS {
            return None;
        }
        let inner = &rest[1..];
        if first == b'[' {
            let (digits, after) = inner.split_once(']')?;
            let canonical = digits == "0" || !digits.starts_with('0');
            if digits.is_empty()
                || digits.len() > 9
                || !canonical
                || !digits.bytes().all(|b| b.is_ascii_digit())
            {
                return None;
            }
            parts.push(Part::Index(digits.parse().ok()?));
            rest = after;
            continue;
        }
        let end = inner.find(['.', '[']).unwrap_or(inner.len());
        let (name, after) = inner.split_at(end);
        let starts = |b: u8| b.is_ascii_alphabetic() || b == b'_';
        let plain = name.bytes().all(|b| starts(b) || b.is_ascii_digit());
        if first != b'.' || !name.bytes().next().is_some_and(starts) || !plain {
            return None;
        }
        parts.push(Part::Field(Arc::from(name)));
        rest = after;
    }
    Some(parts)
}
