//! Requests that try to cost more than they are charged for: documents, batches, responses.
//!
//! Each is quickly answered or refused with its code, and the process stays small.

use std::time::{Duration, Instant};

use domain::Role;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Answer, Caller, TestApp,
        people::key,
        pipelines::{chain, create, finished, start},
        socket::Socket,
    },
};

cases![Shared:
    attack_pages_of_events_share_one_budget_however_they_are_asked_for,
    attack_answers_are_bounded_in_bytes_while_they_are_made,
    attack_each_message_of_a_subscription_has_a_budget;
None:
    attack_doubling_fragments_are_answered_at_once_before_sign_in,
    attack_large_variables_are_read_and_stored_a_few_times_only,
    attack_random_documents_are_answered_in_bounded_time_and_memory;
];

/// How long a response may take here, on a busy machine and in a build without optimization.
const PATIENCE: Duration = Duration::from_secs(5);

/// The maximum size of a response: `api::limits::ANSWER`, and room for names and punctuation.
const LARGEST: usize = api::limits::ANSWER + 2 * 1024 * 1024;

/// Sends a body, and checks the time and the size of the response.
async fn send(caller: &Caller, body: &Json) -> Answer {
    let started = Instant::now();
    let answer = caller.post("/graphql", body).await;
    let (took, bytes) = (started.elapsed(), answer.text.len());
    assert!(took < PATIENCE, "{took:?}: {:.200}", body.to_string());
    assert!(bytes < LARGEST, "{bytes} bytes: {:.200}", body.to_string());
    answer
}

async fn refused(caller: &Caller, body: &Json) {
    let answer = send(caller, body).await;
    assert_eq!(
        answer.code().as_deref(),
        Some("LIMIT_EXCEEDED"),
        "{:.300}\n{:.300}",
        body.to_string(),
        answer.text
    );
}

/// The resident memory of this process, in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<usize>().ok());
    kilobytes.unwrap_or(0) * 1024
}

async fn attack_doubling_fragments_are_answered_at_once_before_sign_in(app: TestApp) {
    let nobody = app.anonymous();
    for twice in ["...NEXT ...NEXT", "...on Query{...NEXT} ...NEXT"] {
        for end in ["", "fragment f30 on Query { __typename }"] {
            let fragments: String = (0..30)
                .map(|level| {
                    let next = twice.replace("NEXT", &format!("f{}", level + 1));
                    format!("fragment f{level} on Query{{{next}}}")
                })
                .collect();
            let body = json!({ "query": format!("{{...f0}}{fragments}{end}") });
            let started = Instant::now();
            let answer = send(&nobody, &body).await;
            assert!(answer.code().is_some(), "{}", answer.text);
            assert!(started.elapsed() < Duration::from_secs(1));
        }
    }
}

