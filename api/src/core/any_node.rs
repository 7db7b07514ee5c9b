//! `node` and `nodes`: an object by its id alone, whatever it is, in one statement for all ids that a request asks for.

use std::collections::HashMap;
use std::marker::PhantomData;

use sea_orm::Condition;
use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, UnionType};
use serde_json::Value as Json;
use uuid::Uuid;

use super::error::{Error, Result};
use super::loaders::Batch;
use super::node::{id_column, select};
use super::{Id, Node, Session};

/// All kinds of objects with an id: an interface of the graph. Made by `any_node!`.
pub trait AnyNode: Clone + Send + Sync + 'static {
    /// A statement for each kind that the caller may see.
    fn statements(session: &Session, ids: &[Uuid]) -> Result<Vec<SelectStatement>>;
    /// What such a statement answered with.
    fn read(kind: &str, row: Json) -> Result<Self>;
}

/// `SELECT 'Photo' AS kind, to_jsonb(found) AS found FROM (…)`; none where the caller may not see the kind.
pub fn find<N: Node>(session: &Session, ids: &[Uuid]) -> Result<Option<SelectStatement>> {
    if session.require(N::NEEDS).is_err() {
        return Ok(None);
    }
    let row = session.answer::<N::Entity>();
    let mut found = select::<N>();
    found.cond_where(row.visible::<N::Entity>()).cond_where(
        Condition::all().add(
            row.column(id_column::<N::Entity>()?)
                .eq(PgFunc::any(ids.to_vec())),
        ),
    );
    Ok(Some(
        Query::select()
            .expr_as(Expr::cust(format!("'{}'", N::NAME)), Alias::new("kind"))
            .expr_as(Expr::cust("to_jsonb(found)"), Alias::new("found"))
            .from_subquery(found, Alias::new("found"))
            .to_owned(),
    ))
}

struct Any<A>(PhantomData<fn() -> A>);

impl<A: AnyNode> Batch for Any<A> {
    type Key = Id;
    type Value = A;

    fn group(&self) -> &str {
        ""
    }

    async fn load(&self, session: &Session, ids: Vec<Id>) -> Result<HashMap<Id, A>> {
        let ids: Vec<Uuid> = ids.into_iter().map(Uuid::from).collect();
        let mut statements = A::statements(session, &ids)?.into_iter();
        let Some(mut statement) = statements.next() else {
            return Ok(HashMap::new());
        };
        for next in statements {
            statement.union(UnionType::All, next);
        }
        session
            .rows(&statement)
            .await?
            .iter()
            .map(|row| {
                let kind: String = row.try_get("", "kind")?;
                let found: Json = row.try_get("", "found")?;
                let id = serde_json::from_value(found["id"].clone()).map_err(Error::internal)?;
                Ok((id, A::read(&kind, found)?))
            })
            .collect()
    }
}

impl Session {
    /// Whatever has this id; the same answer, none, for what is not there and what is not the caller's to see.
    pub async fn any<A: AnyNode>(&self, id: Id) -> Result<Option<A>> {
        self.load(&Any::<A>(PhantomData), id).await
    }
}

/// Makes the interface of all objects with an id; `Id` must be in scope where it stands.
#[macro_export]
macro_rules! any_node {
    ($(#[$about:meta])* $name:ident { $($node:ident,)+ }) => {
        $(#[$about])*
        #[derive(async_graphql::Interface, Clone, Debug)]
        #[graphql(field(name = "id", ty = "&Id", desc = "Identity, good for `node`."))]
        pub enum $name { $(
            #[expect(missing_docs, reason = "the object says what it is")]
            $node($node),
        )+ }

        impl $name {
            /// What of all kinds can be read without asking their resolvers.
            pub fn kinds() -> Vec<$crate::core::reading::Kind> {
                // For those that do not stand at the root.
                use $crate::core::reading::NowhereAtTheRoot;
                vec![$($crate::core::reading::Kind::new::<$node>(
                    <$node as $crate::core::reading::Leads>::leads(),
                    $crate::core::reading::AtTheRoot::<$node>::new().fields(),
                ),)+]
            }
        }

        impl $crate::core::AnyNode for $name {
            fn statements(
                session: &$crate::core::Session,
                ids: &[uuid::Uuid],
            ) -> $crate::core::Result<Vec<sea_orm::sea_query::SelectStatement>> {
                let statements = [$($crate::core::find_node::<$node>(session, ids)?,)+];
                Ok(statements.into_iter().flatten().collect())
            }

            fn read(kind: &str, row: serde_json::Value) -> $crate::core::Result<Self> {
                match kind {
                    $(<$node as $crate::core::Node>::NAME => serde_json::from_value(row)
                        .map(Self::$node)
                        .map_err($crate::core::Error::internal),)+
                    _ => Err($crate::core::Error::internal("a kind of node that is not known")),
                }
            }
        }
    };
}
