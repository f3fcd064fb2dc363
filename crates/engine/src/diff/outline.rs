//! A pipeline as lines, one for each field, so that tools that compare lines compare its meaning.

use super::{
    compare, parse,
    show::plain::printable,
    tree::{self, Shape, Tree},
};
use crate::{Value, component::Registry, source::Segment};

/// The pipeline as lines: first the fields of the file, then each stage. Fields are sorted, and a
/// text of several lines is written line by line. `None` if the text is not a JSON object.
pub fn outline(text: &str, registry: &Registry) -> Option<String> {
    let pipeline = parse(text, 0, registry).ok()?;
    let file = Tree::of_file(pipeline.document.root(), registry);
    let stages = file.stages();
    let mut out = String::new();
    for (key, part) in sorted(&file) {
        if key != "stages" || stages.is_none() {
            lines(part, &mut vec![Segment::Key(key.clone())], "", &mut out);
        }
    }
    for (id, stage) in stages.into_iter().flatten() {
        let component = printable(&tree::component(stage.node));
        out.push_str(&format!("\nstage {}: {component}\n", printable(id)));
        for (key, part) in sorted(stage) {
            if !matches!(key.as_str(), "id" | "type") {
                lines(part, &mut vec![Segment::Key(key.clone())], "  ", &mut out);
            }
        }
    }
    Some(out)
}

fn sorted<'t, 'a>(tree: &'t Tree<'a>) -> Vec<(&'t String, &'t Tree<'a>)> {
    let mut parts: Vec<_> = tree.fields().into_iter().flatten().collect();
    parts.sort_by(|a, b| a.0.cmp(b.0));
    parts
}

fn lines(tree: &Tree<'_>, path: &mut Vec<Segment>, indent: &str, out: &mut String) {
    let value = match &tree.shape {
        Shape::Fields(parts) if !parts.is_empty() => {
            for (key, part) in sorted(tree) {
                path.push(Segment::Key(key.clone()));
                lines(part, path, indent, out);
                path.pop();
            }
            return;
        }
        Shape::Set(parts) => {
            let mut names: Vec<&str> = parts.keys().map(String::as_str).collect();
            names.sort_unstable();
            names.into_iter().map(Value::from).collect()
        }
        _ => tree.value(),
    };
    let name = printable(&compare::name(path));
    match value.as_str() {
        Some(text) if text.contains('\n') => {
            out.push_str(&format!("{indent}{name}:\n"));
            for line in text.split('\n') {
                out.push_str(&format!("{indent}  | {}\n", printable(line)));
            }
        }
        _ => out.push_str(&format!(
            "{indent}{name}: {}\n",
            printable(&value.to_json())
        )),
    }
}
