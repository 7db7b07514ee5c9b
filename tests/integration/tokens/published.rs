//! Keys that an identity provider publishes: found by their ids, followed when they change, and kept when the provider is away.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use chrono::{DateTime, TimeDelta, Utc};
use fieldgraph::auth::{Rejected, Subject, Verifier};
use fieldgraph::settings::{Options, TokenAlgorithm, TokenKeys};
use futures::future::join_all;
use futures::stream;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::keys::{Pair, USER, claims, options, then, verifier};

/// An identity provider: what it answers, and how often it was asked.
#[derive(Clone)]
pub struct Provider {
    answer: Arc<Mutex<Answer>>,
    asked: Arc<AtomicUsize>,
    url: String,
}

#[derive(Clone)]
enum Answer {
    Keys(Vec<Value>),
    Text(String),
    Status(StatusCode),
    /// To another place, where the keys are.
    Redirect(Vec<Value>),
    /// Nothing at all, ever.
    Silence,
    /// Keys without an end.
    Endless,
}

impl Provider {
    async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Self {
            answer: Arc::new(Mutex::new(answer)),
            asked: Arc::default(),
            url: format!("http://{}/keys", listener.local_addr().unwrap()),
        };
        let router = Router::new()
            .route("/keys", get(answer_keys))
            .route("/elsewhere", get(answer_elsewhere))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    /// One that publishes this list.
    pub async fn of(keys: &Value) -> Self {
        Self::start(Answer::Keys(keys.as_array().unwrap().clone())).await
    }

    fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    fn publishes(&self, keys: &[Value]) {
        self.answers(Answer::Keys(keys.to_vec()));
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// What a gateway that trusts it has its keys from.
    pub fn keys(&self, algorithm: Algorithm) -> TokenKeys {
        TokenKeys::Published {
            url: self.url.parse().unwrap(),
            algorithm: serde_json::from_value(json!(algorithm)).unwrap(),
        }
    }

    /// A gateway that trusts it.
    pub fn verifier(&self, algorithm: TokenAlgorithm) -> Verifier {
        verifier(Options {
            jwks_url: Some(self.url.parse().unwrap()),
            jwt_algorithm: Some(algorithm),
            ..options()
        })
    }
}

async fn answer_keys(State(provider): State<Provider>) -> Response {
    provider.asked.fetch_add(1, Ordering::SeqCst);
    let answer = provider.answer.lock().unwrap().clone();
    match answer {
        Answer::Keys(keys) => axum::Json(json!({ "keys": keys })).into_response(),
        Answer::Text(text) => text.into_response(),
        Answer::Status(status) => status.into_response(),
        Answer::Redirect(_) => Redirect::temporary("/elsewhere").into_response(),
        Answer::Silence => pending().await,
        Answer::Endless => {
            let spaces = stream::repeat_with(|| Ok::<_, std::io::Error>(" ".repeat(1024)));
            Body::from_stream(spaces).into_response()
        }
    }
}

async fn answer_elsewhere(State(provider): State<Provider>) -> Response {
    provider.asked.fetch_add(1, Ordering::SeqCst);
    match provider.answer.lock().unwrap().clone() {
        Answer::Redirect(keys) => axum::Json(json!({ "keys": keys })).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Whether a token of this pair is believed after so much time.
async fn believed(
    verifier: &Verifier,
    (pair, id): (&Pair, &str),
    later: TimeDelta,
) -> Result<(), Rejected> {
    verifier
        .verify(&pair.sign_named(id, &claims()), then() + later)
        .await
        .map(|claims| assert_eq!(claims.sub, Subject::User(USER)))
}

fn unknown(id: &str) -> Result<(), Rejected> {
    Err(Rejected::UnknownKey(Some(id.to_owned())))
}

const NOW: TimeDelta = TimeDelta::zero();

#[tokio::test]
async fn each_algorithm_finds_its_key_among_all_of_them() {
    let (p256, ed25519) = (Pair::p256(), Pair::ed25519());
    let all = [
        (TokenAlgorithm::Rs256, Pair::rsa(), "rsa"),
        (TokenAlgorithm::Es256, &p256, "p256"),
        (TokenAlgorithm::EdDsa, &ed25519, "ed25519"),
    ];
    let keys = all.iter().map(|(_, pair, id)| pair.jwk(id)).collect();
    let provider = Provider::start(Answer::Keys(keys)).await;
    for (algorithm, _, _) in &all {
        let verifier = provider.verifier(*algorithm);
        for (other, pair, id) in &all {
            let expected = if algorithm == other {
                Ok(())
            } else {
                Err(Rejected::Algorithm(other.name().to_owned()))
            };
            assert_eq!(believed(&verifier, (pair, id), NOW).await, expected);
        }
        let description = verifier.describe().await.unwrap();
        let expected = format!("verified by {} with the keys at ", algorithm.name());
        assert!(description.starts_with(&expected), "{description}");
        assert!(description.ends_with("at present 1"), "{description}");
    }
}

#[tokio::test]
async fn of_two_keys_the_one_that_the_token_names_is_used() {
    let (one, other) = (Pair::p256(), Pair::p256());
    let provider = Provider::start(Answer::Keys(vec![one.jwk("one"), other.jwk("other")])).await;
    let verifier = provider.verifier(TokenAlgorithm::Es256);
    assert_eq!(believed(&verifier, (&one, "one"), NOW).await, Ok(()));
    assert_eq!(believed(&verifier, (&other, "other"), NOW).await, Ok(()));
    let mixed = believed(&verifier, (&one, "other"), NOW).await;
    assert_eq!(mixed, Err(Rejected::Signature));
    // Which of two keys is meant must be said; with one there is no question.
    let nameless = one.sign(&claims());
    let answer = verifier.verify(&nameless, then()).await;
    assert_eq!(answer, Err(Rejected::UnknownKey(None)));
    provider.publishes(&[one.jwk("one")]);
    let verifier = provider.verifier(TokenAlgorithm::Es256);
    assert!(verifier.verify(&nameless, then()).await.is_ok());
}

#[tokio::test]
async fn a_new_key_is_believed_at_once_and_one_that_vanished_until_the_keys_are_asked_for_again() {
    let (old, new) = (Pair::p256(), Pair::p256());
    let provider = Provider::start(Answer::Keys(vec![old.jwk("old")])).await;
    let verifier = provider.verifier(TokenAlgorithm::Es256);
    assert_eq!(believed(&verifier, (&old, "old"), NOW).await, Ok(()));
    assert_eq!(provider.asked(), 1);

    provider.publishes(&[old.jwk("old"), new.jwk("new")]);
    let soon = TimeDelta::seconds(10);
    assert_eq!(believed(&verifier, (&new, "new"), soon).await, Ok(()));
    assert_eq!(provider.asked(), 2);

    provider.publishes(&[new.jwk("new")]);
    let last = soon + TimeDelta::minutes(5) - TimeDelta::seconds(1);
    assert_eq!(believed(&verifier, (&old, "old"), last).await, Ok(()));
    assert_eq!(provider.asked(), 2);
    let over = soon + TimeDelta::minutes(5);
    assert_eq!(
        believed(&verifier, (&old, "old"), over).await,
        unknown("old")
    );
    assert_eq!(believed(&verifier, (&new, "new"), over).await, Ok(()));
    assert_eq!(provider.asked(), 3);
}

#[tokio::test]
async fn many_at_once_cause_one_question_and_unknown_keys_one_in_five_seconds() {
    let (pair, stranger) = (Pair::p256(), Pair::p256());
    let provider = Provider::start(Answer::Keys(vec![pair.jwk("ours")])).await;
    let verifier = provider.verifier(TokenAlgorithm::Es256);
    let ours = || believed(&verifier, (&pair, "ours"), NOW);
    for answer in join_all((0..50).map(|_| ours())).await {
        assert_eq!(answer, Ok(()));
    }
    assert_eq!(provider.asked(), 1);

    let names: Vec<String> = (0..50).map(|number| format!("guess {number}")).collect();
    for (seconds, questions) in [(1, 1), (4, 1), (5, 2), (9, 2), (10, 3)] {
        let later = TimeDelta::seconds(seconds);
        let guesses = names.iter().map(|name| async {
            (
                believed(&verifier, (&stranger, name), later).await,
                unknown(name),
            )
        });
        for (answer, expected) in join_all(guesses).await {
            assert_eq!(answer, expected);
        }
        assert_eq!(provider.asked(), questions, "after {seconds} s");
    }
    let long = "x".repeat(1000);
    let answer = believed(&verifier, (&stranger, &long), NOW).await;
    assert_eq!(answer, unknown(&long[..64]));
}

#[tokio::test]
async fn who_goes_away_while_the_keys_are_fetched_takes_nothing_from_the_others() {
    let pair = Pair::p256();
    let provider = Provider::start(Answer::Keys(vec![pair.jwk("ours")])).await;
    let verifier = provider.verifier(TokenAlgorithm::Es256);
    tokio::select! {
        biased;
        _ = believed(&verifier, (&pair, "ours"), NOW) => panic!("there were no keys yet"),
        () = std::future::ready(()) => {}
    }
    assert_eq!(believed(&verifier, (&pair, "ours"), NOW).await, Ok(()));
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn keys_that_were_fetched_once_serve_for_a_day_while_the_provider_is_away() {
    let pair = Pair::p256();
    let provider = Provider::start(Answer::Keys(vec![pair.jwk("ours")])).await;
    let verifier = provider.verifier(TokenAlgorithm::Es256);
    let ours = (&pair, "ours");
    assert_eq!(believed(&verifier, ours, NOW).await, Ok(()));
    let day = TimeDelta::days(1);
    let later = [
        TimeDelta::minutes(6),
        TimeDelta::hours(1),
        day - TimeDelta::seconds(6),
    ];
    let failures = [
        Answer::Status(StatusCode::INTERNAL_SERVER_ERROR),
        Answer::Text("<html>sign in</html>".to_owned()),
        Answer::Endless,
    ];
    for (number, (later, failure)) in later.into_iter().zip(failures).enumerate() {
        provider.answers(failure);
        assert_eq!(believed(&verifier, ours, later).await, Ok(()));
        // Asked again, and again only after a pause.
        assert_eq!(believed(&verifier, ours, later).await, Ok(()));
        assert_eq!(provider.asked(), number + 2);
    }
    let over = believed(&verifier, ours, day).await.unwrap_err();
    assert_eq!(over, Rejected::NoKeys);
    assert!(over.is_unavailable());

    provider.publishes(&[pair.jwk("ours")]);
    let back = day + TimeDelta::seconds(5);
    assert_eq!(believed(&verifier, ours, back).await, Ok(()));
}

#[tokio::test]
async fn what_is_no_set_of_keys_verifies_nothing() {
    let pair = Pair::p256();
    let key = pair.jwk("ours");
    let provider = Provider::start(Answer::Silence).await;
    let large = json!({ "keys": [key], "padding": "x".repeat(256 * 1024) });
    for (answer, said) in [
        (Answer::Status(StatusCode::NOT_FOUND), "answers 404"),
        (Answer::Status(StatusCode::NO_CONTENT), "answers 204"),
        (
            Answer::Redirect(vec![key.clone()]),
            "redirects are not followed",
        ),
        (Answer::Text(large.to_string()), "more than 262144 bytes"),
        (Answer::Endless, "more than 262144 bytes"),
        (Answer::Text(String::new()), "no JSON Web Key Set"),
        (Answer::Text("[]".to_owned()), "no JSON Web Key Set"),
        (
            Answer::Text("{\"keys\": 1}".to_owned()),
            "no JSON Web Key Set",
        ),
        (Answer::Text(key.to_string()), "no JSON Web Key Set"),
        (Answer::Silence, "cannot be fetched"),
    ] {
        provider.answers(answer);
        let verifier = provider.verifier(TokenAlgorithm::Es256);
        let before = provider.asked();
        let result = believed(&verifier, (&pair, "ours"), NOW).await;
        assert_eq!(result, Err(Rejected::NoKeys), "{said}");
        assert_eq!(provider.asked(), before + 1, "{said}");
        let error = verifier.describe().await.unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_found_when_it_is() {
    let pair = Pair::p256();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    drop(listener);
    let verifier = verifier(Options {
        jwks_url: Some(url.parse().unwrap()),
        jwt_algorithm: Some(TokenAlgorithm::Es256),
        ..options()
    });
    let result = believed(&verifier, (&pair, "ours"), NOW).await;
    assert_eq!(result, Err(Rejected::NoKeys));
    let error = verifier.describe().await.unwrap_err().to_string();
    assert!(error.contains("Connection refused"), "{error}");
}

#[tokio::test]
async fn where_https_is_asked_for_nothing_less_is_taken() {
    let pair = Pair::p256();
    let provider = Provider::start(Answer::Keys(vec![pair.jwk("ours")])).await;
    let pretended = provider.url.replace("http://", "https://");
    let verifier = verifier(Options {
        jwks_url: Some(pretended.parse().unwrap()),
        jwt_algorithm: Some(TokenAlgorithm::Es256),
        ..options()
    });
    let result = believed(&verifier, (&pair, "ours"), NOW).await;
    assert_eq!(result, Err(Rejected::NoKeys));
    let error = verifier.describe().await.unwrap_err().to_string();
    assert!(error.contains("cannot be fetched"), "{error}");
    assert_eq!(provider.asked(), 0);
}

#[tokio::test]
async fn keys_that_are_not_for_verifying_by_this_algorithm_are_passed_over() {
    let changed = |mut key: Value, name: &str, value: Value| {
        key[name] = value;
        key
    };
    let (p256, ed25519, weak) = (Pair::p256(), Pair::ed25519(), Pair::rsa_of(1024));
    let token_of = |algorithm, pair: &Pair, key: Value| {
        let id = key["kid"].as_str().unwrap().to_owned();
        (algorithm, pair.sign_named(&id, &claims()), key)
    };
    let off_the_curve = changed(p256.jwk("off"), "x", p256.jwk("off")["y"].clone());
    let cases = [
        token_of(
            TokenAlgorithm::Es256,
            &p256,
            changed(p256.jwk("enc"), "use", json!("enc")),
        ),
        token_of(
            TokenAlgorithm::Es256,
            &p256,
            changed(p256.jwk("ops"), "key_ops", json!(["sign"])),
        ),
        token_of(
            TokenAlgorithm::Es256,
            &p256,
            changed(p256.jwk("alg"), "alg", json!("ES384")),
        ),
        token_of(
            TokenAlgorithm::Es256,
            &p256,
            changed(p256.jwk("crv"), "crv", json!("P-384")),
        ),
        token_of(
            TokenAlgorithm::Es256,
            &p256,
            changed(p256.jwk("new"), "crv", json!("P-1024")),
        ),
        token_of(TokenAlgorithm::Es256, &p256, off_the_curve),
        token_of(
            TokenAlgorithm::EdDsa,
            &ed25519,
            changed(ed25519.jwk("short"), "x", json!("AAAA")),
        ),
        token_of(TokenAlgorithm::Rs256, &weak, weak.jwk("weak")),
        token_of(
            TokenAlgorithm::Rs256,
            Pair::rsa(),
            changed(Pair::rsa().jwk("pss"), "alg", json!("PS256")),
        ),
        token_of(
            TokenAlgorithm::Rs256,
            Pair::rsa(),
            json!({ "kty": "oct", "kid": "oct", "k": "AAAA" }),
        ),
    ];
    for (algorithm, token, key) in cases {
        let id = key["kid"].as_str().unwrap().to_owned();
        let provider = Provider::start(Answer::Keys(vec![json!(7), key])).await;
        let verifier = provider.verifier(algorithm);
        let answer = verifier.verify(&token, then()).await.map(|_| ());
        assert_eq!(answer, unknown(&id));
        let error = verifier.describe().await.unwrap_err().to_string();
        let part = format!("publishes no key for {}", algorithm.name());
        assert!(error.contains(&part), "{error}");
    }
}

#[tokio::test]
async fn a_clock_that_was_set_back_does_not_keep_old_keys_alive() {
    let (old, new) = (Pair::p256(), Pair::p256());
    let provider = Provider::start(Answer::Keys(vec![old.jwk("old")])).await;
    let verifier = provider.verifier(TokenAlgorithm::Es256);
    let ahead: DateTime<Utc> = then() + TimeDelta::hours(20);
    assert!(
        verifier
            .verify(&old.sign_named("old", &claims()), ahead)
            .await
            .is_ok()
    );
    provider.publishes(&[new.jwk("new")]);
    assert_eq!(
        believed(&verifier, (&old, "old"), NOW).await,
        unknown("old")
    );
}
