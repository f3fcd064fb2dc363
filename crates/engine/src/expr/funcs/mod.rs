//! The functions of the language. An expression can call nothing else, and a function reads only
//! its arguments and the recorded time.

mod convert;
mod numbers;
mod pattern;
mod patterns;
mod sequence;
mod time;
mod url;

pub use pattern::Pattern;

use super::{
    ExprError,
    error::{failed, type_mismatch},
    eval::{CallArgs, Eval},
    format, index,
    methods::{self, Method},
    val::V,
};
use crate::Value;

macro_rules! functions {
    ($($variant:ident = $name:literal,)*) => {
        /// A function of the language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Func { $($variant,)* }

        impl Func {
            /// Its name in messages, including the module.
            pub fn name(self) -> &'static str {
                match self { $(Func::$variant => $name,)* }
            }
        }

        const ALL: &[(&str, Func)] = &[$(($name, Func::$variant),)*];
    };
}

functions! {
    Int = "int", Float = "float", Str = "str", Bool = "bool", List = "list", Dict = "dict",
    Set = "set", Tuple = "tuple", FrozenSet = "frozenset",
    Abs = "abs", Min = "min", Max = "max", Sum = "sum", Round = "round", Pow = "pow",
    DivMod = "divmod",
    Len = "len", Range = "range", Enumerate = "enumerate", Zip = "zip", Sorted = "sorted",
    Reversed = "reversed", Filter = "filter", Map = "map", Any = "any", All = "all",
    Next = "next", Iter = "iter",
    IsInstance = "isinstance", Type = "type", HasAttr = "hasattr", GetAttr = "getattr",
    Repr = "repr", Ord = "ord", Chr = "chr", Hex = "hex", Oct = "oct", Bin = "bin",
    Upper = "upper", Lower = "lower", Strip = "strip", Split = "split", Join = "join",
    Replace = "replace", StartsWith = "startswith", EndsWith = "endswith", Format = "format",
    Sqrt = "sqrt", Floor = "floor", Ceil = "ceil", Trunc = "trunc", Log = "log",
    Log10 = "log10", Log2 = "log2", Exp = "exp", Sin = "sin", Cos = "cos", Tan = "tan",
    Asin = "asin", Acos = "acos", Atan = "atan", Atan2 = "atan2", Hypot = "hypot",
    Degrees = "degrees", Radians = "radians",
    IsNan = "isnan", IsInf = "isinf", IsFinite = "isfinite",
    Now = "now",
    Time = "time.time",
    UrlEncode = "urlencode",
    JsonLoads = "json.loads", JsonDumps = "json.dumps",
    ReSearch = "re.search", ReMatch = "re.match", ReFullMatch = "re.fullmatch",
    ReFindAll = "re.findall", ReSub = "re.sub", ReSplit = "re.split",
}

/// The modules that group functions.
pub const MODULES: &[&str] = &["math", "time", "datetime", "json", "re"];

const MATH: &[&str] = &[
    "sqrt", "floor", "ceil", "trunc", "log", "log10", "log2", "exp", "sin", "cos", "tan", "asin",
    "acos", "atan", "atan2", "hypot", "degrees", "radians", "isnan", "isinf", "isfinite", "pow",
];

/// The function with this name that needs no module.
pub fn by_name(name: &str) -> Option<Func> {
    ALL.iter()
        .find(|(n, _)| *n == name && !n.contains('.'))
        .map(|(_, f)| *f)
}

/// The names of all functions.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter()
        .map(|(name, _)| *name)
        .filter(|name| !name.contains('.'))
}

/// The function `module.name`.
pub fn member(module: &str, name: &str) -> Option<Func> {
    match module {
        "math" if MATH.contains(&name) => by_name(name),
        "datetime" if matches!(name, "now" | "utcnow") => Some(Func::Now),
        "math" | "datetime" => None,
        _ => ALL
            .iter()
            .find(|(n, _)| n.strip_prefix(module).and_then(|n| n.strip_prefix('.')) == Some(name))
            .map(|(_, f)| *f),
    }
}

/// The names of a module's functions, for suggestions.
pub fn members(module: &str) -> Vec<&'static str> {
    match module {
        "math" => MATH.to_vec(),
        "datetime" => vec!["now", "utcnow"],
        _ => ALL
            .iter()
            .filter_map(|(n, _)| n.strip_prefix(module).and_then(|n| n.strip_prefix('.')))
            .collect(),
    }
}

/// Named constants, including JSON's `true`, `false` and `null`.
pub fn constant(name: &str) -> Option<Value> {
    Some(match name {
        "pi" => Value::Float(std::f64::consts::PI),
        "e" => Value::Float(std::f64::consts::E),
        "inf" => Value::Float(f64::INFINITY),
        "nan" => Value::Float(f64::NAN),
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" => Value::Null,
        _ => return None,
    })
}

impl Func {
    /// Whether a call may take long enough to be kept off the async threads.
    pub fn is_heavy(self) -> bool {
        use Func::*;
        matches!(
            self,
            List | Dict
                | Set
                | Tuple
                | FrozenSet
                | Sum
                | Range
                | Enumerate
                | Zip
                | Sorted
                | Reversed
                | Filter
                | Map
                | Replace
                | Split
                | Join
                | Format
                | UrlEncode
                | JsonLoads
                | JsonDumps
                | ReSearch
                | ReMatch
                | ReFullMatch
                | ReFindAll
                | ReSub
                | ReSplit
        )
    }

