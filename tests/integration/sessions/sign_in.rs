//! Who gets in, and that nobody else learns why they do not.

use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use chrono::{TimeDelta, Utc};
use fieldgraph::auth::password::NOBODYS;
use fieldgraph::settings::{TokenAlgorithm, TokenKeys};
use serde_json::{Value, json};
use support::{Gateway, Statements, rows, value};

use super::{
    ADMIN, House, PASSWORD, SESSION, demo, eventually, fault, is, operation, refresh, session,
};
use super::{sign_in, time, viewer};

#[tokio::test]
async fn an_address_in_any_case_or_a_username_with_its_password_begins_a_session() {
    let house = House::open().await;
    let user: String = value(
        &house.superuser,
        &format!("SELECT id::text FROM users WHERE email = '{ADMIN}'"),
    )
    .await;
    for login in [
        ADMIN,
        "ADMIN@Northwind.Example",
        " admin@northwind.example ",
        "northwind.admin",
    ] {
        let before = Utc::now();
        let answer = sign_in(&house.one, login, PASSWORD).await;
        let session = session(&answer, "signIn");
        assert_eq!(session.whole["userId"], json!(user), "{login}");
        assert_eq!(session.whole["roles"], json!(["admin"]));
        let lives = |field| time(&session, field) - before;
        let minute = TimeDelta::minutes(1);
        assert!((lives("expiresAt") - TimeDelta::minutes(15)).abs() < minute);
        assert!((lives("refreshExpiresAt") - TimeDelta::days(30)).abs() < minute);
        assert_eq!(answer.header("cache-control"), "no-store");
        for gateway in house.both() {
            let told = viewer(gateway, &session.access).await;
            assert_eq!(told.data()["viewer"]["userId"], json!(user));
            assert_eq!(told.data()["viewer"]["user"]["username"], "northwind.admin");
        }
        let trail = house.trail("session.sign_in").await;
        let (actor, kind, metadata, request) = trail.last().unwrap();
        assert_eq!(actor.as_deref(), Some("northwind.admin"));
        assert_eq!(
            (kind.as_str(), metadata),
            ("session", &json!({ "address": "127.0.0.1" }))
        );
        assert_eq!(request.as_deref(), Some(answer.header("x-request-id")));
    }
    assert_eq!(house.trail("session.sign_in").await.len(), 4);
    let noted: bool = value(
        &house.superuser,
        &format!(
            "SELECT last_login_at > now() - interval '5 minutes' FROM users WHERE email = '{ADMIN}'"
        ),
    )
    .await;
    assert!(noted);
    // Whoever succeeds leaves nothing behind in the counts but what is nobody's.
    let counted: i64 = value(
        &house.superuser,
        "SELECT coalesce(sum(attempts), 0) FROM sign_in_attempts",
    )
    .await;
    assert_eq!(counted, 0);
}

