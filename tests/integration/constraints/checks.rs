//! CHECK: each is attacked with what it must refuse and tried with what it must let pass, both ends of every range included.

use support::{TestDatabase, value};

use super::arena::{Arena, one_row};
use super::assert_faultless;
use super::catalogue::{Constraint, TABLES, columns, constraints};

/// The texts, numbers and JSON that may be anything; all others have a CHECK of their own.
const FREE: [&str; 32] = [
    "agent_configs.description",
    "assessment_documents.mime_type",
    "assessment_results.ai_response_raw",
    "assessment_results.evidence_section",
    "assessment_results.evidence_text",
    "assessment_results.reasoning",
    "assessments.error_message",
    "audit_logs.request_id",
    "buckets.description",
    "criteria.description",
    "cycles.description",
    "detections.user_feedback",
    "document_chunks.end_char",
    "document_chunks.language",
    "documents.content",
    "documents.embedding_model",
    "messages.content",
    "organizations.contact_email",
    "organizations.description",
    "organizations.phone",
    "organizations.website",
    "permissions.description",
    "photos.mime_type",
    "projects.aws_region",
    "projects.bucket_name",
    "projects.description",
    "query_logs.answer",
    "query_logs.refusal_reason",
    "roles.description",
    "users.auth_provider_id",
    "users.password_hash",
    "workflows.description",
];

/// The rules over more than one column.
const OVER_SEVERAL: [&str; 9] = [
    "assessments_completed_after_started",
    "cycles_completed_after_started",
    "document_chunks_end_after_start",
    "document_permissions_one_grantee",
    "file_uploads_duplicate_is_skipped",
    "photos_stored_has_uploaded_at",
    "sync_sessions_completed_after_started",
    "tags_user_has_no_confidence",
    "tags_user_has_no_detection",
];

#[tokio::test]
async fn every_column_has_its_check_but_those_that_may_be_anything() {
    let database = TestDatabase::migrated().await;
    let superuser = database.superuser().await;
    let checks = constraints(&superuser, 'c').await;
    let mut several: Vec<&str> = Vec::new();
    let mut checked = Vec::new();
    for check in &checks {
        match &check.columns[..] {
            [column] => checked.push(format!("{}.{column}", check.table)),
            _ => several.push(&check.name),
        }
    }
    assert_eq!(several, OVER_SEVERAL);
    let kinds = ["text", "integer", "bigint", "double precision", "jsonb"];
    let free: Vec<String> = columns(&superuser, false)
        .await
        .into_iter()
        .filter(|column| kinds.contains(&column.kind.as_str()))
        .map(|column| format!("{}.{}", column.table, column.name))
        .filter(|column| !checked.contains(column))
        .collect();
    assert_eq!(free, FREE);
}

/// What is set in a row: each of `refused` by itself, each of `allowed` by itself.
struct Attack {
    refused: Vec<String>,
    allowed: Vec<String>,
}

#[tokio::test]
async fn every_check_refuses_what_it_names_and_nothing_else() {
    let arena = Arena::open().await;
    let superuser = arena.connection();
    let mut faults = Vec::new();
    let (mut tried, mut refusals, mut passes) = (0, 0, 0);
    for check in constraints(superuser, 'c').await {
        let Some(attack) = known(&check).or_else(|| derived(&check)) else {
            faults.push(format!("{}: no attack is known, add one", check.name));
            continue;
        };
        let (table, row) = (&check.table, one_row(&check.table, "true"));
        let duel = arena.duel(table, &check.name).await;
        let names = std::slice::from_ref(&check.name);
        for set in &attack.refused {
            let sql = format!("UPDATE {table} SET {set} WHERE {row}");
            faults.extend(duel.refuses(&sql, "23514", names).await);
        }
        for set in &attack.allowed {
            let sql = format!("UPDATE {table} SET {set} WHERE {row}");
            faults.extend(duel.allows(&sql).await);
        }
        duel.end().await;
        assert!(!attack.refused.is_empty());
        tried += 1;
        refusals += attack.refused.len();
        passes += attack.allowed.len();
    }
    assert_faultless(&faults);
    let found: i64 = value(
        superuser,
        &format!("SELECT count(*) FROM pg_constraint JOIN {TABLES} tables ON tables.oid = conrelid WHERE contype = 'c'"),
    )
    .await;
    println!(
        "{tried} checks tried: {refusals} violations, {passes} values at the edge that are right"
    );
    assert_eq!(tried, found);
}

