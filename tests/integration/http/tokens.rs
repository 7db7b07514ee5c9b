//! Who is believed to be who: from the Authorization header, and from nowhere else.

use reqwest::Method;
use serde_json::{Value, json};
use support::{Answer, Gateway, TestDatabase};

async fn ask(gateway: &Gateway, authorization: &[&str], path: &str, document: &str) -> Answer {
    let mut request = gateway
        .request(Method::POST, path)
        .json(&json!({ "query": document }));
    for value in authorization {
        request = request.header("Authorization", *value);
    }
    Answer::of(request).await
}

const OWN: &str = "{ viewer { organizationId } }";

#[tokio::test]
async fn a_token_opens_its_own_organization_however_its_scheme_is_written() {
    let database = TestDatabase::demo().await;
    let gateway = Gateway::start(&database).await;
    let token = gateway.token("northwind", "admin@northwind.example").await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let answer = ask(&gateway, &[&format!("{scheme} {token}")], "/graphql", OWN).await;
        assert!(answer.data()["viewer"]["organizationId"].is_string());
    }
}

#[tokio::test]
async fn without_a_token_that_is_believed_there_is_no_data() {
    let database = TestDatabase::demo().await;
    let gateway = Gateway::start(&database).await;
    let token = gateway.token("northwind", "admin@northwind.example").await;
    let (head, signature) = token.rsplit_once('.').unwrap();
    let forged = format!(
        "Bearer {head}.{}",
        signature.chars().rev().collect::<String>()
    );
    let twice = format!("Bearer {token}");
    for (sent, path, status, challenge) in [
        (&[][..], "/graphql", 401, "Bearer"),
        (&["Basic dTpw"], "/graphql", 401, "Bearer"),
        (&["Bearer"], "/graphql", 401, "Bearer"),
        (
            &["Bearer nonsense"],
            "/graphql",
            401,
            "Bearer error=\"invalid_token\"",
        ),
        (
            &[forged.as_str()],
            "/graphql",
            401,
            "Bearer error=\"invalid_token\"",
        ),
        (
            &[twice.as_str(), twice.as_str()],
            "/graphql",
            400,
            "Bearer error=\"invalid_request\"",
        ),
        (
            &[twice.as_str(), "Bearer nonsense"],
            "/graphql",
            400,
            "Bearer error=\"invalid_request\"",
        ),
        // In a URL it would be in every log on the way.
        (
            &[],
            &format!("/graphql?access_token={token}&token={token}"),
            401,
            "Bearer",
        ),
    ] {
        let answer = ask(&gateway, sent, path, OWN).await;
        assert_eq!(answer.status, status, "{sent:?}: {}", answer.text);
        assert_eq!(answer.header("www-authenticate"), challenge, "{sent:?}");
        assert!(answer.body.get("data").is_none(), "{}", answer.text);
    }
    // Even for what needs no token: who sends a bad one is told so.
    let answer = ask(&gateway, &["Bearer nonsense"], "/graphql", "{ __typename }").await;
    assert_eq!(
        (answer.status.as_u16(), answer.code()),
        (401, "UNAUTHENTICATED")
    );
}

#[tokio::test]
async fn the_schema_alone_may_be_asked_about_without_a_token_where_that_is_set() {
    let database = TestDatabase::demo().await;
    let open = Gateway::start(&database).await;
    let closed = Gateway::start_with(&database, |settings| settings.introspection = false).await;
    let token = format!(
        "Bearer {}",
        open.token("northwind", "admin@northwind.example").await
    );
    let about = "{ __schema { queryType { name } } ...F } fragment F on Query { __typename t: __type(name: \"Query\") { name } }";

    let answer = ask(&open, &[], "/graphql", about).await;
    assert_eq!(
        answer.data()["__schema"],
        json!({ "queryType": { "name": "Query" } })
    );
    for more in [
        "{ __typename viewer { organizationId } }",
        "{ __typename ...F } fragment F on Query { viewer { organizationId } }",
        "query A { viewer { organizationId } }",
        // What is skipped may be asked for at another time, and then the document is known.
        "{ __typename viewer @skip(if: true) { organizationId } }",
        "{ nonsense }",
    ] {
        let answer = ask(&open, &[], "/graphql", more).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (401, "UNAUTHENTICATED"),
            "{more}"
        );
    }
    // A document that was kept for somebody is not open to everybody.
    assert_eq!(ask(&open, &[&token], "/graphql", OWN).await.status, 200);
    assert_eq!(ask(&open, &[], "/graphql", OWN).await.status, 401);

    for (document, authorization, status, code) in [
        (about, vec![], 401, "UNAUTHENTICATED"),
        ("{ __typename }", vec![], 401, "UNAUTHENTICATED"),
        ("{", vec![], 401, "UNAUTHENTICATED"),
        (about, vec![token.as_str()], 400, "VALIDATION_FAILED"),
    ] {
        let mut request = closed
            .request(Method::POST, "/graphql")
            .header("Accept", "application/graphql-response+json")
            .json(&json!({ "query": document }));
        for value in authorization {
            request = request.header("Authorization", value);
        }
        let answer = Answer::of(request).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (status, code),
            "{document}"
        );
    }
    let answer = ask(&closed, &[&token], "/graphql", "{ __typename }").await;
    assert_eq!(*answer.data(), json!({ "__typename": "Query" }));
    let schema = Answer::of(closed.request(Method::GET, "/schema.graphql")).await;
    assert_eq!(schema.status, 404);
    // Nor does a mistake spell out what there is.
    for (gateway, hints) in [(&open, true), (&closed, false)] {
        let answer = ask(gateway, &[&token], "/graphql", "{ viewerr { userId } }").await;
        assert_eq!(
            answer.message().contains("Did you mean"),
            hints,
            "{}",
            answer.text
        );
        assert_eq!(
            answer.text.contains("\\\"viewer\\\""),
            hints,
            "{}",
            answer.text
        );
    }
    assert_ne!(answer.body, Value::Null);
}
