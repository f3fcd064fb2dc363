//! What a webhook accepts, how its senders prove themselves, and how it answers.

use std::{fmt::Write as _, net::IpAddr};

use super::{Network, Source};
use crate::{Map, Value};

/// The largest body that a webhook may accept, in bytes.
pub const MAX_BODY: u32 = 1024 * 1024;

/// The longest that a sender waits for the result of its run, in seconds.
pub const MAX_WAIT: u32 = 60;

/// A webhook: an address that starts a run for each delivery.
#[derive(Clone, Debug, PartialEq)]
pub struct Webhook {
    /// How a sender proves that it knows the secret.
    pub proof: Proof,
    /// How many seconds a signed time may differ from ours.
    pub tolerance: u32,
    /// Where the id of a delivery is; `None`: deliveries have none.
    pub delivery_id: Option<Source>,
    /// Whether deliveries with the same body count as one.
    pub same_body: bool,
    /// How many seconds a delivery is remembered, so that the same one starts nothing again.
    pub remembered: u32,
    /// The largest body, in bytes.
    pub max_bytes: u32,
    /// The kinds of bodies that are accepted.
    pub accepts: Vec<BodyKind>,
    /// The networks from which deliveries are accepted; empty: all.
    pub networks: Vec<Network>,
    /// The largest number of deliveries per minute.
    pub rate: u32,
    /// What a delivery is answered with.
    pub answer: Answer,
    /// Inputs that come from the delivery: the name of the input and where its value is. Empty: the fields
    /// of the body are the inputs.
    pub mapping: Vec<(String, Source)>,
}

/// How a sender proves that it knows the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Not at all: whoever knows the address starts runs.
    None,
    /// It sends the secret itself.
    Secret {
        /// The name of the header, in lower case.
        header: String,
    },
    /// It sends an HMAC of the body.
    Hmac {
        /// The name of the header, in lower case.
        header: String,
        /// What is before the signature in the header.
        prefix: String,
        /// How the signature is written.
        encoding: Encoding,
        /// The hash function.
        algorithm: Algorithm,
    },
    /// As GitHub does: `X-Hub-Signature-256`.
    GitHub,
    /// As Stripe does: `Stripe-Signature`, with a time.
    Stripe,
    /// As Slack does: `X-Slack-Signature`, with a time.
    Slack,
    /// As standard-webhooks and Svix do: `webhook-signature`, with an id and a time.
    Standard,
}

/// How a signature is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Hexadecimal, in lower case.
    #[default]
    Hex,
    /// Base64.
    Base64,
}

/// The hash function of a signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// SHA-256.
    #[default]
    Sha256,
    /// SHA-512.
    Sha512,
}

/// A kind of body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// `application/json` and types that end in `+json`.
    Json,
    /// `application/x-www-form-urlencoded`: an object of texts.
    Form,
    /// `text/plain`: one text.
    Text,
}

/// What a delivery is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The id of its run, at once.
    Run,
    /// The result of its run, if it ends in time.
    Result {
        /// How many seconds the sender waits.
        seconds: u32,
    },
}

/// A delivery, as its run sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The body.
    pub body: Value,
    /// The headers by their names in lower case.
    pub headers: Map,
    /// The query string.
    pub query: Map,
}

impl Proof {
    /// The name of the scheme, as it is written in a definition.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Secret { .. } => "secret",
            Self::Hmac { .. } => "hmac",
            Self::GitHub => "github",
            Self::Stripe => "stripe",
            Self::Slack => "slack",
            Self::Standard => "standard",
        }
    }

    /// Whether it needs a secret.
    pub const fn needs_secret(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// The header with the secret or the signature.
    pub fn header(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Secret { header } | Self::Hmac { header, .. } => Some(header),
            Self::GitHub => Some("x-hub-signature-256"),
            Self::Stripe => Some("stripe-signature"),
            Self::Slack => Some("x-slack-signature"),
            Self::Standard => Some("webhook-signature"),
        }
    }
}

impl Encoding {
    /// The name in a definition.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Base64 => "base64",
        }
    }
}

impl Algorithm {
    /// The name in a definition.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }
}

impl BodyKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Json, Self::Form, Self::Text];

    /// The name in a definition.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Form => "form",
            Self::Text => "text",
        }
    }

    /// The kind of a body with this `Content-Type`, without its parameters.
    pub fn of_media_type(text: &str) -> Option<Self> {
        let kind = text.split(';').next().unwrap_or_default();
        match kind.trim().to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => Some(Self::Form),
            "text/plain" => Some(Self::Text),
            "application/json" => Some(Self::Json),
            other if other.starts_with("application/") && other.ends_with("+json") => {
                Some(Self::Json)
            }
            _ => None,
        }
    }
}

impl Webhook {
    /// The input of the run of a delivery. `None` if there is no mapping and the body is no object.
    pub fn input(&self, defaults: &Map, event: &Event) -> Option<Value> {
        let mut input = defaults.clone();
        if self.mapping.is_empty() {
            for (name, value) in event.body.as_map()? {
                input.insert(name.clone(), value.clone());
            }
        }
        for (name, source) in &self.mapping {
            // What is missing keeps its default; the pipeline's schema says whether that is enough.
            if let Some(value) = source.find(event) {
                input.insert(name.as_str().into(), value.into_owned());
            }
        }
        Some(input.into())
    }

    /// Whether deliveries from this address are accepted.
    pub fn admits(&self, address: Option<IpAddr>) -> bool {
        self.networks.is_empty()
            || address.is_some_and(|address| {
                let mut networks = self.networks.iter();
                networks.any(|network| network.contains(address))
            })
    }

    /// What it waits for, in English.
    pub(super) fn words(&self) -> String {
        let mut out = match self.proof {
            Proof::None => "whenever its address is called, without a proof".to_owned(),
            Proof::Secret { .. } => "whenever its address is called with its secret".to_owned(),
            Proof::Hmac { .. } => "whenever its address is called, signed".to_owned(),
            Proof::GitHub => "whenever GitHub calls its address".to_owned(),
            Proof::Stripe => "whenever Stripe calls its address".to_owned(),
            Proof::Slack => "whenever Slack calls its address".to_owned(),
            Proof::Standard => {
                "whenever its address is called, signed as standard webhooks are".to_owned()
            }
        };
        let _ = write!(out, ", at most {} times a minute", self.rate);
        if !self.networks.is_empty() {
            let networks: Vec<String> = self.networks.iter().map(ToString::to_string).collect();
            let _ = write!(out, ", from {}", networks.join(", "));
        }
        if let Answer::Result { seconds } = self.answer {
            let _ = write!(out, ", answered with the result within {seconds} seconds");
        }
        out
    }
}
