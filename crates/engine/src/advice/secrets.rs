//! Finds secrets that are in a file as plain text: keys in the form of well-known providers,
//! credentials in headers and URLs, and random values in fields with names such as `password`.
//!
//! A value is never shown. At most its beginning is, where that is the same in all keys of the
//! provider.

mod named;

use super::{Level, Rule, finding::Findings};
use crate::{
    diagnostic::shown,
    model::Pipeline,
    source::{Kind, Node, Span},
};

/// How keys of a provider begin, what they are, and the least length of the rest.
const KEYS: &[(&str, &str, usize)] = &[
    ("sk-ant-", "an Anthropic API key", 20),
    ("sk-", "an OpenAI API key", 20),
    ("gsk_", "a Groq API key", 30),
    ("xai-", "an xAI API key", 30),
    ("pplx-", "a Perplexity API key", 30),
    ("hf_", "a Hugging Face token", 30),
    ("r8_", "a Replicate token", 30),
    ("AIza", "a Google API key", 30),
    ("AKIA", "an AWS access key", 16),
    ("ASIA", "an AWS access key", 16),
    ("ghp_", "a GitHub token", 30),
    ("gho_", "a GitHub token", 30),
    ("ghu_", "a GitHub token", 30),
    ("ghs_", "a GitHub token", 30),
    ("ghr_", "a GitHub token", 30),
    ("github_pat_", "a GitHub token", 30),
    ("glpat-", "a GitLab token", 16),
    ("npm_", "an npm token", 30),
    ("xoxb-", "a Slack token", 16),
    ("xoxp-", "a Slack token", 16),
    ("xoxa-", "a Slack token", 16),
    ("xoxs-", "a Slack token", 16),
    ("sk_live_", "a Stripe key", 16),
    ("rk_live_", "a Stripe key", 16),
    ("whsec_", "a webhook secret", 16),
    ("SG.", "a SendGrid API key", 30),
    ("shpat_", "a Shopify token", 30),
    ("dop_v1_", "a DigitalOcean token", 40),
    ("hooks.slack.com/services/", "a Slack webhook", 30),
    ("discord.com/api/webhooks/", "a Discord webhook", 30),
    ("eyJ", "a signed token (JWT)", 40),
];

/// Names of fields that hold secrets, in lower case and without separators. A field is one of them
/// if its name ends with it.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "authkey",
    "accountkey",
    "signingkey",
    "encryptionkey",
    "subscriptionkey",
    "masterkey",
    "credential",
    "credentials",
    "authorization",
];

/// Words that show that a value only stands for one.
const PLACEHOLDERS: &[&str] = &[
    "your",
    "example",
    "placeholder",
    "changeme",
    "change-me",
    "change_me",
    "redacted",
    "dummy",
    "xxxx",
    "****",
    "....",
    "…",
    "todo",
    "insert",
    "replace",
    "fake",
    "<",
    "{{",
    "${",
];

/// A secret in a text of the file.
struct Secret {
    /// What it is.
    what: String,
    /// Where, in bytes of the decoded text.
    start: usize,
    end: usize,
}

pub(super) fn check(pipeline: &Pipeline, out: &mut Findings<'_>) {
    for (node, secrets) in all(pipeline) {
        let stage = stage_of(pipeline, node.span());
        for secret in secrets {
            let place = node
                .key()
                .map_or_else(|| "the text".to_owned(), |key| format!("`{}`", shown(&key)));
            let length = node
                .text()
                .and_then(|text| Some(text.get(secret.start..secret.end)?.chars().count()));
            let message = format!(
                "{place} contains {} as plain text ({} characters)",
                secret.what,
                length.unwrap_or_default()
            );
            out.add(Rule::PlainSecret, Level::Warning, stage, node, message)
                .at(place_of(node, &secret))
                .help(
                    "replace it at its provider, since everybody with the file has it, and keep \
                     the new one out of the file; in local runs {{env.NAME}} reads it from the \
                     environment",
                );
        }
    }
}

/// The file's text with each character of its secrets replaced by stars. Positions in bytes stay
/// the same.
pub fn without_secrets(pipeline: &Pipeline) -> String {
    let mut out = pipeline.source.to_string();
    for (node, secrets) in all(pipeline) {
        for span in secrets.iter().map(|secret| place_of(node, secret)) {
            if out.is_char_boundary(span.start) && out.is_char_boundary(span.end) {
                let stars = "*".repeat(span.end - span.start);
                out.replace_range(span.start..span.end, &stars);
            }
        }
    }
    out
}

/// The secrets of a file, as they are.
pub(crate) fn values(pipeline: &Pipeline) -> Vec<String> {
    let mut out = Vec::new();
    for (node, secrets) in all(pipeline) {
        let text = node.text().unwrap_or_default();
        let found = secrets.iter().filter_map(|it| text.get(it.start..it.end));
        out.extend(found.map(str::to_owned));
    }
    out
}

