//! The live tree: every stage with its state, time, attempts and tokens, redrawn as it changes.
//! Inner stages are shown under their control stage while they run.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use console::{Term, style};
use engine::{
    component::Chunk,
    run::{Event, EventBody, StageRun, StageRunStatus as S},
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use parking_lot::Mutex;

use super::{
    plain::one_line,
    result::{Watch, seconds},
    skipped,
};
use types::Clock;

/// The live tree.
pub struct Tree {
    watch: Arc<Mutex<Watch>>,
    bar: ProgressBar,
    changed: AtomicBool,
    over: AtomicBool,
}

/// The interval at which the tree is redrawn.
const FRAME: Duration = Duration::from_millis(80);
const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

impl Tree {
    /// Starts to draw.
    pub fn start(watch: Arc<Mutex<Watch>>) -> Arc<Self> {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(30));
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            bar.set_style(style);
        }
        let tree = Arc::new(Self {
            watch,
            bar,
            changed: AtomicBool::new(true),
            over: AtomicBool::new(false),
        });
        let drawn = tree.clone();
        tokio::spawn(async move {
            let mut frame = 0_usize;
            while !drawn.over.load(Ordering::Acquire) {
                drawn.draw(frame);
                frame += 1;
                tokio::time::sleep(FRAME).await;
            }
        });
        tree
    }

    pub fn event(&self, event: &Event) {
        let mut watch = self.watch.lock();
        watch.event(event);
        self.changed.store(true, Ordering::Release);
        // Log lines are printed above the tree and stay there.
        if let EventBody::StageSucceeded {
            logs,
            taken_over: false,
            ..
        }
        | EventBody::StageFailed { logs, .. } = &event.body
        {
            for log in logs {
                let place = event.stage.as_deref().unwrap_or_default();
                self.bar.println(format!(
                    "{}: {}: {}",
                    place,
                    log.level,
                    one_line(&log.message)
                ));
            }
        }
    }

    pub fn chunk(&self, chunk: &Chunk) {
        self.watch.lock().chunk(chunk);
    }

    /// Leaves the finished tree on the terminal.
    pub fn end(&self) {
        self.over.store(true, Ordering::Release);
        let watch = self.watch.lock();
        self.bar.finish_and_clear();
        let (_, width) = Term::stderr().size();
        let lines: Vec<String> = order(&watch)
            .into_iter()
            .filter(|(depth, stage)| *depth == 0 || stage.status == S::Failed)
            .map(|(depth, stage)| line(&watch, depth, stage, 0, usize::from(width)))
            .collect();
        eprintln!("{}", lines.join("\n"));
    }

    fn draw(&self, frame: usize) {
        let watch = self.watch.lock();
        let (height, width) = Term::stderr().size();
        let rows = usize::from(height).saturating_sub(2).max(3);
        let shown: Vec<_> = order(&watch)
            .into_iter()
            .filter(|(depth, stage)| *depth == 0 || is_active(stage) || stage.status == S::Failed)
            .collect();
        let mut text: Vec<String> = Vec::new();
        // Too many stages for the screen: those that are not running are left out first.
        let spare = shown.len().saturating_sub(rows - 1);
        let mut left_out = 0;
        for (depth, stage) in shown {
            if left_out < spare && !is_active(stage) {
                left_out += 1;
                continue;
            }
            text.push(line(&watch, depth, stage, frame, usize::from(width)));
        }
        text.truncate(rows - 1);
        if left_out > 0 {
            text.push(style(format!("  … {left_out} more")).dim().to_string());
        }
        drop(watch);
        self.changed.store(false, Ordering::Release);
        self.bar.set_message(text.join("\n"));
    }
}

fn is_active(stage: &StageRun) -> bool {
    matches!(stage.status, S::Running | S::Retrying | S::Waiting)
}

