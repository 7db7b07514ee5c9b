//! The rows that a statement was answered with, as they came: nothing is taken out of them before somebody looks.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use chrono::DateTime;
use postgres_protocol::Oid;
use postgres_protocol::types::{array_from_sql, text_from_sql};
use sea_orm::sea_query::{ArrayType, Value};
use sea_orm::{ProxyRow, QueryResult};
use uuid::Uuid;

use super::parameter::{POSTGRES_EPOCH, oid};

/// Where a value is among the bytes of its round; a null has no place.
pub(super) type Place = Option<(u32, u32)>;

/// A column of an answer.
#[derive(Clone, Debug)]
pub struct Column {
    /// As the statement calls it.
    pub name: String,
    /// Its type, by PostgreSQL's number.
    pub kind: Oid,
}

/// The rows of one statement.
#[derive(Clone, Debug)]
pub struct Rows {
    pub(super) bytes: Bytes,
    pub(super) width: usize,
    pub(super) places: Vec<Place>,
    pub(super) columns: Option<Arc<[Column]>>,
}

impl Rows {
    /// No rows at all.
    pub const NONE: Self = Self {
        bytes: Bytes::new(),
        width: 0,
        places: Vec::new(),
        columns: None,
    };

    /// What each row consists of.
    pub fn columns(&self) -> &[Column] {
        self.columns.as_deref().unwrap_or_default()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.places.len().checked_div(self.width).unwrap_or(0)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// A value in PostgreSQL's binary format; none for a null, and for what is not there.
    pub fn value(&self, row: usize, column: usize) -> Option<&[u8]> {
        let (start, end) = self
            .places
            .get(row * self.width + column)
            .copied()
            .flatten()?;
        self.bytes.get(start as usize..end as usize)
    }

    /// None of the rows yet, with some of their columns.
    #[must_use]
    pub fn none_of(&self, columns: &[usize]) -> Self {
        Self {
            bytes: self.bytes.clone(),
            width: columns.len(),
            places: Vec::new(),
            columns: Some(
                columns
                    .iter()
                    .filter_map(|column| self.columns().get(*column).cloned())
                    .collect(),
            ),
        }
    }

    /// Adds a row of those that `none_of` was asked of.
    pub fn add(&mut self, of: &Self, row: usize, columns: &[usize]) {
        let row = row * of.width;
        let places = columns
            .iter()
            .map(|column| of.places.get(row + column).copied().flatten());
        self.places.extend(places);
    }

    /// The rows as SeaORM reads them. A value of a type that is not known here is left out, and missed by who asks for it.
    pub fn results(&self) -> impl Iterator<Item = QueryResult> {
        (0..self.len()).map(|row| {
            let values: BTreeMap<String, Value> = self
                .columns()
                .iter()
                .enumerate()
                .filter_map(|(index, column)| {
                    let value = typed(column.kind, self.value(row, index))?;
                    Some((column.name.clone(), value))
                })
                .collect();
            ProxyRow::new(values).into()
        })
    }
}

/// A value of a type, or the null of that type.
fn typed(kind: Oid, bytes: Option<&[u8]>) -> Option<Value> {
    /// Reads the value if there is one; one that cannot be read is nothing.
    fn read<T>(
        bytes: Option<&[u8]>,
        read: impl FnOnce(&[u8]) -> Option<T>,
        value: impl FnOnce(Option<T>) -> Value,
    ) -> Option<Value> {
        Some(value(match bytes {
            None => None,
            Some(bytes) => Some(read(bytes)?),
        }))
    }
    match kind {
        oid::UUID => read(bytes, |bytes| Uuid::from_slice(bytes).ok(), Value::Uuid),
        oid::TEXT | oid::VARCHAR | oid::NAME => read(bytes, text, Value::String),
        oid::BOOL => read(bytes, |bytes| Some(*bytes.first()? != 0), Value::Bool),
        oid::INT2 => read(
            bytes,
            |bytes| Some(i16::from_be_bytes(bytes.try_into().ok()?)),
            Value::SmallInt,
        ),
        oid::INT4 => read(
            bytes,
            |bytes| Some(i32::from_be_bytes(bytes.try_into().ok()?)),
            Value::Int,
        ),
        oid::INT8 => read(
            bytes,
            |bytes| Some(i64::from_be_bytes(bytes.try_into().ok()?)),
            Value::BigInt,
        ),
        oid::FLOAT4 => read(
            bytes,
            |bytes| Some(f32::from_be_bytes(bytes.try_into().ok()?)),
            Value::Float,
        ),
        oid::FLOAT8 => read(
            bytes,
            |bytes| Some(f64::from_be_bytes(bytes.try_into().ok()?)),
            Value::Double,
        ),
        oid::TIMESTAMPTZ => read(
            bytes,
            |bytes| {
                let micros = i64::from_be_bytes(bytes.try_into().ok()?);
                DateTime::from_timestamp_micros(micros.checked_add(POSTGRES_EPOCH)?)
            },
            Value::ChronoDateTimeUtc,
        ),
        oid::JSONB => read(
            bytes,
            // Behind the version of the format.
            |bytes| {
                serde_json::from_slice(bytes.strip_prefix(&[1])?)
                    .ok()
                    .map(Box::new)
            },
            Value::Json,
        ),
        oid::UUID_ARRAY => read(
            bytes,
            |bytes| elements(bytes, |bytes| Some(Uuid::from_slice(bytes).ok()?.into())),
            |values| Value::Array(ArrayType::Uuid, values.map(Box::new)),
        ),
        oid::TEXT_ARRAY => read(
            bytes,
            |bytes| elements(bytes, |bytes| Some(text(bytes)?.into())),
            |values| Value::Array(ArrayType::String, values.map(Box::new)),
        ),
        oid::FLOAT4_ARRAY => read(
            bytes,
            |bytes| {
                elements(bytes, |bytes| {
                    Some(f32::from_be_bytes(bytes.try_into().ok()?).into())
                })
            },
            |values| Value::Array(ArrayType::Float, values.map(Box::new)),
        ),
        _ => None,
    }
}

fn text(bytes: &[u8]) -> Option<String> {
    text_from_sql(bytes).ok().map(str::to_owned)
}

fn elements(bytes: &[u8], read: impl Fn(&[u8]) -> Option<Value>) -> Option<Vec<Value>> {
    use fallible_iterator::FallibleIterator;
    array_from_sql(bytes)
        .ok()?
        .values()
        .map(|element| Ok(element.and_then(&read)))
        .collect::<Vec<_>>()
        .ok()?
        .into_iter()
        .collect()
}
