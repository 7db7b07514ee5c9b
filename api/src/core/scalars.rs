//! Values that GraphQL has no name for.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use sea_orm::{DeriveValueType, FromJsonQueryResult};
use serde::{Deserialize, Serialize};

/// The greatest integer that a JSON number carries without loss.
const SAFE: i64 = (1 << 53) - 1;

/// An integer up to 2^53 - 1, sent as a JSON number: sizes in bytes do not fit into Int.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Serialize, Deserialize, DeriveValueType,
)]
#[serde(transparent)]
pub struct BigInt(pub i64);

/// An integer up to 2^53 - 1, sent as a JSON number: sizes in bytes do not fit into Int.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259#section-6")]
impl ScalarType for BigInt {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::Number(number) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        match number.as_i64() {
            Some(number) if (-SAFE..=SAFE).contains(&number) => Ok(Self(number)),
            _ => Err(InputValueError::custom(
                "a BigInt is a whole number up to 2^53 - 1, so that JSON carries it without loss",
            )),
        }
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.into())
    }
}

/// Free-form JSON: camera metadata, raw model output, remarks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Json(pub serde_json::Value);

impl Eq for Json {}

/// Free-form JSON: camera metadata, raw model output, remarks.
#[Scalar(
    name = "JSON",
    specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259"
)]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

impl From<Json> for serde_json::Value {
    fn from(json: Json) -> Self {
        json.0
    }
}

impl From<BigInt> for i64 {
    fn from(number: BigInt) -> Self {
        number.0
    }
}
