//! Every list and every relation of the graph reads by an index in the order it is shown: nothing is scanned, nothing sorted.

mod lists;

use std::collections::{BTreeMap, BTreeSet};

use fieldgraph::database::{DatabaseRole, GatewayPools};
use sea_orm::ConnectionTrait;
use serde_json::Value;
use support::{Caller, TestDatabase, column, rows, value};
use uuid::Uuid;

use crate::constraints::arena::populated;
use lists::{ID, LINES, Line, ORG};

/// The demo is small: any index would do for it. To the planner, every table has a million rows that nobody has looked at.
const LARGE: &str = "
  UPDATE pg_class SET reltuples = 1000000, relpages = pg_relation_size(oid) / 8192
  WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0;
  DELETE FROM pg_statistic WHERE starelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace);";

/// Of these a member sees the own rows alone: the policy names the user, which without statistics is as good as any other key.
const PRIVATE: [&str; 3] = ["idempotency_keys", "conversations", "messages"];
const OWN: &[&str] = &[ORG, "user_id"];

/// Whatever can be read in order by an index is then read so.
const NO_OTHER_WAY: &str = "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off";

/// The demo, and the gateway that asks for plans.
struct Planner {
    database: TestDatabase,
    pools: GatewayPools,
    organization: Uuid,
    user: Uuid,
    /// The columns of every index, in its order.
    indexes: BTreeMap<String, Vec<String>>,
}

impl Planner {
    async fn new() -> Self {
        // Of an empty table any index is as good as another.
        let database = populated().await;
        let superuser = database.superuser().await;
        let organization = value(
            &superuser,
            "SELECT id FROM organizations WHERE slug = 'northwind'",
        )
        .await;
        let user = value(
            &superuser,
            "SELECT user_id FROM project_members JOIN organizations ON organizations.id = organization_id
             WHERE slug = 'northwind' ORDER BY user_id LIMIT 1",
        )
        .await;
        superuser.execute_unprepared(LARGE).await.unwrap();
        let indexes = rows(
            &superuser,
            "SELECT indexrelid::regclass::text,
               ARRAY(SELECT replace(pg_get_indexdef(indexrelid, key, true), '\"', '') FROM generate_series(1, indnkeyatts) AS key)
             FROM pg_index JOIN pg_class ON pg_class.oid = indrelid WHERE relnamespace = 'public'::regnamespace",
        )
        .await
        .iter()
        .map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap()))
        .collect();
        Self {
            pools: database.gateway(),
            database,
            organization,
            user,
            indexes,
        }
    }

    /// The nodes of a statement's plan, as the gateway gets it with its policies.
    async fn nodes(&self, role: DatabaseRole, settings: &str, statement: &str) -> Vec<Value> {
        let caller = Caller {
            role,
            organization: Some(self.organization),
            user: Some(self.user),
        };
        let transaction = self.database.transaction(&self.pools, caller).await;
        transaction.execute_unprepared(settings).await.unwrap();
        let plan: Value = value(&transaction, &format!("EXPLAIN (FORMAT JSON) {statement}")).await;
        let mut nodes = Vec::new();
        collect(&plan[0]["Plan"], &mut nodes);
        nodes
    }

    /// What is wrong with the plan of a statement, for an admin and for a member: a table must be read by an index that
    /// begins with these keys, and goes on `from` where the page before ended.
    async fn faults(
        &self,
        table: &str,
        statement: &str,
        keys: &[&str],
        from: Option<&str>,
    ) -> Vec<String> {
        let mut faults = Vec::new();
        for role in [DatabaseRole::Admin, DatabaseRole::Member] {
            // A member can read neither the audit trail nor the tokens.
            if !crate::privileges::rights(table, role).select.any() {
                continue;
            }
            let nodes = self.nodes(role, NO_OTHER_WAY, statement).await;
            let forbidden = nodes.iter().map(kind).find(|kind| {
                matches!(
                    *kind,
                    "Seq Scan" | "Sort" | "Incremental Sort" | "BitmapAnd"
                )
            });
            let fault = match forbidden {
                Some(kind) => Some(kind.to_owned()),
                None => self.fault_of_scans(&nodes, table, keys, from).filter(|_| {
                    role == DatabaseRole::Admin
                        || !PRIVATE.contains(&table)
                        || self.fault_of_scans(&nodes, table, OWN, from).is_some()
                }),
            };
            faults.extend(fault.map(|fault| format!("{fault}, as {}: {statement}", role.name())));
        }
        faults
    }

    fn fault_of_scans(
        &self,
        nodes: &[Value],
        table: &str,
        keys: &[&str],
        from: Option<&str>,
    ) -> Option<String> {
        let scans: Vec<_> = nodes
            .iter()
            .filter(|node| {
                let relation = text(node, "Relation Name");
                // A partition is read by its part of the table's index.
                relation == table
                    || relation.starts_with(&format!("{table}_20"))
                    || relation == format!("{table}_default")
            })
            .collect();
        if scans.is_empty() {
            return Some(format!("{table} is not read"));
        }
        scans.into_iter().find_map(|scan| {
            let index = text(scan, "Index Name");
            let condition = text(scan, "Index Cond").replace('"', "");
            if !matches!(kind(scan), "Index Scan" | "Index Only Scan") {
                return Some(kind(scan).to_owned());
            }
            // The policy of membership adds the project, which may stand between.
            let first: BTreeSet<_> = self.indexes[index]
                .iter()
                .map(String::as_str)
                .filter(|column| {
                    keys.contains(column) || !matches!(*column, "project_id" | "audience_id")
                })
                .take(keys.len())
                .collect();
            if first != keys.iter().copied().collect() {
                return Some(format!("{index} begins with {first:?}, not with {keys:?}"));
            }
            keys.iter()
                .copied()
                .chain(from)
                .find(|wanted| !has_word(&condition, wanted))
                .map(|missing| format!("{index} is not searched by {missing}, but {condition}"))
        })
    }
}