#[tokio::test]
async fn whatever_is_wrong_the_answer_and_the_work_are_the_same() {
    let house = House::open().await;
    let watched = Statements::watch();
    for sql in [
        "UPDATE users SET is_active = false WHERE username = 'northwind.engineer'",
        "UPDATE users SET deleted_at = now() WHERE username = 'northwind.viewer'",
        "UPDATE users SET password_hash = NULL, auth_provider_id = 'sso|1' WHERE username = 'northwind.worker'",
        "UPDATE organizations SET is_active = false WHERE slug = 'alpine'",
    ] {
        assert!(house.arrange(sql).await > 0, "{sql}");
    }
    let mut answers = Vec::new();
    for (login, password) in [
        ("nobody@northwind.example", PASSWORD),
        (ADMIN, "fieldgraph-dem0"),
        (ADMIN, ""),
        ("northwind.engineer", PASSWORD),
        ("northwind.viewer", PASSWORD),
        ("northwind.worker", PASSWORD),
        ("admin@alpine.example", PASSWORD),
    ] {
        let answer = sign_in(&house.one, login, password).await;
        assert_eq!(answer.status, 200, "{login}");
        assert_eq!(watched.take_checked(), ["argon2id"], "{login}");
        answers.push((login, answer.data().clone()));
    }
    for (login, answer) in &answers {
        assert_eq!(*answer, answers[0].1, "{login}");
    }
    assert_eq!(answers[0].1["signIn"]["errors"][0]["code"], "INVALID");
    assert_eq!(house.count("refresh_tokens").await, 0);
    // Who has an account is told of it in their organization's trail, with the reason.
    eventually("six lines in the trail", async || {
        house.trail("session.refused").await.len() == 6
    })
    .await;
    let mut reasons: Vec<String> = house
        .trail("session.refused")
        .await
        .into_iter()
        .map(|(actor, _, metadata, request)| {
            assert!(actor.is_none() && request.is_some());
            metadata["reason"].as_str().unwrap().to_owned()
        })
        .collect();
    reasons.sort();
    assert_eq!(
        reasons,
        [
            "has no password",
            "not active",
            "not active",
            "not active",
            "wrong password",
            "wrong password"
        ]
    );
}

#[test]
fn what_is_checked_for_nobody_costs_what_a_password_costs() {
    use fieldgraph::auth::password::{Kind, hash, matches};
    let real = hash("a password").unwrap();
    assert_eq!(Kind::of(&real), Kind::Current);
    assert_eq!(Kind::of(NOBODYS), Kind::Current);
    // The same but for salt and hash, and those of the same length.
    let shape = |hash: &str| {
        let parts: Vec<&str> = hash.split('$').collect();
        assert_eq!(parts.len(), 6);
        (parts[..4].join("$"), parts[4].len(), parts[5].len())
    };
    assert_eq!(shape(NOBODYS), shape(&real));
    assert!(matches("a password", &real) && !matches("a password", NOBODYS));
}

#[tokio::test]
async fn an_imported_hash_is_good_once_and_then_replaced_without_ending_anything() {
    let house = House::open().await;
    let weak = Argon2::new(
        Algorithm::Argon2id,
        Version::V0x13,
        Params::new(8, 1, 1, None).unwrap(),
    );
    let bcrypt = bcrypt::hash(PASSWORD, 4).unwrap();
    for (hash, kind) in [
        (bcrypt.replace("$2b$", "$2y$"), "bcrypt"),
        (bcrypt.replace("$2b$", "$2a$"), "bcrypt"),
        (bcrypt, "bcrypt"),
        (
            weak.hash_password(PASSWORD.as_bytes()).unwrap().to_string(),
            "argon2 of another cost",
        ),
    ] {
        house
            .arrange(&format!(
                "UPDATE users SET password_hash = '{hash}' WHERE email = '{ADMIN}'"
            ))
            .await;
        let watched = Statements::watch();
        let wrong = sign_in(&house.one, ADMIN, "fieldgraph-dem0").await;
        assert_eq!(fault(&wrong, "signIn"), is("INVALID", "input"));
        assert_eq!(
            stored(&house).await,
            hash,
            "a wrong password replaces nothing"
        );
        let earlier = standing(&house).await;
        let first = house.sign_in(ADMIN).await;
        assert!(
            stored(&house)
                .await
                .starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
        );
        let second = house.sign_in(ADMIN).await;
        assert_eq!(watched.take_checked(), [kind, kind, "argon2id"]);
        assert_eq!(standing(&house).await, earlier, "the password is the same");
        for session in [&first, &second] {
            assert_eq!(viewer(&house.other, &session.access).await.status, 200);
        }
        session(
            &refresh(&house.other, &first.refresh).await,
            "refreshSession",
        );
    }
}

async fn stored(house: &House) -> String {
    let sql = format!("SELECT password_hash FROM users WHERE email = '{ADMIN}'");
    value(&house.superuser, &sql).await
}

