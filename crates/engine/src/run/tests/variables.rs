//! Variables are visible to the stages that depend on their writer, and to no others.

use super::*;

#[tokio::test]
async fn a_variable_is_seen_by_direct_and_indirect_dependents_only() {
    let set = r#"{"id":"s","component":"variable_set","config":{"name":"v","value":1}}"#;
    let (result, _) = run(&format!(
        r#"{set},
           {{"id":"a","component":"echo","config":{{"value":"{{{{context.v}}}}"}},"depends_on":["s"]}},
           {{"id":"b","component":"echo","config":{{"value":"{{{{context.v + 1}}}}"}},"depends_on":["a"]}}"#
    ))
    .await;
    assert_eq!(result.output, json("2"));
    let (result, _) = run(&format!(
        r#"{set},{{"id":"x","component":"echo","config":{{"value":"{{{{context.v or 'unseen'}}}}"}}}}"#
    ))
    .await;
    assert_eq!(result.output.get("x"), Some(&json(r#""unseen""#)));
}

#[tokio::test]
async fn the_nearest_writer_counts_and_a_skipped_one_falls_back_to_earlier_ones() {
    let (result, _) = run(
        r#"{"id":"s1","component":"variable_set","config":{"name":"v","value":"first"}},
           {"id":"a","component":"echo","config":{"value":"{{context.v}}"},"depends_on":["s1"]},
           {"id":"s2","component":"variable_set","config":{"name":"v","value":"{{context.v}} second"},"depends_on":["a"]},
           {"id":"b","component":"echo","config":{"value":"{{context.v}}"},"depends_on":["s2"]},
           {"id":"r","component":"router","config":{"value":"no","routes":{"yes":["s3"]}},"depends_on":["b"]},
           {"id":"s3","component":"variable_set","config":{"name":"v","value":"third"}},
           {"id":"c","component":"echo","config":{"value":"{{context.v}}"},"depends_on":["r"]}"#,
    )
    .await;
    assert_eq!(result.output, json(r#""first second""#));
}

#[tokio::test]
async fn within_an_iteration_its_own_variable_is_read_and_after_the_loop_the_last() {
    let (result, _) = run(
        r#"{"id":"each","component":"foreach","config":{"items":[1,2,3],"parallel":true,"loop_stages":["s","u"]}},
           {"id":"s","component":"variable_set","config":{"name":"v","value":"{{context.item * 10}}"}},
           {"id":"u","component":"echo","config":{"value":"{{context.v}}"},"depends_on":["s"]},
           {"id":"end","component":"echo","config":{"value":["{{upstream.each.results}}","{{context.v}}"]},"depends_on":["each"]}"#,
    )
    .await;
    assert_eq!(result.output, json("[[10,20,30],30]"));
}

#[tokio::test]
async fn variables_set_by_try_stages_are_visible_to_catch_stages() {
    let (result, _) = run(
        r#"{"id":"t","component":"trycatch","config":{"try_stages":["s","bad"],"catch_stages":["c"]}},
           {"id":"s","component":"variable_set","config":{"name":"v","value":7}},
           {"id":"bad","component":"work","config":{"error":"HTTP_FAILED"},"depends_on":["s"]},
           {"id":"c","component":"echo","config":{"value":"{{context.v}}"}},
           {"id":"end","component":"echo","config":{"value":"{{upstream.c}}"},"depends_on":["t"]}"#,
    )
    .await;
    assert_eq!(result.output, json("7"));
}
