//! Renders letters. Each letter has one template per language, from which both the text and the
//! HTML are made: the template names parts (a title, a paragraph, a button), and each format has
//! its own definition of the parts.
//!
//! minijinja is used, and not a library that compiles templates, because a template imports its
//! parts by the format at the time of rendering. In HTML everything that is not a part is escaped.

use std::sync::LazyLock;

use minijinja::{
    AutoEscape, Environment, UndefinedBehavior, context,
    value::{Serde, Value},
};

use crate::{Language, Letter};

/// The rendered content of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The subject, one line.
    pub subject: String,
    /// The text, for clients and people that do not want HTML.
    pub text: String,
    /// The HTML.
    pub html: String,
}

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("templates/", $name, ".j2")))),*]
    };
}

/// The letters, one template for both formats.
const LETTERS: &[(&str, &str)] = templates![
    "invitation.en",
    "invitation.de",
    "password_reset.en",
    "password_reset.de",
    "password_changed.en",
    "password_changed.de",
    "confirm_address.en",
    "confirm_address.de",
    "allow_address_change.en",
    "allow_address_change.de",
    "prove_address.en",
    "prove_address.de",
    "address_in_use.en",
    "address_in_use.de",
    "confirm_sign_up.en",
    "confirm_sign_up.de",
    "account_exists.en",
    "account_exists.de",
    "sign_up_by_provider.en",
    "sign_up_by_provider.de",
    "address_changed.en",
    "address_changed.de",
    "break_glass_used.en",
    "break_glass_used.de",
    "provider_changed.en",
    "provider_changed.de",
    "token_reused.en",
    "token_reused.de",
    "application_allowed.en",
    "application_allowed.de",
    "passkey_added.en",
    "passkey_added.de",
    "passkey_removed.en",
    "passkey_removed.de",
    "second_factor_changed.en",
    "second_factor_changed.de",
    "recovery_codes_renewed.en",
    "recovery_codes_renewed.de",
    "second_factor_reset.en",
    "second_factor_reset.de",
    "identity_connected.en",
    "identity_connected.de",
    "second_person_off.en",
    "second_person_off.de",
    "publication_requested.en",
    "publication_requested.de",
    "publication_decided.en",
    "publication_decided.de",
    "trigger_trouble.en",
    "trigger_trouble.de",
    "webhook_disabled.en",
    "webhook_disabled.de",
];

/// The parts and the frames around a letter, per format.
const FRAMES: &[(&str, &str)] = templates!["parts.html", "parts.txt", "frame.html", "frame.txt"];

static ENVIRONMENT: LazyLock<Result<Environment<'static>, String>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| match name.rsplit('.').next() {
        Some("html") => AutoEscape::Html,
        _ => AutoEscape::None,
    });
    let add = |environment: &mut Environment<'static>, name: String, source: &'static str| {
        environment
            .add_template_owned(name, source)
            .map_err(|error| format!("{error:#}"))
    };
    for (name, source) in FRAMES {
        add(&mut environment, (*name).to_owned(), source)?;
    }
    for (name, source) in LETTERS {
        for format in ["html", "txt"] {
            add(&mut environment, format!("{name}.{format}"), source)?;
        }
    }
    Ok(environment)
});

/// Renders a letter. An error is a defect of its template.
pub fn render(letter: &Letter, language: Language) -> Result<Content, String> {
    let environment = ENVIRONMENT.as_ref().map_err(Clone::clone)?;
    let text = format(environment, letter, language, "txt")?;
    let html = format(environment, letter, language, "html")?;
    let subject: Vec<&str> = text.subject.split_whitespace().collect();
    Ok(Content {
        subject: subject.join(" "),
        text: text.whole,
        html: html.whole,
    })
}

/// A letter in one format.
struct Formatted {
    subject: String,
    whole: String,
}

