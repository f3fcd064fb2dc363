//! Reads the definition of a webhook, in every spelling.

use types::ErrorCode;

use super::{
    Algorithm, Answer, BodyKind, Encoding, MAX_BODY, MAX_BYTES, MAX_WAIT, Misfire, Network,
    Overlap, Part, Proof, Schedule, Source, Timing, Trigger, Webhook, Zone,
    duration::{DAY, duration},
    parse,
};
use crate::{
    Map,
    diagnostic::{Report, did_you_mean, shown},
    source::{Kind, Node},
};

/// The fields of a webhook.
const FIELDS: &[&str] = &[
    "name",
    "description",
    "type",
    "signature",
    "tolerance",
    "delivery_id",
    "dedupe",
    "dedupe_window",
    "max_bytes",
    "accepts",
    "networks",
    "rate",
    "answer",
    "wait",
    "overlap",
    "enabled",
    "input",
    "input_mapping",
];

/// The names of the schemes.
const SCHEMES: &str = "none, secret, hmac, github, stripe, slack or standard";

/// The header of the secret, or of a plain signature, if the definition names none.
const SECRET_HEADER: &str = "x-webhook-secret";
const SIGNATURE_HEADER: &str = "x-signature";

/// The largest number of networks.
const MAX_NETWORKS: usize = 50;

/// The largest number of deliveries per minute.
const MAX_RATE: u64 = 6_000;

/// What was read of a webhook so far.
struct Reader<'a, 'r, 't> {
    report: &'r mut Report<'t>,
    name: String,
    description: String,
    proof: Option<Proof>,
    authenticates: bool,
    header: Option<String>,
    accepts: Option<Vec<BodyKind>>,
    delivery_id: Option<Option<Source>>,
    wait: Option<(u32, Node<'a>)>,
    waits: bool,
    overlap: Overlap,
    paused: bool,
    input: Map,
    webhook: Webhook,
}

/// A webhook.
pub(super) fn definition(report: &mut Report<'_>, node: Node<'_>, name: &str) -> Option<Trigger> {
    let bytes = node.raw().len();
    if bytes > MAX_BYTES {
        let message = format!("a trigger has {bytes} bytes; at most {MAX_BYTES} are allowed");
        report.error(ErrorCode::LimitExceeded, node, message);
        return None;
    }
    if node.kind() != Kind::Object {
        let message = format!("a webhook is an object, not {}", node.kind().name());
        report.error(ErrorCode::WrongType, node, message);
        return None;
    }
    let mut reader = Reader {
        report,
        name: name.to_owned(),
        description: String::new(),
        proof: None,
        authenticates: true,
        header: None,
        accepts: None,
        delivery_id: None,
        wait: None,
        waits: false,
        overlap: Overlap::Allow,
        paused: false,
        input: Map::default(),
        webhook: Webhook {
            proof: Proof::None,
            tolerance: 300,
            delivery_id: None,
            same_body: false,
            remembered: 24 * 3_600,
            max_bytes: 256 * 1024,
            accepts: Vec::new(),
            networks: Vec::new(),
            rate: 600,
            answer: Answer::Run,
            mapping: Vec::new(),
        },
    };
    let mut by_id = true;
    for child in node.children() {
        if child.kind() != Kind::Null {
            reader.field(child, &mut by_id);
        }
    }
    reader.finish(node, by_id)
}

