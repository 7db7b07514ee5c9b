//! Rows for the questions: what there is to be named, and what lies in the bin.

use std::collections::BTreeMap;

use sea_orm::DatabaseConnection;
use support::{column, execute, rows};
use uuid::Uuid;

use super::values::Rows;
use crate::graph::schema::Schema;
use crate::graph::tenancy::table_of;

/// The kinds of rows that have an id.
pub fn kinds(schema: &Schema) -> Vec<String> {
    let has_id = |kind: &str| {
        let mut fields = schema.get(kind).fields.iter();
        fields.any(|field| field.name == "id")
    };
    schema
        .0
        .keys()
        .filter(|kind| schema.is_node(kind) && has_id(kind))
        .cloned()
        .collect()
}

/// What the questions may name: rows of the caller's organization, in the bin and not, and of others.
pub async fn known_rows(superuser: &DatabaseConnection, schema: &Schema) -> Rows {
    let mut ids = BTreeMap::new();
    let mut times = Vec::new();
    for kind in kinds(schema) {
        let table = table_of(&kind);
        let own = match table.as_str() {
            "organizations" => "slug",
            // Everybody's, and so the caller's.
            "permissions" => "'northwind'",
            "roles" => {
                "coalesce((SELECT slug FROM organizations AS o WHERE o.id = organization_id), 'northwind')"
            }
            _ => "(SELECT slug FROM organizations AS o WHERE o.id = organization_id)",
        };
        let mut found: Vec<String> = Vec::new();
        for (which, number) in [("=", 24), ("<>", 3)] {
            let sql = format!(
                "SELECT id::text FROM {table} WHERE {own} {which} 'northwind' ORDER BY hashtext(id::text) LIMIT {number}"
            );
            found.extend(column::<String, _>(superuser, &sql).await);
        }
        times.extend(column::<String, _>(superuser, &format!("SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM {table} ORDER BY id LIMIT 5")).await);
        ids.insert(kind, found);
    }
    let texts = column(
        superuser,
        "SELECT DISTINCT tag FROM tags UNION SELECT name FROM projects UNION SELECT username FROM users ORDER BY 1 LIMIT 60",
    )
    .await;
    Rows { ids, times, texts }
}

/// A quarter of the rows of each kind lies in the bin.
pub async fn fill_the_bin(superuser: &DatabaseConnection, tables: &[String], callers: &[Uuid]) {
    let callers: Vec<_> = callers.iter().map(|id| format!("'{id}'")).collect();
    for table in tables {
        let has_bin = rows(superuser, &format!("SELECT FROM information_schema.columns WHERE table_name = '{table}' AND column_name = 'deleted_at'")).await;
        if !has_bin.is_empty() && table != "organizations" {
            let sql = format!(
                "UPDATE {table} SET deleted_at = now() WHERE abs(hashtext(id::text)::int8) % 4 = 0 AND id NOT IN ({})",
                callers.join(", ")
            );
            execute(superuser, &sql, []).await.unwrap();
        }
    }
}
