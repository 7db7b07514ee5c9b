//! FOREIGN KEY: no reference leads nowhere, none leads into another organization, whoever writes it, and each is looked up
//! by an index.

use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::Value;
use support::value;

use super::arena::{Arena, one_row};
use super::assert_faultless;
use super::catalogue::{ForeignKey, TABLES, columns, foreign_keys};

#[tokio::test]
async fn no_reference_leads_nowhere_or_into_another_organization() {
    let arena = Arena::open().await;
    let superuser = arena.connection();
    let columns = columns(superuser, false).await;
    let (mut faults, mut tried, mut between_tenants) = (Vec::new(), 0, 0);
    for key in foreign_keys(superuser).await {
        let (table, parent) = (&key.table, &key.parent);
        let filled: Vec<String> = key
            .columns
            .iter()
            .map(|name| format!("{name} IS NOT NULL"))
            .collect();
        let row = one_row(table, &filled.join(" AND "));
        let mut attacks = Vec::new();
        // Each column for itself: a photo that is there, but not in that project, is not there.
        for name in &key.columns {
            let kind = columns
                .iter()
                .find(|column| column.table == *table && column.name == *name)
                .map(|column| column.kind.as_str());
            let nowhere = match kind {
                Some("uuid") => "gen_random_uuid()",
                Some("text") => "'nobody'",
                other => panic!("{}: no value of type {other:?} is known", key.name),
            };
            attacks.push(format!("UPDATE {table} SET {name} = {nowhere} WHERE {row}"));
        }
        let place = key
            .parent_columns
            .iter()
            .position(|name| name == "organization_id");
        if let Some(place) = place {
            between_tenants += 1;
            let tenant = &key.columns[place];
            let own = without(&key.columns, place).join(", ");
            let theirs = without(&key.parent_columns, place).join(", ");
            attacks.push(format!(
                "UPDATE {table} SET ({own}) = (SELECT {theirs} FROM {parent} other
                   WHERE other.organization_id <> {table}.{tenant} LIMIT 1) WHERE {row}"
            ));
            // And the other way round: the row itself goes over, and leaves its parent behind.
            attacks.push(format!(
                "UPDATE {table} SET {tenant} = (SELECT id FROM organizations WHERE id <> {table}.{tenant} LIMIT 1) WHERE {row}"
            ));
        }
        let duel = arena.duel(table, &key.name).await;
        for attack in &attacks {
            faults.extend(
                duel.refuses(attack, "23503", std::slice::from_ref(&key.name))
                    .await,
            );
        }
        duel.end().await;
        tried += 1;
    }
    assert_faultless(&faults);
    let found: i64 = value(
        superuser,
        &format!("SELECT count(*) FROM pg_constraint JOIN {TABLES} tables ON tables.oid = conrelid WHERE contype = 'f'"),
    )
    .await;
    println!("{tried} foreign keys tried, {between_tenants} of them between tables of tenants");
    assert_eq!(tried, found);
    assert!(between_tenants > 0);
}

fn without(names: &[String], place: usize) -> Vec<&str> {
    names
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != place)
        .map(|(_, name)| name.as_str())
        .collect()
}

#[tokio::test]
async fn every_foreign_key_is_looked_up_by_an_index_on_its_own_column() {
    let arena = Arena::open().await;
    let superuser = arena.connection();
    let keys = foreign_keys(superuser).await;
    let mut slow = Vec::new();
    for key in &keys {
        let ForeignKey { table, columns, .. } = key;
        let own = columns.last().unwrap();
        let transaction = superuser.begin().await.unwrap();
        // On a handful of rows any index is as good as another: those go that do not lead to the column by way of the key.
        let unfit: String = value(
            &transaction,
            &format!(
                "SELECT coalesce(string_agg(CASE
                   WHEN EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid)
                   THEN format('ALTER TABLE {table} DROP CONSTRAINT %s CASCADE', indexrelid::regclass)
                   ELSE format('DROP INDEX %s', indexrelid::regclass) END, '; '), '')
                 FROM pg_index WHERE indrelid = '{table}'::regclass AND NOT EXISTS (
                   SELECT FROM unnest(indkey::int2[]) WITH ORDINALITY led (number, place)
                   WHERE number = (SELECT attnum FROM pg_attribute WHERE attrelid = indrelid AND attname = '{own}')
                     AND (indkey::int2[])[0:place - 2] <@ (SELECT conkey FROM pg_constraint WHERE conname = '{}' AND conrelid = indrelid)
                 )",
                key.name
            ),
        )
        .await;
        let look = format!("{unfit}; SET LOCAL enable_seqscan = off");
        transaction.execute_unprepared(&look).await.unwrap();
        // The values of a row that is there, as they come when its parent is deleted.
        let lookup = columns
            .iter()
            .map(|name| format!("format('{name} = %L', {name})"));
        let lookup = lookup.collect::<Vec<_>>().join(", ");
        let lookup: String = value(
            &transaction,
            &format!(
                "SELECT concat_ws(' AND ', {lookup}) FROM {table} WHERE {own} IS NOT NULL LIMIT 1"
            ),
        )
        .await;
        let plan: Value = value(
            &transaction,
            &format!("EXPLAIN (FORMAT JSON) SELECT FROM {table} WHERE {lookup} FOR KEY SHARE"),
        )
        .await;
        let mut conditions = Vec::new();
        index_conditions(&plan, &mut conditions);
        // Partitions are looked up one by one, each by its own index.
        let on_own = |condition: &String| condition.contains(&format!("({own} = "));
        if conditions.is_empty() || !conditions.iter().all(on_own) {
            slow.push(format!("{}: {conditions:?}", key.name));
        }
        transaction.rollback().await.unwrap();
    }
    assert!(!keys.is_empty());
    assert_faultless(&slow);
}

/// Every index condition of a plan.
fn index_conditions(plan: &Value, found: &mut Vec<String>) {
    match plan {
        Value::Object(node) => {
            if let Some(Value::String(condition)) = node.get("Index Cond") {
                found.push(condition.clone());
            }
            node.values().for_each(|part| index_conditions(part, found));
        }
        Value::Array(parts) => parts.iter().for_each(|part| index_conditions(part, found)),
        _ => {}
    }
}
