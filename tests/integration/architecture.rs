//! The rules of docs/ARCHITECTURE.md about who may know whom, read from the sources.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

/// No file under the folder may name any of these.
fn assert_knows_nothing_of(folder: &str, strangers: &[&str]) {
    let sources = sources(&root().join(folder));
    assert!(!sources.is_empty(), "{folder} is empty");
    for (path, text) in sources {
        for stranger in strangers {
            assert!(
                !text.contains(stranger),
                "{} knows {stranger}",
                path.display()
            );
        }
    }
}

#[test]
fn entity_and_migration_know_nobody() {
    assert_knows_nothing_of("entity/src", &["fieldgraph::", "migration::", "axum"]);
    assert_knows_nothing_of("migration/src", &["fieldgraph::", "entity::", "axum"]);
}

#[test]
fn each_layer_knows_only_what_is_below_it() {
    let command = "crate::command";
    assert_knows_nothing_of(
        "api/src/server",
        &[command, "crate::seed", "crate::documentation"],
    );
    assert_knows_nothing_of(
        "api/src/seed",
        &[command, "crate::server", "crate::documentation"],
    );
    assert_knows_nothing_of(
        "api/src/auth",
        &[command, "crate::server", "crate::seed", "axum"],
    );
    assert_knows_nothing_of(
        "api/src/database",
        &[
            command,
            "crate::server",
            "crate::auth",
            "crate::seed",
            "axum",
            "entity::",
        ],
    );
    assert_knows_nothing_of("api/src/command", &["axum"]);
}

#[test]
fn the_core_names_no_domain_and_a_domain_reaches_no_connection() {
    let edges = [
        "crate::command",
        "crate::server",
        "crate::auth",
        "crate::seed",
        "crate::documentation",
        "axum",
    ];
    assert_knows_nothing_of("api/src/core", &edges);
    assert_knows_nothing_of("api/src/core", &["crate::domains", "crate::schema"]);
    for (path, text) in sources(&root().join("api/src/core")) {
        // Whose rows they are, and no table.
        let named = text.replace("entity::scope::", "").replace("$entity::", "");
        assert!(
            !named.contains("entity::"),
            "{} names a table",
            path.display()
        );
    }
    assert_knows_nothing_of("api/src/domains", &edges);
    assert_knows_nothing_of(
        "api/src/domains",
        &[
            "crate::database",
            "crate::settings",
            "sqlx",
            "ConnectionTrait",
            // Its error takes any text, the database's too.
            "async_graphql::Result",
            "async_graphql::Error",
        ],
    );
}

#[test]
fn a_projection_a_filter_and_a_list_are_of_the_same_stem_as_their_table() {
    let entities: Vec<PathBuf> = sources(&root().join("entity/src"))
        .into_iter()
        .filter(|(_, text)| text.contains("DeriveEntityModel"))
        .map(|(path, _)| {
            path.strip_prefix(root().join("entity/src"))
                .unwrap()
                .to_owned()
        })
        .collect();
    let mut objects = 0;
    for (path, text) in sources(&root().join("api/src/domains")) {
        if text.contains("DerivePartialModel") && text.contains("node!(") {
            let stem = path.strip_prefix(root().join("api/src/domains")).unwrap();
            assert!(
                entities.iter().any(|entity| entity == stem),
                "{}",
                path.display()
            );
            objects += 1;
        }
    }
    assert!(objects >= 7, "{objects} objects");
}

#[test]
fn every_source_file_says_at_its_top_what_it_is_for() {
    for folder in [
        "api/src",
        "entity/src",
        "migration/src",
        "tests/support",
        "tests/integration",
    ] {
        for (path, text) in sources(&root().join(folder)) {
            assert!(text.starts_with("//! "), "{}", path.display());
        }
    }
}

#[test]
fn every_change_of_the_schema_is_listed_and_says_what_it_is_for() {
    let list = fs::read_to_string(root().join("migration/src/lib.rs")).unwrap();
    let mut changes = 0;
    for entry in fs::read_dir(root().join("migration/src/changes"))
        .unwrap()
        .flatten()
    {
        let file = entry.file_name().into_string().unwrap();
        let name = file
            .strip_suffix(".up.sql")
            .or_else(|| file.strip_suffix(".down.sql"))
            .unwrap_or_else(|| panic!("{file} is no change"));
        assert!(
            list.contains(&format!("\"{name}\"")),
            "{name} is not listed"
        );
        if file.ends_with(".up.sql") {
            changes += 1;
            let text = fs::read_to_string(entry.path()).unwrap();
            assert!(text.starts_with("-- "), "{file}");
        }
    }
    assert!(changes >= 8);
}
