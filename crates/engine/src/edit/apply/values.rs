//! Writes values into a text: new ones like their surroundings, others over those that were there.

use std::collections::HashMap;

use crate::{
    Map, Value,
    edit::{
        EditError, Layout,
        gaps::Hints,
        style::{Around, Gaps, Style},
        tree::{Container, Docs, Item, Key, Member},
    },
    source::{Document, Kind, quote},
};

/// A value that is to be added to an object or list.
pub(in crate::edit) struct New<'a> {
    pub value: &'a Value,
    /// Its key in an object.
    pub key: Option<&'a str>,
    pub layout: &'a Layout,
    /// Whether it is the value that the layout's text is for, and not an object made around it.
    pub whole: bool,
}

/// A new member, written.
pub(in crate::edit) struct Made {
    text: String,
    key: Option<Key>,
    gaps: Gaps,
}

impl Made {
    /// Writes a new member like its surroundings.
    pub fn new(
        docs: &Docs,
        style: &Style,
        container: &Container,
        around: &Around,
        new: &New<'_>,
    ) -> Self {
        let (value, layout) = (new.value, new.layout);
        let hint = layout.text.as_deref().filter(|_| new.whole);
        // A list's items are written like the first one.
        let first = container.members.first().filter(|_| !container.object);
        let multi = match first.map(|first| docs.view(&first.item)) {
            Some(first) if first.text().is_none() => first.raw().contains('\n'),
            _ => around.multi,
        };
        let key = new.key.map(|name| {
            let own = style.key(docs, container, name);
            let text = layout.key.as_deref().filter(|key| is_key(key, name));
            Key {
                name: name.into(),
                text: text.unwrap_or(&own).into(),
            }
        });
        let flat = !container.object && value.as_str().is_some();
        Self {
            text: hint
                .and_then(|text| given(text, value))
                .unwrap_or_else(|| style.value(value, around, multi)),
            key,
            gaps: style.gaps(docs, container, around, flat),
        }
    }

    /// About how many bytes it has besides its value.
    fn blanks(&self) -> usize {
        self.gaps.between.len() + self.key.as_ref().map_or(0, |key| key.name.len()) + 8
    }

    /// As a member that is no stage.
    fn member(self, docs: &mut Docs) -> Member {
        Member {
            key: self.key,
            item: parsed(docs, &self.text),
            stage: 0,
        }
    }

    /// Adds it. `stage` is the number of a stage, and 0 for anything else.
    pub fn insert(
        self,
        docs: &mut Docs,
        container: &mut Container,
        index: usize,
        layout: &Layout,
        stage: u32,
    ) -> Option<String> {
        let member = Member {
            key: self.key,
            item: parsed(docs, &self.text),
            stage,
        };
        container.insert(docs, index, member, self.gaps, layout)
    }
}

/// The text of a layout, without the blanks around it, if it has this value.
pub(in crate::edit) fn given(text: &str, value: &Value) -> Option<String> {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    let document = Document::parse(text).ok()?;
    (!text.starts_with('\u{feff}') && document.root().value() == *value).then(|| text.to_owned())
}

/// Whether a text is this key with a colon and blanks.
fn is_key(text: &str, name: &str) -> bool {
    let object = format!("{{{text}0}}");
    let Ok(document) = Document::parse(object.as_str()) else {
        return false;
    };
    let root = document.root();
    let mut fields = root.children();
    let first = fields.next();
    text.starts_with('"')
        && first.is_some_and(|first| first.key().is_some_and(|key| key == name))
        && first.is_some_and(|first| first.raw() == "0" && first.span().end + 1 == object.len())
        && fields.next().is_none()
}

/// Adds a text that is JSON; anything else becomes null, which cannot happen.
pub(in crate::edit) fn parsed(docs: &mut Docs, text: &str) -> Item {
    let document = Document::parse(text).or_else(|_| Document::parse("null"));
    document.map_or_else(
        |_| Item::Open(Box::new(Container::empty(true))),
        |document| docs.add(document),
    )
}

