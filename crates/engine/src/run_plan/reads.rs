//! What a run reads: its input and environment variables, and where its output comes from.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    Value,
    expr::Root,
    model::{Pipeline, StageReads, Structure},
};

/// An environment variable that stages read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EnvironmentVariable {
    /// The variable's name; `*` stands for all variables.
    pub name: String,
    /// The ids of the stages that read it.
    pub stages: Vec<String>,
}

/// What is read of the input.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Input {
    /// The fields that stages read, sorted.
    pub fields: Vec<String>,
    /// Whether a stage reads the input as a whole.
    pub whole: bool,
    /// Whether the file has a schema, by which the input is checked before the run.
    pub has_schema: bool,
    /// The fields that the schema requires, sorted.
    pub required: Vec<String>,
    /// The fields that are read although the schema does not describe them, sorted.
    pub undescribed: Vec<String>,
}

/// Where the output comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The stage that the file names as the output.
    pub stage: Option<String>,
    /// Without it: the stages that no other stage waits for.
    pub last_stages: Vec<String>,
    /// Whether the file has a schema of the output.
    pub has_schema: bool,
}

pub(super) fn environment(pipeline: &Pipeline, found: &[StageReads]) -> Vec<EnvironmentVariable> {
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (stage, reads) in pipeline.stages.iter().zip(found) {
        for read in reads.reads.iter().filter(|read| read.root == Root::Env) {
            let name = read.path.first().map_or("*", |name| name).to_owned();
            let stages = names.entry(name).or_default();
            // A stage's reads come together.
            if stages.last() != Some(&stage.id.value) {
                stages.push(stage.id.value.clone());
            }
        }
    }
    names
        .into_iter()
        .map(|(name, stages)| EnvironmentVariable { name, stages })
        .collect()
}

pub(super) fn input(pipeline: &Pipeline, found: &[StageReads]) -> Input {
    let mut fields: Vec<String> = Vec::new();
    let mut whole = false;
    let reads = found.iter().flat_map(|stage| &stage.reads);
    for read in reads.filter(|read| read.root == Root::Input) {
        match read.path.first() {
            Some(field) => fields.push(field.as_ref().to_owned()),
            None => whole = true,
        }
    }
    fields.sort_unstable();
    fields.dedup();
    let schema = pipeline.input_schema.as_ref();
    let mut required: Vec<String> = schema
        .and_then(|schema| schema.get("required"))
        .and_then(Value::as_list)
        .into_iter()
        .flatten()
        .filter_map(|name| Some(name.as_str()?.to_owned()))
        .collect();
    required.sort_unstable();
    required.dedup();
    // Without `properties`, the schema does not say which fields there are.
    let described = schema
        .and_then(|schema| schema.get("properties"))
        .and_then(Value::as_map);
    let undescribed = fields
        .iter()
        .filter(|field| described.is_some_and(|known| !known.contains_key(field.as_str())))
        .cloned()
        .collect();
    Input {
        undescribed,
        fields,
        whole,
        has_schema: schema.is_some(),
        required,
    }
}

pub(super) fn output(pipeline: &Pipeline, structure: &Structure) -> Output {
    let named = pipeline.output_stage.as_ref().map(|id| id.value.clone());
    let last_stages = match (&named, structure.scopes.first()) {
        (None, Some(top)) => top
            .members
            .iter()
            .filter(|member| member.awaited_by.is_empty())
            .filter_map(|member| pipeline.stages.get(member.stage as usize))
            .map(|stage| stage.id.value.clone())
            .collect(),
        _ => Vec::new(),
    };
    Output {
        stage: named,
        last_stages,
        has_schema: pipeline.output_schema.is_some(),
    }
}
