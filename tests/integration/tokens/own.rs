//! Private keys of our own: which are taken, how a token names the one that signed it, and what is published of them.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use axum::http::Method;
use fieldgraph::auth::{Rejected, Signer, Subject, new_private_key};
use fieldgraph::settings::{Options, Secret, TokenAlgorithm, TokenKeys};
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Header, decode_header};
use serde_json::{Value, json};
use support::{Answer, Gateway, TestDatabase, program};

use super::keys::{
    Pair, SECRET, USER, claims, file, options, signed_by_us, then, try_verifier, verifier,
};

const ALGORITHMS: [TokenAlgorithm; 3] = [
    TokenAlgorithm::Rs256,
    TokenAlgorithm::Es256,
    TokenAlgorithm::EdDsa,
];

/// A fresh key of ours; the RSA key is always the same, for making one takes a while.
pub fn private_key(algorithm: TokenAlgorithm) -> PathBuf {
    static RSA: LazyLock<PathBuf> = LazyLock::new(|| new(TokenAlgorithm::Rs256));
    fn new(algorithm: TokenAlgorithm) -> PathBuf {
        file(new_private_key(algorithm).unwrap().expose())
    }
    match algorithm {
        TokenAlgorithm::Rs256 => RSA.clone(),
        other => new(other),
    }
}

/// The settings of a gateway that signs with the first key and believes the others too.
fn signing_with(key: &Path, further: &[&PathBuf]) -> Options {
    Options {
        jwt_private_key: Some(key.to_owned()),
        jwt_further_keys: Some(further.iter().map(|file| (*file).clone()).collect()),
        ..options()
    }
}

fn id_of(token: &str) -> String {
    decode_header(token)
        .unwrap()
        .kid
        .expect("the id of its key")
}