fn text<'a>(node: &'a Value, property: &str) -> &'a str {
    node[property].as_str().unwrap_or_default()
}

fn kind(node: &Value) -> &str {
    text(node, "Node Type")
}

/// Whether a text has these words, and not as a part of others: `role_id` has no `id`.
fn has_word(text: &str, wanted: &str) -> bool {
    let word = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(wanted)
        .any(|(at, _)| !text[..at].ends_with(word) && !text[at + wanted.len()..].starts_with(word))
}

/// What is wrong with the plans of lists: how often, and the first of each.
async fn faults_of(planner: &Planner, lines: &[Line]) -> Vec<String> {
    let (mut wrong, mut statements) = (Vec::new(), 0);
    for line in lines {
        let mut faults = Vec::new();
        for (statement, from) in line.statements() {
            statements += 1;
            faults.extend(
                planner
                    .faults(line.table, &statement, line.keys, from.as_deref())
                    .await,
            );
        }
        if let Some(first) = faults.first() {
            wrong.push(format!("{} ({} times): {first}", line.what, faults.len()));
        }
    }
    println!("plans: {statements} statements of {} lists", lines.len());
    wrong
}

/// A node and all beneath it.
fn collect(node: &Value, nodes: &mut Vec<Value>) {
    nodes.push(node.clone());
    for child in node["Plans"].as_array().into_iter().flatten() {
        collect(child, nodes);
    }
}

#[tokio::test]
async fn every_list_and_every_relation_is_read_by_an_index_in_its_order() {
    let planner = Planner::new().await;
    let faults = faults_of(&planner, LINES).await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn every_tenant_table_is_in_some_list() {
    let planner = Planner::new().await;
    let superuser = planner.database.superuser().await;
    let tables: BTreeSet<String> = column(
        &superuser,
        "SELECT relname::text FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
           AND (relname = 'organizations' OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'organization_id'))",
    )
    .await
    .into_iter()
    .collect();
    let listed = LINES.iter().map(|line| line.table.to_owned()).collect();
    assert_eq!(
        tables, listed,
        "the tables (left), and those with a line here (right)"
    );
}

