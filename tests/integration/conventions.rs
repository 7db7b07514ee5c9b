//! The rules that every table keeps, read from the live catalogue and held against the entities.

use std::collections::{BTreeMap, BTreeSet};

use entity::Scope;
use entity::catalogue::{UNMAPPED, tables};
use sea_orm::sea_query::ColumnType;
use sea_orm::{ConnectionTrait, TransactionTrait};
use support::{TestDatabase, column, rows, value};

use crate::constraints::arena::populated;
use crate::constraints::catalogue::{
    Column, TABLES, columns, constraints, foreign_keys, unique_keys,
};

/// Rows are written once: they have no updated_at.
const APPEND_ONLY: [&str; 2] = ["audit_logs", "query_logs"];

/// What can be put in the bin and be restored.
const SOFT_DELETED: [&str; 8] = [
    "agent_configs",
    "conversations",
    "documents",
    "organizations",
    "photos",
    "projects",
    "users",
    "workflows",
];

/// Functions and views that an extension brought along are not ours.
const OURS: &str = "NOT EXISTS (SELECT FROM pg_depend WHERE objid = oid AND deptype = 'e')";

fn set<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// The types that hold what an entity expects; an embedding is cast by its entity.
fn fitting(kind: &ColumnType) -> &'static [&'static str] {
    match kind {
        ColumnType::Uuid => &["uuid"],
        ColumnType::Text => &["text"],
        ColumnType::Boolean => &["boolean"],
        ColumnType::Integer => &["integer"],
        ColumnType::BigInteger => &["bigint"],
        ColumnType::Double => &["double precision"],
        ColumnType::JsonBinary => &["jsonb"],
        ColumnType::TimestampWithTimeZone => &["timestamp with time zone"],
        ColumnType::Array(of) if **of == ColumnType::Uuid => &["uuid[]"],
        ColumnType::Array(of) if **of == ColumnType::Float => &["real[]", "vector(384)"],
        _ => &[],
    }
}

