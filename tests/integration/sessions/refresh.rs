//! How a session goes on, and how it ends.

use chrono::{TimeDelta, Utc};
use fieldgraph::auth::Sessions;
use fieldgraph::settings::{Options, Secret};
use reqwest::Method;
use serde_json::json;
use support::{Answer, column, value};

use super::{
    ADMIN, House, SESSION, fault, is, operation, refresh, session, sign_out, time, viewer,
};

const OVER: &str = "input.refreshToken";

/// As if all used tokens had been used a while ago.
async fn later(house: &House) {
    house
        .arrange("UPDATE refresh_tokens SET used_at = used_at - interval '11 seconds'")
        .await;
}

#[tokio::test]
async fn each_refresh_gives_other_tokens_and_the_roles_as_they_are_now() {
    let house = House::open().await;
    let first = house.sign_in("northwind.engineer").await;
    house
        .arrange("INSERT INTO user_roles (organization_id, user_id, role_id) SELECT organization_id, users.id, roles.id FROM users, roles WHERE username = 'northwind.engineer' AND roles.name = 'viewer'")
        .await;
    house.refused_everywhere(&first.access).await;
    let second = session(
        &refresh(&house.other, &first.refresh).await,
        "refreshSession",
    );
    assert_ne!(second.refresh, first.refresh);
    assert_ne!(second.access, first.access);
    assert_eq!(second.whole["roles"], json!(["engineer", "viewer"]));
    for gateway in house.both() {
        assert_eq!(viewer(gateway, &second.access).await.status, 200);
    }
    let third = session(
        &refresh(&house.one, &second.refresh).await,
        "refreshSession",
    );
    let families: Vec<i64> = column(
        &house.superuser,
        "SELECT count(*) FROM refresh_tokens GROUP BY family_id",
    )
    .await;
    assert_eq!(families, [3]);
    // 256 bits.
    for session in [&first, &second, &third] {
        assert_eq!(session.refresh.len(), 43);
    }
}

#[tokio::test]
async fn a_token_that_is_used_again_ends_its_family_everywhere() {
    let house = House::open().await;
    let first = house.sign_in(ADMIN).await;
    let elsewhere = house.sign_in(ADMIN).await;
    let second = session(&refresh(&house.one, &first.refresh).await, "refreshSession");
    assert_eq!(viewer(&house.other, &second.access).await.status, 200);
    later(&house).await;
    let answer = refresh(&house.other, &first.refresh).await;
    assert_eq!(fault(&answer, "refreshSession"), is("INVALID", OVER));
    for gateway in house.both() {
        let answer = refresh(gateway, &second.refresh).await;
        assert_eq!(fault(&answer, "refreshSession"), is("INVALID", OVER));
    }
    house.refused_everywhere(&second.access).await;
    let (actor, kind, metadata, request) = house.trail("session.reuse").await.pop().unwrap();
    assert_eq!((actor, kind.as_str()), (None, "session"));
    assert_eq!(metadata["address"], "127.0.0.1");
    assert_eq!(request.as_deref(), Some(answer_id(&answer)));
    // It is told once: what is over cannot be stolen.
    refresh(&house.one, &first.refresh).await;
    assert_eq!(house.trail("session.reuse").await.len(), 1);
    // Another sign-in of the same person is another family.
    session(
        &refresh(&house.one, &elsewhere.refresh).await,
        "refreshSession",
    );
}

fn answer_id(answer: &Answer) -> &str {
    answer.header("x-request-id")
}

#[tokio::test]
async fn a_hasty_second_use_gets_nothing_and_ends_nothing() {
    let house = House::open().await;
    let first = house.sign_in(ADMIN).await;
    let (one, other) = tokio::join!(
        refresh(&house.one, &first.refresh),
        refresh(&house.other, &first.refresh)
    );
    let (got, lost) = if one.data()["refreshSession"]["session"].is_null() {
        (other, one)
    } else {
        (one, other)
    };
    assert_eq!(fault(&lost, "refreshSession"), is("CONFLICT", OVER));
    let second = session(&got, "refreshSession");
    let answer = refresh(&house.one, &first.refresh).await;
    assert_eq!(fault(&answer, "refreshSession"), is("CONFLICT", OVER));
    session(
        &refresh(&house.one, &second.refresh).await,
        "refreshSession",
    );
    assert!(house.trail("session.reuse").await.is_empty());
}

