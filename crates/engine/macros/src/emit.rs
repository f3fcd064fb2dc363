//! Generates the descriptor next to the function.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, Expr, ExprLit, FnArg, ItemFn, Lit, Meta, ReturnType, Type};

use crate::args::{Args, ContextName};

/// The attribute in use.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Node,
    Operator,
    ControlFlow,
}

/// The unchanged function followed by its descriptor, or a compile error.
pub fn component(kind: Kind, args: TokenStream, item: TokenStream) -> TokenStream {
    let function: ItemFn = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => return error.to_compile_error(),
    };
    match syn::parse2::<Args>(args).and_then(|args| descriptor(kind, &args, &function)) {
        Ok(descriptor) => quote! { #function #descriptor },
        Err(error) => {
            let error = error.to_compile_error();
            quote! { #function #error }
        }
    }
}

fn descriptor(kind: Kind, args: &Args, function: &ItemFn) -> syn::Result<TokenStream> {
    let ident = &function.sig.ident;
    let plain = ident.to_string();
    let plain = plain
        .trim_start_matches("r#")
        .trim_end_matches('_')
        .to_owned();
    let name = args
        .name
        .as_ref()
        .map_or_else(|| plain.clone(), syn::LitStr::value);
    let static_name = format_ident!("{}", plain.to_uppercase());
    let description = doc(&function.attrs);
    if description.is_empty() {
        return Err(syn::Error::new(
            ident.span(),
            "a component needs a doc comment",
        ));
    }
    let kind_word = match kind {
        Kind::Node => quote!(Node),
        Kind::Operator => quote!(Operator),
        Kind::ControlFlow => quote!(ControlFlow),
    };
    let category = args.category.as_ref().map_or_else(
        || match kind {
            Kind::Node => "model".to_owned(),
            Kind::Operator => "core".to_owned(),
            Kind::ControlFlow => "control_flow".to_owned(),
        },
        syn::LitStr::value,
    );
    let effect = effect(kind, args);
    let at_most_once = args.at_most_once;
    let own_field = match &args.own_field {
        Some(field) => {
            let text = field.value();
            let (field, stands_for) = text.split_once('=').unwrap_or((text.as_str(), ""));
            quote!(::core::option::Option::Some((#field, #stands_for)))
        }
        None => quote!(::core::option::Option::None),
    };
    let needs_model = args.needs_model.unwrap_or(kind == Kind::Node);
    let heavy = &args.heavy;
    let timeout_ms = args.timeout_ms.unwrap_or(60_000);
    let literals = match &args.literals {
        Some(check) => quote!(::core::option::Option::Some(#check)),
        None => quote!(::core::option::Option::None),
    };
    let lazy = args.lazy.iter().map(|l| {
        let (field, names) = (&l.field, &l.names);
        let kind = format_ident!("{}", l.kind);
        quote! { ::engine::component::LazyField {
            field: #field, kind: ::engine::component::LazyKind::#kind, names: &[#(#names),*],
        } }
    });
    let inner = args.inner.iter().map(|i| {
        let (field, branch, map) = (&i.field, &i.branch, i.map);
        let role = format_ident!("{}", i.role);
        quote! { ::engine::component::InnerList {
            field: #field, role: ::engine::component::BranchRole::#role, branch: #branch, map: #map,
        } }
    });
    let (binds, sets) = (context_names(&args.binds), context_names(&args.sets));

    let (input, takes_context, context_by_value) = parameters(function)?;
    let output = returned(function)?;
    let input_schema = schema(args.input.as_ref().unwrap_or(&input));
    let output_schema = match &args.output {
        Some(output) => schema(output),
        None if kind == Kind::ControlFlow => quote!(::engine::component::any_schema),
        None => schema(&output),
    };
    let body = body(
        kind,
        function,
        &input,
        &output,
        takes_context,
        context_by_value,
    )?;
    let doc = format!("The component `{name}`.");
    Ok(quote! {
        #[doc = #doc]
        pub static #static_name: ::engine::component::Descriptor = ::engine::component::Descriptor {
            name: #name,
            kind: ::engine::component::ComponentKind::#kind_word,
            category: #category,
            description: #description,
            effect: #effect,
            at_most_once: #at_most_once,
            own_field: #own_field,
            needs_model: #needs_model,
            timeout: ::std::time::Duration::from_millis(#timeout_ms),
            input_schema: #input_schema,
            output_schema: #output_schema,
            heavy: &[#(#heavy),*],
            lazy: &[#(#lazy),*],
            inner: &[#(#inner),*],
            binds: &[#(#binds),*],
            sets: &[#(#sets),*],
            literals: #literals,
            body: #body,
        };
    })
}

fn body(
    kind: Kind,
    function: &ItemFn,
    input: &Type,
    output: &Type,
    takes_context: bool,
    context_by_value: bool,
) -> syn::Result<TokenStream> {
    let ident = &function.sig.ident;
    let is_async = function.sig.asyncness.is_some();
    let read = if is_value(input) {
        quote!(input)
    } else {
        quote!(::engine::component::read_input::<#input>(&input)?)
    };
    let context = match (takes_context, context_by_value, is_async) {
        (false, ..) => quote!(),
        (true, true, true) => quote!(ctx,),
        (true, true, false) => {
            return Err(syn::Error::new(
                ident.span(),
                "a sync body takes `&StageContext`",
            ));
        }
        (true, false, true) => quote!(&ctx,),
        (true, false, false) => quote!(ctx,),
    };
    let write = |call: TokenStream| {
        if is_value(output) {
            call
        } else {
            quote!(::engine::component::write_output(&#call?))
        }
    };
    Ok(match kind {
        Kind::ControlFlow if is_async => {
            return Err(syn::Error::new(
                ident.span(),
                "a control-flow body is not async",
            ));
        }
        Kind::ControlFlow => quote! {
            ::engine::component::Body::Control({
                #[allow(unused_variables)]
                fn body(
                    ctx: &::engine::component::StageContext,
                    input: ::engine::Value,
                ) -> ::std::result::Result<
                    ::engine::component::Directive,
                    ::engine::component::StageError,
                > {
                    #ident(#context #read)
                }
                body
            })
        },
        _ if is_async => {
            let call = write(quote!(#ident(#context #read).await));
            quote! {
                ::engine::component::Body::Async({
                    #[allow(unused_variables)]
                    fn body(
                        ctx: ::engine::component::StageContext,
                        input: ::engine::Value,
                    ) -> ::engine::component::BoxFuture<
                        'static,
                        ::std::result::Result<::engine::Value, ::engine::component::StageError>,
                    > {
                        ::std::boxed::Box::pin(async move { #call })
                    }
                    body
                })
            }
        }
        _ => {
            let call = write(quote!(#ident(#context #read)));
            quote! {
                ::engine::component::Body::Sync({
                    #[allow(unused_variables)]
                    fn body(
                        ctx: &::engine::component::StageContext,
                        input: ::engine::Value,
                    ) -> ::std::result::Result<::engine::Value, ::engine::component::StageError> {
                        #call
                    }
                    body
                })
            }
        }
    })
}

fn context_names(names: &[ContextName]) -> Vec<TokenStream> {
    let name = |name: &ContextName| match name {
        ContextName::TextOf(field, None) => quote! {
            ::engine::component::ContextName::TextOf(#field, ::core::option::Option::None)
        },
        ContextName::TextOf(field, Some(default)) => quote! {
            ::engine::component::ContextName::TextOf(#field, ::core::option::Option::Some(#default))
        },
        ContextName::KeysOf(field) => quote! { ::engine::component::ContextName::KeysOf(#field) },
    };
    names.iter().map(name).collect()
}

fn effect(kind: Kind, args: &Args) -> TokenStream {
    let fixed = |word: &str| {
        let word = format_ident!("{word}");
        quote!(::engine::component::Effect::Fixed(::engine::component::EffectKind::#word))
    };
    let Some(path) = &args.effect else {
        return fixed(if kind == Kind::Node { "Call" } else { "Pure" });
    };
    match path.get_ident().map(ToString::to_string).as_deref() {
        Some("pure") => fixed("Pure"),
        Some("read") => fixed("Read"),
        Some("call") => fixed("Call"),
        Some("effect") => fixed("Effect"),
        _ => quote! {
            ::engine::component::Effect::Of(#path, ::engine::component::EffectKind::Effect)
        },
    }
}

/// The input's type, whether the function takes the context, and whether it takes it by value.
fn parameters(function: &ItemFn) -> syn::Result<(Type, bool, bool)> {
    let types: Vec<&Type> = function
        .sig
        .inputs
        .iter()
        .filter_map(|arg| match arg {
            FnArg::Typed(typed) => Some(typed.ty.as_ref()),
            FnArg::Receiver(_) => None,
        })
        .collect();
    match types.as_slice() {
        [input] => Ok(((*input).clone(), false, false)),
        [context, input] => Ok((
            (*input).clone(),
            true,
            !matches!(context, Type::Reference(_)),
        )),
        _ => Err(syn::Error::new(
            function.sig.ident.span(),
            "a component takes `(input)` or `(ctx, input)`",
        )),
    }
}

/// The `O` of the function's return type `Result<O, StageError>`.
fn returned(function: &ItemFn) -> syn::Result<Type> {
    if let ReturnType::Type(_, ty) = &function.sig.output
        && let Type::Path(path) = ty.as_ref()
        && let Some(last) = path.path.segments.last()
        && last.ident == "Result"
        && let syn::PathArguments::AngleBracketed(arguments) = &last.arguments
        && let Some(syn::GenericArgument::Type(output)) = arguments.args.first()
    {
        return Ok(output.clone());
    }
    Err(syn::Error::new(
        function.sig.ident.span(),
        "a component returns `Result<_, StageError>`",
    ))
}

fn is_value(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|s| s.ident == "Value"))
}

fn schema(ty: &Type) -> TokenStream {
    if is_value(ty) {
        quote!(::engine::component::any_schema)
    } else {
        quote!(::engine::component::schema_of::<#ty>)
    }
}

/// The text of the doc comment, without the space at the start of each line.
fn doc(attributes: &[Attribute]) -> String {
    let lines: Vec<String> = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(text),
                    ..
                }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        })
        .map(|line| {
            line.strip_prefix(' ')
                .unwrap_or(&line)
                .trim_end()
                .to_owned()
        })
        .collect();
    lines.join("\n").trim().to_owned()
}
