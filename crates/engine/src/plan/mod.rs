//! What is executed: a version compiled once, with stages, scopes and inputs by number.
//!
//! Made from a checked pipeline; shared by all runs of the version. Holds nothing of any run.

use std::{sync::Arc, time::Duration};

use indexmap::IndexMap;

use crate::{
    check::Diagnostic,
    component::{Descriptor, Registry},
    model::{Pipeline, Structure, structure},
};

/// A compiled version.
pub struct Plan {
    structure: Structure,
    ids: Vec<Arc<str>>,
    components: Vec<&'static Descriptor>,
    timeout: Option<Duration>,
}

impl Plan {
    /// Compiles a pipeline. One without errors in [`crate::check::check`] always compiles.
    pub fn compile(pipeline: &Pipeline, registry: &Registry) -> Result<Plan, Vec<Diagnostic>> {
        let structure = structure(pipeline, registry);
        Ok(Plan {
            ids: pipeline.stages.iter().map(|s| s.id.value.as_str().into()).collect(),
            components: structure.stages.iter().filter_map(|s| s.component).collect(),
            timeout: pipeline.timeout,
            structure,
        })
    }

    /// How many stages the file has.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether the file has no stage.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The id of a stage.
    pub fn stage_id(&self, stage: u32) -> &str {
        &self.ids[stage as usize]
    }

    /// The component of a stage.
    pub fn component(&self, stage: u32) -> &'static Descriptor {
        self.components[stage as usize]
    }

    /// The stages of the top level in the order of the file.
    pub fn top_level(&self) -> impl Iterator<Item = u32> + '_ {
        self.structure.scopes.first().into_iter().flat_map(|s| s.members.iter().map(|m| m.stage))
    }

    /// The time that a run may take, as the file says.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// The stage that an address is of.
    pub fn stage_at(&self, address: &str) -> Option<u32> {
        let ids: &IndexMap<String, u32> = &self.structure.index;
        if let Some(stage) = ids.get(address) {
            return Some(*stage);
        }
        // An id may itself contain a slash: take the longest end that is one.
        address.match_indices('/').find_map(|(at, _)| ids.get(&address[at + 1..])).copied()
    }
}
