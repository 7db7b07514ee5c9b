//! Which tokens are believed: by every algorithm, each claim, at the edges of their time, and against the known tricks.

mod attacks;
mod claims;
mod forgery;
mod keys;
mod own;
mod published;
mod rotation;
mod settings;
mod subjects;

use chrono::TimeDelta;
use fieldgraph::auth::{Claims, LEEWAY_SECONDS, LONGEST_TOKEN, Rejected, Subject};
use jsonwebtoken::{Algorithm, EncodingKey, Header, crypto, encode};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use uuid::Uuid;

use keys::{
    AUDIENCE, ISSUER, ORGANIZATION, Pair, SECRET, USER, claims, claims_with, signed_by_us, then,
    verifier,
};

/// What a gateway that knows the tests' secret says to a token with these claims.
async fn verified(claims: &impl Serialize) -> Result<Claims, Rejected> {
    let pair = Pair::secret();
    verifier(pair.options())
        .verify(&pair.sign(claims), then())
        .await
}

#[tokio::test]
async fn a_key_verifies_what_was_signed_by_it_and_nothing_else() {
    let pairs = || [Pair::secret(), Pair::p256(), Pair::ed25519()];
    let rsa = Pair::rsa();
    let (ours, others) = (pairs(), pairs());
    let ours: Vec<&Pair> = ours.iter().chain([rsa]).collect();
    for trusted in &ours {
        let verifier = verifier(trusted.options());
        for pair in &ours {
            let answer = verifier.verify(&pair.sign(&claims()), then()).await;
            if pair.algorithm == trusted.algorithm {
                assert_eq!(answer.unwrap().sub, Subject::User(USER));
            } else {
                let named = format!("{:?}", pair.algorithm);
                assert_eq!(answer, Err(Rejected::Algorithm(named)));
            }
        }
        // The same algorithm, another key; the tests' secret is one and the same.
        for other in others.iter().skip(1) {
            if other.algorithm == trusted.algorithm {
                let answer = verifier.verify(&other.sign(&claims()), then()).await;
                assert_eq!(answer, Err(Rejected::Signature), "{:?}", other.algorithm);
            }
        }
    }
    let other_rsa = Pair::rsa_of(2048).sign(&claims());
    let answer = verifier(rsa.options()).verify(&other_rsa, then()).await;
    assert_eq!(answer, Err(Rejected::Signature));
}

#[tokio::test]
async fn our_own_tokens_are_believed() {
    let token = signed_by_us(Pair::secret().options(), Some(7));
    let claims = verifier(Pair::secret().options())
        .verify(&token, then())
        .await
        .unwrap();
    assert_eq!(claims.ver, Some(7));
    let second = then().timestamp();
    assert_eq!(claims.sub, Subject::User(USER));
    assert_eq!(claims.org, Some(ORGANIZATION));
    assert_eq!(claims.roles, Some(vec!["admin".to_owned()]));
    assert_eq!((claims.iat, claims.nbf), (Some(second), Some(second)));
    assert_eq!(claims.exp, second + 60);
    assert!(claims.jti.unwrap().parse::<Uuid>().is_ok());
}

#[tokio::test]
async fn an_identity_providers_version_is_none_of_ours() {
    let pair = Pair::p256();
    for said in [json!("2.0"), json!(7)] {
        let token = pair.sign(&claims_with("ver", Some(said)));
        let claims = verifier(pair.options()).verify(&token, then()).await;
        assert_eq!(claims.unwrap().ver, None);
    }
}

#[tokio::test]
async fn all_claims_are_read_and_what_an_identity_provider_may_leave_out_may_be_missing() {
    let believed = verified(&claims()).await.unwrap();
    let second = then().timestamp();
    let expected = Claims {
        sub: Subject::User(USER),
        org: Some(ORGANIZATION),
        roles: Some(vec!["viewer".to_owned(), "engineer".to_owned()]),
        iss: Some(ISSUER.to_owned()),
        aud: Some(AUDIENCE.to_owned()),
        iat: Some(second),
        nbf: Some(second),
        exp: second + 2 * 24 * 60 * 60,
        jti: Some("one of a kind".to_owned()),
        ver: None,
    };
    assert_eq!(believed, expected);

    let without = |name| verified_with(name, None);
    assert_eq!(without("iat").await.unwrap().iat, None);
    assert_eq!(without("jti").await.unwrap().jti, None);
    let stranger = verified_with("email", Some(json!("a@b.example"))).await;
    assert_eq!(stranger.unwrap(), expected);
    let several = verified_with("aud", Some(json!(["elsewhere", AUDIENCE]))).await;
    assert_eq!(several.unwrap(), expected);
    let fraction = verified_with("nbf", Some(json!(second as f64 + 0.5))).await;
    assert_eq!(fraction.unwrap().nbf, Some(second));
    for (said, roles) in [(json!([]), vec![]), (json!("viewer"), vec!["viewer"])] {
        let answer = verified_with("roles", Some(said)).await.unwrap();
        assert_eq!(answer.roles.unwrap(), roles);
    }
}

