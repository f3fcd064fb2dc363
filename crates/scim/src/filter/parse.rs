//! Parses filters, within bounds.

use serde_json::Value as Json;

use super::{
    Comparison, Filter, Test,
    token::{Token, split},
};
use crate::{
    AttributePath, ScimError, ScimType,
    error::quoted,
    schema::{Attribute, Kind, Schema},
};

/// The largest number of bytes of a filter.
pub const LONGEST: usize = 4_096;
/// The largest number of nested brackets.
pub const DEEPEST: usize = 16;
/// The largest number of conditions.
pub const MOST_TERMS: usize = 64;

/// What the names in a filter are.
#[derive(Clone, Copy)]
enum Scope<'a> {
    /// Attributes of a resource.
    Resource(&'a Schema),
    /// Parts of one value of an attribute.
    Value(&'static Attribute),
}

impl Scope<'_> {
    fn read(self, name: &str) -> Result<AttributePath, ScimError> {
        match self {
            Self::Resource(schema) => AttributePath::read(schema, name)
                .map_err(|error| refused(format!("filter: {}", error.detail))),
            Self::Value(of) => match Attribute::find(of.parts, name) {
                Some(part) => Ok(AttributePath {
                    extension: None,
                    attribute: Some(part),
                    part: None,
                }),
                None => {
                    let known: Vec<&str> = of.parts.iter().map(|one| one.name).collect();
                    let (name, known) = (quoted(name), known.join(", "));
                    let of = of.name;
                    Err(refused(format!(
                        "filter: {name} is no part of {of}; these are: {known}"
                    )))
                }
            },
        }
    }
}

impl Filter {
    /// Parses a filter of resources.
    ///
    /// # Errors
    /// `invalidFilter` says what is wrong.
    pub fn parse(schema: &Schema, text: &str) -> Result<Self, ScimError> {
        parse(Scope::Resource(schema), text)
    }

    /// Parses a filter of the values of an attribute, as it stands in brackets.
    pub fn parse_within(attribute: &'static Attribute, text: &str) -> Result<Self, ScimError> {
        parse(Scope::Value(attribute), text)
    }
}

fn parse(scope: Scope<'_>, text: &str) -> Result<Filter, ScimError> {
    if text.len() > LONGEST {
        let problem = format!(
            "filter: has {} bytes; at most {LONGEST} are allowed",
            text.len()
        );
        return Err(refused(problem));
    }
    let tokens = split(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        depth: 0,
        terms: 0,
    };
    let filter = parser.any(scope)?;
    match parser.tokens.first() {
        None => Ok(filter),
        Some(_) => Err(parser.unexpected("`and`, `or` or the end")),
    }
}

fn refused(detail: String) -> ScimError {
    ScimError::new(ScimType::InvalidFilter, detail)
}

struct Parser<'t, 'a> {
    tokens: &'t [Token<'a>],
    depth: usize,
    terms: usize,
}

