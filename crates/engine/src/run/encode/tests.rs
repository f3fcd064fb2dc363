//! Written events read back as equal events.

use super::*;
use crate::run::{Event, decode};

#[test]
fn what_is_written_reads_back_equal() {
    let at = DateTime::from_timestamp_micros(1_700_000_000_000_042).unwrap();
    let due = DateTime::from_timestamp_micros(1_700_000_060_999_999).unwrap();
    let subject = Subject {
        prefix: "a[3]/",
        id: "b\\\"ü",
    };
    let stage: Option<std::sync::Arc<str>> = Some("a[3]/b\"ü".into());
    let output = Value::parse_json(r#"{"x":[1,null,"\u0000é"],"y":-2.5}"#).unwrap();
    let error = Failure {
        code: types::ErrorCode::Timeout,
        message: "slow".into(),
        stage: Some("c".into()),
    };
    let logs = vec![LogLine {
        at,
        level: "info".into(),
        message: "m".into(),
        data: None,
    }];
    let usage = Some(Usage {
        calls: 1,
        prompt_tokens: Some(2),
        completion_tokens: Some(3),
        cost: None,
    });

    let mut encoder = Encoder::after(0, at);
    let mut wanted = Vec::new();
    let mut seq = 0;
    let mut event = |stage: Option<std::sync::Arc<str>>, body: EventBody| {
        seq += 1;
        wanted.push(Event {
            seq,
            at,
            stage,
            body,
        });
    };
    assert_eq!(encoder.run_started(at, &output), None);
    event(
        None,
        EventBody::RunStarted {
            input: output.clone(),
            format: FORMAT,
            reused: None,
        },
    );
    encoder.scheduled(at, subject);
    event(stage.clone(), EventBody::StageScheduled);
    encoder.started(at, subject, 2);
    event(
        stage.clone(),
        EventBody::StageStarted {
            attempt: 2,
            deadline: None,
            items: None,
        },
    );
    encoder.activated(at, subject, 3, Some(due), Some(0));
    event(
        stage.clone(),
        EventBody::StageStarted {
            attempt: 3,
            deadline: Some(due),
            items: Some(0),
        },
    );
    let (usage_of, cap) = (usage.as_ref(), usize::MAX);
    // An output that exceeds the cap leaves nothing behind.
    for cap in [0, 5, 10] {
        encoder
            .succeeded(due, subject, 2, &output, &logs, usage_of, true, cap)
            .unwrap_err();
    }
    encoder
        .succeeded(at, subject, 2, &output, &logs, usage_of, true, cap)
        .unwrap();
    event(
        stage.clone(),
        EventBody::StageSucceeded {
            attempt: 2,
            output: output.clone(),
            logs: logs.clone(),
            usage,
            taken_over: true,
        },
    );
    encoder.failed(at, subject, 1, &error, false, &[], None);
    event(
        stage.clone(),
        EventBody::StageFailed {
            attempt: 1,
            error: error.clone(),
            last: false,
            logs: Vec::new(),
            usage: None,
        },
    );
    for (with_stage, body) in [
        (
            false,
            EventBody::RunSignal {
                signal: "cancel".into(),
                by: Some("Ada".into()),
                reason: None,
            },
        ),
        (
            true,
            EventBody::StageIntent {
                attempt: 1,
                key: "k".into(),
            },
        ),
        (true, EventBody::StageRetryAt { attempt: 2, due }),
        (
            true,
            EventBody::StageSkipped {
                reason: "branch".into(),
            },
        ),
        (true, EventBody::WaitStarted { due }),
        (true, EventBody::WaitEnded),
        (true, EventBody::StageExpired),
        (
            false,
            EventBody::RunFinished {
                status: crate::run::RunStatus::Succeeded,
                output: output.clone(),
                error: None,
            },
        ),
        (
            false,
            EventBody::RunFinished {
                status: crate::run::RunStatus::Failed,
                output: Value::Null,
                error: Some(error.clone()),
            },
        ),
    ] {
        encoder.plain(at, with_stage.then_some(subject), &body);
        event(with_stage.then(|| stage.clone()).flatten(), body);
    }
    let (first, count, body) = encoder.take();
    assert_eq!((first, count as usize), (1, wanted.len()));
    assert_eq!(decode(&body).unwrap(), wanted);
}

#[test]
fn d19_a_newer_format_or_an_unknown_event_is_refused_cleanly() {
    use crate::run::DecodeError;
    let line = r#"{"seq":1,"at":"2026-01-01T00:00:00Z","type":"run.started","format":2,"input":1}"#;
    assert!(matches!(
        decode(line.as_bytes()),
        Err(DecodeError::Newer(_))
    ));
    let line = r#"{"seq":1,"at":"2026-01-01T00:00:00Z","type":"stage.paused","stage":"a"}"#;
    assert!(matches!(
        decode(line.as_bytes()),
        Err(DecodeError::Newer(_))
    ));
    assert!(matches!(
        decode(b"{\"seq\":1"),
        Err(DecodeError::Damaged(_))
    ));
}
