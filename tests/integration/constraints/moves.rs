//! ON UPDATE CASCADE: what moves to another project, or loses it, takes what hangs under it along.

use sea_orm::{ConnectionTrait, DatabaseTransaction, TransactionTrait};
use support::{column, execute, value};
use uuid::Uuid;

use super::arena::{populated, refused};
use super::catalogue::{ForeignKey, foreign_keys};

/// A new project in the organization of a row.
async fn new_project(transaction: &DatabaseTransaction, table: &str, id: Uuid) -> Uuid {
    let sql = format!(
        "INSERT INTO projects (organization_id, name) SELECT organization_id, 'Where it goes' FROM {table} WHERE id = '{id}' RETURNING id"
    );
    value(transaction, &sql).await
}

/// The keys by which children follow their parent, with the column that follows.
async fn followers<C: ConnectionTrait>(connection: &C) -> Vec<(ForeignKey, String, String)> {
    let keys = foreign_keys(connection).await.into_iter();
    keys.filter_map(|key| match &key.columns.clone()[..] {
        [_, followed, .., reference] if key.on_update == "c" => {
            Some((key, followed.clone(), reference.clone()))
        }
        _ => None,
    })
    .collect()
}

#[tokio::test]
async fn what_moves_to_another_project_takes_its_children_along() {
    let database = populated().await;
    let superuser = database.superuser().await;
    let followers = followers(&superuser).await;
    for (key, followed, reference) in &followers {
        let ForeignKey { table, parent, .. } = key;
        let transaction = superuser.begin().await.unwrap();
        let id: Uuid = value(
            &transaction,
            &format!("SELECT {reference} FROM {table} WHERE {reference} IS NOT NULL ORDER BY organization_id, id LIMIT 1"),
        )
        .await;
        let project = new_project(&transaction, parent, id).await;
        // A session is of its cycle's project: it leaves the cycle behind.
        let alone = if parent == "sync_sessions" {
            ", cycle_id = NULL"
        } else {
            ""
        };
        let went = format!("UPDATE {parent} SET project_id = '{project}'{alone} WHERE id = '{id}'");
        assert_eq!(execute(&transaction, &went, []).await.unwrap(), 1);
        let places = format!("SELECT {followed} FROM {table} WHERE {reference} = '{id}'");
        let places: Vec<Uuid> = column(&transaction, &places).await;
        assert!(!places.is_empty());
        assert!(
            places.iter().all(|place| *place == project),
            "{}: {places:?}",
            key.name
        );
        transaction.rollback().await.unwrap();
    }
    let all = foreign_keys(&superuser).await;
    let follow = all.iter().filter(|key| key.on_update == "c");
    assert_eq!(followers.len(), follow.count());
}

#[tokio::test]
async fn what_loses_its_project_takes_its_children_to_the_whole_organization() {
    let database = populated().await;
    let superuser = database.superuser().await;
    let mut families = 0;
    for (key, followed, reference) in followers(&superuser).await {
        if followed != "audience_id" {
            continue;
        }
        families += 1;
        let ForeignKey { table, parent, .. } = key;
        let family = format!("{parent} parent JOIN {table} child ON child.{reference} = parent.id");
        let ids = format!(
            "SELECT parent.id FROM {family} WHERE parent.project_id IS NOT NULL ORDER BY 1 LIMIT 1"
        );
        let id: Uuid = value(&superuser, &ids).await;
        for loss in [
            format!("UPDATE {parent} SET project_id = NULL WHERE id = '{id}'"),
            format!(
                "DELETE FROM projects WHERE id = (SELECT project_id FROM {parent} WHERE id = '{id}')"
            ),
        ] {
            let transaction = superuser.begin().await.unwrap();
            assert_eq!(execute(&transaction, &loss, []).await.unwrap(), 1);
            let places = format!(
                "SELECT parent.project_id IS NULL AND parent.audience_id = parent.organization_id AND child.audience_id = parent.organization_id
                 FROM {family} WHERE parent.id = '{id}'"
            );
            let places: Vec<bool> = column(&transaction, &places).await;
            assert!(
                !places.is_empty() && places.iter().all(|right| *right),
                "{loss}: {table}"
            );
            transaction.rollback().await.unwrap();
        }
    }
    assert_eq!(families, 4);
}

#[tokio::test]
async fn a_cycle_moves_with_its_sessions_and_their_files_but_no_session_moves_without_it() {
    let database = populated().await;
    let superuser = database.superuser().await;
    let transaction = superuser.begin().await.unwrap();
    let files = "cycles JOIN sync_sessions ON cycle_id = cycles.id JOIN file_uploads ON session_id = sync_sessions.id";
    let cycle: Uuid = value(
        &transaction,
        &format!("SELECT cycles.id FROM {files} LIMIT 1"),
    )
    .await;
    let project = new_project(&transaction, "cycles", cycle).await;
    let left =
        format!("UPDATE sync_sessions SET project_id = '{project}' WHERE cycle_id = '{cycle}'");
    let refusal = refused(&transaction, &left).await;
    assert_eq!(refusal.code, "23503");
    assert_eq!(refusal.constraint, "sync_sessions_cycle_fkey");

    let went = format!("UPDATE cycles SET project_id = '{project}' WHERE id = '{cycle}'");
    assert_eq!(execute(&transaction, &went, []).await.unwrap(), 1);
    let places = format!("SELECT file_uploads.project_id FROM {files} WHERE cycles.id = '{cycle}'");
    let places: Vec<Uuid> = column(&transaction, &places).await;
    assert!(
        !places.is_empty() && places.iter().all(|place| *place == project),
        "{places:?}"
    );
}
