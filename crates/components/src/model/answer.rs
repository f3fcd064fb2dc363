//! Finding the JSON in a model's answer: as a whole, in a fence, or amid other text.

use serde_json::Value;

/// The first JSON object (or list) in a text; `None` when there is none.
pub fn find_json(text: &str) -> Option<Value> {
    let text = text.trim();
    if let Some(found) = read(text) {
        return Some(found);
    }
    if let Some(found) = fenced(text).and_then(read) {
        return Some(found);
    }
    // At each opening bracket: does a value begin there? Only the first few are tried, so that a
    // long text full of brackets costs no more than a few passes.
    text.match_indices(['{', '[']).take(64).find_map(|(at, _)| {
        let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>();
        values.next()?.ok().filter(is_structure)
    })
}

fn read(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(is_structure)
}

fn is_structure(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

/// The inside of the first fence.
fn fenced(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("```")?;
    let (_, rest) = rest.split_once('\n')?;
    rest.split_once("```").map(|(inside, _)| inside.trim())
}
