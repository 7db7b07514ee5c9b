//! The attacks by their names, each a token that must not be believed.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use chrono::Utc;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::super::forgery::{Parts, Signatory, decoded, encoded, twice, with};
use super::Target;

/// What it is called, and the token.
pub type Attack = (String, String);

type List = fn(&Target) -> Vec<Attack>;

/// All of them, by the names of their lists.
pub const LISTS: [(&str, List); 9] = [
    ("alg none", none),
    ("confusion of algorithms", confusion),
    ("injection by kid", injection),
    ("keys in the header", keys_in_the_header),
    ("crit", demands),
    ("typ", kinds),
    ("claims", claims),
    ("tampering", tampering),
    ("shapes and sizes", shapes),
];

fn none(target: &Target) -> Vec<Attack> {
    let good = target.good();
    let Parts { signature, .. } = Parts::of(&good);
    let mut attacks = Vec::new();
    let spellings = ["none", "None", "NONE", "nOnE", "NoNe", "none ", "null", ""];
    let algorithms = spellings.map(|spelling| Some(json!(spelling)));
    let others = [
        None,
        Some(Value::Null),
        Some(json!(["none"])),
        Some(json!(0)),
    ];
    for algorithm in algorithms.into_iter().chain(others) {
        let header = encoded(with(&target.header, "alg", algorithm.clone()).to_string());
        let payload = encoded(target.claims.to_string());
        let name = format!("alg {algorithm:?}");
        for end in [".", "", &format!(".{signature}")] {
            let token = format!("{header}.{payload}{end}");
            attacks.push((format!("{name} with {} at its end", end.len()), token));
        }
    }
    attacks
}

fn confusion(target: &Target) -> Vec<Attack> {
    let mut attacks = Vec::new();
    for (number, secret) in target.public.iter().enumerate() {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let by_public = Signatory {
                algorithm,
                key: EncodingKey::from_secret(secret),
            };
            for (how, header) in [
                ("named", with(&target.header, "alg", json!(algorithm))),
                ("under the real algorithm", target.header.clone()),
            ] {
                let token = by_public.token(&header.to_string(), &target.claims.to_string());
                let name = format!("{algorithm:?} by our public key as a secret {number}, {how}");
                attacks.push((name, token));
            }
        }
    }
    let good = target.good();
    let real = target.header["alg"].as_str().unwrap();
    for other in [
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
        "ES384", "ES512", "ES256K", "EdDSA", "Ed25519", "Ed448", "RSA-OAEP", "dir", "hs256",
        "rs256",
    ] {
        if other != real {
            let header = with(&target.header, "alg", json!(other)).to_string();
            let renamed = Parts {
                header: &encoded(&header),
                ..Parts::of(&good)
            };
            attacks.push((
                format!("alg {other} over the old signature"),
                renamed.join(),
            ));
            let token = target.real.token(&header, &target.claims.to_string());
            attacks.push((format!("alg {other} signed by {real}"), token));
        }
    }
    attacks
}

fn injection(target: &Target) -> Vec<Attack> {
    let mut attacks = Vec::new();
    let huge = "x".repeat(4000);
    for id in [
        json!("../../../../../../dev/null"),
        json!("/proc/sys/kernel/randomize_va_space"),
        json!("file:///dev/null"),
        json!("key.pem\u{0}.jwk"),
        json!("' UNION SELECT 'secret' --"),
        json!("'; DROP TABLE users; --"),
        json!("$(id)"),
        json!("{{7*7}}"),
        json!(target.trap),
        json!(huge),
        json!(""),
        json!("0"),
        json!(0),
        json!(null),
        json!(["a"]),
        json!({ "kty": "oct", "k": "" }),
        target.other_id.clone(),
        json!("the key of another organization"),
    ] {
        let header = with(&target.header, "kid", id.clone());
        let short: String = id.to_string().chars().take(40).collect();
        let by_attacker = target.forged(&header);
        attacks.push((format!("kid {short} by the attacker's key"), by_attacker));
        for secret in ["", "\0", "secret", "0"] {
            let guessed = Signatory {
                algorithm: Algorithm::HS256,
                key: EncodingKey::from_secret(secret.as_bytes()),
            };
            let header = with(&header, "alg", json!("HS256")).to_string();
            let token = guessed.token(&header, &target.claims.to_string());
            attacks.push((format!("kid {short} by the secret {secret:?}"), token));
        }
        // Where keys have ids, the right key under a wrong one is no key either.
        if target.header.get("kid").is_some() {
            let token = target.signed(&header, &target.claims);
            attacks.push((format!("kid {short} by the real key"), token));
        }
    }
    let own = target.forged(&target.header);
    attacks.push(("the attacker's key under the id of ours".to_owned(), own));
    attacks
}

