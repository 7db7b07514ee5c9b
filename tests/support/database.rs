//! A database of a test's own, and who may connect to it as whom.

use std::sync::atomic::{AtomicU32, Ordering};

use fieldgraph::database::{DatabaseRole, GatewayPools, connect, create_database};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};
use uuid::Uuid;

use crate::cluster::{Cluster, Template};

/// A fresh database; it is dropped with this value.
pub struct TestDatabase {
    name: String,
}

/// For whom a transaction of the gateway works.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// As an admin or as a member.
    pub role: DatabaseRole,
    /// The tenant, if one is set.
    pub organization: Option<Uuid>,
    /// The user, if one is set.
    pub user: Option<Uuid>,
}

impl TestDatabase {
    /// All changes applied, no row but the built-in roles and permissions.
    pub async fn migrated() -> Self {
        Self::copy(Template::Migrated).await
    }

    /// With the demo data.
    pub async fn demo() -> Self {
        Self::copy(Template::Demo).await
    }

    /// Without any table.
    pub async fn empty() -> Self {
        let name = next_name();
        let cluster = shared().await;
        create_database(cluster.postgres(), &name)
            .await
            .expect("an empty database");
        Self { name }
    }

    async fn copy(template: Template) -> Self {
        let name = next_name();
        let template = tokio::task::spawn_blocking(move || Cluster::shared().template(template))
            .await
            .expect("a template");
        let maintenance = connect(&Cluster::shared().superuser_url("postgres"), 1)
            .await
            .expect("the superuser");
        maintenance
            .execute_unprepared(&format!(
                "CREATE DATABASE {name} TEMPLATE {template} OWNER {} STRATEGY file_copy",
                fieldgraph::database::OWNER_ROLE
            ))
            .await
            .expect("a copy of the template");
        maintenance.close().await.expect("a closed connection");
        Self { name }
    }

    /// Its name in the cluster.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// URL as the owner of the tables.
    pub fn owner_url(&self) -> String {
        Cluster::shared().owner_url(&self.name)
    }

    /// URL as the gateway.
    pub fn gateway_url(&self) -> String {
        Cluster::shared().gateway_url(&self.name)
    }

    /// URL as the superuser.
    pub fn superuser_url(&self) -> String {
        Cluster::shared().superuser_url(&self.name)
    }

    /// Connects as the owner of the tables, before whom the walls stand too.
    pub async fn owner(&self) -> DatabaseConnection {
        connect(&self.owner_url(), 8).await.expect("the owner")
    }

    /// Connects as the superuser, whom no wall stops: to arrange a test, and to see what really happened.
    pub async fn superuser(&self) -> DatabaseConnection {
        connect(&self.superuser_url(), 8)
            .await
            .expect("the superuser")
    }

    /// The gateway's pools, as the server has them.
    pub fn gateway(&self) -> GatewayPools {
        GatewayPools::new(&self.gateway_url(), 4).expect("pools")
    }

    /// A transaction of the gateway for a caller.
    pub async fn transaction(&self, pools: &GatewayPools, caller: Caller) -> DatabaseTransaction {
        let transaction = pools
            .of(caller.role)
            .begin()
            .await
            .expect("a transaction of the gateway");
        for (setting, id) in [
            ("organization_id", caller.organization),
            ("user_id", caller.user),
        ] {
            if let Some(id) = id {
                transaction
                    .execute_unprepared(&format!("SET LOCAL app.{setting} = '{id}'"))
                    .await
                    .expect("a setting");
            }
        }
        transaction
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let url = Cluster::shared().superuser_url("postgres");
        let name = std::mem::take(&mut self.name);
        // Dropping cannot wait on the test's own runtime.
        let dropped = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime")
                .block_on(async {
                    let maintenance = connect(&url, 1).await.expect("the superuser");
                    maintenance
                        .execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)"))
                        .await
                        .expect("a dropped database");
                });
        });
        let dropped = dropped.join();
        assert!(
            dropped.is_ok() || std::thread::panicking(),
            "the database of the test could not be dropped"
        );
    }
}

fn next_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Starting PostgreSQL blocks; the runtime of the test must not.
async fn shared() -> &'static Cluster {
    tokio::task::spawn_blocking(Cluster::shared)
        .await
        .expect("the cluster")
}
