//! Every foreign key between two kinds of rows that the graph shows is a field in both directions: from the row to what it refers
//! to, by the column's name, and back as a list. Driven from the database, so that no relation of the data model is left out.

use support::rows;

use super::bench::Bench;
use super::schema::Schema;

/// What the graph calls the rows of a table.
fn object(table: &str) -> String {
    match table {
        "agent_configs" => "Agent".to_owned(),
        "criteria" => "Criterion".to_owned(),
        _ => {
            let name = camel(table.strip_suffix('s').unwrap_or(table));
            name[..1].to_uppercase() + &name[1..]
        }
    }
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        name + &word[..1].to_uppercase() + &word[1..]
    })
}

/// The column that refers to the identity of the other row; what the keys have in common beside it is the tenant.
const FOREIGN_KEYS: &str =
    "SELECT DISTINCT child.relname::text AS child, attribute.attname::text AS referring, parent.relname::text AS parent
     FROM pg_constraint key
     JOIN pg_class child ON child.oid = key.conrelid JOIN pg_class parent ON parent.oid = key.confrelid
     CROSS JOIN unnest(key.conkey, key.confkey) AS pair (referring, identity)
     JOIN pg_attribute attribute ON attribute.attrelid = child.oid AND attribute.attnum = pair.referring
     JOIN pg_attribute identity ON identity.attrelid = parent.oid AND identity.attnum = pair.identity
     WHERE key.contype = 'f' AND key.connamespace = 'public'::regnamespace AND NOT child.relispartition AND identity.attname = 'id'
     ORDER BY 1, 2, 3";

#[tokio::test]
async fn every_foreign_key_is_a_field_in_both_directions() {
    let bench = Bench::northwind().await;
    let schema = Schema::of(&bench).await;
    let leads = |from: &str, to: &str| -> Vec<String> {
        schema
            .get(from)
            .fields
            .iter()
            .filter(|field| schema.leads_to(field) == Some(to))
            .map(|field| field.name.clone())
            .collect()
    };
    let mut missing = Vec::new();
    let mut checked = 0;
    for key in rows(&bench.superuser, FOREIGN_KEYS).await {
        let text = |column: &str| key.try_get::<String>("", column).unwrap();
        let (child, referring, parent) = (text("child"), text("referring"), text("parent"));
        let (child, parent) = (object(&child), object(&parent));
        // Whose a row is, is said by the token: there is one organization to be seen.
        if parent == "Organization"
            || ![&child, &parent]
                .iter()
                .all(|name| schema.0.contains_key(*name))
        {
            continue;
        }
        checked += 1;
        let forth = camel(referring.strip_suffix("_id").unwrap_or(&referring));
        if !leads(&child, &parent).contains(&forth) {
            missing.push(format!("{child}.{forth}: {parent}"));
        }
        if leads(&parent, &child).is_empty() {
            missing.push(format!("{parent}.…: {child}Connection, by {referring}"));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(checked >= 35, "only {checked} keys were found");
}
