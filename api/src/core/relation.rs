//! What hangs under what. A relation is a unit type; it knows how a parent's key leads to its children, in a list (the first
//! few of every parent in one statement), in a count, and in a filter.

use std::any::TypeId;
use std::collections::HashMap;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;

use sea_orm::sea_query::{
    Alias, Asterisk, Expr, Func, FunctionCall, Query, SelectStatement, Value,
};
use sea_orm::{Condition, JoinType, TryGetable};

use super::error::{Error, Result};
use super::loaders::Batch;
use super::node::{Node, select};
use super::{Id, Page, Row, Session};

/// How a parent is named: by its id, or by a text (a label).
pub trait ParentKey: Clone + Eq + Hash + Send + Sync + TryGetable + 'static {
    /// All keys as one parameter: one prepared plan, whatever their number.
    fn array(keys: Vec<Self>) -> Value;
    /// The type of that parameter.
    const ARRAY: &str;
}

impl ParentKey for Id {
    const ARRAY: &str = "uuid[]";

    fn array(keys: Vec<Self>) -> Value {
        keys.into_iter().map(|id| id.0).collect::<Vec<_>>().into()
    }
}

impl ParentKey for String {
    const ARRAY: &str = "text[]";

    fn array(keys: Vec<Self>) -> Value {
        keys.into()
    }
}

/// From a parent to its children.
pub trait Relation: Send + Sync + 'static {
    /// How a parent is named.
    type Key: ParentKey;
    /// What hangs under it.
    type Child: Node;

    /// What must be true of a child of the parent with this key.
    fn joins(child: &Row, parent: Expr) -> Condition;

    /// The child's column that refers to the parent; nothing where another table is between the two.
    fn reached_by() -> &'static str {
        ""
    }

    /// Where its children are found too, if the schema says that they are.
    fn within() -> Option<Within> {
        None
    }
}

/// All children of a parent are among those that another relation finds for somebody whom a column of the parent refers to, as a
/// detection's labels are among those of its photo: who has read those need not ask again.
#[derive(Clone, Copy, Debug)]
pub struct Within {
    /// The other relation.
    pub relation: TypeId,
    /// The parent's column that refers to the other parent.
    pub by: &'static str,
    /// The child's column that names this parent.
    pub names: &'static str,
}