/// The attack that follows from how a check's name ends. What comes before the ending is its table and its only column.
fn derived(check: &Constraint) -> Option<Attack> {
    let [column] = &check.columns[..] else {
        return None;
    };
    let ending = check
        .name
        .strip_prefix(&format!("{}_{column}_", check.table))?;
    let (refused, allowed) = match ending {
        "known" => (
            own(&["'nonsense'", "''", "upper($column)"]),
            own(&["$column"]),
        ),
        "positive" => (own(&["0", "-1"]), own(&["1"])),
        "not_negative" => (own(&["-1"]), own(&["0"])),
        "object" => (own(&["'[]'", "'\"{}\"'", "'1'", "'null'"]), own(&["'{}'"])),
        "array" => (own(&["'{}'", "'\"[]\"'", "'1'", "'null'"]), own(&["'[]'"])),
        "range" => {
            let (lowest, highest) = bounds(&check.definition);
            let (lowest, highest) = (lowest?, highest?);
            let below = (lowest - 0.01).to_string();
            let above = (highest + 0.01).to_string();
            let inside = [lowest, (lowest + highest) / 2.0, highest];
            (
                own(&[&below, &above, "'NaN'", "'Infinity'", "'-Infinity'"]),
                inside.iter().map(f64::to_string).collect(),
            )
        }
        "length" => {
            let (shortest, longest) = bounds(&check.definition);
            let shortest = shortest?;
            // Characters, not bytes: the letter takes two.
            let text = |length: f64| format!("repeat('ä', {length})");
            let mut refused = vec![text(shortest - 1.0)];
            refused.extend(longest.map(|longest| text(longest + 1.0)));
            (
                refused,
                vec![text(shortest), text(longest.unwrap_or(5000.0))],
            )
        }
        _ => return None,
    };
    let set = |value: String| format!("{column} = {}", value.replace("$column", column));
    Some(Attack {
        refused: refused.into_iter().map(set).collect(),
        allowed: allowed.into_iter().map(set).collect(),
    })
}

/// The numbers after `>=` and `<=` in a definition.
fn bounds(definition: &str) -> (Option<f64>, Option<f64>) {
    let after = |sign: &str| {
        let (_, rest) = definition.split_once(sign)?;
        rest.trim_start_matches([' ', '('])
            .split(|character: char| !character.is_ascii_digit())
            .next()?
            .parse()
            .ok()
    };
    (after(">="), after("<="))
}