#[tokio::test]
async fn every_table_and_view_is_as_its_entity_sees_it() {
    let database = TestDatabase::migrated().await;
    let superuser = database.superuser().await;
    let mut faults = Vec::new();
    for views in [false, true] {
        let mut live: BTreeMap<(String, String), Column> = columns(&superuser, views)
            .await
            .into_iter()
            .map(|column| ((column.table.clone(), column.name.clone()), column))
            .collect();
        for table in tables().into_iter().filter(|table| table.view == views) {
            for expected in table.columns {
                let place = (table.name.to_owned(), expected.name);
                let Some(found) = live.remove(&place) else {
                    faults.push(format!("{place:?} is not there"));
                    continue;
                };
                if !fitting(&expected.kind).contains(&found.kind.as_str()) {
                    faults.push(format!(
                        "{place:?} is {} and not {:?}",
                        found.kind, expected.kind
                    ));
                }
                // PostgreSQL does not know of a view's column whether it is ever null.
                if !views && expected.nullable == found.not_null {
                    faults.push(format!("{place:?} is not null: {}", found.not_null));
                }
            }
        }
        if !views {
            for (table, name) in UNMAPPED {
                let unmapped = live.remove(&(table.to_owned(), name.to_owned())).unwrap();
                assert!(
                    name == "password_hash" || (unmapped.kind == "tsvector" && unmapped.generated)
                );
            }
        }
        faults.extend(live.keys().map(|place| format!("{place:?} has no entity")));
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[tokio::test]
async fn every_key_is_the_key_of_its_entity_and_begins_with_the_tenant() {
    let database = TestDatabase::migrated().await;
    let superuser = database.superuser().await;
    let live: BTreeMap<String, Vec<String>> = constraints(&superuser, 'p')
        .await
        .into_iter()
        .map(|key| (key.table, key.columns))
        .collect();
    let columns = columns(&superuser, false).await;
    let mut with_tenant = BTreeSet::new();
    let tables: Vec<_> = tables().into_iter().filter(|table| !table.view).collect();
    for table in &tables {
        let key = &live[table.name];
        let expected: BTreeSet<&str> = table.key.iter().copied().collect();
        // A partitioned table has the partition's column in its key, which an entity may leave out.
        let found = key
            .iter()
            .map(String::as_str)
            .filter(|column| *column != "occurred_at");
        assert_eq!(
            found.collect::<BTreeSet<_>>(),
            expected
                .into_iter()
                .filter(|column| *column != "occurred_at")
                .collect(),
            "{}",
            table.name
        );
        match table.scope {
            Scope::Own("organization_id") => {
                assert_eq!(key[0], "organization_id", "{}", table.name);
                with_tenant.insert((table.name, true));
            }
            Scope::OwnOrShared("organization_id") => {
                with_tenant.insert((table.name, false));
            }
            _ => {
                assert!(["organizations", "permissions", "sign_in_attempts"].contains(&table.name));
            }
        }
    }
    assert_eq!(live.len(), tables.len());
    // Whatever has the column is a tenant's, and never without it but where rows are everybody's too.
    let tenant_columns = columns
        .iter()
        .filter(|column| column.name == "organization_id");
    let found: BTreeSet<(&str, bool)> = tenant_columns
        .map(|column| {
            assert!(column.kind == "uuid", "{}", column.table);
            (column.table.as_str(), column.not_null)
        })
        .collect();
    assert_eq!(found, with_tenant);
}

#[tokio::test]
async fn a_reference_between_tables_of_tenants_carries_the_tenant_on_both_sides() {
    let database = TestDatabase::migrated().await;
    let tenanted: BTreeSet<&str> = tables()
        .iter()
        .filter(|table| table.is_tenanted())
        .map(|table| table.name)
        .collect();
    let mut checked = 0;
    for key in foreign_keys(&database.superuser().await).await {
        if !tenanted.contains(key.table.as_str()) || !tenanted.contains(key.parent.as_str()) {
            continue;
        }
        let tenant = if key.parent == "organizations" {
            "id"
        } else {
            "organization_id"
        };
        let pairs: Vec<_> = key.columns.iter().zip(&key.parent_columns).collect();
        assert!(
            pairs
                .iter()
                .any(|(own, theirs)| *own == "organization_id" && *theirs == tenant),
            "{}: {pairs:?}",
            key.name
        );
        checked += 1;
    }
    assert!(checked > 0);
}

#[tokio::test]
async fn times_are_kept_on_every_table_and_the_bin_where_the_model_has_one() {
    let database = TestDatabase::migrated().await;
    let superuser = database.superuser().await;
    let columns = columns(&superuser, false).await;
    let having = |name: &str| -> BTreeSet<String> {
        let named = columns.iter().filter(|column| column.name == name);
        named.map(|column| column.table.clone()).collect()
    };
    let all: BTreeSet<String> = columns.iter().map(|column| column.table.clone()).collect();
    let append_only = set(APPEND_ONLY);
    let updated: BTreeSet<String> = all.difference(&append_only).cloned().collect();
    assert_eq!(having("created_at"), all);
    assert_eq!(having("updated_at"), updated);
    assert_eq!(having("deleted_at"), set(SOFT_DELETED));
    for column in &columns {
        let place = format!("{}.{}", column.table, column.name);
        match column.name.as_str() {
            "created_at" | "updated_at" => {
                assert!(column.not_null && column.default == "now()", "{place}");
            }
            "deleted_at" => assert!(!column.not_null, "{place}"),
            _ => {}
        }
        let without_zone = [
            "timestamp without time zone",
            "date",
            "time without time zone",
            "time with time zone",
        ];
        assert!(
            !without_zone.contains(&column.kind.as_str()),
            "{place} is {}",
            column.kind
        );
        assert!(
            !column.name.ends_with("_at") || column.kind == "timestamp with time zone",
            "{place} is {}",
            column.kind
        );
    }
    let touched: Vec<String> = column(
        &superuser,
        &format!(
            "SELECT tables.name FROM pg_trigger JOIN {TABLES} tables ON tables.oid = tgrelid
             WHERE tgfoid = 'touch_updated_at()'::regprocedure AND tgenabled = 'O'"
        ),
    )
    .await;
    assert_eq!(set(touched.iter().map(String::as_str)), updated);
}

#[tokio::test]
async fn updated_at_moves_forward_whatever_the_caller_sends() {
    let database = populated().await;
    let superuser = database.superuser().await;
    let transaction = superuser.begin().await.unwrap();
    let mut checked = 0;
    for table in tables() {
        if table.view || APPEND_ONLY.contains(&table.name) {
            continue;
        }
        let name = table.name;
        // Sent by the caller, or not at all; the second time in the same transaction; and from a clock that was ahead.
        for set in [
            "updated_at = '2000-01-01'",
            "created_at = created_at",
            "updated_at = '2999-01-01'",
        ] {
            let moved: Vec<bool> = column(
                &transaction,
                &format!(
                    "WITH before AS MATERIALIZED (SELECT tableoid AS part, ctid AS place, updated_at FROM {name} LIMIT 1)
                     UPDATE {name} SET {set} FROM before WHERE {name}.tableoid = part AND {name}.ctid = place
                     RETURNING {name}.updated_at > before.updated_at AND {name}.updated_at <= greatest(clock_timestamp(), before.updated_at + interval '1 second')"
                ),
            )
            .await;
            assert_eq!(moved, [true], "{name} SET {set}");
        }
        let ahead = format!(
            "ALTER TABLE {name} DISABLE TRIGGER touch_updated_at; UPDATE {name} SET updated_at = '2999-01-01'; ALTER TABLE {name} ENABLE TRIGGER touch_updated_at"
        );
        let savepoint = transaction.begin().await.unwrap();
        savepoint.execute_unprepared(&ahead).await.unwrap();
        savepoint
            .execute_unprepared(&format!("UPDATE {name} SET created_at = created_at"))
            .await
            .unwrap();
        let stood: i64 = value(
            &savepoint,
            &format!("SELECT count(*) FROM {name} WHERE updated_at <= '2999-01-01'"),
        )
        .await;
        assert_eq!(stood, 0, "{name}");
        savepoint.rollback().await.unwrap();
        checked += 1;
    }
    assert!(checked > 0);
}

#[tokio::test]
async fn ids_are_uuids_that_the_database_can_make() {
    let database = TestDatabase::migrated().await;
    let superuser = database.superuser().await;
    let ids = columns(&superuser, false)
        .await
        .into_iter()
        .filter(|column| column.name == "id");
    let strange: Vec<Column> = ids
        .filter(|id| id.kind != "uuid" || id.default != "gen_random_uuid()")
        .collect();
    assert!(strange.is_empty(), "{strange:?}");
    let enums: Vec<String> = column(
        &superuser,
        &format!("SELECT typname::text FROM pg_type WHERE typtype = 'e' AND {OURS}"),
    )
    .await;
    assert_eq!(
        enums,
        Vec::<String>::new(),
        "a vocabulary is text with a CHECK"
    );
}

#[tokio::test]
async fn everything_has_a_description() {
    let database = TestDatabase::migrated().await;
    let undescribed: Vec<String> = column(
        &database.superuser().await,
        &format!(
            "WITH ours AS (
               SELECT oid, relname, relkind FROM pg_class
               WHERE relnamespace = 'public'::regnamespace AND NOT relispartition AND relname NOT LIKE 'seaql_migrations%' AND {OURS}
             )
             SELECT relname::text FROM ours WHERE relkind IN ('r', 'p', 'v', 'm') AND obj_description(oid, 'pg_class') IS NULL
             UNION ALL
             SELECT relname || '.' || attname FROM ours JOIN pg_attribute ON attrelid = oid
             WHERE relkind IN ('r', 'p', 'v', 'm') AND attnum > 0 AND NOT attisdropped AND col_description(oid, attnum) IS NULL
             UNION ALL
             SELECT relname::text FROM ours WHERE relkind IN ('i', 'I') AND obj_description(oid, 'pg_class') IS NULL
               AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = ours.oid AND contype IN ('p', 'u'))
             UNION ALL
             SELECT oid::regprocedure::text FROM pg_proc
             WHERE pronamespace = 'public'::regnamespace AND obj_description(oid, 'pg_proc') IS NULL AND {OURS}"
        ),
    )
    .await;
    assert_eq!(undescribed, Vec::<String>::new());
}

