//! Random programs from the grammar, and texts that are nearly programs. All end with a value or a
//! clean error, within the budget.

use std::time::Duration;

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use super::{World, budget::worked, names};
use crate::expr::{Budget, Expr};

const PROGRAMS: usize = 3_000;
/// The first seed. A failing seed is printed.
const SEED: u64 = 0x5EED;
const MAX_BYTES: usize = 2_000;

struct Grammar {
    rng: StdRng,
    variables: Vec<String>,
    left: i32,
}

impl Grammar {
    fn pick(&mut self, from: &[&str]) -> String {
        (*from.choose(&mut self.rng).unwrap()).to_owned()
    }

    fn list(&mut self, depth: u32, max: usize) -> String {
        let n = self.rng.random_range(0..=max);
        (0..n)
            .map(|_| self.expr(depth + 1))
            .collect::<Vec<_>>()
            .join(", ")
    }

    fn atom(&mut self) -> String {
        if !self.variables.is_empty() && self.rng.random_bool(0.4) {
            let i = self.rng.random_range(0..self.variables.len());
            return self.variables[i].clone();
        }
        self.pick(&[
            "0",
            "1",
            "-1",
            "2",
            "10",
            "99",
            "10**9",
            "10**10",
            "9223372036854775807",
            "1.5",
            "1e300",
            "inf",
            "''",
            "'a'",
            "'abc def'",
            "'é😀'",
            "'{}'",
            "'{:>99}'",
            "'%s'",
            "None",
            "True",
            "[]",
            "{}",
            "()",
            "input",
            "input.rows",
            "input.tags",
            "input.nope",
            "input.x",
            "data",
            "data.items",
            "value",
            "upstream",
            "upstream.fetch-data.body",
            "upstream.skipped.x",
            "context.item",
            "range(10**6)",
            "range(9)",
            "len",
            "str",
            "now()",
        ])
    }

    fn expr(&mut self, depth: u32) -> String {
        self.left -= 1;
        if depth > 12 || self.left < 0 {
            return self.atom();
        }
        let d = depth + 1;
        match self.rng.random_range(0..22) {
            0..=2 => self.atom(),
            3..=5 => {
                let op = self.pick(&[
                    "+", "-", "*", "/", "//", "%", "**", "|", "&", "^", "<<", ">>", "*", "+",
                ]);
                format!("({} {op} {})", self.expr(d), self.expr(d))
            }
            6 => {
                let op = self.pick(&[
                    "<", "<=", ">", ">=", "==", "!=", "in", "not in", "is", "is not",
                ]);
                format!("({} {op} {})", self.expr(d), self.expr(d))
            }
            7 => {
                let op = self.pick(&["and", "or"]);
                format!("({} {op} {})", self.expr(d), self.expr(d))
            }
            8 => format!("{}({})", self.pick(&["-", "not ", "+", "~"]), self.expr(d)),
            9 => format!(
                "({} if {} else {})",
                self.expr(d),
                self.expr(d),
                self.expr(d)
            ),
            10 => format!("[{}]", self.list(d, 4)),
            11 => format!("{{{}: {}, **{}}}", self.expr(d), self.expr(d), self.expr(d)),
            12 => format!("{}[{}]", self.expr(d), self.expr(d)),
            13 => format!("{}[{}:{}]", self.expr(d), self.expr(d), self.expr(d)),
            14..=15 => {
                let name = self.pick(&[
                    "len",
                    "str",
                    "int",
                    "float",
                    "bool",
                    "list",
                    "dict",
                    "set",
                    "sorted",
                    "reversed",
                    "sum",
                    "min",
                    "max",
                    "any",
                    "all",
                    "abs",
                    "round",
                    "range",
                    "enumerate",
                    "zip",
                    "map",
                    "filter",
                    "isinstance",
                    "type",
                    "upper",
                    "split",
                    "join",
                    "replace",
                    "format",
                    "sqrt",
                    "pow",
                    "divmod",
                    "json.dumps",
                    "urlencode",
                    "json.loads",
                    "re.sub",
                    "re.findall",
                    "re.search",
                    "next",
                    "getattr",
                    "chr",
                ]);
                format!("{name}({})", self.list(d, 3))
            }
            16..=17 => {
                let name = self.pick(&[
                    "get",
                    "keys",
                    "values",
                    "items",
                    "index",
                    "count",
                    "split",
                    "join",
                    "replace",
                    "strip",
                    "format",
                    "center",
                    "zfill",
                    "ljust",
                    "title",
                    "splitlines",
                    "union",
                    "find",
                    "startswith",
                    "partition",
                ]);
                format!("({}).{name}({})", self.expr(d), self.list(d, 3))
            }
            18..=19 => {
                let over = self.expr(d);
                let name = format!("v{}", self.variables.len());
                self.variables.push(name.clone());
                let (element, test) = (self.expr(d), self.expr(d));
                self.variables.pop();
                match self.rng.random_range(0..4) {
                    0 => format!("[{element} for {name} in {over} if {test}]"),
                    1 => format!("{{{element} for {name} in {over}}}"),
                    2 => format!("{{{element}: {test} for {name} in {over}}}"),
                    _ => format!("sum({element} for {name} in {over} if {test})"),
                }
            }
            20 => {
                let name = format!("v{}", self.variables.len());
                self.variables.push(name.clone());
                let body = self.expr(d);
                self.variables.pop();
                let argument = self.expr(d);
                match self.rng.random_range(0..3) {
                    0 => format!("(lambda {name}: {body})({argument})"),
                    1 => format!("(lambda {name}: {name}({name}))(lambda {name}: {body})"),
                    _ => format!("sorted({argument}, key=lambda {name}: {body})"),
                }
            }
            _ => format!("f'{{{}}}'", self.expr(d).replace('\'', "\"")),
        }
    }
}

