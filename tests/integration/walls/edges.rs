//! Where walls have doors: settings, pools, the login role, the owner, partitions and views.

use std::collections::BTreeSet;

use fieldgraph::database::{DatabaseRole, GatewayPools, connect};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};
use support::{column, execute, refusal, value};
use uuid::Uuid;

use super::Answer;
use super::actors::World;
use crate::privileges::{Columns, rights};

/// Everything of the schema that can be read: tables, partitions, views.
async fn relations(superuser: &DatabaseConnection) -> Vec<String> {
    column(
        superuser,
        "SELECT relname::text FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1",
    )
    .await
}

#[tokio::test]
async fn without_a_tenant_the_gateway_counts_no_row_at_all() {
    let world = World::new().await;
    for role in [DatabaseRole::Admin, DatabaseRole::Member] {
        let pool = world.pools.of(role);
        for name in relations(&world.superuser).await {
            if name.starts_with("processing_events_") || !rights(&name, role).select.any() {
                continue;
            }
            let count: i64 = value(pool, &format!("SELECT count(*) FROM {name}")).await;
            let belongs_to_nobody = matches!(
                name.as_str(),
                "roles" | "permissions" | "role_permissions" | "seaql_migrations"
            );
            assert_eq!(count > 0, belongs_to_nobody, "{count} rows of {name}");
        }
    }
}

#[tokio::test]
async fn what_belongs_to_nobody_is_changed_by_nobody() {
    let world = World::new().await;
    for actor in &world.actors {
        for table in ["permissions", "seaql_migrations"] {
            for statement in [
                format!("DELETE FROM {table}"),
                format!("INSERT INTO {table} SELECT * FROM {table}"),
                format!("INSERT INTO {table} DEFAULT VALUES"),
                format!("TRUNCATE {table}"),
            ] {
                let transaction = world.transaction(actor, true).await;
                let answer = Answer::from(execute(&transaction, &statement, []).await);
                assert_eq!(answer, Answer::Forbidden, "{statement} as {}", actor.name);
            }
        }
        // Built-in roles have own ones beside them, which an admin changes.
        let admin = actor.role == DatabaseRole::Admin;
        for (statement, of_an_admin) in [
            ("UPDATE permissions SET name = name", Answer::Forbidden),
            (
                "UPDATE role_permissions SET role_id = role_id",
                Answer::Forbidden,
            ),
            (
                "UPDATE roles SET name = name WHERE organization_id IS NULL",
                Answer::Done(0),
            ),
            (
                "DELETE FROM roles WHERE organization_id IS NULL",
                Answer::Done(0),
            ),
            (
                "DELETE FROM role_permissions WHERE organization_id IS NULL",
                Answer::Done(0),
            ),
            (
                "INSERT INTO roles (name) VALUES ('built in')",
                Answer::Walled,
            ),
            (
                "INSERT INTO role_permissions (role_id, permission_id)
                 SELECT roles.id, permissions.id FROM roles, permissions WHERE roles.name = 'viewer' AND permissions.name = 'users:write'",
                Answer::Walled,
            ),
        ] {
            let transaction = world.transaction(actor, true).await;
            let answer = Answer::from(execute(&transaction, statement, []).await);
            let expected = if admin {
                of_an_admin
            } else {
                Answer::Forbidden
            };
            assert_eq!(answer, expected, "{statement} as {}", actor.name);
        }
    }
}

#[tokio::test]
async fn the_login_role_itself_may_do_nothing() {
    let world = World::new().await;
    let login = connect(&world.database.gateway_url(), 1).await.unwrap();
    let setting = format!("SET app.organization_id = '{}'", world.own);
    login.execute_unprepared(&setting).await.unwrap();
    for name in relations(&world.superuser).await {
        for statement in [
            format!("SELECT FROM {name}"),
            format!("INSERT INTO {name} DEFAULT VALUES"),
            format!("DELETE FROM {name}"),
            format!("TRUNCATE {name}"),
        ] {
            let error = execute(&login, &statement, []).await.expect_err(&statement);
            // A view cannot be written or emptied by anybody: that is said first.
            let is_view = (name.ends_with("_summaries") || name == "organization_quotas")
                && !statement.starts_with("SELECT");
            let code = refusal(&error).code;
            assert!(code == "42501" || is_view, "{statement}: {error}");
        }
    }
    login.close().await.unwrap();
}

