//! Addresses of recipients.

use lettre::Address;

/// Checks that mail can be sent to an address. Returns what is wrong with it otherwise.
pub fn check(text: &str) -> Result<(), String> {
    parse(text).map(drop)
}

/// Reads an address. The domain is converted to its ASCII form, which every server understands; a
/// local part that is not ASCII needs a server with SMTPUTF8.
pub(crate) fn parse(text: &str) -> Result<Address, String> {
    let problem = || {
        format!(
            "`{}` is not an address that mail can be sent to",
            shown(text)
        )
    };
    if text.chars().any(char::is_control) {
        return Err(problem());
    }
    let (user, domain) = text.rsplit_once('@').ok_or_else(problem)?;
    let domain = idna::domain_to_ascii(domain).map_err(|_| {
        format!(
            "`{}` has a domain that does not exist in any alphabet",
            shown(text)
        )
    })?;
    Address::new(user, &domain).map_err(|_| problem())
}

/// The text without control characters, cut.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_of_another_alphabet_becomes_ascii() {
        let address = parse("jörg@bücher.example").unwrap();
        assert_eq!(address.domain(), "xn--bcher-kva.example");
        assert_eq!(address.user(), "jörg");
    }

    #[test]
    fn an_address_with_a_line_break_or_a_second_recipient_is_refused() {
        for wrong in [
            "a@b.example\r\nBcc: c@d.example",
            "a\n@b.example",
            "a@b.example>\u{0}",
            "a@b.example, c@d.example",
            "a@b.example> RCPT TO:<c@d.example",
            "a b@c.example",
            "@b.example",
            "a@",
            "a",
        ] {
            assert!(check(wrong).is_err(), "{wrong:?}");
        }
        assert!(check("ada.lovelace+news@mail.example").is_ok());
    }
}
