//! The demo and the bulk data: there, true, and the same however often they are made.

use std::collections::BTreeMap;

use entity::Scope;
use fieldgraph::seed;
use sea_orm::DatabaseConnection;
use support::{Cluster, TestDatabase, column, rows, value};

/// What nobody has before somebody signs in, or sends a request twice.
const ONLY_WHEN_ALIVE: [&str; 2] = ["refresh_tokens", "idempotency_keys"];

/// Every row of every table, as text: the same before and after means that nothing was touched.
async fn contents(superuser: &DatabaseConnection) -> BTreeMap<String, String> {
    let mut contents = BTreeMap::new();
    for table in entity::catalogue::tables()
        .iter()
        .filter(|table| !table.view)
    {
        let name = table.name;
        let digest: String = value(
            superuser,
            &format!("SELECT count(*) || ' ' || md5(coalesce(string_agg(row_text, E'\\n' ORDER BY row_text), '')) FROM (SELECT t::text AS row_text FROM {name} t) rows"),
        )
        .await;
        contents.insert(name.to_owned(), digest);
    }
    contents
}

#[tokio::test]
async fn the_demo_twice_changes_nothing() {
    let database = TestDatabase::demo().await;
    let superuser = database.superuser().await;
    let before = contents(&superuser).await;
    let storage = Cluster::shared().storage();
    let again = seed::demo(&database.owner().await, storage).await.unwrap();
    assert_eq!(contents(&superuser).await, before);
    assert!(again.organizations.len() >= 2, "it still says who is there");
}

#[tokio::test]
async fn every_table_has_rows_of_both_organizations_in_the_demo() {
    let database = TestDatabase::demo().await;
    let superuser = database.superuser().await;
    for table in entity::catalogue::tables().iter() {
        if ONLY_WHEN_ALIVE.contains(&table.name) {
            continue;
        }
        let (Scope::Own(tenant) | Scope::OwnOrShared(tenant)) = table.scope else {
            continue;
        };
        let organizations: i64 = value(
            &superuser,
            &format!(
                "SELECT count(DISTINCT t.{tenant}) FROM {} t JOIN organizations o ON o.id = t.{tenant} WHERE o.slug IN ('northwind', 'alpine')",
                table.name
            ),
        )
        .await;
        assert_eq!(organizations, 2, "{}", table.name);
    }
}

#[tokio::test]
async fn the_pictures_of_the_demo_are_what_their_rows_say() {
    let database = TestDatabase::demo().await;
    let superuser = database.superuser().await;
    let photos = rows(
        &superuser,
        "SELECT organizations.slug, s3_key, file_size_bytes, width, height, status FROM photos JOIN organizations ON organizations.id = organization_id",
    )
    .await;
    assert!(photos.len() >= 24, "a few dozen");
    for photo in photos {
        let slug: String = photo.try_get("", "slug").unwrap();
        let key: String = photo.try_get("", "s3_key").unwrap();
        let path = Cluster::shared().storage().join(slug).join(&key);
        if photo.try_get::<String>("", "status").unwrap() == "pending" {
            assert!(!path.exists(), "{key} is only announced");
            continue;
        }
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{key}: {error}"));
        assert_eq!(
            photo.try_get::<i64>("", "file_size_bytes").unwrap(),
            bytes.len() as i64,
            "{key}"
        );
        // A PNG says its size in the header's first two numbers.
        assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n", "{key}");
        let number = |at: usize| i32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        assert_eq!(
            photo.try_get::<i32>("", "width").unwrap(),
            number(16),
            "{key}"
        );
        assert_eq!(
            photo.try_get::<i32>("", "height").unwrap(),
            number(20),
            "{key}"
        );
    }
}

#[tokio::test]
async fn everybody_in_the_demo_is_told_of_and_has_the_password_that_is_told() {
    let database = TestDatabase::demo().await;
    let demo = seed::demo(&database.owner().await, Cluster::shared().storage())
        .await
        .unwrap();
    let superuser = database.superuser().await;
    let told: Vec<&str> = demo
        .organizations
        .iter()
        .flat_map(|organization| &organization.users)
        .map(|user| user.email.as_str())
        .collect();
    let mut there: Vec<String> = column(
        &superuser,
        "SELECT email FROM users WHERE password_hash IS NOT NULL AND is_active AND deleted_at IS NULL",
    )
    .await;
    there.sort();
    let mut told: Vec<String> = told.into_iter().map(str::to_owned).collect();
    told.sort();
    assert_eq!(told, there);

    let hashes: Vec<String> = column(
        &superuser,
        "SELECT DISTINCT password_hash FROM users WHERE password_hash IS NOT NULL",
    )
    .await;
    assert!(!hashes.is_empty());
    for hash in hashes {
        assert!(fieldgraph::auth::password::matches(demo.password, &hash));
        assert!(!fieldgraph::auth::password::matches(
            "fieldgraph-dem0",
            &hash
        ));
    }
}

#[tokio::test]
async fn bulk_data_is_as_large_as_asked_and_twice_changes_nothing() {
    let database = TestDatabase::migrated().await;
    let superuser = database.superuser().await;
    let url = database.owner_url();
    seed::bulk(&url, 2_000, &|_, _| {}).await.unwrap();
    assert_eq!(
        value::<i64, _>(&superuser, "SELECT count(*) FROM photos").await,
        2_000
    );
    assert_eq!(
        value::<i64, _>(
            &superuser,
            "SELECT count(DISTINCT organization_id) FROM photos"
        )
        .await,
        20
    );
    for table in entity::catalogue::tables()
        .iter()
        .filter(|table| !table.view && !ONLY_WHEN_ALIVE.contains(&table.name))
    {
        let count: i64 = value(&superuser, &format!("SELECT count(*) FROM {}", table.name)).await;
        assert!(count > 0, "{} has no rows", table.name);
    }

    let before = contents(&superuser).await;
    seed::bulk(&url, 2_000, &|_, _| {}).await.unwrap();
    assert_eq!(contents(&superuser).await, before);
}

#[tokio::test]
async fn bulk_data_is_the_same_on_every_database() {
    let (first, second) = (
        TestDatabase::migrated().await,
        TestDatabase::migrated().await,
    );
    let ids =
        "SELECT md5(string_agg(id::text || s3_key || created_at, ',' ORDER BY id)) FROM photos";
    let mut digests = Vec::new();
    for database in [&first, &second] {
        seed::bulk(&database.owner_url(), 400, &|_, _| {})
            .await
            .unwrap();
        digests.push(value::<String, _>(&database.superuser().await, ids).await);
    }
    assert_eq!(digests[0], digests[1]);
}
