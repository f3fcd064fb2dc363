//! Parses the arguments of the attributes.

use syn::{
    Ident, LitBool, LitInt, LitStr, Path, Token, Type, bracketed,
    ext::IdentExt,
    parenthesized,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
};

/// The arguments in the parentheses of an attribute.
#[derive(Default)]
pub struct Args {
    pub category: Option<LitStr>,
    pub name: Option<LitStr>,
    pub effect: Option<Path>,
    pub timeout_ms: Option<u64>,
    pub at_most_once: bool,
    pub own_field: Option<LitStr>,
    pub needs_model: Option<bool>,
    pub heavy: Vec<LitStr>,
    pub literals: Option<Path>,
    pub lazy: Vec<Lazy>,
    pub inner: Vec<Inner>,
    pub binds: Vec<ContextName>,
    pub sets: Vec<ContextName>,
    pub input: Option<Type>,
    pub output: Option<Type>,
}

/// `lazy(field: kind, names = [...])`.
pub struct Lazy {
    pub field: String,
    pub kind: &'static str,
    pub names: Vec<LitStr>,
}

/// One entry of `inner(...)` or `inner_map(...)`.
pub struct Inner {
    pub field: String,
    pub role: &'static str,
    pub branch: LitStr,
    pub map: bool,
}

/// One entry of `binds(...)` or `sets(...)`.
pub enum ContextName {
    TextOf(String, Option<LitStr>),
    KeysOf(String),
}

impl Parse for Args {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut args = Args::default();
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            match key.to_string().as_str() {
                "category" => args.category = Some(assigned(input)?),
                "name" => args.name = Some(assigned(input)?),
                "effect" => args.effect = Some(assigned(input)?),
                "own_field" => args.own_field = Some(assigned(input)?),
                "input" => args.input = Some(assigned(input)?),
                "output" => args.output = Some(assigned(input)?),
                "timeout_s" => {
                    args.timeout_ms = Some(
                        assigned::<LitInt>(input)?
                            .base10_parse::<u64>()?
                            .saturating_mul(1000),
                    );
                }
                "timeout_ms" => {
                    args.timeout_ms = Some(assigned::<LitInt>(input)?.base10_parse()?);
                }
                "at_most_once" => args.at_most_once = flag(input)?,
                "needs_model" => args.needs_model = Some(flag(input)?),
                "heavy" => {
                    input.parse::<Token![=]>()?;
                    let fields;
                    bracketed!(fields in input);
                    let fields = Punctuated::<LitStr, Token![,]>::parse_terminated(&fields)?;
                    args.heavy = fields.into_iter().collect();
                }
                "literals" => args.literals = Some(assigned(input)?),
                "lazy" => args.lazy.push(lazy(input)?),
                "inner" => args.inner.extend(inner(input, false)?),
                "inner_map" => args.inner.extend(inner(input, true)?),
                "binds" => args.binds.extend(context_names(input)?),
                "sets" => args.sets.extend(context_names(input)?),
                other => {
                    return Err(syn::Error::new(
                        key.span(),
                        format!(
                            "unknown argument `{other}`; expected one of category, name, effect, \
                             timeout_s, timeout_ms, at_most_once, needs_model, own_field, \
                             heavy, literals, lazy, inner, inner_map, binds, sets, input, output"
                        ),
                    ));
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(args)
    }
}

fn assigned<T: Parse>(input: ParseStream<'_>) -> syn::Result<T> {
    input.parse::<Token![=]>()?;
    input.parse()
}

fn flag(input: ParseStream<'_>) -> syn::Result<bool> {
    if input.peek(Token![=]) {
        Ok(assigned::<LitBool>(input)?.value)
    } else {
        Ok(true)
    }
}

fn lazy(input: ParseStream<'_>) -> syn::Result<Lazy> {
    let content;
    parenthesized!(content in input);
    let field: Ident = content.parse()?;
    content.parse::<Token![:]>()?;
    let kind: Ident = content.parse()?;
    let kind = match kind.to_string().as_str() {
        "condition" => "Condition",
        "test" => "Test",
        "expression" => "Expression",
        "template" => "Template",
        _ => {
            return Err(syn::Error::new(
                kind.span(),
                "`condition`, `test`, `expression` or `template`",
            ));
        }
    };
    let mut names = Vec::new();
    while content.peek(Token![,]) {
        content.parse::<Token![,]>()?;
        if content.is_empty() {
            break;
        }
        let key: Ident = content.parse()?;
        if key != "names" {
            return Err(syn::Error::new(key.span(), "expected `names = [...]`"));
        }
        content.parse::<Token![=]>()?;
        let list;
        bracketed!(list in content);
        names.extend(Punctuated::<LitStr, Token![,]>::parse_terminated(&list)?);
    }
    Ok(Lazy {
        field: field.to_string(),
        kind,
        names,
    })
}

fn inner(input: ParseStream<'_>, map: bool) -> syn::Result<Vec<Inner>> {
    let content;
    parenthesized!(content in input);
    let mut out = Vec::new();
    let word = content.call(Ident::parse_any)?;
    let role = match word.to_string().as_str() {
        "one" => "One",
        "any" => "Any",
        "each" => "Each",
        "try" => "Try",
        "catch" => "Catch",
        "finally" => "Finally",
        _ => {
            return Err(syn::Error::new(
                word.span(),
                "expected a role first: `one`, `any`, `each`, `try`, `catch` or `finally`",
            ));
        }
    };
    content.parse::<Token![,]>()?;
    while !content.is_empty() {
        let field: Ident = content.parse()?;
        let branch: LitStr = assigned(&content)?;
        out.push(Inner {
            field: field.to_string(),
            role,
            branch,
            map,
        });
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(out)
}

fn context_names(input: ParseStream<'_>) -> syn::Result<Vec<ContextName>> {
    let content;
    parenthesized!(content in input);
    let mut out = Vec::new();
    while !content.is_empty() {
        let source: Ident = content.parse()?;
        let field_and_default;
        parenthesized!(field_and_default in content);
        let field = field_and_default.parse::<Ident>()?.to_string();
        out.push(match source.to_string().as_str() {
            "text_of" if field_and_default.is_empty() => ContextName::TextOf(field, None),
            "text_of" => {
                field_and_default.parse::<Token![,]>()?;
                ContextName::TextOf(field, Some(field_and_default.parse()?))
            }
            "keys_of" => ContextName::KeysOf(field),
            _ => {
                return Err(syn::Error::new(
                    source.span(),
                    "`text_of(field)`, `text_of(field, \"name\")` or `keys_of(field)`",
                ));
            }
        });
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(out)
}
