//! A good token of who is nobody any more.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fieldgraph::auth::{Bearer, Claims, PermissionBook, Standing, Subject, listen};
use fieldgraph::core::ErrorCode;
use fieldgraph::core::Permission;
use sea_orm::DatabaseConnection;
use support::{Cluster, TestDatabase, execute, rows, value};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{ADMIN, House, demo, eventually, refresh, session, viewer};

/// No time passes: what changes an answer is what was heard.
fn then() -> DateTime<Utc> {
    DateTime::from_timestamp(1_000_000_000, 0).unwrap()
}

/// What a gateway remembers, and its listener.
struct Memory {
    standing: &'static Standing,
    permissions: &'static PermissionBook,
    listening: Option<JoinHandle<()>>,
}

impl Memory {
    fn new(database: &TestDatabase) -> Self {
        let pools = database.gateway();
        Self {
            // Until the process of the test ends.
            standing: Box::leak(Box::new(Standing::new(pools.clone()))),
            permissions: Box::leak(Box::new(PermissionBook::new(pools))),
            listening: None,
        }
    }

    async fn listening(database: &TestDatabase, superuser: &DatabaseConnection) -> Self {
        let mut memory = Self::new(database);
        let (standing, permissions) = (memory.standing, memory.permissions);
        let pools = database.gateway();
        memory.listening = Some(tokio::spawn(async move {
            listen(&pools, standing, permissions).await;
        }));
        listeners(superuser, 1).await;
        memory
    }

    async fn holds(&self, claims: &Claims, seconds: i64) -> Result<bool, ErrorCode> {
        self.standing
            .bearer(claims.clone(), then() + TimeDelta::seconds(seconds))
            .await
            .map(|bearer| bearer.is_some())
            .map_err(|error| error.code())
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if let Some(listening) = &self.listening {
            listening.abort();
        }
    }
}

/// Waits until so many listen on the database of the test.
async fn listeners(superuser: &DatabaseConnection, number: i64) {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %' AND state = 'idle'";
    eventually("somebody listens", async || {
        value::<i64, _>(superuser, sql).await == number
    })
    .await;
}

async fn claims(superuser: &DatabaseConnection, username: &str, ver: Option<i64>) -> Claims {
    let sql = format!("SELECT organization_id, id FROM users WHERE username = '{username}'");
    let who = rows(superuser, &sql).await;
    Claims {
        sub: Subject::User(who[0].try_get_by_index(1).unwrap()),
        org: Some(who[0].try_get_by_index(0).unwrap()),
        roles: Some(vec!["admin".to_owned()]),
        iss: None,
        aud: None,
        iat: None,
        nbf: None,
        exp: i64::MAX,
        jti: None,
        ver,
    }
}

async fn version(superuser: &DatabaseConnection) -> i64 {
    value(
        superuser,
        "SELECT token_version::bigint FROM users WHERE username = 'northwind.admin'",
    )
    .await
}

const DEACTIVATE: &str = "UPDATE users SET is_active = false WHERE username = 'northwind.admin'";
const REACTIVATE: &str = "UPDATE users SET is_active = true WHERE username = 'northwind.admin'";

#[tokio::test]
async fn what_is_known_of_somebody_is_good_for_ten_seconds_where_nothing_is_heard() {
    let database = demo().await;
    let superuser = database.superuser().await;
    let memory = Memory::new(&database);
    let admin = claims(&superuser, "northwind.admin", None).await;
    assert_eq!(memory.holds(&admin, 0).await, Ok(true));
    execute(&superuser, DEACTIVATE, []).await.unwrap();
    assert_eq!(memory.holds(&admin, 9).await, Ok(true));
    assert_eq!(memory.holds(&admin, 10).await, Ok(false));
    execute(&superuser, REACTIVATE, []).await.unwrap();
    assert_eq!(memory.holds(&admin, 19).await, Ok(false));
    assert_eq!(memory.holds(&admin, 20).await, Ok(true));
}

