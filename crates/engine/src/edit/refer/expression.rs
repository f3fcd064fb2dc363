//! Renames a stage in an expression, and proves that the expression still reads the same.

use std::ops::Range;

use indexmap::IndexMap;
use types::ErrorCode;

use super::{
    Rename,
    tokens::{Form, Named, named},
};
use crate::{
    diagnostic::shown,
    edit::EditError,
    expr::{self, Expr, Root},
    template::{Piece, cut, whole_expression},
};

/// The ids of the stages with their numbers.
pub(in crate::edit) type Names = IndexMap<String, u32>;

/// A replacement in a text.
pub(super) type Change = (Range<usize>, String);

/// The replacements that rename a stage in a text. `whole`: the text is one expression.
pub(super) fn changes(
    text: &str,
    whole: bool,
    rename: &Rename<'_>,
    locals: &[&str],
) -> Result<Vec<Change>, EditError> {
    if !text.contains(rename.old) && !text.contains(rename.new) {
        return Ok(Vec::new());
    }
    if whole {
        let (start, code) = whole_expression(text);
        return of_code(&code, rename, locals).map(|all| moved(all, start));
    }
    let mut out = Vec::new();
    for piece in cut(text).unwrap_or_default() {
        if let Piece::Template(code, start) = piece {
            out.extend(moved(of_code(code, rename, locals)?, start));
        }
    }
    Ok(out)
}

fn moved(changes: Vec<Change>, by: usize) -> Vec<Change> {
    let moved = |(range, new): Change| (range.start + by..range.end + by, new);
    changes.into_iter().map(moved).collect()
}

/// The replacements in one expression.
fn of_code(code: &str, rename: &Rename<'_>, locals: &[&str]) -> Result<Vec<Change>, EditError> {
    if !code.contains(rename.old) && !code.contains(rename.new) {
        return Ok(Vec::new());
    }
    let known = |id: &str| rename.before.contains_key(id);
    let places = named(code, 0..code.len(), rename.old, &known);
    let before = reads(code, rename.before, locals);
    let number = rename.before.get(rename.old).copied();
    let is_read = |place: &Named| match (&place.form, &before, number) {
        (Form::Dotted(_) | Form::Literal, ..) => true,
        // Whether a name on its own is the stage, the compiler knows.
        (Form::Bare, Some(reads), Some(number)) => reads.iter().any(|read| {
            read.root == Root::Upstream(number)
                && (place.in_fstring || read.offset == place.range.start)
        }),
        (Form::Bare, ..) => code
            .get(place.range.end..)
            .is_some_and(|rest| rest.starts_with(".output")),
    };
    let places: Vec<Named> = places.into_iter().filter(is_read).collect();
    // The shortest spelling first, then those that are always understood.
    for spelling in [Spelling::Same, Spelling::Rooted, Spelling::Literal] {
        let changes: Vec<Change> = places
            .iter()
            .map(|place| change(code, place, rename.new, spelling))
            .collect();
        let Some(before) = &before else {
            // It could not be run before; it need not be proven.
            return Ok(changes);
        };
        let after = reads(&applied(code, &changes), rename.after, locals);
        let same = after.is_some_and(|after| same(before, &after));
        if same {
            return Ok(changes);
        }
    }
    let message = format!(
        "the expression `{}` would not read the same with the name `{}`",
        shown(code.trim()),
        shown(rename.new)
    );
    Err(EditError::new(ErrorCode::Unsupported, message)
        .help("choose another id, or write the expression differently first"))
}

/// How a stage is named after the change.
#[derive(Clone, Copy, PartialEq)]
enum Spelling {
    /// As before.
    Same,
    /// As before; a name on its own gets a root.
    Rooted,
    /// As a literal in brackets.
    Literal,
}

fn change(code: &str, place: &Named, new: &str, spelling: Spelling) -> Change {
    let literal = |range: &Range<usize>| {
        // An f-string's own quotes cannot be used inside it.
        let quote = if place.in_fstring && inside_single(code, range.start) {
            '"'
        } else {
            '\''
        };
        format!("[{quote}{new}{quote}]")
    };
    let range = place.range.clone();
    match (&place.form, spelling) {
        (Form::Literal, _) => (range, new.to_owned()),
        (Form::Dotted(dot), Spelling::Literal) => (*dot..range.end, literal(&range)),
        (Form::Dotted(_), _) | (Form::Bare, Spelling::Same) => (range, new.to_owned()),
        (Form::Bare, spelling) => {
            let rest = code.get(range.end..).unwrap_or_default().trim_start();
            let root = match rest.strip_prefix('.').map(str::trim_start) {
                Some(rest) if rest.starts_with("output") => "stages",
                _ => "upstream",
            };
            let new = match spelling {
                Spelling::Literal => format!("{root}{}", literal(&range)),
                _ => format!("{root}.{new}"),
            };
            (range, new)
        }
    }
}

/// Whether the last quote before `at` that opens an f-string is a single one.
fn inside_single(code: &str, at: usize) -> bool {
    let before = code.get(..at).unwrap_or_default();
    let opens = |quote: char| {
        let mark = |f: char| before.rfind(&format!("{f}{quote}"));
        mark('f').max(mark('F'))
    };
    opens('\'') >= opens('"')
}

fn applied(code: &str, changes: &[Change]) -> String {
    let mut out = String::with_capacity(code.len() + 16);
    let mut done = 0;
    for (range, new) in changes {
        out.push_str(code.get(done..range.start).unwrap_or_default());
        out.push_str(new);
        done = range.end;
    }
    out.push_str(code.get(done..).unwrap_or_default());
    out
}

/// What an expression reads; `None` if it does not compile.
fn reads(code: &str, names: &Names, locals: &[&str]) -> Option<Vec<expr::Read>> {
    let names = expr::Names {
        // Which variables there are does not matter here.
        any_local: true,
        locals,
        ..expr::Names::of_stages(names)
    };
    let compiled = Expr::compile(code, &names).ok()?;
    Some(compiled.reads().to_vec())
}

/// Whether two expressions read the same paths in the same order.
fn same(before: &[expr::Read], after: &[expr::Read]) -> bool {
    before.len() == after.len()
        && before
            .iter()
            .zip(after)
            .all(|(a, b)| a.root == b.root && a.path == b.path)
}
