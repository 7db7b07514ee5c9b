//! PostgreSQL's protocol, spoken directly, for reads alone: statements that do not wait for each other travel together, a
//! transaction needs no message of its own, and rows stay the bytes they came as until they are written out. Everything else goes
//! through the lease and SeaORM.

mod address;
mod connect;
mod connection;
mod encryption;
mod failure;
mod parameter;
mod pool;
mod rows;

pub(super) use address::Address;
pub use connection::{Round, Statement};
pub use failure::WireFailure;
pub use parameter::{POSTGRES_EPOCH, Parameter, oid};
pub use pool::{ReadingLease, ReadingPool};
pub use rows::Rows;
