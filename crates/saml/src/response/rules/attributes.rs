//! M07: the attributes of the person, as text.

use std::collections::BTreeMap;

use roxmltree::Node;

use crate::{
    Refusal,
    names::ASSERTION,
    xml::read::{attribute, children, text},
};

const FIELD: &str = "Assertion/AttributeStatement/Attribute/AttributeValue";

/// The values of each attribute. Values that consist of elements are left out.
pub(in crate::response) fn read(
    assertion: Node<'_, '_>,
) -> Result<BTreeMap<String, Vec<String>>, Refusal> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let statements = children(assertion, ASSERTION, "AttributeStatement");
    let attributes = statements.flat_map(|one| children(one, ASSERTION, "Attribute"));
    for (node, name) in attributes.filter_map(|node| Some((node, attribute(node, "Name")?))) {
        let values = all.entry(name.to_owned()).or_default();
        for value in children(node, ASSERTION, "AttributeValue") {
            if value.children().any(|child| child.is_element()) {
                continue;
            }
            let value = text(value, FIELD)?;
            if !value.is_empty() {
                values.push(value);
            }
        }
    }
    Ok(all)
}
