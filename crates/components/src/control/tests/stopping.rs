//! Real components in a real run: every kind of stop ends a hanging stage at once.

use std::{sync::Arc, time::Duration};

use engine::{
    Value,
    component::Resources,
    model::Pipeline,
    plan::Plan,
    run::{Outcome, RunHost, RunSpec, RunStatus, Signal, drive, local},
};
use tokio::{
    io::AsyncReadExt,
    net::TcpListener,
    sync::{mpsc, watch},
};
use types::{Clock, RunId};

use crate::{
    http::{GuardedClient, OutboundConfig},
    model::{Providers, Script, Scripted},
};

/// Starts a server that accepts requests and never answers; reports the number of open connections.
async fn silent() -> (String, watch::Receiver<i64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (open, seen) = watch::channel(0);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let open = open.clone();
            open.send_modify(|n| *n += 1);
            tokio::spawn(async move {
                let mut buffer = [0; 1024];
                while matches!(stream.read(&mut buffer).await, Ok(n) if n > 0) {}
                open.send_modify(|n| *n -= 1);
            });
        }
    });
    (address, seen)
}

fn host(allow: &str) -> RunHost {
    let (mut host, _) = local::host(Clock::system());
    let outbound = OutboundConfig {
        allow: vec![allow.to_owned()],
        ..OutboundConfig::default()
    };
    let client = GuardedClient::builder().outbound(outbound).build().unwrap();
    // One word every 200 ms, for a minute.
    let words = vec!["word"; 300].join(" ");
    let script = format!(r#"{{"tokens_per_second":5,"answers":[{{"answer":"{words}"}}]}}"#);
    let script = Script::parse(&script).unwrap();
    let providers = Providers::default().with("scripted", Arc::new(Scripted::new(script, None)));
    host.resources = Resources::default().with(client).with(providers);
    host
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stop {
    Cancel,
    RunTimeout,
    StageTimeout,
    AroundTimeout,
}

/// Runs the stage, whose JSON lacks the closing brace, and stops it after `AFTER`.
async fn stopped(host: RunHost, stage: &str, stop: Stop) {
    const AFTER: Duration = Duration::from_millis(150);
    let ms = AFTER.as_millis();
    let own = if stop == Stop::StageTimeout {
        ms
    } else {
        60_000
    };
    let around = if stop == Stop::AroundTimeout {
        ms
    } else {
        60_000
    };
    let text = format!(
        r#"{{"name":"t","stages":[
            {{"id":"each","type":"foreach","config":{{"items":[1],"loop_stages":["s"]}},"timeout_ms":{around}}},
            {{"id":"s",{stage},"timeout_ms":{own}}}]}}"#
    );
    let pipeline = Pipeline::parse(text.as_str(), &crate::registry()).unwrap();
    let plan = Arc::new(Plan::compile(&pipeline, &crate::registry()).unwrap());
    let spec = RunSpec {
        run_id: RunId::new(&Clock::system()),
        plan,
        input: Value::Null,
        timeout: (stop == Stop::RunTimeout).then_some(AFTER),
    };
    let (sender, signals) = mpsc::channel(1);
    let run = tokio::spawn(drive(spec, host, Vec::new(), signals));
    // The time limits are as long.
    tokio::time::sleep(AFTER).await;
    if stop == Stop::Cancel {
        assert!(!run.is_finished(), "{stage}");
        let cancel = Signal::Cancel {
            by: None,
            reason: None,
        };
        sender.send(cancel).await.unwrap();
    }
    // A hundred turns of a timer of 1 ms: on a busy machine they take longer, as does the run's end.
    let turns = async {
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let ended = tokio::select! {
        biased;
        ended = run => ended.unwrap(),
        () = turns => panic!("{stage} {stop:?}: the run goes on"),
    };
    let Outcome::Finished(result) = ended else {
        panic!("{stage} {stop:?}")
    };
    if stop == Stop::Cancel {
        assert_eq!(result.status, RunStatus::Cancelled);
    } else {
        assert_eq!(
            result.error.unwrap().code.as_str(),
            "TIMEOUT",
            "{stage} {stop:?}"
        );
    }
}

const STOPS: [Stop; 4] = [
    Stop::Cancel,
    Stop::RunTimeout,
    Stop::StageTimeout,
    Stop::AroundTimeout,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d28_a_hanging_http_call_ends_within_100_ms_and_its_connection_is_closed() {
    let (address, mut open) = silent().await;
    for method in ["GET", "POST"] {
        for stop in STOPS {
            let stage = format!(
                r#""type":"http_request","config":{{"url":"http://{address}/","method":"{method}"}}"#
            );
            stopped(host(&address), &stage, stop).await;
            let closed = open.wait_for(|open| *open == 0);
            tokio::time::timeout(Duration::from_secs(2), closed)
                .await
                .expect("a connection stays open")
                .unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d28_a_streaming_model_ends_within_100_ms_and_nothing_arrives_after_that() {
    for stop in STOPS {
        let mut host = host("127.0.0.1:9");
        let said = Arc::new(parking_lot::Mutex::new(0));
        let count = said.clone();
        host.live = Some(Arc::new(move |_| *count.lock() += 1));
        stopped(
            host,
            r#""type":"generator","config":{"prompt":"Go on"}"#,
            stop,
        )
        .await;
        let then = *said.lock();
        tokio::time::sleep(Duration::from_millis(450)).await;
        assert_eq!(*said.lock(), then, "{stop:?}: the stream goes on");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d28_a_wait_ends_within_100_ms() {
    for stop in STOPS {
        stopped(
            host("127.0.0.1:9"),
            r#""type":"wait","config":{"seconds":60}"#,
            stop,
        )
        .await;
    }
}
