//! Another password.

use reqwest::Method;
use serde_json::{Value, json};
use support::{Answer, Gateway};

use super::{
    ADMIN, House, PASSWORD, SESSION, fault, is, operation, refresh, session, sign_in, viewer,
};

const NEW: &str = "another password of theirs";

async fn change(gateway: &Gateway, token: &str, current: &str, new: &str) -> Answer {
    let input = json!({ "currentPassword": current, "newPassword": new });
    gateway
        .post(Some(token), &operation("changePassword", SESSION, input))
        .await
}

#[tokio::test]
async fn another_password_ends_what_began_with_the_old_one() {
    let house = House::open().await;
    let (desk, phone) = (house.sign_in(ADMIN).await, house.sign_in(ADMIN).await);
    let stranger = house.sign_in("northwind.engineer").await;
    let answer = change(&house.one, &desk.access, PASSWORD, NEW).await;
    let new = session(&answer, "changePassword");
    for old in [&desk, &phone] {
        house.refused_everywhere(&old.access).await;
        assert_eq!(
            fault(&refresh(&house.other, &old.refresh).await, "refreshSession"),
            is("INVALID", "input.refreshToken")
        );
    }
    for gateway in house.both() {
        assert_eq!(viewer(gateway, &new.access).await.status, 200);
        assert_eq!(viewer(gateway, &stranger.access).await.status, 200);
    }
    session(&refresh(&house.other, &new.refresh).await, "refreshSession");
    assert_eq!(
        fault(&sign_in(&house.other, ADMIN, PASSWORD).await, "signIn"),
        is("INVALID", "input")
    );
    session(&sign_in(&house.other, ADMIN, NEW).await, "signIn");
    let (actor, kind, metadata, request) = house.trail("user.change_password").await.pop().unwrap();
    assert_eq!(
        (actor.as_deref(), kind.as_str()),
        (Some("northwind.admin"), "user")
    );
    assert_eq!(metadata, json!({ "address": "127.0.0.1" }));
    assert_eq!(request.as_deref(), Some(answer.header("x-request-id")));
}

#[tokio::test]
async fn a_password_that_somebody_else_writes_ends_the_sessions_too() {
    let house = House::open().await;
    let session = house.sign_in(ADMIN).await;
    house
        .arrange(&format!(
            "UPDATE users SET password_hash = NULL WHERE email = '{ADMIN}'"
        ))
        .await;
    house.refused_everywhere(&session.access).await;
    assert_eq!(
        fault(
            &refresh(&house.one, &session.refresh).await,
            "refreshSession"
        ),
        is("INVALID", "input.refreshToken")
    );
}

#[tokio::test]
async fn what_is_wrong_with_it_is_told_and_nothing_ends() {
    let house = House::open().await;
    let before = house.sign_in(ADMIN).await;
    let long = "x".repeat(1025);
    for (current, new, wrong) in [
        ("fieldgraph-dem0", NEW, vec!["currentPassword"]),
        (PASSWORD, "short", vec!["newPassword"]),
        (PASSWORD, PASSWORD, vec!["newPassword"]),
        (PASSWORD, &long, vec!["newPassword"]),
        (&long, "short", vec!["currentPassword", "newPassword"]),
    ] {
        let answer = change(&house.one, &before.access, current, new).await;
        let errors = answer.data()["changePassword"]["errors"]
            .as_array()
            .unwrap();
        let told: Vec<Value> = errors.iter().map(|error| error["path"].clone()).collect();
        let expected: Vec<Value> = wrong.iter().map(|path| json!(["input", path])).collect();
        assert_eq!(told, expected, "{}", answer.text);
    }
    assert_eq!(viewer(&house.one, &before.access).await.status, 200);
    session(
        &refresh(&house.one, &before.refresh).await,
        "refreshSession",
    );
    house.sign_in(ADMIN).await;
}

#[tokio::test]
async fn who_has_no_password_is_told_so_and_who_is_nobody_gets_no_further() {
    let house = House::open().await;
    let token = house
        .one
        .token("northwind", "worker@northwind.example")
        .await;
    house
        .arrange("UPDATE users SET password_hash = NULL WHERE username = 'northwind.worker'")
        .await;
    let answer = change(&house.one, &token, PASSWORD, NEW).await;
    assert_eq!(fault(&answer, "changePassword"), is("STATE", "input"));
    let input = json!({ "currentPassword": PASSWORD, "newPassword": NEW });
    let request = house
        .one
        .request(Method::POST, "/graphql")
        .header("Accept", "application/graphql-response+json")
        .json(&operation("changePassword", SESSION, input));
    assert_eq!(Answer::of(request).await.status, 401);
}

#[tokio::test]
async fn whoever_has_a_token_cannot_guess_the_password_with_it() {
    let house = House::open().await;
    let session = house.sign_in(ADMIN).await;
    for turn in 0..5 {
        let gateway = house.both()[turn % 2];
        let answer = change(gateway, &session.access, "fieldgraph-dem0", NEW).await;
        assert_eq!(
            fault(&answer, "changePassword"),
            is("INVALID", "input.currentPassword")
        );
    }
    for gateway in house.both() {
        let answer = change(gateway, &session.access, PASSWORD, NEW).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (429, "RATE_LIMITED")
        );
        assert!(!answer.header("retry-after").is_empty());
    }
    // Which does not keep them from signing in.
    house.sign_in(ADMIN).await;
}
