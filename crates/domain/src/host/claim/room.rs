//! How many runs a claim may take, in total and per organization.

use std::collections::{HashMap, HashSet};

use types::OrgId;
use uuid::Uuid;

/// The capacity of a process for a claim.
#[derive(Clone, Debug, Default)]
pub struct ClaimCapacity {
    /// Free slots.
    pub free: usize,
    /// Additional slots for organizations without runs in this process.
    pub extra: usize,
    /// The maximum for an organization without runs in this process.
    pub usual: usize,
    /// The organizations that have runs in this process.
    pub orgs: Vec<(OrgId, OrgShare)>,
}

/// An organization's share of the slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrgShare {
    /// Its runs in this process.
    pub held: usize,
    /// How many more runs it may have.
    pub room: usize,
}

impl ClaimCapacity {
    /// Room for up to `limit` runs of any organization.
    pub fn of(limit: usize) -> Self {
        Self {
            free: limit,
            extra: 0,
            usual: limit,
            orgs: Vec::new(),
        }
    }

    /// All slots that a claim may take, including the extra ones.
    pub(super) fn all(&self) -> usize {
        self.free + self.extra
    }

    /// Whether a claim within this capacity may have left runs that the next free slot could take.
    /// `claimed` are the organizations of the claimed runs, each with [`super::Claimed::share`].
    pub fn may_leave(&self, claimed: impl IntoIterator<Item = (OrgId, usize)>) -> bool {
        let rooms: HashMap<OrgId, usize> = self.orgs.iter().map(|(o, s)| (*o, s.room)).collect();
        let mut taken: HashMap<OrgId, usize> = HashMap::new();
        let mut all = 0;
        let mut is_limited = rooms.values().any(|room| *room == 0);
        for (org, share) in claimed {
            all += 1;
            let room = rooms.get(&org).copied().unwrap_or(self.usual);
            let taken = taken.entry(org).or_default();
            *taken += 1;
            is_limited |= *taken >= room.min(share);
        }
        is_limited || all >= self.free
    }

    /// Chooses from the candidates, which must be ordered by priority within each organization.
    pub(super) fn choose(&self, candidates: impl IntoIterator<Item = (OrgId, Uuid)>) -> Vec<Uuid> {
        let places: HashMap<OrgId, OrgShare> = self.orgs.iter().copied().collect();
        let none = OrgShare {
            held: 0,
            room: self.usual,
        };
        let mut taken: HashMap<OrgId, usize> = HashMap::new();
        let mut seen = HashSet::new();
        let mut turns: Vec<(usize, Uuid)> = Vec::new();
        for (org, id) in candidates {
            let place = places.get(&org).unwrap_or(&none);
            let taken = taken.entry(org).or_default();
            if *taken < place.room && seen.insert(id) {
                *taken += 1;
                turns.push((place.held + *taken, id));
            }
        }
        turns.sort_unstable();
        // First runs are sorted to the front, so the extra slots go to first runs or stay unused.
        let chosen = turns
            .iter()
            .enumerate()
            .filter(|(rank, (turn, _))| *rank < self.free || (*turn == 1 && *rank < self.all()));
        chosen.map(|(_, (_, id))| *id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn org(number: u128) -> OrgId {
        OrgId(Uuid::from_u128(number))
    }

    fn runs(of: u128, count: u128) -> impl Iterator<Item = (OrgId, Uuid)> {
        (0..count).map(move |i| (org(of), Uuid::from_u128(of * 1_000 + i)))
    }

    #[test]
    fn a_claim_leaves_nothing_unless_a_limit_was_reached() {
        let share = |held, room| OrgShare { held, room };
        let room = ClaimCapacity {
            free: 4,
            extra: 1,
            usual: 3,
            orgs: vec![(org(1), share(2, 2))],
        };
        let of = |orgs: &[u128]| orgs.iter().map(|one| (org(*one), 5)).collect::<Vec<_>>();
        assert!(!room.may_leave([]));
        assert!(!room.may_leave(of(&[1, 2, 2])));
        // The room of an organization, the usual one, and all free slots.
        assert!(room.may_leave(of(&[1, 1])));
        assert!(room.may_leave(of(&[2, 2, 2])));
        assert!(room.may_leave(of(&[1, 2, 3, 4])));
        // Others were queueing too, so that each yielded one run only.
        assert!(room.may_leave([(org(2), 1)]));
        let no_slot = ClaimCapacity {
            free: 0,
            ..room.clone()
        };
        assert!(no_slot.may_leave([]));
        let at_its_limit = ClaimCapacity {
            orgs: vec![(org(1), share(4, 0))],
            ..room
        };
        assert!(at_its_limit.may_leave([]));
    }

    #[test]
    fn the_fewest_runs_come_first_no_share_is_exceeded_and_first_runs_get_extra_slots() {
        let room = ClaimCapacity {
            free: 4,
            extra: 2,
            usual: 3,
            orgs: vec![(org(1), OrgShare { held: 5, room: 9 })],
        };
        let all = || runs(1, 9).chain(runs(2, 9)).chain(runs(3, 1));
        let ids = |chosen: Vec<Uuid>| -> Vec<u128> {
            chosen.into_iter().map(|id| id.as_u128()).collect()
        };
        assert_eq!(ids(room.choose(all())), [2_000, 3_000, 2_001, 2_002]);
        let none_free = ClaimCapacity {
            free: 0,
            ..room.clone()
        };
        assert_eq!(ids(none_free.choose(all())), [2_000, 3_000]);
        let wide = ClaimCapacity { free: 99, ..room };
        assert_eq!(wide.choose(all()).len(), 9 + 3 + 1);
        assert_eq!(
            ids(ClaimCapacity::of(2).choose(runs(1, 9).chain(runs(1, 9)))),
            [1_000, 1_001]
        );
    }
}