#[tokio::test]
async fn each_algorithm_signs_what_every_gateway_with_the_same_key_believes() {
    for algorithm in ALGORITHMS {
        let key = private_key(algorithm);
        let token = signed_by_us(signing_with(&key, &[]), Some(3));
        let header = decode_header(&token).unwrap();
        assert_eq!(format!("{:?}", header.alg), algorithm.name());
        for options in [
            signing_with(&key, &[]),
            signing_with(&private_key(TokenAlgorithm::Es256), &[&key]),
        ] {
            let claims = verifier(options).verify(&token, then()).await.unwrap();
            assert_eq!((claims.sub, claims.ver), (Subject::User(USER), Some(3)));
        }
        // A key that is there twice is one.
        let description = verifier(signing_with(&key, &[&key])).describe().await;
        let expected = format!(
            "signed and verified by {} with the key {}, none more believed",
            algorithm.name(),
            id_of(&token)
        );
        assert_eq!(description.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_key_is_found_by_its_id_among_ours_alone() {
    let [one, other, stranger] = [(); 3].map(|()| private_key(TokenAlgorithm::Es256));
    let verifier = verifier(signing_with(&one, &[&other]));
    let [by_one, by_other, by_stranger] =
        [&one, &other, &stranger].map(|key| signed_by_us(signing_with(key, &[]), None));
    assert!(verifier.verify(&by_one, then()).await.is_ok());
    assert!(verifier.verify(&by_other, then()).await.is_ok());
    let answer = verifier.verify(&by_stranger, then()).await;
    let unknown = Rejected::UnknownKey(Some(id_of(&by_stranger)));
    assert_eq!(answer, Err(unknown));
}

#[tokio::test]
async fn a_token_that_names_no_key_is_of_the_only_one() {
    let (pair, other) = (Pair::p256(), private_key(TokenAlgorithm::Es256));
    let key = file(pair.private_pem());
    let nameless = pair.sign(&claims());
    let alone = verifier(signing_with(&key, &[]));
    assert!(alone.verify(&nameless, then()).await.is_ok());
    let answer = verifier(signing_with(&key, &[&other]))
        .verify(&nameless, then())
        .await;
    assert_eq!(answer, Err(Rejected::UnknownKey(None)));
}

#[tokio::test]
async fn a_key_that_no_longer_signs_may_be_its_public_half() {
    let pair = Pair::p256();
    let old = signed_by_us(signing_with(&file(pair.private_pem()), &[]), None);
    let new = private_key(TokenAlgorithm::Es256);
    let verifier = verifier(signing_with(&new, &[&file(&pair.public)]));
    assert!(verifier.verify(&old, then()).await.is_ok());
}

#[tokio::test]
async fn keys_as_other_programs_write_them_are_read() {
    use rsa::pkcs1::EncodeRsaPrivateKey;
    let pair = Pair::p256();
    let sec1 = p256::SecretKey::random(&mut p256::elliptic_curve::rand_core::OsRng);
    let rsa = rsa::RsaPrivateKey::new(&mut p256::elliptic_curve::rand_core::OsRng, 2048).unwrap();
    for (pem, algorithm) in [
        (pair.private_pem().to_owned(), "ES256"),
        (
            sec1.to_sec1_pem(Default::default()).unwrap().to_string(),
            "ES256",
        ),
        (
            rsa.to_pkcs1_pem(Default::default()).unwrap().to_string(),
            "RS256",
        ),
        // `openssl genpkey -algorithm ed25519`
        (
            "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n"
                .to_owned(),
            "EdDSA",
        ),
    ] {
        let options = signing_with(&file(&pem), &[]);
        let token = signed_by_us(options.clone(), None);
        assert_eq!(format!("{:?}", decode_header(&token).unwrap().alg), algorithm);
        assert!(verifier(options).verify(&token, then()).await.is_ok());
    }
}

#[test]
fn weak_and_unfit_keys_are_refused_at_the_start() {
    let rsa_1024 = file(Pair::rsa_of(1024).private_pem());
    let p256 = Pair::p256();
    let good = private_key(TokenAlgorithm::EdDsa);
    let unfit = "its key is none for RS256 (RSA of 2048 to 4096 bits)";
    let not_private = "does not begin with -----BEGIN PRIVATE KEY-----";
    let encrypted = p256
        .private_pem()
        .replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    for (key, said) in [
        (rsa_1024.clone(), unfit),
        (
            file("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
            unfit,
        ),
        (file(&p256.public), not_private),
        (file(&encrypted), not_private),
        (file(""), not_private),
        (
            "/nowhere.pem".into(),
            "cannot read FIELDGRAPH_JWT_PRIVATE_KEY /nowhere.pem",
        ),
    ] {
        let settings = signing_with(&key, &[]).resolve().unwrap();
        let error = Signer::new(&settings).err().expect("a refusal").to_string();
        assert!(error.contains(said), "{error}");
        assert!(error.contains("FIELDGRAPH_JWT_PRIVATE_KEY"), "{error}");
        let error = try_verifier(signing_with(&key, &[])).err().unwrap();
        assert!(error.to_string().contains(said), "{error}");
    }
    for key in [rsa_1024, "/nowhere.pem".into()] {
        let error = try_verifier(signing_with(&good, &[&key])).err().unwrap();
        let error = error.to_string();
        assert!(error.contains("FIELDGRAPH_JWT_FURTHER_KEYS"), "{error}");
    }
    let other = Options {
        jwt_algorithm: Some(TokenAlgorithm::Rs256),
        ..signing_with(&good, &[])
    };
    let error = try_verifier(other).err().unwrap().to_string();
    assert!(error.contains("its key is for EdDSA"), "{error}");
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let key = private_key(TokenAlgorithm::Es256);
    let ours = || signing_with(&key, &[]);
    let secrets = || Some(vec![Secret::new(SECRET)]);
    let refused = |options: Options, part: &str| {
        let error = options.resolve().expect_err("a refusal").to_string();
        assert!(error.contains(part), "{error}");
    };
    refused(
        Options {
            jwt_secret: Some(Secret::new(SECRET)),
            ..ours()
        },
        "FIELDGRAPH_JWT_SECRET and FIELDGRAPH_JWT_PRIVATE_KEY are both set",
    );
    refused(
        Options {
            jwt_public_key: Some(key.clone()),
            ..ours()
        },
        "FIELDGRAPH_JWT_PRIVATE_KEY and FIELDGRAPH_JWT_PUBLIC_KEY are both set",
    );
    refused(
        Options {
            jwt_further_secrets: secrets(),
            ..ours()
        },
        "FIELDGRAPH_JWT_PRIVATE_KEY and FIELDGRAPH_JWT_FURTHER_SECRETS are both set",
    );
    refused(
        Options {
            jwt_algorithm: Some(TokenAlgorithm::Hs256),
            ..ours()
        },
        "is HS256, which needs a secret, but FIELDGRAPH_JWT_PRIVATE_KEY is set",
    );
    refused(
        Options {
            jwt_private_key: None,
            jwt_further_keys: Some(vec![key.clone()]),
            ..options()
        },
        "FIELDGRAPH_JWT_FURTHER_KEYS is set and FIELDGRAPH_JWT_PRIVATE_KEY is not",
    );
    refused(
        Options {
            jwt_further_secrets: Some(vec![Secret::new(&SECRET[..31])]),
            ..Pair::secret().options()
        },
        "FIELDGRAPH_JWT_FURTHER_SECRETS has 31 bytes, it needs 32",
    );
    let empty = Options {
        jwt_further_secrets: Some(vec![Secret::new("")]),
        ..Pair::secret().options()
    };
    assert!(try_verifier(empty).is_ok());
}

async fn published(keys: TokenKeys) -> Answer {
    let database = TestDatabase::empty().await;
    let gateway = Gateway::start_with(&database, |settings| settings.tokens.keys = keys).await;
    Answer::of(gateway.request(Method::GET, "/.well-known/jwks.json")).await
}

#[tokio::test]
async fn the_public_halves_are_published_and_nothing_else_is() {
    let keys = ALGORITHMS.map(private_key);
    let answer = published(TokenKeys::Own {
        signing: keys[0].clone(),
        further: keys[1..].to_vec(),
        algorithm: None,
    })
    .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/jwk-set+json");
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    let members = |of: &[&str]| -> BTreeSet<String> {
        ["kty", "use", "alg", "kid"]
            .iter()
            .chain(of)
            .map(|name| (*name).to_owned())
            .collect()
    };
    let all = answer.body.as_object().unwrap();
    assert_eq!(all.keys().collect::<Vec<_>>(), ["keys"]);
    let listed = all["keys"].as_array().unwrap();
    assert_eq!(listed.len(), 3);
    // What a private key has besides (RFC 7518, 6.2.2 and 6.3.2: d, p, q, dp, dq, qi, oth, k) would be one more.
    for (jwk, of) in listed
        .iter()
        .zip([&["n", "e"][..], &["crv", "x", "y"], &["crv", "x"]])
    {
        let names: BTreeSet<String> = jwk.as_object().unwrap().keys().cloned().collect();
        assert_eq!(names, members(of));
        let parsed: Jwk = serde_json::from_value(jwk.clone()).unwrap();
        let thumbprint = parsed.thumbprint(ThumbprintHash::SHA256).unwrap();
        assert_eq!(jwk["kid"], json!(thumbprint));
        assert_eq!(jwk["use"], json!("sig"));
    }
    // Not by their values either.
    for key in &keys {
        let pem = std::fs::read_to_string(key).unwrap();
        for line in pem.lines().filter(|line| !line.starts_with('-')) {
            assert!(
                !answer
                    .text
                    .contains(&line.replace('+', "-").replace('/', "_"))
            );
        }
    }
}

#[tokio::test]
async fn others_verify_our_tokens_by_what_is_published() {
    for algorithm in ALGORITHMS {
        let key = private_key(algorithm);
        let answer = published(TokenKeys::Own {
            signing: key.clone(),
            further: vec![private_key(TokenAlgorithm::Es256)],
            algorithm: None,
        })
        .await;
        let provider = super::published::Provider::of(&answer.body["keys"]).await;
        let token = signed_by_us(signing_with(&key, &[]), None);
        let claims = provider.verifier(algorithm).verify(&token, then()).await;
        assert_eq!(claims.unwrap().sub, Subject::User(USER));
    }
}

#[tokio::test]
async fn without_keys_that_have_a_public_half_there_is_nothing_to_publish() {
    let secrets = TokenKeys::Secrets {
        signing: Some(Secret::new(SECRET)),
        further: Vec::new(),
    };
    let provider = TokenKeys::PublicKey {
        file: file(&Pair::p256().public),
        algorithm: None,
    };
    for keys in [secrets, provider] {
        let answer = published(keys).await;
        assert_eq!(answer.status, 404);
        let said = "there are no keys to publish";
        assert!(answer.text.starts_with(said), "{}", answer.text);
        assert_eq!(answer.body, Value::Null);
    }
}

#[tokio::test]
async fn the_command_writes_keys_for_their_owner_alone_and_over_nothing() {
    let folder = tempfolder();
    for algorithm in ALGORITHMS {
        let path = folder.join(algorithm.name());
        let write = || {
            Command::new(program())
                .args(["key", "new", "--algorithm", algorithm.name()])
                .arg(&path)
                .output()
                .unwrap()
        };
        let output = write();
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.ends_with(&format!(" is a key for {}\n", algorithm.name())));
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let written = std::fs::read(&path).unwrap();
        assert!(!said.contains(std::str::from_utf8(&written).unwrap()));
        let token = signed_by_us(signing_with(&path, &[]), None);
        assert_eq!(
            decode_header(&token).unwrap(),
            Header {
                kid: Some(id_of(&token)),
                ..Header::new(algorithm.name().parse().unwrap())
            }
        );

        let again = write();
        assert!(!again.status.success());
        let said = String::from_utf8(again.stderr).unwrap();
        assert!(said.contains("name a file that is not there yet"), "{said}");
        assert_eq!(std::fs::read(&path).unwrap(), written);
    }
    let secret = Command::new(program())
        .args(["key", "new", "--algorithm", "HS256"])
        .arg(folder.join("secret"))
        .output()
        .unwrap();
    let said = String::from_utf8(secret.stderr).unwrap();
    assert!(said.contains("HS256 has a secret and no key"), "{said}");
    assert!(!folder.join("secret").exists());
}

fn tempfolder() -> PathBuf {
    let path = file("");
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    path
}
