//! Where rows come from: tables and relations by what can be asked of them, their types forgotten.

use std::any::TypeId;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

use async_graphql::{InputType, Value};
use sea_orm::sea_query::{SelectStatement, Value as SqlValue};
use sea_orm::{EntityTrait, IdenStatic};
use uuid::Uuid;

use crate::core::node::{by_id, count, list};
use crate::core::relation::{children, totals};
use crate::core::row::Row;
use crate::core::{
    Actor, Id, Node, OrderBy, Page, PageArguments, ParentKey, Permission, Relation, Within,
};

/// Where a field of an object leads, as `relations!` says it.
pub struct Lead {
    /// The field, as it is called in Rust.
    pub(super) field: &'static str,
    pub(super) to: To,
}

pub(super) enum To {
    /// The object that a column refers to.
    One {
        table: Arc<dyn Table>,
        column: &'static str,
    },
    /// What hangs under the object, by the column that names it there.
    Many {
        under: Arc<dyn Lists>,
        key: &'static str,
    },
}

impl Lead {
    /// To the object of a kind that a column refers to.
    pub fn one<N: Node>(field: &'static str, column: &'static str) -> Self {
        Self {
            field,
            to: To::One {
                table: table::<N>(),
                column,
            },
        }
    }

    /// To what a relation finds from a column.
    pub fn many<R: Relation>(field: &'static str, key: &'static str) -> Self {
        Self {
            field,
            to: To::Many {
                under: Arc::new(Under::<R>(PhantomData)),
                key,
            },
        }
    }
}

/// What leads from an object to others.
pub trait Leads {
    /// All of it, but for what the object computes.
    fn leads() -> Vec<Lead>;
}

/// A field at the root of the query that leads to objects of a kind, as `roots!` says it.
pub struct Root {
    /// The field, as it is called in Rust.
    pub(super) field: &'static str,
    pub(super) to: RootTo,
}

pub(super) enum RootTo {
    /// One object by its id.
    One(Arc<dyn Table>),
    /// All of them, in pages.
    Many(Arc<dyn Lists>),
}

impl Root {
    /// One object by its id.
    pub fn one<N: Node>(field: &'static str) -> Self {
        Self {
            field,
            to: RootTo::One(table::<N>()),
        }
    }

    /// All objects of a kind, in pages.
    pub fn many<N: Node>(field: &'static str) -> Self {
        Self {
            field,
            to: RootTo::Many(Arc::new(Of::<N>(PhantomData))),
        }
    }
}

/// An object that stands at the root.
pub trait Rooted {
    /// Under which fields.
    fn roots() -> Vec<Root>;
}

/// Where an object stands at the root, if it does: its own method where there are `roots!`, the trait's where there are none, so
/// that no list has to say which it is.
pub struct AtTheRoot<N>(PhantomData<fn() -> N>);

impl<N> AtTheRoot<N> {
    /// Of the object.
    #[expect(clippy::new_without_default, reason = "only a macro makes it")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<N: Rooted> AtTheRoot<N> {
    /// Under which fields.
    pub fn fields(&self) -> Vec<Root> {
        N::roots()
    }
}

/// For those that do not stand at the root.
pub trait NowhereAtTheRoot {
    /// None.
    fn fields(&self) -> Vec<Root> {
        Vec::new()
    }
}

impl<N> NowhereAtTheRoot for AtTheRoot<N> {}

/// A table.
pub(super) trait Table: Send + Sync {
    /// The object that shows its rows.
    fn kind(&self) -> &'static str;
    /// What a caller needs to see any.
    fn needs(&self) -> Permission;
    /// The column, if there is one of the name.
    fn column(&self, name: &str) -> Option<&'static str>;
    /// Adds what must be true of a row that is joined by its id.
    fn join(&self, statement: &mut SelectStatement, joined: &Row, id: sea_orm::sea_query::Expr);
    /// `SELECT FROM` it the rows with these ids.
    fn by_id(
        &self,
        row: &Row,
        selected: SelectStatement,
        ids: SqlValue,
    ) -> crate::core::Result<SelectStatement>;
    /// `SELECT FROM` it, and the row that is answered.
    fn begin(&self, actor: &Actor) -> (Row, SelectStatement);
}

