//! What the database keeps of roles of an organization's own, whoever writes: the owner of the tables, a superuser's import.

use std::time::Duration;

use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{ConnectionTrait, DatabaseConnection, TransactionTrait};
use support::{TestDatabase, execute, refusal, value};
use tokio::time::timeout;

async fn refused<C: ConnectionTrait>(connection: &C, sql: &str) -> (String, String) {
    match execute(connection, sql, []).await {
        Ok(rows) => panic!("{sql}: changed {rows} rows"),
        Err(error) => {
            let refusal = refusal(&error);
            (refusal.code, refusal.constraint)
        }
    }
}

fn by(code: &str, constraint: &str) -> (String, String) {
    (code.to_owned(), constraint.to_owned())
}

const NORTHWIND: &str = "(SELECT id FROM organizations WHERE slug = 'northwind')";
const SURVEYOR: &str = "(SELECT id FROM roles WHERE name = 'surveyor')";

#[tokio::test]
async fn no_import_hangs_anything_on_another_organizations_role() {
    let database = TestDatabase::demo().await;
    let superuser = database.superuser().await;
    for (statement, constraint) in [
        (
            format!(
                "INSERT INTO user_roles (organization_id, user_id, role_id)
                 SELECT organization_id, id, {SURVEYOR} FROM users WHERE username = 'alpine.viewer'"
            ),
            "user_roles_role_fkey",
        ),
        (
            format!(
                "UPDATE user_roles SET role_id = {SURVEYOR} WHERE user_id = (SELECT id FROM users WHERE username = 'alpine.viewer')"
            ),
            "user_roles_role_fkey",
        ),
        (
            format!(
                "INSERT INTO document_permissions (organization_id, audience_id, document_id, role_id, permission_type)
                 SELECT organization_id, audience_id, id, {SURVEYOR}, 'read' FROM documents WHERE organization_id <> {NORTHWIND} LIMIT 1"
            ),
            "document_permissions_role_fkey",
        ),
    ] {
        assert_eq!(
            refused(&superuser, &statement).await,
            by("23503", constraint)
        );
    }
    // A role stays whose it is: what hangs on it was looked at once.
    for whose in [
        "NULL",
        "(SELECT id FROM organizations WHERE slug = 'alpine')",
    ] {
        let moved = format!("UPDATE roles SET organization_id = {whose} WHERE name = 'surveyor'");
        assert_eq!(
            refused(&superuser, &moved).await,
            by("23514", "roles_organization_id_fixed")
        );
    }
    let adopted = format!("UPDATE roles SET organization_id = {NORTHWIND} WHERE name = 'viewer'");
    assert_eq!(
        refused(&superuser, &adopted).await,
        by("23514", "roles_organization_id_fixed")
    );
    // Whose a permission of a role is, is said by the role.
    execute(
        &superuser,
        &format!("UPDATE role_permissions SET organization_id = NULL WHERE role_id = {SURVEYOR}"),
        [],
    )
    .await
    .unwrap();
    let others: i64 = value(
        &superuser,
        "SELECT count(*) FROM role_permissions JOIN roles ON roles.id = role_id WHERE role_permissions.organization_id IS DISTINCT FROM roles.organization_id",
    )
    .await;
    assert_eq!(others, 0);
}

