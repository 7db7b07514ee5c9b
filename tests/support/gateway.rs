//! The real server in the test's own runtime, on a free port, over a database of a test; and a client for it.

use std::net::SocketAddr;
use std::time::Duration;

use async_graphql::{ObjectType, Schema, SubscriptionType};
use chrono::Utc;
use fieldgraph::auth::{Grant, PermissionBook, Signer, Verifier};
use fieldgraph::database::GatewayPools;
use fieldgraph::schema;
use fieldgraph::server::graphiql::Page;
use fieldgraph::server::graphql::Engine;
use fieldgraph::server::{App, serve_until};
use fieldgraph::settings::{Options, Secret, Settings};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::database::TestDatabase;

const SECRET: &str = "a secret of the tests, 32 bytes or more";

/// A running gateway; it ends with this value.
pub struct Gateway {
    address: SocketAddr,
    /// None where an identity provider signs.
    signer: Option<Signer>,
    client: Client,
    owner_url: String,
    end: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
}

/// What came back for an operation.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body, if it is JSON.
    pub body: Value,
    /// The body as it came.
    pub text: String,
}

impl Gateway {
    /// With the settings that a user finds.
    pub async fn start(database: &TestDatabase) -> Self {
        Self::start_with(database, |_| {}).await
    }

    /// With settings of the test.
    pub async fn start_with(database: &TestDatabase, change: impl FnOnce(&mut Settings)) -> Self {
        let engine = Engine::new(schema::build())
            .expect("a schema")
            .reading(schema::kinds());
        Self::start_engine(database, engine, change).await
    }

    /// With a schema of the test: for what the real one has no field for.
    pub async fn start_schema<Q, M, S>(
        database: &TestDatabase,
        schema: Schema<Q, M, S>,
        change: impl FnOnce(&mut Settings),
    ) -> Self
    where
        Q: ObjectType + 'static,
        M: ObjectType + 'static,
        S: SubscriptionType + 'static,
    {
        let engine = Engine::new(schema).expect("a schema");
        Self::start_engine(database, engine, change).await
    }

    /// With whatever executes.
    pub async fn start_engine(
        database: &TestDatabase,
        engine: Engine,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let urls = (&*database.gateway_url(), &*database.owner_url());
        Self::start_on(urls, engine, change).await
    }

    /// On a database wherever it is: where the gateway finds it, and where the owner of its tables does.
    pub async fn start_on(
        (gateway_url, owner_url): (&str, &str),
        engine: Engine,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let mut settings = Options {
            database_url: Some(Secret::new(gateway_url)),
            migration_database_url: Some(Secret::new(owner_url)),
            jwt_secret: Some(Secret::new(SECRET)),
            introspection: Some(true),
            ..Options::default()
        }
        .resolve()
        .expect("settings");
        change(&mut settings);
        let pools = GatewayPools::new(gateway_url, 4).expect("pools");
        let app = App::new(
            &settings,
            pools.clone(),
            engine,
            Verifier::new(&settings).expect("a verifier"),
            PermissionBook::new(pools.clone()),
        )
        .expect("a server");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (end, ended) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            let asked_to_end = async {
                // A gateway that is dropped is asked, too.
                let _ = ended.await;
            };
            serve_until(listener, app, Page::Off, asked_to_end).await;
            pools.close().await;
        });
        // The client is built without a provider of its own; the gateway installs one only where it fetches keys.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            address,
            signer: Signer::new(&settings).ok(),
            client: Client::new(),
            owner_url: owner_url.to_owned(),
            end: Some(end),
            serving: Some(serving),
        }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Asks it to end, without waiting until it has.
    pub fn ask_to_end(&mut self) {
        drop(self.end.take());
    }

    /// Waits until it has ended.
    pub async fn ended(&mut self) {
        self.ask_to_end();
        if let Some(serving) = self.serving.take() {
            serving.await.expect("a server that ends in peace");
        }
    }

    /// A token for a user of an organization, with the roles that the user has.
    pub async fn token(&self, organization: &str, email: &str) -> String {
        let owner = fieldgraph::database::connect(&self.owner_url, 1)
            .await
            .expect("the owner");
        let organization: Uuid = crate::value(
            &owner,
            &format!("SELECT id FROM organizations WHERE slug = '{organization}'"),
        )
        .await;
        let (user, roles) = find_user(&owner, organization, email).await;
        owner.close().await.expect("a closed connection");
        self.token_of(organization, user, roles)
    }

    /// A token with these claims, whether or not there is anybody like that.
    pub fn token_of(&self, organization: Uuid, user: Uuid, roles: Vec<String>) -> String {
        let grant = Grant {
            organization,
            user,
            roles,
            version: None,
        };
        self.signer
            .as_ref()
            .expect("a gateway that signs")
            .sign(&grant, Utc::now(), Duration::from_secs(3600))
            .expect("a token")
    }

    /// A request to a path, to be completed and sent by the test.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("http://{}{path}", self.address))
    }

    /// POSTs a body to the graph, accepting `application/graphql-response+json`.
    pub async fn post(&self, token: Option<&str>, body: &Value) -> Answer {
        let mut request = self
            .request(Method::POST, "/graphql")
            .header("Accept", "application/graphql-response+json")
            .json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        Answer::of(request).await
    }

    /// Asks the graph.
    pub async fn query(&self, token: &str, document: &str, variables: Value) -> Answer {
        self.post(
            Some(token),
            &json!({ "query": document, "variables": variables }),
        )
        .await
    }
}

impl Answer {
    /// Sends a request and reads all of the answer.
    pub async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.expect("a body");
        Self {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
        }
    }

    /// A header's value, or the empty string.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// What was asked for; panics where there are errors.
    pub fn data(&self) -> &Value {
        assert!(self.body["errors"].is_null(), "{}", self.text);
        &self.body["data"]
    }

    /// The code of the first error; panics where there is none.
    pub fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_else(|| panic!("an error with a code was expected: {}", self.text))
    }

    /// The message of the first error; panics where there is none.
    pub fn message(&self) -> &str {
        self.body["errors"][0]["message"]
            .as_str()
            .unwrap_or_else(|| panic!("an error was expected: {}", self.text))
    }
}

async fn find_user(
    owner: &sea_orm::DatabaseConnection,
    organization: Uuid,
    email: &str,
) -> (Uuid, Vec<String>) {
    use sea_orm::TransactionTrait;
    let tenant = owner.begin().await.expect("a transaction");
    tenant
        .execute_unprepared(&format!("SET LOCAL app.organization_id = '{organization}'"))
        .await
        .expect("a tenant");
    let row = tenant
        .query_one_raw(Statement::from_sql_and_values(
            tenant.get_database_backend(),
            "SELECT users.id, array_remove(array_agg(roles.name), NULL) AS roles FROM users
             LEFT JOIN user_roles ON user_roles.organization_id = users.organization_id AND user_roles.user_id = users.id
             LEFT JOIN roles ON roles.id = user_roles.role_id
             WHERE users.email = $1 GROUP BY users.id",
            [email.into()],
        ))
        .await
        .expect("users")
        .unwrap_or_else(|| panic!("no user {email}"));
    (
        row.try_get("", "id").expect("an id"),
        row.try_get("", "roles").expect("roles"),
    )
}
