//! Settings that cannot verify tokens are refused at the start, in a sentence that says what to do.

use fieldgraph::settings::{Options, Secret, TokenAlgorithm};

use super::keys::{Pair, SECRET, file, options, try_verifier, verifier};

fn jwks(url: &str) -> Options {
    Options {
        jwks_url: Some(url.parse().unwrap()),
        jwt_algorithm: Some(TokenAlgorithm::Rs256),
        ..options()
    }
}

fn refused(options: Options, part: &str) {
    let error = options.resolve().expect_err("a refusal").to_string();
    assert!(error.contains(part), "{error}");
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let url = "https://identity.example/keys";
    let secret = || Some(Secret::new(SECRET));
    let key = || Some("key.pem".into());
    refused(
        Options {
            jwt_secret: secret(),
            ..jwks(url)
        },
        "FIELDGRAPH_JWT_SECRET and FIELDGRAPH_JWKS_URL are both set",
    );
    refused(
        Options {
            jwt_secret: secret(),
            jwt_public_key: key(),
            ..options()
        },
        "FIELDGRAPH_JWT_SECRET and FIELDGRAPH_JWT_PUBLIC_KEY are both set",
    );
    refused(
        Options {
            jwt_public_key: key(),
            ..jwks(url)
        },
        "FIELDGRAPH_JWT_PUBLIC_KEY and FIELDGRAPH_JWKS_URL are both set",
    );
    refused(
        Options {
            jwt_secret: Some(Secret::new(&SECRET[..31])),
            ..options()
        },
        "FIELDGRAPH_JWT_SECRET has 31 bytes, it needs 32",
    );
}

#[test]
fn an_algorithm_that_does_not_fit_the_keys_is_refused() {
    let url = "https://identity.example/keys";
    for algorithm in [
        TokenAlgorithm::Rs256,
        TokenAlgorithm::Es256,
        TokenAlgorithm::EdDsa,
    ] {
        let part = format!("is {}, which needs keys", algorithm.name());
        for jwt_secret in [None, Some(Secret::new(SECRET))] {
            let options = Options {
                jwt_algorithm: Some(algorithm),
                jwt_secret,
                ..options()
            };
            refused(options, &part);
        }
    }
    let needs_a_secret = |options| {
        let options = Options {
            jwt_algorithm: Some(TokenAlgorithm::Hs256),
            ..options
        };
        refused(options, "is HS256, which needs a secret");
    };
    needs_a_secret(jwks(url));
    needs_a_secret(Options {
        jwt_public_key: Some("key.pem".into()),
        ..options()
    });
    refused(
        Options {
            jwt_algorithm: None,
            ..jwks(url)
        },
        "FIELDGRAPH_JWKS_URL needs FIELDGRAPH_JWT_ALGORITHM beside it",
    );
}

#[test]
fn keys_are_fetched_in_the_open_from_this_machine_alone() {
    for url in [
        "http://identity.example/keys",
        "http://localhost.example/keys",
        "http://10.0.0.1/keys",
        "http://127.0.0.1.example/keys",
        "file:///etc/keys",
        "ftp://localhost/keys",
    ] {
        refused(jwks(url), "must begin with https://");
    }
    for url in [
        "https://identity.example/keys",
        "http://localhost:8081/keys",
        "http://127.0.0.1/keys",
        "http://[::1]:8081/keys",
    ] {
        assert!(jwks(url).resolve().is_ok(), "{url}");
    }
}

#[tokio::test]
async fn a_public_key_is_for_the_one_algorithm_that_fits_it() {
    for pair in [Pair::rsa(), &Pair::p256(), &Pair::ed25519()] {
        let named = format!("{:?}", pair.algorithm);
        let description = verifier(pair.options()).describe().await.unwrap();
        let expected = format!("verified by {named} with the key in ");
        assert!(description.starts_with(&expected), "{description}");
        for algorithm in [
            TokenAlgorithm::Rs256,
            TokenAlgorithm::Es256,
            TokenAlgorithm::EdDsa,
        ] {
            let options = Options {
                jwt_algorithm: Some(algorithm),
                ..pair.options()
            };
            match try_verifier(options) {
                Ok(_) => assert_eq!(named, algorithm.name()),
                Err(error) => {
                    assert_ne!(named, algorithm.name());
                    let part = format!("its key is for {named}; set FIELDGRAPH_JWT_ALGORITHM");
                    assert!(error.to_string().contains(&part), "{error}");
                }
            }
        }
    }
}

#[test]
fn a_file_without_a_fitting_public_key_is_refused() {
    let refused = |text: &str, part: &str| {
        let options = Options {
            jwt_public_key: Some(file(text)),
            ..options()
        };
        let error = try_verifier(options).err().expect("a refusal").to_string();
        assert!(error.contains(part), "{error}");
        assert!(error.contains("FIELDGRAPH_JWT_PUBLIC_KEY"), "{error}");
    };
    let not_public = "does not begin with -----BEGIN PUBLIC KEY-----";
    refused("", not_public);
    refused(SECRET, not_public);
    let key = Pair::p256().public;
    refused(&key.replace("PUBLIC", "PRIVATE"), not_public);
    refused(&key.replace("PUBLIC KEY", "CERTIFICATE"), not_public);
    let unfit = "its key is none for RS256";
    refused(&key[..key.len() / 2], unfit);
    refused(
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        unfit,
    );
    refused(&Pair::rsa_of(1024).public, unfit);

    let missing = Options {
        jwt_public_key: Some("/nowhere.pem".into()),
        ..options()
    };
    let error = try_verifier(missing).err().expect("a refusal").to_string();
    assert!(
        error.contains("cannot read FIELDGRAPH_JWT_PUBLIC_KEY /nowhere.pem"),
        "{error}"
    );
}
