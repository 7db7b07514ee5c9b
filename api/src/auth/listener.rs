//! Keeps what gateways remember of people and roles in step: the database tells all of them of each change, whoever made it.

use std::time::Duration;

use sea_orm::sqlx;
use tokio::time::sleep;
use uuid::Uuid;

use super::{PermissionBook, Standing};
use crate::database::GatewayPools;

/// Where the triggers of the database tell.
const CHANNEL: &str = "fieldgraph_access";
/// Between one attempt to listen and the next; each failure doubles it.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Listens as long as it is polled, on a connection of its own. While nothing can be heard, what is remembered is good for the few
/// seconds that it would be good for anyway.
pub async fn listen(pools: &GatewayPools, standing: &Standing, permissions: &PermissionBook) {
    let mut pause = SHORTEST_PAUSE;
    loop {
        match hear(pools, standing, permissions).await {
            // It was heard for a while: the next attempt is a first one.
            Ok(()) => pause = SHORTEST_PAUSE,
            Err(error) => {
                tracing::warn!(%error, "changes of people and roles cannot be heard");
                pause = LONGEST_PAUSE.min(pause * 2);
            }
        }
        sleep(pause).await;
    }
}

/// Until the connection is lost.
async fn hear(
    pools: &GatewayPools,
    standing: &Standing,
    permissions: &PermissionBook,
) -> Result<(), sqlx::Error> {
    let mut listener = pools.listener().await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    // Nobody knows what was told while nobody listened.
    standing.forget_all();
    permissions.forget();
    loop {
        match listener.try_recv().await {
            Ok(Some(told)) => heed(told.payload(), standing, permissions),
            Ok(None) => return Ok(()),
            Err(error) => {
                tracing::info!(%error, "the connection that hears of changes was lost");
                return Ok(());
            }
        }
    }
}

fn heed(told: &str, standing: &Standing, permissions: &PermissionBook) {
    let mut words = told.split(' ');
    let what = words.next().unwrap_or_default();
    let mut id = || words.next().and_then(|id| Uuid::try_parse(id).ok());
    match (what, id(), id()) {
        ("permissions", ..) => permissions.forget(),
        ("user", Some(organization), Some(user)) => standing.forget(organization, user),
        ("organization", Some(organization), _) => standing.forget_organization(organization),
        _ => {
            tracing::warn!(
                told,
                "something was told that is not understood; is the database of a newer version?"
            );
            standing.forget_all();
            permissions.forget();
        }
    }
}
