//! Random pipelines, and a small model of their results that knows nothing of frames, queues or
//! events.

use rand::{Rng, rngs::StdRng, seq::SliceRandom};

use crate::Value;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum OnError {
    Fail,
    Continue,
    Skip,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Pure,
    /// Fails. In a loop, only in the iterations with this parity.
    Failing(u32),
    /// Fails up to this attempt of the nearest enclosing stage that is retried.
    Flaky(u32),
    /// Sleeps for a moment, or until its own deadline or an enclosing one.
    Sleep {
        forever: bool,
    },
    /// Never ends by itself. It is the only stage of its list and inside a stage with a deadline.
    Hang,
    Foreach {
        items: u32,
        parallel: usize,
        break_on_error: bool,
    },
    Router(usize),
    Try {
        propagate: bool,
        /// How often the try stages are retried.
        tries: u32,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub id: String,
    pub kind: Kind,
    pub on_error: OnError,
    /// The retries of a control stage.
    pub retries: u32,
    pub deadline: bool,
    /// The indexes of earlier nodes of the same scope.
    pub deps: Vec<usize>,
    /// For each inner list: its field, its branch and its stages.
    pub inner: Vec<(&'static str, &'static str, Vec<Node>)>,
}

impl Node {
    pub fn repeats(&self) -> bool {
        self.retries > 0 || matches!(self.kind, Kind::Try { tries, .. } if tries > 0)
    }
}

/// A list that hangs: it contains one stage that hangs or that contains such a list.
fn hanging(rng: &mut StdRng, depth: u32, next: &mut u32) -> Vec<Node> {
    *next += 1;
    let mut node = Node {
        id: format!("s{next}"),
        kind: Kind::Hang,
        on_error: OnError::Fail,
        retries: 0,
        deadline: false,
        deps: Vec::new(),
        inner: Vec::new(),
    };
    if rng.random_bool(0.3) {
        node.kind = Kind::Sleep { forever: true };
    } else if depth < 3 && rng.random_bool(0.4) {
        node.retries = rng.random_range(0..2);
        let inside = vec![hanging(rng, depth + 1, next)];
        (node.kind, node.inner) = if rng.random_bool(0.5) {
            let kind = Kind::Foreach {
                items: 2,
                parallel: rng.random_range(1..3),
                break_on_error: rng.random_bool(0.5),
            };
            let lists = inside.into_iter().map(|list| ("loop_stages", "loop", list));
            (kind, lists.collect())
        } else {
            let kind = Kind::Try {
                propagate: false,
                tries: rng.random_range(0..2),
            };
            let mut lists: Vec<_> = inside
                .into_iter()
                .map(|list| ("try_stages", "try", list))
                .collect();
            lists.push(("catch_stages", "catch", scope(rng, 3, next)));
            lists.push(("finally_stages", "finally", scope(rng, 3, next)));
            (kind, lists)
        };
    }
    vec![node]
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
            let flaky = rng.random_bool(0.5);
            let forever = rng.random_bool(0.3);
            let mut list = |field, branch| (field, branch, scope(rng, depth + 1, next));
            let (kind, inner) = match pick {
                0..=3 => (None, Vec::new()),
                4 => (Some(Kind::Sleep { forever }), Vec::new()),
                5 if flaky => (Some(Kind::Flaky(0)), Vec::new()),
                5 => (Some(Kind::Failing(0)), Vec::new()),
                6 | 7 => (
                    Some(Kind::Foreach {
                        items: 0,
                        parallel: 1,
                        break_on_error: true,
                    }),
                    vec![list("loop_stages", "loop")],
                ),
                8 => (
                    Some(Kind::Router(0)),
                    vec![
                        list("routes.a", "route.a"),
                        list("routes.b", "route.b"),
                        list("default_route", "default"),
                    ],
                ),
                _ => (
                    Some(Kind::Try {
                        propagate: true,
                        tries: 0,
                    }),
                    vec![
                        list("try_stages", "try"),
                        list("catch_stages", "catch"),
                        list("finally_stages", "finally"),
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
                Some(Kind::Sleep { forever }) => Kind::Sleep { forever },
                Some(Kind::Flaky(_)) => Kind::Flaky(rng.random_range(0..4)),
                Some(Kind::Foreach { .. }) => Kind::Foreach {
                    items: rng.random_range(0..4),
                    parallel: rng.random_range(1..4),
                    break_on_error: rng.random_bool(0.5),
                },
                Some(Kind::Router(_)) => Kind::Router(rng.random_range(0..3)),
                Some(_) => Kind::Try {
                    propagate: rng.random_bool(0.5),
                    tries: rng.random_range(0..6u32).saturating_sub(3),
                },
            };
            let control = !inner.is_empty();
            let retries = match control && rng.random_bool(0.35) {
                true => rng.random_range(1..3),
                false => 0,
            };
            let deadline = match kind {
                Kind::Sleep { forever } => forever,
                _ => control && rng.random_bool(0.35),
            };
            if control && deadline && rng.random_bool(0.6) {
                let at = rng.random_range(0..inner.len());
                inner[at].2 = hanging(rng, depth + 1, next);
            }
            Node {
                id,
                kind,
                on_error,
                retries,
                deadline,
                deps,
                inner,
            }
        })
        .collect()
}

/// All stages inside these stages, at any depth.
fn inside(list: &[Node]) -> Vec<&Node> {
    let inner = list.iter().flat_map(|node| &node.inner);
    inner
        .flat_map(|(_, _, list)| list.iter().chain(inside(list)))
        .collect()
}

/// The stages as written in a file. As in real files, half of the lists also name stages that are
/// nested deeper, in any order; those belong to the innermost list all the same.
pub(super) fn write(nodes: &[Node], rng: &mut StdRng, out: &mut Vec<String>) {
    for node in nodes {
        let mut ids = |list: &[Node]| {
            let mut named: Vec<&Node> = list.iter().collect();
            if rng.random_bool(0.5) {
                named.extend(inside(list).into_iter().filter(|_| rng.random_bool(0.6)));
                named.shuffle(rng);
            }
            let ids: Vec<String> = named.iter().map(|n| format!("\"{}\"", n.id)).collect();
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
            Kind::Pure | Kind::Failing(_) | Kind::Flaky(_) | Kind::Hang => "work",
            Kind::Sleep { .. } => "wait",
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
        let mut more = String::new();
        if node.retries > 0 {
            more = format!(r#","retry_config":{{"max_retries":{}}}"#, node.retries);
        }
        if node.deadline {
            more.push_str(r#","timeout_ms":1000"#);
        }
        out.push(format!(
            r#"{{"id":"{}","component":"{component}","on_error":"{on_error}","depends_on":[{}],"config":{{{}}}{more}}}"#,
            node.id,
            deps.join(","),
            fields.join(",")
        ));
        for (_, _, list) in &node.inner {
            write(list, rng, out);
        }
    }
}

/// Why a scope has no value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fail {
    Failed,
    /// An inner stage never ends.
    Hangs,
}

/// The result of a scope: the value of its sinks, or a failure. `attempt` is that of the nearest
/// enclosing stage that is retried.
pub(super) fn model(nodes: &[Node], iteration: u32, attempt: u32) -> Result<Value, Fail> {
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
        let value = match model_node(node, seen.into(), iteration, attempt) {
            Err(Fail::Hangs) => return Err(Fail::Hangs),
            other => other.ok(),
        };
        values.push(match (value, node.on_error) {
            (Some(value), _) => Some(value),
            (None, OnError::Continue) => Some(Value::Null),
            (None, OnError::Skip) => None,
            (None, OnError::Fail) => {
                failed = true;
                None
            }
        });
    }
    if failed {
        return Err(Fail::Failed);
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

/// A stage with all its attempts.
fn model_node(node: &Node, seen: Value, iteration: u32, attempt: u32) -> Result<Value, Fail> {
    let mut own = 0;
    let mut last = Err(Fail::Failed);
    for _ in 0..=node.retries {
        own += 1;
        last = model_once(node, seen.clone(), iteration, attempt, &mut own);
        if last == Err(Fail::Hangs) && node.deadline {
            last = Err(Fail::Failed);
        }
        if last != Err(Fail::Failed) {
            break;
        }
    }
    last
}

/// One attempt of a stage. The retries of a trycatch's try stages count as attempts (`own`).
fn model_once(
    node: &Node,
    seen: Value,
    iteration: u32,
    around: u32,
    own: &mut u32,
) -> Result<Value, Fail> {
    let branch = |name: &str| {
        node.inner
            .iter()
            .find(|(_, branch, _)| *branch == name)
            .map(|(_, _, list)| list.as_slice())
    };
    let attempt = |own: u32| if node.repeats() { own } else { around };
    let value = match &node.kind {
        Kind::Pure => Value::Null,
        Kind::Hang | Kind::Sleep { forever: true } => return Err(Fail::Hangs),
        Kind::Sleep { forever: false } => Value::Null,
        Kind::Failing(when) if *when == 2 || iteration % 2 == *when => return Err(Fail::Failed),
        Kind::Failing(_) => Value::Null,
        Kind::Flaky(upto) if around <= *upto => return Err(Fail::Failed),
        Kind::Flaky(_) => Value::Null,
        Kind::Foreach {
            items,
            break_on_error,
            ..
        } => {
            let mut results = Vec::new();
            for item in 0..*items {
                match model(branch("loop").unwrap(), item, attempt(*own)) {
                    Ok(value) => results.push(value),
                    Err(Fail::Failed) if !*break_on_error => results.push(Value::Null),
                    Err(fail) => return Err(fail),
                }
            }
            return Ok(results.into());
        }
        Kind::Router(route) => {
            model(branch(ROUTES[*route]).unwrap(), 0, attempt(*own))?;
            Value::from(ROUTES[*route])
        }
        Kind::Try { propagate, tries } => {
            let mut tried = model(branch("try").unwrap(), 0, attempt(*own));
            for _ in 0..*tries {
                if tried != Err(Fail::Failed) {
                    break;
                }
                *own += 1;
                tried = model(branch("try").unwrap(), 0, attempt(*own));
            }
            if tried == Err(Fail::Hangs) {
                return Err(Fail::Hangs);
            }
            let mut open = tried.is_err();
            let mut unheld = false;
            let mut caught = Value::Null;
            if let (true, Some(catch)) = (open, branch("catch")) {
                match model(catch, 0, attempt(*own)) {
                    Ok(value) => {
                        caught = value;
                        open = false;
                    }
                    Err(Fail::Hangs) => return Err(Fail::Hangs),
                    Err(Fail::Failed) => unheld = true,
                }
            }
            let finally = match model(branch("finally").unwrap(), 0, attempt(*own)) {
                Err(Fail::Hangs) => return Err(Fail::Hangs),
                other => other.is_err(),
            };
            if finally || unheld || (open && *propagate) {
                return Err(Fail::Failed);
            }
            return Ok(Value::from(vec![tried.unwrap_or_default(), caught]));
        }
    };
    Ok(vec![Value::from(node.id.as_str()), seen, value].into())
}

pub(super) const ROUTES: [&str; 3] = ["route.a", "route.b", "default"];
