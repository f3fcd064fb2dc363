//! Renames a stage, with everything that refers to it.

use types::ErrorCode;

use super::values::parsed;
use crate::{
    diagnostic::shown,
    edit::{
        Edit, EditError, Step,
        refer::{Changed, Names, Rename, renamed},
        sheet::{Sheet, id_of, stage_of},
        tree::{Container, Docs},
    },
    model::wrong_id,
    source::quote,
};

impl Sheet<'_> {
    /// Renames a stage.
    pub fn rename_stage(&mut self, id: &str, to: &str) -> Result<Vec<Edit>, EditError> {
        let number = self.stage("stage", id)?;
        if id == to {
            return Ok(Vec::new());
        }
        if let Some(what) = wrong_id(to) {
            let message = format!("the stage id `{}` {what}", shown(to));
            return Err(EditError::new(ErrorCode::InvalidValue, message)
                .field("to")
                .help("use letters, digits, `-` and `_`"));
        }
        if self.has(to) {
            let message = format!("there is a stage `{}` already", shown(to));
            return Err(EditError::new(ErrorCode::DuplicateStage, message)
                .field("to")
                .help("choose another id"));
        }
        let mut stages = self.mentioning(id);
        stages.extend(self.mentioning(to));
        stages.push(number);
        stages.sort_unstable();
        stages.dedup();
        let (before, mut after) = self.names();
        after.swap_remove(id);
        after.insert(to.to_owned(), number);
        let found = self.references(
            &stages,
            &Rename {
                old: id,
                new: to,
                before: &before,
                after: &after,
            },
        );
        // Kept for the next rename; not needed if this one fails.
        let mut before = before;
        before.swap_remove(id);
        before.insert(to.to_owned(), number);
        self.names = Some((before, after));
        for (stage, changes) in found? {
            for change in changes {
                self.put(stage, &change.path, &change.text);
            }
            self.touch(stage);
        }
        self.put(number, &[Step::from("id")], &quote(to));
        self.touch(number);
        let output = self.top("output_stage_id").and_then(|view| view.text());
        if output.is_some_and(|output| output == id)
            && let Some(at) = self.root.named("output_stage_id")
        {
            let item = parsed(&mut self.docs, &quote(to));
            self.root.members[at].item = item;
        }
        self.renumber(number, id, to);
        Ok(vec![Edit::RenameStage {
            stage: to.to_owned(),
            to: id.to_owned(),
        }])
    }

    /// The ids of all stages, twice: as they are, and to become those after the rename.
    fn names(&mut self) -> (Names, Names) {
        if let Some(names) = self.names.take() {
            return names;
        }
        let mut names = Names::new();
        for (number, view) in self.each() {
            if let Some(id) = id_of(view) {
                names.entry(id).or_insert(number);
            }
        }
        (names.clone(), names)
    }

    fn references(
        &self,
        stages: &[u32],
        rename: &Rename<'_>,
    ) -> Result<Vec<(u32, Vec<Changed>)>, EditError> {
        let mut out = Vec::new();
        for stage in stages {
            if let Some(view) = self.view(*stage) {
                out.push((*stage, renamed(view, self.registry, rename)?));
            }
        }
        Ok(out)
    }

    /// Replaces the text of a value of a stage that exists.
    fn put(&mut self, stage: u32, path: &[Step], text: &str) {
        let Self {
            docs, root, style, ..
        } = self;
        if let Some((container, _)) = stage_of(docs, style, root, stage) {
            put(docs, container, path, text);
        }
    }
}

/// Replaces the text of a value that exists.
pub(in crate::edit) fn put(
    docs: &mut Docs,
    mut container: &mut Container,
    path: &[Step],
    text: &str,
) {
    let new = parsed(docs, text);
    let Some((last, outside)) = path.split_last() else {
        return;
    };
    for step in outside {
        let Some(index) = container.find(step) else {
            return;
        };
        let Some(next) = docs.open(&mut container.members[index].item) else {
            return;
        };
        container = next;
    }
    if let Some(index) = container.find(last) {
        container.members[index].item = new;
    }
}