#[tokio::test]
async fn the_owner_of_the_tables_stands_before_the_same_wall() {
    let world = World::new().await;
    let owner = world.database.owner().await;
    for table in &world.tables {
        let name = &table.name;
        let own = table
            .rows
            .iter()
            .filter(|row| row.organization == Some(world.own))
            .count();
        // The register of organizations is the owner's, who makes them, and so are roles: the built-in ones are its.
        let is_register = ["organizations", "roles", "role_permissions"].contains(&name.as_str());
        let (without, with) = if is_register {
            (table.rows.len(), table.rows.len())
        } else {
            (0, own)
        };
        for (tenant, expected) in [(None, without), (Some(world.own), with)] {
            let transaction = owner_transaction(&owner, tenant).await;
            let seen: Vec<String> =
                column(&transaction, &format!("SELECT {} FROM {name}", table.key)).await;
            assert_eq!(seen.len(), expected, "{name} with {tenant:?}");
            if !is_register {
                let blind = format!("UPDATE {name} SET organization_id = gen_random_uuid()");
                let answer = Answer::from(execute(&transaction, &blind, []).await);
                let is_log = matches!(name.as_str(), "audit_logs" | "query_logs");
                match tenant {
                    None => assert_eq!(answer, Answer::Done(0), "{name}"),
                    Some(_) if is_log => assert!(matches!(answer, Answer::Refused(..)), "{name}"),
                    Some(_) => assert_eq!(answer, Answer::Walled, "{name}"),
                }
            }
        }
        if !is_register {
            let copy = &table.samples(world.other)[0].copy;
            let transaction = owner_transaction(&owner, Some(world.own)).await;
            let inserted = execute(
                &transaction,
                &table.insert(Columns::All),
                [copy.as_str().into()],
            )
            .await;
            assert_eq!(Answer::from(inserted), Answer::Walled, "{name}");
        }
    }
}

async fn owner_transaction(
    owner: &DatabaseConnection,
    tenant: Option<Uuid>,
) -> DatabaseTransaction {
    let transaction = owner.begin().await.unwrap();
    if let Some(tenant) = tenant {
        let setting = format!("SET LOCAL app.organization_id = '{tenant}'");
        transaction.execute_unprepared(&setting).await.unwrap();
    }
    transaction
}

#[tokio::test]
async fn a_partition_cannot_be_read_past_its_table() {
    let world = World::new().await;
    let partitions: Vec<String> = column(
        &world.superuser,
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'processing_events'::regclass",
    )
    .await;
    assert!(!partitions.is_empty());
    let owner = world.database.owner().await;
    for partition in partitions {
        let statement = format!("SELECT id FROM {partition}");
        for actor in &world.actors {
            let transaction = world.transaction(actor, true).await;
            let answer = Answer::from(execute(&transaction, &statement, []).await);
            assert_eq!(answer, Answer::Forbidden, "{statement} as {}", actor.name);
        }
        let transaction = owner_transaction(&owner, Some(world.own)).await;
        let answer = Answer::from(execute(&transaction, &statement, []).await);
        assert_eq!(answer, Answer::Done(0), "{statement} as the owner");
    }
}

