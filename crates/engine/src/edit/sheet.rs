//! A pipeline's text while edits are applied to it.

use std::collections::HashMap;

use types::ErrorCode;

use super::{
    EditError, Step,
    mentions::Mentions,
    refer::Names,
    style::{Around, Style},
    tree::{Container, Docs, Item, View},
};
use crate::{
    component::Registry,
    diagnostic::{did_you_mean, shown},
    source::{Document, Kind, Path, SyntaxError},
};

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// At the file.
    File,
    /// At the stage with this number.
    Stage(u32),
}

/// A pipeline's text while edits are applied to it.
pub(super) struct Sheet<'r> {
    pub docs: Docs,
    pub root: Container,
    pub registry: &'r Registry,
    pub style: Style,
    pub mentions: Mentions,
    /// Whether edits tell how to undo them.
    pub undoes: bool,
    /// The ids of the stages, for renames: before one, and after it.
    pub names: Option<(Names, Names)>,
    /// What stands before and after the outermost object.
    head: String,
    tail: String,
    /// The numbers of the stages with each id. More than one if the text is wrong.
    ids: HashMap<String, Vec<u32>>,
    /// The number for the next stage.
    next: u32,
}

impl<'r> Sheet<'r> {
    /// Reads a text.
    pub fn read(text: &str, registry: &'r Registry) -> Result<Self, EditError> {
        let document = Document::parse(text).map_err(|errors| syntax(&errors))?;
        Self::new(document, registry)
    }

    /// As [`Sheet::read`], for a text that is parsed already.
    pub fn new(document: Document, registry: &'r Registry) -> Result<Self, EditError> {
        let node = document.root();
        let kind = node.kind();
        if kind != Kind::Object {
            let message = format!("a pipeline file is a JSON object, not {}", kind.name());
            return Err(EditError::new(ErrorCode::WrongType, message)
                .field("$")
                .help("replace the text as a whole by an object with `name` and `stages`"));
        }
        let (text, span) = (document.text().clone(), node.span());
        let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
        let (head, tail) = (part(0, span.start), part(span.end, text.len()));
        let mut docs = Docs::default();
        let mut root = docs.add(document);
        let root = match docs.open(&mut root) {
            Some(root) => std::mem::replace(root, Container::empty(true)),
            None => Container::empty(true),
        };
        let style = Style::of(&docs, &root);
        let mut sheet = Self {
            docs,
            root,
            registry,
            style,
            mentions: Mentions::default(),
            undoes: false,
            names: None,
            head,
            tail,
            ids: HashMap::new(),
            next: 1,
        };
        sheet.number();
        Ok(sheet)
    }

    /// Numbers the stages anew.
    pub fn number(&mut self) {
        self.ids.clear();
        self.mentions = Mentions::default();
        self.names = None;
        let Self {
            docs,
            root,
            ids,
            next,
            ..
        } = self;
        let Some(stages) = stages_of(docs, root) else {
            return;
        };
        for member in &mut stages.members {
            member.stage = *next;
            *next += 1;
            if let Some(id) = docs.view(&member.item).get("id").and_then(|id| id.text()) {
                ids.entry(id.into_owned()).or_default().push(member.stage);
            }
        }
    }

    /// A number for a new stage.
    pub fn number_for(&mut self, id: &str) -> u32 {
        let number = self.next;
        self.next += 1;
        self.ids.entry(id.to_owned()).or_default().push(number);
        if let Some((before, after)) = &mut self.names {
            before.entry(id.to_owned()).or_insert(number);
            after.entry(id.to_owned()).or_insert(number);
        }
        number
    }

    /// Forgets a stage.
    pub fn forget(&mut self, id: &str, number: u32) {
        if let Some(all) = self.ids.get_mut(id) {
            all.retain(|other| *other != number);
            if all.is_empty() {
                self.ids.remove(id);
                if let Some((before, after)) = &mut self.names {
                    before.swap_remove(id);
                    after.swap_remove(id);
                }
            }
        }
    }

    /// Gives a stage another id in the index.
    pub fn renumber(&mut self, number: u32, from: &str, to: &str) {
        self.forget(from, number);
        self.ids.entry(to.to_owned()).or_default().push(number);
    }

    /// Whether a stage has this id.
    pub fn has(&self, id: &str) -> bool {
        self.ids.contains_key(id)
    }

    /// The stage with this id, if there is one and no other one has the same id.
    pub fn find(&self, id: &str) -> Option<u32> {
        match self.ids.get(id).map(Vec::as_slice) {
            Some([number]) => Some(*number),
            _ => None,
        }
    }

