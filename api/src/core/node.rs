//! What an object of the graph has to say of itself, so that it can be found, listed, filtered, ordered and counted.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use async_graphql::OutputType;
use entity::scope::Tenanted;
use sea_orm::sea_query::{ExprTrait, SelectStatement};
use sea_orm::{Condition, EntityTrait, PartialModelTrait, QuerySelect, QueryTrait};
use serde::de::DeserializeOwned;

use super::error::{Error, Result};
use super::loaders::Batch;
use super::{Filter, Id, OrderBy, Permission, Session};

/// An object of the graph that is a projection of one tenant's table: what is not in the graph is never read.
pub trait Node:
    OutputType + PartialModelTrait + DeserializeOwned + Clone + Send + Sync + 'static
{
    /// The table.
    type Entity: Tenanted;
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

/// The column that holds the identity.
pub(super) fn id_column<E: EntityTrait>() -> Result<E::Column> {
    E::Column::from_str("id").map_err(|_| Error::internal("a node's table has no column id"))
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
        let mut statement = select::<N>();
        statement
            .cond_where(row.visible::<N::Entity>())
            .cond_where(
                Condition::all().add(row.column(id_column::<N::Entity>()?).eq(
                    sea_orm::sea_query::extension::postgres::PgFunc::any(
                        ids.iter().map(|id| id.0).collect::<Vec<_>>(),
                    ),
                )),
            );
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
