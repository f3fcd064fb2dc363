//! Test helpers: a stage context without an executor, and a server on loopback.

use std::{collections::HashMap, sync::Arc};

use chrono::DateTime;
use engine::{
    Value,
    component::{Body, Descriptor, Directive, LazyFields, Resources, StageContext, StageError},
};
use parking_lot::Mutex;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Computes a lazy field's value in a test, from the names in scope.
pub type Lazy = fn(&[(&str, Value)], Option<&Value>) -> Value;

#[derive(Default)]
struct Fields(HashMap<&'static str, Lazy>);

impl LazyFields for Fields {
    fn eval(
        &self,
        field: &str,
        locals: &[(&str, Value)],
        spread: Option<&Value>,
    ) -> Result<Option<Value>, StageError> {
        Ok(self.0.get(field).map(|f| f(locals, spread)))
    }
}

/// A stage context with these resources and lazy fields.
pub fn context(resources: Resources, lazy: &[(&'static str, Lazy)]) -> StageContext {
    StageContext {
        address: "stage".into(),
        attempt: 1,
        max_attempts: 1,
        scheduled_at: DateTime::UNIX_EPOCH,
        run_id: "run_1".into(),
        resources,
        clock: types::Clock::system(),
        cancel: Default::default(),
        llm: None,
        report: Default::default(),
        live: None,
        memory: engine::limits::Shares::of_this_process().run(0).memory,
        lazy: Arc::new(Fields(lazy.iter().copied().collect())),
    }
}

/// An input with synonyms replaced by the component's own field names, as the engine passes it.
fn named(component: &Descriptor, input: &str) -> Value {
    let Value::Map(map) = Value::parse_json(input).unwrap() else {
        panic!("an input is an object: {input}");
    };
    let schema = (component.input_schema)();
    let own = |name: &str| {
        let fields = schema["properties"].as_object()?;
        let mut of = fields.iter().filter(|(_, field)| {
            let synonyms = field["x-synonyms"].as_array();
            synonyms.is_some_and(|all| all.iter().any(|one| one == name))
        });
        of.next().map(|(field, _)| field.as_str().into())
    };
    let fields = map.iter();
    fields
        .map(|(name, value)| (own(name).unwrap_or_else(|| name.clone()), value.clone()))
        .collect()
}

/// Runs a component's body on an input in JSON.
pub async fn run(
    component: &Descriptor,
    ctx: StageContext,
    input: &str,
) -> Result<Value, StageError> {
    let input = named(component, input);
    match component.body {
        Body::Sync(body) => body(&ctx, input),
        Body::Async(body) => body(ctx, input).await,
        Body::Control(_) => panic!("use `steer`"),
    }
}

/// The directive of a control-flow component for an input in JSON.
pub fn steer(
    component: &Descriptor,
    ctx: &StageContext,
    input: &str,
) -> Result<Directive, StageError> {
    match component.body {
        Body::Control(body) => body(ctx, named(component, input)),
        _ => panic!("use `run`"),
    }
}

/// A server on loopback that records its requests.
pub struct Server {
    /// The port that it listens on.
    pub port: u16,
    /// The complete requests, in order.
    pub seen: Arc<Mutex<Vec<String>>>,
}

/// Starts a server that sends each connection the next answer, byte for byte, and then stops.
pub async fn answering(ip: &str, port: u16, answers: Vec<Vec<u8>>) -> Server {
    let listener = TcpListener::bind((ip, port)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let keep = seen.clone();
    tokio::spawn(async move {
        for answer in answers {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            loop {
                let read = socket.read(&mut buffer).await.unwrap();
                request.extend_from_slice(&buffer[..read]);
                let text = String::from_utf8_lossy(&request).to_lowercase();
                let length = text
                    .split_once("content-length: ")
                    .and_then(|(_, rest)| rest.split("\r\n").next()?.parse::<usize>().ok())
                    .unwrap_or(0);
                let whole = text
                    .split_once("\r\n\r\n")
                    .is_some_and(|(_, body)| body.len() >= length);
                if read == 0 || whole {
                    break;
                }
            }
            keep.lock()
                .push(String::from_utf8_lossy(&request).into_owned());
            let _ = socket.write_all(&answer).await;
            let _ = socket.shutdown().await;
        }
    });
    Server { port, seen }
}