fn refused(name: &str) -> Result<Claims, Rejected> {
    Err(Rejected::Claim(name.to_owned()))
}

async fn verified_with(name: &str, value: Option<Value>) -> Result<Claims, Rejected> {
    verified(&claims_with(name, value)).await
}

#[tokio::test]
async fn a_claim_that_is_missing_or_of_another_kind_is_named_in_the_log() {
    for name in ["sub", "org", "roles", "iss", "aud", "nbf", "exp"] {
        for value in [None, Some(Value::Null), Some(json!(true))] {
            let answer = verified_with(name, value.clone()).await;
            assert_eq!(answer, refused(name), "{value:?}");
        }
        // The library stumbles over objects before we see them.
        let answer = verified_with(name, Some(json!({}))).await;
        assert!(
            answer == refused(name) || answer == Err(Rejected::Malformed),
            "{name}: {answer:?}"
        );
    }
    for (name, value) in [
        ("sub", json!("admin")),
        ("sub", json!(1)),
        ("org", json!("")),
        ("org", json!([ORGANIZATION])),
        ("roles", json!(["admin", 1])),
        ("roles", json!({ "admin": true })),
        ("iss", json!([ISSUER])),
        ("aud", json!([AUDIENCE, 1])),
        ("nbf", json!("1000000000")),
        ("exp", json!("9000000000")),
        ("iat", json!("yesterday")),
        ("jti", json!(7)),
        ("ver", json!("2.0")),
    ] {
        let answer = verified_with(name, Some(value.clone())).await;
        assert_eq!(answer, refused(name), "{value}");
    }
}

#[tokio::test]
async fn another_issuer_and_another_audience_are_refused() {
    for issuer in ["", "https://identity.example/", "HTTPS://IDENTITY.EXAMPLE"] {
        let answer = verified_with("iss", Some(json!(issuer))).await;
        assert_eq!(answer, Err(Rejected::Issuer), "{issuer}");
    }
    for audience in [
        json!(""),
        json!([]),
        json!(["fieldgraph"]),
        json!("fieldgraph-test "),
    ] {
        let answer = verified_with("aud", Some(audience.clone())).await;
        assert_eq!(answer, Err(Rejected::Audience), "{audience}");
    }
}

#[tokio::test]
async fn time_is_believed_to_the_second_of_the_leeway() {
    let pair = Pair::secret();
    let verifier = verifier(pair.options());
    let token = pair.sign(&claims_with("exp", Some(json!(then().timestamp() + 60))));
    let answer = async |seconds: i64| {
        verifier
            .verify(&token, then() + TimeDelta::seconds(seconds))
            .await
            .map(|_| ())
    };
    assert_eq!(
        answer(-LEEWAY_SECONDS - 1).await,
        Err(Rejected::NotYetValid)
    );
    assert_eq!(answer(-LEEWAY_SECONDS).await, Ok(()));
    assert_eq!(answer(60 + LEEWAY_SECONDS - 1).await, Ok(()));
    assert_eq!(answer(60 + LEEWAY_SECONDS).await, Err(Rejected::Expired));

    // Numbers that no clock has.
    for exp in [json!(-1), json!(i64::MIN), json!(-1e300)] {
        let answer = verified_with("exp", Some(exp.clone())).await;
        assert_eq!(answer, Err(Rejected::Expired), "{exp}");
    }
    for exp in [json!(i64::MAX), json!(u64::MAX), json!(1e300)] {
        let answer = verified_with("exp", Some(exp.clone())).await;
        assert!(answer.is_ok(), "{exp}: {answer:?}");
    }
    let never = verified_with("nbf", Some(json!(u64::MAX))).await;
    assert_eq!(never, Err(Rejected::NotYetValid));
}

/// A token's two signed parts, and what the signature is about.
fn parts(token: &str) -> (&str, &str, &str) {
    let (message, _) = token.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    (header, payload, message)
}

#[tokio::test]
async fn the_algorithm_is_never_the_tokens_to_choose() {
    for pair in [
        &Pair::secret(),
        Pair::rsa(),
        &Pair::p256(),
        &Pair::ed25519(),
    ] {
        let verifier = verifier(pair.options());
        let refused = async |token: &str, why: Rejected| {
            let answer = verifier.verify(token, then()).await;
            assert_eq!(answer, Err(why), "{:?}: {token}", pair.algorithm);
        };
        let good = pair.sign(&claims());
        let (header, payload, message) = parts(&good);
        assert!(verifier.verify(&good, then()).await.is_ok());

        // {"alg":"none"}, {"alg":"None"}, {"typ":"JWT"}
        for unsigned in [
            "eyJhbGciOiJub25lIn0",
            "eyJhbGciOiJOb25lIn0",
            "eyJ0eXAiOiJKV1QifQ",
        ] {
            refused(&format!("{unsigned}.{payload}."), Rejected::Malformed).await;
            refused(&format!("{unsigned}.{payload}"), Rejected::Malformed).await;
        }
        refused(&format!("{message}."), Rejected::Signature).await;
        refused(&format!("{message}.AAAA"), Rejected::Signature).await;

        // Whoever knows the public key can use its text as a secret.
        if pair.algorithm != Algorithm::HS256 {
            for text in [pair.public.as_str(), pair.public.trim()] {
                let secret = EncodingKey::from_secret(text.as_bytes());
                for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
                    let forged = encode(&Header::new(algorithm), &claims(), &secret).unwrap();
                    let why = Rejected::Algorithm(format!("{algorithm:?}"));
                    refused(&forged, why).await;
                }
                // The same under a header that is as it should be.
                let signature =
                    crypto::sign(message.as_bytes(), &secret, Algorithm::HS256).unwrap();
                refused(&format!("{message}.{signature}"), Rejected::Signature).await;
            }
        }

        // Other claims under the old signature.
        let other = pair.sign(&claims_with("org", Some(json!(USER))));
        let (_, stolen, _) = parts(&other);
        let (_, signature) = good.rsplit_once('.').unwrap();
        refused(
            &format!("{header}.{stolen}.{signature}"),
            Rejected::Signature,
        )
        .await;
    }
}