fn format(
    environment: &Environment<'static>,
    letter: &Letter,
    language: Language,
    format: &str,
) -> Result<Formatted, String> {
    let told = |error: minijinja::Error| format!("{error:#}");
    let name = format!("{}.{}.{format}", letter.kind(), language.code());
    let parts = format!("parts.{format}");
    let letter = Value::from(Serde(letter));
    let template = environment.get_template(&name).map_err(told)?;
    let mut captured = template
        .render_captured(context! { parts, letter })
        .map_err(told)?;
    let mut block = |name: &str| -> Result<String, String> {
        captured
            .with_state_mut(|state| state.render_block(name))
            .map_err(told)
    };
    let (subject, summary, body) = (block("subject")?, block("summary")?, block("body")?);
    let frame = environment.get_template(&format!("frame.{format}"));
    let safe = |text: &str| Value::from_safe_string(text.trim().to_owned());
    let whole = frame.and_then(|frame| {
        frame.render(context! {
            language => language.code(),
            subject => safe(&subject),
            summary => safe(&summary),
            body => safe(&body),
        })
    });
    Ok(Formatted {
        subject,
        whole: whole.map_err(told)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn all() -> impl Iterator<Item = (Letter, Language, Content)> {
        samples().into_iter().flat_map(|letter| {
            Language::ALL.map(|language| {
                let content = render(&letter, language).unwrap();
                (letter.clone(), language, content)
            })
        })
    }

    #[test]
    fn every_letter_has_its_link_in_both_formats_and_languages() {
        for (letter, language, content) in all() {
            let place = format!("{} {language:?}", letter.kind());
            assert!(
                content.text.contains(letter.link()),
                "{place}: {}",
                content.text
            );
            let button = format!("href=\"{}\"", letter.link());
            let html = content.html.replace("&#x2f;", "/");
            assert!(html.contains(&button), "{place}: {html}");
            assert!(
                !content.subject.is_empty() && content.subject.len() < 120,
                "{place}"
            );
            assert!(!content.subject.contains('\n'), "{place}");
            assert!(
                content
                    .html
                    .contains(&format!("lang=\"{}\"", language.code()))
            );
            assert!(content.html.contains("prefers-color-scheme: dark"));
            assert!(
                !content.text.contains("<p") && !content.text.contains("&amp;"),
                "{place}"
            );
        }
    }

    #[test]
    fn every_letter_has_a_subject_and_a_text_of_its_own_in_each_language() {
        for letter in samples() {
            let [english, german] = Language::ALL.map(|one| render(&letter, one).unwrap());
            assert_ne!(english.subject, german.subject);
            assert_ne!(english.text, german.text);
        }
    }

    #[test]
    fn a_letter_about_the_second_factor_says_whether_it_is_on_or_off() {
        for language in Language::ALL {
            let [on, off] = [true, false].map(|on| {
                let letter = Letter::SecondFactorChanged {
                    name: "Bo".to_owned(),
                    on,
                    at: "2026-11-29 08:20 UTC".to_owned(),
                    link: "https://a.example/settings".to_owned(),
                };
                render(&letter, language).unwrap()
            });
            assert_ne!(on.subject, off.subject);
            assert_ne!(on.text, off.text);
        }
    }

    #[test]
    fn f01_names_are_escaped_in_html_and_stay_as_they_are_in_text() {
        let letter = Letter::Invitation {
            organization: "<script>alert(1)</script>".to_owned(),
            inviter: "\"><img src=x onerror=alert(1)>{{ 7 * 7 }}".to_owned(),
            role: "viewer".to_owned(),
            link: "https://a.example/invitation#\"onmouseover=x".to_owned(),
            until: "2026-12-06".to_owned(),
        };
        for language in Language::ALL {
            let content = render(&letter, language).unwrap();
            assert!(!content.html.contains("<script>alert") && !content.html.contains("<img"));
            assert!(!content.html.contains("#\"on"));
            assert!(content.html.contains("&lt;script&gt;"), "{}", content.html);
            // Not escaped twice.
            assert!(!content.html.contains("&amp;lt;"));
            assert!(content.text.contains("<script>alert(1)</script>"));
            assert!(content.text.contains("{{ 7 * 7 }}"));
        }
    }

    #[test]
    fn a_line_break_in_a_name_does_not_reach_the_subject() {
        let letter = Letter::Invitation {
            organization: "A\r\nBcc: eve@a.example".to_owned(),
            inviter: "Ada".to_owned(),
            role: "viewer".to_owned(),
            link: "https://a.example/".to_owned(),
            until: "2026-12-06".to_owned(),
        };
        let content = render(&letter, Language::English).unwrap();
        assert!(!content.subject.contains(['\r', '\n']));
    }
}
