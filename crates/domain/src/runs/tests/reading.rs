//! Tests of what whoever may read some pipelines only sees of runs, however the right is given.

use super::*;
use crate::{
    access::{Object, Rights, Role},
    folders,
};

/// The rights of a viewer on these objects.
fn on(objects: &[Object]) -> Rights {
    let mut rights = Rights::from(PermissionSet::NONE);
    for object in objects {
        rights.add(*object, Role::Viewer.permissions());
    }
    rights
}

/// The runs that a list has, from all of its pages.
async fn paged(ctx: &Ctx, filter: &Filter) -> Vec<RunId> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = Page {
            first: Some(2),
            after,
        };
        let listed = list(ctx, &page, filter).await.unwrap();
        let last = listed.edges.last().map(|(cursor, _)| cursor.clone());
        let goes_on = listed.has_next;
        after = listed.end.or(last);
        found.extend(listed.edges.into_iter().map(|(_, run)| run.id));
        if !goes_on {
            return found;
        }
    }
}

#[tokio::test]
async fn r16_lists_counts_and_single_runs_are_exactly_those_of_the_pipelines_that_may_be_read() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let folder = folders::create(&owner, "Reports").await.unwrap().id;
        let empty = folders::create(&owner, "Empty").await.unwrap().id;
        let mut places = Vec::new();
        for at in 0..4 {
            let made = pipeline(&owner, json!({})).await.id;
            let inside = (at < 2).then_some(folder);
            if inside.is_some() {
                pipelines::move_to(&owner, made, inside).await.unwrap();
            }
            places.push((made, inside));
        }
        let mut all = Vec::new();
        for n in 0..12 {
            let of = places[n % 4].0;
            all.push(start(&owner, of, Start::default()).await.unwrap());
        }
        all.reverse();
        let ids: Vec<RunId> = all.iter().map(|run| run.id).collect();
        let in_folder = on(&[Object::Folder(folder)]);
        let on_one = on(&[Object::Pipeline(places[0].0)]);
        let elsewhere = on(&[Object::Pipeline(places[2].0)]);
        for rights in [
            in_folder.clone(),
            on_one.clone(),
            on(&[Object::Folder(folder), Object::Pipeline(places[3].0)]),
            on(&[Object::Folder(empty)]),
            // Those of a key and its holder.
            in_folder.both(&on_one),
            in_folder.both(&Role::Viewer.into()),
            in_folder.both(&elsewhere),
        ] {
            let ctx = Ctx {
                rights,
                ..owner.clone()
            };
            let read = Permission::RunRead;
            let inside = |pipeline| places.iter().find(|place| place.0 == pipeline).unwrap().1;
            let theirs = all
                .iter()
                .filter(|run| ctx.reads(read, run.pipeline, inside(run.pipeline)));
            let theirs: Vec<RunId> = theirs.map(|run| run.id).collect();
            for filter in [
                Filter::default(),
                Filter {
                    environments: vec![Environment::Development],
                    ..Filter::default()
                },
                Filter {
                    text: Some("greeter".to_owned()),
                    ..Filter::default()
                },
                Filter {
                    last_seconds: Some(86_400),
                    ..Filter::default()
                },
            ] {
                let found = paged(&ctx, &filter).await;
                assert_eq!(found, theirs, "{:?} {filter:?}", ctx.rights);
            }
            let counted = counts(&ctx, &Filter::default()).await.unwrap();
            let sum: u64 = counted.by_status.iter().map(|(_, runs)| runs).sum();
            assert_eq!((sum, counted.complete), (theirs.len() as u64, true));
            let month = trend(&ctx, &Filter::default(), Span::Month).await.unwrap();
            let buckets = month.buckets.iter().flat_map(|bucket| bucket.by_status);
            assert_eq!(buckets.map(|(_, runs)| runs).sum::<u64>(), sum);

            let mut found = get_many(&ctx, &ids).await.unwrap();
            found.sort_unstable_by_key(|run| std::cmp::Reverse(run.id));
            let found: Vec<RunId> = found.iter().map(|run| run.id).collect();
            assert_eq!(found, theirs);
            for id in &ids {
                let found = get(&ctx, *id).await;
                let code = found.as_ref().err().map(|error| error.code);
                let hidden = (!theirs.contains(id)).then_some(ErrorCode::NotFound);
                assert_eq!(code, hidden);
            }
            let before = app.app.db().statements();
            list(&ctx, &Page::default(), &Filter::default())
                .await
                .unwrap();
            assert_eq!(app.app.db().statements() - before, 1);
        }
        app.close().await;
    })
    .await;
}
