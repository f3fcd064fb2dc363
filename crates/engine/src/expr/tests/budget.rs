//! Every program ends: steps, memory, depth and time are limited, whatever it consists of.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use tokio_util::sync::CancellationToken;
use types::ErrorCode;

use super::{World, names};
use crate::expr::{Budget, Expr};

/// Compiles and evaluates with a time limit: the error code (`None` for a value), the time and the
/// peak memory.
pub fn outcome(text: &str) -> (Option<ErrorCode>, Duration, usize) {
    outcome_of(text, Budget::standard())
}

/// The same without a time limit, for programs that must have a value even on a busy machine.
fn patient(text: &str) -> (Option<ErrorCode>, Duration, usize) {
    outcome_of(text, Budget::standard().with_time(Duration::from_secs(60)))
}

fn outcome_of(text: &str, mut budget: Budget) -> (Option<ErrorCode>, Duration, usize) {
    let start = worked();
    let result = Expr::compile(text, &names())
        .and_then(|expr| expr.eval(&World::usual(), &mut budget).map(|_| ()));
    (
        result.err().map(|e| e.code),
        worked() - start,
        budget.peak_memory(),
    )
}

/// The processor time of this thread. Time in which the machine runs other threads does not count.
pub fn worked() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)
        .unwrap()
        .into()
}

/// The limit is 200 ms for an optimized build.
pub const PATIENCE: Duration = Duration::from_millis(600);

