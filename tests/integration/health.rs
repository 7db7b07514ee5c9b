//! Alive and ready are two questions, and the second is about the database.

use support::{Program, TestDatabase, execute, until};

const SECRET: &str = "a secret of the tests, 32 bytes or more";

fn serve(database: &TestDatabase) -> Program {
    let (gateway, owner) = (database.gateway_url(), database.owner_url());
    Program::serve(|command| {
        command
            .env("DATABASE_URL", gateway)
            .env("MIGRATION_DATABASE_URL", owner)
            .env("FIELDGRAPH_JWT_SECRET", SECRET);
    })
}

#[tokio::test]
async fn a_database_without_the_schema_is_not_ready_until_it_is_migrated() {
    let database = TestDatabase::empty().await;
    // The roles are the cluster's; a gateway that may not even log in would be another test.
    let _roles = TestDatabase::migrated().await;
    let program = serve(&database);
    assert_eq!(program.get("/health/live").unwrap().0, 200);
    let (status, body) = program.get("/health/ready").unwrap();
    assert_eq!(status, 503);
    assert!(body.contains("run fieldgraph migrate up"), "{body}");

    let migrator = migration::Migrator::connect(&database.owner_url())
        .await
        .unwrap();
    migrator.up(None).await.unwrap();
    migrator.finish().await.unwrap();
    program.wait_until_ready();
}

#[tokio::test]
async fn a_database_that_is_away_is_not_ready_and_is_when_it_is_back() {
    let database = TestDatabase::migrated().await;
    let program = serve(&database);
    program.wait_until_ready();
    let elsewhere =
        fieldgraph::database::connect(&support::Cluster::shared().superuser_url("postgres"), 1)
            .await
            .unwrap();
    let name = database.name();
    let connections = |allowed: bool| format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}");

    execute(&elsewhere, &connections(false), []).await.unwrap();
    execute(
        &elsewhere,
        &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
        [],
    )
    .await
    .unwrap();
    until("the gateway says that it cannot serve", || {
        program.get("/health/ready").is_some_and(|(status, body)| {
            assert!(
                !body.contains(name) && !body.contains("fieldgraph_gateway"),
                "{body}"
            );
            status == 503
        })
    });
    assert_eq!(program.get("/health/live").unwrap().0, 200);

    execute(&elsewhere, &connections(true), []).await.unwrap();
    program.wait_until_ready();
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let database = TestDatabase::migrated().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = std::process::Command::new(support::program())
        .args(["serve", "--listen", &address])
        .env("DATABASE_URL", database.gateway_url())
        .env("FIELDGRAPH_JWT_SECRET", SECRET)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        said.contains(&format!("cannot listen on {address}")),
        "{said}"
    );
    assert!(
        said.contains("choose another address with --listen"),
        "{said}"
    );
}
