//! Every closed vocabulary is the same list in the database, in Rust and in the demo.

use std::collections::{BTreeMap, BTreeSet};

use entity::catalogue::vocabularies;
use entity::tenancy::role::BuiltInRole;
use fieldgraph::core::Permission;
use sea_orm::ActiveEnum;
use support::{TestDatabase, column, rows};

use crate::constraints::catalogue::constraints;

/// Words by table and column.
type Words = BTreeMap<(String, String), BTreeSet<String>>;

/// The vocabularies as the enums have them.
fn of_the_enums() -> Words {
    let listed = vocabularies();
    let words: Words = listed
        .iter()
        .map(|vocabulary| {
            let place = (vocabulary.table.to_owned(), vocabulary.column.to_owned());
            (place, vocabulary.values.iter().cloned().collect())
        })
        .collect();
    assert_eq!(words.len(), listed.len(), "a column is listed twice");
    words
}

/// The words of `CHECK ((status = ANY (ARRAY['pending'::text, 'stored'::text])))`; no other check has this shape.
fn words_of(definition: &str) -> Option<BTreeSet<String>> {
    let (_, list) = definition.split_once(" = ANY (ARRAY[")?;
    let (list, _) = list.split_once("])")?;
    list.split(", ")
        .map(|word| {
            let word = word.strip_prefix('\'')?.strip_suffix("'::text")?;
            Some(word.to_owned())
        })
        .collect()
}

#[tokio::test]
async fn the_database_and_the_enums_know_the_same_words() {
    let database = TestDatabase::migrated().await;
    let checked: Words = constraints(&database.superuser().await, 'c')
        .await
        .into_iter()
        .filter_map(|check| {
            let words = words_of(&check.definition);
            let named = check.name.ends_with("_known");
            assert_eq!(
                words.is_some(),
                named,
                "{}: {}",
                check.name,
                check.definition
            );
            let [column] = &check.columns[..] else {
                assert!(words.is_none(), "{} is over several columns", check.name);
                return None;
            };
            Some(((check.table, column.clone()), words?))
        })
        .collect();
    assert!(!checked.is_empty());
    assert_eq!(checked, of_the_enums());
}

#[tokio::test]
async fn the_demo_uses_every_word() {
    let database = TestDatabase::demo().await;
    let superuser = database.superuser().await;
    let mut unused = Vec::new();
    for ((table, name), words) in of_the_enums() {
        // The demo speaks two.
        if (table.as_str(), name.as_str()) == ("documents", "language") {
            continue;
        }
        let used: Vec<String> = column(
            &superuser,
            &format!("SELECT DISTINCT {name} FROM {table} WHERE {name} IS NOT NULL"),
        )
        .await;
        let used: BTreeSet<String> = used.into_iter().collect();
        if used != words {
            unused.push(format!("{table}.{name}: {used:?} of {words:?}"));
        }
    }
    assert!(unused.is_empty(), "\n{}\n", unused.join("\n"));
}

#[tokio::test]
async fn the_built_in_roles_are_there_after_the_migration() {
    let database = TestDatabase::migrated().await;
    let mut found: Vec<String> =
        column(&database.superuser().await, "SELECT name FROM roles").await;
    let mut expected = BuiltInRole::values();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

/// Name and description of each permission as the source has them: the description is the doc comment.
fn permissions_of_the_enum() -> BTreeMap<String, String> {
    let source = include_str!("../../api/src/core/permission.rs");
    let (_, list) = source.split_once("permissions! {").unwrap();
    let (list, _) = list.split_once("\n}").unwrap();
    let lines: Vec<&str> = list.lines().map(str::trim).collect();
    lines
        .windows(2)
        .filter_map(|pair| {
            let description = pair[0].strip_prefix("/// ")?;
            let (_, name) = pair[1].split_once(" = ")?;
            let name = name.trim_matches(['"', ',']);
            Some((name.to_owned(), description.to_owned()))
        })
        .collect()
}

#[tokio::test]
async fn the_permissions_in_code_are_those_of_the_table_and_mean_the_same() {
    let database = TestDatabase::migrated().await;
    let table: BTreeMap<String, String> = rows(
        &database.superuser().await,
        "SELECT name, description FROM permissions",
    )
    .await
    .iter()
    .map(|row| {
        let name = row.try_get("", "name").unwrap();
        (name, row.try_get("", "description").unwrap())
    })
    .collect();
    let described = permissions_of_the_enum();
    let named: BTreeSet<String> = Permission::ALL
        .iter()
        .map(|permission| permission.name().to_owned())
        .collect();
    assert_eq!(named, described.keys().cloned().collect());
    assert_eq!(described, table);
}
