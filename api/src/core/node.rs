//! What an object of the graph has to say of itself, so that it can be found, listed, filtered, ordered and counted.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use async_graphql::OutputType;
use entity::scope::Scoped;
use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, Value};
use sea_orm::{
    EntityTrait, Iterable, PartialModelTrait, PrimaryKeyToColumn, QuerySelect, QueryTrait,
};
use serde::de::DeserializeOwned;

use super::error::{Error, Result};
use super::loaders::Batch;
use super::{Filter, Id, OrderBy, Page, Permission, Row, Session};

/// An object of the graph that is a projection of a table: what is not in the graph is never read.
pub trait Node:
    OutputType + PartialModelTrait + DeserializeOwned + Clone + Send + Sync + 'static
{
    /// The table.
    type Entity: Scoped;
    /// Which of them.
    type Filter: Filter<Node = Self>;
    /// In which order.
    type OrderBy: OrderBy<Node = Self>;
    /// What a caller needs to see any.
    const NEEDS: Permission;
    /// The name of the type, as in the graph.
    const NAME: &str;

    /// Its identity.
    fn id(&self) -> Id;
}

/// The column that holds the identity: `id`, or the last of the key where a view says something of each row of another table.
pub(super) fn id_column<E: EntityTrait>() -> Result<E::Column> {
    E::Column::from_str("id")
        .ok()
        .or_else(|| E::PrimaryKey::iter().last().map(|key| key.into_column()))
        .ok_or_else(|| Error::internal("a node's table has no key"))
}

/// `SELECT` the columns of the object `FROM` its table.
pub(super) fn select<N: Node>() -> SelectStatement {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where a read begins; whose rows they are is added by `Row`"
    )]
    let all = N::Entity::find();
    N::select_cols(QuerySelect::select_only(all)).into_query()
}

/// The rows with these ids, as one parameter.
pub(super) fn by_id<N: Node>(
    row: &Row,
    mut selected: SelectStatement,
    ids: Value,
) -> Result<SelectStatement> {
    let id = row.column(id_column::<N::Entity>()?);
    selected
        .cond_where(row.visible::<N::Entity>())
        .and_where(id.eq(PgFunc::any(Expr::val(ids))));
    Ok(selected)
}

/// A page of all rows.
pub(super) fn list<N: Node>(
    row: &Row,
    page: &Page<N>,
    mut selected: SelectStatement,
) -> Result<SelectStatement> {
    selected
        .cond_where(row.visible::<N::Entity>())
        .cond_where(page.filter(row)?);
    page.cut(row, &mut selected)?;
    Ok(selected)
}

/// How many there are on all pages.
pub(super) fn count<N: Node>(row: &Row, page: &Page<N>) -> Result<SelectStatement> {
    Ok(Query::select()
        .expr_as(Expr::cust("count(*)"), Alias::new("total"))
        .from(N::Entity::default())
        .cond_where(row.visible::<N::Entity>())
        .cond_where(page.filter(row)?)
        .to_owned())
}

/// Objects by their ids: one statement for all.
pub(super) struct ById<N>(std::marker::PhantomData<fn() -> N>);

impl<N> ById<N> {
    pub(super) const fn new() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<N: Node> Batch for ById<N> {
    type Key = Id;
    type Value = Arc<N>;

    fn group(&self) -> &str {
        ""
    }

    async fn load(&self, session: &Session, ids: Vec<Id>) -> Result<HashMap<Id, Arc<N>>> {
        let row = session.answer::<N::Entity>();
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        let statement = by_id::<N>(&row, select::<N>(), ids.into())?;
        session
            .read::<N>(&statement)
            .await?
            .into_iter()
            .map(|node| Ok((node.id(), Arc::new(node))))
            .collect()
    }
}

/// Says of an object's struct whose rows it shows and what it needs.
#[macro_export]
macro_rules! node {
    ($name:ident: $entity:ident, $filter:ty, $order:ty, needs $permission:ident) => {
        impl $crate::core::Node for $name {
            type Entity = $entity::Entity;
            type Filter = $filter;
            type OrderBy = $order;
            const NEEDS: $crate::core::Permission = $crate::core::Permission::$permission;
            const NAME: &str = stringify!($name);

            fn id(&self) -> $crate::core::Id {
                self.id
            }
        }
    };
}
