//! The graph over HTTP: statuses, media types, tokens.

use serde_json::json;
use support::{Gateway, TestDatabase};

#[tokio::test]
async fn a_query_with_a_token_is_answered() {
    let database = TestDatabase::demo().await;
    let gateway = Gateway::start(&database).await;
    let token = gateway.token("northwind", "admin@northwind.example").await;
    let answer = gateway
        .query(&token, "{ viewer { organizationId } }", json!({}))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.data()["viewer"]["organizationId"].is_string());
}