/// Lists of rows: of a whole table, or of what hangs under parents.
pub(super) trait Lists: Send + Sync {
    /// The table that the rows are from.
    fn table(&self) -> Arc<dyn Table>;
    /// Understands the arguments of a list.
    fn page(&self, arguments: Arguments) -> Option<Arc<dyn Listed>>;
}

/// One page, whichever of whatever list.
pub(super) trait Listed: Send + Sync {
    /// Two pages with the same identity are the same page of the same list.
    fn identity(&self) -> (TypeId, &str);
    fn size(&self) -> u64;
    fn backward(&self) -> bool;
    fn begins_after_something(&self) -> bool;
    /// Names order and filter, for cursors.
    fn name(&self) -> u64;
    /// The columns of the order, without the id.
    fn order(&self) -> Vec<&'static str>;
    /// Whether the list is of what hangs under parents.
    fn is_nested(&self) -> bool;
    /// Whether it is cut by nothing but its size, from the front.
    fn is_first(&self) -> bool;
    /// Where its rows are found too.
    fn within(&self) -> Option<Within>;
    /// Whether the caller may filter like this.
    fn check(&self, row: &Row) -> crate::core::Result<()>;
    /// The statement for the rows, with the columns that are selected.
    fn rows(
        &self,
        row: &Row,
        selected: SelectStatement,
        parents: Uuid,
    ) -> crate::core::Result<SelectStatement>;
    /// The statement that counts.
    fn total(&self, row: &Row, parents: Uuid) -> crate::core::Result<SelectStatement>;
}

/// The arguments of a list, not understood yet.
#[derive(Default)]
pub(super) struct Arguments {
    pub(super) first: Option<Value>,
    pub(super) after: Option<Value>,
    pub(super) last: Option<Value>,
    pub(super) before: Option<Value>,
    pub(super) filter: Option<Value>,
    pub(super) order_by: Option<Value>,
    /// No page is larger.
    pub(super) largest: u64,
}

impl Arguments {
    fn understood<N: Node>(self) -> Option<Page<N>> {
        let arguments = PageArguments {
            first: parse(self.first)?,
            after: parse(self.after)?,
            last: parse(self.last)?,
            before: parse(self.before)?,
            filter: parse(self.filter)?,
            order_by: parse(self.order_by)?,
        };
        Page::new(arguments, self.largest).ok()
    }
}

/// A value as the type takes it. What the type would pass over is not understood: whoever validates has something to say to it.
fn parse<T: InputType>(given: Option<Value>) -> Option<Option<T>> {
    let Some(given) = given else {
        return Some(None);
    };
    let parsed = Option::<T>::parse(Some(given.clone())).ok()?;
    let is_known = parsed
        .as_ref()
        .is_none_or(|parsed| names_all(&given, &parsed.to_value()));
    is_known.then_some(parsed)
}

/// Whether every name in what was given is in what was understood.
fn names_all(given: &Value, understood: &Value) -> bool {
    match (given, understood) {
        (Value::Object(given), Value::Object(understood)) => given.iter().all(|(name, value)| {
            understood
                .get(name)
                .is_some_and(|understood| names_all(value, understood))
        }),
        (Value::List(given), Value::List(understood)) => {
            given.len() == understood.len()
                && given
                    .iter()
                    .zip(understood)
                    // No list of the graph has nulls in it; free-form JSON would pass over them.
                    .all(|(given, understood)| {
                        *given != Value::Null && names_all(given, understood)
                    })
        }
        // One stands for a list of one.
        (given, Value::List(understood)) => {
            understood.len() == 1 && understood.iter().all(|one| names_all(given, one))
        }
        (Value::Object(_) | Value::List(_), _) => false,
        _ => true,
    }
}

/// The table of an object.
pub(super) fn table<N: Node>() -> Arc<dyn Table> {
    Arc::new(Of::<N>(PhantomData))
}

struct Of<N>(PhantomData<fn() -> N>);