/// The stages with their depth, inner stages after their control stage.
fn order(watch: &Watch) -> Vec<(usize, &StageRun)> {
    let top: Vec<&StageRun> = watch
        .view
        .stages
        .values()
        .filter(|s| depth_of(s) == 0)
        .collect();
    let mut out = Vec::new();
    for stage in top {
        out.push((0, stage));
        let (plain, numbered) = (format!("{}/", stage.address), format!("{}[", stage.address));
        let inner = watch.view.stages.values().filter(|s| {
            depth_of(s) > 0 && (s.address.starts_with(&plain) || s.address.starts_with(&numbered))
        });
        out.extend(inner.map(|s| (depth_of(s), s)));
    }
    out
}

/// The depth of a stage run: 0 at the top level, 1 or more inside control stages.
fn depth_of(stage: &StageRun) -> usize {
    if *stage.address == *stage.stage_id {
        return 0;
    }
    let before = stage.address.len().saturating_sub(stage.stage_id.len());
    stage
        .address
        .get(..before)
        .map_or(1, |front| front.matches('/').count().max(1))
}

fn line(watch: &Watch, depth: usize, stage: &StageRun, frame: usize, width: usize) -> String {
    let (mark, colour) = match stage.status {
        S::Pending | S::Scheduled => ("·", console::Style::new().dim()),
        S::Running => (SPINNER[frame % SPINNER.len()], console::Style::new().cyan()),
        S::Retrying => ("↻", console::Style::new().yellow()),
        S::Waiting => ("◷", console::Style::new().cyan()),
        S::Succeeded => ("✓", console::Style::new().green()),
        S::Failed => ("✗", console::Style::new().red()),
        S::Skipped => ("–", console::Style::new().dim()),
        S::Cancelled => ("■", console::Style::new().yellow()),
    };
    let name = match depth {
        0 => stage.address.to_string(),
        _ => stage.address.split_once(['/', '[']).map_or_else(
            || stage.address.to_string(),
            |(front, _)| {
                stage.address[front.len()..]
                    .trim_start_matches('/')
                    .to_owned()
            },
        ),
    };
    let indent = "  ".repeat(depth);
    let mut text = match stage.reused {
        true => format!("{name:<24}   reused"),
        false => format!("{name:<24} {}", time(stage)),
    };
    if stage.attempts.len() > 1 {
        text.push_str(&format!("  attempt {}", stage.attempts.len()));
    }
    if let Some(due) = stage.waiting_until.filter(|_| is_active(stage)) {
        let left = (due - Clock::system().now()).to_std().unwrap_or_default();
        text.push_str(&format!("  continues in {}", seconds(left)));
    }
    if let Some(usage) = stage.usage {
        text.push_str(&match usage.tokens() {
            Some(tokens) => format!("  {tokens} tokens"),
            None => "  tokens unknown".to_owned(),
        });
    } else if let Some(writing) = watch
        .writing
        .get(stage.address.as_ref())
        .filter(|_| is_active(stage))
    {
        text.push_str(&format!("  {} tokens  ", writing.pieces));
        let room = width.saturating_sub(indent.len() + text.chars().count() + 6);
        let end = one_line(&writing.end);
        let skip = end.chars().count().saturating_sub(room);
        text.extend(end.chars().skip(skip));
    }
    if let Some(error) = &stage.error {
        text.push_str(&format!("  {}: {}", error.code, one_line(&error.message)));
    }
    if let Some(reason) = &stage.skip_reason {
        text.push_str("  ");
        text.push_str(&skipped::words(reason));
    }
    let room = width.saturating_sub(indent.len() + 3).max(10);
    let cut: String = text.chars().take(room).collect();
    let shown = match stage.status {
        S::Pending | S::Scheduled | S::Skipped => style(cut).dim().to_string(),
        _ => cut,
    };
    format!("{indent}{} {shown}", colour.apply_to(mark))
}

fn time(stage: &StageRun) -> String {
    let Some(from) = stage.started_at.or(stage.scheduled_at) else {
        return String::new();
    };
    if matches!(stage.status, S::Pending | S::Scheduled | S::Skipped) {
        return String::new();
    }
    let to: DateTime<Utc> = stage.finished_at.unwrap_or_else(|| Clock::system().now());
    format!("{:>8}", seconds((to - from).to_std().unwrap_or_default()))
}