#[tokio::test]
async fn a_view_shows_the_rows_of_its_reader() {
    let world = World::new().await;
    for (view, key, table) in [
        (
            "project_summaries",
            "organization_id, project_id",
            "projects",
        ),
        ("cycle_summaries", "organization_id, cycle_id", "cycles"),
        ("organization_quotas", "id", "organizations"),
    ] {
        let statement = format!("SELECT concat_ws('/', {key}) FROM {view}");
        for actor in &world.actors {
            let expected: BTreeSet<_> = world
                .table(table)
                .rows
                .iter()
                .filter(|row| actor.may_see(row))
                .map(|row| row.key.clone())
                .collect();
            let transaction = world.transaction(actor, true).await;
            let seen: BTreeSet<String> =
                column(&transaction, &statement).await.into_iter().collect();
            assert_eq!(seen, expected, "{view} as {}", actor.name);
            let transaction = world.transaction(actor, false).await;
            let seen: Vec<String> = column(&transaction, &statement).await;
            assert_eq!(seen.len(), 0, "{view} without a tenant as {}", actor.name);
        }
        let owner = world.database.owner().await;
        let transaction = owner_transaction(&owner, Some(world.own)).await;
        let seen: Vec<String> = column(&transaction, &statement).await;
        let there = if table == "organizations" { 1 } else { 2 };
        assert_eq!(seen.len(), there, "{view} as the owner");
    }
}

#[tokio::test]
async fn a_setting_that_is_no_id_is_an_error_and_an_empty_one_sees_nothing() {
    let world = World::new().await;
    for actor in &world.actors {
        for (setting, forged) in [
            ("organization_id", "north"),
            ("organization_id", "' OR true --"),
            ("user_id", "everybody"),
        ] {
            let transaction = world.transaction(actor, true).await;
            let quoted = forged.replace('\'', "''");
            transaction
                .execute_unprepared(&format!("SET LOCAL app.{setting} = '{quoted}'"))
                .await
                .unwrap();
            let answer = Answer::from(execute(&transaction, "SELECT id FROM photos", []).await);
            // Nobody asks who an admin is.
            if setting == "user_id" && actor.role == DatabaseRole::Admin {
                assert_eq!(answer, Answer::Done(2));
            } else {
                assert_eq!(
                    answer,
                    Answer::Refused("22P02".to_owned(), String::new()),
                    "{setting} = {forged} as {}",
                    actor.name
                );
            }
        }
        let transaction = world.transaction(actor, true).await;
        transaction
            .execute_unprepared("SET LOCAL app.organization_id = ''")
            .await
            .unwrap();
        for table in ["organizations", "users", "photos", "documents"] {
            let count: i64 = value(&transaction, &format!("SELECT count(*) FROM {table}")).await;
            assert_eq!(count, 0, "{table} as {}", actor.name);
        }
    }
}

#[tokio::test]
async fn a_tenant_does_not_stay_behind_on_a_pooled_connection() {
    let world = World::new().await;
    let pools = GatewayPools::new(&world.database.gateway_url(), 1).unwrap();
    for actor in &world.actors {
        let mut connections = BTreeSet::new();
        for commits in [true, false] {
            let transaction = world.database.transaction(&pools, actor.caller(true)).await;
            connections.insert(value::<i32, _>(&transaction, "SELECT pg_backend_pid()").await);
            let seen: i64 = value(&transaction, "SELECT count(*) FROM users").await;
            assert_eq!(seen, 4, "as {}", actor.name);
            if commits {
                transaction.commit().await.unwrap();
            } else {
                transaction.rollback().await.unwrap();
            }
            let next = pools.of(actor.role);
            connections.insert(value::<i32, _>(next, "SELECT pg_backend_pid()").await);
            let left: Option<String> = value(
                next,
                "SELECT nullif(concat(current_setting('app.organization_id', true), current_setting('app.user_id', true)), '')",
            )
            .await;
            assert_eq!(left, None, "as {}", actor.name);
            let seen: i64 = value(next, "SELECT count(*) FROM users").await;
            assert_eq!(seen, 0, "as {}", actor.name);
        }
        assert_eq!(connections.len(), 1, "one connection was used throughout");
    }
    pools.close().await;
}
