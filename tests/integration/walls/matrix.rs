//! The matrix: every tenant table × verb × whose rows × caller. Every cell is a statement of its own, and none is kept.

use std::collections::BTreeSet;

use fieldgraph::database::DatabaseRole;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use support::execute;

use super::actors::{Actor, World};
use super::catalogue::{Circle, Row, Table};
use super::{Answer, texts};
use crate::privileges::{Columns, Rights, rights};

/// Whose rows a statement goes for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// Those of the organization that is set.
    Own,
    /// Those of another than is set.
    Other,
    /// All rows, and no organization is set.
    Unset,
}

const TARGETS: [Target; 3] = [Target::Own, Target::Other, Target::Unset];

/// The verbs that answer with the keys of the rows they reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Select,
    Update,
    Delete,
}

/// Answers that are not as expected, and how many were asked for.
#[derive(Default)]
struct Score {
    cells: usize,
    wrong: Vec<String>,
}

impl Score {
    fn count<T: std::fmt::Debug + PartialEq>(
        &mut self,
        cell: &str,
        actual: &Answer<T>,
        expected: &Answer<T>,
    ) {
        self.cells += 1;
        if actual != expected {
            self.wrong
                .push(format!("{cell}: {actual:?} instead of {expected:?}"));
        }
    }

    fn finish(self, what: &str) {
        println!("walls: {} cells tried: {what}", self.cells);
        assert!(
            self.wrong.is_empty(),
            "{} of {} cells:\n{}",
            self.wrong.len(),
            self.cells,
            self.wrong.join("\n")
        );
    }
}

/// A table without rows in a circle would let every attack on it pass for repelled.
#[tokio::test]
async fn the_world_has_rows_of_every_table_in_every_circle() {
    let world = World::new().await;
    for table in &world.tables {
        for organization in [world.own, world.other] {
            let circles: Vec<_> = table
                .samples(organization)
                .iter()
                .map(|row| row.project)
                .collect();
            let expected = match table.circle {
                Circle::Organization => 1,
                Circle::Person(_) | Circle::Own(_) | Circle::Private(_) => 4,
                Circle::Project(_) => 2,
                Circle::Optional(_) => 3,
            };
            assert_eq!(circles.len(), expected, "circles of {}", table.name);
            let without_project = !matches!(table.circle, Circle::Project(_) | Circle::Private(_));
            assert_eq!(circles.contains(&None), without_project, "{}", table.name);
        }
        for project in [world.shared, world.closed] {
            assert!(
                matches!(
                    table.circle,
                    Circle::Organization | Circle::Person(_) | Circle::Own(_)
                ) || table.rows.iter().any(|row| row.project == Some(project)),
                "{} has no row in the project {project}",
                table.name
            );
        }
    }
}

#[tokio::test]
async fn rows_outside_the_walls_are_never_seen() {
    rows_reached(Verb::Select).await;
}

#[tokio::test]
async fn rows_outside_the_walls_are_never_changed() {
    rows_reached(Verb::Update).await;
}

#[tokio::test]
async fn rows_outside_the_walls_are_never_deleted() {
    rows_reached(Verb::Delete).await;
}

async fn rows_reached(verb: Verb) {
    let world = World::new().await;
    // What the walls are tested for is not to be refused by a key.
    world
        .superuser
        .execute_unprepared(
            "ALTER TABLE assessment_documents DROP CONSTRAINT assessment_documents_bucket_fkey;
             ALTER TABLE assessment_results DROP CONSTRAINT assessment_results_criterion_fkey",
        )
        .await
        .unwrap();
    let mut score = Score::default();
    for actor in &world.actors {
        for table in &world.tables {
            let rights = rights(&table.name, actor.role);
            for target in TARGETS {
                let transaction = world.transaction(actor, target != Target::Unset).await;
                let statement = statement(&world, table, verb, target, rights);
                let answer = transaction
                    .query_all_raw(Statement::from_string(DbBackend::Postgres, &statement))
                    .await
                    .map(|rows| texts(&rows).into_iter().collect::<BTreeSet<_>>());
                transaction.rollback().await.unwrap();
                let may = match verb {
                    Verb::Select => rights.select.any(),
                    Verb::Update => rights.update.any(),
                    Verb::Delete => rights.delete,
                };
                let expected = if may {
                    Answer::Done(keys_within(table, actor, target, verb))
                } else {
                    Answer::Forbidden
                };
                let cell = format!("{} as {}: {statement}", table.name, actor.name);
                score.count(&cell, &Answer::from(answer), &expected);
            }
        }
    }
    score.finish(&format!("{verb:?}"));
}

fn statement(world: &World, table: &Table, verb: Verb, target: Target, rights: Rights) -> String {
    let Table {
        name, key, tenant, ..
    } = table;
    let condition = match target {
        Target::Own => format!("WHERE {tenant} = '{}'", world.own),
        Target::Other => format!("WHERE {tenant} = '{}'", world.other),
        Target::Unset => String::new(),
    };
    match verb {
        Verb::Select => format!("SELECT {key} FROM {name} {condition}"),
        Verb::Update => {
            let column = table.changed(rights.update);
            format!("UPDATE {name} SET {column} = {column} {condition} RETURNING {key}")
        }
        Verb::Delete => format!("DELETE FROM {name} {condition} RETURNING {key}"),
    }
}

fn keys_within(table: &Table, actor: &Actor, target: Target, verb: Verb) -> BTreeSet<String> {
    table
        .rows
        .iter()
        .filter(|row| match target {
            Target::Own => actor.may_write(row),
            Target::Other => false,
            // Built-in roles are seen by everybody, and changed by nobody.
            Target::Unset => row.organization.is_none() && verb == Verb::Select,
        })
        .map(|row| row.key.clone())
        .collect()
}

#[tokio::test]
async fn rows_outside_the_walls_are_never_inserted() {
    let world = World::new().await;
    let mut score = Score::default();
    for actor in &world.actors {
        for table in &world.tables {
            let rights = rights(&table.name, actor.role);
            for target in TARGETS {
                let organization = match target {
                    Target::Own | Target::Unset => world.own,
                    Target::Other => world.other,
                };
                for row in table.samples(organization) {
                    let expected = if !rights.insert.any() {
                        Answer::Forbidden
                    } else if table.name == "projects" && actor.role == DatabaseRole::Member {
                        // A copy is a project in which nobody is yet, and which they do not manage.
                        Answer::Walled
                    } else if target == Target::Own && actor.may_write(row) {
                        Answer::Done(1)
                    } else {
                        Answer::Walled
                    };
                    let actual =
                        insert_copy(&world, table, row, actor, target, rights.insert).await;
                    let cell = format!(
                        "{} as {}: INSERT {target:?} a copy of {}",
                        table.name, actor.name, row.key
                    );
                    score.count(&cell, &Answer::from(actual), &expected);
                }
            }
        }
    }
    score.finish("Insert");
}

async fn insert_copy(
    world: &World,
    table: &Table,
    row: &Row,
    actor: &Actor,
    target: Target,
    privilege: Columns,
) -> Result<u64, DbErr> {
    let transaction = world.transaction(actor, target != Target::Unset).await;
    let statement = table.insert(privilege);
    let inserted = execute(&transaction, &statement, [row.copy.as_str().into()]).await;
    transaction.rollback().await.unwrap();
    inserted
}
