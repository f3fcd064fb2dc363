//! The rights of an API key, compared with their definition: a permission counts where its holder has it on
//! one object, the key on another one, and both objects meet. R20.

use uuid::Uuid;

use super::*;

/// Small numbers from a seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

fn folders() -> [FolderId; 2] {
    [1, 2].map(|n| FolderId(Uuid::from_u128(n)))
}

fn pipelines() -> [PipelineId; 2] {
    [3, 4].map(|n| PipelineId(Uuid::from_u128(n)))
}

/// Some grants: what counts on each object.
fn grants(numbers: &mut Numbers) -> Vec<(Object, PermissionSet)> {
    let mut objects = vec![Object::Organization];
    objects.extend(folders().map(Object::Folder));
    objects.extend(pipelines().map(Object::Pipeline));
    objects.extend(Environment::ALL.map(Object::Environment));
    let roles = [Role::Viewer, Role::Developer, Role::Admin];
    let count = numbers.below(5);
    let grants = (0..count).map(|_| {
        let object = objects[numbers.below(objects.len())];
        let role = roles[numbers.below(roles.len())].permissions();
        // A part of the role.
        let part = role.iter().filter(|_| numbers.below(3) > 0).collect();
        (object, object.counting(part))
    });
    grants.collect()
}

fn rights(grants: &[(Object, PermissionSet)]) -> Rights {
    let mut rights = Rights::from(PermissionSet::NONE);
    for (object, permissions) in grants {
        rights.add(*object, *permissions);
    }
    rights
}

/// Whether there can be a place that is in both objects.
fn can_meet(one: Object, two: Object) -> bool {
    match (one, two) {
        (Object::Folder(one), Object::Folder(two)) => one == two,
        (Object::Pipeline(one), Object::Pipeline(two)) => one == two,
        (Object::Environment(one), Object::Environment(two)) => one == two,
        _ => true,
    }
}

#[test]
fn r20_a_key_has_what_its_holder_and_it_have_where_their_objects_meet() {
    let mut numbers = Numbers(7);
    let mut crossed = 0;
    for round in 0..2_000 {
        let (of_holder, of_key) = (grants(&mut numbers), grants(&mut numbers));
        let both = rights(&of_holder).both(&rights(&of_key));
        crossed += usize::from(both.together.is_some());
        let pairs = of_holder.iter().flat_map(|one| {
            let keys = of_key.iter();
            keys.map(move |two| ((one.0, two.0), one.1.and(two.1)))
        });
        let pairs: Vec<_> = pairs.collect();
        let sum = |counts: &dyn Fn(Object, Object) -> bool| {
            let counting = pairs.iter().filter(|((one, two), _)| counts(*one, *two));
            counting.fold(PermissionSet::NONE, |all, (_, set)| all.or(*set))
        };
        for pipeline in pipelines() {
            for folder in [None, Some(folders()[0]), Some(folders()[1])] {
                let environments = Environment::ALL.map(Some);
                for environment in [None].into_iter().chain(environments) {
                    let is_there = |object: Object| match object {
                        Object::Organization => true,
                        Object::Folder(id) => folder == Some(id),
                        Object::Pipeline(id) => id == pipeline,
                        Object::Environment(one) => environment == Some(one),
                    };
                    let expected = sum(&|one, two| is_there(one) && is_there(two));
                    let found = both.at(pipeline, folder, environment);
                    assert_eq!(found, expected, "{round}: {of_holder:?} {of_key:?}");
                }
            }
        }
        assert_eq!(both.all(), sum(&can_meet), "{round}");
        let is_all = |one: Object| one == Object::Organization;
        let everywhere = |one: Object, two: Object| is_all(one) && is_all(two);
        assert_eq!(both.permissions, sum(&everywhere), "{round}");
        let is_folder = |one: Object| matches!(one, Object::Folder(_));
        let by_folders = sum(&|one, two| can_meet(one, two) && (is_folder(one) || is_folder(two)));
        let further = |set: PermissionSet| set.without(both.permissions);
        assert_eq!(further(both.by_folders()), further(by_folders), "{round}");
        // Limited rights are those with fewer permissions.
        let part = Role::Developer.permissions();
        let limited = both.clone().within(part);
        let place = (
            pipelines()[0],
            Some(folders()[0]),
            Some(Environment::Staging),
        );
        let there = both.at(place.0, place.1, place.2);
        assert_eq!(limited.at(place.0, place.1, place.2), there.and(part));
        assert_eq!(limited.all(), both.all().and(part), "{round}");
    }
    assert!(crossed > 100, "{crossed}");
}

#[test]
fn r20_many_grants_to_a_key_and_to_its_holder_all_count() {
    let mut holder = Rights::from(PermissionSet::NONE);
    let mut key = holder.clone();
    let role = Role::Developer.permissions();
    for n in 1..=200 {
        holder.add(Object::Folder(FolderId(Uuid::from_u128(n))), role);
        key.add(Object::Pipeline(PipelineId(Uuid::from_u128(n))), role);
    }
    let both = holder.both(&key);
    let last = Uuid::from_u128(200);
    let there = both.at(PipelineId(last), Some(FolderId(last)), None);
    assert!(there.has(Permission::RunStart));
    let other = both.at(PipelineId(Uuid::from_u128(201)), Some(FolderId(last)), None);
    assert!(other.is_empty());
}