/// A text with each character of its secrets replaced by a star.
pub(crate) fn masked(text: &str) -> String {
    with_stars(text, &in_text(text, || false))
}

/// Like [`masked`], and also the values that stand after names such as `password`, as in JSON that cannot be
/// read, in `NAME=value` and in `name: value`.
pub(crate) fn masked_with_names(text: &str) -> String {
    let mut secrets = in_text(text, || false);
    named::values(text, &mut secrets);
    with_stars(text, &apart(secrets))
}

/// `secrets`: in order, none inside another one.
fn with_stars(text: &str, secrets: &[Secret]) -> String {
    let mut out = text.to_owned();
    for secret in secrets.iter().rev() {
        if let Some(value) = text.get(secret.start..secret.end) {
            let stars = "*".repeat(value.chars().count());
            out.replace_range(secret.start..secret.end, &stars);
        }
    }
    out
}

fn place_of(node: Node<'_>, secret: &Secret) -> Span {
    let start = node.source_offset(secret.start);
    let end = node.source_offset(secret.end);
    Span {
        start,
        end: end.max(start),
    }
}

/// All secrets, each with its text.
fn all(pipeline: &Pipeline) -> impl Iterator<Item = (Node<'_>, Vec<Secret>)> {
    let document = &pipeline.document;
    let nodes = (0u32..).map_while(move |id| document.node(id));
    nodes
        .filter(|node| node.kind() == Kind::Text)
        .filter_map(|node| {
            let text = node.text()?;
            let secrets = in_text(&text, || holds_secret(node));
            (!secrets.is_empty()).then_some((node, secrets))
        })
}

/// The stage whose object contains this place.
fn stage_of(pipeline: &Pipeline, span: Span) -> Option<u32> {
    // The stages are in the order of the file.
    let after = pipeline
        .stages
        .partition_point(|stage| stage.span.start <= span.start);
    let at = after.checked_sub(1)?;
    let holds = pipeline.stages.get(at)?.span.end >= span.end;
    u32::try_from(at).ok().filter(|_| holds)
}

/// The secrets in a text. `named`: whether its field holds a secret, by its name.
fn in_text(text: &str, named: impl FnOnce() -> bool) -> Vec<Secret> {
    let mut out = Vec::new();
    if text.len() < 8 {
        return out;
    }
    keys(text, &mut out);
    private_key(text, &mut out);
    bearer(text, &mut out);
    urls(text, &mut out);
    let value = text.trim();
    if out.is_empty() && is_random(value, 8) && named() {
        let start = text.len() - text.trim_start().len();
        out.push(Secret {
            what: "what looks like a secret".to_owned(),
            start,
            end: start + value.len(),
        });
    }
    apart(out)
}

/// The secrets in order, without those inside another one.
fn apart(mut all: Vec<Secret>) -> Vec<Secret> {
    all.sort_by_key(|it| (it.start, std::cmp::Reverse(it.end)));
    let mut end = 0;
    all.retain(|it| {
        let keep = it.start >= end;
        end = end.max(it.end);
        keep
    });
    all
}

/// Keys in the form of a provider.
fn keys(text: &str, out: &mut Vec<Secret>) {
    for (begin, what, least) in KEYS {
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| rest.find(begin)) {
            let start = from + at;
            let rest = text.get(start + begin.len()..).unwrap_or_default();
            let wide = begin.contains('/') || matches!(*begin, "SG." | "eyJ");
            let length = rest
                .find(|c: char| {
                    !(c.is_ascii_alphanumeric()
                        || matches!(c, '-' | '_')
                        || wide && matches!(c, '.' | '/'))
                })
                .unwrap_or(rest.len());
            let tail = rest.get(..length).unwrap_or_default();
            from = start + begin.len() + length;
            let before = text.get(..start).and_then(|text| text.chars().next_back());
            let inside = before.is_some_and(|c| {
                c.is_alphanumeric() || matches!(c, '_' | '-') && !begin.contains('/')
            });
            let is_key = match *begin {
                "eyJ" => tail.contains(".eyJ"),
                "AKIA" | "ASIA" => {
                    tail.len() == 16
                        && tail
                            .chars()
                            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
                }
                _ => tail.contains(|c: char| c.is_ascii_digit()),
            };
            if !inside && is_key && tail.len() >= *least && is_mixed(tail, 2.5) {
                out.push(Secret {
                    what: format!("{what} (`{begin}…`)"),
                    start,
                    end: from,
                });
            }
        }
    }
}

