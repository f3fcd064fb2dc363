//! Declarations of namespaces, so that every reader of a message understands its names in the same
//! way.

use quick_xml::events::attributes::Attribute;

use super::strict::{forbidden, malformed, within};
use crate::{
    Refusal, RefusalKind,
    names::{ASSERTION, DSIG, EXCLUSIVE, INSTANCE, METADATA, PROTOCOL, SCHEMA, XENC, XENC11},
    refusal::quoted,
};

/// The most declarations that are in force at one place, and in the whole message.
const MOST_IN_FORCE: usize = 32;
const MOST: usize = 5_000;

/// What must not change its prefix to something unknown.
const OURS: [&str; 4] = [ASSERTION, PROTOCOL, DSIG, XENC];

/// What it may change to: providers number their prefixes in each part anew.
const KNOWN: [&str; 9] = [
    ASSERTION, PROTOCOL, METADATA, DSIG, XENC, XENC11, EXCLUSIVE, SCHEMA, INSTANCE,
];

/// What XML processors replace by other documents.
const INCLUDES: [&str; 2] = [
    "http://www.w3.org/2001/XInclude",
    "http://www.w3.org/2003/XInclude",
];

const MEND: &str = "This is not what an identity provider sends; look for somebody who changes \
    its messages on their way";

/// The declarations of the elements that are open.
#[derive(Default)]
pub(crate) struct Scopes {
    in_force: Vec<(Vec<u8>, String)>,
    /// How many were in force where each open element began.
    before: Vec<usize>,
    all: usize,
}

impl Scopes {
    /// An element begins; its declarations follow.
    pub fn enter(&mut self) {
        self.before.push(self.in_force.len());
    }

    /// The element that began last ends.
    pub fn leave(&mut self) {
        if let Some(before) = self.before.pop() {
            self.in_force.truncate(before);
        }
    }

    /// A declaration of the element that began last; no prefix is the default namespace.
    pub fn declare(&mut self, prefix: &[u8], attribute: &Attribute<'_>) -> Result<(), Refusal> {
        self.all += 1;
        within("namespaces", self.all, MOST)?;
        within(
            "namespaces at one place",
            self.in_force.len() + 1,
            MOST_IN_FORCE,
        )?;
        let uri = std::str::from_utf8(&attribute.value).map_err(|e| malformed(&e.to_string()))?;
        if uri.contains('&') || !(is_absolute(uri) || uri.is_empty() && prefix.is_empty()) {
            return refuse(&format!("the namespace {} is not absolute", quoted(uri)));
        }
        if INCLUDES.contains(&uri) {
            return Err(forbidden("a reference to another document (XInclude)"));
        }
        let before = self.in_force.iter().rev().find(|(one, _)| one == prefix);
        let was_ours = before.is_some_and(|(_, uri)| OURS.contains(&uri.as_str()));
        if was_ours && !prefix.is_empty() && !KNOWN.contains(&uri) {
            let prefix = quoted(&String::from_utf8_lossy(prefix));
            return refuse(&format!("the prefix {prefix} changes its meaning"));
        }
        self.in_force.push((prefix.to_owned(), uri.to_owned()));
        Ok(())
    }
}

fn is_absolute(uri: &str) -> bool {
    let scheme = uri.split_once(':').map_or("", |(scheme, _)| scheme);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c))
}

fn refuse(what: &str) -> Result<(), Refusal> {
    let problem = format!("In the message, {what}");
    let kind = RefusalKind::Namespace;
    Err(Refusal::new(kind, "message", problem, MEND))
}
