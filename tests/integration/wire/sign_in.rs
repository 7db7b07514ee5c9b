//! Signing in, and encryption: compiled queries are read wherever the driver of everything else gets in, and nowhere where it must not.

use fieldgraph::schema;
use fieldgraph::server::graphql::Engine;
use serde_json::json;
use support::{Answer, Gateway, Statements};

use super::secure::{PASSWORD, Secured};

const PHOTOS: &str = "{ photos(first: 3) { nodes { id project { name } } } }";

/// Asks twice; the second answer, and whether it came by compiled statements alone.
async fn ask(secured: &Secured, statements: &Statements, url: &str) -> (Answer, bool) {
    let engine = Engine::new(schema::build())
        .unwrap()
        .reading(schema::kinds());
    let mut gateway = Gateway::start_on((url, &secured.owner_url()), engine, |_| {}).await;
    let token = gateway.token("northwind", "admin@northwind.example").await;
    gateway.query(&token, PHOTOS, json!({})).await;
    statements.take();
    let answer = gateway.query(&token, PHOTOS, json!({})).await;
    let asked = statements.take_asked();
    gateway.ended().await;
    (
        answer,
        !asked.is_empty() && asked.iter().all(|asked| asked.straight),
    )
}

#[tokio::test]
async fn by_every_way_and_by_none_that_must_not_be() {
    let secured = Secured::start().await;
    let statements = Statements::watch();
    let (own, foreign) = (secured.authority("own"), secured.authority("foreign"));
    let known = |mode: &str, authority: &std::path::Path| {
        format!("sslmode={mode}&sslrootcert={}", authority.display())
    };
    let full = known("verify-full", &own);
    let ca = known("verify-ca", &own);
    let wrong_ca = known("verify-ca", &foreign);
    let wrong = known("verify-full", &foreign);
    for (role, password, host, parameters, gets_in) in [
        ("gate_scram", PASSWORD, "127.0.0.1", "sslmode=disable", true),
        ("gate_md5", PASSWORD, "127.0.0.1", "sslmode=disable", true),
        ("gate_clear", PASSWORD, "127.0.0.1", "sslmode=disable", true),
        ("gate_tls", PASSWORD, "127.0.0.1", "sslmode=require", true),
        ("gate_tls", PASSWORD, "localhost", "sslmode=require", true),
        ("gate_tls", PASSWORD, "localhost", "sslmode=prefer", true),
        ("gate_tls", PASSWORD, "localhost", &full, true),
        ("gate_tls", PASSWORD, "localhost", &ca, true),
        // The certificate is localhost's.
        ("gate_tls", PASSWORD, "127.0.0.1", &ca, true),
        ("gate_tls", PASSWORD, "127.0.0.1", &full, false),
        ("gate_tls", PASSWORD, "localhost", &wrong, false),
        ("gate_tls", PASSWORD, "localhost", &wrong_ca, false),
        (
            "gate_tls",
            PASSWORD,
            "localhost",
            "sslmode=verify-full",
            false,
        ),
        ("gate_tls", PASSWORD, "localhost", "sslmode=disable", false),
        (
            "gate_scram",
            "another",
            "127.0.0.1",
            "sslmode=disable",
            false,
        ),
        ("gate_md5", "another", "127.0.0.1", "sslmode=disable", false),
        (
            "gate_clear",
            "another",
            "127.0.0.1",
            "sslmode=disable",
            false,
        ),
        ("gate_tls", "another", "localhost", &full, false),
    ] {
        let url = secured.gateway_url(role, password, host, parameters);
        let (answer, straight) = ask(&secured, &statements, &url).await;
        let told = format!("{role}@{host} {password:?} {parameters}: {}", answer.text);
        if gets_in {
            assert!(answer.body["errors"].is_null(), "{told}");
            assert_eq!(
                answer.data()["photos"]["nodes"].as_array().unwrap().len(),
                3,
                "{told}"
            );
            assert!(straight, "left to the resolvers: {told}");
        } else {
            assert_eq!(
                (answer.status.as_u16(), answer.code()),
                (503, "UNAVAILABLE"),
                "{told}"
            );
            assert!(!answer.text.contains("gate_"), "{told}");
        }
    }
}
