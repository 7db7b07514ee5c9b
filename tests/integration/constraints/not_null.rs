//! NOT NULL: every column that must have a value refuses to lose it.

use sea_orm::DbErr;
use sea_orm::sqlx::postgres::PgDatabaseError;
use support::{refusal, value};

use super::arena::{Arena, one_row};
use super::assert_faultless;
use super::catalogue::{TABLES, columns};

#[tokio::test]
async fn every_column_that_must_have_a_value_refuses_null() {
    let arena = Arena::open().await;
    let superuser = arena.connection();
    let mut faults = Vec::new();
    let mut tried = 0;
    for column in columns(superuser, false).await {
        if !column.not_null {
            continue;
        }
        let (table, name) = (&column.table, &column.name);
        let duel = arena.duel(table, "").await;
        let row = one_row(table, "true");
        let outcome = duel
            .attempt(&format!("UPDATE {table} SET {name} = NULL WHERE {row}"))
            .await;
        let right = outcome.as_ref().is_err_and(|error| {
            if column.generated {
                refusal(error).code == "428C9"
            } else {
                refusal(error).code == "23502" && column_of(error) == Some(name)
            }
        });
        if !right {
            faults.push(format!("{table}.{name} takes null: {outcome:?}"));
        }
        duel.end().await;
        tried += 1;
    }
    assert_faultless(&faults);
    let found: i64 = value(
        superuser,
        &format!(
            "SELECT count(*) FROM pg_attribute JOIN {TABLES} tables ON tables.oid = attrelid
             WHERE attnum > 0 AND attnotnull AND NOT attisdropped"
        ),
    )
    .await;
    println!("{tried} NOT NULL columns tried");
    assert_eq!(tried, found);
}

/// The column that PostgreSQL names: a NOT NULL has no name of its own.
fn column_of(error: &DbErr) -> Option<&str> {
    let (DbErr::Exec(error) | DbErr::Query(error)) = error else {
        return None;
    };
    let sea_orm::RuntimeErr::SqlxError(error) = error else {
        return None;
    };
    error
        .as_database_error()?
        .downcast_ref::<PgDatabaseError>()
        .column()
}
