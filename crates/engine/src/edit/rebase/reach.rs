//! What an edit changes, and what it counts on.

use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

use super::trace::Names;
use crate::{
    Value,
    edit::{
        Branch, Edit, Place, Step,
        apply::lists::Entries,
        refer::{ids, lists},
        sheet::{Owner, Sheet, id_of},
        tree::Docs,
    },
    source::Document,
};

/// A place that an edit changes, with the ids of the base.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    pub place: Place,
    /// The fields that hold a list of entries: the stage, and the way to the list.
    pub within: Vec<(String, Vec<Step>)>,
    /// The stages that the edit names in `depends_on`, in a list or as the output, and that must
    /// exist therefore.
    pub names: Vec<String>,
}

impl Reach {
    fn of(place: Place) -> Self {
        Self {
            place,
            within: Vec::new(),
            names: Vec::new(),
        }
    }
}

/// What an edit of this text changes.
pub(super) fn reach(sheet: &Sheet<'_>, edit: &Edit, names: &Names) -> Vec<Reach> {
    let stage_place = |id: &str| {
        Reach::of(Place::Stage {
            stage: names.base(id),
        })
    };
    match edit {
        Edit::AddStage { value, .. } => {
            let id = value.get("id").and_then(Value::as_str).unwrap_or_default();
            let mut reach = stage_place(id);
            reach.names = named_by(sheet, value)
                .iter()
                .map(|id| names.base(id))
                .collect();
            vec![reach]
        }
        Edit::RemoveStage { stage, .. } => vec![stage_place(stage)],
        Edit::RenameStage { stage, to } => {
            let id = Place::Id {
                stage: names.base(stage),
            };
            // The new id is taken.
            let claim = Place::Stage { stage: to.clone() };
            vec![Reach::of(id), Reach::of(claim)]
        }
        Edit::ReorderStage { stage, .. } => vec![Reach::of(Place::Order {
            stage: names.base(stage),
        })],
        Edit::MoveStage { stage, into, .. } => {
            let mut reach = Reach::of(Place::Member {
                stage: names.base(stage),
                list: None,
            });
            let lists = holders(sheet, stage);
            let lists = lists.iter().chain(into);
            reach.within = lists
                .filter_map(|list| within(sheet, list, names))
                .collect();
            reach.names.push(names.base(stage));
            vec![reach]
        }
        Edit::Include {
            stage,
            into: branch,
            ..
        }
        | Edit::Exclude {
            stage,
            from: branch,
            ..
        } => {
            let mut reach = Reach::of(Place::Member {
                stage: names.base(stage),
                list: Some(Branch {
                    control: names.base(&branch.control),
                    ..branch.clone()
                }),
            });
            reach.within.extend(within(sheet, branch, names));
            vec![reach]
        }
        Edit::Connect { stage, on, .. } | Edit::Disconnect { stage, on, .. } => {
            let mut reach = Reach::of(Place::Dependency {
                stage: names.base(stage),
                on: names.base(on),
            });
            let path = vec![Step::from("depends_on")];
            reach.within.push((names.base(stage), path));
            vec![reach]
        }
        Edit::SetField {
            stage, path, value, ..
        } => {
            let mut reach = field(sheet, stage.as_deref(), path, names);
            let named = match (stage, path.as_slice()) {
                (None, [Step::Key(key)]) if key == "output_stage_id" => {
                    value.as_str().map(str::to_owned).into_iter().collect()
                }
                (None, _) => Vec::new(),
                (Some(stage), path) => named_by(sheet, &around(sheet, stage, path, value)),
            };
            reach.names = named.iter().map(|id| names.base(id)).collect();
            vec![reach]
        }
        Edit::UnsetField { stage, path, .. } => {
            let mut path = path.as_slice();
            // Removing an item changes the list.
            while let Some((Step::Index(_), list)) = path.split_last() {
                path = list;
            }
            vec![field(sheet, stage.as_deref(), path, names)]
        }
        Edit::Reformat { .. } => vec![Reach::of(Place::Layout)],
    }
}

fn field(sheet: &Sheet<'_>, stage: Option<&str>, path: &[Step], names: &Names) -> Reach {
    let owner = match stage {
        None => Some(Owner::File),
        Some(stage) => sheet.find(stage).map(Owner::Stage),
    };
    let mut path = path.to_vec();
    if stage.is_none() && path.first() == Some(&Step::from("stages")) {
        path.truncate(1);
    }
    // A list whose items come and go is one place; an item that is replaced is one of its own.
    let index = |path: &[Step]| matches!(path.last(), Some(Step::Index(_)));
    let exists = |path: &[Step]| owner.is_some_and(|owner| sheet.look(owner, path).is_some());
    while index(&path) && !exists(&path) {
        path.pop();
    }
    Reach::of(Place::Field {
        stage: stage.map(|id| names.base(id)),
        path,
    })
}

/// The lists that name a stage.
pub(super) fn holders(sheet: &Sheet<'_>, stage: &str) -> Vec<Branch> {
    let mut out = Vec::new();
    for (_, view) in sheet.each() {
        let Some(control) = id_of(view) else {
            continue;
        };
        for list in lists(view, sheet.registry) {
            if list.ids().iter().any(|id| id == stage) {
                out.push(list.branch(&control));
            }
        }
    }
    out
}

/// The lists that name each id. `named`: a list as it is to be called.
pub(super) fn all_holders(
    sheet: &Sheet<'_>,
    named: impl Fn(Branch) -> Branch,
) -> HashMap<String, HashSet<Rc<Branch>>> {
    let mut out: HashMap<String, HashSet<Rc<Branch>>> = HashMap::new();
    for (_, view) in sheet.each() {
        let Some(control) = id_of(view) else {
            continue;
        };
        for list in lists(view, sheet.registry) {
            let branch = Rc::new(named(list.branch(&control)));
            for id in list.ids() {
                out.entry(id).or_default().insert(Rc::clone(&branch));
            }
        }
    }
    out
}

fn within(sheet: &Sheet<'_>, branch: &Branch, names: &Names) -> Option<(String, Vec<Step>)> {
    let (_, path) = sheet.entries(&Entries::Members(branch.clone())).ok()?;
    Some((names.base(&branch.control), path))
}

/// A stage with nothing but its component and the value at the end of a path.
pub(super) fn around(sheet: &Sheet<'_>, stage: &str, path: &[Step], value: &Value) -> Value {
    let mut map = crate::Map::default();
    if let Some(view) = super::trace::view(sheet, stage) {
        for key in crate::model::COMPONENT_KEYS {
            if let Some(component) = view.get(key) {
                map.insert(key.into(), component.value());
            }
        }
    }
    let mut inside = value.clone();
    for step in path.iter().skip(1).rev() {
        inside = match step {
            Step::Key(key) => {
                let mut map = crate::Map::default();
                map.insert(key.as_str().into(), inside);
                map.into()
            }
            Step::Index(_) => vec![inside].into(),
        };
    }
    if let Some(Step::Key(key)) = path.first() {
        map.insert(key.as_str().into(), inside);
    }
    map.into()
}

/// The stages that a stage names in `depends_on` and in its lists.
fn named_by(sheet: &Sheet<'_>, stage: &Value) -> Vec<String> {
    let Ok(document) = Document::parse(stage.to_json()) else {
        return Vec::new();
    };
    let mut docs = Docs::default();
    let item = docs.add(document);
    let view = docs.view(&item);
    let mut out: Vec<String> = view.get("depends_on").map(ids).unwrap_or_default();
    for list in lists(view, sheet.registry) {
        out.extend(list.ids());
    }
    out
}
