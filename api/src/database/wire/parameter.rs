//! Values on their way into statements: which type of PostgreSQL they have, and their bytes.

use bytes::{BufMut, BytesMut};
use chrono::{DateTime, Utc};
use postgres_protocol::types::{ArrayDimension, array_to_sql};
use postgres_protocol::{IsNull, Oid};
use sea_orm::sea_query::{ArrayType, Value};
use uuid::Uuid;

/// PostgreSQL's numbers for its own types, which never change.
pub mod oid {
    #![expect(missing_docs, reason = "each is the name of a type in PostgreSQL")]
    use postgres_protocol::Oid;

    pub const BOOL: Oid = 16;
    pub const NAME: Oid = 19;
    pub const INT8: Oid = 20;
    pub const INT2: Oid = 21;
    pub const INT4: Oid = 23;
    pub const TEXT: Oid = 25;
    pub const FLOAT4: Oid = 700;
    pub const FLOAT8: Oid = 701;
    pub const TEXT_ARRAY: Oid = 1009;
    pub const FLOAT4_ARRAY: Oid = 1021;
    pub const VARCHAR: Oid = 1043;
    pub const TIMESTAMPTZ: Oid = 1184;
    pub const UUID: Oid = 2950;
    pub const UUID_ARRAY: Oid = 2951;
    pub const JSONB: Oid = 3802;
}

/// Microseconds between the epoch and the beginning of 2000, from which PostgreSQL counts.
pub const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

/// A value for a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Parameter {
    /// A null of some type.
    Null(Oid),
    /// A uuid.
    Uuid(Uuid),
    /// A uuid[].
    Uuids(Vec<Uuid>),
    /// A text.
    Text(String),
    /// A text[].
    Texts(Vec<String>),
    /// A real[].
    Reals(Vec<f32>),
    /// An int4.
    Int(i32),
    /// An int8.
    BigInt(i64),
    /// A float8.
    Double(f64),
    /// A bool.
    Bool(bool),
    /// A timestamptz.
    Time(DateTime<Utc>),
    /// A jsonb.
    Json(serde_json::Value),
}

impl Parameter {
    /// A value of the query builder; none where it is of a kind that is not known here.
    pub fn from_value(value: Value) -> Option<Self> {
        Some(match value {
            Value::Uuid(Some(value)) => Self::Uuid(value),
            Value::Uuid(None) => Self::Null(oid::UUID),
            Value::String(Some(value)) => Self::Text(value),
            Value::String(None) => Self::Null(oid::TEXT),
            Value::Int(Some(value)) => Self::Int(value),
            Value::Int(None) => Self::Null(oid::INT4),
            Value::BigInt(Some(value)) => Self::BigInt(value),
            Value::BigInt(None) => Self::Null(oid::INT8),
            Value::BigUnsigned(Some(value)) => Self::BigInt(value.try_into().ok()?),
            Value::Double(Some(value)) => Self::Double(value),
            Value::Double(None) => Self::Null(oid::FLOAT8),
            Value::Bool(Some(value)) => Self::Bool(value),
            Value::Bool(None) => Self::Null(oid::BOOL),
            Value::ChronoDateTimeUtc(Some(value)) => Self::Time(value),
            Value::ChronoDateTimeUtc(None) => Self::Null(oid::TIMESTAMPTZ),
            Value::Json(Some(value)) => Self::Json(*value),
            Value::Json(None) => Self::Null(oid::JSONB),
            Value::Array(ArrayType::Uuid, Some(values)) => Self::Uuids(
                values
                    .into_iter()
                    .map(|value| match value {
                        Value::Uuid(Some(value)) => Some(value),
                        _ => None,
                    })
                    .collect::<Option<_>>()?,
            ),
            Value::Array(ArrayType::String, Some(values)) => Self::Texts(
                values
                    .into_iter()
                    .map(|value| match value {
                        Value::String(Some(value)) => Some(value),
                        _ => None,
                    })
                    .collect::<Option<_>>()?,
            ),
            Value::Array(ArrayType::Float, Some(values)) => Self::Reals(
                values
                    .into_iter()
                    .map(|value| match value {
                        Value::Float(value) => value,
                        _ => None,
                    })
                    .collect::<Option<_>>()?,
            ),
            _ => return None,
        })
    }

    /// The type that the statement is prepared with.
    pub(super) const fn oid(&self) -> Oid {
        match self {
            Self::Null(oid) => *oid,
            Self::Uuid(_) => oid::UUID,
            Self::Uuids(_) => oid::UUID_ARRAY,
            Self::Text(_) => oid::TEXT,
            Self::Texts(_) => oid::TEXT_ARRAY,
            Self::Reals(_) => oid::FLOAT4_ARRAY,
            Self::Int(_) => oid::INT4,
            Self::BigInt(_) => oid::INT8,
            Self::Double(_) => oid::FLOAT8,
            Self::Bool(_) => oid::BOOL,
            Self::Time(_) => oid::TIMESTAMPTZ,
            Self::Json(_) => oid::JSONB,
        }
    }

    /// Its bytes in PostgreSQL's binary format.
    pub(super) fn write(
        &self,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Send + Sync>> {
        match self {
            Self::Null(_) => return Ok(IsNull::Yes),
            Self::Uuid(value) => out.put_slice(value.as_bytes()),
            Self::Uuids(values) => array(oid::UUID, values, |value| *value.as_bytes(), out)?,
            Self::Text(value) => out.put_slice(value.as_bytes()),
            Self::Texts(values) => array(oid::TEXT, values, String::as_bytes, out)?,
            Self::Reals(values) => array(oid::FLOAT4, values, |value| value.to_be_bytes(), out)?,
            Self::Int(value) => out.put_i32(*value),
            Self::BigInt(value) => out.put_i64(*value),
            Self::Double(value) => out.put_f64(*value),
            Self::Bool(value) => out.put_u8(u8::from(*value)),
            Self::Time(value) => out.put_i64(
                value
                    .timestamp_micros()
                    .checked_sub(POSTGRES_EPOCH)
                    .ok_or("a time before all calendars")?,
            ),
            Self::Json(value) => {
                // The version of the format.
                out.put_u8(1);
                serde_json::to_writer(out.writer(), value)?;
            }
        }
        Ok(IsNull::No)
    }
}

fn array<'a, T, B: AsRef<[u8]>>(
    element: Oid,
    values: &'a [T],
    bytes: impl Fn(&'a T) -> B,
    out: &mut BytesMut,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let dimension = ArrayDimension {
        len: values.len().try_into()?,
        lower_bound: 1,
    };
    array_to_sql(
        [dimension],
        element,
        values,
        |value, out| {
            out.put_slice(bytes(value).as_ref());
            Ok(IsNull::No)
        },
        out,
    )
}