#[test]
fn x05_x06_hostile_programs_end_as_a_clean_error_within_time_and_memory() {
    use ErrorCode::*;
    let pile = |n: usize, open: &str, close: &str| open.repeat(n) + "1" + &close.repeat(n);
    let cases: Vec<(String, &[ErrorCode])> = vec![
        ("[0]*10**10".into(), &[ExpressionBudget]),
        ("'a'*10**9".into(), &[ExpressionBudget]),
        ("'ab'*9223372036854775807".into(), &[ExpressionBudget]),
        (
            "[]*9223372036854775807 + [1]*10**12".into(),
            &[ExpressionBudget],
        ),
        ("10**10**8".into(), &[ValueOutOfRange]),
        ("2**2**2**2**2**2".into(), &[ValueOutOfRange]),
        ("9**9**9.0".into(), &[ValueOutOfRange]),
        ("1 << 10**9".into(), &[ValueOutOfRange]),
        ("9".repeat(2000), &[ValueOutOfRange]),
        (pile(5_000, "(", ")"), &[ExpressionBudget]),
        (pile(5_000, "[", "]"), &[ExpressionBudget]),
        (pile(900, "{1:", "}"), &[ExpressionBudget]),
        ("(".repeat(1_000), &[ExpressionBudget]),
        ("-".repeat(1_999) + "1", &[ExpressionBudget]),
        ("not ".repeat(490) + "1", &[ExpressionBudget]),
        ("lambda:".repeat(280) + "1", &[ExpressionBudget]),
        (
            "lambda a,b:".repeat(180) + "1",
            &[ExpressionBudget, TypeMismatch],
        ),
        ("1".to_owned() + &"+1".repeat(999), &[ExpressionBudget]),
        ("2".to_owned() + &"**1".repeat(600), &[ExpressionBudget]),
        ("input".to_owned() + &".a".repeat(900), &[ExpressionBudget]),
        ("input".to_owned() + &"[0]".repeat(600), &[ExpressionBudget]),
        ("1 if 1 else ".repeat(160) + "1", &[ExpressionBudget]),
        ("x".repeat(20_000), &[ExpressionBudget]),
        (
            "(lambda f: f(f))(lambda f: f(f))".into(),
            &[ExpressionBudget],
        ),
        (
            "(lambda f: f(f, 'a'))(lambda f, s: f(f, s + s))".into(),
            &[ExpressionBudget],
        ),
        (
            "(lambda f: f(f, 1))(lambda f, s: [f(f, s), f(f, s)])".into(),
            &[ExpressionBudget],
        ),
        (
            "(lambda f: f(f))(lambda f: [f(f) for x in range(9)])".into(),
            &[ExpressionBudget],
        ),
        (
            "(lambda f: f(f(f(f(f(f(f(f(f(f('a'*999))))))))))) (lambda s: s + s + s + s + s)"
                .into(),
            &[ExpressionBudget, TypeMismatch],
        ),
        ("[x for x in range(10**9)]".into(), &[ExpressionBudget]),
        ("sum(x for x in range(10**18))".into(), &[ExpressionBudget]),
        ("list(range(10**9))".into(), &[ExpressionBudget]),
        ("range(10**9)".into(), &[ExpressionBudget]),
        ("[*range(10**9)]".into(), &[ExpressionBudget]),
        ("range(10**12)[::-1]".into(), &[ExpressionBudget]),
        ("sorted(range(10**9))".into(), &[ExpressionBudget]),
        (
            "sorted([str(x) for x in range(10**5)], key=lambda s: sorted(s * 99))".into(),
            &[ExpressionBudget],
        ),
        (
            "max(range(10**12), key=lambda x: -x)".into(),
            &[ExpressionBudget],
        ),
        ("set(range(10**9))".into(), &[ExpressionBudget]),
        (
            "dict(zip(range(10**9), range(10**9)))".into(),
            &[ExpressionBudget],
        ),
        (
            "{str(x): [x] * 99 for x in range(10**9)}".into(),
            &[ExpressionBudget],
        ),
        (
            "[a for a in range(99) for b in range(99) for c in range(99) for d in range(99)]"
                .into(),
            &[ExpressionBudget],
        ),
        (
            "[[[[0 for a in range(99)] for b in range(99)] for c in range(99)] for d in range(99)]"
                .into(),
            &[ExpressionBudget],
        ),
        (
            "any(x < 0 for x in range(10**15))".into(),
            &[ExpressionBudget],
        ),
        ("'{:>999999999}'.format(1)".into(), &[ExpressionBudget]),
        ("'{:.999999999f}'.format(1.5)".into(), &[EvaluationFailed]),
        ("f'{1:>{10**9}}'".into(), &[ExpressionBudget]),
        (
            "format(1, '99999999999999999999999d')".into(),
            &[ExpressionBudget],
        ),
        ("'a'.zfill(10**9)".into(), &[ExpressionBudget]),
        ("'a'.center(10**12)".into(), &[ExpressionBudget]),
        ("'a'.ljust(10**9, '\u{1F600}')".into(), &[ExpressionBudget]),
        (
            "('a'*10**5).replace('a', 'b'*10**5)".into(),
            &[ExpressionBudget],
        ),
        (
            "('a'*10**5).replace('', 'b'*10**5)".into(),
            &[ExpressionBudget],
        ),
        ("('a'*10**4).join(['b']*10**4)".into(), &[ExpressionBudget]),
        ("('a'*10**4).join('b'*10**4)".into(), &[ExpressionBudget]),
        ("('a,'*10**7).split(',')".into(), &[ExpressionBudget]),
        ("str([['a'*1000]*1000]*1000)".into(), &[ExpressionBudget]),
        (
            "[[['a'*100]*1000]*1000]*1000 == [[['a'*100]*1000]*1000]*1000".into(),
            &[ExpressionBudget],
        ),
        (
            "json.dumps([[['\\x01'*1000]*1000]*1000], indent=16)".into(),
            &[ExpressionBudget],
        ),
        (
            "json.loads('['*1000 + ']'*1000)".into(),
            &[EvaluationFailed],
        ),
        (
            "json.loads('[' + '1,'*10**6 + '1]')".into(),
            &[ExpressionBudget],
        ),
        (
            "set([[['a'*1000]*1000]*1000]*10**5)".into(),
            &[ExpressionBudget],
        ),
        (
            "(lambda t: t(t(t(lambda x: [x, x])))([0]))(lambda f: lambda x: f(f(f(x))))".into(),
            &[ExpressionBudget],
        ),
        (
            "len(str((lambda t: t(t(t(lambda x: [x, x])))([0]))(lambda f: lambda x: f(f(f(x))))))"
                .into(),
            &[ExpressionBudget],
        ),
        (
            "{(lambda t: t(t(t(lambda x: [x, x])))([0]))(lambda f: lambda x: f(f(f(x))))}".into(),
            &[ExpressionBudget],
        ),
        (
            "len(set([{'a': x, 'b': x} for x in range(10**6)]))".into(),
            &[ExpressionBudget],
        ),
        (
            "(lambda t: t(t(t(t(t(lambda x: [x])))))(1))(lambda f: lambda x: f(f(f(x))))".into(),
            &[NestingTooDeep],
        ),
        (
            "(lambda t: t(t(t(t(t(lambda x: {'a': x})))))(1))(lambda f: lambda x: f(f(f(x))))"
                .into(),
            &[NestingTooDeep],
        ),
        (
            "[s for s in ['a'*10**6] for i in range(10**6) if 'b' in s]".into(),
            &[ExpressionBudget],
        ),
        (
            "sum([[1]*1000 for x in range(1000)], [])".into(),
            &[ExpressionBudget],
        ),
    ];
    let mut wrong = Vec::new();
    for (text, codes) in cases {
        let (code, took, memory) = outcome(&text);
        let shown: String = text.chars().take(80).collect();
        let clean = code.is_some_and(|c| codes.contains(&c));
        if !clean || took > PATIENCE || memory > 32 << 20 {
            wrong.push(format!("{shown}: {code:?}, {took:?}, {memory} bytes"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn work_that_is_large_but_bounded_is_done() {
    for text in [
        "round(1.5, 10**9)",
        "len(range(10**15))",
        "10**15 - 1 in range(10**15)",
        "range(10**15)[10**14]",
        "sum([x * 2 for x in range(20000) if x % 3])",
        "len(sorted([str(x) for x in range(5000)], key=lambda s: s[::-1]))",
        "len(' '.join([str(x).upper() for x in range(20000)]))",
    ] {
        let (code, ..) = patient(text);
        assert_eq!(code, None, "{text}");
    }
    let names_of_hundred: String = (0..100)
        .map(|i| format!("'k{i}': [1, 'two', {i}], "))
        .collect();
    assert_eq!(patient(&format!("{{{names_of_hundred}}}")).0, None);
}

#[test]
fn memory_that_a_loop_gave_back_is_not_counted_forever() {
    // Creates 10,000 texts of 5,000 bytes, never two at the same time.
    let text = "sum(len('a' * 5000) > 3 for x in range(10000))";
    let (code, _, memory) = patient(text);
    assert_eq!(code, None);
    assert!(memory < 4 << 20, "{memory}");
}

#[test]
fn a_cancelled_run_stops_a_hot_expression() {
    let cancel = CancellationToken::new();
    cancel.cancel();
    let expr = Expr::compile("sum(x for x in range(10**9))", &names()).unwrap();
    let mut budget = Budget::standard().with_cancel(cancel);
    let error = expr.eval(&World::usual(), &mut budget).unwrap_err();
    assert_eq!(error.code, ErrorCode::Cancelled);
}

#[test]
fn the_deepest_allowed_program_fits_a_small_stack() {
    let deep = [
        "-".repeat(250) + "1",
        "[".repeat(100) + &"]".repeat(100),
        "1".to_owned() + &"+1".repeat(250),
        "(lambda:".repeat(90) + "1" + &")()".repeat(90),
        "[".repeat(45) + "1" + &" for a in [1]]".repeat(45),
        "(lambda f: f(f))(lambda f: -f(f))".to_owned(),
        "(lambda f: f(f))(lambda f: [sorted([1], key=lambda x: f(f)) for x in [1]])".to_owned(),
        "f'{f\"{1:{2}}\"}'".to_owned(),
    ];
    let run = move || {
        for text in &deep {
            let (code, ..) = outcome(text);
            assert!(
                matches!(code, None | Some(ErrorCode::ExpressionBudget)),
                "{text} gives {code:?}"
            );
        }
    };
    // Half of a thread's default stack.
    std::thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap();
}