async fn attack_pages_of_events_share_one_budget_however_they_are_asked_for(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let (_, viewer) = key(&app, a.owner(), Role::Viewer).await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(300)).await;
    let run = start(owner, &pipeline).await;
    assert_eq!(finished(owner, &run).await, "SUCCEEDED");

    let page = "events(first: 1000) { seq at type stage body }";
    // One page is allowed.
    let one = format!("{{ run(id: \"{run}\") {{ {page} }} }}");
    let data = viewer.data(&one, json!({})).await;
    assert!(
        data["run"]["events"]
            .as_array()
            .is_some_and(|events| events.len() > 600)
    );

    let aliases = |n: usize| -> String { (0..n).map(|i| format!("a{i}: {page} ")).collect() };
    let many = aliases(99);
    let by_default = "events { seq at type stage body }";
    let absent: String = (0..3).map(|i| format!("a{i}: {by_default} ")).collect();
    let variable: String = (0..99)
        .map(|i| format!("a{i}: events(first: $n) {{ seq body }} "))
        .collect();
    let documents = [
        format!("{{ run(id: \"{run}\") {{ {many} }} }}"),
        format!("{{ node(id: \"{run}\") {{ ... on Run {{ {many} }} }} }}"),
        // The fragment's type differs from the field's.
        format!("{{ node(id: \"{run}\") {{ ...F }} }} fragment F on Run {{ {many} }}"),
        format!(
            "{{ nodes(ids: [\"{run}\",\"{run}\",\"{run}\"]) {{ ...F }} }} fragment F on Run {{ {page} }}"
        ),
        format!("{{ run(id: \"{run}\") {{ {absent} }} }}"),
        format!("{{ runs(first: 100) {{ edges {{ node {{ {page} }} }} }} }}"),
        format!("{{ pipelines {{ edges {{ node {{ lastRun {{ {page} }} }} }} }} }}"),
        format!(
            "{{ runs(first: 3) {{ edges {{ node {{ retriedFrom {{ {page} }} {page} }} }} }} }}"
        ),
    ];
    for document in documents {
        refused(&viewer, &json!({ "query": document })).await;
    }
    for n in ["$n: Int! = 1000", "$n: Int = 1000"] {
        let query = format!("query({n}) {{ run(id: \"{run}\") {{ {variable} }} }}");
        refused(&viewer, &json!({ "query": query })).await;
        refused(
            &viewer,
            &json!({ "query": query, "variables": { "n": 1_000 } }),
        )
        .await;
    }
    // A whole batch has the budget of one operation.
    refused(&viewer, &Json::from(vec![json!({ "query": one }); 3])).await;
    let mixed = json!([
        { "query": "{ viewer { role } }" },
        { "query": one },
        { "query": one.replace("seq at", "at seq") },
    ]);
    refused(&viewer, &mixed).await;
    let two = json!([{ "query": "{ viewer { role } }" }, { "query": one }]);
    let answer = send(&viewer, &two).await;
    assert!(answer.code().is_none());
    assert_eq!(answer.json()[0]["data"]["viewer"]["role"], "VIEWER");
    // Sizes that overflow when they are multiplied.
    let deep = "pipelines(first: 2147483647) { edges { node { runs(first: 2147483647) { edges { \
                node { pipeline { runs(first: 2147483647) { edges { node { id } } } } } } } } } }";
    refused(&viewer, &json!({ "query": format!("{{ {deep} }}") })).await;
}

async fn attack_answers_are_bounded_in_bytes_while_they_are_made(app: TestApp) {
    let a = app.org("A").await;
    let (_, viewer) = key(&app, a.owner(), Role::Viewer).await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    let start = "mutation($p: ID!, $i: JSON!) { \
                 startRun(input: {pipelineId: $p, input: $i}) { run { id } } }";
    let mut ids = Vec::new();
    for _ in 0..12 {
        let input = json!({ "value": 1, "text": "x".repeat(900_000) });
        let data = owner
            .data(start, json!({ "p": pipeline, "i": input }))
            .await;
        ids.push(data["startRun"]["run"]["id"].clone());
    }
    let one = format!("{{ run(id: {}) {{ input }} }}", ids[0]);
    viewer.data(&one, json!({})).await;
    let eight = "{ runs(first: 8) { edges { node { input } } } }";
    viewer.data(eight, json!({})).await;

    let before = resident();
    let aliases: String = (0..90).map(|i| format!("a{i}: input ")).collect();
    let list: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let bodies = [
        json!({ "query": "{ runs(first: 12) { edges { node { input } } } }" }),
        json!({ "query": format!("{{ run(id: {}) {{ {aliases} }} }}", ids[0]) }),
        json!({ "query": format!("{{ nodes(ids: [{}]) {{ ... on Run {{ input }} }} }}",
            list.join(",")) }),
    ];
    for body in bodies {
        refused(&viewer, &body).await;
    }
    // The operations of a batch share one budget.
    let batch: Vec<Json> = (0..10)
        .map(|i| json!({ "query": format!("{{ run(id: {}) {{ input }} }}", ids[i]) }))
        .collect();
    let answer = send(&viewer, &Json::from(batch)).await.json();
    let parts = answer.as_array().expect("ten answers");
    let good = parts.iter().filter(|part| part.get("errors").is_none());
    assert!((5..10).contains(&good.count()));
    // Concurrent requests share the process's limit for responses.
    let eight_of = json!({ "query": eight });
    let many = (0..24).map(|_| viewer.post("/graphql", &eight_of));
    for answer in futures::future::join_all(many).await {
        let code = answer.code();
        assert!(
            code.is_none() || code.as_deref() == Some("UNAVAILABLE"),
            "{:.300}",
            answer.text
        );
    }
    let grown = resident().saturating_sub(before) / (1024 * 1024);
    assert!(grown < 900, "{grown} MB more");
}