fn keys_in_the_header(target: &Target) -> Vec<Attack> {
    let jwk = &target.attacker_jwk;
    let certificate = STANDARD.encode("a certificate");
    let bare = with(&target.header, "kid", None);
    let named = with(&target.header, "kid", jwk["kid"].clone());
    let mut attacks = Vec::new();
    for header in [&target.header, &bare, &named] {
        for (name, value) in [
            ("jwk", jwk.clone()),
            ("jwk", json!({ "kty": "oct", "k": "AAAA" })),
            ("jku", json!(target.trap)),
            ("jku", json!("file:///dev/null")),
            ("x5u", json!(target.trap)),
            ("x5c", json!([certificate])),
            ("x5t", json!("AAAA")),
            ("x5t#S256", json!("AAAA")),
        ] {
            let id = header.get("kid").map(Value::to_string);
            let token = target.forged(&with(header, name, value.clone()));
            attacks.push((format!("{name} {value} with kid {id:?}"), token));
        }
    }
    attacks
}

fn demands(target: &Target) -> Vec<Attack> {
    [
        json!(["b64"]),
        json!(["exp"]),
        json!(["urn:example:must-understand"]),
        json!([]),
        json!("exp"),
    ]
    .into_iter()
    .map(|crit| {
        let header = with(
            &with(&target.header, "crit", crit.clone()),
            "b64",
            json!(true),
        );
        (
            format!("crit {crit}"),
            target.signed(&header, &target.claims),
        )
    })
    .collect()
}

fn kinds(target: &Target) -> Vec<Attack> {
    [
        json!("logout+jwt"),
        json!("dpop+jwt"),
        json!("secevent+jwt"),
        json!("token-introspection+jwt"),
        json!("application/logout+jwt"),
        json!("JWE"),
        json!("refresh"),
        json!(""),
        json!(1),
        json!(["at+jwt"]),
    ]
    .into_iter()
    .map(|kind| {
        let header = with(&target.header, "typ", kind.clone());
        (
            format!("typ {kind}"),
            target.signed(&header, &target.claims),
        )
    })
    .collect()
}

