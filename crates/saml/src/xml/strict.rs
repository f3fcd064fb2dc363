//! What must be true of a message before a library in C sees it.
//!
//! The message is bounded and well-formed XML 1.0 in UTF-8, without document type, entities and
//! processing instructions. The first pass only counts, in time that grows with the length of the
//! text; only a text of which that is true is parsed.

use quick_xml::{
    Reader,
    events::{BytesDecl, BytesStart, Event},
    name::PrefixDeclaration,
};
use roxmltree::{Document, ParsingOptions};

use super::{ids, namespaces::Scopes};
use crate::{Refusal, RefusalKind};

/// The largest message, in bytes.
pub const MOST_BYTES: usize = 1_000_000;
/// How deep elements may be nested. Real messages have less than ten levels.
const MOST_DEPTH: usize = 24;
/// The most elements.
const MOST_ELEMENTS: usize = 10_000;
/// The most attributes of an element, with its namespaces.
const MOST_ATTRIBUTES_OF_ONE: usize = 64;
/// The most attributes of all elements, without namespaces.
const MOST_ATTRIBUTES: usize = 10_000;
/// The most nodes: elements, texts and comments.
const MOST_NODES: u32 = 50_000;
/// The most signatures: one of the response, one of the assertion.
const MOST_SIGNATURES: usize = 2;

const SMALLER: &str =
    "Configure the provider to send less, for example only the groups that matter here";
const PLAIN: &str = "Configure the provider to send plain XML 1.0 in UTF-8, as SAML requires";

/// Checks a message and parses it.
///
/// # Errors
/// [`RefusalKind::TooLarge`], [`RefusalKind::Malformed`], [`RefusalKind::Forbidden`] or
/// [`RefusalKind::Namespace`].
pub(crate) fn parse(bytes: &[u8]) -> Result<Document<'_>, Refusal> {
    let text = text(bytes)?;
    count(text)?;
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MOST_NODES,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::NodesLimitReached => too_large("nodes", MOST_NODES as usize),
        error => malformed(&error.to_string()),
    })?;
    ids::check(&document)?;
    Ok(document)
}

/// The message as text.
fn text(bytes: &[u8]) -> Result<&str, Refusal> {
    if bytes.len() > MOST_BYTES {
        return Err(too_large("bytes", MOST_BYTES));
    }
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return Err(malformed("it begins with a byte order mark"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))?;
    match text.starts_with('<') {
        true => Ok(text),
        false => Err(malformed("it does not begin with `<`")),
    }
}

/// Counts what a message consists of, and refuses what is never accepted.
fn count(text: &str) -> Result<(), Refusal> {
    let mut reader = Reader::from_str(text);
    let mut counted = Counted::default();
    loop {
        let event = reader.read_event();
        match event.map_err(|error| malformed(&error.to_string()))? {
            Event::Start(start) => {
                counted.element(&start)?;
                counted.depth += 1;
                within("levels of elements", counted.depth, MOST_DEPTH)?;
            }
            Event::Empty(start) => {
                counted.element(&start)?;
                counted.scopes.leave();
            }
            Event::End(_) => {
                counted.depth = counted.depth.saturating_sub(1);
                counted.scopes.leave();
            }
            Event::Decl(declaration) => check_declaration(&declaration)?,
            Event::DocType(_) => return Err(forbidden("a document type (`<!DOCTYPE`)")),
            Event::PI(_) => return Err(forbidden("a processing instruction (`<?`)")),
            Event::Eof => return Ok(()),
            Event::Text(_) | Event::CData(_) | Event::Comment(_) | Event::GeneralRef(_) => {}
        }
    }
}

#[derive(Default)]
struct Counted {
    depth: usize,
    elements: usize,
    attributes: usize,
    signatures: usize,
    scopes: Scopes,
}

impl Counted {
    fn element(&mut self, start: &BytesStart<'_>) -> Result<(), Refusal> {
        self.elements += 1;
        within("elements", self.elements, MOST_ELEMENTS)?;
        if start.local_name().as_ref() == b"Signature" {
            self.signatures += 1;
            within("signatures", self.signatures, MOST_SIGNATURES)?;
        }
        self.scopes.enter();
        // The parser finds attributes that are there twice, after these have been counted.
        for (before, attribute) in start.attributes().with_checks(false).enumerate() {
            within(
                "attributes of an element",
                before + 1,
                MOST_ATTRIBUTES_OF_ONE,
            )?;
            let attribute = attribute.map_err(|error| malformed(&error.to_string()))?;
            match attribute.key.as_namespace_binding() {
                Some(PrefixDeclaration::Default) => self.scopes.declare(b"", &attribute)?,
                Some(PrefixDeclaration::Named(prefix)) => {
                    self.scopes.declare(prefix, &attribute)?;
                }
                None => self.attributes += 1,
            }
        }
        within("attributes", self.attributes, MOST_ATTRIBUTES)
    }
}

/// An XML declaration may only say what is true of every message.
fn check_declaration(declaration: &BytesDecl<'_>) -> Result<(), Refusal> {
    let version = declaration.version();
    if version.ok().as_deref() != Some(b"1.0") {
        return Err(malformed("it is not XML 1.0"));
    }
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(name)) if name.eq_ignore_ascii_case(b"utf-8") => Ok(()),
        Some(_) => Err(malformed("it declares another encoding than UTF-8")),
    }
}

pub(crate) fn within(what: &'static str, count: usize, most: usize) -> Result<(), Refusal> {
    match count <= most {
        true => Ok(()),
        false => Err(too_large(what, most)),
    }
}

pub(crate) fn too_large(what: &'static str, most: usize) -> Refusal {
    let problem = format!("The message has more than {most} {what}");
    Refusal::new(RefusalKind::TooLarge, "message", problem, SMALLER)
}

pub(crate) fn malformed(why: &str) -> Refusal {
    let why = crate::refusal::short(why);
    let problem = format!("The message is not well-formed: {why}");
    Refusal::new(RefusalKind::Malformed, "message", problem, PLAIN)
}

pub(crate) fn forbidden(what: &str) -> Refusal {
    let problem = format!("The message contains {what}");
    Refusal::new(RefusalKind::Forbidden, "message", problem, PLAIN)
}