#[tokio::test]
async fn algorithms_of_the_same_family_are_others_too() {
    let verifier_of = |pair: &Pair| verifier(pair.options());
    for (pair, others) in [
        (&Pair::secret(), &[Algorithm::HS384, Algorithm::HS512][..]),
        (
            Pair::rsa(),
            &[Algorithm::RS384, Algorithm::RS512, Algorithm::PS256],
        ),
    ] {
        for other in others {
            let token = pair.sign_as(&Header::new(*other), &claims());
            let answer = verifier_of(pair).verify(&token, then()).await;
            assert_eq!(answer, Err(Rejected::Algorithm(format!("{other:?}"))));
        }
    }
}

#[tokio::test]
async fn keys_in_the_header_are_nobodys_and_demands_are_not_passed_over() {
    let (ours, attacker) = (Pair::p256(), Pair::p256());
    let verifier = verifier(ours.options());
    let header = Header {
        jwk: Some(serde_json::from_value(attacker.jwk("mine")).unwrap()),
        jku: Some("http://127.0.0.1:1/keys".to_owned()),
        ..Header::new(Algorithm::ES256)
    };
    let answer = verifier
        .verify(&attacker.sign_as(&header, &claims()), then())
        .await;
    assert_eq!(answer, Err(Rejected::Signature));

    let header = Header {
        crit: Some(vec!["b64".to_owned()]),
        ..Header::new(Algorithm::ES256)
    };
    let answer = verifier
        .verify(&ours.sign_as(&header, &claims()), then())
        .await;
    assert_eq!(answer, Err(Rejected::Extensions));
}

#[tokio::test]
async fn what_is_no_token_is_refused_and_what_is_too_long_is_not_read() {
    let pair = Pair::secret();
    let verifier = verifier(pair.options());
    let good = pair.sign(&claims());
    for garbage in [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "Bearer",
        "\u{0}",
        "é.é.é",
        "{}",
        "null.null.null",
        &format!("{good}."),
        &format!(".{good}"),
        &format!("{good}.{good}"),
        &format!(" {good}"),
        &format!("{good}="),
        &good.replace('.', "。"),
    ] {
        let answer = verifier.verify(garbage, then()).await;
        assert!(
            matches!(answer, Err(Rejected::Malformed | Rejected::Signature)),
            "{garbage}: {answer:?}"
        );
    }
    for claims in [json!(null), json!([]), json!("text"), json!(7)] {
        assert_eq!(
            verified(&claims).await,
            Err(Rejected::Malformed),
            "{claims}"
        );
    }

    let padded =
        |length: usize| pair.sign(&claims_with("padding", Some(json!("x".repeat(length)))));
    // The payload grows by four characters for every three bytes.
    let fits = (0..9000)
        .rev()
        .step_by(16)
        .map(padded)
        .find(|token| token.len() <= LONGEST_TOKEN)
        .unwrap();
    assert!(verifier.verify(&fits, then()).await.is_ok());
    let long = "x".repeat(LONGEST_TOKEN + 1);
    let answer = verifier.verify(&long, then()).await;
    assert_eq!(answer, Err(Rejected::TooLong(LONGEST_TOKEN + 1)));
}

/// Claims in which one stands twice, as readers that take the first and readers that take the last disagree about.
struct Twice(Value, &'static str, Value);

impl Serialize for Twice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let once = self.0.as_object().unwrap().iter();
        serializer.collect_map(once.chain([(&self.1.to_owned(), &self.2)]))
    }
}

#[tokio::test]
async fn a_claim_that_stands_twice_is_refused() {
    for (name, value) in [("org", json!(USER)), ("exp", json!(i64::MAX))] {
        let answer = verified(&Twice(claims(), name, value)).await;
        assert_eq!(answer, Err(Rejected::Malformed), "{name}");
    }
}

#[test]
fn the_tests_secret_is_just_long_enough_to_be_one() {
    assert!(SECRET.len() >= fieldgraph::settings::SHORTEST_SECRET);
}
