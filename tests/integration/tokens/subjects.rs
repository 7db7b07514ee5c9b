//! Tokens of an identity provider that names people as it knows them: whose account is meant, whose organization and roles it is.

use std::time::{Duration, Instant};

use chrono::Utc;
use fieldgraph::settings::{OptionalClaim, SubjectKind};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use support::{Gateway, TestDatabase, execute, value};

use super::keys::Pair;
use super::published::Provider;

/// Somebody of the demo who signs in elsewhere.
const NAOMI: &str = "okta|00u8b2northwind";

/// A gateway, and the provider that it trusts.
struct Arena {
    database: TestDatabase,
    gateway: Gateway,
    pair: Pair,
}

impl Arena {
    async fn with(subject: SubjectKind, optional: &[OptionalClaim]) -> Self {
        let database = TestDatabase::demo().await;
        let pair = Pair::p256();
        let provider = Provider::of(&json!([pair.jwk("theirs")])).await;
        let gateway = Gateway::start_with(&database, |settings| {
            settings.tokens.keys = provider.keys(Algorithm::ES256);
            settings.tokens.claims.subject = subject;
            settings.tokens.claims.optional = optional.to_vec();
        })
        .await;
        Self {
            database,
            gateway,
            pair,
        }
    }

    /// What the bearer of these claims is told of themselves; none where they are refused.
    async fn viewer(&self, claims: &Value) -> Option<Value> {
        let now = Utc::now().timestamp();
        let mut all =
            json!({ "iss": "fieldgraph", "aud": "fieldgraph", "nbf": now, "exp": now + 600 });
        let members = all.as_object_mut().unwrap();
        members.extend(claims.as_object().unwrap().clone());
        let token = self.pair.sign_named("theirs", &all);
        let document = "{ viewer { userId organizationId permissions } }";
        let answer = self.gateway.query(&token, document, json!({})).await;
        match answer.status.as_u16() {
            200 => Some(answer.data()["viewer"].clone()),
            401 => None,
            other => panic!("{other}: {}", answer.text),
        }
    }

