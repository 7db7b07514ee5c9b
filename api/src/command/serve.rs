//! `fieldgraph serve`: the database first, then the door.

use std::io::Write;

use sea_orm::{ConnectionTrait, Statement};

use super::Failure;
use crate::auth::{PermissionBook, Signer, TokenError, Verifier};
use crate::database::{Databases, GatewayPools};
use crate::server::App;
use crate::server::graphiql::{DemoSessions, Page, SignIn};
use crate::server::graphql::Engine;
use crate::settings::Settings;
use crate::{schema, seed, server};

pub(super) async fn run(settings: &Settings) -> Result<(), Failure> {
    // Before anything slow: a taken port, or tokens that could never be verified, end it here.
    let verifier = Verifier::new(settings)?;
    let engine = Engine::new(schema::build())?.reading(schema::kinds());
    let listener = server::listen(settings.listen).await?;
    let address = listener.local_addr()?;
    let databases = Databases::open(settings).await?;
    let served = async {
        let demo = prepare(settings, &databases).await?;
        let pools = GatewayPools::new(databases.gateway_url(), settings.database_connections)?;
        let page = graphiql(settings, &databases, &pools).await?;
        greet(address, demo.as_ref(), settings.graphiql)?;
        let permissions = PermissionBook::new(pools.clone());
        let app = App::new(settings, pools.clone(), engine, verifier, permissions)?;
        server::serve(listener, app, page).await;
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

/// The page at `/`, where it is wanted; with the demo's people to ask as, where the demo is and its tokens are ours to sign.
async fn graphiql(
    settings: &Settings,
    databases: &Databases,
    pools: &GatewayPools,
) -> Result<Page, Failure> {
    if !settings.graphiql {
        return Ok(Page::Off);
    }
    let signer = match Signer::new(settings) {
        Err(TokenError::SignedElsewhere) => return Ok(Page::On(SignIn::Elsewhere)),
        signer => signer?,
    };
    if settings.demo {
        let owner = databases.connect_owner().await?;
        let organizations = super::demo_people::organizations(&owner).await?;
        owner.close().await?;
        if !organizations.is_empty() {
            let sessions = DemoSessions::new(organizations, pools.clone(), signer);
            return Ok(Page::On(SignIn::Demo(sessions)));
        }
    }
    Ok(Page::On(SignIn::Password))
}

fn greet(
    address: std::net::SocketAddr,
    demo: Option<&seed::Demo>,
    graphiql: bool,
) -> Result<(), Failure> {
    if let Some(demo) = demo {
        super::seed::introduce(demo)?;
    }
    let mut out = std::io::stdout();
    writeln!(out, "Fieldgraph listens on http://{address}")?;
    if graphiql {
        writeln!(out, "  GraphiQL http://{address}/")?;
    }
    writeln!(out, "  ready?   curl http://{address}/health/ready")?;
    writeln!(
        out,
        "  a token  fieldgraph token --organization northwind --user admin@northwind.example"
    )?;
    out.flush()?;
    Ok(())
}
