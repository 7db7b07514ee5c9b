//! Queries answered straight from rows to JSON. A query that asks for nothing but rows (objects, their lists and what hangs under
//! them) is compiled into statements, one for each place where rows are needed, with just the columns that are selected; it runs
//! in as many rounds as it is deep, and its answer is written from the rows' bytes. The answer is the one that the resolvers
//! would give, to the byte. Whatever is not understood here, and whatever goes wrong, is left to them.
//!
//! A domain knows nothing of it: `node!`, `relations!` and `roots!` say all that is needed.

mod catalog;
mod compile;
mod run;
mod scalar;
mod source;
mod tree;
mod write;

pub use catalog::{Catalog, Kind};
pub use compile::{Asked, shaping_variables};
pub use run::{Caller, Unread};
pub use source::{AtTheRoot, Lead, Leads, NowhereAtTheRoot, Root, Rooted};
pub use tree::Reading;
