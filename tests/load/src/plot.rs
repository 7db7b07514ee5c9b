//! The figures as a picture: for each operation a bar for each engine, in grey tones and colours that are seen on white and on black.

use std::fmt::Write;

use crate::figures::{Figures, Subject};
use crate::table::whole;

/// Half the picture's width; the other half is for the CPU.
const HALF: f64 = 480.0;
/// The longest bar.
const LONGEST: f64 = 250.0;
/// Where bars begin, right of the engines' names.
const LEFT: f64 = 110.0;
const LINE: f64 = 17.0;
const TEXT: &str = "#7d8590";
const LIMITS: [&str; 2] = ["#a3abb4", "#8b949e"];
const OURS: &str = "#e0662f";
const PEERS: [&str; 4] = ["#3f86c9", "#4ea372", "#9a6fc4", "#b8922f"];

/// Draws it.
pub fn svg(figures: &Figures) -> String {
    let engines = figures.in_order();
    let mut bars = String::new();
    let mut y = 46.0;
    for &operation in &figures.operations {
        text(
            &mut bars,
            0.0,
            y,
            "font-weight=\"600\"",
            &format!("{}: {}", operation.name(), operation.description()),
        );
        y += 8.0;
        let known: Vec<_> = engines
            .iter()
            .enumerate()
            .filter_map(|(place, engine)| {
                Some((place, engine, figures.summary(&engine.name, operation)?))
            })
            .collect();
        let fastest = known
            .iter()
            .map(|(_, _, summary)| summary.rate)
            .fold(0.0, f64::max);
        let dearest = known
            .iter()
            .map(|(_, _, summary)| summary.cpu)
            .fold(0.0, f64::max);
        for (place, engine, summary) in known {
            let colour = colour(&engines, place);
            text(
                &mut bars,
                LEFT - 8.0,
                y + 12.0,
                "text-anchor=\"end\"",
                &engine.name,
            );
            let share = summary
                .share
                .map_or_else(String::new, |share| format!("{share:.2} · "));
            bar(
                &mut bars,
                LEFT,
                y,
                summary.rate / fastest,
                colour,
                &format!("{share}{}", whole(summary.rate)),
            );
            let times = summary
                .times
                .map_or_else(String::new, |times| format!("{times:.2}× · "));
            bar(
                &mut bars,
                HALF + 20.0,
                y,
                summary.cpu / dearest,
                colour,
                &format!("{times}{} ms", whole(summary.cpu)),
            );
            y += LINE;
        }
        y += 26.0;
    }
    let mut heads = String::new();
    text(
        &mut heads,
        LEFT,
        18.0,
        "",
        "requests per second (Record: rows), share of the better limit",
    );
    text(
        &mut heads,
        HALF + 20.0,
        18.0,
        "",
        "CPU for 1,000 of them, times the better limit's: shorter is better",
    );
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{y}\" viewBox=\"-8 0 {width} {y}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"{TEXT}\" role=\"img\" aria-label=\"Throughput and CPU of each engine\">\n{heads}{bars}</svg>\n",
        width = HALF * 2.0,
    )
}

fn colour(engines: &[&Subject], place: usize) -> &'static str {
    let engine = engines[place];
    let before = |limit: bool| {
        let same = engines[..place]
            .iter()
            .filter(|other| other.limit == limit && other.name != "fieldgraph");
        same.count()
    };
    match (engine.limit, engine.name.as_str()) {
        (true, _) => LIMITS[before(true) % LIMITS.len()],
        (false, "fieldgraph") => OURS,
        (false, _) => PEERS[before(false) % PEERS.len()],
    }
}

fn bar(svg: &mut String, x: f64, y: f64, share: f64, colour: &str, label: &str) {
    let width = (share * LONGEST).max(1.0);
    // Writing into a String cannot fail.
    let _ = writeln!(
        svg,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width:.1}\" height=\"{}\" rx=\"2\" fill=\"{colour}\"/>",
        LINE - 4.0
    );
    text(svg, x + width + 6.0, y + 11.0, "", label);
}

fn text(svg: &mut String, x: f64, y: f64, attributes: &str, text: &str) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" {attributes}>{text}</text>"
    );
}