/// A private key in its usual form.
fn private_key(text: &str, out: &mut Vec<Secret>) {
    let Some(start) = text.find("-----BEGIN ") else {
        return;
    };
    let rest = text.get(start..).unwrap_or_default();
    let Some(head) = rest.find("PRIVATE KEY-----").map(|at| at + 16) else {
        return;
    };
    let body = rest.get(head..).unwrap_or_default();
    let end = body.find("-----END ").unwrap_or(body.len());
    if body.get(..end).is_some_and(|body| body.trim().len() >= 40) {
        out.push(Secret {
            what: "a private key".to_owned(),
            start,
            end: start + head + end,
        });
    }
}

/// `Bearer` and `Basic` with a value.
fn bearer(text: &str, out: &mut Vec<Secret>) {
    if !text.contains("earer ") && !text.contains("EARER ") && !text.contains("asic ") {
        return;
    }
    let lower = text.to_ascii_lowercase();
    for (word, what) in [
        ("bearer ", "a bearer token"),
        ("basic ", "a user name with a password"),
    ] {
        let mut from = 0;
        while let Some(at) = lower.get(from..).and_then(|rest| rest.find(word)) {
            let start = from + at + word.len();
            let rest = text.get(start..).unwrap_or_default();
            let end = rest
                .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';'))
                .unwrap_or(rest.len());
            from = start + end;
            let value = rest.get(..end).unwrap_or_default();
            if is_random(value, 16) {
                out.push(Secret {
                    what: what.to_owned(),
                    start,
                    end: from,
                });
            }
        }
    }
}