async fn attack_each_message_of_a_subscription_has_a_budget(app: TestApp) {
    let a = app.org("A").await;
    let mut socket = Socket::open(&a.owner().caller).await;
    for (id, selection) in [
        "events(first: 1000) { body }",
        "stages { output }",
        "pipeline { runs(first: 100) { edges { node { id status input } } } }",
    ]
    .into_iter()
    .enumerate()
    {
        let query = format!("subscription {{ runFeed {{ {selection} }} }}");
        socket.subscribe(&id.to_string(), &query, json!({})).await;
        let message = socket.next().await.expect("an answer");
        assert_eq!(message["type"], "error", "{message}");
        let code = &message["payload"][0]["extensions"]["code"];
        assert_eq!(*code, "LIMIT_EXCEEDED", "{message}");
    }
}

async fn attack_large_variables_are_read_and_stored_a_few_times_only(app: TestApp) {
    let owner = &app.org("A").await.owner().caller.clone();
    // The largest file is within the limits, even if every byte is escaped.
    let head = r#"{"name":"Large","stages":[]}"#;
    let largest = domain::pipelines::MAX_SOURCE;
    let source = format!("{head}{}", "\n".repeat(largest - head.len()));
    let check = "query($s: String!) { validatePipeline(source: $s) { problems { code } } }";
    owner.data(check, json!({ "s": source })).await;
    let over = owner
        .graphql(check, json!({ "s": format!("{source}\n") }))
        .await;
    assert_eq!(over.code().as_deref(), Some("LIMIT_EXCEEDED"));
    assert!(
        over.text.contains("source"),
        "the field is named: {}",
        over.text
    );

    let repeat = |field: &str, n: usize| -> String {
        let fields: String = (0..n).map(|i| format!("a{i}: {field} ")).collect();
        format!("query($s: String!) {{ {fields} }}")
    };
    let half = "y".repeat(400_000);
    for field in [
        "validatePipeline(source: $s) { valid }",
        "pipelines(search: $s) { edges { cursor } }",
        "runs(after: $s) { edges { cursor } }",
    ] {
        let body = json!({ "query": repeat(field, 90), "variables": { "s": half } });
        refused(owner, &body).await;
    }
    let ids = vec!["run_x"; 5_000];
    let nodes = "query($i: [ID!]!) { nodes(ids: $i) { id } }";
    refused(owner, &json!({ "query": nodes, "variables": { "i": ids } })).await;
}

/// Generates random documents with lists, fragments, aliases and arguments of the schema.
struct Generator {
    random: StdRng,
    run: String,
    fragments: Vec<String>,
}

impl Generator {
    fn first(&mut self) -> String {
        let sizes = [
            "",
            "(first: 1)",
            "(first: 20)",
            "(first: 100)",
            "(first: $n)",
        ];
        (*sizes.choose(&mut self.random).expect("some")).to_owned()
    }

    fn many(&mut self, depth: usize, part: fn(&mut Self, usize) -> String) -> String {
        let parts = self.random.random_range(1..4);
        let parts: Vec<String> = (0..parts)
            .map(|at| {
                let one = part(self, depth);
                let alias = self.random.random_bool(0.3) && !one.starts_with("...");
                if alias {
                    format!("x{depth}{at}: {one}")
                } else {
                    one
                }
            })
            .collect();
        format!("{{ {} }}", parts.join(" "))
    }