async fn standing(house: &House) -> i32 {
    let sql = format!("SELECT token_version FROM users WHERE email = '{ADMIN}'");
    value(&house.superuser, &sql).await
}

#[tokio::test]
async fn an_address_is_its_owners_though_it_be_anothers_username() {
    let house = House::open().await;
    let another = bcrypt::hash("another password", 4).unwrap();
    house
        .arrange(&format!(
            "UPDATE users SET username = '{ADMIN}', password_hash = '{another}' WHERE email = 'admin@alpine.example'"
        ))
        .await;
    let answer = sign_in(&house.one, ADMIN, "another password").await;
    assert_eq!(fault(&answer, "signIn"), is("INVALID", "input"));
    house.sign_in(ADMIN).await;
}

#[tokio::test]
async fn what_can_be_no_login_is_told_at_once_and_costs_nothing() {
    let house = House::open().await;
    let watched = Statements::watch();
    let long = "x".repeat(2000);
    for (login, password, paths) in [
        ("", "x", vec!["login"]),
        ("  ", "x", vec!["login"]),
        ("a\0b", "x", vec!["login"]),
        (&long, "x", vec!["login"]),
        ("a", &long, vec!["password"]),
        (&long, &long, vec!["login", "password"]),
    ] {
        let answer = sign_in(&house.one, login, password).await;
        let errors = answer.data()["signIn"]["errors"].as_array().unwrap();
        let told: Vec<&Value> = errors.iter().map(|error| &error["path"]).collect();
        let expected: Vec<Value> = paths.iter().map(|path| json!(["input", path])).collect();
        assert_eq!(told, expected.iter().collect::<Vec<_>>());
    }
    assert!(watched.take_checked().is_empty());
    assert_eq!(house.count("sign_in_attempts").await, 0);
}

#[tokio::test]
async fn without_a_token_nothing_else_can_be_asked_beside_it() {
    let house = House::with(|settings| settings.introspection = false).await;
    let ours = format!(
        "signIn(input: {{ login: \"{ADMIN}\", password: \"{PASSWORD}\" }}) {{ session {{ userId }} }}"
    );
    let whole = format!("mutation {{ {ours} }}");
    for document in [
        format!("mutation {{ {ours} addTags(input: {{ photoId: \"x\", tags: [] }}) {{ errors {{ code }} }} }}"),
        format!("mutation {{ {ours} ...F }} fragment F on Mutation {{ changePassword(input: {{ currentPassword: \"\", newPassword: \"\" }}) {{ errors {{ code }} }} }}"),
        format!("mutation {{ {ours} __typename }}"),
        format!("mutation {{ {ours} __schema {{ queryType {{ name }} }} }}"),
        "mutation { changePassword(input: { currentPassword: \"\", newPassword: \"\" }) { errors { code } } }".to_owned(),
        format!("mutation A {{ {ours} }} query B {{ viewer {{ userId }} }}"),
        "{ viewer { userId } }".to_owned(),
        "mutation {".to_owned(),
        "mutation { signUp }".to_owned(),
    ] {
        let answer = house.one.post(None, &json!({ "query": document })).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, "UNAUTHENTICATED"), "{document}");
    }
    let one = json!({ "query": whole });
    for batch in [
        json!([one, { "query": "{ viewer { userId } }" }]),
        json!([one, one]),
        json!([one]),
    ] {
        assert_eq!(house.one.post(None, &batch).await.status, 401);
    }
    // Whoever sends a token that is not believed is told so, whatever they ask.
    assert_eq!(house.one.post(Some("nonsense"), &one).await.status, 401);
    assert_eq!(house.count("refresh_tokens").await, 0);

    let chosen = json!({
        "query": format!("mutation A {{ ...F }} fragment F on Mutation {{ {ours} }} query B {{ viewer {{ userId }} }}"),
        "operationName": "A",
    });
    for request in [&one, &chosen] {
        let answer = house.one.post(None, request).await;
        assert!(answer.data()["signIn"]["session"]["userId"].is_string());
    }
    // A mistake does not spell out what there is.
    let mistaken = json!({ "query": "mutation { signIn(input: { logim: \"\" }) { sessions } }" });
    let answer = house.one.post(None, &mistaken).await;
    assert_eq!(answer.code(), "VALIDATION_FAILED");
    assert!(!answer.text.contains("Did you mean"), "{}", answer.text);
    let query = json!({ "query": format!("{{ {ours} }}") });
    assert_eq!(
        house.one.post(None, &query).await.code(),
        "VALIDATION_FAILED"
    );
}