/// Evaluates the text and checks the invariants; true if it has a value.
fn check(text: &str, seed: u64) -> bool {
    let start = worked();
    let mut budget = Budget::standard();
    let result =
        Expr::compile(text, &names()).and_then(|expr| expr.eval(&World::usual(), &mut budget));
    let took = worked() - start;
    // The limit is 200 ms for an optimized build.
    assert!(
        took < Duration::from_millis(600),
        "seed {seed} took {took:?}: {text}"
    );
    assert!(budget.peak_memory() <= 32 << 20, "seed {seed}: {text}");
    assert!(
        budget.fuel_used() <= super::super::budget::FUEL + 2_048,
        "seed {seed}: {text}"
    );
    if let Err(error) = &result {
        assert!(!error.message.is_empty());
        assert!(error.offset <= text.len(), "seed {seed}, {error:?}: {text}");
    }
    result.is_ok()
}

#[test]
fn programs_of_the_grammar_end_within_the_budget() {
    let mut values = 0;
    for seed in SEED..SEED + PROGRAMS as u64 {
        let mut grammar = Grammar {
            rng: StdRng::seed_from_u64(seed),
            variables: Vec::new(),
            left: 60,
        };
        let mut text = grammar.expr(0);
        while text.len() > MAX_BYTES {
            grammar.left = 20;
            text = grammar.expr(4);
        }
        values += usize::from(check(&text, seed));
    }
    // Some of the generated programs must be meaningful.
    assert!(values > PROGRAMS / 20, "only {values} had a value");
}

#[test]
fn texts_that_are_nearly_programs_never_panic() {
    const TOKENS: &[&str] = &[
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "'",
        "\"",
        "'''",
        "f'",
        "f\"",
        "rb'",
        "\\",
        "\n",
        "\r",
        "\t",
        " ",
        "#",
        ".",
        ",",
        ":",
        ";",
        "=",
        "==",
        ":=",
        "->",
        "...",
        "*",
        "**",
        "@",
        "!",
        "!r",
        "?",
        "$",
        "`",
        "~",
        "-",
        "0",
        "0x",
        "0b2",
        "0o8",
        "1_",
        "1__0",
        "1e",
        "1e+",
        "1j",
        "1.e5",
        ".5",
        "09",
        "lambda",
        "for",
        "in",
        "if",
        "else",
        "async",
        "await",
        "yield",
        "not",
        "is",
        "None",
        "x",
        "input",
        "upstream.",
        "fetch-data",
        "é",
        "😀",
        "\u{202e}",
        "\0",
        "\u{feff}",
        "{{",
        "}}",
        "\\N{DASH}",
        "\\x4",
        "\\u00",
        "\\777",
        "match",
        "case",
        "type",
        "print",
        "import",
        "u'",
        "b'a'",
        "%",
        "<>",
        "&&",
        "||",
        "class",
        "1if",
        "_",
        "__class__",
    ];
    for seed in SEED..SEED + PROGRAMS as u64 {
        let mut rng = StdRng::seed_from_u64(seed);
        let n = rng.random_range(1..24);
        let text: String = (0..n).map(|_| *TOKENS.choose(&mut rng).unwrap()).collect();
        check(&text, seed);
    }
}
