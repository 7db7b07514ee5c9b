//! What the superuser of the private PostgreSQL does once: the owner's role, and a database that belongs to it. From then
//! on nobody works as superuser, so that the private database is as strict as a real one.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement};

use super::private_postgres::PrivatePostgres;
use super::{DatabaseError, connect};

/// Owns the tables. May make roles, since the first migration does.
pub const OWNER_ROLE: &str = "fieldgraph_owner";
/// Serves. Made by the first migration.
pub const GATEWAY_ROLE: &str = "fieldgraph_gateway";

/// "fieldbas" in ASCII: two gateways that start together do this one after the other.
const LOCK: i64 = 0x6669_656c_6462_6173;

/// Makes the owner's role and a database of its own, where they are missing.
pub async fn create_database(
    postgres: &PrivatePostgres,
    database: &str,
) -> Result<(), DatabaseError> {
    // One connection: the lock belongs to its session, and goes when it is closed.
    let cluster = connect(&postgres.url(postgres.superuser(), "postgres"), 1).await?;
    let made = create_in(&cluster, database).await;
    cluster.close().await.map_err(DatabaseError::Bootstrap)?;
    if made.map_err(DatabaseError::Bootstrap)? {
        let inside = connect(&postgres.url(postgres.superuser(), database), 1).await?;
        // Not every build of pgvector lets an owner install it; without it, embeddings are arrays.
        inside
            .execute_unprepared(
                "DO $$ BEGIN IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') THEN
                   CREATE EXTENSION IF NOT EXISTS vector; END IF; END $$",
            )
            .await
            .map_err(DatabaseError::Bootstrap)?;
        inside.close().await.map_err(DatabaseError::Bootstrap)?;
    }
    Ok(())
}

async fn create_in(cluster: &DatabaseConnection, database: &str) -> Result<bool, DbErr> {
    cluster
        .execute_unprepared(&format!("SELECT pg_advisory_lock({LOCK})"))
        .await?;
    let exists = |kind: &str, name: &str| {
        Statement::from_string(
            cluster.get_database_backend(),
            format!("SELECT 1 FROM {kind} = '{name}'"),
        )
    };
    if cluster
        .query_one_raw(exists("pg_roles WHERE rolname", OWNER_ROLE))
        .await?
        .is_none()
    {
        cluster
            .execute_unprepared(&format!("CREATE ROLE {OWNER_ROLE} LOGIN CREATEROLE"))
            .await?;
    }
    if cluster
        .query_one_raw(exists("pg_database WHERE datname", database))
        .await?
        .is_some()
    {
        return Ok(false);
    }
    cluster
        .execute_unprepared(&format!("CREATE DATABASE {database} OWNER {OWNER_ROLE}"))
        .await?;
    Ok(true)
}