impl<'a> Reader<'a, '_, '_> {
    fn field(&mut self, node: Node<'a>, by_id: &mut bool) {
        match node.key().unwrap_or_default().as_ref() {
            "name" | "id" => self.name = self.text(node).unwrap_or_default(),
            "description" => self.description = self.text(node).unwrap_or_default(),
            "type" | "kind" => {
                let kind = self.text(node).unwrap_or_default();
                if !["webhook", "webhooks"].contains(&kind.as_str()) {
                    self.invalid(node, "must be webhook");
                }
            }
            "signature" | "scheme" => self.proof = self.proof(node),
            "require_auth" | "requireAuth" => {
                self.authenticates = self.flag(node).unwrap_or(true);
            }
            "auth_header" | "authHeader" => self.header = self.header(node),
            "auth_secret" | "authSecret" | "secret" => {
                let message =
                    "a secret does not belong into a definition, which many people can read";
                self.report
                    .error(ErrorCode::InvalidValue, node, message)
                    .at(node.key_span())
                    .help("remove it, and set the secret of the trigger on the server");
            }
            "tolerance" | "replay_window" | "replayWindow" => {
                if let Some(seconds) = self.seconds(node, 1..=3_600) {
                    self.webhook.tolerance = seconds;
                }
            }
            "delivery_id" | "deliveryId" => {
                let source = match node.value().as_bool() {
                    Some(false) => Some(None),
                    _ => node.text().and_then(|text| Source::parse(&text)).map(Some),
                };
                if source.is_none() {
                    self.invalid(node, "must be a path such as headers.x-delivery or body.id");
                }
                self.delivery_id = source;
            }
            "dedupe" => *by_id = self.dedupe(node),
            "dedupe_window" | "dedupeWindow" => {
                if let Some(seconds) = self.seconds(node, 60..=7 * DAY) {
                    self.webhook.remembered = seconds;
                }
            }
            "max_bytes" | "maxBytes" => {
                if let Some(number) = self.number(node, 1..=u64::from(MAX_BODY)) {
                    self.webhook.max_bytes = number;
                }
            }
            "accepts" | "content_types" | "contentTypes" => self.accepts = self.accepts(node),
            "networks" | "allowed_networks" | "allowedNetworks" | "allowed_ips" | "allowedIps" => {
                self.networks(node);
            }
            "rate" | "rate_per_minute" | "ratePerMinute" => {
                if let Some(number) = self.number(node, 1..=MAX_RATE) {
                    self.webhook.rate = number;
                }
            }
            "async_mode" | "asyncMode" => self.waits = !self.flag(node).unwrap_or(true),
            "answer" => match self.text(node).unwrap_or_default().as_str() {
                "run" | "at_once" => self.waits = false,
                "result" => self.waits = true,
                _ => self.invalid(node, "must be run or result"),
            },
            "wait" => {
                let seconds = self.seconds(node, 1..=u64::from(MAX_WAIT));
                self.wait = seconds.map(|seconds| (seconds, node));
            }
            "overlap" | "overlap_policy" | "overlapPolicy" | "concurrency_policy"
            | "concurrencyPolicy" => match parse::overlap(&node.text().unwrap_or_default()) {
                Some(found) => self.overlap = found,
                None => self.invalid(node, "must be queue, skip, cancel_oldest or allow"),
            },
            "enabled" => self.paused = self.flag(node).is_some_and(|on| !on),
            "suspend" | "paused" => self.paused = self.flag(node).unwrap_or_default(),
            "input" | "inputs" | "default_inputs" | "defaultInputs" => match node.value() {
                crate::Value::Map(map) => self.input = (*map).clone(),
                _ => self.invalid(node, "must be an object with the inputs of each run"),
            },
            "input_mapping" | "inputMapping" => self.mapping(node),
            key => {
                // Never a warning: a webhook must not accept what somebody meant to refuse.
                let message = format!("`{}` is not a field of a webhook", shown(key));
                let hint = did_you_mean(key, FIELDS.iter().copied());
                self.report
                    .error(ErrorCode::UnknownField, node, message)
                    .at(node.key_span())
                    .suggest(hint);
            }
        }
    }

    fn invalid(&mut self, node: Node<'_>, must: &str) {
        let name = node.key().unwrap_or_default();
        let message = format!("`{}` is {}, but {must}", shown(&name), shown(node.raw()));
        self.report.error(ErrorCode::InvalidValue, node, message);
    }

    fn text(&mut self, node: Node<'_>) -> Option<String> {
        let text = node.text().map(|text| text.into_owned());
        if text.is_none() {
            self.invalid(node, "must be text");
        }
        text
    }

    fn flag(&mut self, node: Node<'_>) -> Option<bool> {
        let flag = node.value().as_bool();
        if flag.is_none() {
            self.invalid(node, "must be true or false");
        }
        flag
    }

