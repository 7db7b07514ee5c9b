//! The figures as Markdown.

use std::fmt::Write;

use crate::figures::{Figures, Subject, Summary};
use crate::operation::Operation;

/// All tables, with what they were measured on.
pub fn all(figures: &Figures) -> String {
    format!(
        "{}\n\n{}\n\nMilliseconds at 8 connections (Record: 2), half of the answers and 99 of 100:\n\n{}",
        short(figures),
        operations(figures),
        table(figures, "latency", |_, summary| format!(
            "{:.1} / {:.1}",
            summary.p50, summary.p99
        )),
    )
}

/// What the README shows.
pub fn short(figures: &Figures) -> String {
    format!(
        "Requests per second (Record: rows per second) at 32 connections (Record: 8), and their share of the better limit's:\n\n{}\n\n\
         CPU of engine and PostgreSQL together in ms for 1,000 requests (Record: 1,000 rows), and how many times the better limit's; peak memory of the engine:\n\n{}\n\n{}",
        table(figures, "throughput", |_, summary| {
            with_ratio(whole(summary.rate), summary.share, "")
        }),
        table_with(
            figures,
            "CPU",
            Some(("MiB", |engine| whole(engine.peak_memory))),
            |_, summary| { with_ratio(whole(summary.cpu), summary.times, "×") }
        ),
        conditions(figures),
    )
}

/// The machine and the way in a sentence.
pub fn conditions(figures: &Figures) -> String {
    let machine = &figures.machine;
    format!(
        "{}: {} cores of {}, {:.0} GiB, Linux {}, PostgreSQL {}, {} photos in 20 organizations; the engine, PostgreSQL and the driver share \
         the cores, and anything else took {:.2} of them. Medians of {} rounds of {} s. Ratios are taken within a round.",
        machine.date,
        machine.cores,
        machine.processor,
        machine.memory,
        machine.kernel,
        machine.postgres,
        whole(machine.photos as f64),
        figures.other_cores(),
        figures.rounds,
        figures.seconds,
    )
}

/// A column that is the engine's own, whatever it was asked: its head, and what stands in it.
type OfEngine = (&'static str, fn(&Subject) -> String);

fn operations(figures: &Figures) -> String {
    let lines = figures
        .operations
        .iter()
        .map(|operation| format!("- {}: {}", operation.name(), operation.description()));
    lines.collect::<Vec<_>>().join("\n")
}

fn table(figures: &Figures, title: &str, cell: impl Fn(&Subject, &Summary) -> String) -> String {
    table_with(figures, title, None, cell)
}

/// A line for each engine, a column for each operation and perhaps one for the engine itself.
fn table_with(
    figures: &Figures,
    title: &str,
    own: Option<OfEngine>,
    cell: impl Fn(&Subject, &Summary) -> String,
) -> String {
    let mut text = format!("| {title} |");
    let names = figures
        .operations
        .iter()
        .map(|operation: &Operation| operation.name());
    for name in names.chain(own.map(|(name, _)| name)) {
        // Writing into a String cannot fail.
        let _ = write!(text, " {name} |");
    }
    text.push_str("\n|---|");
    text.push_str(&"--:|".repeat(figures.operations.len() + usize::from(own.is_some())));
    for engine in figures.in_order() {
        let _ = write!(text, "\n| {} |", engine.name);
        for &operation in &figures.operations {
            let summary = figures.summary(&engine.name, operation);
            let _ = write!(
                text,
                " {} |",
                summary.map_or_else(String::new, |summary| cell(engine, &summary))
            );
        }
        if let Some((_, figure)) = own {
            let _ = write!(text, " {} |", figure(engine));
        }
    }
    text
}

fn with_ratio(figure: String, ratio: Option<f64>, unit: &str) -> String {
    match ratio {
        Some(ratio) => format!("{figure} ({ratio:.2}{unit})"),
        None => figure,
    }
}

/// A number without a fraction, its thousands apart.
pub fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