#[tokio::test]
async fn any_row_is_found_by_its_id() {
    let planner = Planner::new().await;
    let superuser = planner.database.superuser().await;
    let tables: Vec<String> = column(
        &superuser,
        "SELECT relname::text FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'id'
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition",
    )
    .await;
    for table in tables {
        let statement =
            format!("SELECT created_at FROM {table} WHERE id = ANY (ARRAY[{ID}, {ID}]::uuid[])");
        let keys: &[&str] = match table.as_str() {
            "organizations" | "roles" | "permissions" => &["id"],
            // Its policy names the user, which without statistics is as good as the id.
            "idempotency_keys" => &[ORG, "user_id"],
            _ => &[ORG, "id"],
        };
        let faults = planner.faults(&table, &statement, keys, None).await;
        assert_eq!(faults, Vec::<String>::new());
    }
}

#[tokio::test]
async fn labels_and_summaries_are_read_by_indexes() {
    let planner = Planner::new().await;
    let labels = "SELECT tag, count(*) FROM tags GROUP BY tag ORDER BY tag LIMIT 21";
    let more_labels =
        "SELECT tag, count(*) FROM tags WHERE tag > 'hail' GROUP BY tag ORDER BY tag LIMIT 21";
    let projects =
        "SELECT * FROM project_summaries ORDER BY created_at DESC, project_id DESC LIMIT 21";
    let cycles = format!(
        "SELECT * FROM cycle_summaries WHERE project_id = {ID} ORDER BY cycle_number DESC LIMIT 21"
    );
    let newest = "SELECT * FROM cycle_summaries ORDER BY created_at DESC, cycle_id DESC LIMIT 21";
    let numbered = "SELECT * FROM cycle_summaries ORDER BY cycle_number, cycle_id LIMIT 21";
    for (statement, table, keys) in [
        (labels, "tags", [ORG].as_slice()),
        (more_labels, "tags", &[ORG, "tag"]),
        (projects, "projects", &[ORG]),
        (projects, "cycles", &[ORG, "project_id"]),
        (projects, "sync_sessions", &[ORG, "project_id"]),
        (&cycles, "cycles", &[ORG, "project_id"]),
        (&cycles, "sync_sessions", &[ORG, "cycle_id"]),
        (newest, "cycles", &[ORG]),
        (newest, "sync_sessions", &[ORG, "cycle_id"]),
        (numbered, "cycles", &[ORG]),
    ] {
        let faults = planner.faults(table, statement, keys, None).await;
        assert_eq!(faults, Vec::<String>::new());
    }
}

/// Under row-level security only a leakproof operator may be asked of rows that are not known to be the caller's yet, and an
/// index asks all of them: `@@`, `@>` and `lower` are not leakproof. These indexes are for functions that stand outside of the
/// walls and name the organization themselves, so that is where the plans are looked at.
#[tokio::test]
async fn what_is_searched_is_found_by_its_index_outside_of_the_walls() {
    let planner = Planner::new().await;
    let superuser = planner.database.superuser().await;
    for (index, statement) in [
        (
            "photos_exif_data_index",
            r#"SELECT id FROM photos WHERE exif_data @> '{"Make": "Apple"}'"#,
        ),
        (
            "documents_search_index",
            "SELECT id FROM documents WHERE search_vector @@ websearch_to_tsquery('english', 'roof')",
        ),
        (
            "document_chunks_search_index",
            "SELECT id FROM document_chunks WHERE search_vector @@ websearch_to_tsquery('english', 'roof')",
        ),
        (
            "users_email_key",
            "SELECT id FROM users WHERE lower(email) = 'ada@northwind.example'",
        ),
    ] {
        let plan: Vec<String> =
            column(&superuser, &format!("EXPLAIN (COSTS OFF) {statement}")).await;
        assert!(plan.iter().any(|line| line.contains(index)), "{plan:#?}");
    }
}
