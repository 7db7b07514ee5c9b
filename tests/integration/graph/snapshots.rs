//! Queries with their SQL and their answers on the demo, committed beside them: tests/queries/<domain>/<name>.{graphql,sql,json}.
//! `UPDATE_SNAPSHOTS=1 cargo test -p tests --test integration graph::snapshots` writes them anew; the diff is to be read.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use support::Statements;

use super::bench::Bench;

pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("queries")
}

/// All files of the domains' folders with this ending, without it.
pub(super) fn files(ending: &str) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for domain in fs::read_dir(folder()).unwrap() {
        let domain = domain.unwrap().path();
        if domain.is_dir() {
            for file in fs::read_dir(domain).unwrap() {
                let file = file.unwrap().path();
                if file.extension().is_some_and(|found| found == ending) {
                    found.insert(file.with_extension(""));
                }
            }
        }
    }
    found
}

#[tokio::test]
async fn queries_are_answered_as_before_by_the_same_statements() {
    let update = std::env::var_os("UPDATE_SNAPSHOTS").is_some();
    let bench = Bench::northwind().await;
    let statements = Statements::watch();
    let queries = files("graphql");
    assert!(queries.len() >= 10, "{queries:?}");
    let mut drifted = Vec::new();
    for query in &queries {
        let document = fs::read_to_string(query.with_extension("graphql")).unwrap();
        statements.take();
        let answer = bench.ask(&document).await;
        // Fields beside each other ask in any order.
        let mut asked = statements.take();
        asked.sort();
        assert!(
            answer.body["errors"].is_null(),
            "{}: {}",
            query.display(),
            answer.text
        );
        let sql: String = asked.iter().map(|sql| format!("{sql};\n")).collect();
        let json = serde_json::to_string_pretty(&answer.body).unwrap() + "\n";
        for (ending, now) in [("sql", sql), ("json", json)] {
            let file = query.with_extension(ending);
            if update {
                fs::write(&file, now).unwrap();
            } else {
                let before = fs::read_to_string(&file).unwrap_or_default();
                if before != now {
                    drifted.push(format!("{}\nwas\n{before}\nis\n{now}", file.display()));
                }
            }
        }
    }
    assert!(
        drifted.is_empty(),
        "these are not what is committed; if that is meant, run with UPDATE_SNAPSHOTS=1 and read the diff:\n{}",
        drifted.join("\n")
    );
    for ending in ["sql", "json"] {
        let orphans: Vec<_> = files(ending).difference(&queries).cloned().collect();
        assert!(orphans.is_empty(), "no query has these: {orphans:?}");
    }
}