impl<'a> Parser<'_, 'a> {
    fn unexpected(&self, wanted: &str) -> ScimError {
        let found = match self.tokens.first() {
            None => "the end".to_owned(),
            Some(Token::Word(word)) => quoted(word),
            Some(Token::Text(text)) => format!("the text {}", quoted(text)),
            Some(Token::Bracket(bracket)) => format!("`{bracket}`"),
        };
        refused(format!("filter: {found} stands where {wanted} is expected"))
    }

    fn word(&self) -> Option<&'a str> {
        match self.tokens.first() {
            Some(Token::Word(word)) => Some(*word),
            _ => None,
        }
    }

    fn take_word(&mut self, wanted: &str) -> bool {
        let found = self
            .word()
            .is_some_and(|word| word.eq_ignore_ascii_case(wanted));
        if found {
            self.tokens = &self.tokens[1..];
        }
        found
    }

    fn take_bracket(&mut self, wanted: char) -> bool {
        let found = self.tokens.first() == Some(&Token::Bracket(wanted));
        if found {
            self.tokens = &self.tokens[1..];
        }
        found
    }

    fn any(&mut self, scope: Scope<'_>) -> Result<Filter, ScimError> {
        let mut found = vec![self.all(scope)?];
        while self.take_word("or") {
            found.push(self.all(scope)?);
        }
        Ok(one_or(found, Filter::Or))
    }

    fn all(&mut self, scope: Scope<'_>) -> Result<Filter, ScimError> {
        let mut found = vec![self.term(scope)?];
        while self.take_word("and") {
            found.push(self.term(scope)?);
        }
        Ok(one_or(found, Filter::And))
    }

    fn term(&mut self, scope: Scope<'_>) -> Result<Filter, ScimError> {
        let negated = matches!(self.tokens, [Token::Word(word), Token::Bracket('('), ..]
            if word.eq_ignore_ascii_case("not"));
        if negated {
            self.tokens = &self.tokens[1..];
        }
        if self.take_bracket('(') {
            let inner = self.nested(scope, ')')?;
            return Ok(match negated {
                true => Filter::Not(Box::new(inner)),
                false => inner,
            });
        }
        self.condition(scope)
    }

    /// A filter in brackets, the first of which was read.
    fn nested(&mut self, scope: Scope<'_>, end: char) -> Result<Filter, ScimError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let problem = format!("filter: has more than {DEEPEST} nested brackets; use fewer");
            return Err(refused(problem));
        }
        let inner = self.any(scope)?;
        if !self.take_bracket(end) {
            return Err(self.unexpected(&format!("`{end}`")));
        }
        self.depth -= 1;
        Ok(inner)
    }

    fn condition(&mut self, scope: Scope<'_>) -> Result<Filter, ScimError> {
        self.terms += 1;
        if self.terms > MOST_TERMS {
            let problem = format!("filter: has more than {MOST_TERMS} conditions; use fewer");
            return Err(refused(problem));
        }
        let name = self
            .word()
            .ok_or_else(|| self.unexpected("the name of an attribute"))?;
        let path = scope.read(name)?;
        self.tokens = &self.tokens[1..];
        if !self.take_bracket('[') {
            let test = self.test(&path)?;
            return Ok(Filter::Test(path, test));
        }
        let attribute = path.attribute.filter(|one| one.many && path.part.is_none());
        let Some(attribute) = attribute else {
            let name = quoted(name);
            return Err(refused(format!(
                "filter: {name} has only one value; leave the brackets out"
            )));
        };
        let inner = self.nested(Scope::Value(attribute), ']')?;
        // `emails[type eq "work"].value eq "x"`: both hold for one value.
        let part = self.word().and_then(|word| word.strip_prefix('.'));
        let Some(part) = part else {
            return Ok(Filter::Within(path, Box::new(inner)));
        };
        let part = Scope::Value(attribute).read(part)?;
        self.tokens = &self.tokens[1..];
        let test = Filter::Test(part, self.test(&part)?);
        Ok(Filter::Within(
            path,
            Box::new(Filter::And(vec![inner, test])),
        ))
    }

    fn test(&mut self, path: &AttributePath) -> Result<Test, ScimError> {
        const WORDS: &[(&str, Comparison)] = &[
            ("eq", Comparison::Equal),
            ("ne", Comparison::NotEqual),
            ("co", Comparison::Contains),
            ("sw", Comparison::StartsWith),
            ("ew", Comparison::EndsWith),
            ("gt", Comparison::Greater),
            ("ge", Comparison::GreaterOrEqual),
            ("lt", Comparison::Less),
            ("le", Comparison::LessOrEqual),
        ];
        if self.take_word("pr") {
            return Ok(Test::Present);
        }
        let word = self.word().unwrap_or_default();
        let found = WORDS.iter().find(|(one, _)| one.eq_ignore_ascii_case(word));
        let Some((_, comparison)) = found else {
            return Err(self.unexpected("eq, ne, co, sw, ew, pr, gt, ge, lt or le"));
        };
        self.tokens = &self.tokens[1..];
        let value = self.value()?;
        let compared = path.compared().ok_or_else(|| {
            refused("filter: an object cannot be compared; name one of its parts".to_owned())
        })?;
        check(*comparison, compared, value).map(|value| Test::Compare(*comparison, value))
    }

    fn value(&mut self) -> Result<Json, ScimError> {
        let value = match self.tokens.first() {
            Some(Token::Text(text)) => Some(Json::String(text.clone())),
            Some(Token::Word(word)) => {
                let literal = ["true", "false", "null"];
                let lower = word.to_ascii_lowercase();
                let read = match literal.contains(&lower.as_str()) {
                    true => serde_json::from_str(&lower),
                    false => serde_json::from_str::<serde_json::Number>(word).map(Json::Number),
                };
                read.ok()
            }
            _ => None,
        };
        let value = value
            .ok_or_else(|| self.unexpected("a text in quotes, a number, true, false or null"))?;
        self.tokens = &self.tokens[1..];
        Ok(value)
    }
}

/// The value in the type of the attribute.
fn check(comparison: Comparison, attribute: &Attribute, value: Json) -> Result<Json, ScimError> {
    let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    let name = attribute.name;
    match (attribute.kind, value) {
        (_, Json::Null) if equality => Ok(Json::Null),
        (Kind::Boolean, value) => {
            let read = match &value {
                Json::Bool(value) => Some(*value),
                Json::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
                Json::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
                _ => None,
            };
            match read {
                Some(read) if equality => Ok(Json::Bool(read)),
                _ => Err(refused(format!(
                    "filter: {name} is true or false; use eq or ne with one of these"
                ))),
            }
        }
        (_, Json::String(text)) => Ok(Json::String(text)),
        (_, Json::Number(number)) => Ok(Json::String(number.to_string())),
        _ => Err(refused(format!(
            "filter: {name} is a text; compare it with a text in quotes"
        ))),
    }
}

fn one_or(mut found: Vec<Filter>, many: fn(Vec<Filter>) -> Filter) -> Filter {
    match found.len() {
        1 => found.remove(0),
        _ => many(found),
    }
}
