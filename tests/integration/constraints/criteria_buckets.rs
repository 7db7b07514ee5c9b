//! `criteria.applies_to_bucket_ids`: an array that is kept as foreign keys would keep it.

use sea_orm::{ConnectionTrait, DatabaseTransaction, TransactionTrait};
use support::{Refusal, TestDatabase, value};
use uuid::Uuid;

use super::arena::{attempt, refused};

/// A workflow of its own: two buckets, and a criterion that names the first.
struct Workflow {
    organization: Uuid,
    id: Uuid,
    named: Uuid,
    unnamed: Uuid,
    criterion: Uuid,
}

impl Workflow {
    /// In the organization that is first in some order, or last.
    async fn make(transaction: &DatabaseTransaction, order: &str) -> Self {
        let organization: Uuid = value(
            transaction,
            &format!("SELECT id FROM organizations ORDER BY id {order} LIMIT 1"),
        )
        .await;
        work_for(transaction, organization).await;
        let make = async |table: &str, columns: &str, values: &str| -> Uuid {
            value(
                transaction,
                &format!("INSERT INTO {table} (organization_id, name{columns}) VALUES ('{organization}', 'made'{values}) RETURNING id"),
            )
            .await
        };
        let id = make("workflows", "", "").await;
        let under = format!(", '{id}'");
        let named = make("buckets", ", workflow_id", &under).await;
        Self {
            organization,
            id,
            named,
            unnamed: make("buckets", ", workflow_id", &under).await,
            criterion: make(
                "criteria",
                ", workflow_id, applies_to_bucket_ids",
                &format!("{under}, ARRAY['{named}'::uuid]"),
            )
            .await,
        }
    }
}

/// Sets the tenant, as the gateway does.
async fn work_for(transaction: &DatabaseTransaction, organization: Uuid) {
    let set = format!("SET LOCAL app.organization_id = '{organization}'");
    transaction.execute_unprepared(&set).await.unwrap();
}

fn refused_by_the_array() -> Refusal {
    Refusal {
        code: "23503".to_owned(),
        constraint: "criteria_applies_to_bucket_ids_fkey".to_owned(),
    }
}

#[tokio::test]
async fn a_criterion_names_only_buckets_of_its_own_workflow() {
    let database = TestDatabase::demo().await;
    let superuser = database.superuser().await;
    let transaction = superuser.begin().await.unwrap();
    let own = Workflow::make(&transaction, "ASC").await;
    let sibling = Workflow::make(&transaction, "ASC").await;
    let stranger = Workflow::make(&transaction, "DESC").await;
    work_for(&transaction, own.organization).await;
    assert_eq!(own.organization, sibling.organization);
    assert_ne!(own.organization, stranger.organization);

    let write = |buckets: &str| {
        let (organization, workflow, criterion) = (own.organization, own.id, own.criterion);
        [
            format!(
                "UPDATE criteria SET applies_to_bucket_ids = {buckets} WHERE id = '{criterion}'"
            ),
            format!(
                "INSERT INTO criteria (organization_id, workflow_id, name, applies_to_bucket_ids)
                 VALUES ('{organization}', '{workflow}', 'another', {buckets})"
            ),
        ]
    };
    let Workflow { named, unnamed, .. } = own;
    for strange in [
        format!("ARRAY['{}'::uuid]", sibling.named),
        format!("ARRAY['{}'::uuid]", stranger.named),
        "ARRAY[gen_random_uuid()]".to_owned(),
        "ARRAY[NULL::uuid]".to_owned(),
        // One that is right does not help one that is not.
        format!("ARRAY['{named}'::uuid, '{}'::uuid]", sibling.named),
        format!("ARRAY['{named}'::uuid, NULL]"),
        format!("ARRAY[['{named}'::uuid], ['{}'::uuid]]", sibling.named),
    ] {
        for sql in write(&strange) {
            assert_eq!(
                refused(&transaction, &sql).await,
                refused_by_the_array(),
                "{sql}"
            );
        }
    }
    for right in [
        "ARRAY[]::uuid[]".to_owned(),
        format!("ARRAY['{unnamed}'::uuid]"),
        format!("ARRAY['{unnamed}'::uuid, '{named}'::uuid]"),
    ] {
        for sql in write(&right) {
            assert_eq!(attempt(&transaction, &sql).await.unwrap(), 1, "{sql}");
        }
    }
}

