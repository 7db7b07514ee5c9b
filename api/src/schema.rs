//! The graph: all domains in one schema.

use async_graphql::EmptySubscription;
use chrono::{DateTime, Utc};

use crate::core::reading::Kind;
use crate::domains::{Mutation, Node, Query};

/// The schema that the server executes.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// Builds it; once for a process.
pub fn build() -> Schema {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        // The library's own words speak of Rust.
        .override_output_type_description::<DateTime<Utc>>(
            "A moment in UTC, as 2026-11-21T09:30:00.123456+00:00; to the microsecond, and compared to the microsecond.",
        )
        .finish()
}

/// What of it can be read without asking its resolvers.
pub fn kinds() -> Vec<Kind> {
    Node::kinds()
}
