//! What becomes of a row when its parent goes (or moves, see `constraints::moves`): the rule of every foreign key, as the model says it, as the catalogue
//! has it and as it really happens.

use std::collections::{BTreeMap, BTreeSet};

use entity::Scope;
use entity::catalogue::{Table, tables};
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::Value;
use support::{TestDatabase, column, execute, refusal, value};
use uuid::Uuid;

use crate::constraints::arena::populated;
use crate::constraints::catalogue::{ForeignKey, columns, foreign_keys};

const NOBODY: Uuid = Uuid::nil();

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnDelete<'a> {
    Cascade,
    /// The column that becomes null; the tenant never does.
    SetNull(&'a str),
    Restrict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnUpdate {
    /// The parent keeps its key.
    Stays,
    /// A parent may move to another project, and its children follow.
    Follows,
}

use OnDelete::{Cascade, Restrict, SetNull};
use OnUpdate::{Follows, Stays};

const RULES: [(&str, OnDelete<'_>, OnUpdate); 57] = [
    ("agent_configs_organization_fkey", Cascade, Stays),
    ("agent_configs_project_fkey", SetNull("project_id"), Stays),
    ("assessment_documents_assessment_fkey", Cascade, Follows),
    ("assessment_documents_bucket_fkey", Restrict, Stays),
    ("assessment_documents_organization_fkey", Cascade, Stays),
    ("assessment_results_assessment_fkey", Cascade, Follows),
    ("assessment_results_criterion_fkey", Restrict, Stays),
    ("assessment_results_organization_fkey", Cascade, Stays),
    ("assessments_created_by_fkey", SetNull("created_by"), Stays),
    ("assessments_organization_fkey", Cascade, Stays),
    ("assessments_project_fkey", SetNull("project_id"), Stays),
    ("assessments_workflow_fkey", Restrict, Stays),
    ("audit_logs_organization_fkey", Cascade, Stays),
    ("buckets_workflow_fkey", Cascade, Stays),
    ("conversations_agent_fkey", Restrict, Stays),
    ("conversations_organization_fkey", Cascade, Stays),
    ("conversations_project_fkey", Cascade, Stays),
    ("conversations_user_fkey", Cascade, Stays),
    ("criteria_workflow_fkey", Cascade, Stays),
    ("cycles_project_fkey", Cascade, Stays),
    (
        "detections_confirmed_by_fkey",
        SetNull("confirmed_by"),
        Stays,
    ),
    ("detections_photo_fkey", Cascade, Follows),
    ("document_chunks_document_fkey", Cascade, Follows),
    ("document_permissions_document_fkey", Cascade, Follows),
    ("document_permissions_role_fkey", Cascade, Stays),
    ("document_permissions_user_fkey", Cascade, Stays),
    ("documents_organization_fkey", Cascade, Stays),
    ("documents_project_fkey", SetNull("project_id"), Stays),
    ("documents_uploaded_by_fkey", SetNull("uploaded_by"), Stays),
    ("file_uploads_session_fkey", Cascade, Follows),
    ("idempotency_keys_user_fkey", Cascade, Stays),
    ("messages_conversation_fkey", Cascade, Follows),
    ("photos_organization_fkey", Cascade, Stays),
    ("photos_project_fkey", Cascade, Stays),
    ("photos_user_fkey", Restrict, Stays),
    (
        "processing_events_detection_fkey",
        SetNull("detection_id"),
        Stays,
    ),
    ("processing_events_photo_fkey", Cascade, Follows),
    ("project_members_project_fkey", Cascade, Stays),
    ("project_members_user_fkey", Cascade, Stays),
    ("projects_manager_fkey", SetNull("manager_id"), Stays),
    ("projects_organization_fkey", Cascade, Stays),
    ("quota_usages_organization_fkey", Cascade, Stays),
    ("query_logs_organization_fkey", Cascade, Stays),
    ("refresh_tokens_user_fkey", Cascade, Stays),
    ("role_permissions_permission_fkey", Cascade, Stays),
    ("role_permissions_role_fkey", Cascade, Stays),
    ("roles_organization_fkey", Cascade, Stays),
    ("sync_sessions_cycle_fkey", SetNull("cycle_id"), Follows),
    ("sync_sessions_project_fkey", Cascade, Stays),
    ("sync_sessions_user_fkey", SetNull("user_id"), Stays),
    ("tags_detection_fkey", Cascade, Stays),
    ("tags_photo_fkey", Cascade, Follows),
    ("user_roles_role_fkey", Cascade, Stays),
    ("user_roles_user_fkey", Cascade, Stays),
    ("users_organization_fkey", Cascade, Stays),
    ("workflows_created_by_fkey", SetNull("created_by"), Stays),
    ("workflows_organization_fkey", Cascade, Stays),
];

/// The rule of a foreign key in the catalogue.
fn found(key: &ForeignKey) -> (OnDelete<'_>, OnUpdate) {
    let on_delete = match (key.on_delete.as_str(), &key.nulled[..]) {
        ("c", []) => Cascade,
        ("r", []) => Restrict,
        ("n", [column]) => SetNull(column),
        other => panic!("{}: {other:?} is no rule of the model", key.name),
    };
    let on_update = match key.on_update.as_str() {
        "a" => Stays,
        "c" => Follows,
        other => panic!("{}: {other} is no rule of the model", key.name),
    };
    (on_delete, on_update)
}

#[tokio::test]
async fn every_foreign_key_has_the_rule_of_the_model() {
    let database = TestDatabase::migrated().await;
    let keys = foreign_keys(&database.superuser().await).await;
    let found: BTreeMap<&str, _> = keys
        .iter()
        .map(|key| (key.name.as_str(), found(key)))
        .collect();
    let expected: BTreeMap<&str, _> = RULES
        .into_iter()
        .map(|(name, on_delete, on_update)| (name, (on_delete, on_update)))
        .collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn every_delete_rule_does_what_it_says() {
    let database = populated().await;
    let superuser = database.superuser().await;
    let keys = foreign_keys(&superuser).await;
    let columns = columns(&superuser, false).await;
    for key in &keys {
        let (table, parent) = (&key.table, &key.parent);
        // What changes by itself: updated_at, and what is generated from other columns.
        let kept: String = columns
            .iter()
            .filter(|column| {
                column.table == *table && (column.generated || column.name == "updated_at")
            })
            .map(|column| format!(" - '{}'", column.name))
            .collect();
        let all = format!("SELECT (to_jsonb(whole){kept})::text FROM {table} whole");
        let transaction = superuser.begin().await.unwrap();
        // The others must not have a say: a user is also kept by their photos, or as the last admin.
        transaction
            .execute_unprepared("ALTER TABLE users DISABLE TRIGGER keep_an_admin_of_deleted")
            .await
            .unwrap();
        for other in keys.iter().filter(|other| other.name != key.name) {
            let drop = format!("ALTER TABLE {} DROP CONSTRAINT {}", other.table, other.name);
            transaction.execute_unprepared(&drop).await.unwrap();
        }
        let joined: Vec<String> = key
            .columns
            .iter()
            .zip(&key.parent_columns)
            .map(|(own, theirs)| format!("whole.{own} = parent.{theirs}"))
            .collect();
        let joined = joined.join(" AND ");
        let place: String = value(
            &transaction,
            &format!("SELECT parent.ctid::text FROM {parent} parent JOIN {table} whole ON {joined} LIMIT 1"),
        )
        .await;
        let before = snapshot(&transaction, &all).await;
        let children =
            format!("{all} JOIN {parent} parent ON {joined} WHERE parent.ctid = '{place}'");
        let children = snapshot(&transaction, &children).await;
        assert!(!children.is_empty());
        let delete = format!("DELETE FROM {parent} WHERE ctid = '{place}'");
        let savepoint = transaction.begin().await.unwrap();
        let deleted = execute(&savepoint, &delete, []).await;
        let mut expected: BTreeSet<String> = before.difference(&children).cloned().collect();
        let after = match found(key).0 {
            Cascade => {
                assert_eq!(deleted.unwrap(), 1);
                snapshot(&savepoint, &all).await
            }
            SetNull(reference) => {
                assert_eq!(deleted.unwrap(), 1);
                expected.extend(children.iter().map(|child| {
                    let mut child: Value = serde_json::from_str(child).unwrap();
                    child[reference] = Value::Null;
                    child.to_string()
                }));
                snapshot(&savepoint, &all).await
            }
            Restrict => {
                let refusal = refusal(&deleted.unwrap_err());
                // PostgreSQL 18 gives RESTRICT a code of its own.
                assert!(
                    ["23503", "23001"].contains(&refusal.code.as_str()),
                    "{refusal:?}"
                );
                assert_eq!(refusal.constraint, key.name);
                expected.clone_from(&before);
                savepoint.rollback().await.unwrap();
                snapshot(&transaction, &all).await
            }
        };
        assert!(
            after == expected,
            "{}: {after:#?} but {expected:#?} was expected",
            key.name
        );
        transaction.rollback().await.unwrap();
    }
    println!("{} delete rules tried", keys.len());
    assert_eq!(keys.len(), RULES.len());
}

/// Rows as JSON, in one way of writing it.
async fn snapshot<C: ConnectionTrait>(connection: &C, sql: &str) -> BTreeSet<String> {
    let rows: Vec<String> = column(connection, sql).await;
    rows.iter()
        .map(|row| serde_json::from_str::<Value>(row).unwrap().to_string())
        .collect()
}

#[tokio::test]
async fn an_organization_takes_every_row_of_it_along_and_none_of_another() {
    let database = populated().await;
    let superuser = database.superuser().await;
    let owner = database.owner().await;
    let tables: Vec<_> = tables().into_iter().filter(|table| !table.view).collect();
    let rows = async |table: &Table, sign: &str, organization: Uuid| {
        let condition = match table.scope {
            Scope::Own(tenant) => format!("{tenant} {sign} '{organization}'"),
            // What all share stays as it is.
            Scope::OwnOrShared(tenant) => {
                format!("coalesce({tenant}, '{NOBODY}') {sign} '{organization}'")
            }
            Scope::Shared => format!("'{sign}' = '<>'"),
        };
        let sql = format!(
            "SELECT to_jsonb(whole)::text FROM {} whole WHERE {condition}",
            table.name
        );
        snapshot(&superuser, &sql).await
    };
    let organizations: Vec<Uuid> = column(&superuser, "SELECT id FROM organizations").await;
    assert!(organizations.len() > 1);
    let mut emptied = BTreeSet::new();
    for organization in organizations {
        let mut others = Vec::new();
        for table in &tables {
            others.push(rows(table, "<>", organization).await);
            if !rows(table, "=", organization).await.is_empty() {
                emptied.insert(table.name);
            }
        }
        let delete = format!("DELETE FROM organizations WHERE id = '{organization}'");
        assert_eq!(execute(&owner, &delete, []).await.unwrap(), 1);
        for (table, others) in tables.iter().zip(others) {
            let name = table.name;
            assert_eq!(
                rows(table, "=", organization).await,
                BTreeSet::new(),
                "{name}"
            );
            assert!(
                rows(table, "<>", organization).await == others,
                "{name} of the others"
            );
        }
    }
    let tenanted = tables.iter().filter(|table| table.scope != Scope::Shared);
    let tenanted: BTreeSet<_> = tenanted.map(|table| table.name).collect();
    assert_eq!(emptied, tenanted, "there were rows in every table");
}
