//! The graph: all domains in one schema.

use async_graphql::{Context, EmptyMutation, EmptySubscription, Object};

use crate::core::{Error, Session};

/// The schema that the server executes.
pub type Schema = async_graphql::Schema<Query, EmptyMutation, EmptySubscription>;

/// The root of all reads.
pub struct Query;

/// Where every read begins.
#[Object]
impl Query {
    /// Id of the organization whose rows the caller sees.
    async fn organization_id(&self, context: &Context<'_>) -> Result<String, Error> {
        let session = context
            .data::<Session>()
            .map_err(|_| Error::Unauthenticated)?;
        Ok(session.actor().organization.to_string())
    }
}

/// Builds it; once for a process.
pub fn build() -> Schema {
    Schema::build(Query, EmptyMutation, EmptySubscription).finish()
}
