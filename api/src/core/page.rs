//! One page of a list: how many, from where, in which order, of which rows. Pages are keyset pages: page 500 costs what page 1
//! costs, and rows that come or go meanwhile neither repeat nor hide others.

use std::fmt::Write;

use async_graphql::{InputType, Value};
use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait, SelectStatement};

use super::cursor::Cursor;
use super::error::{Error, Result};
use super::node::id_column;
use super::{Filter, Node, OrderBy, Row};

/// As many as come where nobody says how many.
pub const USUAL_SIZE: u64 = 20;
/// More keys than this are a mistake.
const LONGEST_ORDER: usize = 4;
/// More objects in a filter would be more SQL than anybody means; what builds it goes as deep as there are conditions.
const LARGEST_FILTER: usize = 500;

/// The arguments of a list, as a client writes them.
pub struct PageArguments<N: Node> {
    /// So many from the start.
    pub first: Option<i32>,
    /// After this cursor.
    pub after: Option<String>,
    /// So many from the end.
    pub last: Option<i32>,
    /// Before this cursor.
    pub before: Option<String>,
    /// Which.
    pub filter: Option<N::Filter>,
    /// In which order.
    pub order_by: Option<Vec<N::OrderBy>>,
}

/// The same, understood.
pub struct Page<N: Node> {
    /// How many.
    pub(super) size: u64,
    /// Read from the end.
    pub(super) backward: bool,
    after: Option<Cursor>,
    before: Option<Cursor>,
    order: Vec<N::OrderBy>,
    filter: Option<N::Filter>,
    /// Names order and filter, for cursors.
    pub(super) name: u64,
    /// Two pages of one type with the same signature are the same page.
    pub(super) signature: String,
}

impl<N: Node> Page<N> {
    /// Understands the arguments, or says which cannot be used and why. A page has at most so many rows.
    pub fn new(arguments: PageArguments<N>, largest: u64) -> Result<Self> {
        let PageArguments {
            first,
            after,
            last,
            before,
            filter,
            order_by,
        } = arguments;
        let (size, backward) = sized(first, last, largest)?;
        let order = match order_by {
            Some(keys) if keys.len() > LONGEST_ORDER => {
                return Err(Error::BadRequest(format!(
                    "orderBy has at most {LONGEST_ORDER} keys, this one has {}",
                    keys.len()
                )));
            }
            Some(keys) if !keys.is_empty() => keys,
            _ => N::OrderBy::usual(),
        };
        let mut signature = String::from(N::NAME);
        for key in &order {
            // Writing into a String does not fail.
            let _ = write!(signature, " {}", key.to_value());
        }
        if let Some(filter) = &filter {
            let value = filter.to_value();
            let conditions = objects(&value);
            if conditions > LARGEST_FILTER {
                return Err(Error::BadRequest(format!(
                    "a filter has at most {LARGEST_FILTER} objects in it, this one has {conditions}"
                )));
            }
            let _ = write!(signature, " {value}");
        }
        let name = fingerprint(&signature);
        let cursor = |argument: &str, text: Option<String>| {
            text.map(|text| Cursor::decode(&text, name, order.len(), argument))
                .transpose()
        };
        let after = cursor("after", after)?;
        let before = cursor("before", before)?;
        let _ = write!(signature, " {size} {backward} {after:?} {before:?}");
        Ok(Self {
            size,
            backward,
            after,
            before,
            order,
            filter,
            name,
            signature,
        })
    }

    /// In which order, without the id that is always the last key.
    pub(super) fn order(&self) -> &[N::OrderBy] {
        &self.order
    }

    /// What must be true of a row of the list, on whatever page.
    pub(super) fn filter(&self, row: &Row) -> Result<Condition> {
        match &self.filter {
            Some(filter) => filter.condition(row),
            None => Ok(Condition::all()),
        }
    }

    /// Whether there is a page before or after this one that the cursors tell of.
    pub(super) fn begins_after_something(&self) -> bool {
        if self.backward {
            self.before.is_some()
        } else {
            self.after.is_some()
        }
    }

    /// Whether it is the first page: cut by its size and by nothing else.
    pub(super) fn is_first(&self) -> bool {
        !self.backward && self.after.is_none() && self.before.is_none()
    }

    /// The cursor of a row on this page.
    pub(super) fn cursor(&self, node: &N) -> String {
        let keys = self.order.iter().map(|key| key.key(node)).collect();
        Cursor::new(keys, node.id().0).encode(self.name)
    }