fn claims(target: &Target) -> Vec<Attack> {
    let now = Utc::now().timestamp();
    let names = ["sub", "org", "roles", "iss", "aud", "nbf", "exp"];
    let mut wrong = Vec::new();
    for name in names {
        for value in [None, Some(json!(null)), Some(json!(true)), Some(json!({}))] {
            wrong.push((name, value));
        }
    }
    for (name, values) in [
        (
            "sub",
            json!([
                "",
                "admin",
                1,
                "00000000-0000-0000-0000-000000000000",
                target.others["sub"]
            ]),
        ),
        (
            "org",
            json!([
                "",
                "northwind",
                "00000000-0000-0000-0000-000000000000",
                target.others["org"]
            ]),
        ),
        ("roles", json!([7, [7], [["admin"]], { "admin": true }])),
        (
            "iss",
            json!([
                "",
                "Fieldgraph",
                "fieldgraph/",
                "https://elsewhere.example",
                ["fieldgraph"]
            ]),
        ),
        (
            "aud",
            json!([
                "",
                "another-service",
                "fieldgraph ",
                [],
                ["another-service"],
                ["fieldgraph", 1]
            ]),
        ),
        (
            "exp",
            json!([0, -1, now - 60, now - 11, "9999999999", -1e300, [now + 60]]),
        ),
        ("nbf", json!([now + 60, now + 3600, u64::MAX, "0"])),
        // A provider's version is none of ours.
        (
            "ver",
            if target.is_ours {
                json!([-1, 4711, "0", 0.5])
            } else {
                json!([])
            },
        ),
    ] {
        wrong.extend(
            values
                .as_array()
                .unwrap()
                .iter()
                .map(|value| (name, Some(value.clone()))),
        );
    }
    let mut attacks: Vec<Attack> = wrong
        .into_iter()
        .map(|(name, value)| {
            let said = value.as_ref().map(Value::to_string);
            let token = target.says(&with(&target.claims, name, value));
            (format!("{name} {said:?}"), token)
        })
        .collect();
    for name in names {
        let token = target.says(&twice(&target.claims, name, &target.others[name]));
        attacks.push((format!("{name} twice"), token));
    }
    for payload in [
        "",
        "null",
        "[]",
        "7",
        "\"text\"",
        "{",
        "{}",
        "\u{feff}{}",
        "not JSON",
    ] {
        attacks.push((format!("the payload {payload:?}"), target.says(&payload)));
    }
    attacks
}

fn tampering(target: &Target) -> Vec<Attack> {
    let good = target.good();
    let parts = Parts::of(&good);
    let other = target.says(&target.others);
    let stolen = Parts::of(&other);
    let mut attacks: Vec<Attack> = Vec::new();
    let mut attack = |name: &str, token: String| attacks.push((name.to_owned(), token));

    for (name, at) in [("first", 0), ("middle", 50), ("last", 99)] {
        let flipped = |part: &str| {
            let mut bytes = decoded(part);
            let at = at * (bytes.len() - 1) / 99;
            bytes[at] ^= 1;
            encoded(bytes)
        };
        attack(
            &format!("the header's {name} bit"),
            Parts {
                header: &flipped(parts.header),
                ..parts
            }
            .join(),
        );
        attack(
            &format!("the payload's {name} bit"),
            Parts {
                payload: &flipped(parts.payload),
                ..parts
            }
            .join(),
        );
        attack(
            &format!("the signature's {name} bit"),
            Parts {
                signature: &flipped(parts.signature),
                ..parts
            }
            .join(),
        );
    }
    for (name, value) in [
        ("sub", target.others["sub"].clone()),
        ("org", target.others["org"].clone()),
        ("roles", json!(["admin", "superuser"])),
        ("exp", json!(i64::MAX)),
    ] {
        let payload = encoded(with(&target.claims, name, value).to_string());
        attack(
            &format!("another {name} under the old signature"),
            Parts {
                payload: &payload,
                ..parts
            }
            .join(),
        );
    }
    let spaced = encoded(format!(" {}", target.header));
    attack(
        "a header with a space more",
        Parts {
            header: &spaced,
            ..parts
        }
        .join(),
    );
    attack(
        "a header twice in one",
        Parts {
            header: &encoded(twice(&target.header, "alg", &json!("none"))),
            ..parts
        }
        .join(),
    );
    let signed_twice = target.real.token(
        &twice(&target.header, "alg", &json!("none")),
        &target.claims.to_string(),
    );
    attack("alg twice, well signed", signed_twice);

    attack(
        "another's header and payload",
        Parts {
            signature: parts.signature,
            ..stolen
        }
        .join(),
    );
    attack(
        "another's payload",
        Parts {
            payload: stolen.payload,
            ..parts
        }
        .join(),
    );
    attack(
        "another's signature",
        Parts {
            signature: stolen.signature,
            ..parts
        }
        .join(),
    );
    attack(
        "the parts the other way round",
        format!("{}.{}.{}", parts.signature, parts.payload, parts.header),
    );

    attack(
        "no signature",
        format!("{}.{}", parts.header, parts.payload),
    );
    let length = decoded(parts.signature).len();
    for (name, bytes) in [
        ("an empty signature", Vec::new()),
        ("a signature of one byte", vec![0]),
        ("a signature of zeros", vec![0; length]),
        ("a signature of ones", vec![0xff; length]),
        (
            "a signature of the number one",
            [vec![0; length - 1], vec![1]].concat(),
        ),
        (
            "a signature that is cut short",
            decoded(parts.signature)[..length - 1].to_vec(),
        ),
        (
            "a signature that goes on",
            [decoded(parts.signature), vec![0]].concat(),
        ),
        ("a signature twice", decoded(parts.signature).repeat(2)),
    ] {
        attack(
            name,
            Parts {
                signature: &encoded(bytes),
                ..parts
            }
            .join(),
        );
    }
    attack("padding", format!("{good}="));
    attack(
        "the other alphabet",
        Parts {
            signature: &STANDARD.encode(decoded(parts.signature)),
            ..parts
        }
        .join(),
    );
    attack(
        "a padded signature",
        Parts {
            signature: &URL_SAFE.encode(decoded(parts.signature)),
            ..parts
        }
        .join(),
    );
    // The last character has bits that mean nothing: a reader that passes over them has many texts for one token.
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (start, last) = parts.signature.split_at(parts.signature.len() - 1);
    let next = alphabet.find(last).unwrap() + 1;
    attack(
        "bits behind the signature",
        Parts {
            signature: &format!("{start}{}", &alphabet[next..=next]),
            ..parts
        }
        .join(),
    );
    attacks
}

