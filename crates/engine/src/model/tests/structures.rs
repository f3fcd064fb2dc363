//! Inner lists, waits and reads.

use crate::{
    check::fixtures,
    model::{Pipeline, Structure, structure},
};

/// A pipeline with these stages, and its structure.
fn of(stages: &str) -> (Pipeline, Structure) {
    let text = format!(r#"{{"name": "p", "stages": [{stages}]}}"#);
    let pipeline =
        Pipeline::parse(text, &fixtures::registry()).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let structure = structure(&pipeline, &fixtures::registry());
    (pipeline, structure)
}

/// The waits of each list: `branch: a<-b,c`.
fn waits((pipeline, structure): &(Pipeline, Structure)) -> Vec<String> {
    let id = |stage: &u32| pipeline.stages[*stage as usize].id.value.clone();
    let mut out = Vec::new();
    for scope in &structure.scopes {
        for member in &scope.members {
            let others: Vec<String> = member.waits_for.iter().map(id).collect();
            let branch = if scope.branch.is_empty() {
                "top"
            } else {
                &scope.branch
            };
            out.push(format!(
                "{branch}: {}<-{}",
                id(&member.stage),
                others.join(",")
            ));
        }
    }
    out
}

#[test]
fn stages_of_the_top_level_wait_for_what_they_name() {
    let found = of(
        r#"{"id": "a", "type": "logger", "depends_on": ["c", "c", "nobody", "a"]},
                      {"id": "b", "type": "logger"},
                      {"id": "c", "type": "logger", "depends_on": ["b"]}"#,
    );
    assert_eq!(waits(&found), ["top: a<-c", "top: b<-", "top: c<-b"]);
    assert_eq!(found.1.stages[2].dependents, [0]);
    assert_eq!(found.1.scopes[0].members[1].awaited_by, [2]);
}

#[test]
fn inner_stages_belong_to_the_lists_that_name_them() {
    let found = of(r#"{"id": "before", "type": "logger"},
        {"id": "each", "type": "foreach", "config": {"items": [], "loop_stages": ["get", "rate"]}, "depends_on": ["before"]},
        {"id": "get", "type": "logger"},
        {"id": "rate", "type": "logger", "depends_on": ["get", "before"]},
        {"id": "after", "type": "logger", "depends_on": ["rate"]}"#);
    assert_eq!(
        waits(&found),
        [
            "top: before<-",
            "top: each<-before",
            "top: after<-each",
            "loop: get<-",
            "loop: rate<-get"
        ]
    );
    let structure = &found.1;
    assert_eq!(structure.scopes[1].control, Some(1));
    assert_eq!(structure.scopes[1].field, "loop_stages");
    assert_eq!(structure.stages[1].opens, [1]);
    assert_eq!(structure.stages[3].scopes, [1]);
    assert_eq!(structure.stages[4].depends_on, [3]);
}

#[test]
fn a_control_stage_waits_for_what_its_inner_stages_need_from_outside() {
    let found = of(
        r#"{"id": "each", "type": "foreach", "config": {"items": [], "loop_stages": ["try"]}},
        {"id": "try", "type": "trycatch", "config": {"try_stages": ["x"], "catch_stages": ["y"]}},
        {"id": "x", "type": "logger", "depends_on": ["far", "each"]},
        {"id": "y", "type": "logger", "depends_on": ["x"]},
        {"id": "far", "type": "logger"}"#,
    );
    assert_eq!(
        waits(&found),
        [
            "top: each<-far",
            "top: far<-",
            "loop: try<-",
            "try: x<-",
            "catch: y<-"
        ]
    );
}

#[test]
fn one_stage_may_be_in_several_lists() {
    let found = of(
        r#"{"id": "route", "type": "router", "config": {"value": "v", "routes": {"A": ["fix"], "B": ["fix", "tell"]}, "default_route": ["tell"]}},
        {"id": "fix", "type": "trycatch", "config": {"try_stages": ["x"], "catch_stages": ["tell"]}},
        {"id": "x", "type": "logger"},
        {"id": "tell", "type": "logger"},
        {"id": "end", "type": "logger", "depends_on": ["tell"]}"#,
    );
    assert_eq!(
        waits(&found),
        [
            "top: route<-",
            "top: end<-route",
            "route.A: fix<-",
            "route.B: fix<-",
            "default: tell<-",
            "try: x<-",
            "catch: tell<-",
        ]
    );
    // `route.B` names it too, but also names `fix`, whose catch list is nested deeper.
    assert_eq!(found.1.stages[3].scopes, [3, 5]);
}

#[test]
fn a_stage_named_by_a_list_and_by_a_control_stage_inside_it_belongs_to_the_innermost() {
    let deep = |loop_stages: &str| {
        let found = of(&format!(
            r#"{{"id": "each", "type": "foreach", "config": {{"items": [], "loop_stages": [{loop_stages}]}}}},
            {{"id": "try", "type": "trycatch", "config": {{"try_stages": ["route", "x", "y"], "catch_stages": ["y"]}}}},
            {{"id": "route", "type": "router", "config": {{"value": "v", "routes": {{"A": ["x"]}}, "default_route": ["y"]}}}},
            {{"id": "x", "type": "logger"}},
            {{"id": "y", "type": "logger"}},
            {{"id": "end", "type": "json_transform", "config": {{"data": "{{{{upstream.x}}}}"}}}}"#
        ));
        assert!(!found.1.too_deep);
        waits(&found)
    };
    let settled = [
        "top: each<-",
        "loop: try<-",
        "loop: end<-try",
        "try: route<-",
        "catch: y<-",
        "route.A: x<-",
        "default: y<-",
    ];
    // `x` is named at three depths; `y` is also named by a catch list that does not enclose the
    // route.
    assert_eq!(deep(r#""try", "route", "x", "y", "end""#), settled);
    let mut turned = deep(r#""y", "x", "end", "route", "try""#);
    turned.sort();
    // Independent of the order of the list.
    let mut expected = settled.map(str::to_owned);
    expected.sort();
    assert_eq!(turned, expected);
}

#[test]
fn cycles_of_lists_are_detected() {
    let found = of(
        r#"{"id": "a", "type": "foreach", "config": {"items": [], "loop_stages": ["b"]}},
        {"id": "b", "type": "foreach", "config": {"items": [], "loop_stages": ["a"]}}"#,
    );
    assert!(found.1.too_deep);
    let mut stages: Vec<String> = (0..100)
        .map(|n| format!(r#"{{"id": "s{n}", "type": "foreach", "config": {{"items": [], "loop_stages": ["s{}"]}}}}"#, n + 1))
        .collect();
    stages.push(r#"{"id": "s100", "type": "logger"}"#.to_owned());
    assert!(!of(&stages.join(",")).1.too_deep);
    stages[0] = stages[0].replace("s1\"]", "s0a\"]");
    stages.push(
        r#"{"id": "s0a", "type": "foreach", "config": {"items": [], "loop_stages": ["s1"]}}"#
            .to_owned(),
    );
    assert!(of(&stages.join(",")).1.too_deep);
}

#[test]
fn model_stages_are_listed_with_their_providers() {
    let (pipeline, structure) = of(
        r#"{"id": "a", "type": "generator", "config": {"prompt": "x"}},
        {"id": "b", "type": "logger"},
        {"id": "c", "type": "generator", "llm_settings": {"provider": "local"}}"#,
    );
    let found: Vec<(String, Option<String>)> = structure
        .model_stages(&pipeline)
        .into_iter()
        .map(|m| (m.id, m.provider))
        .collect();
    assert_eq!(
        found,
        [("a".into(), None), ("c".into(), Some("local".into()))]
    );
}

#[test]
fn reads_of_stages_and_of_the_environment_are_found() {
    let (_, structure) = of(r#"{"id": "get-it", "type": "logger"},
        {"id": "b", "type": "logger", "depends_on": ["get-it"], "config": {
            "message": "{{upstream.get-it.x}} {{env.HOME}}", "data": [{"k": "{{ env.API_KEY }}"}]}}"#);
    assert_eq!(structure.stages[1].reads, [0]);
    assert_eq!(structure.env_reads(), ["API_KEY", "HOME"]);
}

#[test]
fn an_inner_stage_depends_on_an_earlier_one_of_its_list_that_it_reads() {
    let found = of(
        r#"{"id": "each", "type": "foreach", "config": {"items": [], "loop_stages": ["x", "y"]}},
        {"id": "x", "type": "logger"},
        {"id": "y", "type": "logger", "config": {"message": "{{upstream.x.out}}"}}"#,
    );
    assert_eq!(waits(&found), ["top: each<-", "loop: x<-", "loop: y<-x"]);
}