#[tokio::test]
async fn haste_from_elsewhere_is_theft() {
    let house = House::with(|settings| {
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let first = house.sign_in(ADMIN).await;
    let from = async |address: &str| {
        let input = json!({ "refreshToken": first.refresh });
        let request = house
            .one
            .request(Method::POST, "/graphql")
            .header("X-Forwarded-For", address)
            .json(&operation("refreshSession", SESSION, input));
        Answer::of(request).await
    };
    let thief = session(&from("192.0.2.1").await, "refreshSession");
    assert_eq!(
        fault(&from("192.0.2.1").await, "refreshSession"),
        is("CONFLICT", OVER)
    );
    assert_eq!(
        fault(&from("192.0.2.2").await, "refreshSession"),
        is("INVALID", OVER)
    );
    assert_eq!(house.trail("session.reuse").await.len(), 1);
    assert_eq!(
        fault(&refresh(&house.one, &thief.refresh).await, "refreshSession"),
        is("INVALID", OVER)
    );
}

#[tokio::test]
async fn twenty_refreshes_at_once_give_one_session() {
    let house = House::open().await;
    let first = house.sign_in(ADMIN).await;
    let all = (0..20).map(|turn| refresh(house.both()[turn % 2], &first.refresh));
    let answers = futures::future::join_all(all).await;
    let given = answers
        .iter()
        .filter(|answer| !answer.data()["refreshSession"]["session"].is_null())
        .count();
    assert_eq!(given, 1);
    assert_eq!(house.count("refresh_tokens").await, 2);
}

#[tokio::test]
async fn a_session_is_over_when_it_rests_too_long_and_after_ninety_days_anyway() {
    let house = House::open().await;
    let resting = house.sign_in(ADMIN).await;
    house
        .arrange("UPDATE refresh_tokens SET expires_at = now()")
        .await;
    let answer = refresh(&house.one, &resting.refresh).await;
    assert_eq!(fault(&answer, "refreshSession"), is("INVALID", OVER));

    let old = house.sign_in(ADMIN).await;
    house
        .arrange("UPDATE refresh_tokens SET signed_in_at = now() - interval '90 days' + interval '1 hour' WHERE expires_at > now()")
        .await;
    let last = session(&refresh(&house.one, &old.refresh).await, "refreshSession");
    let left = time(&last, "refreshExpiresAt") - Utc::now();
    assert!(
        left <= TimeDelta::hours(1) && left > TimeDelta::minutes(50),
        "{left}"
    );
    for token in ["", "x", &"x".repeat(43), &"x".repeat(5000), "ö\0"] {
        let answer = refresh(&house.one, token).await;
        assert_eq!(fault(&answer, "refreshSession"), is("INVALID", OVER));
    }
}

#[tokio::test]
async fn who_may_not_sign_in_may_not_go_on_either_and_has_to_sign_in_anew_when_they_may() {
    let house = House::open().await;
    for (away, back) in [
        (
            "UPDATE users SET is_active = false WHERE username = 'northwind.admin'",
            "UPDATE users SET is_active = true",
        ),
        (
            "UPDATE users SET deleted_at = now() WHERE username = 'northwind.admin'",
            "UPDATE users SET deleted_at = NULL",
        ),
    ] {
        let session = house.sign_in(ADMIN).await;
        house.arrange(away).await;
        let answer = refresh(&house.one, &session.refresh).await;
        assert_eq!(
            fault(&answer, "refreshSession"),
            is("INVALID", OVER),
            "{away}"
        );
        house.refused_everywhere(&session.access).await;
        house.arrange(back).await;
        let answer = refresh(&house.one, &session.refresh).await;
        assert_eq!(
            fault(&answer, "refreshSession"),
            is("INVALID", OVER),
            "{back}"
        );
        assert_eq!(viewer(&house.one, &session.access).await.status, 401);
    }
    // An organization's people go on when it does.
    let before = house.sign_in(ADMIN).await;
    house
        .arrange("UPDATE organizations SET is_active = false")
        .await;
    let answer = refresh(&house.one, &before.refresh).await;
    assert_eq!(fault(&answer, "refreshSession"), is("INVALID", OVER));
    house.refused_everywhere(&before.access).await;
    house
        .arrange("UPDATE organizations SET is_active = true")
        .await;
    session(
        &refresh(&house.one, &before.refresh).await,
        "refreshSession",
    );
}

#[tokio::test]
async fn signing_out_ends_one_session_or_all_of_them() {
    let house = House::open().await;
    let (desk, phone, tablet) = (
        house.sign_in(ADMIN).await,
        house.sign_in(ADMIN).await,
        house.sign_in(ADMIN).await,
    );
    let stranger = house.sign_in("northwind.engineer").await;
    let desk = session(&refresh(&house.one, &desk.refresh).await, "refreshSession");
    assert_eq!(sign_out(&house.other, &desk.refresh, false).await, 1);
    let answer = refresh(&house.one, &desk.refresh).await;
    assert_eq!(fault(&answer, "refreshSession"), is("INVALID", OVER));
    // What it ends is the session: its access token is good until it expires.
    assert_eq!(viewer(&house.one, &desk.access).await.status, 200);
    let phone = session(&refresh(&house.one, &phone.refresh).await, "refreshSession");

    for nothing in [desk.refresh.as_str(), "x", ""] {
        assert_eq!(sign_out(&house.one, nothing, true).await, 0);
    }
    assert_eq!(sign_out(&house.one, &phone.refresh, true).await, 2);
    for session in [&phone, &tablet] {
        let answer = refresh(&house.other, &session.refresh).await;
        assert_eq!(fault(&answer, "refreshSession"), is("INVALID", OVER));
        house.refused_everywhere(&session.access).await;
    }
    session(
        &refresh(&house.one, &stranger.refresh).await,
        "refreshSession",
    );
    assert_eq!(viewer(&house.one, &stranger.access).await.status, 200);
    let told: Vec<_> = house
        .trail("session.sign_out")
        .await
        .into_iter()
        .map(|(actor, _, metadata, _)| {
            (
                actor.unwrap(),
                metadata["everywhere"].clone(),
                metadata["sessions"].clone(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("northwind.admin".to_owned(), json!(false), json!(1)),
            ("northwind.admin".to_owned(), json!(true), json!(2)),
        ]
    );
}

#[tokio::test]
async fn what_is_over_is_swept_in_every_organization() {
    let house = House::open().await;
    for login in [ADMIN, "northwind.engineer", "admin@alpine.example"] {
        house.sign_in(login).await;
    }
    house
        .arrange("UPDATE refresh_tokens SET expires_at = now() WHERE user_id IN (SELECT id FROM users WHERE email LIKE 'admin@%')")
        .await;
    house
        .arrange("INSERT INTO sign_in_attempts (subject, attempts, blocked_until, expires_at) VALUES (repeat('a', 64), 9, now(), now()), (repeat('b', 64), 9, now(), now() + interval '1 hour')")
        .await;
    let settings = Options {
        database_url: Some(Secret::new(house.database.gateway_url())),
        jwt_secret: Some(Secret::new("a secret of the tests, 32 bytes or more")),
        ..Options::default()
    };
    let sessions = Sessions::new(&settings.resolve().unwrap(), house.database.gateway()).unwrap();
    sessions.sweep().await;
    let left: Vec<String> = column(
        &house.superuser,
        "SELECT username FROM refresh_tokens JOIN users ON users.id = user_id",
    )
    .await;
    assert_eq!(left, ["northwind.engineer"]);
    let counted: i64 = value(
        &house.superuser,
        "SELECT count(*) FROM sign_in_attempts WHERE expires_at <= now()",
    )
    .await;
    assert_eq!(counted, 0);
    assert!(house.count("sign_in_attempts").await > 0);
}
