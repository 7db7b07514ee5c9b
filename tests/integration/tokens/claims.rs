//! Identity providers that leave claims out, or give them other names: what the settings say of it, and nothing beyond.

use fieldgraph::auth::{Claims, Rejected, Subject};
use fieldgraph::settings::{Options, SubjectKind};
use serde_json::{Value, json};
use uuid::Uuid;

use super::keys::{ORGANIZATION, Pair, USER, claims, claims_with, signed_by_us, then, verifier};

const TENANT: &str = "https://example.com/tenant";

fn names(names: &[&str]) -> Option<Vec<String>> {
    Some(names.iter().map(|name| (*name).to_owned()).collect())
}

fn with_optional(optional: &[&str]) -> Options {
    Options {
        jwt_optional_claims: names(optional),
        ..Pair::secret().options()
    }
}

fn renamed() -> Options {
    Options {
        jwt_organization_claim: Some(TENANT.to_owned()),
        jwt_roles_claim: Some("role".to_owned()),
        ..Pair::secret().options()
    }
}

async fn verified(options: Options, claims: &Value) -> Result<Claims, Rejected> {
    verifier(options)
        .verify(&Pair::secret().sign(claims), then())
        .await
}

fn refused(name: &str) -> Result<Claims, Rejected> {
    Err(Rejected::Claim(name.to_owned()))
}

#[tokio::test]
async fn a_claim_may_be_missing_where_it_is_named_and_no_other() {
    let required = ["sub", "org", "roles", "iss", "aud", "nbf", "exp"];
    for optional in [
        &[][..],
        &["nbf"],
        &["iss"],
        &["aud"],
        &["nbf", "iss", "aud"],
    ] {
        for missing in required {
            let answer = verified(with_optional(optional), &claims_with(missing, None)).await;
            if optional.contains(&missing) {
                let claims = answer.unwrap();
                let said = match missing {
                    "nbf" => claims.nbf.map(|nbf| nbf.to_string()),
                    "iss" => claims.iss,
                    _ => claims.aud,
                };
                assert_eq!(said, None, "{missing}");
                assert_eq!(claims.sub, Subject::User(USER));
            } else {
                assert_eq!(answer, refused(missing), "{optional:?}");
            }
        }
    }
    let bare = json!({ "sub": USER, "org": ORGANIZATION, "roles": ["viewer"], "exp": then().timestamp() + 60 });
    let answer = verified(with_optional(&["nbf", "iss", "aud"]), &bare).await;
    assert_eq!(answer.unwrap().org, Some(ORGANIZATION));
}

#[tokio::test]
async fn a_claim_that_may_be_missing_is_checked_where_it_stands() {
    let all = || with_optional(&["nbf", "iss", "aud"]);
    assert!(verified(all(), &claims()).await.is_ok());
    for (name, value, why) in [
        ("nbf", json!(then().timestamp() + 60), Rejected::NotYetValid),
        ("iss", json!("https://elsewhere.example"), Rejected::Issuer),
        ("aud", json!("another-service"), Rejected::Audience),
        ("aud", json!([]), Rejected::Audience),
    ] {
        let answer = verified(all(), &claims_with(name, Some(value))).await;
        assert_eq!(answer, Err(why), "{name}");
    }
    for name in ["nbf", "iss", "aud"] {
        for value in [Value::Null, json!(true)] {
            let answer = verified(all(), &claims_with(name, Some(value.clone()))).await;
            assert_eq!(answer, refused(name), "{value}");
        }
    }
    let expired = claims_with("exp", Some(json!(then().timestamp() - 60)));
    assert_eq!(verified(all(), &expired).await, Err(Rejected::Expired));
}

