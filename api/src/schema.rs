//! The graph: all domains in one schema.

use async_graphql::EmptySubscription;

use crate::domains::{Mutation, Query};

/// The schema that the server executes.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// Builds it; once for a process.
pub fn build() -> Schema {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription).finish()
}
