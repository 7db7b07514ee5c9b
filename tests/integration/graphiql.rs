//! GraphiQL: where it is served, and that tokens without a password are there for the demo alone.

use std::collections::HashSet;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Value, json};
use support::{Program, TestDatabase, column};

const SECRET: &str = "a secret of the tests, 32 bytes or more";

fn serve(database: &TestDatabase, settings: &[(&str, &str)]) -> Program {
    let (gateway, owner) = (database.gateway_url(), database.owner_url());
    Program::serve(|command| {
        command
            .env("DATABASE_URL", gateway)
            .env("MIGRATION_DATABASE_URL", owner)
            .env("FIELDGRAPH_JWT_SECRET", SECRET)
            .envs(settings.iter().copied());
    })
}

fn claims(token: &str) -> Value {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_audience(&["fieldgraph"]);
    validation.set_issuer(&["fieldgraph"]);
    decode(
        token,
        &DecodingKey::from_secret(SECRET.as_bytes()),
        &validation,
    )
    .unwrap()
    .claims
}

fn session(program: &Program) -> Value {
    let (status, body) = program.get("/graphiql/session.json").unwrap();
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn in_the_demo_the_page_has_fresh_tokens_of_everybody_in_two_organizations() {
    let database = TestDatabase::demo().await;
    let program = serve(&database, &[("FIELDGRAPH_DEMO", "true")]);
    assert_eq!(program.get("/").unwrap().0, 200);

    let first = session(&program);
    assert_eq!(first["by"], "demo");
    let organizations = first["organizations"].as_array().unwrap();
    let names: Vec<_> = organizations
        .iter()
        .map(|organization| organization["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Northwind Roofing", "Alpine Conformity"]);

    let superuser = database.superuser().await;
    let ids: Vec<String> = column(
        &superuser,
        "SELECT id::text FROM organizations WHERE slug IN ('northwind', 'alpine') ORDER BY slug DESC",
    )
    .await;
    for (organization, id) in organizations.iter().zip(ids) {
        let users = organization["users"].as_array().unwrap();
        let own = format!(
            "SELECT id::text FROM users WHERE organization_id = '{id}' AND is_active AND deleted_at IS NULL"
        );
        let active: HashSet<String> = column(&superuser, &own).await.into_iter().collect();
        let shown = users
            .iter()
            .map(|user| user["id"].as_str().unwrap().to_owned());
        assert_eq!(shown.collect::<HashSet<_>>(), active);
        for user in users {
            let claims = claims(user["token"].as_str().unwrap());
            assert_eq!(claims["org"], Value::String(id.clone()));
            let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
            assert_eq!(lifetime, 3600);
            assert_eq!(claims["sub"], user["id"]);
            assert_eq!(claims["roles"], user["roles"]);
        }
    }
    let admin = &organizations[0]["users"][0];
    assert_eq!(admin["name"], "Dana Whitfield");
    assert_eq!(admin["roles"], json!(["admin"]));

    let tokens = |session: &Value| -> HashSet<String> {
        session["organizations"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|organization| organization["users"].as_array().unwrap())
            .map(|user| user["token"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(tokens(&first).is_disjoint(&tokens(&session(&program))));
}

#[tokio::test]
async fn without_the_demo_nobody_is_signed_in_and_the_page_is_there_only_when_asked_for() {
    // The people of the demo are in the database, but nobody said that it is one.
    let database = TestDatabase::demo().await;
    let program = serve(&database, &[]);
    assert_eq!(program.get("/").unwrap().0, 404);
    assert_eq!(program.get("/graphiql/session.json").unwrap().0, 404);
    assert!(!program.greeting.contains("GraphiQL"));

    let program = serve(&database, &[("FIELDGRAPH_GRAPHIQL", "true")]);
    assert_eq!(program.get("/").unwrap().0, 200);
    assert_eq!(session(&program), json!({ "by": "password" }));
}

#[tokio::test]
async fn where_an_identity_provider_signs_there_is_neither_a_demo_nor_a_password() {
    let database = TestDatabase::demo().await;
    let provider = [
        ("FIELDGRAPH_DEMO", "true"),
        ("FIELDGRAPH_JWT_SECRET", ""),
        ("FIELDGRAPH_JWKS_URL", "https://identity.example/keys"),
        ("FIELDGRAPH_JWT_ALGORITHM", "ES256"),
    ];
    assert_eq!(
        session(&serve(&database, &provider)),
        json!({ "by": "token" })
    );
}

#[tokio::test]
async fn who_got_another_role_since_the_start_has_it_in_the_next_token() {
    let database = TestDatabase::demo().await;
    let program = serve(&database, &[("FIELDGRAPH_DEMO", "true")]);
    let of = |session: &Value, name: &str| {
        let users = session["organizations"][0]["users"]
            .as_array()
            .unwrap()
            .clone();
        let user = users.into_iter().find(|user| user["name"] == name).unwrap();
        (
            user["roles"].clone(),
            claims(user["token"].as_str().unwrap())["ver"]
                .as_i64()
                .unwrap(),
        )
    };
    let (roles, before) = of(&session(&program), "Ingrid Hale");
    assert_eq!(roles, json!(["viewer"]));
    support::execute(
        &database.superuser().await,
        "INSERT INTO user_roles (organization_id, user_id, role_id)
         SELECT users.organization_id, users.id, roles.id FROM users, roles WHERE username = 'northwind.viewer' AND roles.name = 'engineer'",
        [],
    )
    .await
    .unwrap();
    let (roles, after) = of(&session(&program), "Ingrid Hale");
    assert_eq!(roles, json!(["engineer", "viewer"]));
    assert!(after > before);
}

#[tokio::test]
async fn an_organization_that_only_has_the_name_of_the_demos_gives_nobody_away() {
    let database = TestDatabase::demo().await;
    support::execute(
        &database.superuser().await,
        "UPDATE users SET email = replace(email, '.example', '.com')",
        [],
    )
    .await
    .unwrap();
    let program = serve(&database, &[("FIELDGRAPH_DEMO", "true")]);
    assert_eq!(program.get("/").unwrap().0, 200);
    assert_eq!(session(&program), json!({ "by": "password" }));
}

#[tokio::test]
async fn what_is_not_a_file_of_the_page_is_not_served() {
    let database = TestDatabase::migrated().await;
    let program = serve(&database, &[("FIELDGRAPH_GRAPHIQL", "true")]);
    for path in [
        "/graphiql/nothing.js",
        "/graphiql/index.html",
        "/graphiql/../package.json",
        "/graphiql/..%2fpackage.json",
        "/graphiql/%2e%2e/package.json",
        "/graphiql/%2fetc%2fpasswd",
        "/graphiql/assets/%00",
    ] {
        assert_eq!(program.get(path).unwrap().0, 404, "{path}");
    }
}