    /// Waits until the bearer is who they should be, or nobody.
    async fn until_viewer(&self, claims: &Value, user: Option<&str>) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self
            .viewer(claims)
            .await
            .map(|viewer| viewer["userId"].clone())
            != user.map(|user| json!(user))
        {
            assert!(Instant::now() < deadline, "a minute passed: {user:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn id(&self, sql: &str) -> String {
        value(&self.database.superuser().await, sql).await
    }

    async fn user(&self, email: &str) -> String {
        self.id(&format!(
            "SELECT id::text FROM users WHERE email = '{email}'"
        ))
        .await
    }

    async fn organization(&self, slug: &str) -> String {
        self.id(&format!(
            "SELECT id::text FROM organizations WHERE slug = '{slug}'"
        ))
        .await
    }

    async fn change(&self, sql: &str) {
        let superuser = self.database.superuser().await;
        execute(&superuser, sql, []).await.unwrap();
    }

    /// What roles lead to, by the tables.
    async fn permissions_of(&self, roles: &[&str]) -> Value {
        let names = roles.join("', '");
        let sql = format!(
            "SELECT coalesce(json_agg(DISTINCT permission.name ORDER BY permission.name), '[]')::text FROM role_permissions
             JOIN roles role ON role.id = role_id JOIN permissions permission ON permission.id = permission_id
             WHERE role.name IN ('{names}')"
        );
        serde_json::from_str(&self.id(&sql).await).unwrap()
    }
}

fn sorted(permissions: &Value) -> Value {
    let mut names: Vec<&str> = permissions
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    names.sort_unstable();
    json!(names)
}

const BY_NAME: SubjectKind = SubjectKind::AuthProviderId;
const LITTLE: &[OptionalClaim] = &[OptionalClaim::Org, OptionalClaim::Roles];

#[tokio::test]
async fn a_subject_is_found_with_its_organization_and_its_roles() {
    let arena = Arena::with(BY_NAME, LITTLE).await;
    let viewer = arena.viewer(&json!({ "sub": NAOMI })).await.unwrap();
    assert_eq!(viewer["userId"], arena.user("sso@northwind.example").await);
    assert_eq!(
        viewer["organizationId"],
        arena.organization("northwind").await
    );
    let own = arena.permissions_of(&["engineer", "project_handler"]).await;
    assert_eq!(sorted(&viewer["permissions"]), own);

    // What the token says of roles is said by the provider.
    for (roles, names) in [(json!("viewer"), &["viewer"][..]), (json!([]), &[])] {
        let claims = json!({ "sub": NAOMI, "roles": roles });
        let viewer = arena.viewer(&claims).await.unwrap();
        let expected = arena.permissions_of(names).await;
        assert_eq!(sorted(&viewer["permissions"]), expected, "{roles}");
    }
}

#[tokio::test]
async fn who_is_unknown_is_nobody() {
    let arena = Arena::with(BY_NAME, LITTLE).await;
    let user = arena.user("admin@northwind.example").await;
    for subject in [
        json!("okta|somebody"),
        json!(""),
        json!(NAOMI.to_uppercase()),
        json!(format!("{NAOMI} ")),
        json!("okta|%"),
        json!("' OR '1' = '1"),
        json!(user),
        json!("admin@northwind.example"),
        json!(null),
        json!([NAOMI]),
    ] {
        let viewer = arena.viewer(&json!({ "sub": subject })).await;
        assert_eq!(viewer, None, "{subject}");
    }
}

#[tokio::test]
async fn an_organization_that_is_claimed_must_be_the_users() {
    let arena = Arena::with(BY_NAME, LITTLE).await;
    for (slug, is_theirs) in [("northwind", true), ("alpine", false)] {
        let claims = json!({ "sub": NAOMI, "org": arena.organization(slug).await });
        assert_eq!(arena.viewer(&claims).await.is_some(), is_theirs, "{slug}");
    }
}

#[tokio::test]
async fn what_need_not_be_missing_must_be_there() {
    let arena = Arena::with(BY_NAME, &[]).await;
    let org = arena.organization("northwind").await;
    for (claims, is_enough) in [
        (json!({ "sub": NAOMI, "org": org, "roles": [] }), true),
        (json!({ "sub": NAOMI, "org": org }), false),
        (json!({ "sub": NAOMI, "roles": [] }), false),
    ] {
        assert_eq!(arena.viewer(&claims).await.is_some(), is_enough, "{claims}");
    }
}

#[tokio::test]
async fn who_is_deactivated_is_nobody_and_a_name_is_whoevers_it_is_now() {
    let arena = Arena::with(BY_NAME, LITTLE).await;
    let claims = json!({ "sub": NAOMI });
    let [naomi, leo] = [
        arena.user("sso@northwind.example").await,
        arena.user("user@northwind.example").await,
    ];
    arena.until_viewer(&claims, Some(&naomi)).await;
    arena
        .change(&format!(
            "UPDATE users SET is_active = false WHERE id = '{naomi}'"
        ))
        .await;
    arena.until_viewer(&claims, None).await;
    arena
        .change(&format!(
            "UPDATE users SET is_active = true WHERE id = '{naomi}'"
        ))
        .await;
    arena.until_viewer(&claims, Some(&naomi)).await;

    arena
        .change(&format!(
            "UPDATE users SET auth_provider_id = NULL WHERE id = '{naomi}'"
        ))
        .await;
    arena.until_viewer(&claims, None).await;
    arena
        .change(&format!(
            "UPDATE users SET auth_provider_id = '{NAOMI}' WHERE id = '{leo}'"
        ))
        .await;
    arena.until_viewer(&claims, Some(&leo)).await;
}

#[tokio::test]
async fn roles_of_the_tables_are_followed() {
    let arena = Arena::with(BY_NAME, LITTLE).await;
    let claims = json!({ "sub": NAOMI });
    assert!(arena.viewer(&claims).await.is_some());
    let naomi = arena.user("sso@northwind.example").await;
    arena
        .change(&format!("DELETE FROM user_roles WHERE user_id = '{naomi}'"))
        .await;
    let deadline = Instant::now() + Duration::from_secs(60);
    while arena.viewer(&claims).await.unwrap()["permissions"] != json!([]) {
        assert!(Instant::now() < deadline, "a minute passed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_users_id_with_roles_of_the_tables() {
    let arena = Arena::with(SubjectKind::UserId, &[OptionalClaim::Roles]).await;
    let claims = json!({
        "sub": arena.user("viewer@northwind.example").await,
        "org": arena.organization("northwind").await,
    });
    let viewer = arena.viewer(&claims).await.unwrap();
    let own = arena.permissions_of(&["viewer"]).await;
    assert_eq!(sorted(&viewer["permissions"]), own);
    assert_eq!(
        arena
            .viewer(&json!({ "sub": NAOMI, "org": claims["org"] }))
            .await,
        None
    );
}
