//! In which order: by columns that are never null and that an index serves, with the id as the last key always, so that no two
//! rows are ever equal.

use async_graphql::{Enum, InputType};
use chrono::{DateTime, Utc};
use sea_orm::EntityTrait;
use sea_orm::sea_query::{Order, Value};

use super::{BigInt, Node};

/// Which way.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the least to the greatest, from the earliest to the latest, from A to Z.
    Asc,
    /// From the greatest to the least, from the latest to the earliest, from Z to A.
    Desc,
}

impl Direction {
    /// For the statement; `reversed` when a page is read from its end.
    pub(super) const fn sql(self, reversed: bool) -> Order {
        match (self, reversed) {
            (Self::Asc, false) | (Self::Desc, true) => Order::Asc,
            _ => Order::Desc,
        }
    }
}

/// One key of an order: an input type of the graph.
pub trait OrderBy: InputType + Copy + Send + Sync + 'static {
    /// What is put in order.
    type Node: Node;

    /// The order where none is asked for.
    fn usual() -> Vec<Self>;
    /// By which column.
    fn column(self) -> <<Self::Node as Node>::Entity as EntityTrait>::Column;
    /// Which way.
    fn direction(self) -> Direction;
    /// What the column holds for this one, for a cursor.
    fn key(self, node: &Self::Node) -> serde_json::Value;
    /// The same back from a cursor; `None` where the cursor holds something else.
    fn value(self, key: &serde_json::Value) -> Option<Value>;
}

/// What a cursor can carry.
pub trait CursorKey: Sized {
    /// Into the cursor.
    fn encode(&self) -> serde_json::Value;
    /// And back.
    fn decode(key: &serde_json::Value) -> Option<Value>;
}

impl CursorKey for DateTime<Utc> {
    fn encode(&self) -> serde_json::Value {
        // Microseconds are all that PostgreSQL keeps.
        self.timestamp_micros().into()
    }

    fn decode(key: &serde_json::Value) -> Option<Value> {
        Self::from_timestamp_micros(key.as_i64()?).map(Value::from)
    }
}

impl CursorKey for String {
    fn encode(&self) -> serde_json::Value {
        self.clone().into()
    }

    fn decode(key: &serde_json::Value) -> Option<Value> {
        key.as_str().map(Value::from)
    }
}

impl CursorKey for i32 {
    fn encode(&self) -> serde_json::Value {
        (*self).into()
    }

    fn decode(key: &serde_json::Value) -> Option<Value> {
        Self::try_from(key.as_i64()?).ok().map(Value::from)
    }
}

impl CursorKey for BigInt {
    fn encode(&self) -> serde_json::Value {
        self.0.into()
    }

    fn decode(key: &serde_json::Value) -> Option<Value> {
        key.as_i64().map(Value::from)
    }
}

/// Makes the order of an object: `Field = struct_field: Type`, by columns of the same name as the field.
#[macro_export]
macro_rules! order {
    (
        $(#[$about:meta])*
        $order:ident, $fields:ident for $node:ident of $entity:ident, usually $usual:ident $direction:ident {
            $($(#[$field_about:meta])* $variant:ident = $field:ident: $type:ty,)+
        }
    ) => {
        $(#[$about])*
        #[derive(async_graphql::Enum, Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $fields { $($(#[$field_about])* $variant,)+ }

        $(#[$about])*
        #[derive(async_graphql::InputObject, Clone, Copy, Debug)]
        pub struct $order {
            /// By what.
            pub field: $fields,
            /// Which way.
            pub direction: $crate::core::Direction,
        }

        impl $crate::core::OrderBy for $order {
            type Node = $node;

            fn usual() -> Vec<Self> {
                vec![Self { field: $fields::$usual, direction: $crate::core::Direction::$direction }]
            }

            fn column(self) -> $entity::Column {
                match self.field { $($fields::$variant => $entity::Column::$variant,)+ }
            }

            fn direction(self) -> $crate::core::Direction {
                self.direction
            }

            fn key(self, node: &$node) -> serde_json::Value {
                match self.field { $($fields::$variant => $crate::core::CursorKey::encode(&node.$field),)+ }
            }

            fn value(self, key: &serde_json::Value) -> Option<sea_orm::sea_query::Value> {
                match self.field { $($fields::$variant => <$type as $crate::core::CursorKey>::decode(key),)+ }
            }
        }
    };
}
