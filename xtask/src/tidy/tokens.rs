//! Rust sources as tokens, without what is built for tests only.
//!
//! Rules that look at names and literals read these: comments, strings that look like code and tests
//! do not mislead them, and what stands in a macro's arguments is seen like everything else.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Attribute, File, Item};

use super::files::Source;
use crate::error::Result;

/// A file of a crate that is part of the program.
pub struct Code {
    /// Relative to the repository's root.
    pub name: String,
    /// Where it stands in the crate: `["runs", "repo"]`; the root: nothing.
    pub module: Vec<String>,
    /// Its items but those of tests.
    pub items: Vec<Item>,
}

/// The files of the crate whose `lib.rs` (or `main.rs`) is `root`, as far as its modules name them and
/// tests do not.
pub fn crate_code(sources: &[Source], root: &str) -> Result<Vec<Code>> {
    let texts: BTreeMap<&str, &str> = sources
        .iter()
        .map(|source| (source.name.as_str(), source.text.as_str()))
        .collect();
    let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut out = Vec::new();
    let mut open = vec![(root.to_owned(), folder.to_owned(), Vec::new())];
    while let Some((name, folder, module)) = open.pop() {
        let text = texts
            .get(name.as_str())
            .ok_or_else(|| format!("{name}: is named as a module and is not there"))?;
        let items = parse(&name, text)?;
        for item in &items {
            let Item::Mod(inner) = item else { continue };
            if inner.content.is_some() {
                continue;
            }
            let child = inner.ident.to_string();
            let below = format!("{folder}/{child}");
            let file = [format!("{below}.rs"), format!("{below}/mod.rs")]
                .into_iter()
                .find(|file| texts.contains_key(file.as_str()));
            // A module whose file is named by an attribute, or made by a build script.
            let Some(file) = file else { continue };
            let path = module.iter().cloned().chain([child]).collect();
            open.push((file, below, path));
        }
        out.push(Code {
            name,
            module,
            items,
        });
    }
    Ok(out)
}

fn parse(name: &str, text: &str) -> Result<Vec<Item>> {
    let file: File = syn::parse_file(text).map_err(|e| format!("{name}: {e}"))?;
    Ok(without_tests(file.items))
}

fn without_tests(items: Vec<Item>) -> Vec<Item> {
    let kept = items.into_iter().filter(|item| !is_for_tests(item));
    kept.map(|item| match item {
        Item::Mod(mut inner) => {
            inner.content = inner
                .content
                .map(|(brace, items)| (brace, without_tests(items)));
            Item::Mod(inner)
        }
        Item::Impl(mut block) => {
            block.items.retain(|item| match item {
                syn::ImplItem::Fn(function) => !names_tests(&function.attrs),
                _ => true,
            });
            Item::Impl(block)
        }
        other => other,
    })
    .collect()
}

fn is_for_tests(item: &Item) -> bool {
    names_tests(match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => return false,
    })
}

/// `#[cfg(test)]`, or a `cfg` that has `test` in it and no `not`.
fn names_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && {
            let words = words(attribute.meta.to_token_stream());
            words.contains("test") && !words.contains("not")
        }
    })
}

fn words(tokens: TokenStream) -> BTreeSet<String> {
    flat(tokens)
        .into_iter()
        .filter_map(|token| match token {
            Token::Word(word, _) => Some(word),
            _ => None,
        })
        .collect()
}

/// A token as the rules see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A name or keyword, and its line.
    Word(String, usize),
    /// The value of a string literal, and its line.
    Text(String, usize),
    /// A sign, an opening or a closing bracket.
    Sign(char),
}

/// The tokens of items, brackets and all, without attributes.
pub fn of_items(items: &[Item]) -> Vec<Token> {
    let mut out = Vec::new();
    for item in items {
        out.extend(flat(item.to_token_stream()));
    }
    out
}

/// A tree of tokens as a row, without attributes (a doc comment is one).
pub fn flat(tokens: TokenStream) -> Vec<Token> {
    use proc_macro2::Delimiter;

    let mut out = Vec::new();
    let mut trees = tokens.into_iter().peekable();
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Punct(sign) if sign.as_char() == '#' => {
                if matches!(trees.peek(), Some(TokenTree::Punct(bang)) if bang.as_char() == '!') {
                    trees.next();
                }
                if matches!(trees.peek(), Some(TokenTree::Group(group))
                    if group.delimiter() == Delimiter::Bracket)
                {
                    trees.next();
                }
            }
            TokenTree::Punct(sign) => out.push(Token::Sign(sign.as_char())),
            TokenTree::Ident(name) => {
                let line = name.span().start().line;
                out.push(Token::Word(name.to_string(), line));
            }
            TokenTree::Literal(literal) => {
                let line = literal.span().start().line;
                if let syn::Lit::Str(text) = syn::Lit::new(literal) {
                    out.push(Token::Text(text.value(), line));
                }
            }
            TokenTree::Group(group) => {
                let signs = match group.delimiter() {
                    Delimiter::Parenthesis => Some(('(', ')')),
                    Delimiter::Brace => Some(('{', '}')),
                    Delimiter::Bracket => Some(('[', ']')),
                    Delimiter::None => None,
                };
                out.extend(signs.map(|(open, _)| Token::Sign(open)));
                out.extend(flat(group.stream()));
                out.extend(signs.map(|(_, close)| Token::Sign(close)));
            }
        }
    }
    out
}