#[tokio::test]
async fn an_administrative_permission_is_no_own_roles_whoever_grants_it() {
    let database = TestDatabase::demo().await;
    let owner = database.owner().await;
    let superuser = database.superuser().await;
    let rule = by("23514", "role_permissions_permission_administrative");
    for connection in [&owner, &superuser] {
        for permission in [
            "organization:write",
            "users:write",
            "roles:write",
            "audit:read",
        ] {
            let granted = format!(
                "INSERT INTO role_permissions (role_id, permission_id) SELECT {SURVEYOR}, id FROM permissions WHERE name = '{permission}'"
            );
            assert_eq!(refused(connection, &granted).await, rule, "{permission}");
            let changed = format!(
                "UPDATE role_permissions SET permission_id = (SELECT id FROM permissions WHERE name = '{permission}')
                 WHERE role_id = {SURVEYOR} AND permission_id = (SELECT id FROM permissions WHERE name = 'photos:read')"
            );
            assert_eq!(refused(connection, &changed).await, rule, "{permission}");
        }
        let raised = "UPDATE permissions SET is_administrative = true WHERE name = 'photos:write'";
        assert_eq!(refused(connection, raised).await, rule);
        let free = "UPDATE permissions SET is_administrative = true WHERE name = 'usage:read'";
        let transaction = connection.begin().await.unwrap();
        assert_eq!(execute(&transaction, free, []).await.unwrap(), 1);
        transaction.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn a_name_in_a_token_is_one_role_even_if_two_take_it_at_the_same_moment() {
    let database = TestDatabase::demo().await;
    let superuser = database.superuser().await;
    let taken = by("23505", "roles_name_key");
    for name in ["viewer", "VIEWER", "surveyor"] {
        let own =
            format!("INSERT INTO roles (organization_id, name) VALUES ({NORTHWIND}, '{name}')");
        assert_eq!(refused(&superuser, &own).await, taken, "{name}");
    }
    let renamed = "UPDATE roles SET name = 'admin' WHERE name = 'surveyor'";
    assert_eq!(refused(&superuser, renamed).await, taken);
    for name in ["surveyor", "viewer"] {
        let built_in = format!("INSERT INTO roles (name) VALUES ('{name}')");
        assert_eq!(refused(&superuser, &built_in).await, taken, "{name}");
    }
    // Whoever comes second waits for the first, and is refused when that one lasts.
    let own = format!("INSERT INTO roles (organization_id, name) VALUES ({NORTHWIND}, 'auditor')");
    let built_in = "INSERT INTO roles (name) VALUES ('auditor')".to_owned();
    for (first, second) in [(&own, &built_in), (&built_in, &own)] {
        let earlier = superuser.begin().await.unwrap();
        execute(&earlier, first, []).await.unwrap();
        let later = tokio::spawn({
            let (database, second) = (database.superuser().await, second.clone());
            async move { refused(&database, &second).await }
        });
        wait_for_a_lock(&superuser, &later).await;
        earlier.commit().await.unwrap();
        assert_eq!(later.await.unwrap(), taken);
        execute(&superuser, "DELETE FROM roles WHERE name = 'auditor'", [])
            .await
            .unwrap();
    }
}

async fn wait_for_a_lock<T>(superuser: &DatabaseConnection, waiting: &tokio::task::JoinHandle<T>) {
    let sql = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'roles'::regclass";
    while value::<i64, _>(superuser, sql).await == 0 {
        assert!(!waiting.is_finished(), "it did not wait");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_role_is_not_deleted_while_somebody_is_getting_it() {
    let database = TestDatabase::demo().await;
    let superuser = database.superuser().await;
    execute(
        &superuser,
        &format!("DELETE FROM user_roles WHERE role_id = {SURVEYOR}"),
        [],
    )
    .await
    .unwrap();
    let giving = superuser.begin().await.unwrap();
    execute(
        &giving,
        &format!("INSERT INTO user_roles (organization_id, user_id, role_id) SELECT organization_id, id, {SURVEYOR} FROM users WHERE username = 'northwind.viewer'"),
        [],
    )
    .await
    .unwrap();
    let deleting = tokio::spawn({
        let database = database.superuser().await;
        async move { refused(&database, "DELETE FROM roles WHERE name = 'surveyor'").await }
    });
    let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'";
    while value::<i64, _>(&superuser, waits).await == 0 {
        assert!(!deleting.is_finished(), "it did not wait");
        tokio::task::yield_now().await;
    }
    giving.commit().await.unwrap();
    assert_eq!(deleting.await.unwrap(), by("23001", "roles_users_in_use"));
}

#[tokio::test]
async fn gateways_are_told_when_what_roles_allow_has_changed_and_lasts() {
    let database = TestDatabase::demo().await;
    let superuser = database.superuser().await;
    let mut listener = PgListener::connect(&database.superuser_url())
        .await
        .unwrap();
    listener.listen("fieldgraph_access").await.unwrap();
    for change in [
        format!("INSERT INTO roles (organization_id, name) VALUES ({NORTHWIND}, 'new')"),
        "UPDATE roles SET name = 'newer' WHERE name = 'new'".to_owned(),
        "INSERT INTO role_permissions (role_id, permission_id) SELECT roles.id, permissions.id FROM roles, permissions
         WHERE roles.name = 'newer' AND permissions.name LIKE 'photos:%'"
            .to_owned(),
        "DELETE FROM role_permissions USING roles WHERE roles.id = role_id AND roles.name = 'newer'".to_owned(),
        "DELETE FROM roles WHERE name = 'newer'".to_owned(),
    ] {
        let transaction = superuser.begin().await.unwrap();
        execute(&transaction, &change, []).await.unwrap();
        transaction.rollback().await.unwrap();
        execute(&superuser, &change, []).await.unwrap();
        // The one that was taken back told nobody: one change, one message.
        assert_eq!(told(&mut listener).await, "permissions", "{change}");
    }
    execute(&superuser, "NOTIFY fieldgraph_access, 'the end'", [])
        .await
        .unwrap();
    assert_eq!(told(&mut listener).await, "the end");
}

/// The next message; that there is none shall not hang the test.
async fn told(listener: &mut PgListener) -> String {
    let told = timeout(Duration::from_secs(30), listener.recv()).await;
    told.expect("a message").unwrap().payload().to_owned()
}
