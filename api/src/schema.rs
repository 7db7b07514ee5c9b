//! The graph: all domains in one schema.

use async_graphql::{EmptyMutation, EmptySubscription};

use crate::domains::Query;

/// The schema that the server executes.
pub type Schema = async_graphql::Schema<Query, EmptyMutation, EmptySubscription>;

/// Builds it; once for a process.
pub fn build() -> Schema {
    Schema::build(Query::default(), EmptyMutation, EmptySubscription).finish()
}
