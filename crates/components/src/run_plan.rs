//! What the built-in components do outside, for [`engine::run_plan`]: the hosts of requests, the
//! models of the configured providers, and their prices.

use std::time::Duration;

use engine::{
    Value,
    model::Stage,
    run_plan::{ModelFacts, Outside, Pause, Said, Target},
};
use types::Money;
use url::{Position, Url};

use crate::{
    lenient::{flag_of, int_of, num_of, text_of},
    model::{Providers, well_known},
};

/// Knows the built-in components and these providers.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn<'a> {
    /// The configured providers.
    pub providers: &'a Providers,
    /// Whether the hosts of providers may be shown. On a server they belong to its operator.
    pub show_provider_hosts: bool,
}

impl Outside for BuiltIn<'_> {
    fn request(&self, stage: &Stage) -> Option<Target> {
        if stage.component.value != "http_request" {
            return None;
        }
        Some(Target {
            method: method(stage),
            host: host(&input(stage, "url").map(text_of).unwrap_or_default()),
            follows_redirects: input(stage, "follow_redirects").and_then(flag_of) != Some(false),
        })
    }

    fn model(&self, stage: &Stage) -> ModelFacts {
        let llm = stage.llm.as_deref();
        let provider = llm
            .and_then(|llm| llm.provider.as_deref())
            .or(self.providers.default_name());
        let settings = provider.and_then(|name| self.providers.settings(name));
        let named = llm.and_then(|llm| llm.model.clone());
        ModelFacts {
            provider: provider.map(str::to_owned),
            host: provider
                .filter(|_| self.show_provider_hosts && !self.providers.is_scripted(provider))
                .and_then(|name| {
                    let set = settings.and_then(|settings| settings.base_url.as_deref());
                    host_of(set.or(well_known(name).map(|(url, _)| url))?)
                }),
            model: named.or_else(|| settings.and_then(|settings| settings.model.clone())),
            scripted: self.providers.is_scripted(provider),
            max_tokens: match input(stage, "max_tokens") {
                // The input of the stage takes precedence, even if it is decided at run time.
                Some(given) => int_of(given).and_then(|tokens| u64::try_from(tokens).ok()),
                None => llm
                    .and_then(|llm| llm.max_tokens)
                    .or(settings.and_then(|settings| settings.max_tokens))
                    .map(u64::from),
            },
        }
    }

    fn cost(&self, facts: &ModelFacts, sent: u64, received: u64) -> Option<Money> {
        let settings = self.providers.settings(facts.provider.as_deref()?)?;
        let price = match facts.scripted {
            true => settings.prices.get("scripted"),
            false => settings.prices.get(facts.model.as_deref()?),
        };
        Some(price?.cost(sent, received))
    }

    fn pause(&self, stage: &Stage) -> Option<Pause> {
        if stage.component.value != "wait" {
            return None;
        }
        let seconds = input(stage, "seconds").and_then(num_of);
        let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        Some(time.map_or(Pause::Open, Pause::For))
    }
}

/// An input as written, if it is not null.
fn input<'a>(stage: &'a Stage, field: &str) -> Option<&'a Value> {
    let value = &stage.inputs.get(field)?.value;
    (*value != Value::Null).then_some(value)
}

fn method(stage: &Stage) -> Said {
    let text = input(stage, "method").map(text_of).unwrap_or_default();
    match text.trim() {
        "" => Said::Known("GET".to_owned()),
        text if text.contains("{{") => Said::at_run_time(text),
        text => Said::Known(text.to_ascii_uppercase()),
    }
}

/// The host of a URL. If a template can have a part in it, it is decided at run time: what stands
/// before the first template names the host only if the host ends there.
fn host(url: &str) -> Said {
    let url = url.trim();
    let Some((literal, _)) = url.split_once("{{") else {
        return match host_of(url) {
            Some(host) => Said::Known(host),
            // The checks report it; nothing is contacted.
            None => Said::at_run_time(url),
        };
    };
    let ends = literal.split_once("://").is_some_and(|(_, rest)| {
        rest.trim_start_matches(['/', '\\'])
            .contains(['/', '\\', '?', '#'])
    });
    match host_of(literal).filter(|_| ends) {
        Some(host) => Said::Known(host),
        None => Said::at_run_time(url),
    }
}

