//! Every closed vocabulary is the same list in the database, in Rust and in the demo.

use std::collections::{BTreeMap, BTreeSet};

use entity::catalogue::vocabularies;
use entity::tenancy::role::BuiltInRole;
use sea_orm::ActiveEnum;
use support::{TestDatabase, column};

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
