//! A proposal on the terminal.

use console::style;
use engine::{
    copilot::{Judged, Piece, Proven, Refusal, Trial},
    diff,
    run_plan::changes_text,
};
use types::{Money, sentence};

/// A piece with what it does, or why it cannot be accepted.
pub fn piece(number: usize, of: usize, piece: &Piece, proven: Result<&Proven, &Refusal>) -> String {
    let title = format!("Piece {} of {of}: {}", number + 1, piece.title);
    let mut out = format!("\n{}\n", style(title).bold());
    let proven = match proven {
        Ok(proven) => proven,
        Err(refusal) => {
            let refused = format!("Cannot be accepted. {}.", refusal.sentence());
            out.push_str(&format!("{}\n", style(refused).red()));
            return out;
        }
    };
    out.push_str(&indented(&diff::text(
        &proven.difference,
        console::colors_enabled(),
    )));
    out.push_str("\nWhat a run does differently:\n");
    out.push_str(&indented(&changes_text(&proven.plan)));
    let (before, after) = (cost(proven.cost.before), cost(proven.cost.after));
    out.push_str(&match before == after {
        true => format!("Models cost {after} a run, as before.\n"),
        false => format!("Models cost {after} a run; before, {before}.\n"),
    });
    for risk in &proven.risks {
        let risk = format!("Risk: {}.", risk.sentence());
        out.push_str(&format!("{}\n", style(risk).yellow()));
    }
    if let Some(trial) = &proven.trial {
        out.push_str(&tried(trial));
    }
    out.push_str(&claims("What the model says about it:", &proven.claims));
    for look in &proven.looks {
        let look = format!("Look at this: {}.", look.sentence());
        out.push_str(&format!("{}\n", style(look).red().bold()));
    }
    out
}

/// What the checks and the dry run say.
fn tried(trial: &Trial) -> String {
    let mut out = "Tried out, without reaching anything outside:\n".to_owned();
    for check in &trial.checks {
        let mark = match (check.passed, check.worse) {
            (true, _) => style("passed:").green(),
            (false, false) => style("not passed:").yellow(),
            (false, true) => style("worse than before:").red().bold(),
        };
        out.push_str(&format!("  {mark} {}. {}\n", check.name, check.detail));
    }
    out
}

/// What the model says, marked on each line, so that it cannot pass for words of the program.
pub fn quoted(summary: &str) -> String {
    let lines = summary.lines().map(|line| format!("> {line}\n"));
    let title = "The model says, and nothing of it is checked:\n".to_owned();
    std::iter::once(title).chain(lines).collect()
}

/// Claims; those that are not true are struck out. Nothing if there are none.
pub fn claims(title: &str, claims: &[Judged]) -> String {
    if claims.is_empty() {
        return String::new();
    }
    let mut out = format!("{title}\n");
    for claim in claims {
        let text = sentence(&claim.sentence).into_owned();
        out.push_str(&match claim.holds {
            true => format!("  {} {text}\n", style("true:").green()),
            false => format!(
                "  {} {}\n",
                style("not true:").red(),
                style(text).strikethrough()
            ),
        });
    }
    out
}

/// A cost; nobody knows one without prices.
pub fn cost(cost: Option<Money>) -> String {
    cost.map_or_else(
        || "an unknown amount".to_owned(),
        |cost| format!("at most {cost}"),
    )
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| match line {
            "" => "\n".to_owned(),
            line => format!("  {line}\n"),
        })
        .collect()
}
