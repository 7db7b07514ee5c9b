//! What every domain stands on: how rows are read and written for a caller, and what goes wrong. Names no domain.

mod actor;
mod added;
mod aggregate;
mod any_node;
mod bulk;
mod call;
mod changes;
mod connection;
mod cursor;
mod distinct;
mod error;
mod filter;
mod hold;
mod id;
mod idempotency;
mod insertion;
mod link;
mod loaders;
mod node;
mod operators;
mod order;
mod page;
mod payload;
mod permission;
pub mod reading;
mod relation;
mod replacement;
mod roots;
mod row;
mod scalars;
mod search;
mod secret;
mod session;
mod sign_in;
mod sum;
mod trail;
mod turn;
mod tx;
mod user_error;

pub use actor::Actor;
pub use added::{Added, Written};
pub use aggregate::{
    Aggregation, Computed, Group, GroupBy, JOINED, Number, NumberStats, TimeBucket, TimeUnit,
};
pub use any_node::{AnyNode, find as find_node};
pub use bulk::{MOST_AT_ONCE, check_size};
pub use connection::{Connection, Edge, PageInfo};
pub use distinct::{ColumnValue, ValueArguments, ValueConnection, ValueEdge};
pub use error::{Error, ErrorCode, Result};
pub use filter::{Filter, ListFilter, belongs_to, combined};
pub use id::Id;
pub use idempotency::{Earlier, IdempotencyKey};
pub use insertion::Under;
pub use loaders::Batch;
pub use node::Node;
pub use operators::{
    BigIntFilter, BooleanFilter, DateTimeFilter, FloatFilter, IdFilter, IntFilter, JsonFilter,
    Operators, StringFilter, equality,
};
pub use order::{CursorKey, Direction, OrderBy};
pub use page::{Page, PageArguments};
pub use payload::{Payload, patch, settled};
pub use permission::{Permission, Permissions};
pub use relation::{ParentKey, Relation, Within};
pub use row::Row;
pub use scalars::{BigInt, Json};
pub use search::{Embeddings, Hit, Search, Searchable, embedding_of};
pub use session::{RequestInfo, Session};
pub use sign_in::{Door, NewSession, Origin, SessionKeeper};
pub use tx::{Changes, Tx};
pub use user_error::{Faults, Refusal, UserError, UserErrorCode};