fn shapes(target: &Target) -> Vec<Attack> {
    let good = target.good();
    let parts = Parts::of(&good);
    let nested = with(&target.header, "cty", json!("JWT"));
    let encrypted = json!({ "alg": "dir", "enc": "A256GCM" }).to_string();
    let compressed = with(&target.header, "zip", json!("DEF"));
    let oversized = target.says(&with(&target.claims, "padding", json!("x".repeat(8192))));
    let huge_header = with(&target.header, "padding", json!("x".repeat(8192)));
    let deep = format!("{}1{}", "[".repeat(1000), "]".repeat(1000));
    let deep = with(&target.claims, "deep", json!("DEEP"))
        .to_string()
        .replace("\"DEEP\"", &deep);
    [
        ("a token in a token", target.signed(&nested, &good)),
        ("a token in a token, as text", target.signed(&nested, &json!(good))),
        ("an encrypted token", format!("{}..{}.{}.{}", encoded(&encrypted), encoded("iv"), encoded("text"), encoded("tag"))),
        ("an encrypted token around a good one", format!("{}.{}.{}", encoded(&encrypted), good, encoded("tag"))),
        ("a compressed payload that is none", target.signed(&compressed, &"x\u{9c}")),
        ("the JSON form", json!({ "protected": parts.header, "payload": parts.payload, "signature": parts.signature }).to_string()),
        ("the JSON form with several signatures", json!({ "payload": parts.payload, "signatures": [{ "protected": parts.header, "signature": parts.signature }] }).to_string()),
        ("two tokens", format!("{good},{good}")),
        ("two tokens with a space", format!("{good} {good}")),
        ("a part more at the end", format!("{good}.")),
        ("a part more at the beginning", format!(".{good}")),
        ("four parts", format!("{good}.{}", parts.signature)),
        ("dots alone", "..".to_owned()),
        ("text", "admin".to_owned()),
        ("a refresh token, which is no JWT", encoded([7; 32])),
        ("a payload of more than 8 KiB", oversized),
        ("a header of more than 8 KiB", target.signed(&huge_header, &target.claims)),
        ("16 KiB of letters", "x".repeat(16 * 1024)),
        ("brackets within brackets", target.says(&deep)),
    ]
    .map(|(name, token)| (name.to_owned(), token))
    .into()
}
