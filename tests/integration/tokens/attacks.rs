//! RFC 8725's list and what is told of libraries besides, tried at the front door with every algorithm and source of keys: each
//! attack is refused with the same answer, so that nobody learns how far they came. That weak keys and secrets are refused at
//! the start is tested where settings and keys are.

mod lists;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::Utc;
use fieldgraph::settings::{Secret, TokenKeys};
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use support::{Answer, Gateway, TestDatabase, value};
use tokio::net::TcpListener;

use super::forgery::{Signatory, decoded, encoded, with};
use super::keys::{Pair, SECRET, file};
use super::published::Provider;
use lists::LISTS;

/// A gateway that is attacked, and what its attackers know: everything but the private key. They have that too, in a way: to
/// see whether a token is refused for what it says, it is signed as it should be.
struct Target {
    gateway: Gateway,
    /// Whether the gateway signs itself.
    is_ours: bool,
    real: Signatory,
    /// A key of the attacker's own, of the same kind, and how they would publish it.
    attacker: Signatory,
    attacker_jwk: Value,
    /// The public key in every form in which it could be taken for a secret; none where there is only a secret.
    public: Vec<Vec<u8>>,
    /// A header that is believed.
    header: Value,
    /// The id of another key of the gateway's.
    other_id: Value,
    /// Claims that are believed.
    claims: Value,
    /// Those of somebody in another organization.
    others: Value,
    /// Where nobody should ever ask for a key.
    trap: String,
}

impl Target {
    fn signed(&self, header: &Value, payload: &impl ToString) -> String {
        self.real.token(&header.to_string(), &payload.to_string())
    }

    fn says(&self, claims: &impl ToString) -> String {
        self.signed(&self.header, claims)
    }

    fn good(&self) -> String {
        self.says(&self.claims)
    }

    fn forged(&self, header: &Value) -> String {
        let claims = self.claims.to_string();
        self.attacker.token(&header.to_string(), &claims)
    }

    async fn answer(&self, token: &str) -> Answer {
        let question = json!({ "query": "{ viewer { user { id } } }" });
        self.gateway.post(Some(token), &question).await
    }
}

/// Where the gateway has its keys from.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Source {
    /// Two secrets, or two private keys.
    Ours,
    /// A provider's one key, in a file.
    File,
    /// A provider's two keys, published.
    Published,
}

const TARGETS: [(Source, Algorithm); 7] = [
    (Source::Ours, Algorithm::HS256),
    (Source::Ours, Algorithm::RS256),
    (Source::Ours, Algorithm::ES256),
    (Source::Ours, Algorithm::EdDSA),
    (Source::File, Algorithm::RS256),
    (Source::Published, Algorithm::ES256),
    (Source::Published, Algorithm::EdDSA),
];

#[tokio::test]
async fn every_attack_is_refused_with_the_same_answer() {
    let database = TestDatabase::demo().await;
    let trap = Trap::set().await;
    let (mut count, mut first) = (0, None);
    for (source, algorithm) in TARGETS {
        let target = target(&database, (source, algorithm), &trap.url).await;
        let good = target.answer(&target.good()).await;
        assert_eq!(good.status, 200, "{source:?} {algorithm:?}: {}", good.text);
        for (list, attacks) in LISTS {
            for (name, token) in attacks(&target) {
                let answer = target.answer(&token).await;
                let name = format!("{list}: {name} ({source:?}, {algorithm:?})");
                assert_eq!(answer.status, 401, "{name}: {token}: {}", answer.text);
                let said = without_id(&answer);
                assert_eq!(&said, first.get_or_insert_with(|| said.clone()), "{name}");
                count += 1;
            }
        }
        // The gateway is none the worse for it.
        assert_eq!(target.answer(&target.good()).await.status, 200);
    }
    assert_eq!(trap.visits(), 0, "a key was asked for where a token said");
    println!("{count} attacks on {} gateways refused", TARGETS.len());
}

/// What is told, and how.
fn without_id(answer: &Answer) -> (Value, String) {
    let mut body = answer.body.clone();
    let extensions = body["errors"][0]["extensions"].as_object_mut().unwrap();
    assert!(extensions.remove("requestId").is_some(), "{}", answer.text);
    (body, answer.header("www-authenticate").to_owned())
}

