//! Why a run failed, as told from the journals of real runs.

use super::*;
use crate::advice::{self, Cause};

async fn cause(stages: &str) -> Cause {
    let (result, rig) = run(stages).await;
    assert_eq!(result.status, RunStatus::Failed);
    let found = advice::cause(&rig.events(), &rig.view(), &[]).unwrap();
    let events = rig.events();
    for one in &found.evidence {
        let event = &events[usize::try_from(one.seq).unwrap() - 1];
        assert_eq!((event.seq, &event.stage), (one.seq, &one.stage));
    }
    assert!(found.evidence.is_sorted_by_key(|one| one.seq), "{found:#?}");
    found
}

fn said(cause: &Cause) -> Vec<&str> {
    cause.evidence.iter().map(|one| one.text.as_str()).collect()
}

#[tokio::test]
async fn the_cause_is_the_innermost_stage_with_its_attempts_and_the_way_up() {
    let found = cause(
        r#"{"id":"each","component":"foreach","config":{"items":[1,2],"loop_stages":["w"]}},
           {"id":"w","component":"work","retry_config":{"max_retries":1,"initial_delay_ms":1},
            "config":{"fail_first":"{{9 if context.item == 2 else 0}}"}}"#,
    )
    .await;
    assert_eq!(found.stage.as_deref(), Some("each[1]/w"));
    assert_eq!(found.stage_id.as_deref(), Some("w"));
    assert_eq!(found.code.as_str(), "HTTP_FAILED");
    assert_eq!(
        said(&found),
        [
            "Attempt 1 of `each[1]/w` fails with `HTTP_FAILED`; another attempt follows.",
            "Attempt 2 of `each[1]/w` fails with `HTTP_FAILED`.",
            "`each` fails because of it.",
            "The run fails with the error of `each[1]/w`.",
        ]
    );
    assert_eq!(
        found.text,
        "`w` in item 2 of `each` failed with `HTTP_FAILED`: Not yet. All 2 attempts failed."
    );
    assert!(
        found
            .help
            .is_some_and(|help| help.contains("Retry the run"))
    );
}

#[tokio::test]
async fn a_failure_that_was_caught_is_not_the_cause() {
    let found = cause(
        r#"{"id":"t","component":"trycatch","config":{"try_stages":["a"],"catch_stages":["b"]}},
           {"id":"a","component":"work","config":{"error":"PROVIDER_FAILED"}},
           {"id":"b","component":"echo","config":{"value":1}},
           {"id":"c","component":"work","depends_on":["t"],"config":{"error":"STAGE_FAILED"}}"#,
    )
    .await;
    assert_eq!(found.stage.as_deref(), Some("c"));
    assert!(
        found.text.contains("Another stage failed, too"),
        "{}",
        found.text
    );
    assert!(found.similar.is_empty());
}

#[tokio::test]
async fn a_failure_of_a_catch_stage_names_the_failure_that_it_was_to_handle() {
    let found = cause(
        r#"{"id":"t","component":"trycatch","config":{"try_stages":["a"],"catch_stages":["b"]}},
           {"id":"a","component":"work","config":{"error":"PROVIDER_FAILED"}},
           {"id":"b","component":"work","config":{"error":"STAGE_FAILED"}}"#,
    )
    .await;
    assert_eq!(found.stage.as_deref(), Some("t/catch/b"));
    assert_eq!(
        said(&found)[0],
        "`t/try/a` fails with `PROVIDER_FAILED`, which `t` catches."
    );
}

#[tokio::test]
async fn a_run_that_succeeds_has_no_cause() {
    let (_, rig) = run(r#"{"id":"a","component":"echo","config":{"value":1}}"#).await;
    assert_eq!(advice::cause(&rig.events(), &rig.view(), &[]), None);
}
