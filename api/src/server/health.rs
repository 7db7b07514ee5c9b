//! Is the process alive, and can it serve? The second asks the database, as the gateway's role, and says no more than that.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::App;
use crate::database::DatabaseRole;

/// A database that needs longer than this to say which changes it has is not one to send requests to.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process runs.
pub async fn live() -> Json<Value> {
    Json(json!({ "status": "live" }))
}

/// The process can serve: the database answers and has the schema of this version.
pub async fn ready(State(app): State<App>) -> (StatusCode, Json<Value>) {
    let reason = match timeout(
        PATIENCE,
        migration::status(app.pools.of(DatabaseRole::Member)),
    )
    .await
    {
        Err(_) => "the database does not answer",
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            "the database cannot be used"
        }
        Ok(Ok(steps)) if steps.iter().any(|step| !step.applied) => {
            "the database lacks changes: run fieldgraph migrate up"
        }
        Ok(Ok(_)) => return (StatusCode::OK, Json(json!({ "status": "ready" }))),
    };
    (
        StatusCode::SERVICE_UNAVAILABLE,
        Json(json!({ "status": "unavailable", "reason": reason })),
    )
}
