//! A compiled query: which statements it needs, in which round each is sent and for whose keys, and the shape of its answer.

use std::sync::Arc;

use async_graphql::Name;
use uuid::Uuid;

use super::scalar::Scalar;
use crate::database::wire::Parameter;

/// A query, ready to be run for any caller with the permissions that it was compiled for.
pub struct Reading {
    pub(super) fetches: Vec<Fetch>,
    /// What is loaded in each round.
    pub(super) rounds: Vec<Vec<Load>>,
    /// How many places in the tree have rows of their own.
    pub(super) places: usize,
    /// The fields of the root, each behind its key.
    pub(super) root: Vec<(Box<[u8]>, AtRoot)>,
    /// Whether a client's values decide which rows are looked at.
    pub filters: bool,
    /// About how large the answers are; the last one is a good guess for the next.
    pub(super) bytes: std::sync::atomic::AtomicUsize,
}

/// A statement that is sent at most once a round, for all that wait for its rows.
pub(super) struct Fetch {
    pub(super) sql: Arc<str>,
    pub(super) slots: Vec<Slot>,
    /// What the columns must be, as far as they are written out.
    pub(super) columns: Vec<Option<Scalar>>,
    /// The column by which its rows are found again; none where all of them are one list.
    pub(super) keyed_by: Option<usize>,
}

/// Where a parameter's value comes from.
pub(super) enum Slot {
    /// The caller's organization.
    Tenant,
    /// The keys that are waited for.
    Keys,
    /// The query itself.
    Value(Parameter),
}

/// Rows of a fetch for a place in the tree.
pub(super) struct Load {
    pub(super) fetch: usize,
    pub(super) keys: Keys,
    /// Which place gets them; none where they only count.
    pub(super) place: Option<Reached>,
    /// Where they may be without asking.
    pub(super) among: Option<Among>,
}

/// Rows that are among those of another fetch, which was asked in an earlier round.
pub(super) struct Among {
    pub(super) fetch: usize,
    /// As many of them as were asked for each of its parents; where there were more, not all are known.
    pub(super) most: usize,
    /// The column at the parents' place that refers to a parent of the other fetch.
    pub(super) by: usize,
    /// The column of the other fetch that names the parent here.
    pub(super) names: usize,
    /// Which of its columns are those of this one.
    pub(super) columns: Vec<usize>,
}

/// A place in the tree, and how many rows it takes of each list.
#[derive(Clone, Copy)]
pub(super) struct Reached {
    pub(super) place: usize,
    pub(super) most: usize,
}

/// Which keys are asked for.
pub(super) enum Keys {
    /// All of a list.
    None,
    /// The one that the client names.
    Given(GivenId),
    /// Those in a column of the rows at a place; which of the rows that came in one, the compiler wants to know.
    Column {
        place: usize,
        column: usize,
        row: usize,
    },
}

/// An id out of the document or its variables.
#[derive(Clone)]
pub(super) enum GivenId {
    Written(Uuid),
    Variable(Name, Option<Uuid>),
}

/// What stands at the root.
pub(super) enum AtRoot {
    Typename,
    One {
        fetch: usize,
        id: GivenId,
        object: Object,
    },
    List(Connection),
}

/// The shape of an object: its fields, each behind its key.
pub(super) struct Object {
    pub(super) fields: Vec<(Box<[u8]>, Out)>,
}

/// The shape of a field.
pub(super) enum Out {
    /// The same for every row: the name of the type.
    Always(Box<[u8]>),
    Scalar {
        column: usize,
        scalar: Scalar,
    },
    /// An object that came in the same row, if its id did.
    Joined {
        id: usize,
        object: Object,
    },
    /// An object of another fetch, by a column of this row.
    One {
        key: usize,
        fetch: usize,
        object: Object,
    },
    /// A list of another fetch, by a column of this row.
    Many {
        key: usize,
        connection: Connection,
    },
}

/// The shape of a page.
pub(super) struct Connection {
    /// Where its rows are; none where nobody looks at them.
    pub(super) fetch: Option<usize>,
    pub(super) size: usize,
    pub(super) backward: bool,
    pub(super) begins_after_something: bool,
    pub(super) cursor: Cursors,
    pub(super) fields: Vec<(Box<[u8]>, OfConnection)>,
}

/// What a cursor is made of.
#[derive(Default)]
pub(super) struct Cursors {
    pub(super) name: u64,
    pub(super) columns: Vec<usize>,
    pub(super) id: usize,
}

/// A field of a page.
pub(super) enum OfConnection {
    Always(Box<[u8]>),
    Nodes(Object),
    Edges(Vec<(Box<[u8]>, OfEdge)>),
    PageInfo(Vec<(Box<[u8]>, OfPageInfo)>),
    /// How many there are on all pages, by the fetch that counts.
    TotalCount(usize),
}

/// A field of an edge.
pub(super) enum OfEdge {
    Always(Box<[u8]>),
    Cursor,
    Node(Object),
}

/// A field of the page's place in its list.
pub(super) enum OfPageInfo {
    Always(Box<[u8]>),
    HasNextPage,
    HasPreviousPage,
    StartCursor,
    EndCursor,
}

impl Reading {
    /// About what it takes in memory.
    pub fn weight(&self) -> u64 {
        let statements: usize = self
            .fetches
            .iter()
            .map(|fetch| fetch.sql.len() + 64 * (fetch.slots.len() + fetch.columns.len()))
            .sum();
        1024 + 2 * statements as u64
    }
}
