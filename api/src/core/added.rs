//! Rows that a mutation adds and waits for no longer than for its commit: whatever tables they are of, they travel in the one
//! message that makes it last.

use std::collections::HashMap;
use std::marker::PhantomData;

use sea_orm::sea_query::{Value, Values};
use sea_orm::{ActiveModelTrait, QueryResult};
use serde_json::Value as Json;

use super::error::Result;
use super::insertion::{Insertion, Under, identified};
use super::tx::{Changes, Tx, table};
use super::user_error::Refusal;
use super::{Id, Node};

/// Rows that will be written with the commit.
#[derive(Debug)]
pub struct Added<N> {
    place: usize,
    ids: Vec<Id>,
    node: PhantomData<fn() -> N>,
}

/// What the statements answered that were sent with the commit.
#[derive(Debug)]
pub struct Written(pub(super) Vec<Vec<QueryResult>>);

impl Written {
    /// The rows that were added, in the order given.
    pub fn rows<N: Node>(&self, added: Added<N>) -> Result<Vec<N>> {
        let rows = self.0.get(added.place).map(Vec::as_slice);
        in_order(added.ids, rows.unwrap_or_default())
    }
}

impl Tx<'_> {
    /// Has new rows written with the commit: whatever is added travels in the one message that makes it last. Each comes with
    /// what the audit trail shall say of it.
    pub fn add<N: Node>(
        &mut self,
        rows: Vec<(Changes<N>, Json)>,
        under: &Under,
    ) -> Result<Added<N>, Refusal>
    where
        Changes<N>: ActiveModelTrait<Entity = N::Entity>,
    {
        self.session.require(under.needs)?;
        let (rows, said): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        let organization = self.organization();
        let (ids, rows) = identified::<N>(organization, &rows);
        if let Some(insertion) = Insertion::of::<N::Entity>(organization, rows)? {
            self.send_last::<N>(insertion.answering::<N>(Some(under), ""));
        }
        for (id, said) in ids.iter().zip(&said) {
            self.tell::<N>("create", *id, said);
        }
        Ok(Added {
            place: self.last.len().saturating_sub(1),
            ids,
            node: PhantomData,
        })
    }

    /// The same for rows that are parts of others and are told of with those; what is there already by one of the table's keys is
    /// left as it is.
    pub fn add_parts<N: Node>(&mut self, rows: &[Changes<N>], under: &Under) -> Result<(), Refusal>
    where
        Changes<N>: ActiveModelTrait<Entity = N::Entity>,
    {
        self.session.require(under.needs)?;
        let organization = self.organization();
        let (_, rows) = identified::<N>(organization, rows);
        if let Some(insertion) = Insertion::of::<N::Entity>(organization, rows)? {
            let missing = "ON CONFLICT DO NOTHING";
            self.send_last::<N>(insertion.silent(Some(under), missing));
        }
        Ok(())
    }

    fn send_last<N: Node>(&mut self, (statement, values): (String, Vec<Value>)) {
        self.last.push((statement, Values(values)));
        self.tables.push(table::<N>());
    }
}

/// The rows, in the order of their identities.
pub(super) fn in_order<N: Node>(ids: Vec<Id>, rows: &[QueryResult]) -> Result<Vec<N>> {
    let mut found: HashMap<Id, N> = HashMap::with_capacity(rows.len());
    for row in rows {
        let node = N::from_query_result(row, "")?;
        found.insert(node.id(), node);
    }
    Ok(ids.into_iter().filter_map(|id| found.remove(&id)).collect())
}