#[tokio::test]
async fn while_the_database_is_away_it_is_good_for_a_minute() {
    let database = demo().await;
    let superuser = database.superuser().await;
    let memory = Memory::new(&database);
    let admin = claims(&superuser, "northwind.admin", None).await;
    let engineer = claims(&superuser, "northwind.engineer", None).await;
    assert_eq!(memory.holds(&admin, 0).await, Ok(true));
    superuser.close().await.unwrap();
    let elsewhere = fieldgraph::database::connect(&Cluster::shared().superuser_url("postgres"), 1)
        .await
        .unwrap();
    let name = database.name();
    let connections = async |allowed: bool| {
        let sql = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}");
        execute(&elsewhere, &sql, []).await.unwrap();
    };
    connections(false).await;
    let end =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    execute(&elsewhere, &end, []).await.unwrap();
    assert_eq!(memory.holds(&admin, 59).await, Ok(true));
    assert_eq!(
        memory.holds(&engineer, 59).await,
        Err(ErrorCode::Unavailable)
    );
    assert_eq!(memory.holds(&admin, 60).await, Err(ErrorCode::Unavailable));
    connections(true).await;
    assert_eq!(memory.holds(&admin, 62).await, Ok(true));
    assert_eq!(memory.holds(&engineer, 62).await, Ok(true));
}

#[tokio::test]
async fn whatever_makes_tokens_worthless_is_heard() {
    let database = demo().await;
    let superuser = database.superuser().await;
    let memory = Memory::listening(&database, &superuser).await;
    let give = "INSERT INTO user_roles (organization_id, user_id, role_id) SELECT users.organization_id, users.id, roles.id FROM users, roles WHERE username = 'northwind.admin' AND roles.name = 'viewer'";
    let take = "DELETE FROM user_roles USING users, roles WHERE user_id = users.id AND role_id = roles.id AND username = 'northwind.admin' AND roles.name = 'viewer'";
    for (change, ends_all) in [
        (give, false),
        (take, false),
        (
            "UPDATE users SET password_hash = 'another' WHERE username = 'northwind.admin'",
            false,
        ),
        (
            "UPDATE users SET token_version = token_version + 1 WHERE username = 'northwind.admin'",
            false,
        ),
        (DEACTIVATE, true),
        (
            "UPDATE users SET deleted_at = now() WHERE username = 'northwind.admin'",
            true,
        ),
        (
            "UPDATE organizations SET is_active = false WHERE slug = 'northwind'",
            true,
        ),
        (
            "UPDATE organizations SET deleted_at = now() WHERE slug = 'northwind'",
            true,
        ),
        (
            "DELETE FROM user_roles USING users WHERE user_id = users.id AND username = 'northwind.admin'",
            false,
        ),
    ] {
        let now = version(&superuser).await;
        let ours = claims(&superuser, "northwind.admin", Some(now)).await;
        let foreign = claims(&superuser, "northwind.admin", None).await;
        for claims in [&ours, &foreign] {
            assert_eq!(memory.holds(claims, 0).await, Ok(true), "{change}");
        }
        assert_eq!(
            execute(&superuser, change, []).await.unwrap(),
            1,
            "{change}"
        );
        eventually(change, async || memory.holds(&ours, 0).await == Ok(false)).await;
        // A token of elsewhere has no version, and is held against the rest.
        assert_eq!(memory.holds(&foreign, 0).await, Ok(!ends_all), "{change}");
        for back in [
            REACTIVATE,
            "UPDATE users SET deleted_at = NULL WHERE username = 'northwind.admin'",
            "UPDATE organizations SET is_active = true, deleted_at = NULL WHERE slug = 'northwind'",
        ] {
            execute(&superuser, back, []).await.unwrap();
        }
        eventually(change, async || memory.holds(&foreign, 0).await == Ok(true)).await;
        let organizations = change.contains("organizations");
        assert_eq!(memory.holds(&ours, 0).await, Ok(organizations), "{change}");
    }
    // Nobody can turn it back.
    let now = version(&superuser).await;
    execute(
        &superuser,
        "UPDATE users SET token_version = 0, first_name = 'A.'",
        [],
    )
    .await
    .unwrap();
    assert_eq!(version(&superuser).await, now);
    // And whoever is gone is nobody.
    let worker = claims(&superuser, "alpine.admin", None).await;
    assert_eq!(memory.holds(&worker, 0).await, Ok(true));
    execute(
        &superuser,
        "DELETE FROM organizations WHERE slug = 'alpine'",
        [],
    )
    .await
    .unwrap();
    eventually("a deleted organization", async || {
        memory.holds(&worker, 0).await == Ok(false)
    })
    .await;
}

