//! PRIMARY KEY and UNIQUE: a second row with the same key is refused, and the keys are those of the model.

use sea_orm::TransactionTrait;
use support::{Refusal, value};

use super::arena::{Arena, attempt, one_row, refused};
use super::assert_faultless;
use super::catalogue::{TABLES, columns, unique_keys};

/// Every key but the primary ones and those that only foreign keys lean on.
const KEYS: [(&str, &str); 23] = [
    (
        "assessment_results_criterion_key",
        "organization_id, assessment_id, criterion_id",
    ),
    (
        "cycles_cycle_name_key",
        "organization_id, project_id, cycle_name",
    ),
    (
        "cycles_cycle_number_key",
        "organization_id, project_id, cycle_number",
    ),
    (
        "document_chunks_chunk_index_key",
        "organization_id, document_id, chunk_index",
    ),
    (
        "document_permissions_grantee_key",
        "organization_id, document_id, user_id, role_id, permission_type",
    ),
    (
        "file_uploads_file_path_key",
        "organization_id, session_id, file_path",
    ),
    ("idempotency_keys_key_key", "organization_id, user_id, key"),
    ("organizations_name_key", "name"),
    ("organizations_slug_key", "slug"),
    ("permissions_name_key", "name"),
    ("photos_s3_key_key", "organization_id, s3_key"),
    ("projects_name_key", "organization_id, name"),
    ("refresh_tokens_token_hash_key", "token_hash"),
    ("roles_name_key", "organization_id, name"),
    (
        "tags_photo_tag_source_key",
        "organization_id, photo_id, tag, source",
    ),
    ("users_auth_provider_id_key", "auth_provider_id"),
    ("users_email_key", "lower(email)"),
    ("users_username_key", "username"),
    // The links: their primary key is what they link.
    (
        "project_members_pkey",
        "organization_id, project_id, user_id",
    ),
    ("role_permissions_pkey", "role_id, permission_id"),
    ("user_roles_pkey", "organization_id, user_id, role_id"),
    // One row an organization.
    ("quota_usages_pkey", "organization_id"),
    // What is counted has no other identity.
    ("sign_in_attempts_pkey", "subject"),
];

/// What rows may lack, and a key needs to be attacked.
const ARRANGED: [(&str, &str); 1] = [(
    "users_auth_provider_id_key",
    "UPDATE users SET auth_provider_id = 'google|1' WHERE ctid = (SELECT ctid FROM users LIMIT 1)",
)];

#[tokio::test]
async fn every_key_refuses_a_second_row_with_it() {
    let arena = Arena::open().await;
    let superuser = arena.connection();
    let columns = columns(superuser, false).await;
    let mut faults = Vec::new();
    let mut tried = 0;
    for key in unique_keys(superuser).await {
        let table = &key.table;
        let duel = arena.duel(table, &key.name).await;
        if let Some((_, arrangement)) = ARRANGED.iter().find(|(name, _)| *name == key.name) {
            duel.arrange(arrangement).await;
        }
        let filled: Vec<String> = key
            .columns
            .iter()
            .map(|part| format!("({part} IS NOT NULL OR {})", key.nulls_equal))
            .collect();
        let written: Vec<&str> = columns
            .iter()
            .filter(|column| column.table == *table && !column.generated)
            .map(|column| column.name.as_str())
            .collect();
        let (written, row) = (written.join(", "), one_row(table, &filled.join(" AND ")));
        let copy =
            format!("INSERT INTO {table} ({written}) SELECT {written} FROM {table} WHERE {row}");
        faults.extend(duel.refuses(&copy, "23505", &key.names).await);
        duel.end().await;
        tried += 1;
    }
    assert_faultless(&faults);
    let constraints: i64 = value(
        superuser,
        &format!("SELECT count(*) FROM pg_constraint JOIN {TABLES} tables ON tables.oid = conrelid WHERE contype IN ('p', 'u')"),
    )
    .await;
    println!("{tried} keys tried");
    // The address of a user is unique by an index, since a constraint takes no expression.
    assert_eq!(tried, constraints + 1);
}

#[tokio::test]
async fn what_is_unique_is_what_the_model_says() {
    let arena = Arena::open().await;
    let mut found: Vec<(String, String)> = unique_keys(arena.connection())
        .await
        .into_iter()
        .filter(|key| {
            let columns: Vec<&str> = key.columns.iter().map(String::as_str).collect();
            !matches!(
                columns[..],
                ["id"]
                    | ["organization_id", "id"]
                    | ["organization_id", _, "id"]
                    | ["organization_id", _, _, "id"]
                    | ["organization_id", "id", "occurred_at"]
            )
        })
        .map(|key| (key.name, key.columns.join(", ")))
        .collect();
    found.sort();
    let mut expected = KEYS.map(|(name, columns)| (name.to_owned(), columns.to_owned()));
    expected.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn an_address_is_one_account_whatever_its_case() {
    let arena = Arena::open().await;
    let transaction = arena.connection().begin().await.unwrap();
    let copied = "INSERT INTO users (organization_id, email, username)
        SELECT organization_id, upper(email), 'somebody-else' FROM users LIMIT 1";
    assert_eq!(
        refused(&transaction, copied).await,
        Refusal {
            code: "23505".to_owned(),
            constraint: "users_email_key".to_owned(),
        }
    );
}

#[tokio::test]
async fn two_organizations_may_use_the_same_names() {
    let arena = Arena::open().await;
    let transaction = arena.connection().begin().await.unwrap();
    for (same, table) in [
        (
            "INSERT INTO projects (organization_id, name) SELECT id, 'A name like any other' FROM organizations",
            "organizations",
        ),
        (
            "UPDATE photos SET s3_key = 'same' WHERE id IN (SELECT DISTINCT ON (organization_id) id FROM photos)",
            "(SELECT DISTINCT organization_id FROM photos) organizations",
        ),
    ] {
        let organizations: i64 =
            value(&transaction, &format!("SELECT count(*) FROM {table}")).await;
        let named = attempt(&transaction, same).await.unwrap();
        assert_eq!(named.cast_signed(), organizations, "{same}");
        assert!(organizations > 1);
    }
}
