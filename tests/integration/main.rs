//! One binary for all integration tests: one PostgreSQL, all tests side by side. A file a subject.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on shall panic, and say where"
)]

mod append_only;
mod architecture;
mod audit_export;
mod backup;
mod command_line;
mod constraints;
mod conventions;
mod counters;
mod delete_rules;
mod documentation;
mod documents;
mod explain;
mod graph;
mod graphiql;
mod health;
mod http;
mod idempotency;
mod journeys;
mod knowledge;
mod limits;
mod migrations;
mod organizations;
mod own_roles;
mod permission_book;
mod plans;
mod private_postgres;
mod privileges;
mod quotas;
mod schema;
mod seed;
mod sessions;
mod summaries;
mod tokens;
mod validation;
mod vocabularies;
mod walls;
mod wire;
