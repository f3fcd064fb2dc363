//! What a pipeline touches outside: models, hosts, the environment.

use super::{cut, listed, stages};
use crate::{
    Value,
    advice::look::Look,
    component::{BranchRole, EffectKind},
    diagnostic::shown,
    source::Kind,
};

/// The sentences about everything outside.
pub fn sentences(look: &Look<'_>) -> String {
    let mut out = Vec::new();
    let models: Vec<u32> = look
        .stages()
        .map(|(number, _)| number)
        .filter(|number| look.calls_model(*number))
        .collect();
    if !models.is_empty() {
        let in_loops = models.iter().filter(|it| is_in_loop(look, **it)).count();
        let often = match in_loops {
            0 => String::new(),
            all if all == models.len() => ", once per item of a loop".to_owned(),
            some => format!(", {some} of them once per item of a loop"),
        };
        let names = models.iter().map(|it| format!("`{}`", shown(look.id(*it))));
        out.push(format!(
            "It calls a model in {} ({}){often}.",
            stages(models.len()),
            listed(&cut(names.collect()))
        ));
    }
    for (effect, what) in [
        (EffectKind::Read, "It reads from outside: "),
        (EffectKind::Effect, "It can change something outside: "),
    ] {
        let of = look.stages().map(|(number, _)| number);
        let of: Vec<String> = of
            .filter(|number| look.effect(*number) == effect)
            .map(|number| {
                let id = shown(look.id(number));
                match request(look, number) {
                    Some(request) => format!("`{id}` sends {request}"),
                    None => format!("`{id}`"),
                }
            })
            .collect();
        if !of.is_empty() {
            out.push(format!("{what}{}.", listed(&cut(of))));
        }
    }
    if out.is_empty() {
        out.push("It calls no model and touches nothing outside.".to_owned());
    }
    let env = look.structure.env_reads();
    if !env.is_empty() {
        let names = env.iter().map(|name| format!("`{}`", shown(name)));
        out.push(format!(
            "It reads {} from the environment, which only local runs can.",
            listed(&cut(names.collect()))
        ));
    }
    out.join(" ")
}

fn is_in_loop(look: &Look<'_>, number: u32) -> bool {
    let around = look.around(number);
    around
        .iter()
        .any(|scope| scope.role == Some(BranchRole::Each))
}

/// `a POST request to `api.example.com``, for a stage that sends one. Only the host of the URL is
/// shown: the rest may hold a secret.
pub fn request(look: &Look<'_>, number: u32) -> Option<String> {
    if look.component(number).category != "http" {
        return None;
    }
    let inputs = &look.stage(number).inputs;
    let text = |field: &str| inputs.get(field).map(|input| &input.value);
    let method = match text("method") {
        None | Some(Value::Null) => "GET".to_owned(),
        Some(Value::Str(text)) if !text.contains("{{") => shown(text.trim()).to_ascii_uppercase(),
        Some(_) => String::new(),
    };
    let url = look
        .input(number, "url")
        .filter(|url| url.kind() == Kind::Text);
    let url = url.and_then(|url| url.text()).unwrap_or_default();
    let host = literal_host(&url);
    let article = match method.chars().next() {
        Some('A' | 'E' | 'I' | 'O' | 'U') => "an ",
        _ => "a ",
    };
    let method = if method.is_empty() {
        method
    } else {
        format!("{method} ")
    };
    Some(match host {
        Some(host) => format!("{article}{method}request to `{}`", shown(&host)),
        None => format!("{article}{method}request to an address that is computed"),
    })
}

/// The host of a URL, unless a template decides it, even in part.
fn literal_host(url: &str) -> Option<String> {
    let url = url.trim();
    let literal = url.split("{{").next().unwrap_or_default();
    let (_, rest) = literal.split_once("://")?;
    let (authority, ends) = match rest.find(['/', '?', '#', '\\']) {
        Some(end) => (rest.get(..end)?, true),
        None => (rest, literal.len() == url.len()),
    };
    let host = authority.rsplit('@').next().unwrap_or_default();
    (ends && !host.is_empty() && !host.contains(char::is_whitespace)).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::literal_host;

    #[test]
    fn a_host_is_named_only_if_no_template_can_be_part_of_it() {
        for (url, wanted) in [
            ("https://api.example.com", Some("api.example.com")),
            (
                "https://me:x@api.example.com/{{input.id}}",
                Some("api.example.com"),
            ),
            (
                "https://api.example.com?q={{input.q}}",
                Some("api.example.com"),
            ),
            ("{{input.base or 'https://x.com/v1'}}/y", None),
            ("{{input.scheme}}://api.example.com/", None),
            ("https://{{input.user}}@example.com/", None),
            ("https://api.{{input.zone}}.example.com/", None),
            ("https://api.example.com{{input.path}}", None),
            ("no url", None),
            ("", None),
        ] {
            assert_eq!(literal_host(url).as_deref(), wanted, "{url}");
        }
    }
}