async fn target(
    database: &TestDatabase,
    (source, algorithm): (Source, Algorithm),
    trap: &str,
) -> Target {
    let [real, other, attacker] = [(); 3].map(|()| pair(algorithm));
    let is_secret = algorithm == Algorithm::HS256;
    let guess = "what an attacker guesses, of 32 bytes";
    let keys = match source {
        Source::Ours if is_secret => TokenKeys::Secrets {
            signing: Some(Secret::new(SECRET)),
            further: vec![Secret::new("another secret of the tests, 32 bytes or more")],
        },
        Source::Ours => TokenKeys::Own {
            signing: file(real.private_pem()),
            further: vec![file(other.private_pem())],
            algorithm: None,
        },
        Source::File => TokenKeys::PublicKey {
            file: file(&real.public),
            algorithm: None,
        },
        Source::Published => {
            let keys = [&real, &other].map(|pair| pair.jwk(&thumbprint(pair)));
            Provider::of(&json!(keys)).await.keys(algorithm)
        }
    };
    let header = json!({ "typ": "JWT", "alg": algorithm });
    let (claims, others) = people(database).await;
    Target {
        gateway: Gateway::start_with(database, |settings| settings.tokens.keys = keys).await,
        is_ours: source == Source::Ours,
        real: Signatory::new(&real),
        attacker: if is_secret {
            let key = EncodingKey::from_secret(guess.as_bytes());
            Signatory { algorithm, key }
        } else {
            Signatory::new(&attacker)
        },
        attacker_jwk: if is_secret {
            json!({ "kty": "oct", "k": encoded(guess), "kid": "guess" })
        } else {
            attacker.jwk(&thumbprint(&attacker))
        },
        public: if is_secret {
            Vec::new()
        } else {
            public_forms(&real)
        },
        header: if is_secret || source == Source::File {
            header
        } else {
            with(&header, "kid", json!(thumbprint(&real)))
        },
        other_id: if is_secret {
            json!("another")
        } else {
            json!(thumbprint(&other))
        },
        claims,
        others,
        trap: trap.to_owned(),
    }
}

fn pair(algorithm: Algorithm) -> Pair {
    match algorithm {
        Algorithm::RS256 => Pair::rsa_of(2048),
        Algorithm::ES256 => Pair::p256(),
        Algorithm::EdDSA => Pair::ed25519(),
        _ => Pair::secret(),
    }
}

fn thumbprint(pair: &Pair) -> String {
    let jwk: Jwk = serde_json::from_value(pair.jwk("")).unwrap();
    jwk.thumbprint(ThumbprintHash::SHA256).unwrap()
}

/// PEM as it is written, read and copied, what is in it, and the key as it is published, whole and in its parts.
fn public_forms(pair: &Pair) -> Vec<Vec<u8>> {
    let pem = &pair.public;
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let jwk = pair.jwk(&thumbprint(pair));
    let number = jwk.get("n").or(jwk.get("x")).unwrap().as_str().unwrap();
    vec![
        pem.clone().into(),
        pem.trim().into(),
        pem.replace('\n', "\r\n").into(),
        body.clone().into(),
        decoded(
            body.trim_end_matches('=')
                .replace('+', "-")
                .replace('/', "_")
                .as_str(),
        ),
        jwk.to_string().into(),
        json!({ "keys": [jwk] }).to_string().into(),
        number.into(),
        decoded(number),
        thumbprint(pair).into(),
    ]
}

/// Claims of an admin and of somebody in another organization.
async fn people(database: &TestDatabase) -> (Value, Value) {
    let superuser = database.superuser().await;
    let now = Utc::now().timestamp();
    let mut people = Vec::new();
    for email in ["admin@northwind.example", "admin@alpine.example"] {
        let one =
            |column: &str| format!("SELECT {column}::text FROM users WHERE email = '{email}'");
        people.push(json!({
            "sub": value::<String, _>(&superuser, &one("id")).await,
            "org": value::<String, _>(&superuser, &one("organization_id")).await,
            "roles": ["admin"],
            "iss": "fieldgraph",
            "aud": "fieldgraph",
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
        }));
    }
    (people[0].clone(), people[1].clone())
}

/// A place that counts who comes.
struct Trap {
    url: String,
    visits: Arc<AtomicUsize>,
}

impl Trap {
    async fn set() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let visits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&visits);
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { url, visits }
    }

    fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }
}
