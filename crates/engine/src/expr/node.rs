//! The compiled form of an expression: a tree with every name resolved.

use std::sync::Arc;

use rustpython_parser::ast::{CmpOp, Operator};

use super::{funcs::Func, methods::Method};
use crate::Value;

/// A node with its byte offset in the text.
#[derive(Debug)]
pub struct Node {
    pub at: u32,
    pub kind: Kind,
}

/// The operation of a node.
#[derive(Debug)]
pub enum Kind {
    /// A value known at compile time, shared by every evaluation.
    Const(Value),
    /// A path from a root or a local variable.
    Path(Box<Path>),
    /// A function as a value.
    Func(Func),
    /// A local name of a lazy field, if it is set; otherwise the constant or function of that name.
    Shadow {
        local: Box<Node>,
        otherwise: Box<Node>,
    },
    Attr {
        base: Box<Node>,
        name: Arc<str>,
        lenient: bool,
    },
    Index {
        base: Box<Node>,
        index: Box<Node>,
        lenient: bool,
    },
    Slice {
        base: Box<Node>,
        bounds: Box<[Option<Node>; 3]>,
    },
    List(Vec<Item>),
    Set(Vec<Item>),
    /// Pairs of key and value. A value without a key is spread.
    Dict(Vec<(Option<Node>, Node)>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Negate(Box<Node>),
    Plus(Box<Node>),
    Invert(Box<Node>),
    Binary {
        op: Operator,
        left: Box<Node>,
        right: Box<Node>,
    },
    Compare {
        first: Box<Node>,
        rest: Vec<(CmpOp, Node)>,
    },
    If {
        test: Box<Node>,
        then: Box<Node>,
        otherwise: Box<Node>,
    },
    Call {
        func: Func,
        args: Args,
    },
    Method {
        base: Box<Node>,
        method: Method,
        args: Args,
    },
    CallValue {
        callee: Box<Node>,
        args: Args,
    },
    Lambda(Arc<Lambda>),
    Comprehension(Box<Comprehension>),
    /// An f-string.
    Text(Vec<Piece>),
    /// `context.get(name, default)` or `env.get(name, default)`.
    RootGet {
        context: bool,
        name: Box<Node>,
        default: Option<Box<Node>>,
    },
}

/// An item of a literal. Spread if it is written with a star.
#[derive(Debug)]
pub struct Item {
    pub spread: bool,
    pub node: Node,
}

/// The arguments of a call.
#[derive(Debug, Default)]
pub struct Args {
    pub positional: Vec<Item>,
    pub named: Vec<(Arc<str>, Node)>,
}

/// The start of a path.
#[derive(Debug)]
pub enum Start {
    Input,
    Stage(u32),
    /// `upstream` as a whole, with the ids and numbers of all stages.
    Upstream(Arc<[(Arc<str>, u32)]>),
    Context(Arc<str>),
    ContextMap,
    Env(Arc<str>),
    Local(Arc<str>),
    Slot(u32),
}

/// A path of fixed parts, evaluated without copying.
#[derive(Debug)]
pub struct Path {
    pub start: Start,
    /// The start as written, for messages.
    pub shown: Arc<str>,
    pub parts: Vec<Part>,
    /// Whether an absent path reads as null.
    pub lenient: bool,
}

/// A fixed part of a path.
#[derive(Debug)]
pub enum Part {
    Field(Arc<str>),
    Index(i64),
    /// `output`, as the documentation writes it. Skipped if the value has no such field.
    Output,
}

/// A lambda. Its frame holds the parameters first, then local variables and captures.
#[derive(Debug)]
pub struct Lambda {
    /// Captured variables: the slot in the outer frame and the slot in the lambda's own frame.
    pub captures: Vec<(u32, u32)>,
    pub params: Vec<Arc<str>>,
    /// Defaults of the last parameters, evaluated when the lambda is created.
    pub defaults: Vec<Node>,
    pub frame: u32,
    pub body: Node,
}

/// What a comprehension produces.
#[derive(Debug)]
pub enum Collector {
    List(Node),
    Set(Node),
    Map(Node, Node),
    /// `any(… for …)`, which stops at the first true element.
    Any(Node),
    /// `all(… for …)`, which stops at the first false element.
    All(Node),
    /// `next(… for …)` with its default.
    First(Node, Option<Box<Node>>),
}

/// A comprehension or generator.
#[derive(Debug)]
pub struct Comprehension {
    pub makes: Collector,
    pub loops: Vec<Loop>,
}

/// One `for … in … if …`.
#[derive(Debug)]
pub struct Loop {
    pub target: Target,
    pub over: Node,
    pub tests: Vec<Node>,
}

/// The variables that a loop binds.
#[derive(Debug)]
pub enum Target {
    Slot(u32),
    Unpack(Vec<Target>),
}

/// A piece of an f-string.
#[derive(Debug)]
pub enum Piece {
    Text(Arc<str>),
    Value {
        node: Node,
        quoted: bool,
        format: Option<Box<Node>>,
    },
}
