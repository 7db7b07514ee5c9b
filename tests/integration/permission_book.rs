//! What roles allow is what the tables say, a few seconds ago at most; and what is used while the database is away.

use chrono::{DateTime, TimeDelta, Utc};
use fieldgraph::auth::{Claims, PermissionBook};
use fieldgraph::core::{Actor, Error, ErrorCode, Permission};
use fieldgraph::database::DatabaseRole;
use futures::FutureExt;
use sea_orm::{ConnectionTrait, DatabaseConnection, TransactionTrait};
use support::{Cluster, TestDatabase, column, execute, value};
use uuid::Uuid;

fn then() -> DateTime<Utc> {
    DateTime::from_timestamp(1_000_000_000, 0).unwrap()
}

fn claims(roles: &[&str]) -> Claims {
    Claims {
        sub: Uuid::from_u128(1),
        org: Uuid::from_u128(2),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        iss: None,
        aud: None,
        iat: None,
        nbf: None,
        exp: i64::MAX,
        jti: None,
    }
}

async fn actor(book: &PermissionBook, roles: &[&str], seconds: i64) -> Result<Actor, Error> {
    book.actor(&claims(roles), then() + TimeDelta::seconds(seconds))
        .await
}

/// Whether a viewer may see photos, so many seconds later.
async fn sees_photos(book: &PermissionBook, seconds: i64) -> Result<bool, ErrorCode> {
    actor(book, &["viewer"], seconds)
        .await
        .map(|actor| actor.permissions.has(Permission::PhotosRead))
        .map_err(|error| error.code())
}

const TAKE_PHOTOS_FROM_VIEWERS: &str = "DELETE FROM role_permissions
    USING roles, permissions
    WHERE roles.id = role_id AND permissions.id = permission_id
      AND roles.name = 'viewer' AND permissions.name = 'photos:read'";

#[tokio::test]
async fn every_role_allows_what_the_tables_say() {
    let database = TestDatabase::migrated().await;
    let book = PermissionBook::new(database.gateway());
    let superuser = database.superuser().await;
    let roles: Vec<String> = column(&superuser, "SELECT name FROM roles").await;
    for role in roles {
        let mut expected: Vec<String> = column(
            &superuser,
            &format!(
                "SELECT permissions.name FROM permissions
                 JOIN role_permissions ON permission_id = permissions.id
                 JOIN roles ON roles.id = role_id WHERE roles.name = '{role}'"
            ),
        )
        .await;
        let actor = actor(&book, &[&role], 0).await.unwrap();
        let mut found: Vec<&str> = actor.permissions.iter().map(Permission::name).collect();
        expected.sort();
        found.sort_unstable();
        assert!(!found.is_empty());
        assert_eq!(found, expected, "{role}");
        let as_admin = actor.database_role == DatabaseRole::Admin;
        assert_eq!(as_admin, role == "admin", "{role}");
    }
}

#[tokio::test]
async fn roles_add_up_and_unknown_ones_give_nothing() {
    let database = TestDatabase::migrated().await;
    let book = PermissionBook::new(database.gateway());
    let both = actor(&book, &["viewer", "worker"], 0).await.unwrap();
    assert_eq!(both.user, Uuid::from_u128(1));
    assert_eq!(both.organization, Uuid::from_u128(2));
    assert!(both.permissions.has(Permission::PhotosRead));
    assert!(both.permissions.has(Permission::DetectionsRecord));
    assert!(!both.permissions.has(Permission::UsersWrite));
    for roles in [&[][..], &["stowaway"], &["Admin", "admin ", ""]] {
        let nobody = actor(&book, roles, 0).await.unwrap();
        assert_eq!(nobody.permissions.iter().count(), 0, "{roles:?}");
        assert_eq!(nobody.database_role, DatabaseRole::Member, "{roles:?}");
    }
}

#[tokio::test]
async fn a_permission_that_is_taken_away_is_gone_after_ten_seconds() {
    let database = TestDatabase::migrated().await;
    let book = PermissionBook::new(database.gateway());
    assert_eq!(sees_photos(&book, 0).await, Ok(true));
    let changed = execute(&database.superuser().await, TAKE_PHOTOS_FROM_VIEWERS, [])
        .await
        .unwrap();
    assert_eq!(changed, 1);
    assert_eq!(sees_photos(&book, 9).await, Ok(true));
    assert_eq!(sees_photos(&book, 10).await, Ok(false));
}

#[tokio::test]
async fn a_permission_that_this_version_does_not_know_is_nobodys() {
    let database = TestDatabase::migrated().await;
    let superuser = database.superuser().await;
    superuser
        .execute_unprepared(
            "INSERT INTO permissions (name, description) VALUES ('stars:count', 'Count stars.');
             INSERT INTO role_permissions (role_id, permission_id)
             SELECT roles.id, permissions.id FROM roles, permissions
             WHERE roles.name = 'viewer' AND permissions.name = 'stars:count'",
        )
        .await
        .unwrap();
    let book = PermissionBook::new(database.gateway());
    assert_eq!(sees_photos(&book, 0).await, Ok(true));
}

#[tokio::test]
async fn while_the_database_is_away_the_book_serves_for_a_minute() {
    let database = TestDatabase::migrated().await;
    let book = PermissionBook::new(database.gateway());
    assert_eq!(sees_photos(&book, 0).await, Ok(true));
    let elsewhere = fieldgraph::database::connect(&Cluster::shared().superuser_url("postgres"), 1)
        .await
        .unwrap();
    let connections = async |allowed: bool| {
        let name = database.name();
        let sql = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}");
        execute(&elsewhere, &sql, []).await.unwrap();
    };
    connections(false).await;
    end_connections(&elsewhere, database.name()).await;

    assert_eq!(sees_photos(&book, 59).await, Ok(true));
    assert_eq!(sees_photos(&book, 60).await, Err(ErrorCode::Unavailable));
    assert_eq!(sees_photos(&book, 61).await, Err(ErrorCode::Unavailable));
    connections(true).await;
    assert_eq!(sees_photos(&book, 62).await, Ok(true));
}