#[tokio::test]
async fn a_criterion_cannot_leave_its_buckets_behind() {
    let database = TestDatabase::demo().await;
    let superuser = database.superuser().await;
    let transaction = superuser.begin().await.unwrap();
    let own = Workflow::make(&transaction, "ASC").await;
    let sibling = Workflow::make(&transaction, "ASC").await;
    let stranger = Workflow::make(&transaction, "DESC").await;
    work_for(&transaction, own.organization).await;
    for (organization, workflow) in [
        (sibling.organization, sibling.id),
        (stranger.organization, stranger.id),
    ] {
        let leave = format!(
            "UPDATE criteria SET organization_id = '{organization}', workflow_id = '{workflow}' WHERE id = '{}'",
            own.criterion
        );
        assert_eq!(
            refused(&transaction, &leave).await,
            refused_by_the_array(),
            "{leave}"
        );
    }
    let leave_free = format!(
        "UPDATE criteria SET workflow_id = '{}', applies_to_bucket_ids = '{{}}' WHERE id = '{}'",
        sibling.id, own.criterion
    );
    assert_eq!(attempt(&transaction, &leave_free).await.unwrap(), 1);
}

#[tokio::test]
async fn a_bucket_that_a_criterion_names_cannot_go() {
    let database = TestDatabase::demo().await;
    let superuser = database.superuser().await;
    let transaction = superuser.begin().await.unwrap();
    let own = Workflow::make(&transaction, "ASC").await;
    let sibling = Workflow::make(&transaction, "ASC").await;
    let stranger = Workflow::make(&transaction, "DESC").await;
    work_for(&transaction, own.organization).await;
    let goings = |bucket: Uuid| {
        [
            format!("DELETE FROM buckets WHERE id = '{bucket}'"),
            format!(
                "UPDATE buckets SET workflow_id = '{}' WHERE id = '{bucket}'",
                sibling.id
            ),
            format!("UPDATE buckets SET id = gen_random_uuid() WHERE id = '{bucket}'"),
            format!(
                "UPDATE buckets SET organization_id = '{}', workflow_id = '{}' WHERE id = '{bucket}'",
                stranger.organization, stranger.id
            ),
        ]
    };
    for going in goings(own.named) {
        assert_eq!(
            refused(&transaction, &going).await,
            refused_by_the_array(),
            "{going}"
        );
    }
    for going in goings(own.unnamed) {
        assert_eq!(attempt(&transaction, &going).await.unwrap(), 1, "{going}");
    }
    // What does not touch the key is free.
    let renamed = format!(
        "UPDATE buckets SET name = 'renamed', workflow_id = workflow_id WHERE id = '{}'",
        own.named
    );
    assert_eq!(attempt(&transaction, &renamed).await.unwrap(), 1);
    // And once nobody names it, it is free as well.
    let freed = format!(
        "UPDATE criteria SET applies_to_bucket_ids = '{{}}' WHERE id = '{}'",
        own.criterion
    );
    transaction.execute_unprepared(&freed).await.unwrap();
    for going in goings(own.named) {
        assert_eq!(attempt(&transaction, &going).await.unwrap(), 1, "{going}");
    }
}

#[tokio::test]
async fn a_whole_workflow_goes_with_its_buckets_and_criteria() {
    let database = TestDatabase::demo().await;
    let superuser = database.superuser().await;
    let transaction = superuser.begin().await.unwrap();
    let own = Workflow::make(&transaction, "ASC").await;
    let delete = format!("DELETE FROM workflows WHERE id = '{}'", own.id);
    transaction.execute_unprepared(&delete).await.unwrap();
    let left: i64 = value(
        &transaction,
        &format!(
            "SELECT (SELECT count(*) FROM buckets WHERE workflow_id = '{0}') + (SELECT count(*) FROM criteria WHERE workflow_id = '{0}')",
            own.id
        ),
    )
    .await;
    assert_eq!(left, 0);
}

#[tokio::test]
async fn the_array_is_kept_whatever_tenant_a_superuser_has_set() {
    let database = TestDatabase::demo().await;
    let superuser = database.superuser().await;
    let transaction = superuser.begin().await.unwrap();
    let own = Workflow::make(&transaction, "ASC").await;
    let stranger = Workflow::make(&transaction, "DESC").await;
    for setting in ["", &stranger.organization.to_string()] {
        let set = format!("SET LOCAL app.organization_id = '{setting}'");
        transaction.execute_unprepared(&set).await.unwrap();
        let delete = format!("DELETE FROM buckets WHERE id = '{}'", own.named);
        assert_eq!(
            refused(&transaction, &delete).await,
            refused_by_the_array(),
            "{setting}"
        );
        let name = format!(
            "UPDATE criteria SET applies_to_bucket_ids = ARRAY['{}'::uuid] WHERE id = '{}'",
            own.unnamed, own.criterion
        );
        assert_eq!(attempt(&transaction, &name).await.unwrap(), 1);
    }
}
