//! People: from their account to their leaving, and the last admin, who stays.

use std::collections::BTreeSet;

use fieldgraph::auth::password::matches;
use futures::future::join_all;
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};
use support::{column, execute, refusal, value};

use super::{Bench, done, id, mutate, refused, trail};

const SHOWS: &str = "user { id email username firstName isActive isEmailVerified updatedAt roles { nodes { name } } }";
const PASSWORD: &str = "a password of twelve";

async fn hash(bench: &Bench, user: &Value) -> Option<String> {
    value(
        &bench.superuser,
        &format!(
            "SELECT password_hash FROM users WHERE id = '{}'",
            user.as_str().unwrap()
        ),
    )
    .await
}

#[tokio::test]
async fn a_user_from_their_account_to_their_leaving() {
    let bench = Bench::northwind().await;
    let (payload, request) = done(
        &bench,
        "createUser",
        SHOWS,
        json!({ "email": "Nia@northwind.example", "username": "nia", "firstName": "Nia", "roles": ["engineer", "viewer"], "password": PASSWORD }),
    )
    .await;
    let user = &payload["user"];
    assert_eq!(
        user["roles"]["nodes"],
        json!([{ "name": "engineer" }, { "name": "viewer" }])
    );
    let first = hash(&bench, &user["id"]).await.unwrap();
    assert!(first.starts_with("$argon2id$") && matches(PASSWORD, &first));
    let told = trail(&bench, &request).await;
    let actions: Vec<&str> = told.iter().map(|row| row.0.as_str()).collect();
    assert_eq!(
        actions,
        [
            "user.assign_role",
            "user.assign_role",
            "user.create",
            "user.set_password"
        ]
    );
    let roles: BTreeSet<&str> = told[..2]
        .iter()
        .map(|row| row.2["after"]["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, BTreeSet::from(["engineer", "viewer"]));

    // One who is given no role and no password.
    let (payload, _) = done(
        &bench,
        "createUser",
        SHOWS,
        json!({ "email": "sam@northwind.example", "username": "sam", "authProviderId": "okta|sam" }),
    )
    .await;
    assert_eq!(
        payload["user"]["roles"]["nodes"],
        json!([{ "name": "contractor" }])
    );
    assert_eq!(hash(&bench, &payload["user"]["id"]).await, None);

    bench
        .arrange("UPDATE users SET is_email_verified = true WHERE username = 'nia'")
        .await;
    let (payload, request) = done(
        &bench,
        "updateUser",
        SHOWS,
        json!({ "id": user["id"], "email": "nia.new@northwind.example", "firstName": null, "password": "another password" }),
    )
    .await;
    let changed = &payload["user"];
    assert_eq!(
        (&changed["firstName"], &changed["isEmailVerified"]),
        (&Value::Null, &json!(false))
    );
    let second = hash(&bench, &user["id"]).await.unwrap();
    assert!(matches("another password", &second));
    let told = trail(&bench, &request).await;
    assert_eq!(
        told.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(),
        ["user.set_password", "user.update"]
    );
    assert_eq!(told[0].2, json!({}));
    assert_eq!(
        told[1].2,
        json!({
            "before": { "email": "Nia@northwind.example", "first_name": "Nia", "is_email_verified": true },
            "after": { "email": "nia.new@northwind.example", "first_name": null, "is_email_verified": false }
        })
    );
    // A password alone, by who saw the newest; and taken away.
    let since =
        json!({ "id": user["id"], "password": PASSWORD, "ifUnchangedSince": user["updatedAt"] });
    assert_eq!(
        refused(&bench, &bench.token, "updateUser", SHOWS, since).await,
        [("CONFLICT".to_owned(), "input.ifUnchangedSince".to_owned())]
    );
    let now =
        json!({ "id": user["id"], "password": null, "ifUnchangedSince": changed["updatedAt"] });
    done(&bench, "updateUser", SHOWS, now).await;
    assert_eq!(hash(&bench, &user["id"]).await, None);

    // Leaving and coming back; twice is the same, and told once.
    for (mutation, is_active, action) in [
        ("deactivateUser", false, "user.deactivate"),
        ("reactivateUser", true, "user.reactivate"),
    ] {
        for told in [vec![action], vec![]] {
            let (payload, request) =
                done(&bench, mutation, SHOWS, json!({ "id": user["id"] })).await;
            assert_eq!(payload["user"]["isActive"], json!(is_active));
            let trail = trail(&bench, &request).await;
            assert_eq!(
                trail.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(),
                told
            );
        }
    }
    // Whatever was written down, no hash and no password is in it.
    let leaks: i64 = value(
        &bench.superuser,
        "SELECT count(*) FROM audit_logs WHERE metadata::text ~ 'argon2|password|twelve'",
    )
    .await;
    assert_eq!(leaks, 0);
}

#[tokio::test]
async fn what_is_wrong_with_a_user_is_told_at_once() {
    let bench = Bench::northwind().await;
    let is = |code: &str, path: &str| (code.to_owned(), format!("input.{path}"));
    let wrong = json!({
        "email": "two@signs@example", "username": "", "firstName": "", "lastName": "x".repeat(101), "authProviderId": "",
        "password": "too short", "roles": ["viewer", "emperor"]
    });
    assert_eq!(
        refused(&bench, &bench.token, "createUser", SHOWS, wrong).await,
        [
            is("INVALID", "authProviderId"),
            is("INVALID", "email"),
            is("INVALID", "firstName"),
            is("INVALID", "lastName"),
            is("INVALID", "password"),
            is("INVALID", "username"),
            is("NOT_FOUND", "roles.1"),
        ]
    );
    let taken = json!({ "email": "viewer@northwind.example", "username": "northwind.viewer" });
    assert_eq!(
        refused(&bench, &bench.token, "createUser", SHOWS, taken).await,
        [
            is("ALREADY_EXISTS", "email"),
            is("ALREADY_EXISTS", "username")
        ]
    );
    // What only the database knows: another organization's, another case, an identity provider's.
    for (field, text) in [
        ("email", "VIEWER@northwind.example"),
        ("email", "admin@alpine.example"),
        ("username", "alpine.admin"),
        ("authProviderId", "okta|00u8b2northwind"),
    ] {
        let mut input = json!({ "email": "new@northwind.example", "username": "new" });
        input[field] = json!(text);
        assert_eq!(
            refused(&bench, &bench.token, "createUser", SHOWS, input).await,
            [is("ALREADY_EXISTS", field)],
            "{text}"
        );
    }
    let viewer = id(
        &bench,
        "SELECT id::text FROM users WHERE username = 'northwind.viewer'",
    )
    .await;
    let wrong = json!({ "id": viewer, "email": "@", "username": "x".repeat(101), "password": "x".repeat(1025) });
    assert_eq!(
        refused(&bench, &bench.token, "updateUser", SHOWS, wrong).await,
        [
            is("INVALID", "email"),
            is("INVALID", "password"),
            is("INVALID", "username")
        ]
    );
    assert_eq!(
        refused(
            &bench,
            &bench.token,
            "updateUser",
            SHOWS,
            json!({ "id": viewer })
        )
        .await,
        [("INVALID".to_owned(), "input".to_owned())]
    );
    for role in ["owner", "admin "] {
        let input = json!({ "email": "new@northwind.example", "username": "new", "roles": [role] });
        assert_eq!(
            refused(&bench, &bench.token, "createUser", SHOWS, input).await,
            [is("NOT_FOUND", "roles.0")]
        );
    }
    let input = json!({ "email": "new@northwind.example", "username": "new", "roles": [] });
    assert_eq!(
        refused(&bench, &bench.token, "createUser", SHOWS, input).await,
        [is("INVALID", "roles")]
    );
}

const LAST: &str =
    "this is the last active admin of the organization: make somebody else an admin first";

#[tokio::test]
async fn the_last_admin_stays_whoever_takes_them_away() {
    let bench = Bench::northwind().await;
    let admin = id(
        &bench,
        "SELECT id::text FROM users WHERE username = 'northwind.admin'",
    )
    .await;
    let (payload, _) = mutate(
        &bench,
        &bench.token,
        "deactivateUser",
        SHOWS,
        &json!({ "id": admin }),
    )
    .await;
    assert_eq!(
        payload["errors"],
        json!([{ "code": "STATE", "message": LAST, "path": ["input"] }])
    );
    // An admin who has left does not count.
    bench
        .arrange(
            "INSERT INTO user_roles (organization_id, user_id, role_id)
             SELECT users.organization_id, users.id, roles.id FROM users, roles WHERE username = 'northwind.former' AND roles.name = 'admin'",
        )
        .await;
    let ways = [
        format!("UPDATE users SET is_active = false WHERE id = '{admin}'"),
        format!("UPDATE users SET deleted_at = now() WHERE id = '{admin}'"),
        format!("DELETE FROM users WHERE id = '{admin}'"),
        format!("DELETE FROM user_roles WHERE user_id = '{admin}'"),
        format!(
            "UPDATE user_roles SET role_id = (SELECT id FROM roles WHERE name = 'viewer') WHERE user_id = '{admin}'"
        ),
        "UPDATE users SET is_active = false".to_owned(),
        "DELETE FROM user_roles".to_owned(),
    ];
    let ours = "SET LOCAL app.organization_id = '{}'";
    let organization = id(
        &bench,
        "SELECT id::text FROM organizations WHERE slug = 'northwind'",
    )
    .await;
    let owner = bench.database.owner().await;
    for (way, with_tenant) in ways.iter().flat_map(|way| [(way, true), (way, false)]) {
        // With the tenant as the owner of the tables, and without any as a superuser.
        let connection = if with_tenant {
            &owner
        } else {
            &bench.superuser
        };
        let transaction = connection.begin().await.unwrap();
        if with_tenant {
            let setting = ours.replace("{}", &organization);
            transaction.execute_unprepared(&setting).await.unwrap();
        } else {
            // They keep the user for reasons of their own.
            transaction
                .execute_unprepared("ALTER TABLE photos DROP CONSTRAINT photos_user_fkey")
                .await
                .unwrap();
        }
        let error = execute(&transaction, way, []).await.expect_err(way);
        assert_eq!(
            refusal(&error).constraint,
            "organizations_last_admin_kept",
            "{way}"
        );
    }
    // With a second one, each may go, and then the other stays.
    bench
        .arrange(
            "INSERT INTO user_roles (organization_id, user_id, role_id)
             SELECT users.organization_id, users.id, roles.id FROM users, roles WHERE username = 'northwind.viewer' AND roles.name = 'admin'",
        )
        .await;
    for way in &ways[..5] {
        let transaction = bench.superuser.begin().await.unwrap();
        transaction
            .execute_unprepared("ALTER TABLE photos DROP CONSTRAINT photos_user_fkey")
            .await
            .unwrap();
        execute(&transaction, way, [])
            .await
            .unwrap_or_else(|error| panic!("{way}: {error}"));
        let other =
            "UPDATE users SET is_active = false WHERE username = 'northwind.viewer'".to_owned();
        let error = execute(&transaction, &other, []).await.expect_err(way);
        assert_eq!(refusal(&error).constraint, "organizations_last_admin_kept");
    }
}

#[tokio::test]
async fn of_two_who_each_take_one_of_two_admins_one_is_refused() {
    let bench = Bench::northwind().await;
    bench
        .arrange(
            "INSERT INTO user_roles (organization_id, user_id, role_id)
             SELECT users.organization_id, users.id, roles.id FROM users, roles WHERE username = 'northwind.viewer' AND roles.name = 'admin'",
        )
        .await;
    let admins: Vec<String> = column(
        &bench.superuser,
        "SELECT id::text FROM users WHERE username IN ('northwind.admin', 'northwind.viewer')",
    )
    .await;
    for round in 0..3 {
        bench
            .arrange("UPDATE users SET is_active = true WHERE username IN ('northwind.admin', 'northwind.viewer')")
            .await;
        // Both have taken theirs away, and wait to see whether another is left.
        let lock = bench.superuser.begin().await.unwrap();
        execute(
            &lock,
            "SELECT FROM organizations WHERE slug = 'northwind' FOR NO KEY UPDATE",
            [],
        )
        .await
        .unwrap();
        let inputs: Vec<Value> = admins.iter().map(|id| json!({ "id": id })).collect();
        let both = join_all(
            inputs
                .iter()
                .map(|input| mutate(&bench, &bench.token, "deactivateUser", SHOWS, input)),
        );
        let (payloads, ()) = tokio::join!(both, async {
            bench.running(2, true).await;
            lock.commit().await.unwrap();
        });
        let codes: Vec<&Value> = payloads.iter().map(|it| &it.0["errors"]).collect();
        let refused = codes
            .iter()
            .filter(|errors| errors[0]["code"] == "STATE")
            .count();
        assert_eq!(refused, 1, "{round}: {payloads:?}");
        let left: i64 = value(
            &bench.superuser,
            "SELECT count(*) FROM users WHERE username IN ('northwind.admin', 'northwind.viewer') AND is_active",
        )
        .await;
        assert_eq!(left, 1);
    }
}