    /// The ids of the stages.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.keys().map(String::as_str)
    }

    /// The stage with this id.
    pub fn stage(&self, field: &str, id: &str) -> Result<u32, EditError> {
        match self.ids.get(id).map(Vec::as_slice) {
            Some([number]) => Ok(*number),
            Some(_) => Err(EditError::new(
                ErrorCode::DuplicateStage,
                format!(
                    "two stages have the id `{}`, so it is not clear which one is meant",
                    shown(id)
                ),
            )
            .field(field)
            .help("give one of them another id in the text")),
            None => {
                let error = EditError::new(
                    ErrorCode::UnknownStage,
                    format!("there is no stage `{}`", shown(id)),
                )
                .field(field);
                let mut ids: Vec<&str> = self.ids().collect();
                ids.sort_unstable();
                Err(match did_you_mean(id, ids) {
                    Some(near) => error.help(near),
                    None => error.help("name a stage by its `id`"),
                })
            }
        }
    }

    /// A view of the `stages` list; `None` if there is no such list.
    pub fn stages(&self) -> Option<&Container> {
        let at = self.root.named("stages")?;
        match &self.root.members.get(at)?.item {
            Item::Open(container) if !container.object => Some(container),
            _ => None,
        }
    }

    /// The numbers of all stages, in the order of the file.
    pub fn numbers(&self) -> Vec<u32> {
        let members = self.stages().map(|stages| stages.members.as_slice());
        members
            .unwrap_or_default()
            .iter()
            .map(|member| member.stage)
            .collect()
    }

    /// The stages in the order of the file, with their numbers.
    pub fn each(&self) -> impl Iterator<Item = (u32, View<'_>)> {
        let members = self
            .stages()
            .map_or(&[][..], |stages| stages.members.as_slice());
        let members = members.iter();
        members.map(|member| (member.stage, self.docs.view(&member.item)))
    }

    /// A stage, to look at.
    pub fn view(&self, number: u32) -> Option<View<'_>> {
        let member = self.stages()?.members.iter().find(|m| m.stage == number)?;
        Some(self.docs.view(&member.item))
    }

    /// A field of the file, to look at.
    pub fn top(&self, key: &str) -> Option<View<'_>> {
        let member = self.root.members.get(self.root.named(key)?)?;
        Some(self.docs.view(&member.item))
    }

    /// The value at a path.
    pub fn look(&self, owner: Owner, path: &[Step]) -> Option<View<'_>> {
        match (owner, path) {
            (Owner::Stage(number), path) => self.view(number)?.at(path),
            (Owner::File, [Step::Key(key), rest @ ..]) => self.top(key)?.at(rest),
            (Owner::File, _) => None,
        }
    }

    /// The id of a stage.
    pub fn id(&self, number: u32) -> Option<String> {
        id_of(self.view(number)?)
    }

    /// The whole text.
    pub fn text(&self) -> String {
        let mut out = String::with_capacity(self.head.len() + self.tail.len() + 4096);
        out.push_str(&self.head);
        self.docs.write_container(&self.root, &mut out);
        out.push_str(&self.tail);
        out
    }
}

/// The id that a stage has in the text.
pub(super) fn id_of(stage: View<'_>) -> Option<String> {
    Some(stage.get("id")?.text()?.into_owned())
}

/// The `stages` list, changeable.
pub(super) fn stages_of<'t>(docs: &Docs, root: &'t mut Container) -> Option<&'t mut Container> {
    let at = root.named("stages")?;
    let stages = docs.open(&mut root.members.get_mut(at)?.item)?;
    (!stages.object).then_some(stages)
}

/// A stage's object, changeable, with its indentation.
pub(super) fn stage_of<'t>(
    docs: &Docs,
    style: &Style,
    root: &'t mut Container,
    number: u32,
) -> Option<(&'t mut Container, Around)> {
    let outside = style.root(docs, root);
    let stages = stages_of(docs, root)?;
    let outside = style.inside(docs, stages, &outside);
    let member = stages.members.iter_mut().find(|m| m.stage == number)?;
    let stage = docs.open(&mut member.item)?;
    let around = style.inside(docs, stage, &outside);
    Some((stage, around))
}

/// The error for a text that is not JSON.
pub(super) fn syntax(errors: &[SyntaxError]) -> EditError {
    let Some(first) = errors.first() else {
        return EditError::new(ErrorCode::InvalidJson, "the text is not JSON");
    };
    let error = EditError::new(
        first.code,
        format!("the text is not JSON: {}", first.message),
    )
    .field(first.path.clone());
    match &first.help {
        Some(help) => error.help(help.clone()),
        None => error.help("mend the text first: edits apply to texts that are JSON"),
    }
}

/// A path as people write it: `$.config.prompt`.
pub(super) fn path_text(path: &[Step]) -> String {
    let mut out = Path::default();
    for step in path {
        match step {
            Step::Key(key) => out.push_key(key),
            Step::Index(at) => out.push_index(*at),
        }
    }
    out.to_string()
}
