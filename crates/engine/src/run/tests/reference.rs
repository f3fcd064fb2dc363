//! Random pipelines, and a small model of what they come to that knows nothing of frames, queues or
//! events.

use rand::{Rng, rngs::StdRng};

use crate::Value;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum OnError {
    Fail,
    Continue,
    Skip,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Pure,
    /// Fails; in a loop only in the iterations of this parity.
    Failing(u32),
    Foreach {
        items: u32,
        parallel: usize,
        break_on_error: bool,
    },
    Router(usize),
    Try {
        propagate: bool,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub id: String,
    pub kind: Kind,
    pub on_error: OnError,
    /// Places of earlier nodes of the same scope.
    pub deps: Vec<usize>,
    /// Field, branch, stages.
    pub inner: Vec<(&'static str, &'static str, Vec<Node>)>,
}

pub(super) fn scope(rng: &mut StdRng, depth: u32, next: &mut u32) -> Vec<Node> {
    let count = rng.random_range(1..=if depth == 0 { 6 } else { 3 });
    (0..count)
        .map(|place| {
            *next += 1;
            let id = format!("s{next}");
            let deps = (0..place).filter(|_| rng.random_bool(0.4)).collect();
            let on_error = match rng.random_range(0..6) {
                0 => OnError::Continue,
                1 => OnError::Skip,
                _ => OnError::Fail,
            };
            let pick = rng.random_range(0..if depth < 3 { 10 } else { 6 });
            let mut inner = |field, branch| (field, branch, scope(rng, depth + 1, next));
            let (kind, inner) = match pick {
                0..=4 => (None, Vec::new()),
                5 => (Some(Kind::Failing(0)), Vec::new()),
                6 | 7 => (
                    Some(Kind::Foreach {
                        items: 0,
                        parallel: 1,
                        break_on_error: true,
                    }),
                    vec![inner("loop_stages", "loop")],
                ),
                8 => (
                    Some(Kind::Router(0)),
                    vec![
                        inner("routes.a", "route.a"),
                        inner("routes.b", "route.b"),
                        inner("default_route", "default"),
                    ],
                ),
                _ => (
                    Some(Kind::Try { propagate: true }),
                    vec![
                        inner("try_stages", "try"),
                        inner("catch_stages", "catch"),
                        inner("finally_stages", "finally"),
                    ],
                ),
            };
            let mut inner = inner;
            if pick > 8 && rng.random_bool(0.4) {
                inner.remove(1);
            }
            let kind = match kind {
                None => Kind::Pure,
                Some(Kind::Failing(_)) => Kind::Failing(rng.random_range(0..3)),
                Some(Kind::Foreach { .. }) => Kind::Foreach {
                    items: rng.random_range(0..4),
                    parallel: rng.random_range(1..4),
                    break_on_error: rng.random_bool(0.5),
                },
                Some(Kind::Router(_)) => Kind::Router(rng.random_range(0..3)),
                Some(_) => Kind::Try {
                    propagate: rng.random_bool(0.5),
                },
            };
            Node {
                id,
                kind,
                on_error,
                deps,
                inner,
            }
        })
        .collect()
}

pub(super) fn write(nodes: &[Node], out: &mut Vec<String>) {
    for node in nodes {
        let ids = |list: &[Node]| {
            let ids: Vec<String> = list.iter().map(|n| format!("\"{}\"", n.id)).collect();
            format!("[{}]", ids.join(","))
        };
        let mut fields = Vec::new();
        let mut routes = Vec::new();
        for (field, _, list) in &node.inner {
            match field.strip_prefix("routes.") {
                Some(key) => routes.push(format!("\"{key}\":{}", ids(list))),
                None => fields.push(format!("\"{field}\":{}", ids(list))),
            }
        }
        if !routes.is_empty() {
            fields.push(format!("\"routes\":{{{}}}", routes.join(",")));
        }
        let component = match node.kind {
            Kind::Pure | Kind::Failing(_) => "work",
            Kind::Foreach { .. } => "foreach",
            Kind::Router(_) => "router",
            Kind::Try { .. } => "trycatch",
        };
        let on_error = match node.on_error {
            OnError::Fail => "fail",
            OnError::Continue => "continue",
            OnError::Skip => "skip",
        };
        let deps: Vec<String> = node
            .deps
            .iter()
            .map(|d| format!("\"{}\"", nodes[*d].id))
            .collect();
        out.push(format!(
            r#"{{"id":"{}","component":"{component}","on_error":"{on_error}","depends_on":[{}],"config":{{{}}}}}"#,
            node.id,
            deps.join(","),
            fields.join(",")
        ));
        node.inner.iter().for_each(|(_, _, list)| write(list, out));
    }
}

/// What a scope comes to: the value of its sinks, or a failure.
pub(super) fn model(nodes: &[Node], iteration: u32) -> Result<Value, ()> {
    // `None`: no result.
    let mut values: Vec<Option<Value>> = Vec::new();
    let mut failed = false;
    for node in nodes {
        let live = node.deps.is_empty() || node.deps.iter().any(|d| values[*d].is_some());
        if !live {
            values.push(None);
            continue;
        }
        let seen: Vec<Value> = node
            .deps
            .iter()
            .map(|d| values[*d].clone().unwrap_or_default())
            .collect();
        let value = model_node(node, seen.into(), iteration);
        values.push(match (value, node.on_error) {
            (Ok(value), _) => Some(value),
            (Err(()), OnError::Continue) => Some(Value::Null),
            (Err(()), OnError::Skip) => None,
            (Err(()), OnError::Fail) => {
                failed = true;
                None
            }
        });
    }
    if failed {
        return Err(());
    }
    let sinks: Vec<usize> = (0..nodes.len())
        .filter(|n| !nodes.iter().any(|o| o.deps.contains(n)))
        .collect();
    Ok(match sinks.as_slice() {
        [only] => values[*only].clone().unwrap_or_default(),
        sinks => sinks
            .iter()
            .map(|n| {
                (
                    nodes[*n].id.as_str(),
                    values[*n].clone().unwrap_or_default(),
                )
            })
            .collect(),
    })
}

fn model_node(node: &Node, seen: Value, iteration: u32) -> Result<Value, ()> {
    let branch = |name: &str| {
        node.inner
            .iter()
            .find(|(_, branch, _)| *branch == name)
            .map(|(_, _, list)| list.as_slice())
    };
    let value = match &node.kind {
        Kind::Pure => Value::Null,
        Kind::Failing(when) if *when == 2 || iteration % 2 == *when => return Err(()),
        Kind::Failing(_) => Value::Null,
        Kind::Foreach {
            items,
            break_on_error,
            ..
        } => {
            let mut results = Vec::new();
            for item in 0..*items {
                match model(branch("loop").unwrap(), item) {
                    Ok(value) => results.push(value),
                    Err(()) if *break_on_error => return Err(()),
                    Err(()) => results.push(Value::Null),
                }
            }
            return Ok(results.into());
        }
        Kind::Router(route) => {
            model(branch(ROUTES[*route]).unwrap(), 0)?;
            Value::from(ROUTES[*route])
        }
        Kind::Try { propagate } => {
            let tried = model(branch("try").unwrap(), 0);
            let mut open = tried.is_err();
            let mut unheld = false;
            let mut caught = Value::Null;
            if let (true, Some(catch)) = (open, branch("catch")) {
                match model(catch, 0) {
                    Ok(value) => {
                        caught = value;
                        open = false;
                    }
                    Err(()) => unheld = true,
                }
            }
            let finally = model(branch("finally").unwrap(), 0).is_err();
            if finally || unheld || (open && *propagate) {
                return Err(());
            }
            return Ok(Value::from(vec![tried.unwrap_or_default(), caught]));
        }
    };
    Ok(vec![Value::from(node.id.as_str()), seen, value].into())
}

pub(super) const ROUTES: [&str; 3] = ["route.a", "route.b", "default"];
