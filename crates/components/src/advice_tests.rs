//! Advice about pipelines of the built-in components: what each rule finds and what it leaves
//! alone.

use std::time::Instant;

use engine::{
    advice::{self, Finding, Level, Rule},
    check,
};

const EXAMPLES: [(&str, &str); 2] = [
    (
        "dependency-report",
        include_str!("../../../examples/dependency-report/dependency-report.pipeline.json"),
    ),
    (
        "support-inbox",
        include_str!("../../../examples/support-inbox/support-inbox.pipeline.json"),
    ),
];

fn found_in(text: &str) -> Vec<Finding> {
    let registry = crate::registry();
    let pipeline = check::parse(text, &registry).unwrap_or_else(|e| panic!("{text}\n{e:#?}"));
    let problems = check::check(&pipeline, &registry);
    let errors: Vec<_> = problems.iter().filter(|one| one.is_error()).collect();
    assert!(errors.is_empty(), "{text}\n{errors:#?}");
    advice::findings(&pipeline, &registry)
}

/// The findings about these stages, without missing retries.
fn found(stages: &str) -> Vec<Finding> {
    let mut found = found_in(&format!(r#"{{"name":"p","stages":[{stages}]}}"#));
    found.retain(|one| one.rule != Rule::MissingRetry);
    found
}

/// Rule and stage of each finding.
fn short(found: &[Finding]) -> Vec<String> {
    let name = |one: &Finding| {
        format!(
            "{} {}",
            one.rule.as_str(),
            one.stage.as_deref().unwrap_or("-")
        )
    };
    found.iter().map(name).collect()
}

#[track_caller]
fn clean(stages: &str) {
    let found = found(stages);
    assert!(found.is_empty(), "{found:#?}");
}

fn ask(id: &str, more: &str) -> String {
    format!(
        r#"{{"id":"{id}","type":"generator","config":{{"prompt":"Hello {{{{input.name}}}}"}}{more}}}"#
    )
}

#[test]
fn the_examples_have_nothing_but_model_calls_without_a_retry() {
    for (name, text) in EXAMPLES {
        let found = found_in(text);
        let others: Vec<_> = found
            .iter()
            .filter(|one| one.rule != Rule::MissingRetry)
            .collect();
        assert!(others.is_empty(), "{name}: {others:#?}");
        assert!(found.iter().all(|one| one.level == Level::Suggestion));
    }
}

#[test]
fn the_examples_are_explained_in_sentences_from_input_to_answer() {
    let registry = crate::registry();
    let explained = |text: &str| {
        let pipeline = check::parse(text, &registry).unwrap();
        advice::explain(&pipeline, &registry)
    };
    let sentences: [&[&str]; 2] = [
        &[
            "`package` (a list), `packages` (an object), `name` (text) and `top` (an integer).",
            "It has 8 stages, 3 of them inside control stages.",
            "It calls no model and touches nothing outside.",
            "The answer is the output of `report`.",
            "- `any` (Any duplicates?) runs one of two branches, depending on a condition, using \
             `passed` of `duplicates`. It decides by `{{upstream.duplicates.passed}}`.\n",
            "  - If so:\n    - `rank` transforms data",
            "  - If not:\n    - `clean` (Nothing to do) transforms data",
        ],
        &[
            "`company` (text) and `tickets` (a list, required).",
            "It has 13 stages, 8 of them inside control stages.",
            "It calls a model in 7 stages (`classify`, `draft-technical`, `critique`, `improve`, \
             `draft-billing`, `draft-question` and `summary`), 6 of them once per item of a loop.",
            "The answer is the output of `morning`.",
            "- `open` (Open the inbox) writes a line to the run's log, using",
            "For each item:\n  - `classify` writes a text with a language model, using",
            "    - For `technical`:\n      - `draft-technical` writes",
            "    - Otherwise:\n      - `draft-question`, as above.\n",
            "- `summary` (Sum up) combines several texts into one, using `results` of `each`.",
        ],
    ];
    for ((name, text), sentences) in EXAMPLES.iter().zip(sentences) {
        let text = explained(text).text();
        for sentence in sentences {
            assert!(text.contains(sentence), "{name}: {sentence}\n{text}");
        }
    }
}

#[test]
fn a_call_without_a_retry_is_found_unless_a_failure_is_handled() {
    let retries = |stages: &str| {
        let mut found = found_in(&format!(r#"{{"name":"p","stages":[{stages}]}}"#));
        found.retain(|one| one.rule == Rule::MissingRetry);
        found
    };
    let found = retries(&ask("a", ""));
    assert_eq!(short(&found), ["missing_retry a"]);
    assert!(found[0].safe && found[0].edits.len() == 1);
    let get = r#"{"id":"g","type":"http_request","config":{"url":"https://example.com/a"}}"#;
    assert_eq!(short(&retries(get)), ["missing_retry g"]);
    for handled in [
        ask("a", r#","retry_config":{"max_retries":1}"#),
        ask("a", r#","retry_config":{"max_retries":0}"#),
        ask("a", r#","on_error":"continue""#),
        format!(
            r#"{{"id":"t","type":"trycatch","config":{{"try_stages":["a"],"error_scope":"continue"}}}},{}"#,
            ask("a", "")
        ),
        format!(
            r#"{{"id":"t","type":"foreach","config":{{"items":"{{{{input.l}}}}","loop_stages":["a"],"break_on_error":false}}}},{}"#,
            ask("a", "")
        ),
        // A request that changes something may not be repeatable.
        r#"{"id":"g","type":"http_request","config":{"url":"https://example.com/a","method":"POST"}}"#.into(),
        r#"{"id":"g","type":"http_request","config":{"url":"https://example.com/a","method":"{{input.m}}"}}"#.into(),
        format!(
            r#"{get},{{"id":"c","type":"conditional","depends_on":["g"],"config":{{"condition":"{{{{upstream.g.success}}}}"}}}}"#
        ),
    ] {
        let found = retries(&handled);
        assert!(found.is_empty(), "{handled}: {found:#?}");
    }
}

#[test]
fn a_wait_that_no_data_needs_is_found_with_the_edit_that_keeps_the_rest() {
    let out = r#"{"id":"out","type":"json_transform","depends_on":["a","b"],
        "config":{"template":"{{upstream.a.content}} {{upstream.b.content}}"}}"#;
    let found = found(&format!(
        "{},{},{out}",
        ask("a", ""),
        ask("b", r#","depends_on":["a"]"#)
    ));
    assert_eq!(short(&found), ["needless_wait b"]);
    assert_eq!(found[0].others, ["a"]);
    assert!(found[0].safe);
    let edits = serde_json::to_value(&found[0].edits).unwrap();
    assert_eq!(
        edits,
        serde_json::json!([{"op": "disconnect", "stage": "b", "on": "a"}])
    );

    // `c` reads `a` only, which it reaches through `b`.
    let c = r#"{"id":"c","type":"generator","depends_on":["b"],
        "config":{"prompt":"{{upstream.a.content}}"}}"#;
    let out = r#"{"id":"out","type":"json_transform","depends_on":["b","c"],
        "config":{"template":"{{upstream.b.content}} {{upstream.c.content}}"}}"#;
    let b = r#"{"id":"b","type":"generator","depends_on":["a"],
        "config":{"prompt":"{{upstream.a.content}}"}}"#;
    let found = self::found(&format!("{},{b},{c},{out}", ask("a", "")));
    assert_eq!(short(&found), ["needless_wait c"]);
    let edits = serde_json::to_value(&found[0].edits).unwrap();
    assert_eq!(
        edits,
        serde_json::json!([
            {"op": "connect", "stage": "c", "on": "a"},
            {"op": "disconnect", "stage": "c", "on": "b"},
        ])
    );
}

#[test]
fn a_wait_that_something_needs_stays() {
    let out = r#"{"id":"out","type":"json_transform","depends_on":["a","b"],
        "config":{"template":"{{upstream.a.content}} {{upstream.b.content}}"}}"#;
    let a = ask("a", "");
    let b = ask("b", r#","depends_on":["a"]"#);
    // It reads what it waits for.
    clean(&format!(
        r#"{a},{{"id":"b","type":"generator","depends_on":["a"],"config":{{"prompt":"{{{{upstream.a.content}}}}"}}}},{out}"#
    ));
    // What it waits for would become a result of the pipeline.
    let found = found(&format!("{a},{b}"));
    assert!(
        !short(&found).contains(&"needless_wait b".to_owned()),
        "{found:#?}"
    );
    // A request that changes something keeps its place.
    let post = r#"{"id":"b","type":"http_request","depends_on":["a"],
        "config":{"url":"https://example.com","method":"POST"}}"#;
    let all = r#"{"id":"out","type":"json_transform","depends_on":["a","b"],
        "config":{"template":"{{upstream.a.content}} {{upstream.b.body}}"}}"#;
    clean(&format!("{a},{post},{all}"));
    // Quick stages gain nothing.
    clean(
        r#"{"id":"a","type":"variable_set","config":{"name":"x","value":1}},
           {"id":"b","type":"json_transform","depends_on":["a"],"config":{"template":"{{input}}"}},
           {"id":"c","type":"json_transform","depends_on":["a","b"],
            "config":{"template":"{{context.x}} {{upstream.b}}"}}"#,
    );
    // It reads a variable that is set before what it waits for.
    let set = r#"{"id":"s","type":"variable_set","config":{"name":"x","value":"{{input.x}}"}}"#;
    let a = ask("a", r#","depends_on":["s"]"#);
    let b =
        r#"{"id":"b","type":"generator","depends_on":["a"],"config":{"prompt":"{{context.x}}"}}"#;
    let found = self::found(&format!("{set},{a},{b},{out}"));
    let wait = found
        .iter()
        .find(|one| one.stage.as_deref() == Some("b"))
        .unwrap();
    let edits = serde_json::to_value(&wait.edits).unwrap();
    assert_eq!(
        edits[0],
        serde_json::json!({"op": "connect", "stage": "b", "on": "s"})
    );
}

#[test]
fn an_output_that_nothing_uses_is_found() {
    let file = |stages: &str| {
        let mut found = found_in(&format!(
            r#"{{"name":"p","output_stage_id":"out","stages":[{stages}]}}"#
        ));
        found.retain(|one| one.rule == Rule::UnusedOutput);
        found
    };
    let out = r#"{"id":"out","type":"json_transform","config":{"template":"{{input}}"}}"#;
    let found = file(&format!("{out},{}", ask("a", "")));
    assert_eq!(short(&found), ["unused_output a"]);
    assert_eq!(found[0].level, Level::Warning);
    assert!(!found[0].safe, "a person decides");
    let unused = r#"{"id":"v","type":"variable_set","config":{"name":"x","value":1}}"#;
    assert_eq!(
        short(&file(&format!("{out},{unused}"))),
        ["unused_output v"]
    );
    for useful in [
        r#"{"id":"l","type":"logger","config":{"message":"x"}}"#,
        r#"{"id":"p","type":"http_request","config":{"url":"https://example.com","method":"POST"}}"#,
        r#"{"id":"w","type":"wait","config":{"seconds":1}}"#,
        r#"{"id":"v","type":"variable_set","config":{"name":"x","value":1}},
           {"id":"l","type":"logger","depends_on":["v"],"config":{"message":"{{context.x}}"}}"#,
        r#"{"id":"v","type":"json_transform","config":{"template":1}},
           {"id":"l","type":"logger","depends_on":["v"],"config":{"message":"{{upstream.v}}"}}"#,
        // The last stage of a loop is its result.
        r#"{"id":"e","type":"foreach","config":{"items":[1],"loop_stages":["i"]}},
           {"id":"i","type":"json_transform","config":{"template":1}}"#,
    ] {
        let found = file(&format!("{out},{useful}"));
        assert!(found.is_empty(), "{useful}: {found:#?}");
    }
    // Without `output_stage_id`, the last stages are the answer.
    clean(&ask("a", ""));
}

#[test]
fn branches_that_never_run_are_found() {
    const TWO: &str = r#"{"id":"yes","type":"logger","config":{"message":"y"}},
        {"id":"no","type":"logger","config":{"message":"n"}}"#;
    let conditional = |condition: &str| {
        found(&format!(
            r#"{{"id":"c","type":"conditional","config":{{{condition},"true_branch_stages":["yes"],"false_branch_stages":["no"]}}}},{TWO}"#
        ))
    };
    for (condition, others) in [
        (r#""condition":true"#, "no"),
        (r#""condition":"{{1 > 2}}""#, "yes"),
        (r#""condition":"false""#, "yes"),
    ] {
        let found = conditional(condition);
        assert_eq!(short(&found), ["unreachable_branch c"], "{condition}");
        assert_eq!(found[0].others, [others], "{condition}");
        assert_eq!(found[0].level, Level::Warning);
    }
    for open in [
        r#""condition":"{{input.a}}""#,
        r#""condition":"{{input.a > 2}}""#,
        r#""condition":"{{'a' if input.a else ''}}""#,
        r#""condition":"{{now()}}""#,
    ] {
        let found = conditional(open);
        assert!(found.is_empty(), "{open}: {found:#?}");
    }
    let router = |value: &str| {
        found(&format!(
            r#"{{"id":"r","type":"router","config":{{{value},"routes":{{"large":["yes"],"medium":["no"]}},"default_route":["no"]}}}},{TWO}"#
        ))
    };
    let found_ = router(r#""value":1,"value_expression":"'large' if value > 100 else 'small'""#);
    assert_eq!(short(&found_), ["unreachable_branch r"]);
    assert!(
        found_[0].message.contains("route.medium"),
        "{}",
        found_[0].message
    );
    assert!(
        found_[0].path.ends_with("routes.medium"),
        "{}",
        found_[0].path
    );
    assert!(router(r#""value":"{{input.size}}""#).is_empty());
    assert!(router(r#""value":"{{input.size}}","value_expression":"value.lower()""#).is_empty());
    let each = r#"{"id":"e","type":"foreach","config":{"items":[],"loop_stages":["yes","no"]}}"#;
    assert_eq!(
        short(&found(&format!("{each},{TWO}"))),
        ["unreachable_branch e"]
    );
}

#[test]
fn calls_in_a_loop_that_could_be_one_are_found() {
    let each = |inner: &str| {
        found(&format!(
            r#"{{"id":"e","type":"foreach","config":{{"items":"{{{{input.l}}}}","item_variable":"it","loop_stages":["a"]}}}},{inner}"#
        ))
    };
    let same = r#"{"id":"a","type":"generator","config":{"prompt":"Sum {{input.text}} up"}}"#;
    assert_eq!(short(&each(same)), ["call_per_item a"]);
    let small = r#"{"id":"a","type":"generator","config":{"prompt":"Is {{context.it}} good?","max_tokens":5}}"#;
    assert_eq!(short(&each(small)), ["small_call_per_item a"]);
    for own in [
        r#"{"id":"a","type":"generator","config":{"prompt":"Is {{context.it}} good?"}}"#,
        r#"{"id":"a","type":"generator","config":{"prompt":"{{it}}"}}"#,
        r#"{"id":"a","type":"generator","config":{"prompt":"{{now()}}"}}"#,
        r#"{"id":"a","type":"json_transform","config":{"template":1}}"#,
    ] {
        let found = each(own);
        assert!(found.is_empty(), "{own}: {found:#?}");
    }
}

#[test]
fn a_long_text_in_several_prompts_is_found() {
    let long = "You are a careful clerk of a large company. ".repeat(8);
    let asks = |texts: [&str; 2]| {
        let stage = |(at, text): (usize, &&str)| {
            format!(
                r#"{{"id":"s{at}","type":"generator","config":{{"system_prompt":"{text}","prompt":"{{{{input.a}}}} {at}"}}}}"#
            )
        };
        let stages: Vec<String> = texts.iter().enumerate().map(stage).collect();
        found(&stages.join(","))
    };
    let found = asks([&long, &format!("{long}{{{{input.b}}}}")]);
    assert_eq!(short(&found), ["repeated_prompt s0"]);
    assert_eq!(found[0].others, ["s1"]);
    assert!(asks([&long, "You are short."]).is_empty());
    assert!(asks(["You are short.", "You are short."]).is_empty());
}

#[test]
fn a_secret_is_found_and_never_shown() {
    let secret = format!("sk-{}", "T3BlbkFJq8Zr1mWx7KdP0vNc5LhYgEuS");
    let text = format!(
        r#"{{"name":"p","stages":[{{"id":"g","type":"http_request","retry_config":{{"max_retries":1}},
        "config":{{"url":"https://api.test/v1","headers":{{"Authorization":"Bearer {secret}"}}}}}}]}}"#
    );
    let found = found_in(&text);
    assert_eq!(short(&found), ["plain_secret g"]);
    assert_eq!(found[0].level, Level::Warning);
    assert_eq!(&text[found[0].span.start..found[0].span.end], secret);
    let registry = crate::registry();
    let pipeline = check::parse(&text, &registry).unwrap();
    let hidden = advice::without_secrets(&pipeline);
    assert_eq!(hidden.len(), text.len());
    let shown = [
        advice::render(&found, "p", &hidden),
        serde_json::to_string(&found).unwrap(),
        advice::explain(&pipeline, &registry).text(),
    ];
    for text in shown {
        assert!(!text.contains(&secret[8..20]), "{text}");
    }
    let safe = text.replace(&secret, "{{env.KEY}}");
    assert!(found_in(&safe).is_empty());
}

#[test]
fn the_edits_of_a_finding_mend_it_and_leave_a_valid_file() {
    let a = ask("a", "");
    let chain = format!(
        r#"{{"name":"p","stages":[{a},{},
        {{"id":"out","type":"json_transform","depends_on":["a","b"],
          "config":{{"template":"{{{{upstream.a.content}}}} {{{{upstream.b.content}}}}"}}}}]}}"#,
        ask("b", r#","depends_on":["a"]"#)
    );
    let unused = format!(
        r#"{{"name":"p","output_stage_id":"out","stages":[{a},
        {{"id":"out","type":"json_transform","depends_on":["a"],"config":{{"template":1}}}}]}}"#
    );
    let registry = crate::registry();
    let files = [chain.as_str(), &unused, EXAMPLES[1].1];
    let mut mended = 0;
    for text in files {
        for one in found_in(text).iter().filter(|one| !one.edits.is_empty()) {
            let applied = engine::edit::apply(text, &one.edits, &registry).unwrap();
            let still = found_in(&applied.text);
            let same = |other: &&Finding| other.rule == one.rule && other.stage == one.stage;
            assert_eq!(still.iter().find(same), None, "{}", applied.text);
            mended += 1;
        }
    }
    assert!(mended > 6, "{mended}");
}

#[test]
fn a_large_pipeline_is_advised_quickly_and_explained_shortly() {
    let stages: Vec<String> = (0..1_000)
        .map(|n| match n % 3 {
            0 => format!(
                r#"{{"id":"s{n}","type":"generator","depends_on":[{}],"config":{{"prompt":"{{{{input.a}}}} {n}"}}}}"#,
                if n == 0 { String::new() } else { format!("\"s{}\"", n - 1) }
            ),
            _ => format!(
                r#"{{"id":"s{n}","type":"json_transform","depends_on":["s{}"],"config":{{"template":"{{{{upstream.s{}}}}}"}}}}"#,
                n - 1,
                n - 1
            ),
        })
        .collect();
    let text = format!(r#"{{"name":"p","stages":[{}]}}"#, stages.join(","));
    let registry = crate::registry();
    let pipeline = check::parse(&text, &registry).unwrap();
    let start = Instant::now();
    let found = advice::findings(&pipeline, &registry);
    let explained = advice::explain(&pipeline, &registry);
    let took = start.elapsed().as_millis();
    println!("{took} ms, {} findings", found.len());
    // Unoptimized, beside other tests; optimized it takes less than 50 ms.
    assert!(took < 2_000, "{took} ms");
    assert!(explained.parts.len() <= 40);
    assert!(explained.text().len() < 10_000, "{}", explained.text());
}