impl<N: Node> Table for Of<N> {
    fn kind(&self) -> &'static str {
        N::NAME
    }

    fn needs(&self) -> Permission {
        N::NEEDS
    }

    fn column(&self, name: &str) -> Option<&'static str> {
        let column = <N::Entity as EntityTrait>::Column::from_str(name).ok()?;
        Some(IdenStatic::as_str(&column))
    }

    fn join(&self, statement: &mut SelectStatement, joined: &Row, id: sea_orm::sea_query::Expr) {
        use sea_orm::sea_query::ExprTrait;
        let on = joined.visible::<N::Entity>().add(joined.named("id").eq(id));
        statement.join_as(
            sea_orm::JoinType::LeftJoin,
            N::Entity::default(),
            joined.name(),
            on,
        );
    }

    fn by_id(
        &self,
        row: &Row,
        selected: SelectStatement,
        ids: SqlValue,
    ) -> crate::core::Result<SelectStatement> {
        by_id::<N>(row, selected, ids)
    }

    fn begin(&self, actor: &Actor) -> (Row, SelectStatement) {
        let mut statement = sea_orm::sea_query::Query::select();
        statement.from(N::Entity::default());
        (Row::answer::<N::Entity>(actor), statement)
    }
}

impl<N: Node> Lists for Of<N> {
    fn table(&self) -> Arc<dyn Table> {
        table::<N>()
    }

    fn page(&self, arguments: Arguments) -> Option<Arc<dyn Listed>> {
        Some(Arc::new(All::<N>(arguments.understood()?)))
    }
}

struct Under<R>(PhantomData<fn() -> R>);

impl<R: Relation> Lists for Under<R> {
    fn table(&self) -> Arc<dyn Table> {
        table::<R::Child>()
    }

    fn page(&self, arguments: Arguments) -> Option<Arc<dyn Listed>> {
        // Parents that are named by anything but their id are left to the resolvers.
        if TypeId::of::<R::Key>() != TypeId::of::<Id>() {
            return None;
        }
        Some(Arc::new(UnderParents::<R>(arguments.understood()?)))
    }
}

/// A page of all rows.
struct All<N: Node>(Page<N>);

/// A page of what hangs under each parent.
struct UnderParents<R: Relation>(Page<R::Child>);

macro_rules! of_page {
    () => {
        fn check(&self, row: &Row) -> crate::core::Result<()> {
            self.0.filter(row).map(drop)
        }

        fn size(&self) -> u64 {
            self.0.size
        }

        fn backward(&self) -> bool {
            self.0.backward
        }

        fn begins_after_something(&self) -> bool {
            self.0.begins_after_something()
        }

        fn is_first(&self) -> bool {
            self.0.is_first()
        }

        fn name(&self) -> u64 {
            self.0.name
        }

        fn order(&self) -> Vec<&'static str> {
            self.0
                .order()
                .iter()
                .map(|key| IdenStatic::as_str(&key.column()))
                .collect()
        }
    };
}

impl<N: Node> Listed for All<N> {
    of_page!();

    fn identity(&self) -> (TypeId, &str) {
        (TypeId::of::<N>(), &self.0.signature)
    }

    fn is_nested(&self) -> bool {
        false
    }

    fn within(&self) -> Option<Within> {
        None
    }

    fn rows(
        &self,
        row: &Row,
        selected: SelectStatement,
        _: Uuid,
    ) -> crate::core::Result<SelectStatement> {
        list(row, &self.0, selected)
    }

    fn total(&self, row: &Row, _: Uuid) -> crate::core::Result<SelectStatement> {
        count(row, &self.0)
    }
}

impl<R: Relation> Listed for UnderParents<R> {
    of_page!();

    fn identity(&self) -> (TypeId, &str) {
        (TypeId::of::<R>(), &self.0.signature)
    }

    fn is_nested(&self) -> bool {
        true
    }

    fn within(&self) -> Option<Within> {
        R::within()
    }

    fn rows(
        &self,
        row: &Row,
        selected: SelectStatement,
        parents: Uuid,
    ) -> crate::core::Result<SelectStatement> {
        children::<R>(row, &self.0, selected, parameter::<R>(parents)?)
    }

    fn total(&self, row: &Row, parents: Uuid) -> crate::core::Result<SelectStatement> {
        totals::<R>(row, &self.0, parameter::<R>(parents)?)
    }
}

/// The parents' parameter, as long as nobody knows who they are.
fn parameter<R: Relation>(parents: Uuid) -> crate::core::Result<SqlValue> {
    // `page` has seen to it that they are named by ids.
    let parents = Id(parents);
    let key = (&parents as &dyn std::any::Any)
        .downcast_ref::<R::Key>()
        .ok_or_else(|| crate::core::Error::internal("parents that are not named by ids"))?;
    Ok(R::Key::array(vec![key.clone()]))
}