    /// Puts the statement in order and cuts it to the page, and one row more that tells whether there is a next page.
    pub(super) fn cut(&self, row: &Row, statement: &mut SelectStatement) -> Result<()> {
        if let Some(cursor) = &self.after {
            statement.cond_where(self.beyond(row, cursor, false)?);
        }
        if let Some(cursor) = &self.before {
            statement.cond_where(self.beyond(row, cursor, true)?);
        }
        for key in &self.order {
            statement.order_by_expr(row.column(key.column()), key.direction().sql(self.backward));
        }
        statement
            .order_by_expr(
                row.column(id_column::<N::Entity>()?),
                self.id_direction().sql(self.backward),
            )
            .limit(self.size + 1);
        Ok(())
    }

    /// The id goes the way of the last key, so that an index can be read in one direction.
    fn id_direction(&self) -> super::Direction {
        self.order
            .last()
            .map_or(super::Direction::Asc, |key| key.direction())
    }

    /// What must be true of rows that come after the cursor, or before it.
    fn beyond(&self, row: &Row, cursor: &Cursor, before: bool) -> Result<Condition> {
        let damaged = || Error::BadRequest("the cursor is damaged".to_owned());
        let mut keys = Vec::with_capacity(self.order.len() + 1);
        for (key, held) in self.order.iter().zip(&cursor.keys) {
            let value = key.value(held).ok_or_else(damaged)?;
            keys.push((row.column(key.column()), Expr::val(value), key.direction()));
        }
        keys.push((
            row.column(id_column::<N::Entity>()?),
            Expr::val(cursor.id),
            self.id_direction(),
        ));
        let rising = |direction| {
            matches!(
                (direction, before),
                (super::Direction::Asc, false) | (super::Direction::Desc, true)
            )
        };
        if keys.iter().all(|(_, _, direction)| rising(*direction)) {
            return Ok(Condition::all().add(tuple(&keys).gt(values(&keys))));
        }
        if keys.iter().all(|(_, _, direction)| !rising(*direction)) {
            return Ok(Condition::all().add(tuple(&keys).lt(values(&keys))));
        }
        // Directions are mixed, which no row comparison can say: spelled out, with the first key bounded for the index.
        let mut beyond: Option<Condition> = None;
        for (column, value, direction) in keys.into_iter().rev() {
            let further = if rising(direction) {
                column.clone().gt(value.clone())
            } else {
                column.clone().lt(value.clone())
            };
            beyond = Some(match beyond {
                None => Condition::all().add(further),
                Some(rest) => {
                    let bound = if rising(direction) {
                        column.clone().gte(value.clone())
                    } else {
                        column.clone().lte(value.clone())
                    };
                    Condition::all().add(bound).add(
                        Condition::any()
                            .add(further)
                            .add(Condition::all().add(column.eq(value)).add(rest)),
                    )
                }
            });
        }
        Ok(beyond.unwrap_or_else(Condition::all))
    }
}

/// The objects in a value, however they are nested.
fn objects(value: &Value) -> usize {
    match value {
        Value::Object(fields) => 1 + fields.values().map(objects).sum::<usize>(),
        Value::List(values) => values.iter().map(objects).sum(),
        _ => 0,
    }
}

type Key = (Expr, Expr, super::Direction);

fn tuple(keys: &[Key]) -> Expr {
    Expr::tuple(keys.iter().map(|(column, _, _)| column.clone()))
}

fn values(keys: &[Key]) -> Expr {
    Expr::tuple(keys.iter().map(|(_, value, _)| value.clone()))
}

/// How many, and whether from the end.
pub(super) fn sized(first: Option<i32>, last: Option<i32>, largest: u64) -> Result<(u64, bool)> {
    match (first, last) {
        (Some(_), Some(_)) => Err(Error::BadRequest(
            "first and last cannot be used together: say how many from one end".to_owned(),
        )),
        (Some(first), None) => Ok((size("first", first, largest)?, false)),
        (None, Some(last)) => Ok((size("last", last, largest)?, true)),
        (None, None) => Ok((Ord::min(USUAL_SIZE, largest), false)),
    }
}

fn size(argument: &str, size: i32, largest: u64) -> Result<u64> {
    match u64::try_from(size) {
        Ok(size) if size <= largest => Ok(size),
        _ => Err(Error::BadRequest(format!(
            "{argument} is 0 to {largest}, not {size}"
        ))),
    }
}

/// FNV-1a: the same on every machine and in every version, which a cursor must be. It guards against mistakes, not attacks.
pub(super) fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