/// Replaces a value. Returns the old one, with its text if it cannot be told from the value; `None`
/// if nothing changed.
pub(in crate::edit) fn replace(
    docs: &mut Docs,
    style: &Style,
    item: &mut Item,
    around: &Around,
    value: &Value,
    layout: &Layout,
) -> Result<Option<(Value, Option<String>)>, EditError> {
    let view = docs.view(item);
    let (old, raw) = (view.value(), view.raw().into_owned());
    let text = layout.text.as_deref().and_then(|text| given(text, value));
    if text.as_ref().map_or(old == *value, |text| *text == raw) {
        return Ok(None);
    }
    let plain = match &old {
        Value::Str(text) => quote(text) == raw,
        Value::List(_) | Value::Map(_) => false,
        scalar => scalar.to_json() == raw,
    };
    match (text, value) {
        (Some(text), _) => *item = parsed(docs, &text),
        (None, Value::Map(fields)) if matches!(old, Value::Map(_)) => {
            assign(docs, style, item, around, fields)?;
        }
        (None, value) => {
            let nested = matches!(old, Value::List(_) | Value::Map(_));
            let multi = if nested {
                raw.contains('\n')
            } else {
                around.multi
            };
            let text = style.value(value, around, multi);
            *item = parsed(docs, &text);
        }
    }
    Ok(Some((old, (!plain).then_some(raw))))
}

/// Gives an object other fields; those that stay the same keep their text. A field that is new
/// follows the one before it.
fn assign(
    docs: &mut Docs,
    style: &Style,
    item: &mut Item,
    around: &Around,
    fields: &Map,
) -> Result<(), EditError> {
    let none = Layout::default();
    let Some(container) = docs.open(item) else {
        return Ok(());
    };
    let around = style.inside(docs, container, around);
    let value_of = |member: &Member| fields.get(&*member.key.as_ref()?.name);
    container.keep(|member| value_of(member).is_some());
    for member in &mut container.members {
        docs.not_full()?;
        if let Some(value) = value_of(member) {
            replace(docs, style, &mut member.item, &around, value, &none)?;
        }
    }
    if container.members.len() == fields.len() {
        return Ok(());
    }
    let mut new = Vec::new();
    {
        let keys = container.members.iter().zip(1..);
        let places: HashMap<&str, usize> = keys
            .filter_map(|(member, next)| Some((&*member.key.as_ref()?.name, next)))
            .collect();
        let mut at = 0;
        for (key, value) in fields {
            if let Some(next) = places.get(&**key) {
                at = *next;
                continue;
            }
            let added = New {
                value,
                key: Some(key),
                layout: &none,
                whole: true,
            };
            let made = Made::new(docs, style, container, &around, &added);
            docs.spend(made.blanks())?;
            new.push((at, made.member(docs)));
        }
    }
    new.sort_by_key(|(at, _)| *at);
    container.weave(docs, style, &around, new);
    Ok(())
}

/// How a removed field was written.
pub(super) fn written(
    docs: &Docs,
    style: &Style,
    container: &Container,
    member: &Member,
    hints: Hints,
) -> Layout {
    let view = docs.view(&member.item);
    let raw = view.raw();
    let plain = match view.kind() {
        Kind::List | Kind::Object => false,
        Kind::Text => view.text().is_some_and(|text| quote(&text) == raw),
        _ => view.value().to_json() == raw,
    };
    let key = member.key.as_ref().and_then(|key| {
        let text = docs.text(&key.text);
        let sure = !container.members.is_empty();
        (!sure || style.key(docs, container, &key.name) != text).then(|| text.to_owned())
    });
    Layout {
        text: (!plain).then(|| raw.into_owned()),
        key,
        before: hints.before,
        after: hints.after,
        gap: None,
        prune: 0,
    }
}