/// The attacks that no name tells: formats, and rules over more than one column.
fn known(check: &Constraint) -> Option<Attack> {
    let hex = |digits: usize| format!("checksum = repeat('a', {digits})");
    let embedding = |numbers: usize| format!("embedding = array_fill(0.5::real, ARRAY[{numbers}])");
    let later = "started_at = '2026-01-02', completed_at =";
    let (refused, allowed) = match check.name.as_str() {
        "agent_configs_tools_names" => (
            own(&[
                "tools = '{}'",
                "tools = '\"search\"'",
                "tools = '[1]'",
                "tools = '[\"search\", null]'",
                "tools = '[[\"search\"]]'",
            ]),
            own(&["tools = '[]'", "tools = '[\"search\", \"mail\"]'"]),
        ),
        "assessments_completed_after_started"
        | "cycles_completed_after_started"
        | "sync_sessions_completed_after_started" => (
            vec![format!("{later} '2026-01-01 23:59:59.999999'")],
            vec![format!("{later} '2026-01-02'"), format!("{later} NULL")],
        ),
        "document_chunks_embedding_dimensions" => (
            vec![
                embedding(383),
                embedding(385),
                "embedding = '{}'".to_owned(),
                "embedding = array_fill(0.5::real, ARRAY[2, 192])".to_owned(),
                "embedding = array_append(array_fill(0.5::real, ARRAY[383]), NULL)".to_owned(),
            ],
            vec![embedding(384), "embedding = NULL".to_owned()],
        ),
        "document_chunks_end_after_start" => (
            own(&[
                "start_char = 5, end_char = 5",
                "start_char = 5, end_char = 4",
            ]),
            own(&["start_char = 5, end_char = 6"]),
        ),
        "document_permissions_one_grantee" => (
            own(&[
                "user_id = NULL, role_id = NULL",
                "user_id = gen_random_uuid(), role_id = gen_random_uuid()",
            ]),
            own(&[
                "user_id = NULL, role_id = gen_random_uuid()",
                "user_id = gen_random_uuid(), role_id = NULL",
            ]),
        ),
        "file_uploads_checksum_format" => (
            vec![
                hex(31),
                hex(65),
                "checksum = repeat('A', 32)".to_owned(),
                "checksum = repeat('g', 32)".to_owned(),
            ],
            vec![hex(32), hex(64)],
        ),
        "file_uploads_duplicate_is_skipped" => (
            own(&[
                "is_duplicate = true, status = 'completed'",
                "is_duplicate = true, status = 'pending'",
            ]),
            own(&[
                "is_duplicate = true, status = 'skipped'",
                "is_duplicate = false, status = 'completed'",
            ]),
        ),
        "idempotency_keys_request_hash_format" => (
            own(&[
                "request_hash = ''",
                "request_hash = repeat('a', 63)",
                "request_hash = repeat('a', 65)",
                "request_hash = repeat('A', 64)",
                "request_hash = repeat('g', 64)",
            ]),
            own(&["request_hash = repeat('0f', 32)"]),
        ),
        "sign_in_attempts_subject_format" => (
            own(&[
                "subject = ''",
                "subject = repeat('a', 63)",
                "subject = repeat('a', 65)",
                "subject = repeat('A', 64)",
                "subject = 'admin@northwind.example'",
            ]),
            own(&["subject = repeat('0f', 32)"]),
        ),
        "refresh_tokens_used_from_format" => (
            own(&[
                "used_from = ''",
                "used_from = repeat('a', 63)",
                "used_from = repeat('A', 64)",
                "used_from = '127.0.0.1'",
            ]),
            own(&["used_from = repeat('0f', 32)"]),
        ),
        "organizations_slug_format" => (
            own(&[
                "slug = ''",
                "slug = 'Northwind'",
                "slug = 'north wind'",
                "slug = '-north'",
                "slug = 'north-'",
                "slug = 'north--wind'",
                "slug = E'north\\n'",
                "slug = repeat('a', 51)",
            ]),
            own(&[
                "slug = 'n'",
                "slug = 'north-wind-2'",
                "slug = repeat('a', 50)",
            ]),
        ),
        "permissions_name_format" => (
            own(&[
                "name = 'photos'",
                "name = 'Photos:read'",
                "name = 'photos:read:all'",
                "name = ':read'",
                "name = repeat('a', 95) || ':write'",
            ]),
            own(&[
                "name = 'photos:publish'",
                "name = repeat('a', 94) || ':write'",
            ]),
        ),
        "photos_stored_has_uploaded_at" => (
            own(&["status = 'stored', uploaded_at = NULL"]),
            own(&[
                "status = 'stored', uploaded_at = now()",
                "status = 'pending', uploaded_at = NULL",
            ]),
        ),
        "tags_user_has_no_confidence" => (
            own(&[
                "source = 'user', confidence = 0.5",
                "source = 'user', confidence = 0",
            ]),
            own(&[
                "source = 'user', confidence = NULL",
                "source = 'ai', confidence = 0.5",
            ]),
        ),
        "tags_user_has_no_detection" => (
            own(&["source = 'user', detection_id = gen_random_uuid()"]),
            own(&[
                "source = 'user', detection_id = NULL",
                "source = 'ai', detection_id = NULL",
            ]),
        ),
        "users_email_format" => (
            own(&[
                "email = 'rubbish'",
                "email = '@example.com'",
                "email = 'mia@'",
                "email = 'mia @example.com'",
                "email = 'mia@b@example.com'",
                "email = repeat('a', 244) || '@example.com'",
            ]),
            own(&[
                "email = 'm@example'",
                "email = repeat('a', 243) || '@example.com'",
            ]),
        ),
        _ => return None,
    };
    Some(Attack { refused, allowed })
}

fn own(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}
