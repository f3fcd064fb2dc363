//! Why a letter was not accepted, and what that means for it.

use lettre::transport::smtp::Error;
use thiserror::Error as ThisError;

/// What a failure means for the letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Trying again later may help.
    Temporary,
    /// The server does not accept mail from us at all: its certificate, the password or the
    /// settings must be corrected. Trying again later may help, once somebody has done that.
    Misconfigured,
    /// The server will never accept this letter.
    Rejected,
    /// There is no such mailbox: a hard bounce. Nothing more should be sent to the address.
    Bounced,
}

/// The step at which sending failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Connecting, and the server's greeting.
    Connect,
    /// The TLS handshake.
    Tls,
    /// The user and the password.
    SignIn,
    /// The sender's address.
    Sender,
    /// The recipient's address.
    Recipient,
    /// The content, up to the server's confirmation.
    Content,
}

impl Stage {
    /// The end of a sentence that begins with "The mail server …".
    const fn refused(self) -> &'static str {
        match self {
            Self::Connect => "cannot be used",
            Self::Tls => "could not be reached over TLS",
            Self::SignIn => "refused the user or the password",
            Self::Sender => "refused the sender's address",
            Self::Recipient => "refused the recipient's address",
            Self::Content => "did not accept the message",
        }
    }

    /// What the operator can do about a failure at this stage.
    const fn hint(self) -> &'static str {
        match self {
            Self::Tls => {
                ". Check the host name; for a private certificate authority, set \
                 FLOWMASON_SMTP_CA_FILE"
            }
            Self::SignIn => ". Check FLOWMASON_SMTP_USER and FLOWMASON_SMTP_PASSWORD",
            Self::Sender => ". Check FLOWMASON_SMTP_USER and FLOWMASON_MAIL_FROM",
            Self::Connect | Self::Recipient | Self::Content => "",
        }
    }
}

/// A letter that was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("{message}")]
pub struct SendError {
    /// What it means for the letter.
    pub failure: Failure,
    /// The step at which it happened.
    pub stage: Stage,
    /// The reason, with the server's reply, for the people who see the outbox.
    pub message: String,
}

impl SendError {
    /// An error that is not a reply of the server.
    pub(crate) fn new(failure: Failure, stage: Stage, why: &str) -> Self {
        let hint = match failure {
            Failure::Misconfigured => stage.hint(),
            _ => "",
        };
        Self {
            failure,
            stage,
            message: format!("The mail server {}: {}{hint}", stage.refused(), line(why)),
        }
    }

    /// The server did not respond in time.
    pub(crate) fn timeout(stage: Stage, seconds: u64) -> Self {
        let why = format!("there was no response for {seconds} s");
        Self::new(Failure::Temporary, stage, &why)
    }

    /// An error of the connection, or a negative reply.
    pub(crate) fn of(stage: Stage, error: &Error) -> Self {
        let reply = match error.status() {
            Some(code) => format!("{code} {}", cause(error)),
            None => cause(error),
        };
        Self::new(meaning(stage, error, &reply), stage, &reply)
    }
}

fn meaning(stage: Stage, error: &Error, reply: &str) -> Failure {
    if !error.is_permanent() {
        // A certificate that is not trusted stays so; a lost connection does not.
        let refused = stage == Stage::Tls && !error.is_transient() && !is_lost(error);
        return if refused {
            Failure::Misconfigured
        } else {
            Failure::Temporary
        };
    }
    let code = error.status().map_or(0, u16::from);
    match stage {
        Stage::Connect | Stage::Tls | Stage::SignIn => Failure::Misconfigured,
        // Authentication required, too weak or failed.
        _ if matches!(code, 530 | 534 | 535 | 538) => Failure::Misconfigured,
        Stage::Sender => Failure::Misconfigured,
        Stage::Recipient if is_about_the_mailbox(reply) => Failure::Bounced,
        Stage::Recipient | Stage::Content => Failure::Rejected,
    }
}

/// Whether a permanent refusal of a recipient says that the mailbox does not exist or is disabled,
/// and not that a policy refuses us (RFC 3463: the subjects are 1 for addresses, 2 for mailboxes, 7
/// for policy). Without such a code, a refused recipient counts as one that does not exist.
fn is_about_the_mailbox(reply: &str) -> bool {
    let mut words = reply.split(|c: char| c.is_whitespace() || c == '-');
    let status = words.find(|word| word.starts_with("5.") && word.split('.').count() == 3);
    status.is_none_or(|status| status.starts_with("5.1.") || status.starts_with("5.2."))
}

/// Whether the connection was lost, as opposed to refused.
fn is_lost(error: &Error) -> bool {
    use std::{error::Error as _, io::ErrorKind};
    let io = error
        .source()
        .and_then(|source| source.downcast_ref::<std::io::Error>());
    io.is_some_and(|io| {
        matches!(
            io.kind(),
            ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::BrokenPipe
                | ErrorKind::UnexpectedEof
                | ErrorKind::TimedOut
        )
    })
}

/// The innermost cause, without the library's own words around it.
fn cause(error: &Error) -> String {
    use std::error::Error as _;
    match error.source() {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}

/// One line of at most 300 characters.
fn line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let line: String = words.join(" ").chars().take(300).collect();
    line.trim().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_reply_about_the_mailbox_is_a_bounce() {
        for bounce in [
            "550 5.1.1 no such user",
            "550 no such user",
            "550 5.2.1 disabled",
        ] {
            assert!(is_about_the_mailbox(bounce), "{bounce}");
        }
        for policy in ["550 5.7.1 blocked", "554 5.7.26 unauthenticated"] {
            assert!(!is_about_the_mailbox(policy), "{policy}");
        }
    }

    #[test]
    fn a_message_is_one_line_and_says_what_to_do() {
        let error = SendError::new(Failure::Misconfigured, Stage::SignIn, "535 5.7.8\r\n no.");
        assert_eq!(
            error.message,
            "The mail server refused the user or the password: 535 5.7.8 no. Check \
             FLOWMASON_SMTP_USER and FLOWMASON_SMTP_PASSWORD"
        );
    }
}
