//! `fieldgraph serve`: the database first, then the door.

use std::io::Write;

use sea_orm::{ConnectionTrait, Statement};

use super::Failure;
use crate::auth::permissions::PermissionBook;
use crate::auth::token::signing_secret;
use crate::auth::verifier::Verifier;
use crate::database::{Databases, GatewayPools};
use crate::server::App;
use crate::server::graphql::Engine;
use crate::settings::Settings;
use crate::{schema, seed, server};

pub(super) async fn run(settings: &Settings) -> Result<(), Failure> {
    // Before anything slow: a taken port, or tokens that could never be verified, end it here.
    let secret = signing_secret(settings)?;
    let engine = Engine::new(schema::build())?;
    let listener = server::listen(settings.listen).await?;
    let address = listener.local_addr()?;
    let databases = Databases::open(settings).await?;
    let served = async {
        let demo = prepare(settings, &databases).await?;
        let pools = GatewayPools::new(databases.gateway_url(), settings.database_connections)?;
        greet(address, demo.as_ref())?;
        let app = App::new(
            settings,
            pools.clone(),
            engine,
            Verifier::new(&settings.tokens, &secret),
            PermissionBook::new(&pools),
        );
        server::serve(listener, app).await;
        pools.close().await;
        Ok(())
    }
    .await;
    databases.close().await;
    served
}

/// Brings the private database up to date, and gives an empty one its demo data.
async fn prepare(
    settings: &Settings,
    databases: &Databases,
) -> Result<Option<seed::Demo>, Failure> {
    super::migrate::bring_private_up_to_date(databases).await?;
    if !settings.demo {
        return Ok(None);
    }
    let owner = databases.connect_owner().await?;
    let empty = owner
        .query_one_raw(Statement::from_string(
            owner.get_database_backend(),
            "SELECT FROM organizations LIMIT 1",
        ))
        .await?
        .is_none();
    let demo = if empty {
        Some(seed::demo(&owner, &databases.storage()).await?)
    } else {
        None
    };
    owner.close().await?;
    Ok(demo)
}

fn greet(address: std::net::SocketAddr, demo: Option<&seed::Demo>) -> Result<(), Failure> {
    if let Some(demo) = demo {
        super::seed::introduce(demo)?;
    }
    let mut out = std::io::stdout();
    writeln!(out, "Fieldgraph listens on http://{address}")?;
    writeln!(out, "  ready?   curl http://{address}/health/ready")?;
    writeln!(
        out,
        "  a token  fieldgraph token --organization northwind --user admin@northwind.example"
    )?;
    out.flush()?;
    Ok(())
}
