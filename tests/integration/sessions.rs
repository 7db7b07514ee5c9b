//! Sessions from end to end: signing in, going on, signing out, and how the tokens of who is nobody any more stop working; always
//! with two gateways on one database, as in production.

mod passwords;
mod refresh;
mod secrets;
mod settings;
mod sign_in;
mod standing;
mod throttle;

use chrono::{DateTime, Utc};
use fieldgraph::settings::Settings;
use reqwest::Method;
use sea_orm::DatabaseConnection;
use serde_json::{Map, Value, json};
use support::{Answer, Gateway, TestDatabase, execute, rows, value};

/// Everybody's in the demo.
const PASSWORD: &str = "fieldgraph-demo";
const ADMIN: &str = "admin@northwind.example";

const SESSION: &str =
    "session { accessToken expiresAt refreshToken refreshExpiresAt userId organizationId roles }";

/// Two gateways, and the superuser who sees what is in the tables.
struct House {
    one: Gateway,
    other: Gateway,
    superuser: DatabaseConnection,
    database: TestDatabase,
}

/// What somebody has who signed in.
#[derive(Clone, Debug)]
struct Session {
    access: String,
    refresh: String,
    whole: Value,
}

/// The demo with a second admin for northwind, so that the first may go.
async fn demo() -> TestDatabase {
    let database = TestDatabase::demo().await;
    execute(
        &database.superuser().await,
        "INSERT INTO user_roles (organization_id, user_id, role_id)
         SELECT users.organization_id, users.id, roles.id FROM users, roles WHERE username = 'northwind.process_manager' AND roles.name = 'admin'",
        [],
    )
    .await
    .unwrap();
    database
}

impl House {
    async fn open() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl Fn(&mut Settings)) -> Self {
        let database = demo().await;
        Self {
            one: Gateway::start_with(&database, &change).await,
            other: Gateway::start_with(&database, &change).await,
            superuser: database.superuser().await,
            database,
        }
    }

    fn both(&self) -> [&Gateway; 2] {
        [&self.one, &self.other]
    }

    /// Changes rows as the superuser, without a tenant.
    async fn arrange(&self, sql: &str) -> u64 {
        execute(&self.superuser, sql, [])
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    async fn sign_in(&self, login: &str) -> Session {
        session(&sign_in(&self.one, login, PASSWORD).await, "signIn")
    }

    /// What the trail has of an action: who acted, on what, and the rest.
    async fn trail(&self, action: &str) -> Vec<(Option<String>, String, Value, Option<String>)> {
        let sql = format!(
            "SELECT (SELECT username FROM users WHERE id = actor_id), resource_type, metadata, request_id
             FROM audit_logs WHERE action = '{action}' ORDER BY created_at"
        );
        rows(&self.superuser, &sql)
            .await
            .iter()
            .map(|row| {
                (
                    row.try_get_by_index(0).unwrap(),
                    row.try_get_by_index(1).unwrap(),
                    row.try_get_by_index(2).unwrap(),
                    row.try_get_by_index(3).unwrap(),
                )
            })
            .collect()
    }

    async fn count(&self, table: &str) -> i64 {
        value(&self.superuser, &format!("SELECT count(*) FROM {table}")).await
    }

    /// Waits until both gateways refuse a token.
    async fn refused_everywhere(&self, token: &str) {
        for gateway in self.both() {
            eventually("the token is refused", async || {
                viewer(gateway, token).await.status == 401
            })
            .await;
        }
    }
}

/// One mutation about sessions, without a token.
async fn mutate(gateway: &Gateway, name: &str, shows: &str, input: Value) -> Answer {
    gateway.post(None, &operation(name, shows, input)).await
}

fn operation(name: &str, shows: &str, input: Value) -> Value {
    let kind = name[..1].to_uppercase() + &name[1..];
    let query = format!(
        "mutation($input: {kind}Input!) {{ {name}(input: $input) {{ {shows} errors {{ code path message }} }} }}"
    );
    let variables = Map::from_iter([("input".to_owned(), input)]);
    json!({ "query": query, "variables": variables })
}

async fn sign_in(gateway: &Gateway, login: &str, password: &str) -> Answer {
    let input = json!({ "login": login, "password": password });
    mutate(gateway, "signIn", SESSION, input).await
}

/// The same, by way of a proxy that says where it came from.
async fn sign_in_from(gateway: &Gateway, forwarded: &str, login: &str, password: &str) -> Answer {
    let input = json!({ "login": login, "password": password });
    let request = gateway
        .request(Method::POST, "/graphql")
        .header("Accept", "application/graphql-response+json")
        .header("X-Forwarded-For", forwarded)
        .json(&operation("signIn", SESSION, input));
    Answer::of(request).await
}

async fn refresh(gateway: &Gateway, token: &str) -> Answer {
    let input = json!({ "refreshToken": token });
    mutate(gateway, "refreshSession", SESSION, input).await
}

async fn sign_out(gateway: &Gateway, token: &str, everywhere: bool) -> Value {
    let input = json!({ "refreshToken": token, "everywhere": everywhere });
    let answer = mutate(gateway, "signOut", "endedSessions", input).await;
    let payload = &answer.data()["signOut"];
    assert_eq!(payload["errors"], json!([]));
    payload["endedSessions"].clone()
}

/// Who a gateway takes the bearer of a token for.
async fn viewer(gateway: &Gateway, token: &str) -> Answer {
    gateway
        .query(
            token,
            "{ viewer { userId organizationId permissions user { username } } }",
            json!({}),
        )
        .await
}

/// The session of an answer in which nothing is wrong.
#[track_caller]
fn session(answer: &Answer, name: &str) -> Session {
    let payload = &answer.data()[name];
    assert_eq!(payload["errors"], json!([]), "{name}");
    let session = payload["session"].clone();
    let text = |field: &str| session[field].as_str().unwrap().to_owned();
    Session {
        access: text("accessToken"),
        refresh: text("refreshToken"),
        whole: session.clone(),
    }
}

/// Code and path of the one thing that is wrong.
#[track_caller]
fn fault(answer: &Answer, name: &str) -> (String, String) {
    let payload = &answer.data()[name];
    assert!(payload["session"].is_null(), "{payload}");
    let errors = payload["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{payload}");
    let path: Vec<&str> = errors[0]["path"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step.as_str().unwrap())
        .collect();
    (
        errors[0]["code"].as_str().unwrap().to_owned(),
        path.join("."),
    )
}

fn is(code: &str, path: &str) -> (String, String) {
    (code.to_owned(), path.to_owned())
}

fn time(session: &Session, field: &str) -> DateTime<Utc> {
    session.whole[field].as_str().unwrap().parse().unwrap()
}

/// Asks again until it is so; what never becomes so is named.
async fn eventually(what: &str, is_so: impl AsyncFnMut() -> bool) {
    crate::graph::bench::eventually(what, is_so).await;
}
