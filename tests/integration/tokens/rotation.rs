//! The steps of docs/operations.md by which a key takes another's place, in two gateways one after the other: whatever was
//! signed in between is believed by both.

use fieldgraph::settings::{Secret, TokenAlgorithm, TokenKeys};
use serde_json::json;
use support::{Gateway, TestDatabase};

use super::own::private_key;

const ADMIN: (&str, &str) = ("northwind", "admin@northwind.example");

async fn start(database: &TestDatabase, keys: &TokenKeys) -> Gateway {
    Gateway::start_with(database, |settings| settings.tokens.keys = keys.clone()).await
}

async fn is_believed(gateway: &Gateway, token: &str) -> bool {
    let answer = gateway
        .query(token, "{ viewer { user { id } } }", json!({}))
        .await;
    assert!(
        answer.status == 200 || answer.status == 401,
        "{}",
        answer.text
    );
    answer.status == 200
}

/// Restarts two gateways, one after the other, with each of these settings in turn; both sign whenever they are there.
async fn rotate(steps: &[TokenKeys]) -> (TestDatabase, Vec<String>) {
    let database = TestDatabase::demo().await;
    let mut gateways = [
        start(&database, &steps[0]).await,
        start(&database, &steps[0]).await,
    ];
    let mut tokens = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        for restarted in 0..2 {
            gateways[restarted].ended().await;
            gateways[restarted] = start(&database, step).await;
            for gateway in &gateways {
                tokens.push(gateway.token(ADMIN.0, ADMIN.1).await);
            }
            for (at, token) in tokens.iter().enumerate() {
                for gateway in &gateways {
                    let believed = is_believed(gateway, token).await;
                    assert!(believed, "token {at} in step {number}");
                }
            }
        }
    }
    (database, tokens)
}

/// The last step, when what the old key signed has expired: tokens of the two steps before, and of those since.
async fn drop_the_old_one(database: &TestDatabase, tokens: &[String], last: &TokenKeys) {
    let gateway = start(database, last).await;
    assert!(
        !is_believed(&gateway, &tokens[0]).await,
        "the old key is gone"
    );
    assert!(is_believed(&gateway, tokens.last().unwrap()).await);
}

#[tokio::test]
async fn a_key_takes_anothers_place_and_no_token_becomes_worthless() {
    // Of another algorithm, so that this can be changed too.
    for (old, new) in [
        (TokenAlgorithm::Es256, TokenAlgorithm::Es256),
        (TokenAlgorithm::Rs256, TokenAlgorithm::EdDsa),
    ] {
        let (old, new) = (private_key(old), private_key(new));
        let keys = |signing: &std::path::PathBuf, further: &[&std::path::PathBuf]| TokenKeys::Own {
            signing: signing.clone(),
            further: further.iter().map(|file| (*file).clone()).collect(),
            algorithm: None,
        };
        let steps = [keys(&old, &[]), keys(&old, &[&new]), keys(&new, &[&old])];
        let (database, tokens) = rotate(&steps).await;
        drop_the_old_one(&database, &tokens, &keys(&new, &[])).await;
    }
}

#[tokio::test]
async fn a_secret_takes_anothers_place_and_no_token_becomes_worthless() {
    let [old, new] = ["the old secret", "the new secret"]
        .map(|name| Secret::new(format!("{name} of the tests, of 32 bytes or more")));
    let keys = |signing: &Secret, further: &[&Secret]| TokenKeys::Secrets {
        signing: Some(signing.clone()),
        further: further.iter().map(|secret| (*secret).clone()).collect(),
    };
    let steps = [keys(&old, &[]), keys(&old, &[&new]), keys(&new, &[&old])];
    let (database, tokens) = rotate(&steps).await;
    drop_the_old_one(&database, &tokens, &keys(&new, &[])).await;
}
