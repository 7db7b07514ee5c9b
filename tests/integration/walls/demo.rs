//! The demo, seen by each of its people: nobody sees more or less than their projects.

use std::collections::BTreeSet;

use fieldgraph::database::DatabaseRole;
use sea_orm::ConnectionTrait;
use support::{TestDatabase, column, rows};
use uuid::Uuid;

use super::actors::Actor;
use super::catalogue::tables;
use crate::privileges::rights;

#[tokio::test]
async fn everybody_of_the_demo_sees_exactly_the_rows_of_their_circles() {
    let database = TestDatabase::demo().await;
    let superuser = database.superuser().await;
    // What closes a document is tested with its grants; these are the walls around projects.
    superuser
        .execute_unprepared("UPDATE documents SET is_restricted = false")
        .await
        .unwrap();
    let pools = database.gateway();
    let tables = tables(&superuser).await;
    let people = rows(
        &superuser,
        "SELECT organization_id, id, username FROM users ORDER BY username",
    )
    .await;
    let (mut cells, mut partial) = (0, 0);
    for person in people {
        let organization: Uuid = person.try_get_by_index(0).unwrap();
        let user: Uuid = person.try_get_by_index(1).unwrap();
        let name: String = person.try_get_by_index(2).unwrap();
        for role in [DatabaseRole::Admin, DatabaseRole::Member] {
            let actor = Actor::new(&superuser, &name, role, organization, Some(user)).await;
            let transaction = database.transaction(&pools, actor.caller(true)).await;
            for table in &tables {
                if !rights(&table.name, role).select.any() {
                    continue;
                }
                let seen: BTreeSet<String> = column(
                    &transaction,
                    &format!("SELECT {} FROM {}", table.key, table.name),
                )
                .await
                .into_iter()
                .collect();
                let expected: BTreeSet<_> = table
                    .rows
                    .iter()
                    .filter(|row| actor.may_see(row))
                    .map(|row| row.key.clone())
                    .collect();
                assert_eq!(seen, expected, "{} as {name}, {role:?}", table.name);
                let own = table
                    .rows
                    .iter()
                    .filter(|row| row.organization == Some(organization))
                    .count();
                cells += 1;
                partial += usize::from(!seen.is_empty() && seen.len() < own);
            }
        }
    }
    println!(
        "walls: {cells} cells tried: the demo; in {partial} of them a part of the organization's rows is seen"
    );
    assert!(
        partial > 0,
        "somebody of the demo is a member of some projects only"
    );
}
