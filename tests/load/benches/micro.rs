//! What a request costs before and after PostgreSQL, in one process and without a socket: `cargo bench --package load`.
//! The documents ask about the schema alone, so that no database has to be there.

#![expect(clippy::expect_used, reason = "what cannot begin ends with a panic")]

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use chrono::Utc;
use divan::{Bencher, black_box};
use fieldgraph::auth::{Grant, PermissionBook, Signer, Verifier};
use fieldgraph::database::GatewayPools;
use fieldgraph::schema;
use fieldgraph::server::graphql::Engine;
use fieldgraph::server::{App, router};
use fieldgraph::settings::{Options, Secret, Settings};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

const SECRET: &str = "the secret of the micro-benchmarks, 32 bytes or more";

fn main() {
    divan::main();
}

fn settings() -> Settings {
    Options {
        // Nobody is there, and nobody is asked.
        database_url: Some(Secret::new(
            "postgresql://nobody@localhost/nothing".to_owned(),
        )),
        jwt_secret: Some(Secret::new(SECRET)),
        introspection: Some(true),
        ..Options::default()
    }
    .resolve()
    .expect("settings")
}

/// The gateway as it serves, in the bench's own thread.
struct Gateway {
    runtime: Runtime,
    service: TowerToHyperService<Router>,
}

impl Gateway {
    fn new() -> Self {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let settings = settings();
        let entered = runtime.enter();
        let pools = GatewayPools::new("postgresql://nobody@localhost/nothing", 1).expect("pools");
        let app = App::new(
            &settings,
            pools.clone(),
            Engine::new(schema::build()).expect("a schema"),
            Verifier::new(&settings).expect("a verifier"),
            PermissionBook::new(pools),
        )
        .expect("a server");
        let service = TowerToHyperService::new(router(app));
        drop(entered);
        Self { runtime, service }
    }

    /// Asks, and reads all of the answer.
    fn ask(&self, document: &str) -> usize {
        let body = json!({ "query": document }).to_string();
        let request = Request::post("/graphql")
            .header("Content-Type", "application/json")
            .header("Accept", "application/graphql-response+json")
            .body(Body::from(body))
            .expect("a request");
        self.runtime.block_on(async {
            let response = self.service.call(request).await.expect("an answer");
            assert_eq!(response.status(), StatusCode::OK);
            let body = to_bytes(response.into_body(), usize::MAX).await;
            body.expect("a body").len()
        })
    }
}

/// So many types with their fields: each is parsed, measured, validated, merged, costed and executed.
fn document(types: usize) -> String {
    let selections: String = ["Photo", "Detection", "Tag", "Project", "User"]
        .iter()
        .cycle()
        .take(types)
        .enumerate()
        .map(|(number, name)| {
            format!(r#" t{number}: __type(name: "{name}") {{ name kind fields {{ name type {{ kind name }} }} }}"#)
        })
        .collect();
    format!("{{{selections} }}")
}

#[divan::bench]
fn token_is_verified(bencher: Bencher) {
    static TOKEN: LazyLock<String> = LazyLock::new(|| {
        let grant = Grant {
            organization: Uuid::from_u128(1),
            user: Uuid::from_u128(2),
            roles: vec!["admin".to_owned()],
            version: None,
        };
        let day = Duration::from_secs(86_400);
        let signer = Signer::new(&settings()).expect("a signer");
        signer.sign(&grant, Utc::now(), day).expect("a token")
    });
    let verifier = Verifier::new(&settings()).expect("a verifier");
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    bencher.bench_local(|| {
        let claims = runtime.block_on(verifier.verify(black_box(&TOKEN), Utc::now()));
        claims.expect("claims")
    });
}

#[divan::bench(args = [1, 5, 20])]
fn document_that_was_seen_before(bencher: Bencher, types: usize) {
    let gateway = Gateway::new();
    let document = document(types);
    bencher.bench_local(|| gateway.ask(black_box(&document)));
}

#[divan::bench(args = [1, 5, 20])]
fn document_that_is_new(bencher: Bencher, types: usize) {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let gateway = Gateway::new();
    let document = document(types);
    bencher
        .with_inputs(|| format!("{document} #{}", NEXT.fetch_add(1, Ordering::Relaxed)))
        .bench_local_refs(|document| gateway.ask(black_box(document)));
}

#[divan::bench]
fn schema_is_built() -> usize {
    Engine::new(schema::build()).expect("a schema").sdl().len()
}