    fn number(&mut self, node: Node<'_>, range: std::ops::RangeInclusive<u64>) -> Option<u32> {
        let number = node.value().as_int();
        let number = number.and_then(|number| u64::try_from(number).ok());
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let must = format!("must be a number from {} to {}", range.start(), range.end());
            self.invalid(node, &must);
        }
        number.and_then(|number| u32::try_from(number).ok())
    }

    /// A number of seconds, or a duration as text.
    fn seconds(&mut self, node: Node<'_>, range: std::ops::RangeInclusive<u64>) -> Option<u32> {
        if node.kind() != Kind::Text {
            return self.number(node, range);
        }
        let seconds = node.text().and_then(|text| duration(&text));
        let seconds = seconds.filter(|seconds| range.contains(seconds));
        if seconds.is_none() {
            let must = format!(
                "must be a duration such as \"30s\" or \"5m\", from {} to {} seconds",
                range.start(),
                range.end()
            );
            self.invalid(node, &must);
        }
        seconds.and_then(|seconds| u32::try_from(seconds).ok())
    }

    /// The name of a header, in lower case.
    fn header(&mut self, node: Node<'_>) -> Option<String> {
        let name = node.text().unwrap_or_default().trim().to_ascii_lowercase();
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if name.is_empty() || name.len() > 100 || !name.bytes().all(fits) {
            self.invalid(node, "must be the name of a header");
            return None;
        }
        Some(name)
    }

    /// The scheme as text, or an object with its details.
    fn proof(&mut self, node: Node<'_>) -> Option<Proof> {
        let scheme = match node.kind() {
            Kind::Object => node.get("scheme").or_else(|| node.get("type")),
            _ => Some(node),
        };
        let scheme = scheme.and_then(|scheme| scheme.text()).unwrap_or_default();
        let mut proof = match scheme.trim().to_ascii_lowercase().as_str() {
            "none" => Proof::None,
            "secret" | "token" => Proof::Secret {
                header: SECRET_HEADER.to_owned(),
            },
            "hmac" | "plain" => Proof::Hmac {
                header: SIGNATURE_HEADER.to_owned(),
                prefix: String::new(),
                encoding: Encoding::default(),
                algorithm: Algorithm::default(),
            },
            "github" => Proof::GitHub,
            "stripe" => Proof::Stripe,
            "slack" => Proof::Slack,
            "standard" | "standard_webhooks" | "standard-webhooks" | "svix" => Proof::Standard,
            _ => {
                self.invalid(node, &format!("its scheme must be {SCHEMES}"));
                return None;
            }
        };
        if node.kind() == Kind::Object {
            for child in node.children() {
                self.detail(child, &mut proof);
            }
        }
        Some(proof)
    }

    /// A detail of a scheme.
    fn detail(&mut self, node: Node<'_>, proof: &mut Proof) {
        let key = node.key().unwrap_or_default();
        let text = node.text().unwrap_or_default();
        match (&*key, proof) {
            ("scheme" | "type", _) => {}
            ("header", Proof::Secret { header } | Proof::Hmac { header, .. }) => {
                if let Some(name) = self.header(node) {
                    *header = name;
                }
            }
            ("prefix", Proof::Hmac { prefix, .. }) if text.len() <= 50 => {
                *prefix = text.into_owned();
            }
            ("encoding", Proof::Hmac { encoding, .. }) => match &*text {
                "hex" => *encoding = Encoding::Hex,
                "base64" => *encoding = Encoding::Base64,
                _ => self.invalid(node, "must be hex or base64"),
            },
            ("algorithm", Proof::Hmac { algorithm, .. }) => match &*text {
                "sha256" => *algorithm = Algorithm::Sha256,
                "sha512" => *algorithm = Algorithm::Sha512,
                _ => self.invalid(node, "must be sha256 or sha512"),
            },
            _ => {
                let message = format!("`{}` is not a field of this signature", shown(&key));
                self.report
                    .error(ErrorCode::UnknownField, node, message)
                    .at(node.key_span())
                    .help("`secret` has a `header`; `hmac` also prefix, encoding and algorithm");
            }
        }
    }

    /// Whether deliveries are told apart by their ids. By their bodies: `same_body`.
    fn dedupe(&mut self, node: Node<'_>) -> bool {
        let text = match node.value().as_bool() {
            Some(false) => "none".to_owned(),
            _ => node.text().unwrap_or_default().to_ascii_lowercase(),
        };
        let (by_id, by_body) = match text.as_str() {
            "none" => (false, false),
            "id" => (true, false),
            "body" => (false, true),
            "both" => (true, true),
            _ => {
                self.invalid(node, "must be id, body, both or none");
                (true, false)
            }
        };
        self.webhook.same_body = by_body;
        by_id
    }

    fn accepts(&mut self, node: Node<'_>) -> Option<Vec<BodyKind>> {
        let items: Vec<Node<'_>> = match node.kind() {
            Kind::List => node.children().collect(),
            _ => vec![node],
        };
        let mut found = Vec::new();
        for item in items {
            let text = item.text().unwrap_or_default();
            let kind = BodyKind::ALL.into_iter().find(|kind| kind.as_str() == text);
            match kind.or_else(|| BodyKind::of_media_type(&text)) {
                Some(kind) if found.contains(&kind) => {}
                Some(kind) => found.push(kind),
                None => self.invalid(node, "must be a list of json, form and text"),
            }
        }
        (!found.is_empty()).then_some(found)
    }

    fn networks(&mut self, node: Node<'_>) {
        let items: Vec<Node<'_>> = match node.kind() {
            Kind::List => node.children().collect(),
            _ => vec![node],
        };
        if items.is_empty() || items.len() > MAX_NETWORKS {
            self.invalid(node, "must be a list of 1 to 50 networks");
            return;
        }
        for item in items {
            match item.text().and_then(|text| Network::parse(&text)) {
                Some(network) => self.webhook.networks.push(network),
                None => self.invalid(node, "must list networks such as 203.0.113.0/24"),
            }
        }
    }

    /// `{path: input}` as webhooks of the format have it, or `{input: path}` with a path that names its
    /// part.
    fn mapping(&mut self, node: Node<'_>) {
        if node.kind() != Kind::Object {
            let must = "must be an object: paths of the delivery with the names of inputs";
            self.invalid(node, must);
            return;
        }
        for child in node.children() {
            let key = child.key().unwrap_or_default().into_owned();
            let value = child.text().unwrap_or_default().into_owned();
            let found = match (Source::explicit(&value), Source::parse(&key)) {
                (Some(source), _) => Some((key, source)),
                (None, Some(source)) if !value.is_empty() => Some((value, source)),
                _ => None,
            };
            match found {
                Some((name, source)) if !name.is_empty() => {
                    self.webhook.mapping.push((name, source));
                }
                _ => self.invalid(
                    child,
                    "must map a path such as `body.user.name` or `headers.x-event` to an input",
                ),
            }
        }
    }

    fn finish(mut self, node: Node<'a>, by_id: bool) -> Option<Trigger> {
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 100 {
            let place = node.get("name").unwrap_or(node);
            let message = "the name of a trigger has from 1 to 100 characters";
            self.report.error(ErrorCode::InvalidValue, place, message);
        }
        let by_secret = || Proof::Secret {
            header: SECRET_HEADER.to_owned(),
        };
        let mut proof = match (self.proof, self.authenticates) {
            (Some(proof), _) => proof,
            (None, true) => by_secret(),
            (None, false) => Proof::None,
        };
        match (&mut proof, self.header) {
            (_, None) => {}
            (Proof::Secret { header } | Proof::Hmac { header, .. }, Some(wanted)) => {
                *header = wanted;
            }
            (_, Some(_)) => {
                let place = node.get("auth_header").unwrap_or(node);
                let message = "`auth_header` belongs to the signatures secret and hmac";
                self.report.error(ErrorCode::InvalidValue, place, message);
            }
        }
        if let Some((seconds, place)) = self.wait {
            if !self.waits {
                let message = "`wait` belongs to `answer: \"result\"`";
                self.report.error(ErrorCode::InvalidValue, place, message);
            }
            self.webhook.answer = Answer::Result { seconds };
        } else if self.waits {
            self.webhook.answer = Answer::Result { seconds: 30 };
        }
        let usual = match &proof {
            Proof::GitHub => Source::field(Part::Headers, "x-github-delivery"),
            Proof::Stripe => Source::field(Part::Body, "id"),
            Proof::Slack => Source::field(Part::Body, "event_id"),
            Proof::Standard => Source::field(Part::Headers, "webhook-id"),
            _ => Source::field(Part::Headers, "idempotency-key"),
        };
        let delivery_id = self.delivery_id.unwrap_or(Some(usual));
        self.webhook.delivery_id = delivery_id.filter(|_| by_id);
        self.webhook.accepts = self.accepts.unwrap_or_else(|| match &proof {
            Proof::Slack => vec![BodyKind::Json, BodyKind::Form],
            _ => vec![BodyKind::Json],
        });
        self.webhook.proof = proof;
        Some(Trigger {
            name,
            description: self.description,
            schedule: Schedule {
                timing: Timing::Webhook(Box::new(self.webhook)),
                zone: Zone::utc(),
                start: None,
                end: None,
                jitter: 0,
                misfire: Misfire::default(),
                calendar: None,
                overlap: self.overlap,
                paused: self.paused,
            },
            input: self.input,
            mapping: Vec::new(),
        })
    }
}
