//! Reads the token counts that an endpoint reports. A count that cannot be right is treated as
//! unknown.

use engine::component::Usage;
use serde_json::Value as Json;

use super::Price;

/// The tokens sent and received, if they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tokens {
    pub sent: Option<u64>,
    pub received: Option<u64>,
}

/// The field names of tokens sent.
const SENT: [&str; 4] = [
    "prompt_tokens",
    "input_tokens",
    "promptTokens",
    "inputTokens",
];
/// The field names of tokens received.
const RECEIVED: [&str; 4] = [
    "completion_tokens",
    "output_tokens",
    "completionTokens",
    "outputTokens",
];
/// The most tokens that a count may state.
const MOST: f64 = 1e12;

impl Tokens {
    /// Applies a `usage` object; a stream may contain several. Absent counts are unchanged, invalid
    /// ones become unknown.
    pub fn take(&mut self, usage: &Json) {
        for (names, count) in [(SENT, &mut self.sent), (RECEIVED, &mut self.received)] {
            let said: Vec<&Json> = names
                .iter()
                .filter_map(|name| usage.get(name))
                .filter(|said| !said.is_null())
                .collect();
            if !said.is_empty() {
                *count = said.into_iter().find_map(number);
            }
        }
    }
}

/// A count: a whole number from 0, which may be a float or text.
fn number(json: &Json) -> Option<u64> {
    let float = match json {
        Json::Number(number) => match number.as_u64() {
            Some(whole) => return Some(whole).filter(|whole| *whole as f64 <= MOST),
            None => number.as_f64()?,
        },
        Json::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    ((0.0..=MOST).contains(&float) && float.fract() == 0.0).then_some(float as u64)
}

/// The usage of one call. Without a price or without both counts, the cost is unknown.
pub(super) fn usage(tokens: Tokens, price: Option<Price>) -> Usage {
    let both = tokens.sent.zip(tokens.received);
    Usage {
        calls: 1,
        prompt_tokens: tokens.sent,
        completion_tokens: tokens.received,
        cost: both
            .zip(price)
            .map(|((sent, received), price)| price.cost(sent, received)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(usage: Json) -> (Option<u64>, Option<u64>) {
        let mut tokens = Tokens::default();
        tokens.take(&usage);
        (tokens.sent, tokens.received)
    }

    #[test]
    fn counts_are_read_under_both_names_and_in_every_form_and_never_guessed() {
        for (usage, wanted) in [
            (
                json!({"prompt_tokens": 5, "completion_tokens": 3}),
                (Some(5), Some(3)),
            ),
            (
                json!({"input_tokens": 5, "output_tokens": 3}),
                (Some(5), Some(3)),
            ),
            (
                json!({"prompt_tokens": null, "input_tokens": 5}),
                (Some(5), None),
            ),
            (
                json!({"prompt_tokens": 5.0, "completion_tokens": "3"}),
                (Some(5), Some(3)),
            ),
            (
                json!({"prompt_tokens": 1151, "completion_tokens": -35}),
                (Some(1151), None),
            ),
            (
                json!({"prompt_tokens": 5.5, "completion_tokens": "many"}),
                (None, None),
            ),
            (
                json!({"prompt_tokens": 1e300, "completion_tokens": [3]}),
                (None, None),
            ),
            (
                json!({"prompt_tokens": true, "completion_tokens": {}}),
                (None, None),
            ),
            (json!("none"), (None, None)),
            (json!([1, 2]), (None, None)),
            (json!(0), (None, None)),
        ] {
            assert_eq!(read(usage.clone()), wanted, "{usage}");
        }
    }

    #[test]
    fn the_last_usage_of_a_stream_counts_and_absent_counts_are_unchanged() {
        let mut tokens = Tokens::default();
        tokens.take(&json!({"prompt_tokens": 5, "completion_tokens": 1}));
        tokens.take(&json!({"completion_tokens": 2, "prompt_tokens": null}));
        assert_eq!((tokens.sent, tokens.received), (Some(5), Some(2)));
        tokens.take(&json!({"completion_tokens": -1}));
        assert_eq!((tokens.sent, tokens.received), (Some(5), None));
    }

    #[test]
    fn a_cost_needs_both_counts_and_a_price() {
        let price = Some(Price {
            input: 1.0,
            output: 2.0,
        });
        let tokens = |sent, received| Tokens { sent, received };
        assert!(usage(tokens(Some(5), Some(3)), price).cost.is_some());
        assert_eq!(usage(tokens(Some(5), None), price).cost, None);
        assert_eq!(usage(tokens(Some(5), Some(3)), None).cost, None);
    }
}