#[tokio::test]
async fn where_an_identity_provider_signs_nobody_signs_in_here() {
    let database = demo().await;
    let gateway = Gateway::start_with(&database, |settings| {
        settings.tokens.issuer = "https://identity.example".to_owned();
        settings.tokens.keys = TokenKeys::Published {
            url: "https://identity.example/keys".parse().unwrap(),
            algorithm: TokenAlgorithm::Es256,
        };
    })
    .await;
    let input = json!({ "login": ADMIN, "password": PASSWORD });
    let answer = gateway
        .post(None, &operation("signIn", SESSION, input))
        .await;
    let error = &answer.data()["signIn"]["errors"][0];
    assert_eq!(error["code"], "STATE");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("https://identity.example"),
        "{error}"
    );
    assert_eq!(
        fault(&refresh(&gateway, "x").await, "refreshSession").0,
        "STATE"
    );
}

#[tokio::test]
async fn the_keeper_writes_in_the_organization_that_was_said_and_in_no_other() {
    use fieldgraph::database::DatabaseRole;
    use sea_orm::{ConnectionTrait, TransactionTrait};
    let house = House::open().await;
    house.sign_in(ADMIN).await;
    let pools = house.database.gateway();
    let keeper = pools.of(DatabaseRole::Keeper);
    let all = house.count("users").await;
    assert_eq!(
        rows(keeper, "SELECT password_hash FROM users").await.len(),
        usize::try_from(all).unwrap()
    );
    // Without an organization it finds accounts and sessions, and nothing else of anybody.
    for (sql, seen) in [
        ("SELECT id FROM refresh_tokens", 1),
        ("SELECT id FROM organizations", 0),
        ("SELECT user_id FROM user_roles", 0),
        ("UPDATE users SET last_login_at = now() RETURNING id", 0),
        (
            "UPDATE refresh_tokens SET revoked_at = now() RETURNING id",
            0,
        ),
        ("DELETE FROM refresh_tokens RETURNING id", 0),
    ] {
        assert_eq!(rows(keeper, sql).await.len(), seen, "{sql}");
    }
    for sql in [
        "INSERT INTO audit_logs (organization_id, action, resource_type) SELECT organization_id, 'x', 'x' FROM users",
        "INSERT INTO refresh_tokens (organization_id, user_id, token_hash, family_id, expires_at)
         SELECT organization_id, id, repeat('x', 43), id, now() FROM users",
        "SELECT first_name FROM users",
        "SELECT metadata FROM audit_logs",
        "SELECT id FROM photos",
        "UPDATE users SET is_active = true",
    ] {
        let error = keeper.execute_unprepared(sql).await.expect_err(sql);
        assert_eq!(support::refusal(&error).code, "42501", "{sql}");
    }
    let transaction = keeper.begin().await.unwrap();
    let alpine: String = value(
        &house.superuser,
        "SELECT id::text FROM organizations WHERE slug = 'alpine'",
    )
    .await;
    transaction
        .execute_unprepared(&format!("SET LOCAL app.organization_id = '{alpine}'"))
        .await
        .unwrap();
    let written = rows(
        &transaction,
        "UPDATE users SET last_login_at = now() RETURNING organization_id::text",
    )
    .await;
    assert!(!written.is_empty());
    for row in written {
        assert_eq!(row.try_get_by_index::<String>(0).unwrap(), alpine);
    }
}
