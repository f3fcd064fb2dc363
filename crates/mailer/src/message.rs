//! Messages in the format of the internet (RFC 5322): text and HTML, and the headers around them.

use chrono::{DateTime, Utc};
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
};

use crate::{Content, Failure, SendError, SmtpSettings, Stage, address};

/// A mail to send. Building it again gives the same message id and date, so a copy that is sent
/// after a lost confirmation can be recognized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The message id, without angle brackets.
    pub message_id: String,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// The recipient's address.
    pub to: String,
    /// The link to unsubscribe, if the mail can be unsubscribed.
    pub unsubscribe: Option<String>,
    /// The content.
    pub content: Content,
}

/// Where mail programs unsubscribe (RFC 2369).
#[derive(Clone)]
struct ListUnsubscribe(String);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        // A link must not be folded or encoded. `build` refuses one with other characters than ASCII's.
        let link = format!("<{}>", self.0);
        HeaderValue::dangerous_new_pre_encoded(Self::name(), link.clone(), link)
    }
}

/// Says that they can do it with one click, by a POST request to the link (RFC 8058).
#[derive(Clone)]
struct ListUnsubscribePost;

impl Header for ListUnsubscribePost {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe-Post")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "List-Unsubscribe=One-Click".to_owned())
    }
}

/// Marks the mail as sent by a program, so that no out-of-office reply comes back (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The bytes of a mail, as they would be sent.
pub fn write(settings: &SmtpSettings, mail: &Mail) -> Result<Vec<u8>, SendError> {
    Ok(build(settings, mail)?.1)
}

/// The recipient and the bytes of a mail.
pub(crate) fn build(settings: &SmtpSettings, mail: &Mail) -> Result<(Address, Vec<u8>), SendError> {
    let refused = |why: &str| SendError::new(Failure::Rejected, Stage::Recipient, why);
    let to = address::parse(&mail.to).map_err(|why| refused(&why))?;
    if [&mail.content.subject, &mail.message_id]
        .iter()
        .any(|text| text.chars().any(char::is_control))
    {
        let why = "the subject has a line break or another control character";
        return Err(SendError::new(Failure::Rejected, Stage::Content, why));
    }
    let mut message = Message::builder()
        .from(settings.from.clone())
        .to(Mailbox::new(None, to.clone()))
        .subject(mail.content.subject.clone())
        .date(mail.at.into())
        .message_id(Some(format!("<{}>", mail.message_id)))
        .header(AutoSubmitted);
    if let Some(link) = &mail.unsubscribe {
        if !link.bytes().all(|byte| byte.is_ascii_graphic()) {
            let why = "the link to unsubscribe has a character that a header cannot have";
            return Err(SendError::new(Failure::Rejected, Stage::Content, why));
        }
        message = message
            .header(ListUnsubscribe(link.clone()))
            .header(ListUnsubscribePost);
    }
    if let Some(reply_to) = &settings.reply_to {
        message = message.reply_to(reply_to.clone());
    }
    let (text, html) = (mail.content.text.clone(), mail.content.html.clone());
    let message = message
        .multipart(MultiPart::alternative_plain_html(text, html))
        .map_err(|e| SendError::new(Failure::Rejected, Stage::Content, &e.to_string()))?;
    Ok((to, message.formatted()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SmtpOptions;

    fn settings() -> SmtpSettings {
        SmtpSettings::new(SmtpOptions {
            host: "smtp.example.com".to_owned(),
            from: Some("Ärger \"& Söhne <flowmason@example.com>".to_owned()),
            reply_to: Some("help@example.com".to_owned()),
            ..SmtpOptions::default()
        })
        .unwrap()
    }

    fn mail() -> Mail {
        Mail {
            message_id: "mail_1@example.com".to_owned(),
            at: DateTime::from_timestamp(1_780_000_000, 0).unwrap(),
            to: "ada@bücher.example".to_owned(),
            unsubscribe: None,
            content: Content {
                subject: "Grüße an Ada".to_owned(),
                text: "Hallo\n".to_owned(),
                html: "<p>Hallo</p>".to_owned(),
            },
        }
    }

    #[test]
    fn a_message_is_ascii_has_one_of_each_header_and_keeps_its_id_and_date() {
        let bytes = write(&settings(), &mail()).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.is_ascii());
        let headers = text.split("\r\n\r\n").next().unwrap();
        for header in [
            "From: ",
            "To: ada@xn--bcher-kva.example",
            "Reply-To: help@example.com",
            "Message-ID: <mail_1@example.com>",
            "Date: ",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Subject: =?utf-8?",
        ] {
            assert_eq!(headers.matches(header).count(), 1, "{header} in {headers}");
        }
        assert!(text.contains("text/plain") && text.contains("text/html"));
        let header = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap();
            line.to_owned()
        };
        let again = String::from_utf8(write(&settings(), &mail()).unwrap()).unwrap();
        for name in ["Message-ID", "Date"] {
            assert_eq!(header(&text, name), header(&again, name));
        }
    }

    #[test]
    fn a_mail_that_can_be_unsubscribed_says_where_in_one_line() {
        let text = |mail: &Mail| String::from_utf8(write(&settings(), mail).unwrap()).unwrap();
        assert!(!text(&mail()).contains("List-Unsubscribe"));
        let link = format!(
            "https://flowmason.example.com/mail/unsubscribe/{}",
            "a".repeat(86)
        );
        let with = text(&Mail {
            unsubscribe: Some(link.clone()),
            ..mail()
        });
        for line in [
            format!("List-Unsubscribe: <{link}>"),
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click".to_owned(),
        ] {
            assert_eq!(with.lines().filter(|one| *one == line).count(), 1, "{with}");
        }
    }

    #[test]
    fn a_line_break_in_a_header_is_refused() {
        let mut injected = mail();
        injected.content.subject = "Hello\r\nBcc: eve@example.com".to_owned();
        let error = write(&settings(), &injected).unwrap_err();
        assert_eq!(error.failure, Failure::Rejected);
        let mut injected = mail();
        injected.unsubscribe = Some("https://a.example/\r\nBcc: eve@example.com".to_owned());
        assert!(write(&settings(), &injected).is_err());
        let mut injected = mail();
        injected.to = "ada@a.example\r\nBcc: eve@example.com".to_owned();
        assert!(write(&settings(), &injected).is_err());
    }
}
