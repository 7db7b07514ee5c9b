//! PostgreSQL's protocol, spoken directly, for what requests do: statements that do not wait for each other travel together, a
//! transaction that only reads needs no message of its own, and rows stay the bytes they came as until somebody looks at them.

mod address;
mod connect;
mod connection;
mod encryption;
mod explain;
mod failure;
mod parameter;
mod pool;
mod rows;

pub(super) use address::Address;
pub use connection::{Round, Statement};
pub use explain::Explain;
pub use failure::WireFailure;
pub use parameter::{POSTGRES_EPOCH, Parameter, oid};
pub use pool::{Hold, Pool};
pub use rows::{Column, Rows};
