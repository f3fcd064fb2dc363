//! Why a message was refused, in words for the administrator.
//!
//! People who sign in do not see these texts: they quote what the provider sent.

use thiserror::Error;

use crate::Seen;

/// Why a message was refused. The words of [`RefusalKind::as_str`] do not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// A part of the message is larger than is accepted.
    TooLarge,
    /// The message is not well-formed XML in UTF-8, or its outer encoding is wrong.
    Malformed,
    /// The message contains XML that is never accepted, such as a document type.
    Forbidden,
    /// An element is missing, appears twice, or is where it must not be.
    Layout,
    /// A prefix or an attribute is used in a way that readers understand differently.
    Namespace,
    /// The part that must be signed is not.
    Unsigned,
    /// No certificate of the provider is known.
    NoCertificate,
    /// An algorithm is not accepted.
    Algorithm,
    /// A signature does not refer to the element that contains it.
    Reference,
    /// A signature transforms what it signs in a way that is not accepted.
    Transform,
    /// A signature does not fit any of the provider's certificates.
    Signature,
    /// An assertion cannot be decrypted, for whatever reason.
    Decryption,
    /// The protocol version is not 2.0.
    Version,
    /// The provider reports that it did not do what was asked.
    Status,
    /// The message is another provider's.
    Issuer,
    /// The message was sent to another address.
    Destination,
    /// The assertion is meant for another address.
    Recipient,
    /// The assertion is meant for another service.
    Audience,
    /// A required time is missing or cannot be read.
    Time,
    /// The message is not valid yet.
    NotYetValid,
    /// The message is not valid anymore.
    Expired,
    /// The assertion has no conditions, or one that is not understood.
    Conditions,
    /// The message does not answer the request of this browser.
    InResponseTo,
    /// The assertion, or the request, was accepted before. The caller of this crate decides that.
    Replayed,
    /// Nobody is named who could be signed in.
    Subject,
    /// A text contains something else than text.
    Text,
    /// The metadata do not describe a provider that can be used.
    Metadata,
}

impl RefusalKind {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Malformed => "malformed",
            Self::Forbidden => "forbidden",
            Self::Layout => "layout",
            Self::Namespace => "namespace",
            Self::Unsigned => "unsigned",
            Self::NoCertificate => "no_certificate",
            Self::Algorithm => "algorithm",
            Self::Reference => "reference",
            Self::Transform => "transform",
            Self::Signature => "signature",
            Self::Decryption => "decryption",
            Self::Version => "version",
            Self::Status => "status",
            Self::Issuer => "issuer",
            Self::Destination => "destination",
            Self::Recipient => "recipient",
            Self::Audience => "audience",
            Self::Time => "time",
            Self::NotYetValid => "not_yet_valid",
            Self::Expired => "expired",
            Self::Conditions => "conditions",
            Self::InResponseTo => "in_response_to",
            Self::Replayed => "replayed",
            Self::Subject => "subject",
            Self::Text => "text",
            Self::Metadata => "metadata",
        }
    }
}

/// A refused message: which field, what was sent, what was expected, and the way out.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{problem}. {mend}.")]
pub struct Refusal {
    /// What it is about, for programs.
    pub kind: RefusalKind,
    /// The place in the message, such as `Assertion/Issuer`.
    pub field: &'static str,
    /// What is wrong, as a sentence without its end.
    pub problem: String,
    /// What the provider sent there, shortened; `None` if nothing.
    pub sent: Option<String>,
    /// What was expected.
    pub expected: Option<String>,
    /// What to do about it, as a sentence without its end.
    pub mend: &'static str,
    /// What else the provider sent.
    pub seen: Option<Box<Seen>>,
}

impl Refusal {
    /// A refusal with this problem.
    pub(crate) fn new(
        kind: RefusalKind,
        field: &'static str,
        problem: impl Into<String>,
        mend: &'static str,
    ) -> Self {
        Self {
            kind,
            field,
            problem: problem.into(),
            sent: None,
            expected: None,
            mend,
            seen: None,
        }
    }

    /// A refusal because a field has another value than this one.
    pub(crate) fn differs(
        kind: RefusalKind,
        field: &'static str,
        sent: Option<&str>,
        expected: &str,
        mend: &'static str,
    ) -> Self {
        Self {
            expected: Some(short(expected)),
            ..Self::needs(kind, field, sent, &quoted(expected), mend)
        }
    }

    /// A refusal because a field has not what these words say.
    pub(crate) fn needs(
        kind: RefusalKind,
        field: &'static str,
        sent: Option<&str>,
        words: &str,
        mend: &'static str,
    ) -> Self {
        let found = sent.map_or("is missing".to_owned(), |sent| {
            format!("is {}", quoted(sent))
        });
        let problem = format!("The field `{field}` {found}, expected {words}");
        Self {
            sent: sent.map(short),
            expected: Some(words.to_owned()),
            ..Self::new(kind, field, problem, mend)
        }
    }

    /// The refusal, with what was sent in a form for programs.
    pub(crate) fn sent(mut self, sent: &str) -> Self {
        self.sent = Some(short(sent));
        self
    }

    /// The refusal, with the report about the rest of the message.
    pub(crate) fn with(mut self, seen: Seen) -> Self {
        self.seen = Some(Box::new(seen));
        self
    }
}

/// The most characters of a foreign text in a message.
const LONGEST: usize = 300;

/// A foreign text: short, and in one line.
pub(crate) fn short(text: &str) -> String {
    let mut short: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST)
        .collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// A foreign text in a sentence.
pub(crate) fn quoted(text: &str) -> String {
    format!("`{}`", short(text))
}