#[tokio::test]
async fn what_was_told_while_nobody_listened_is_not_missed() {
    let database = demo().await;
    let superuser = database.superuser().await;
    let memory = Memory::listening(&database, &superuser).await;
    let admin = claims(&superuser, "northwind.admin", None).await;
    for turn in 0..3 {
        assert_eq!(memory.holds(&admin, 0).await, Ok(true), "{turn}");
        // In one transaction, so that nobody listens when it is told.
        execute(
            &superuser,
            "WITH ended AS (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %')
             UPDATE users SET is_active = false FROM ended WHERE username = 'northwind.admin'",
            [],
        )
        .await
        .unwrap();
        eventually("it is heard of", async || {
            memory.holds(&admin, 0).await == Ok(false)
        })
        .await;
        execute(&superuser, REACTIVATE, []).await.unwrap();
        eventually("it is heard of", async || {
            memory.holds(&admin, 0).await == Ok(true)
        })
        .await;
    }
    listeners(&superuser, 1).await;
}

#[tokio::test]
async fn other_permissions_of_a_role_are_heard_of() {
    let database = demo().await;
    let superuser = database.superuser().await;
    let memory = Memory::listening(&database, &superuser).await;
    let viewer = Bearer {
        organization: Uuid::nil(),
        user: Uuid::nil(),
        roles: vec!["viewer".to_owned()],
    };
    let sees = async || {
        let actor = memory.permissions.actor(&viewer, then()).await;
        actor.unwrap().permissions.has(Permission::PhotosRead)
    };
    assert!(sees().await);
    let taken = execute(
        &superuser,
        "DELETE FROM role_permissions USING roles, permissions WHERE roles.id = role_id AND permissions.id = permission_id
         AND roles.name = 'viewer' AND permissions.name = 'photos:read'",
        [],
    )
    .await
    .unwrap();
    assert_eq!(taken, 1);
    execute(&superuser, "NOTIFY fieldgraph_access, 'permissions'", [])
        .await
        .unwrap();
    eventually("the permission is gone", async || !sees().await).await;
}

#[tokio::test]
async fn tokens_of_who_is_deactivated_stop_working_on_every_gateway() {
    let house = House::open().await;
    let before = house.sign_in(ADMIN).await;
    let foreign = house.one.token("northwind", ADMIN).await;
    for gateway in house.both() {
        assert_eq!(viewer(gateway, &before.access).await.status, 200);
        assert_eq!(viewer(gateway, &foreign).await.status, 200);
    }
    house.arrange(DEACTIVATE).await;
    house.refused_everywhere(&before.access).await;
    house.refused_everywhere(&foreign).await;
    let answer = viewer(&house.one, &before.access).await;
    assert_eq!(answer.message(), "the token is not valid: get a new one");
    assert_eq!(
        answer.header("www-authenticate"),
        "Bearer error=\"invalid_token\""
    );
    house.arrange(REACTIVATE).await;
    let after = house.sign_in(ADMIN).await;
    for gateway in house.both() {
        eventually("they are somebody again", async || {
            viewer(gateway, &after.access).await.status == 200
        })
        .await;
    }
}