#[tokio::test]
async fn organization_and_roles_are_read_from_the_claims_that_are_named() {
    let mut theirs = claims();
    let said = theirs.as_object_mut().unwrap();
    let org = said.remove("org").unwrap();
    said.remove("roles");
    said.insert(TENANT.to_owned(), org);
    said.insert("role".to_owned(), json!("engineer"));
    let answer = verified(renamed(), &theirs).await.unwrap();
    assert_eq!(
        (answer.org, answer.roles),
        (Some(ORGANIZATION), Some(vec!["engineer".to_owned()]))
    );

    let mut several = theirs.clone();
    several["role"] = json!(["viewer", "engineer"]);
    let answer = verified(renamed(), &several).await.unwrap();
    assert_eq!(answer.roles.unwrap(), ["viewer", "engineer"]);

    // What the old names say is said by nobody.
    let mut both = theirs.clone();
    both["org"] = json!(USER);
    both["roles"] = json!(["admin"]);
    let answer = verified(renamed(), &both).await.unwrap();
    assert_eq!(
        (answer.org, answer.roles),
        (Some(ORGANIZATION), Some(vec!["engineer".to_owned()]))
    );
    for name in [TENANT, "role"] {
        let mut old_alone = both.clone();
        old_alone.as_object_mut().unwrap().remove(name);
        assert_eq!(verified(renamed(), &old_alone).await, refused(name));
        let mut unfit = both.clone();
        unfit[name] = json!(7);
        assert_eq!(verified(renamed(), &unfit).await, refused(name));
    }
    assert_eq!(verified(renamed(), &claims()).await, refused(TENANT));
}

#[tokio::test]
async fn our_own_tokens_follow_the_names() {
    let token = signed_by_us(renamed(), None);
    let answer = verifier(renamed()).verify(&token, then()).await.unwrap();
    assert_eq!(answer.sub, Subject::User(USER));
    assert_eq!(answer.org, Some(ORGANIZATION));
    assert_eq!(answer.roles.unwrap(), ["admin"]);
    assert!(answer.jti.unwrap().parse::<Uuid>().is_ok());
    let answer = verifier(Pair::secret().options())
        .verify(&token, then())
        .await;
    assert_eq!(answer, refused("org"));
}

#[test]
fn settings_that_no_token_can_meet_are_refused() {
    let refused = |options: Options, part: &str| {
        let error = options.resolve().expect_err("a refusal").to_string();
        assert!(error.contains(part), "{error}");
    };
    for name in ["exp", "sub", "role", "NBF", "nbf aud"] {
        let part = format!("FIELDGRAPH_JWT_OPTIONAL_CLAIMS has {name:?}, but only nbf, iss, aud");
        refused(with_optional(&[name]), &part);
    }
    for name in ["sub", "exp", "aud"] {
        let organization = Options {
            jwt_organization_claim: Some(name.to_owned()),
            ..renamed()
        };
        refused(
            organization,
            &format!("FIELDGRAPH_JWT_ORGANIZATION_CLAIM is {name}"),
        );
        let roles = Options {
            jwt_roles_claim: Some(name.to_owned()),
            ..renamed()
        };
        refused(roles, &format!("FIELDGRAPH_JWT_ROLES_CLAIM is {name}"));
    }
    refused(
        with_optional(&["org"]),
        "FIELDGRAPH_JWT_OPTIONAL_CLAIMS has org, but a user's id",
    );
    let subjects = Options {
        jwt_subject: Some(SubjectKind::AuthProviderId),
        ..Pair::secret().options()
    };
    refused(
        subjects,
        "FIELDGRAPH_JWT_SUBJECT is auth_provider_id, which is for tokens of an identity provider",
    );
    let same = Options {
        jwt_organization_claim: Some("roles".to_owned()),
        ..Pair::secret().options()
    };
    refused(same, "are both roles");
    // Variables that are empty are not set.
    let empty = Options {
        jwt_organization_claim: Some(String::new()),
        jwt_roles_claim: Some(String::new()),
        ..with_optional(&[""])
    };
    let claims = empty.resolve().unwrap().tokens.claims;
    assert_eq!((&*claims.organization, &*claims.roles), ("org", "roles"));
    assert!(claims.optional.is_empty());
}
