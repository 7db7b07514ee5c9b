//! Fieldgraph: the evidence of field companies behind one GraphQL endpoint, each organization behind its own wall.
//!
//! The edges (`command`, `server`, `auth`, `settings`, `database`) are the only ones that know processes, sockets, keys and
//! connections.

pub mod auth;
pub mod command;
pub mod core;
pub mod database;
pub mod documentation;
pub mod domains;
pub mod schema;
pub mod seed;
pub mod server;
pub mod settings;
