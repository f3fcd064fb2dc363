//! Parses `Content-Type` leniently: in any case, with quotes and extra blanks.

use reqwest::header::{CONTENT_TYPE, HeaderMap};

/// A media type with its parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaType {
    /// `type/subtype` in lower case; empty if there is none.
    pub essence: String,
    /// The parameter `charset`, unchanged.
    pub charset: Option<String>,
    /// The parameter `boundary`, unchanged.
    pub boundary: Option<String>,
}

impl MediaType {
    /// The media type in the headers of a request or response.
    pub fn of(headers: &HeaderMap) -> Self {
        let value = headers.get(CONTENT_TYPE);
        Self::parse(&value.map_or_else(String::new, |v| {
            String::from_utf8_lossy(v.as_bytes()).into_owned()
        }))
    }

    /// Parses the value of the header.
    pub fn parse(text: &str) -> Self {
        let mut parts = parts(text).into_iter();
        let mut media = Self {
            essence: parts.next().unwrap_or_default().trim().to_ascii_lowercase(),
            ..Self::default()
        };
        for part in parts {
            let Some((name, value)) = part.split_once('=') else {
                continue;
            };
            let value = value.trim().trim_matches(['"', '\'']).to_owned();
            let slot = match name.trim().to_ascii_lowercase().as_str() {
                "charset" => &mut media.charset,
                "boundary" => &mut media.boundary,
                _ => continue,
            };
            if slot.is_none() && !value.is_empty() {
                *slot = Some(value);
            }
        }
        media
    }

    /// Whether it is JSON, under any of its names.
    pub fn is_json(&self) -> bool {
        let (_, subtype) = self.essence.split_once('/').unwrap_or_default();
        matches!(subtype, "json" | "x-json") || subtype.ends_with("+json")
    }

    /// Whether it is JSON Lines: one JSON value per line.
    pub fn is_json_lines(&self) -> bool {
        let (_, subtype) = self.essence.split_once('/').unwrap_or_default();
        matches!(
            subtype,
            "x-ndjson" | "ndjson" | "jsonl" | "x-jsonl" | "jsonlines" | "x-jsonlines"
        )
    }

    /// Whether it is HTML.
    pub fn is_html(&self) -> bool {
        matches!(self.essence.as_str(), "text/html" | "application/xhtml+xml")
    }

    /// Whether it is XML, under any of its names.
    pub fn is_xml(&self) -> bool {
        let (_, subtype) = self.essence.split_once('/').unwrap_or_default();
        subtype == "xml" || subtype.ends_with("+xml")
    }

    /// Whether the media type means text, whatever the bytes are.
    pub fn is_text(&self) -> bool {
        self.essence.starts_with("text/")
            || self.is_json()
            || self.is_json_lines()
            || self.is_xml()
            || matches!(
                self.essence.as_str(),
                "application/x-www-form-urlencoded"
                    | "application/javascript"
                    | "application/ecmascript"
                    | "application/yaml"
                    | "application/x-yaml"
                    | "application/toml"
                    | "application/sql"
                    | "application/graphql"
                    | "application/x-sh"
                    | "application/csv"
            )
    }

    /// Whether the media type is never text, whatever the bytes are.
    pub fn is_binary(&self) -> bool {
        let (kind, _) = self.essence.split_once('/').unwrap_or_default();
        !self.is_text()
            && (matches!(kind, "image" | "audio" | "video" | "font")
                || matches!(
                    self.essence.as_str(),
                    "application/pdf"
                        | "application/zip"
                        | "application/gzip"
                        | "application/x-gzip"
                        | "application/x-tar"
                        | "application/wasm"
                        | "application/x-7z-compressed"
                        | "application/vnd.rar"
                ))
    }
}

/// Splits a text at each `;` outside of quotes.
fn parts(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c: char| {
        quoted ^= c == '"';
        c == ';' && !quoted
    })
    .collect()
}
