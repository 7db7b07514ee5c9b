//! What the graph is about, a folder a domain, a file an object. A domain knows the core and the public types of others.

pub mod photos;
pub mod tenancy;

use async_graphql::MergedObject;

/// Where every read begins.
#[derive(MergedObject, Default)]
pub struct Query(tenancy::TenancyQueries, photos::PhotosQueries);

/// Where every change begins.
#[derive(MergedObject, Default)]
pub struct Mutation(photos::PhotosMutations);
