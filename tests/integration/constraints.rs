//! For every constraint of the catalogue violations that are refused, by it and by nothing else; and the rules that
//! triggers keep.

pub(crate) mod arena;
mod assessment_status;
pub(crate) mod catalogue;
mod checks;
mod criteria_buckets;
mod foreign_keys;
mod moves;
mod not_null;
mod unique_keys;

use support::{TestDatabase, column};

use catalogue::TABLES;

#[tokio::test]
async fn every_constraint_is_of_a_kind_that_is_attacked_here_and_holds_at_once() {
    let database = TestDatabase::migrated().await;
    let superuser = database.superuser().await;
    let outside: Vec<String> = column(
        &superuser,
        &format!(
            "SELECT conname::text FROM pg_constraint JOIN {TABLES} tables ON tables.oid = conrelid
             WHERE contype NOT IN ('c', 'f', 'p', 'u') OR condeferrable OR NOT convalidated"
        ),
    )
    .await;
    assert_eq!(outside, Vec::<String>::new());
}

/// Fails with everything that was found, one a line.
#[track_caller]
fn assert_faultless(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}
