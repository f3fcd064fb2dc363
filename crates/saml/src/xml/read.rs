//! Reading elements: by namespace and name, once, and text only as text.

use chrono::{DateTime, Utc};
use roxmltree::Node;

use crate::{Refusal, RefusalKind, refusal::quoted};

const ONCE: &str = "This is not what an identity provider sends; look for somebody who changes \
    its messages on their way";
const TEXT: &str = "Configure the provider to send the value as plain text";
const TIME: &str = "Configure the provider to send the time in UTC, such as `2026-01-31T12:00:00Z`";

/// Whether it is this element.
pub(crate) fn is(node: Node<'_, '_>, namespace: &str, name: &str) -> bool {
    node.is_element() && node.tag_name() == (namespace, name).into()
}

/// The value of an attribute without a namespace; the parser's own search ignores namespaces.
pub(crate) fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attributes()
        .find(|attribute| attribute.namespace().is_none() && attribute.name() == name)
        .map(|attribute| attribute.value())
}

/// The children with this name.
pub(crate) fn children<'a, 'i: 'a>(
    node: Node<'a, 'i>,
    namespace: &'a str,
    name: &'a str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children()
        .filter(move |child| is(*child, namespace, name))
}

/// The only child with this name, if there is one.
pub(crate) fn child<'a, 'i: 'a>(
    node: Node<'a, 'i>,
    namespace: &'a str,
    name: &'a str,
    field: &'static str,
) -> Result<Option<Node<'a, 'i>>, Refusal> {
    let mut all = children(node, namespace, name);
    let first = all.next();
    match all.next() {
        None => Ok(first),
        Some(_) => {
            let problem = format!("The element `{field}` is there more than once");
            Err(Refusal::new(RefusalKind::Layout, field, problem, ONCE))
        }
    }
}

/// The text of an element without the spaces around it. Comments, instructions and elements inside
/// would make different readers see different texts.
pub(crate) fn text(node: Node<'_, '_>, field: &'static str) -> Result<String, Refusal> {
    if node.children().any(|child| !child.is_text()) {
        let problem = format!("The field `{field}` must contain only text");
        return Err(Refusal::new(RefusalKind::Text, field, problem, TEXT));
    }
    let whole: String = node.children().filter_map(|child| child.text()).collect();
    // Other spaces than those of XML may be a part of a name.
    let text = whole.trim_matches([' ', '\t', '\r', '\n']);
    if text.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        let problem = format!("The field `{field}` contains a control character");
        return Err(Refusal::new(RefusalKind::Text, field, problem, TEXT));
    }
    Ok(text.to_owned())
}

/// The time in an attribute, if it is there.
pub(crate) fn time(
    node: Node<'_, '_>,
    name: &str,
    field: &'static str,
) -> Result<Option<DateTime<Utc>>, Refusal> {
    let Some(text) = attribute(node, name) else {
        return Ok(None);
    };
    match DateTime::parse_from_rfc3339(text.trim()) {
        Ok(time) => Ok(Some(time.to_utc())),
        Err(_) => {
            let problem = format!("The field `{field}` is not a time: {}", quoted(text));
            Err(Refusal::new(RefusalKind::Time, field, problem, TIME).sent(text))
        }
    }
}
