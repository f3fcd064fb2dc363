//! The scopes of a plan: members by number, and where each stage is found from each scope.

use std::collections::{BTreeMap, HashMap};

use super::{Place, Places, PlanMember, PlanScope};
use crate::model::Structure;

/// Builds the scopes. The structure must be free of cycles.
pub(super) fn build(structure: &Structure) -> Vec<PlanScope> {
    let mut found: Vec<Option<BTreeMap<u32, Vec<u32>>>> = vec![None; structure.scopes.len()];
    let mut scopes: Vec<PlanScope> = Vec::with_capacity(structure.scopes.len());
    for (number, scope) in structure.scopes.iter().enumerate() {
        let inside = inside(structure, number, &mut found);
        let local: HashMap<u32, u32> = (0u32..)
            .zip(&scope.members)
            .map(|(at, m)| (m.stage, at))
            .collect();
        let mut places: HashMap<u32, Place> = inside
            .iter()
            .map(|(stage, holders)| {
                let holders = holders
                    .iter()
                    .filter_map(|h| local.get(h).copied())
                    .collect();
                (*stage, Place::Inside(holders))
            })
            .collect();
        places.extend(local.iter().map(|(stage, at)| (*stage, Place::Member(*at))));

        let members: Vec<PlanMember> = scope
            .members
            .iter()
            .map(|member| PlanMember {
                stage: member.stage,
                waits: member.waits_for.len() as u32,
                awaited_by: member
                    .awaited_by
                    .iter()
                    .filter_map(|s| local.get(s).copied())
                    .collect(),
                depends_on: structure.stages[member.stage as usize]
                    .depends_on
                    .iter()
                    .copied()
                    .filter(|stage| *stage != member.stage && places.contains_key(stage))
                    .collect(),
                weight: 1,
            })
            .collect();
        let sinks = (0u32..)
            .zip(&members)
            .filter(|(_, m)| m.awaited_by.is_empty())
            .map(|(at, _)| at)
            .collect();
        let places = if number == 0 {
            let mut dense = vec![None; structure.stages.len()];
            for (stage, place) in places {
                dense[stage as usize] = Some(place);
            }
            Places::Dense(dense)
        } else {
            Places::Sparse(places)
        };
        scopes.push(PlanScope {
            branch: scope.branch.clone(),
            members,
            places,
            sinks,
        });
    }
    weigh(&mut scopes, structure.stages.len());
    scopes
}

/// The stages inside a scope's control members, each with the members that contain it.
fn inside(
    structure: &Structure,
    scope: usize,
    found: &mut Vec<Option<BTreeMap<u32, Vec<u32>>>>,
) -> BTreeMap<u32, Vec<u32>> {
    if let Some(known) = &found[scope] {
        return known.clone();
    }
    let mut out: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for member in &structure.scopes[scope].members {
        for opened in &structure.stages[member.stage as usize].opens {
            let direct = structure.scopes[*opened as usize]
                .members
                .iter()
                .map(|m| m.stage);
            let deeper = inside(structure, *opened as usize, found);
            for stage in direct.chain(deeper.into_keys()) {
                let holders = out.entry(stage).or_default();
                if !holders.contains(&member.stage) {
                    holders.push(member.stage);
                }
            }
        }
    }
    found[scope] = Some(out.clone());
    out
}

/// Adds to each top-level member's weight the stages inside it. A stage inside several members
/// counts for the first.
fn weigh(scopes: &mut [PlanScope], stages: usize) {
    let Some(top) = scopes.first_mut() else {
        return;
    };
    for stage in 0..stages as u32 {
        if let Some(Place::Inside(holders)) = top.place(stage)
            && let Some(holder) = holders.first().copied()
        {
            top.members[holder as usize].weight += 1;
        }
    }
}