/// Passwords and keys in URLs: `https://user:password@host`, `?api_key=…`.
fn urls(text: &str, out: &mut Vec<Secret>) {
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("://")) {
        let start = from + at + 3;
        let rest = text.get(start..).unwrap_or_default();
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`'))
            .unwrap_or(rest.len());
        from = start + end;
        let url = rest.get(..end).unwrap_or_default();
        let authority = url.split(['/', '?', '#']).next().unwrap_or_default();
        if let Some((user, _)) = authority.rsplit_once('@')
            && let Some((name, password)) = user.split_once(':')
            && is_random(password, 8)
        {
            let start = start + name.len() + 1;
            out.push(Secret {
                what: "a password in a URL".to_owned(),
                start,
                end: start + password.len(),
            });
        }
        let Some(query) = url.find('?') else { continue };
        let mut at = query + 1;
        for pair in url.get(at..).unwrap_or_default().split(['&', '#']) {
            if let Some((name, value)) = pair.split_once('=')
                && is_secret_name(name)
                && is_random(value, 12)
            {
                let start = start + at + name.len() + 1;
                out.push(Secret {
                    what: "what looks like a secret in a URL".to_owned(),
                    start,
                    end: start + value.len(),
                });
            }
            at += pair.len() + 1;
        }
    }
}

/// Whether a text's field holds a secret, by its name. The value of a pair of name and value, and
/// the default in a schema, are named by what they belong to.
fn holds_secret(node: Node<'_>) -> bool {
    let Some(key) = node.key() else {
        return false;
    };
    if is_secret_name(&key) {
        return true;
    }
    let parent = node.parent();
    match key.as_ref() {
        "value" => {
            let name = parent.and_then(|parent| parent.get("name").or(parent.get("key")));
            let name = name.and_then(|name| name.text());
            name.is_some_and(|name| is_secret_name(&name))
        }
        "default" | "const" | "example" => {
            let name = parent.and_then(|parent| parent.key());
            name.is_some_and(|name| is_secret_name(&name))
        }
        _ => false,
    }
}

/// Whether a field with this name holds a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let letters = name.chars().filter(|c| !matches!(c, '-' | '_' | ' ' | '.'));
    let name: String = letters.flat_map(char::to_lowercase).collect();
    matches!(name.as_str(), "key" | "pwd" | "pass") || NAMES.iter().any(|it| name.ends_with(it))
}

/// Whether a value looks random: no words, but letters and digits in disorder.
fn is_random(value: &str, least: usize) -> bool {
    (least..=512).contains(&value.len())
        && value.chars().all(|c| c.is_ascii_graphic())
        && value.contains(|c: char| c.is_ascii_digit())
        && value.contains(|c: char| c.is_ascii_alphabetic())
        && !value.contains("://")
        && !is_id(value)
        && is_mixed(value, if value.len() < 16 { 2.5 } else { 3.0 })
}

/// Whether it is a UUID, a date or words with a number, which usually identify something.
fn is_id(value: &str) -> bool {
    let parts: Vec<&str> = value.split(['-', '_', '.', ':', '/']).collect();
    let is_word = |part: &&str| {
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        part.len() <= 16
            && letters.chars().all(|c| c.is_ascii_alphabetic())
            && part.len() - letters.len() <= 4
    };
    let uuid = [8, 4, 4, 4, 12];
    let is_uuid = parts.iter().map(|part| part.len()).eq(uuid);
    let one_case = !value.contains(|c: char| c.is_ascii_uppercase());
    is_uuid || parts.len() > 1 && one_case && parts.iter().all(is_word)
}

/// Whether a value has at least this much information per character, in bits, and does not only
/// stand for a secret.
fn is_mixed(value: &str, bits: f64) -> bool {
    let lower = value.to_ascii_lowercase();
    !PLACEHOLDERS.iter().any(|word| lower.contains(word)) && entropy(value) >= bits
}

/// The information per character, in bits.
fn entropy(value: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let total = value.len() as f64;
    let shares = counts.iter().filter(|count| **count > 0);
    shares
        .map(|count| f64::from(*count) / total)
        .map(|share| -share * share.log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, named: bool) -> Vec<String> {
        let secrets = in_text(text, || named);
        secrets
            .iter()
            .map(|it| text[it.start..it.end].to_owned())
            .collect()
    }

    // Put together here, so that no scanner takes this file for a leak.
    fn key(begin: &str, rest: &str) -> String {
        format!("{begin}{rest}")
    }

    const RANDOM: &str = "T3BlbkFJq8Zr1mWx7KdP0vNc5LhYgEuS";

    #[test]
    fn keys_of_well_known_providers_are_found_wherever_they_are() {
        for begin in [
            "sk-",
            "sk-proj-",
            "sk-ant-api03-",
            "ghp_",
            "hf_",
            "glpat-",
            "xoxb-",
            "sk_live_",
            "AIza",
        ] {
            let key = key(begin, RANDOM);
            assert_eq!(found(&key, false), [key.as_str()], "{begin}");
            assert_eq!(found(&format!("use {key}, please"), false), [key.as_str()]);
        }
        let aws = key("AKIA", "Q7Z3M5X9K1P4V8N2");
        assert_eq!(found(&aws, false), [aws.as_str()]);
        let jwt = format!(
            "{}.{}.{RANDOM}",
            key("eyJ", "hbGciOiJIUzI1NiJ9"),
            key("eyJ", "zdWIiOiIxMjM0NTY3ODkwIn0")
        );
        assert_eq!(found(&jwt, false), [jwt.as_str()]);
        let pem = format!(
            "-----BEGIN RSA PRIVATE KEY-----\n{RANDOM}{RANDOM}\n-----END RSA PRIVATE KEY-----"
        );
        assert_eq!(found(&pem, false).len(), 1);
    }

    #[test]
    fn what_only_looks_like_a_key_is_not_found() {
        for text in [
            "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "sk-your-key-goes-here-0123456789",
            "task-0123456789abcdefghijklmnop",
            "ask-for-help-with-this-and-with-that",
            "the sk- prefix",
            "AKIAEXAMPLE",
            "eyJust a sentence that is a little longer than most others are",
            "Bearer {{env.TOKEN}}",
            "Authorization: Bearer <your token here 123>",
            "Use Bearer authentication-by-token-of-rfc-6750",
            "https://example.com/a?key={{env.KEY}}&page=2",
            "postgres://app:app@localhost/app",
            "https://example.com/?q=abc123def456ghi789",
            "",
        ] {
            assert!(
                found(text, false).is_empty(),
                "{text}: {:?}",
                found(text, false)
            );
        }
    }

    #[test]
    fn credentials_in_headers_and_urls_are_found() {
        assert_eq!(found(&format!("Bearer {RANDOM}"), false), [RANDOM]);
        assert_eq!(found(&format!("bearer {RANDOM}"), false), [RANDOM]);
        assert_eq!(
            found(&format!("https://api.test/v1?api_key={RANDOM}&n=1"), false),
            [RANDOM]
        );
        assert_eq!(
            found("postgres://app:hT7kQ2pX9s@db.test/app", false),
            ["hT7kQ2pX9s"]
        );
    }

    #[test]
    fn random_values_are_secrets_where_the_name_says_so() {
        assert_eq!(found(RANDOM, true), [RANDOM]);
        assert_eq!(found("hunter2Tr0ub4dor", true), ["hunter2Tr0ub4dor"]);
        assert!(found(RANDOM, false).is_empty());
        for text in [
            "{{env.API_KEY}}",
            "customer-key-2024",
            "0b9f3c1e-2d4a-4f6b-8c7d-1e2f3a4b5c6d",
            "the name of the key",
            "customer_id",
            "2026-12-01T08:00:00Z",
            "changeme123",
        ] {
            assert!(found(text, true).is_empty(), "{text}");
        }
        for name in [
            "password",
            "db_password",
            "x-api-key",
            "apiKey",
            "token",
            "key",
            "Authorization",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "max_tokens",
            "keys",
            "sort_key",
            "tokens_used",
            "keyboard",
            "primary_key",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