#[tokio::test]
async fn who_loses_a_role_loses_the_tokens_that_have_it() {
    let house = House::open().await;
    let before = house.sign_in(ADMIN).await;
    house
        .arrange("DELETE FROM user_roles USING users WHERE user_id = users.id AND username = 'northwind.admin'")
        .await;
    house.refused_everywhere(&before.access).await;
    let after = session(
        &refresh(&house.other, &before.refresh).await,
        "refreshSession",
    );
    assert_eq!(after.whole["roles"], serde_json::json!([]));
    let document = "{ viewer { permissions } }";
    let answer = house
        .one
        .query(&after.access, document, serde_json::json!({}))
        .await;
    assert_eq!(
        answer.data()["viewer"]["permissions"],
        serde_json::json!([])
    );
}

#[tokio::test]
async fn a_token_of_nobody_is_refused_as_any_bad_one() {
    let house = House::open().await;
    let (organization, user): (Uuid, Uuid) = {
        let who = rows(
            &house.superuser,
            "SELECT organization_id, id FROM users WHERE username = 'northwind.admin'",
        )
        .await;
        (
            who[0].try_get_by_index(0).unwrap(),
            who[0].try_get_by_index(1).unwrap(),
        )
    };
    let alpine: Uuid = value(
        &house.superuser,
        "SELECT id FROM organizations WHERE slug = 'alpine'",
    )
    .await;
    let admin = || vec!["admin".to_owned()];
    for (organization, user) in [
        (organization, Uuid::new_v4()),
        (Uuid::new_v4(), user),
        (alpine, user),
        (user, organization),
    ] {
        let token = house.one.token_of(organization, user, admin());
        let answer = viewer(&house.one, &token).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (401, "UNAUTHENTICATED")
        );
        assert_eq!(answer.message(), "the token is not valid: get a new one");
    }
    assert_eq!(
        viewer(&house.one, &house.one.token_of(organization, user, admin()))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_thousand_requests_of_one_person_ask_once() {
    let database = demo().await;
    let superuser = database.superuser().await;
    let memory = Memory::new(&database);
    let admin = claims(&superuser, "northwind.admin", None).await;
    assert_eq!(memory.holds(&admin, 0).await, Ok(true));
    execute(&superuser, "LOCK TABLE users", [])
        .await
        .unwrap_err();
    use sea_orm::TransactionTrait;
    let away = superuser.begin().await.unwrap();
    execute(&away, "LOCK TABLE users", []).await.unwrap();
    for _ in 0..1000 {
        // Nobody could read the table: it is not asked.
        let held = tokio::time::timeout(Duration::from_secs(30), memory.holds(&admin, 5)).await;
        assert_eq!(held.unwrap(), Ok(true));
    }
    away.rollback().await.unwrap();
}

#[tokio::test]
async fn whom_an_identity_provider_means_by_a_name_is_heard_of() {
    let database = TestDatabase::demo().await;
    let superuser = database.superuser().await;
    let memory = Memory::listening(&database, &superuser).await;
    let named = Claims {
        sub: Subject::Provider("okta|00u8b2northwind".to_owned()),
        org: None,
        roles: None,
        ..claims(&superuser, "northwind.sso", None).await
    };
    let sso = claims(&superuser, "northwind.sso", None).await.sub;
    let user = claims(&superuser, "northwind.user", None).await.sub;
    let meant = async || {
        let bearer = memory.standing.bearer(named.clone(), then()).await;
        bearer.unwrap().map(|bearer| Subject::User(bearer.user))
    };
    assert_eq!(meant().await, Some(sso));
    // It is taken from one and given to another, who may be nobody meanwhile.
    for change in [
        "UPDATE users SET auth_provider_id = NULL WHERE username = 'northwind.sso'",
        "UPDATE users SET auth_provider_id = 'okta|00u8b2northwind' WHERE username = 'northwind.user'",
    ] {
        execute(&superuser, change, []).await.unwrap();
    }
    eventually("the name is another's", async || {
        meant().await.as_ref() == Some(&user)
    })
    .await;
}
