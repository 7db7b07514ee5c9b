//! Rows that walk: into a project where the caller is not, into another organization, under a parent behind the wall.

use support::{execute, value};
use uuid::Uuid;

use super::Answer;
use super::actors::{Actor, World};
use super::catalogue::{Circle, Table};
use crate::privileges::rights;

/// Sets a column of the rows that hang under a project; the move is not kept.
async fn move_rows(
    world: &World,
    actor: &Actor,
    table: &Table,
    column: &str,
    to: Uuid,
) -> Answer<u64> {
    let transaction = world.transaction(actor, true).await;
    let statement = format!("UPDATE {} SET {column} = '{to}'", table.name);
    let moved = execute(&transaction, &statement, []).await;
    transaction.rollback().await.unwrap();
    Answer::from(moved)
}

/// The column by which the policy knows whose members see a row, where it can be written.
fn audience(table: &Table) -> Option<&str> {
    ["project_id", "audience_id"]
        .into_iter()
        .find(|audience| table.columns.iter().any(|column| column == audience))
}

#[tokio::test]
async fn a_member_cannot_move_a_row_into_a_project_of_others() {
    let world = World::new().await;
    let member = world.actor("a member");
    let mut moved = Vec::new();
    for table in &world.tables {
        let update = rights(&table.name, member.role).update;
        let Some(column) = audience(table).filter(|_| update.any()) else {
            continue;
        };
        let answer = move_rows(&world, member, table, column, world.closed).await;
        assert_eq!(
            answer,
            Answer::Walled,
            "{} into another project",
            table.name
        );
        moved.push(table.name.as_str());
    }
    assert_eq!(
        moved,
        [
            "photos",
            "detections",
            "tags",
            "assessments",
            "assessment_documents",
            "assessment_results",
            "documents",
            "document_chunks",
            "agent_configs",
            "conversations",
            "cycles",
            "sync_sessions",
            "file_uploads"
        ]
    );
}

#[tokio::test]
async fn nobody_moves_a_row_into_another_organization() {
    let world = World::new().await;
    for actor in &world.actors {
        for table in &world.tables {
            let update = rights(&table.name, actor.role).update;
            let expected = if table.reached(update).contains(&table.tenant) {
                let sees_any = table.rows.iter().any(|row| actor.may_see(row));
                if sees_any {
                    Answer::Walled
                } else {
                    Answer::Done(0)
                }
            } else {
                Answer::Forbidden
            };
            let answer = move_rows(&world, actor, table, table.tenant, world.other).await;
            assert_eq!(answer, expected, "{} by {}", table.name, actor.name);
        }
    }
}

/// The wall stands around the project that a row names: the keys must see to it that this is its parent's.
#[tokio::test]
async fn a_row_cannot_hang_under_a_hidden_parent_and_name_a_visible_project() {
    let world = World::new().await;
    let member = world.actor("a member");
    let mut tried = Vec::new();
    for table in &world.tables {
        let (Circle::Project(project) | Circle::Private(project) | Circle::Optional(project)) =
            table.circle
        else {
            continue;
        };
        let insert = rights(&table.name, member.role).insert;
        let Some(column) = audience(table).filter(|_| insert.any() && project.contains("parent"))
        else {
            continue;
        };
        for row in table.samples(world.own) {
            // Where a row is another person's, the wall around them is the first to refuse.
            let of_others = row.person.is_some() && row.person != member.user;
            if row.project != Some(world.closed) || of_others {
                continue;
            }
            let transaction = world.transaction(member, true).await;
            let copy: String = value(
                &world.superuser,
                &format!(
                    "SELECT ($copy${}$copy$::jsonb || jsonb_build_object('{column}', '{}'))::text",
                    row.copy, world.shared
                ),
            )
            .await;
            let inserted = execute(&transaction, &table.insert(insert), [copy.into()]).await;
            transaction.rollback().await.unwrap();
            match Answer::from(inserted) {
                Answer::Refused(code, constraint) => {
                    assert_eq!(code, "23503", "{}: {constraint}", table.name);
                }
                // What hangs under documents is held against the document itself, before any key is.
                Answer::Walled if table.name.starts_with("document_") => {}
                answer => panic!("{} under a hidden parent: {answer:?}", table.name),
            }
            tried.push(table.name.as_str());
        }
    }
    assert_eq!(
        tried,
        [
            "detections",
            "tags",
            "processing_events",
            "assessment_documents",
            "assessment_results",
            "document_chunks",
            "document_permissions",
            "messages",
            "file_uploads"
        ]
    );
}

#[tokio::test]
async fn what_hangs_under_a_moved_row_goes_along_and_is_gone_for_the_members_of_before() {
    let world = World::new().await;
    let admin = world.actor("an admin");
    let member = world.actor("a member");
    let families: [(&str, &[&str]); 5] = [
        (
            "photos",
            &["photos", "detections", "tags", "processing_events"],
        ),
        ("conversations", &["conversations", "messages"]),
        ("cycles", &["cycles", "sync_sessions", "file_uploads"]),
        (
            "documents",
            &["documents", "document_chunks", "document_permissions"],
        ),
        (
            "assessments",
            &["assessments", "assessment_documents", "assessment_results"],
        ),
    ];
    // The cycle that is there already has the same name and number.
    execute(
        &world.superuser,
        "UPDATE cycles SET cycle_name = 'Second', cycle_number = 2 WHERE project_id = $1",
        [world.closed.into()],
    )
    .await
    .unwrap();
    for (parent, family) in families {
        let transaction = world.transaction(admin, true).await;
        let moved = execute(
            &transaction,
            &format!("UPDATE {parent} SET project_id = $1 WHERE project_id = $2"),
            [world.closed.into(), world.shared.into()],
        )
        .await
        .unwrap();
        assert!(moved > 0, "{parent}");
        transaction.commit().await.unwrap();
        let transaction = world.transaction(member, true).await;
        for table in family {
            let circle = audience(world.table(table)).unwrap_or("project_id");
            let left: i64 = value(
                &transaction,
                &format!("SELECT count(*) FROM {table} WHERE {circle} <> organization_id"),
            )
            .await;
            assert_eq!(left, 0, "{table} after its {parent} moved");
        }
    }
}
