//! The rows that a statement was answered with, as they came: nothing is taken out of them before somebody looks.

use std::sync::Arc;

use bytes::Bytes;
use postgres_protocol::Oid;

/// Where a value is among the bytes of its round; a null has no place.
pub(super) type Place = Option<(u32, u32)>;

/// The rows of one statement.
#[derive(Clone, Debug)]
pub struct Rows {
    pub(super) bytes: Bytes,
    pub(super) columns: usize,
    pub(super) places: Vec<Place>,
    pub(super) kinds: Option<Arc<[Oid]>>,
}

impl Rows {
    /// No rows at all.
    pub const NONE: Self = Self {
        bytes: Bytes::new(),
        columns: 0,
        places: Vec::new(),
        kinds: None,
    };

    /// The types of the columns, by PostgreSQL's numbers.
    pub fn kinds(&self) -> &[Oid] {
        self.kinds.as_deref().unwrap_or_default()
    }

    /// The type of a column.
    pub fn kind(&self, column: usize) -> Option<Oid> {
        self.kinds().get(column).copied()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.places.len().checked_div(self.columns).unwrap_or(0)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// A value in PostgreSQL's binary format; none for a null, and for what is not there.
    pub fn value(&self, row: usize, column: usize) -> Option<&[u8]> {
        let (start, end) = self
            .places
            .get(row * self.columns + column)
            .copied()
            .flatten()?;
        self.bytes.get(start as usize..end as usize)
    }
}