/// Makes a relation: children that refer to their parent (`Name: Child, table by Column`, `keyed` where that is no id; `within`
/// another relation where a foreign key sees to it that they are among its children), or children that a table in between leads
/// to (`Name: Child through table(ParentColumn -> ChildColumn) keyed Key`).
#[macro_export]
macro_rules! relation {
    ($(#[$about:meta])* $name:ident: $child:ty, $entity:ident by $column:ident) => {
        $crate::relation!($(#[$about])* $name: $child, $entity by $column keyed $crate::core::Id);
    };
    ($(#[$about:meta])* $name:ident: $child:ty, $entity:ident by $column:ident within $outer:ident by $parent:ident) => {
        $crate::relation!(
            $(#[$about])* $name: $child, $entity by $column keyed $crate::core::Id,
            $crate::core::Within {
                relation: std::any::TypeId::of::<$outer>(),
                by: stringify!($parent),
                names: sea_orm::IdenStatic::as_str(&$entity::Column::$column),
            }
        );
    };
    ($(#[$about:meta])* $name:ident: $child:ty, $entity:ident by $column:ident keyed $key:ty $(, $within:expr)?) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl $crate::core::Relation for $name {
            type Key = $key;
            type Child = $child;

            fn joins(child: &$crate::core::Row, parent: sea_orm::sea_query::Expr) -> sea_orm::Condition {
                use sea_orm::sea_query::ExprTrait;
                sea_orm::Condition::all().add(child.column($entity::Column::$column).eq(parent))
            }

            fn reached_by() -> &'static str {
                sea_orm::IdenStatic::as_str(&$entity::Column::$column)
            }

            $(fn within() -> Option<$crate::core::Within> {
                Some($within)
            })?
        }
    };
    ($(#[$about:meta])* $name:ident: $child:ty, $entity:ident through $between:ident($parent:ident -> $column:ident) keyed $key:ty) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl $crate::core::Relation for $name {
            type Key = $key;
            type Child = $child;

            fn joins(child: &$crate::core::Row, parent: sea_orm::sea_query::Expr) -> sea_orm::Condition {
                use sea_orm::sea_query::ExprTrait;
                let between = child.related();
                let leads_here = sea_orm::Condition::all()
                    .add(between.column($between::Column::$parent).eq(parent))
                    .add(between.column($between::Column::$column).eq(child.column($entity::Column::Id)));
                sea_orm::Condition::all().add(between.exists::<$between::Entity>(leads_here))
            }
        }
    };
}

const PARENT: &str = "parent";
const PARENT_ID: &str = "parent_id";
const CHILD: &str = "child";
const TOTAL: &str = "total";

/// All parents at once: `unnest($1::uuid[])`.
fn parents<K: ParentKey>(keys: Value) -> FunctionCall {
    Func::cust("unnest").arg(Expr::cust_with_values(format!("$1::{}", K::ARRAY), [keys]))
}

/// The key of a parent within the statement: unnest gives a column the name of its alias.
fn parent_key() -> Expr {
    Expr::col((Alias::new(PARENT), Alias::new(PARENT)))
}

/// `SELECT … FROM unnest($1) AS parent JOIN LATERAL (the page of this parent) ON true`, with the columns that are selected.
pub(super) fn children<R: Relation>(
    row: &Row,
    page: &Page<R::Child>,
    mut selected: SelectStatement,
    keys: Value,
) -> Result<SelectStatement> {
    selected
        .cond_where(row.visible_by::<<R::Child as Node>::Entity>(R::reached_by()))
        .cond_where(R::joins(row, parent_key()))
        .cond_where(page.filter(row)?);
    page.cut(row, &mut selected)?;
    Ok(Query::select()
        .column((Alias::new(CHILD), Asterisk))
        .expr_as(parent_key(), Alias::new(PARENT_ID))
        .from_function(parents::<R::Key>(keys), Alias::new(PARENT))
        .join_lateral(
            JoinType::InnerJoin,
            selected,
            Alias::new(CHILD),
            Condition::all().add(Expr::val(true)),
        )
        .to_owned())
}

/// The same, how many each parent has on all pages.
pub(super) fn totals<R: Relation>(
    row: &Row,
    page: &Page<R::Child>,
    keys: Value,
) -> Result<SelectStatement> {
    let mut counted = Query::select();
    counted
        .expr_as(Expr::cust("count(*)"), Alias::new(TOTAL))
        .from(<R::Child as Node>::Entity::default())
        .cond_where(row.visible_by::<<R::Child as Node>::Entity>(R::reached_by()))
        .cond_where(R::joins(row, parent_key()))
        .cond_where(page.filter(row)?);
    Ok(Query::select()
        .column((Alias::new(CHILD), Alias::new(TOTAL)))
        .expr_as(parent_key(), Alias::new(PARENT_ID))
        .from_function(parents::<R::Key>(keys), Alias::new(PARENT))
        .join_lateral(
            JoinType::InnerJoin,
            counted,
            Alias::new(CHILD),
            Condition::all().add(Expr::val(true)),
        )
        .to_owned())
}

/// One page of the children of each parent.
pub(super) struct Children<R: Relation> {
    page: Arc<Page<R::Child>>,
}

impl<R: Relation> Children<R> {
    pub(super) fn new(page: Arc<Page<R::Child>>) -> Self {
        Self { page }
    }
}

impl<R: Relation> Batch for Children<R> {
    type Key = R::Key;
    type Value = Arc<Vec<R::Child>>;

    fn group(&self) -> &str {
        &self.page.signature
    }

    async fn load(
        &self,
        session: &Session,
        keys: Vec<R::Key>,
    ) -> Result<HashMap<R::Key, Arc<Vec<R::Child>>>> {
        let row = session.answer::<<R::Child as Node>::Entity>();
        let statement = children::<R>(&row, &self.page, select::<R::Child>(), R::Key::array(keys))?;
        let mut children: HashMap<R::Key, Vec<R::Child>> = HashMap::new();
        for (parent, child) in session
            .read_with::<R::Child, R::Key>(&statement, PARENT_ID)
            .await?
        {
            children.entry(parent).or_default().push(child);
        }
        Ok(children
            .into_iter()
            .map(|(parent, children)| (parent, Arc::new(children)))
            .collect())
    }
}

/// How many children each parent has that fit the page's filter.
pub(super) struct Totals<R: Relation> {
    page: Arc<Page<R::Child>>,
    group: String,
    relation: PhantomData<fn() -> R>,
}

impl<R: Relation> Totals<R> {
    pub(super) fn new(page: Arc<Page<R::Child>>) -> Self {
        Self {
            // Orders and cursors do not change how many there are, but one field has one page; this is enough.
            group: page.name.to_string(),
            page,
            relation: PhantomData,
        }
    }
}

impl<R: Relation> Batch for Totals<R> {
    type Key = R::Key;
    type Value = i64;

    fn group(&self) -> &str {
        &self.group
    }

    async fn load(&self, session: &Session, keys: Vec<R::Key>) -> Result<HashMap<R::Key, i64>> {
        let row = session.answer::<<R::Child as Node>::Entity>();
        let statement = totals::<R>(&row, &self.page, R::Key::array(keys))?;
        session
            .rows(&statement)
            .await?
            .iter()
            .map(|row| {
                Ok((
                    row.try_get("", PARENT_ID).map_err(Error::from)?,
                    row.try_get("", TOTAL).map_err(Error::from)?,
                ))
            })
            .collect()
    }
}