#[tokio::test]
async fn every_constraint_tells_its_table_and_its_kind_by_its_name() {
    let database = TestDatabase::migrated().await;
    let superuser = database.superuser().await;
    let mut named = 0;
    for (kind, ending) in [('p', "pkey"), ('u', "key"), ('f', "fkey"), ('c', "")] {
        for constraint in constraints(&superuser, kind).await {
            let rest = constraint
                .name
                .strip_prefix(&format!("{}_", constraint.table));
            assert!(
                rest.is_some_and(|rest| !rest.is_empty() && rest.ends_with(ending)),
                "{}",
                constraint.name
            );
            named += 1;
        }
    }
    for key in unique_keys(&superuser).await {
        assert!(
            key.name.starts_with(&format!("{}_", key.table)) && key.name.ends_with("key"),
            "{}",
            key.name
        );
    }
    assert!(named > 0);
}

/// What a row goes with when it is deleted for good it is hidden with while that lies in the bin.
#[tokio::test]
async fn what_a_bin_hides_is_what_a_foreign_key_would_take_along() {
    let database = TestDatabase::migrated().await;
    let superuser = database.superuser().await;
    let tables = tables();
    let mut held = 0;
    for table in tables.iter().filter(|table| !table.view) {
        // People and organizations that are gone hide nothing: who left keeps what they made.
        let sql = format!(
            "SELECT child.attname::text AS by, target.relname::text AS under,
               EXISTS (SELECT FROM pg_attribute WHERE attrelid = confrelid AND attname = 'deleted_at') AS bin
             FROM pg_constraint
             JOIN pg_class target ON target.oid = confrelid
             JOIN LATERAL unnest(conkey, confkey) AS pair (child, parent) ON true
             JOIN pg_attribute parent ON parent.attrelid = confrelid AND parent.attnum = pair.parent AND parent.attname = 'id'
             JOIN pg_attribute child ON child.attrelid = conrelid AND child.attnum = pair.child
             WHERE conrelid = '{}'::regclass AND contype = 'f' AND confdeltype = 'c' AND target.relname NOT IN ('organizations', 'users')",
            table.name
        );
        let mut expected = BTreeSet::new();
        for row in rows(&superuser, &sql).await {
            let (by, under): (String, String) = (
                row.try_get("", "by").unwrap(),
                row.try_get("", "under").unwrap(),
            );
            // And with what hides that, by the column that both have for it.
            let above = tables.iter().find(|table| table.name == under).unwrap();
            expected.extend(
                above
                    .hangs
                    .iter()
                    .map(|(by, under)| ((*by).to_owned(), (*under).to_owned())),
            );
            if row.try_get("", "bin").unwrap() {
                expected.insert((by, under));
            }
        }
        let said: BTreeSet<(String, String)> = table
            .hangs
            .iter()
            .map(|(by, under)| ((*by).to_owned(), (*under).to_owned()))
            .collect();
        assert_eq!(said, expected, "{}", table.name);
        held += expected.len();
    }
    assert!(held > 15, "{held}");
}