    /// Whether the first argument is a regular expression.
    pub fn takes_pattern(self) -> bool {
        use Func::*;
        matches!(
            self,
            ReSearch | ReMatch | ReFullMatch | ReFindAll | ReSub | ReSplit
        )
    }

    /// Whether calls with the same arguments always return the same value.
    pub fn is_constant(self) -> bool {
        !matches!(self, Func::Now | Func::Time)
    }

    /// `tuple` is the same type as `list`, and `frozenset` the same as `set`.
    pub fn type_identity(self) -> Func {
        match self {
            Func::Tuple => Func::List,
            Func::FrozenSet => Func::Set,
            other => other,
        }
    }
}

/// Calls a function; the arguments that it does not use remain in `args`.
#[inline(never)]
pub fn call(ev: &mut Eval<'_>, func: Func, args: &mut CallArgs) -> Result<V, ExprError> {
    use Func::*;
    match func {
        Int | Float | Str | Bool | List | Dict | Set | Tuple | FrozenSet | Repr | Ord | Chr
        | Hex | Oct | Bin | JsonLoads | JsonDumps => convert::call(ev, func, args),
        Abs | Round | Pow | DivMod | Sqrt | Floor | Ceil | Trunc | Log | Log10 | Log2 | Exp
        | Sin | Cos | Tan | Asin | Acos | Atan | Atan2 | Hypot | Degrees | Radians | IsNan
        | IsInf | IsFinite => numbers::call(func, args),
        Min | Max | Sum | Len | Range | Enumerate | Zip | Sorted | Reversed | Filter | Map
        | Any | All | Next | Iter => sequence::call(ev, func, args),
        ReSearch | ReMatch | ReFullMatch | ReFindAll | ReSub | ReSplit => {
            patterns::call(ev, func, args)
        }
        UrlEncode => url::call(ev, args),
        Now => Ok(V::flat(time::text(ev.scope.now()))),
        Time => Ok(V::float(time::seconds(ev.scope.now()))),
        Type => {
            let value = args.required("value")?;
            // The type of null is null; the type of a function is a function.
            Ok(index::type_of(&value).map_or(V::NULL, V::Func))
        }
        IsInstance => is_instance(args),
        HasAttr => {
            let value = args.required("value")?;
            let name = args.text("name")?;
            ev.budget.scan(name.len())?;
            Ok(V::flat(index::field(&value, &name).is_some()))
        }
        GetAttr => {
            let value = args.required("value")?;
            let name = args.text("name")?;
            ev.budget.scan(name.len())?;
            let default = args.optional("default");
            match (index::field(&value, &name), default) {
                (Some((found, depth)), _) => Ok(V::part(found.clone(), depth)),
                (None, Some(default)) => Ok(default),
                (None, None) => index::attribute(&value, &name, false),
            }
        }
        Format => {
            // Two forms are accepted: `format(template, …)` and Python's `format(value, spec)`.
            let value = args.required("value")?;
            match &value {
                V::Val(Value::Str(text), _) if args.len() != 1 || text.contains(['{', '}']) => {
                    methods::call(ev, value, Method::Format, args)
                }
                _ => {
                    let spec = args.optional_text("format_spec")?.unwrap_or_default();
                    Ok(V::flat(format::with_spec(&value, &spec, ev.budget)?))
                }
            }
        }
        Upper | Lower | Strip | Split | Replace | StartsWith | EndsWith => {
            let text = args.required("text")?;
            let method = method_of(func);
            methods::call(ev, text, method, args)
        }
        Join => {
            // Both argument orders are in use: `join(', ', list)` and `join(list, ', ')`.
            let first = args.required("separator")?;
            let second = args.required("items")?;
            let text = |v: &V| matches!(v, V::Val(Value::Str(_), _));
            let (separator, items) = if text(&first) {
                (first, second)
            } else {
                (second, first)
            };
            let mut rest = CallArgs::new("join", vec![items]);
            methods::call(ev, separator, Method::Join, &mut rest)
        }
    }
}

fn method_of(func: Func) -> Method {
    match func {
        Func::Upper => Method::Upper,
        Func::Lower => Method::Lower,
        Func::Strip => Method::Strip,
        Func::Split => Method::Split,
        Func::Replace => Method::Replace,
        Func::StartsWith => Method::StartsWith,
        _ => Method::EndsWith,
    }
}

fn is_instance(args: &mut CallArgs) -> Result<V, ExprError> {
    let value = args.required("value")?;
    let mut found = false;
    if args.len() == 0 {
        return Err(type_mismatch("`isinstance` needs the argument `type`"));
    }
    for wanted in args.rest() {
        found |= match wanted {
            V::Func(wanted) => {
                let wanted = wanted.type_identity();
                let actual = index::type_of(&value);
                actual == Some(wanted) || (wanted == Func::Int && actual == Some(Func::Bool))
            }
            // Null is `type(None)`.
            V::Val(Value::Null, _) => matches!(value, V::Val(Value::Null, _)),
            other => {
                return Err(failed(format!(
                    "`isinstance` takes types (`str`, `int`, `list` …), not {}",
                    other.type_phrase()
                )));
            }
        };
    }
    Ok(V::flat(found))
}

/// The value as text, for `str`.
fn to_text(ev: &mut Eval<'_>, value: &V) -> Result<V, ExprError> {
    if let V::Val(Value::Str(_), _) = value {
        return Ok(value.clone());
    }
    Ok(V::flat(format::text_of(value, ev.budget)?))
}
