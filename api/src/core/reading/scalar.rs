//! Values of rows, from PostgreSQL's binary format to JSON as the resolvers write it.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use chrono::{DateTime, Datelike, Timelike, Utc};
use postgres_protocol::Oid;
use uuid::Uuid;

use crate::database::wire::{POSTGRES_EPOCH, oid};

/// How the values of a column are written.
#[derive(Clone, Debug)]
pub(super) enum Scalar {
    Id,
    Text,
    Int,
    BigInt,
    Float,
    Boolean,
    Time,
    Json,
    /// A closed vocabulary: the words of the column, and what the graph calls them, in quotes.
    Word(Arc<HashMap<String, String>>),
}

impl Scalar {
    /// Whether the column that PostgreSQL answers with can be read so.
    pub(super) const fn fits(&self, answered: Oid) -> bool {
        matches!(
            (self, answered),
            (Self::Id, oid::UUID)
                | (Self::Text | Self::Word(_), oid::TEXT)
                | (Self::Int, oid::INT4)
                | (Self::BigInt, oid::INT8)
                | (Self::Float, oid::FLOAT8)
                | (Self::Boolean, oid::BOOL)
                | (Self::Time, oid::TIMESTAMPTZ)
                | (Self::Json, oid::JSONB)
        )
    }

    /// Writes a value; none where it is not one of these.
    pub(super) fn write(&self, value: &[u8], out: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::Id => {
                let mut text = Uuid::encode_buffer();
                let text = id(value)?.hyphenated().encode_lower(&mut text);
                out.push(b'"');
                out.extend_from_slice(text.as_bytes());
                out.push(b'"');
            }
            Self::Text => serde_json::to_writer(out, std::str::from_utf8(value).ok()?).ok()?,
            Self::Int => {
                serde_json::to_writer(out, &i32::from_be_bytes(value.try_into().ok()?)).ok()?;
            }
            Self::BigInt => {
                serde_json::to_writer(out, &i64::from_be_bytes(value.try_into().ok()?)).ok()?;
            }
            Self::Float => {
                serde_json::to_writer(out, &f64::from_be_bytes(value.try_into().ok()?)).ok()?;
            }
            Self::Boolean => out.extend_from_slice(match value {
                [0] => b"false",
                [1] => b"true",
                _ => return None,
            }),
            Self::Time => write_time(time(value)?, out)?,
            Self::Json => {
                // Behind the version of the format. Taken apart and put together again, as the resolvers do it.
                let (&1, text) = value.split_first()? else {
                    return None;
                };
                let json: serde_json::Value = serde_json::from_slice(text).ok()?;
                let json = async_graphql::Value::from_json(json).ok()?;
                serde_json::to_writer(out, &json).ok()?;
            }
            Self::Word(words) => {
                let word = words.get(std::str::from_utf8(value).ok()?)?;
                out.extend_from_slice(word.as_bytes());
            }
        }
        Some(())
    }
}

/// A uuid.
pub(super) fn id(value: &[u8]) -> Option<Uuid> {
    Uuid::from_slice(value).ok()
}

/// A count.
pub(super) fn number(value: &[u8]) -> Option<i64> {
    Some(i64::from_be_bytes(value.try_into().ok()?))
}

fn time(value: &[u8]) -> Option<DateTime<Utc>> {
    let micros = i64::from_be_bytes(value.try_into().ok()?);
    DateTime::from_timestamp_micros(micros.checked_add(POSTGRES_EPOCH)?)
}

/// What a cursor holds of a column.
pub(super) fn cursor_key(value: &[u8], answered: Oid) -> Option<serde_json::Value> {
    Some(match answered {
        oid::TIMESTAMPTZ => time(value)?.timestamp_micros().into(),
        oid::TEXT => std::str::from_utf8(value).ok()?.into(),
        oid::INT4 => i32::from_be_bytes(value.try_into().ok()?).into(),
        oid::INT8 => number(value)?.into(),
        _ => return None,
    })
}

/// As chrono writes RFC 3339, with as many digits of the second as it has: 3, 6 or none.
fn write_time(time: DateTime<Utc>, out: &mut Vec<u8>) -> Option<()> {
    let year = time.year();
    if !(0..=9999).contains(&year) {
        return serde_json::to_writer(out, &time.to_rfc3339()).ok();
    }
    out.push(b'"');
    digits(out, year.unsigned_abs(), 4);
    out.push(b'-');
    digits(out, time.month(), 2);
    out.push(b'-');
    digits(out, time.day(), 2);
    out.push(b'T');
    digits(out, time.hour(), 2);
    out.push(b':');
    digits(out, time.minute(), 2);
    out.push(b':');
    digits(out, time.second(), 2);
    let micros = time.nanosecond() / 1000;
    if !micros.is_multiple_of(1000) {
        out.push(b'.');
        digits(out, micros, 6);
    } else if micros != 0 {
        out.push(b'.');
        digits(out, micros / 1000, 3);
    }
    out.write_all(b"+00:00\"").ok()
}

/// A number with leading zeros.
fn digits(out: &mut Vec<u8>, number: u32, width: u32) {
    for place in (0..width).rev() {
        let digit = number / 10_u32.pow(place) % 10;
        out.push(b'0' + digit as u8);
    }
}
