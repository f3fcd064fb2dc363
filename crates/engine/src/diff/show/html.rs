//! A difference as a page of its own: both sides beside each other, without scripts and without
//! anything from elsewhere.

use super::{
    Names,
    lines::{Mark, marked, words},
    plain::{lines, one_line, printable, remarks},
};
use crate::{
    Value,
    diff::difference::{Difference, FieldChange, StageEntry},
};

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#d0d7de;--old:#ffebe9;--new:#dafbe1;--old-word:#ffb8b0;\
--new-word:#94e8a8;--dim:#59636e}\
@media(prefers-color-scheme:dark){:root{--line:#3d444d;--old:#3c1618;--new:#12301c;\
--old-word:#8e2a2e;--new-word:#1f6b36;--dim:#9198a1}}\
body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem}\
h1{font-size:1.25rem}h2{font-size:1rem;margin:2rem 0 .5rem}p{margin:.25rem 0}\
.dim{color:var(--dim)}table{border-collapse:collapse;table-layout:fixed;width:100%}\
th,td{border:1px solid var(--line);padding:.25rem .5rem;text-align:left;vertical-align:top}\
th{width:16%;overflow-wrap:anywhere}td{width:42%}\
pre{font:12px/1.5 ui-monospace,monospace;margin:0;overflow-wrap:anywhere;white-space:pre-wrap}\
.old{background:var(--old)}.new{background:var(--new)}\
del{background:var(--old-word);text-decoration:none}ins{background:var(--new-word);text-decoration:none}";

/// The difference as an HTML page.
pub fn html(difference: &Difference, names: Names<'_>) -> String {
    let (before, after) = (escaped(names.before), escaped(names.after));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{before} → {after}</title>\n<style>{STYLE}</style>\n\
         <h1>{before} → {after}</h1>\n<p>{}.</p>\n",
        escaped(&difference.summary())
    );
    if !difference.fields.is_empty() {
        out.push_str("<h2>Pipeline</h2>\n");
        table(&mut out, &difference.fields, &before, &after);
    }
    for stage in &difference.removed {
        one_sided(&mut out, stage, true, &before, &after);
    }
    for stage in &difference.added {
        one_sided(&mut out, stage, false, &before, &after);
    }
    for stage in &difference.changed {
        let id = escaped(&stage.id.after);
        let component = escaped(&stage.component.after);
        let renamed = if stage.is_renamed() {
            format!(", renamed from {}", escaped(&stage.id.before))
        } else {
            String::new()
        };
        out.push_str(&format!(
            "<h2>Stage {id} <span class=\"dim\">({component}){renamed}</span></h2>\n"
        ));
        for remark in remarks(stage) {
            out.push_str(&format!("<p>{}</p>\n", escaped(&sentence(&remark))));
        }
        if !stage.fields.is_empty() {
            table(&mut out, &stage.fields, &before, &after);
        }
    }
    out.push_str("</html>\n");
    out
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

/// A stage that only one file has.
fn one_sided(out: &mut String, stage: &StageEntry, removed: bool, before: &str, after: &str) {
    let what = if removed { "removed" } else { "added" };
    let (id, component) = (escaped(&stage.id), escaped(&stage.component));
    out.push_str(&format!(
        "<h2>Stage {id} <span class=\"dim\">({component}), {what}</span></h2>\n"
    ));
    let fields: Vec<FieldChange> = stage
        .stage
        .as_map()
        .into_iter()
        .flatten()
        .map(|(key, value)| {
            let value = Some(value.clone());
            let (before, after) = if removed {
                (value, None)
            } else {
                (None, value)
            };
            FieldChange {
                field: key.to_string(),
                before,
                after,
                follows_rename: false,
            }
        })
        .collect();
    table(out, &fields, before, after);
}

fn table(out: &mut String, fields: &[FieldChange], before: &str, after: &str) {
    out.push_str(&format!(
        "<table>\n<tr><th>Field<th style=\"width:42%\">{before}<th style=\"width:42%\">{after}\n"
    ));
    for change in fields {
        let (old, new) = sides(change.before.as_ref(), change.after.as_ref());
        let note = if change.follows_rename {
            "<br><span class=\"dim\">follows the renaming</span>"
        } else {
            ""
        };
        out.push_str(&format!(
            "<tr><th scope=\"row\">{}{note}<td class=\"old\">{old}<td class=\"new\">{new}\n",
            escaped(&change.field)
        ));
    }
    out.push_str("</table>\n");
}

/// Both values, with what differs marked.
fn sides(before: Option<&Value>, after: Option<&Value>) -> (String, String) {
    let (Some(before), Some(after)) = (before, after) else {
        let whole = |value: Option<&Value>| match value {
            Some(value) => format!("<pre>{}</pre>", escaped(&lines(value).join("\n"))),
            None => "<span class=\"dim\">nothing</span>".to_owned(),
        };
        return (whole(before), whole(after));
    };
    let text = |value: &Value| match value.as_str() {
        Some(_) => lines(value).join("\n"),
        None => one_line(value),
    };
    let (old, new) = (text(before), text(after));
    let pieces = marked(&words(&old), &words(&new));
    let side = |other: Mark, tag: &str| {
        let mut out = String::from("<pre>");
        for (mark, piece) in pieces.iter().filter(|(mark, _)| *mark != other) {
            let piece = escaped_as_it_is(piece);
            if *mark == Mark::Same {
                out.push_str(&piece);
            } else {
                out.push_str(&format!("<{tag}>{piece}</{tag}>"));
            }
        }
        out + "</pre>"
    };
    (side(Mark::New, "del"), side(Mark::Old, "ins"))
}

/// The text for HTML, with control characters as escapes.
fn escaped(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(printable).collect();
    escaped_as_it_is(&lines.join("\n"))
}

fn escaped_as_it_is(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
