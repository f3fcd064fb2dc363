//! Names of domains: one spelling for each, and only those that one organization can own.

use std::net::Ipv6Addr;

use super::LABEL;
use crate::{
    error::{AppError, Result},
    text,
};

/// The longest name in the domain name system.
const LONGEST: usize = 253;

/// Domains in which anybody can get an address. Nobody but the provider could prove them; a claim
/// is refused at once, to say so.
const SHARED: &str = include_str!("shared_domains.txt");

/// Reads a domain that a person entered, in any spelling: upper case, with a dot at the end, or in
/// another alphabet. Returns its ASCII form in lower case.
///
/// # Errors
/// `INVALID_INPUT` for anything else, for an IP address, and for a domain that no single
/// organization owns.
pub fn read(text: &str) -> Result<String> {
    let text = text::line("name", text, LONGEST + 1)?;
    let wrong = |problem: String| AppError::invalid("name", problem);
    if let Some((_, host)) = text.rsplit_once('@') {
        return Err(wrong(format!(
            "`{text}` is an email address; enter only what follows the @: `{host}`"
        )));
    }
    if text.contains(['/', ':', '?', '#', '[']) && text.parse::<Ipv6Addr>().is_err() {
        return Err(wrong(format!(
            "`{text}` is not a domain; enter only its name, such as `example.com`, without \
             https://, port and path"
        )));
    }
    let Some(name) = ascii(&text) else {
        return Err(wrong(format!(
            "`{text}` is not a domain, such as `example.com`"
        )));
    };
    if name.len() + LABEL.len() + 1 > LONGEST {
        return Err(wrong(format!(
            "`{name}` is too long: no record `{LABEL}` can be published below it"
        )));
    }
    if SHARED.lines().any(|shared| shared == name) {
        return Err(wrong(format!(
            "Anybody can get an address in `{name}`, so it belongs to no organization; enter a \
             domain of your own"
        )));
    }
    if psl::domain_str(&name).is_none() {
        return Err(wrong(format!(
            "`{name}` is a public suffix, below which others register their domains; enter the \
             whole domain, such as `example.{name}`"
        )));
    }
    Ok(name)
}

/// The domain of an email address, in the same spelling as [`read`]. `None` if it has none, such
/// as an IP address.
pub fn of_address(address: &str) -> Option<String> {
    ascii(address.rsplit_once('@')?.1)
}

/// The name as people write it, with the letters of its alphabet.
pub fn shown(name: &str) -> String {
    let (shown, result) = idna::domain_to_unicode(name);
    match result {
        Ok(()) => shown,
        Err(_) => name.to_owned(),
    }
}

/// The ASCII form in lower case of a name that has at least two labels and is no IP address.
fn ascii(text: &str) -> Option<String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let name = idna::domain_to_ascii(text).ok()?;
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let (_, top) = name.rsplit_once('.')?;
    // As in URLs: a name whose last label is a number is an address, such as 0x7f.1.
    let is_number = |label: &str| {
        let hex = label.strip_prefix("0x");
        label.bytes().all(|byte| byte.is_ascii_digit())
            || hex.is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let fits = name.len() <= LONGEST && name.split('.').all(is_label) && !is_number(top);
    fits.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_domain_becomes_the_same_name() {
        for (spelling, name) in [
            ("example.com", "example.com"),
            (" Example.COM. ", "example.com"),
            ("mail.example.co.uk", "mail.example.co.uk"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("ｅｘａｍｐｌｅ。com", "example.com"),
            ("office.internal", "office.internal"),
        ] {
            assert_eq!(read(spelling).unwrap(), name, "{spelling}");
            assert_eq!(of_address(&format!("a@{}", spelling.trim())).unwrap(), name);
        }
        assert_eq!(shown("xn--bcher-kva.example"), "bücher.example");
        assert_eq!(shown("example.com"), "example.com");
    }

    #[test]
    fn what_no_organization_can_own_is_refused_with_the_way_out() {
        for (text, part) in [
            ("", "empty"),
            ("localhost", "not a domain"),
            ("127.0.0.1", "not a domain"),
            ("0x7f.1", "not a domain"),
            ("1.2.3.0x10", "not a domain"),
            ("::1", "not a domain"),
            ("[::1]", "not a domain"),
            ("a_b.example.com", "not a domain"),
            ("*.example.com", "not a domain"),
            ("-a.example.com", "not a domain"),
            ("a..example.com", "not a domain"),
            ("example.com..", "not a domain"),
            ("exa mple.com", "not a domain"),
            ("https://example.com/", "without https://"),
            ("example.com:443", "without https://"),
            ("bo@example.com", "`example.com`"),
            ("com", "not a domain"),
            ("co.uk", "public suffix"),
            ("github.io", "public suffix"),
            ("gmail.com", "Anybody"),
            ("GMAIL.com.", "Anybody"),
            ("gmx.de", "Anybody"),
            ("example\u{200b}.com", "invisible"),
            (&format!("{}.com", "a".repeat(64)), "not a domain"),
            (
                &format!("{}example.com", "abcdefgh.".repeat(26)),
                "too long",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.message.starts_with("name: "), "{}", error.message);
            assert!(error.message.contains(part), "{text}: {}", error.message);
        }
        for address in [
            "bo",
            "bo@",
            "bo@localhost",
            "bo@[127.0.0.1]",
            "bo@127.0.0.1",
        ] {
            assert_eq!(of_address(address), None, "{address}");
        }
    }

    #[test]
    fn the_list_of_shared_domains_has_names_as_they_are_read() {
        for name in SHARED.lines() {
            assert_eq!(ascii(name).as_deref(), Some(name));
        }
    }
}
