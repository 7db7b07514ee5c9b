//! The graph itself: what it answers, to whom, by how many statements, and what it writes. A file a subject.

pub mod bench;
mod bins;
mod filters;
mod inputs;
mod mutations;
mod pages;
mod permissions;
mod plans;
mod private_conversations;
mod reading;
mod relations;
mod resources;
mod schema;
mod snapshots;
mod statements;
mod tenancy;
