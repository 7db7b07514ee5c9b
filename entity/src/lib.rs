//! Fieldgraph's tables as SeaORM entities: one folder a domain, one file a table.
//!
//! The schema is made by the SQL changes of the `migration` crate; these entities follow it, and a test holds the
//! two together by way of [`catalogue`]. Which rows belong to whom is said in [`scope`].

pub mod agents;
pub mod catalogue;
pub mod knowledge;
pub mod photos;
pub mod scope;
pub mod tenancy;
pub mod uploads;
pub mod validation;

pub use scope::{Scope, Scoped};
