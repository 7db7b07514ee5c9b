//! Two gateways on one database: one compiles what it can, one leaves all to the resolvers.

use std::fmt::Write;

use fieldgraph::schema;
use fieldgraph::server::graphql::Engine;
use fieldgraph::settings::Settings;
use reqwest::RequestBuilder;
use sea_orm::DatabaseConnection;
use serde_json::Value;
use support::{Answer, Gateway, Statements, TestDatabase};

/// Which of several errors is told first, and which of two that cannot both be told, differs from one time to the next: so often
/// both are asked again.
const AGAIN: usize = 40;

/// Both ways to an answer.
pub struct Both {
    pub straight: Gateway,
    resolvers: Gateway,
    statements: Statements,
    pub superuser: DatabaseConnection,
    /// Dropped last.
    _database: TestDatabase,
}

/// By which way the answers came.
#[derive(Debug, Default)]
pub struct Told {
    pub asked: usize,
    /// Without errors.
    pub answered: usize,
    /// Of these, by statements that were compiled, and nothing else.
    pub straight: usize,
    /// By both ways: the compiled one was given up.
    pub given_up: usize,
}

fn wide(settings: &mut Settings) {
    settings.limits.aliases = 1000;
    settings.limits.directives = 1000;
    settings.limits.depth = 40;
    settings.limits.cost = 10_000_000;
}

impl Both {
    pub async fn new() -> Self {
        let database = TestDatabase::demo().await;
        let engine = Engine::new(schema::build()).unwrap();
        Self {
            statements: Statements::watch(),
            straight: Gateway::start_with(&database, wide).await,
            resolvers: Gateway::start_engine(&database, engine, wide).await,
            superuser: database.superuser().await,
            _database: database,
        }
    }

    /// POSTs a body both ways and compares.
    pub async fn ask(&self, token: &str, body: &Value, told: &mut Told) -> Result<Answer, String> {
        let make = |gateway: &Gateway| {
            gateway
                .request(reqwest::Method::POST, "/graphql")
                .header("Accept", "application/graphql-response+json")
                .bearer_auth(token)
                .json(body)
        };
        self.send(make, told).await
    }

    /// Sends a request both ways: the answer, or what differs.
    pub async fn send(
        &self,
        make: impl Fn(&Gateway) -> RequestBuilder,
        told: &mut Told,
    ) -> Result<Answer, String> {
        self.statements.take();
        let mut answer = Answer::of(make(&self.straight)).await;
        let asked = self.statements.take_asked();
        let straight = asked.iter().filter(|asked| asked.straight).count();
        told.asked += 1;
        if answer.body["errors"].is_null() {
            told.answered += 1;
            told.straight += usize::from(straight > 0 && straight == asked.len());
        }
        told.given_up += usize::from(straight > 0 && straight < asked.len());
        let mut expected = Answer::of(make(&self.resolvers)).await;
        for _ in 0..AGAIN {
            let refused = |answer: &Answer| answer.body["errors"].is_array();
            if comparable(&answer) == comparable(&expected)
                || !refused(&answer)
                || !refused(&expected)
            {
                break;
            }
            answer = Answer::of(make(&self.straight)).await;
            expected = Answer::of(make(&self.resolvers)).await;
        }
        let (found, wanted) = (comparable(&answer), comparable(&expected));
        // Of several faults the resolvers tell the one that they come upon first, which is another each time under load: where nothing
        // was compiled, both are theirs.
        let both_refuse = answer.body["data"].is_null() && expected.body["data"].is_null();
        if found == wanted || (straight == 0 && both_refuse) {
            return Ok(answer);
        }
        Err(format!(
            "{straight} compiled statements of {}\n{}",
            asked.len(),
            difference(&found, &wanted)
        ))
    }
}

/// All of it but what is the request's own, the errors in an order.
fn comparable(answer: &Answer) -> String {
    let mut told = answer.status.to_string();
    for (name, value) in &answer.headers {
        if !["date", "x-request-id"].contains(&name.as_str()) {
            let _ = write!(told, "\n{name}: {value:?}");
        }
    }
    const ID: &str = ",\"requestId\":\"";
    let mut parts = answer.text.split(ID);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text += part.split_once('"').map_or("", |(_, rest)| rest);
    }
    if let Ok(mut body) = serde_json::from_str::<Value>(&text)
        && let Some(errors) = body.get_mut("errors").and_then(Value::as_array_mut)
    {
        errors.sort_by_key(Value::to_string);
        text = body.to_string();
    }
    format!("{told}\n{text}")
}

/// Where two texts part ways, and what is around there.
fn difference(found: &str, wanted: &str) -> String {
    let same = found
        .bytes()
        .zip(wanted.bytes())
        .take_while(|(one, other)| one == other)
        .count();
    let around = |text: &str| {
        let begin = same.saturating_sub(300);
        String::from_utf8_lossy(&text.as_bytes()[begin..text.len().min(same + 300)]).into_owned()
    };
    format!(
        "compiled:\n{}\nresolved:\n{}",
        around(found),
        around(wanted)
    )
}