async fn end_connections(superuser: &DatabaseConnection, name: &str) {
    execute(
        superuser,
        &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
        [],
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn one_caller_reads_the_book_anew_and_the_others_use_the_old_one() {
    let database = TestDatabase::migrated().await;
    let book = std::sync::Arc::new(PermissionBook::new(database.gateway()));
    assert_eq!(sees_photos(&book, 0).await, Ok(true));

    let superuser = database.superuser().await;
    let change = superuser.begin().await.unwrap();
    change
        .execute_unprepared("LOCK TABLE role_permissions")
        .await
        .unwrap();
    execute(&change, TAKE_PHOTOS_FROM_VIEWERS, [])
        .await
        .unwrap();
    let first = tokio::spawn({
        let book = book.clone();
        async move { sees_photos(&book, 10).await }
    });
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted
                   AND relation = 'role_permissions'::regclass";
    while value::<i64, _>(&superuser, waiting).await == 0 {
        assert!(!first.is_finished(), "nobody read the book anew");
        tokio::task::yield_now().await;
    }
    for _ in 0..20 {
        // Without waiting for anything.
        assert_eq!(sees_photos(&book, 10).now_or_never(), Some(Ok(true)));
    }
    assert!(value::<i64, _>(&superuser, waiting).await <= 1);
    change.commit().await.unwrap();
    first.await.unwrap().unwrap();
    // Had the first one lost its patience, the next one reads it.
    assert_eq!(sees_photos(&book, 20).await, Ok(false));
}

/// An organization with a role of its own, that has one permission.
async fn organization(
    superuser: &DatabaseConnection,
    slug: &str,
    role: &str,
    permission: &str,
) -> Uuid {
    let organization: Uuid = value(
        superuser,
        &format!("INSERT INTO organizations (name, slug) VALUES ('{slug}', '{slug}') RETURNING id"),
    )
    .await;
    for sql in [
        format!("INSERT INTO roles (organization_id, name) VALUES ('{organization}', '{role}')"),
        format!(
            "INSERT INTO role_permissions (role_id, permission_id) SELECT roles.id, permissions.id FROM roles, permissions
             WHERE roles.organization_id = '{organization}' AND permissions.name = '{permission}'"
        ),
    ] {
        execute(superuser, &sql, []).await.unwrap();
    }
    organization
}

async fn allowed(
    book: &PermissionBook,
    organization: Uuid,
    role: &str,
    seconds: i64,
) -> Vec<&'static str> {
    let claims = Claims {
        org: organization,
        ..claims(&[role])
    };
    let actor = book
        .actor(&claims, then() + TimeDelta::seconds(seconds))
        .await
        .unwrap();
    assert_eq!(actor.database_role, DatabaseRole::Member);
    actor.permissions.iter().map(Permission::name).collect()
}

#[tokio::test]
async fn a_name_means_a_role_of_the_callers_organization() {
    let database = TestDatabase::migrated().await;
    let superuser = database.superuser().await;
    let first = organization(&superuser, "first", "auditor", "usage:read").await;
    let second = organization(&superuser, "second", "auditor", "photos:read").await;
    let third = organization(&superuser, "third", "reader", "documents:read").await;
    let book = PermissionBook::new(database.gateway());
    for (organization, role, expected) in [
        (first, "auditor", &["usage:read"][..]),
        (second, "auditor", &["photos:read"]),
        (third, "auditor", &[]),
        (third, "reader", &["documents:read"]),
        (first, "reader", &[]),
    ] {
        assert_eq!(
            allowed(&book, organization, role, 0).await,
            expected,
            "{role}"
        );
    }
    assert!(
        allowed(&book, third, "viewer", 0)
            .await
            .contains(&"photos:read")
    );
}

#[tokio::test]
async fn what_is_forgotten_is_read_anew_by_every_gateway_that_is_told() {
    let database = TestDatabase::migrated().await;
    let superuser = database.superuser().await;
    let first = organization(&superuser, "first", "auditor", "usage:read").await;
    let books = [
        PermissionBook::new(database.gateway()),
        PermissionBook::new(database.gateway()),
    ];
    for book in &books {
        assert_eq!(allowed(book, first, "auditor", 0).await, ["usage:read"]);
    }
    execute(
        &superuser,
        "DELETE FROM role_permissions WHERE organization_id IS NOT NULL",
        [],
    )
    .await
    .unwrap();
    books[0].forget();
    assert_eq!(
        allowed(&books[0], first, "auditor", 1).await,
        Vec::<&str>::new()
    );
    // Who was not told finds out by itself.
    assert_eq!(
        allowed(&books[1], first, "auditor", 9).await,
        ["usage:read"]
    );
    assert_eq!(
        allowed(&books[1], first, "auditor", 10).await,
        Vec::<&str>::new()
    );
}

/// Whoever the database shows all of an organization must have what no own role can have, and nothing else is administrative.
#[tokio::test]
async fn the_administrative_permissions_are_those_of_the_table() {
    let database = TestDatabase::migrated().await;
    let mut expected: Vec<String> = column(
        &database.superuser().await,
        "SELECT name FROM permissions WHERE is_administrative",
    )
    .await;
    expected.sort();
    let mut found: Vec<&str> = Permission::ALL
        .iter()
        .filter(|permission| permission.is_administrative())
        .map(|permission| permission.name())
        .collect();
    found.sort_unstable();
    assert_eq!(found, expected);
}