    fn run(&mut self, depth: usize) -> String {
        match self.random.random_range(0..9) {
            0 => "id status".to_owned(),
            1 => "input".to_owned(),
            2 => "output".to_owned(),
            3 => "events(first: 1000) { seq body }".to_owned(),
            4 => "stages { address input output logs { message } attempts { number } }".to_owned(),
            5 if depth < 5 => format!("pipeline {}", self.many(depth + 1, Self::pipeline)),
            6 => "version { source stages { config } problems { message } }".to_owned(),
            7 => self.fragment(depth, "Run", Self::run),
            _ => "retriedFrom { id }".to_owned(),
        }
    }

    fn pipeline(&mut self, depth: usize) -> String {
        match self.random.random_range(0..6) {
            0 if depth < 5 => {
                let runs = self.many(depth + 1, Self::run);
                format!("runs{} {{ edges {{ node {runs} }} }}", self.first())
            }
            1 => format!(
                "versions{} {{ edges {{ node {{ source sha256 }} }} }}",
                self.first()
            ),
            2 if depth < 5 => format!("lastRun {}", self.many(depth + 1, Self::run)),
            3 => self.fragment(depth, "Pipeline", Self::pipeline),
            _ => "id name description".to_owned(),
        }
    }

    fn fragment(&mut self, depth: usize, on: &str, part: fn(&mut Self, usize) -> String) -> String {
        let name = format!("f{}", self.fragments.len());
        self.fragments.push(String::new());
        let at = self.fragments.len() - 1;
        let set = if depth < 5 {
            self.many(depth + 1, part)
        } else {
            "{ id }".to_owned()
        };
        self.fragments[at] = format!("fragment {name} on {on} {set}");
        let times = self.random.random_range(1..4);
        format!("...{name} ").repeat(times)
    }

    fn root(&mut self, depth: usize) -> String {
        match self.random.random_range(0..5) {
            0 => {
                let runs = self.many(depth + 1, Self::run);
                format!("runs{} {{ edges {{ node {runs} }} }}", self.first())
            }
            1 => {
                let pipelines = self.many(depth + 1, Self::pipeline);
                format!(
                    "pipelines{} {{ edges {{ node {pipelines} }} }}",
                    self.first()
                )
            }
            2 => {
                let ids = vec![format!("\"{}\"", self.run); self.random.random_range(1..90)];
                let run = self.fragment(depth, "Run", Self::run);
                format!("nodes(ids: [{}]) {{ {run} }}", ids.join(","))
            }
            3 => "components { name inputSchema outputSchema }".to_owned(),
            _ => "examples { source sampleInput }".to_owned(),
        }
    }
}

async fn attack_random_documents_are_answered_in_bounded_time_and_memory(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let (_, viewer) = key(&app, a.owner(), Role::Viewer).await;
    let owner = &a.owner().caller;
    let mut last = String::new();
    for stages in [1, 40, 40, 200] {
        let pipeline = create(owner, &chain(stages)).await;
        for _ in 0..6 {
            last = start(owner, &pipeline).await;
        }
    }
    assert_eq!(finished(owner, &last).await, "SUCCEEDED");
    let before = resident();
    let (mut answered, mut refused) = (0, 0);
    for seed in 0..120 {
        let mut generator = Generator {
            random: StdRng::seed_from_u64(seed),
            run: last.clone(),
            fragments: Vec::new(),
        };
        let root = generator.many(0, Generator::root);
        let query = format!(
            "query($n: Int = 100) {root} {}",
            generator.fragments.join(" ")
        );
        let answer = send(&viewer, &json!({ "query": query })).await;
        match answer.code().as_deref() {
            None => answered += 1,
            Some("LIMIT_EXCEEDED") => refused += 1,
            // Two fields of the same name with different arguments, or an unused variable.
            Some("INVALID_INPUT") => {}
            Some(other) => panic!("{other}: {query}\n{:.500}", answer.text),
        }
    }
    let grown = resident().saturating_sub(before) / (1024 * 1024);
    println!("{answered} answered, {refused} refused, {grown} MB more");
    assert!(answered > 0 && refused > 10, "{answered} {refused}");
    assert!(grown < 600, "{grown} MB more");
}
