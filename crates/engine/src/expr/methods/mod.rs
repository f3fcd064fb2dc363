//! The methods of texts, lists, objects and sets. No method changes its value.

mod collection;
mod pad;
mod text;

use super::{
    ExprError,
    error::type_mismatch,
    eval::{CallArgs, Eval},
    val::V,
};
use crate::Value;

macro_rules! methods {
    ($($variant:ident = $name:literal,)*) => {
        /// A method of the language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Method { $($variant,)* }

        impl Method {
            /// Its name in expressions.
            pub fn name(self) -> &'static str {
                match self { $(Method::$variant => $name,)* }
            }
        }

        const ALL: &[(&str, Method)] = &[$(($name, Method::$variant),)*];
    };
}

methods! {
    Get = "get", Keys = "keys", Values = "values", Items = "items", Copy = "copy",
    Index = "index", Count = "count",
    Union = "union", Intersection = "intersection", Difference = "difference",
    SymmetricDifference = "symmetric_difference",
    IsSubset = "issubset", IsSuperset = "issuperset", IsDisjoint = "isdisjoint",
    Upper = "upper", Lower = "lower", Title = "title", Capitalize = "capitalize",
    SwapCase = "swapcase", CaseFold = "casefold",
    Strip = "strip", LStrip = "lstrip", RStrip = "rstrip",
    RemovePrefix = "removeprefix", RemoveSuffix = "removesuffix",
    Split = "split", RSplit = "rsplit", SplitLines = "splitlines",
    Partition = "partition", RPartition = "rpartition",
    Join = "join", Replace = "replace", Format = "format",
    StartsWith = "startswith", EndsWith = "endswith",
    Find = "find", RFind = "rfind", RIndex = "rindex",
    Center = "center", LJust = "ljust", RJust = "rjust", ZFill = "zfill",
    IsDigit = "isdigit", IsNumeric = "isnumeric", IsDecimal = "isdecimal", IsAlpha = "isalpha",
    IsAlnum = "isalnum", IsSpace = "isspace", IsUpper = "isupper", IsLower = "islower",
    IsInteger = "is_integer",
    IsoFormat = "isoformat", StrFTime = "strftime", Timestamp = "timestamp",
}

/// The method with this name.
pub fn by_name(name: &str) -> Option<Method> {
    ALL.iter().find(|(n, _)| *n == name).map(|(_, m)| *m)
}

/// The names of all methods.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(name, _)| *name)
}

/// Calls a method.
#[inline(never)]
pub fn call(
    ev: &mut Eval<'_>,
    base: V,
    method: Method,
    args: &mut CallArgs,
) -> Result<V, ExprError> {
    match &base {
        V::Val(Value::Str(text), _) => {
            let text = text.clone();
            text::call(ev, &text, method, args)
        }
        V::Val(Value::Map(_) | Value::List(_), _) | V::Set(..) | V::Range(..) => {
            collection::call(ev, &base, method, args)
        }
        V::Val(Value::Float(f), _) if method == Method::IsInteger => Ok(V::flat(f.fract() == 0.0)),
        V::Val(Value::Int(_), _) if method == Method::IsInteger => Ok(V::flat(true)),
        other => Err(no_method(other, method)),
    }
}

fn no_method(base: &V, method: Method) -> ExprError {
    let (kind, method) = (base.type_phrase(), method.name());
    type_mismatch(format!("{kind} has no method `{method}`")).given(&[base])
}