/// The host of a URL, with its port if it has one, as the HTTP client reads it.
fn host_of(url: &str) -> Option<String> {
    let url = Url::parse(url.trim()).ok()?;
    let host = &url[Position::BeforeHost..Position::AfterPort];
    (matches!(url.scheme(), "http" | "https") && !host.is_empty()).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use engine::{
        check,
        run_plan::{Rule, RunPlan, as_text, changes, changes_text},
    };
    use serde_json::json;

    use super::*;
    use crate::{http::GuardedClient, model::ProvidersConfig};

    fn known(url: &str) -> Option<String> {
        host(url).known().map(str::to_owned)
    }

    #[test]
    fn a_host_is_known_only_if_no_template_can_be_part_of_it() {
        for (url, wanted) in [
            ("https://api.example.com", Some("api.example.com")),
            (
                "https://API.example.com:8443/x",
                Some("api.example.com:8443"),
            ),
            (
                "https://api.example.com/{{input.id}}",
                Some("api.example.com"),
            ),
            (
                "https://api.example.com?q={{input.q}}",
                Some("api.example.com"),
            ),
            (
                "https://api.example.com#{{input.q}}",
                Some("api.example.com"),
            ),
            ("https://api.example.com{{input.path}}", None),
            ("https://{{input.host}}/x", None),
            ("https://api.{{input.zone}}.example.com/", None),
            ("https://api.example.com:{{input.port}}/", None),
            ("https://user@{{input.host}}/", None),
            ("https:///{{input.host}}/x", None),
            ("{{input.url}}", None),
            ("{{input.scheme}}://api.example.com/", None),
            ("/path", None),
            ("", None),
        ] {
            assert_eq!(known(url).as_deref(), wanted, "{url}");
        }
    }

    #[test]
    fn an_address_in_another_notation_is_shown_as_the_client_reads_it() {
        assert_eq!(known("http://0x7f.1/").as_deref(), Some("127.0.0.1"));
        assert_eq!(
            known("https://good.example\\@evil.example/").as_deref(),
            Some("good.example")
        );
        assert_eq!(
            known("https://good.example@evil.example/{{input.x}}").as_deref(),
            Some("evil.example")
        );
    }

    fn providers() -> Providers {
        let config: ProvidersConfig = serde_json::from_value(json!({
            "default": "acme",
            "acme": {"base_url": "https://models.example.com/v1", "model": "small",
                "max_tokens": 100, "prices": {"small": {"input": 1.0, "output": 2.0}}},
        }))
        .unwrap();
        let client = GuardedClient::builder().build().unwrap();
        Providers::from_config(&config, Path::new("."), "test", &|_| None, &client)
    }

    fn plan(stages: serde_json::Value) -> RunPlan {
        let registry = crate::registry();
        let text = json!({"name": "p", "stages": stages}).to_string();
        let pipeline = check::parse(&text, &registry).unwrap();
        let outside = BuiltIn {
            providers: &providers(),
            show_provider_hosts: true,
        };
        RunPlan::of(&pipeline, &registry, &outside)
    }

    #[test]
    fn a_request_a_model_and_a_wait_are_recognized() {
        let plan = plan(json!([
            {"id": "get", "type": "http_request", "config": {"url": "https://a.example/{{input.x}}"}},
            {"id": "post", "type": "http_request",
             "config": {"url": "https://b.example/", "method": "post", "follow_redirects": false}},
            {"id": "ask", "type": "generator", "config": {"prompt": "Say it"}},
            {"id": "nap", "type": "wait", "config": {"seconds": 60}},
        ]));
        let sent: Vec<_> = plan
            .requests
            .iter()
            .map(|r| (r.method.known(), r.host.known(), r.follows_redirects))
            .collect();
        assert_eq!(
            sent,
            [
                (Some("GET"), Some("a.example"), true),
                (Some("POST"), Some("b.example"), false),
            ]
        );
        let ask = &plan.models[0];
        assert_eq!(ask.provider.as_deref(), Some("acme"));
        assert_eq!(ask.host.as_deref(), Some("models.example.com"));
        assert_eq!(ask.model.as_deref(), Some("small"));
        assert_eq!(ask.tokens_out, Some(100));
        // Two tokens sent at $1 and 100 received at $2 a million.
        assert_eq!(ask.cost_at_most, Some(Money(202)));
        let rules: Vec<Rule> = plan.after_crash.iter().map(|one| one.rule).collect();
        assert!(rules.contains(&Rule::RepeatedWithSameKey));
        assert!(rules.contains(&Rule::CalledAgain));
        assert!(as_text(&plan).contains("POST b.example"));
        let path = plan.longest_path.unwrap();
        // The request takes 310 s at most, more than the minute of the wait.
        assert_eq!(path.at_most_ms, 310_000);
    }

    /// The blocks of a language on the page about plans.
    fn blocks(language: &str) -> Vec<&'static str> {
        const PAGE: &str = include_str!("../../../docs/plan.md");
        PAGE.split(&format!("```{language}\n"))
            .skip(1)
            .map(|rest| rest.split("```\n").next().unwrap())
            .collect()
    }

    #[test]
    fn the_example_on_the_page_about_plans_is_what_the_program_prints() {
        let (json, text) = (blocks("json"), blocks("text"));
        let config: ProvidersConfig = serde_json::from_str(json[1]).unwrap();
        let client = GuardedClient::builder().build().unwrap();
        let providers = Providers::from_config(&config, Path::new("."), "test", &|_| None, &client);
        let outside = BuiltIn {
            providers: &providers,
            show_provider_hosts: true,
        };
        let registry = crate::registry();
        let plan = |source: &str| {
            let pipeline = check::parse(source, &registry).unwrap();
            let found = check::check(&pipeline, &registry);
            assert!(found.is_empty(), "{found:#?}");
            RunPlan::of(&pipeline, &registry, &outside)
        };
        let new = plan(json[0]);
        assert_eq!(as_text(&new), text[0]);
        let old = json[0]
            .replace("mail.example.com", "letters.example.com")
            .replace(r#""retry_config": { "max_retries": 2 },"#, "");
        assert_eq!(changes_text(&changes(&plan(&old), &new)), text[1]);
    }

    #[test]
    fn a_model_without_a_price_or_with_a_limit_of_run_time_has_no_cost() {
        let plan = plan(json!([
            {"id": "a", "type": "generator", "config": {"prompt": "x"}, "llm_settings": {"model": "large"}},
            {"id": "b", "type": "generator", "config": {"prompt": "x", "max_tokens": "{{input.n}}"}},
            {"id": "c", "type": "generator", "config": {"prompt": "x"}, "llm_settings": {"provider": "gone"}},
        ]));
        for model in &plan.models {
            assert_eq!((model.cost_per_call, model.cost_at_most), (None, None));
        }
        assert_eq!(plan.models[2].model, None);
        assert_eq!(plan.models[2].provider.as_deref(), Some("gone"));
    }

    #[test]
    fn hosts_of_providers_are_left_out_where_they_belong_to_the_operator() {
        let registry = crate::registry();
        let text =
            r#"{"name":"p","stages":[{"id":"a","type":"generator","config":{"prompt":"x"}}]}"#;
        let pipeline = check::parse(text, &registry).unwrap();
        let outside = BuiltIn {
            providers: &providers(),
            show_provider_hosts: false,
        };
        let plan = RunPlan::of(&pipeline, &registry, &outside);
        assert_eq!(plan.models[0].host, None);
    }
}
