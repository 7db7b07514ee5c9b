//! From a merged operation to a compiled one.

use std::any::TypeId;
use std::collections::BTreeSet;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, LazyLock};

use async_graphql::parser::types::{
    Field as Selected, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Value, Variables};
use async_graphql_value::Value as Written;
use sea_orm::sea_query::{Alias, SelectStatement, Value as SqlValue};
use uuid::Uuid;

use super::catalog::{Catalog, Field};
use super::scalar::Scalar;
use super::source::{Arguments, Listed, Lists, RootTo, Table};
use super::tree::{
    Among, AtRoot, Connection, Cursors, Fetch, GivenId, Keys, Load, Object, OfConnection, OfEdge,
    OfPageInfo, Out, Reached, Reading, Slot,
};
use crate::core::row::Row;
use crate::core::{Actor, Permissions};
use crate::database::wire::Parameter;
use crate::database::{DatabaseRole, text};

/// Stands for the caller's organization until a caller is there. Nobody outside can know it.
static TENANT: LazyLock<Uuid> = LazyLock::new(Uuid::new_v4);
/// Stands for the keys that are waited for.
static KEYS: LazyLock<Uuid> = LazyLock::new(Uuid::new_v4);

/// PostgreSQL's protocol counts the values of a statement in two bytes.
const MOST_VALUES: usize = u16::MAX as usize;

/// What is to be compiled, and for whom.
pub struct Asked<'a> {
    /// The merged operation: every field once, no fragments.
    pub operation: &'a OperationDefinition,
    /// Values of its variables.
    pub variables: &'a Variables,
    /// What the caller may.
    pub permissions: Permissions,
    /// No page is larger.
    pub largest_page: u64,
}

/// The variables that make another query of it: all but ids at the root.
pub fn shaping_variables(operation: &OperationDefinition) -> Vec<Name> {
    let mut names = BTreeSet::new();
    fn walk(set: &SelectionSet, is_root: bool, names: &mut BTreeSet<Name>) {
        for item in &set.items {
            let Selection::Field(field) = &item.node else {
                continue;
            };
            for (name, value) in &field.node.arguments {
                if !(is_root && name.node == "id") {
                    named_in(&value.node, names);
                }
            }
            walk(&field.node.selection_set.node, false, names);
        }
    }
    walk(&operation.selection_set.node, true, &mut names);
    names.into_iter().collect()
}

fn named_in(value: &Written, names: &mut BTreeSet<Name>) {
    match value {
        Written::Variable(name) => {
            names.insert(name.clone());
        }
        Written::List(values) => values.iter().for_each(|value| named_in(value, names)),
        Written::Object(fields) => fields.values().for_each(|value| named_in(value, names)),
        _ => {}
    }
}

impl Catalog {
    /// Compiles a query; none where there is anything in it that is not understood here, or that the caller may not see.
    pub fn compile(&self, asked: &Asked<'_>) -> Option<Reading> {
        let mut compiler = Compiler {
            catalog: self,
            asked,
            actor: Actor {
                organization: *TENANT,
                user: Uuid::nil(),
                permissions: asked.permissions,
                database_role: DatabaseRole::Member,
            },
            drafts: Vec::new(),
            rounds: Vec::new(),
            places: Vec::new(),
            filters: false,
        };
        let root = compiler.root(&asked.operation.selection_set.node)?;
        compiler.look_elsewhere();
        let fetches = compiler
            .drafts
            .into_iter()
            .map(|draft| draft.finish(&compiler.actor))
            .collect::<Option<Vec<_>>>()?;
        Some(Reading {
            fetches,
            rounds: compiler.rounds,
            places: compiler.places.len(),
            filters: compiler.filters,
            root,
            bytes: AtomicUsize::new(512),
        })
    }
}

struct Compiler<'a> {
    catalog: &'a Catalog,
    asked: &'a Asked<'a>,
    /// Whoever it will be.
    actor: Actor,
    drafts: Vec<Draft>,
    rounds: Vec<Vec<Load>>,
    /// Of which fetch the rows at each place are.
    places: Vec<usize>,
    filters: bool,
}

/// A fetch whose columns are not all known yet.
struct Draft {
    source: Source,
    identity: FetchKey,
    columns: Vec<Column>,
    joins: Vec<Join>,
}

enum Source {
    ById(Arc<dyn Table>),
    Page(Arc<dyn Table>, Arc<dyn Listed>),
    Total(Arc<dyn Table>, Arc<dyn Listed>),
}

/// Two fetches with the same identity are one.
#[derive(PartialEq, Eq)]
enum FetchKey {
    ById(&'static str),
    Page(TypeId, String),
    Total(TypeId, u64),
}

/// A column of the row that is answered (0) or of the n-th that is joined to it.
struct Column {
    row: usize,
    name: &'static str,
    scalar: Option<Scalar>,
}

/// A row that is joined by its id, which stands in a column of another.
struct Join {
    from: usize,
    column: &'static str,
    table: Arc<dyn Table>,
}

/// Where an object's row is.
#[derive(Clone, Copy)]
struct Here {
    fetch: usize,
    row: usize,
    place: usize,
    /// The round in which it comes.
    round: usize,
    /// Whether the objects that it refers to may come with it: where there is one row, that is cheaper than asking again.
    is_single: bool,
}

impl Compiler<'_> {
    fn root(&mut self, set: &SelectionSet) -> Option<Vec<(Box<[u8]>, AtRoot)>> {
        let catalog = self.catalog;
        fields(set)?
            .into_iter()
            .map(|field| {
                let name = field.name.node.as_str();
                if name == "__typename" {
                    return Some((key(field), AtRoot::Typename));
                }
                let at_root = match catalog.roots.get(name)? {
                    RootTo::One(table) => {
                        self.check(table.as_ref())?;
                        let id = self.given_id(field)?;
                        let fetch = self.by_id(table);
                        let place = self.place(fetch);
                        self.load(0, fetch, Keys::Given(id.clone()), place, usize::MAX);
                        let here = Here {
                            fetch,
                            row: 0,
                            place,
                            round: 0,
                            is_single: true,
                        };
                        let object = self.object(table.kind(), here, field)?;
                        AtRoot::One { fetch, id, object }
                    }
                    RootTo::Many(lists) => {
                        AtRoot::List(self.connection(lists.as_ref(), 0, None, field)?)
                    }
                };
                Some((key(field), at_root))
            })
            .collect()
    }

    fn object(&mut self, kind: &'static str, here: Here, field: &Selected) -> Option<Object> {
        let catalog = self.catalog;
        let known = catalog.kinds.get(kind)?;
        let fields = fields(&field.selection_set.node)?
            .into_iter()
            .map(|field| {
                let name = field.name.node.as_str();
                if name == "__typename" {
                    return Some((key(field), Out::Always(quoted(kind))));
                }
                let out = match known.get(name)? {
                    Field::Column { column, scalar } => {
                        let scalar = scalar.clone();
                        let column =
                            self.column(here.fetch, here.row, column, Some(scalar.clone()));
                        Out::Scalar { column, scalar }
                    }
                    Field::One { column, table } => self.one(here, column, table, field)?,
                    Field::Many { key, lists } => {
                        let key = self.column(here.fetch, here.row, key, Some(Scalar::Id));
                        let parent = Some((here.place, here.row, key));
                        let connection =
                            self.connection(lists.as_ref(), here.round + 1, parent, field)?;
                        Out::Many { key, connection }
                    }
                };
                Some((key(field), out))
            })
            .collect::<Option<_>>()?;
        Some(Object { fields })
    }

    fn one(
        &mut self,
        here: Here,
        column: &'static str,
        table: &Arc<dyn Table>,
        field: &Selected,
    ) -> Option<Out> {
        self.check(table.as_ref())?;
        if here.is_single {
            let row = self.join(here.fetch, here.row, column, table);
            let id = self.column(here.fetch, row, table.column("id")?, Some(Scalar::Id));
            let object = self.object(table.kind(), Here { row, ..here }, field)?;
            return Some(Out::Joined { id, object });
        }
        let key = self.column(here.fetch, here.row, column, Some(Scalar::Id));
        let fetch = self.by_id(table);
        let place = self.place(fetch);
        let round = here.round + 1;
        let keys = Keys::Column {
            place: here.place,
            column: key,
            row: here.row,
        };
        self.load(round, fetch, keys, place, usize::MAX);
        let there = Here {
            fetch,
            row: 0,
            place,
            round,
            is_single: false,
        };
        let object = self.object(table.kind(), there, field)?;
        Some(Out::One { key, fetch, object })
    }

    fn connection(
        &mut self,
        lists: &dyn Lists,
        round: usize,
        parent: Option<(usize, usize, usize)>,
        field: &Selected,
    ) -> Option<Connection> {
        let table = lists.table();
        self.check(table.as_ref())?;
        let arguments = self.arguments(field)?;
        self.filters |= arguments.filter.is_some();
        let listed = lists.page(arguments)?;
        if listed.size() == 0 || listed.is_nested() != parent.is_some() {
            return None;
        }
        // Also where nobody looks at the rows: what a filter must not ask, it must not ask there either.
        listed.check(&table.begin(&self.actor).0).ok()?;
        let keys = || match parent {
            Some((place, row, column)) => Keys::Column { place, column, row },
            None => Keys::None,
        };
        let kind = table.kind();
        let selected = fields(&field.selection_set.node)?;
        let looks_at_rows = selected
            .iter()
            .any(|field| !["totalCount", "__typename"].contains(&field.name.node.as_str()));
        let mut connection = Connection {
            fetch: None,
            size: usize::try_from(listed.size()).ok()?,
            backward: listed.backward(),
            begins_after_something: listed.begins_after_something(),
            cursor: Cursors::default(),
            fields: Vec::with_capacity(selected.len()),
        };
        let mut here = None;
        if looks_at_rows {
            let (of, signature) = listed.identity();
            let identity = FetchKey::Page(of, signature.to_owned());
            let source = Source::Page(Arc::clone(&table), Arc::clone(&listed));
            let fetch = self.fetch(identity, source);
            let place = self.place(fetch);
            self.load(round, fetch, keys(), place, connection.size);
            connection.fetch = Some(fetch);
            here = Some(Here {
                fetch,
                row: 0,
                place,
                round,
                is_single: false,
            });
        }
        for field in selected {
            let of_connection = match (field.name.node.as_str(), here) {
                ("__typename", _) => OfConnection::Always(quoted(&format!("{kind}Connection"))),
                ("totalCount", _) => {
                    let (of, _) = listed.identity();
                    let identity = FetchKey::Total(of, listed.name());
                    let source = Source::Total(Arc::clone(&table), Arc::clone(&listed));
                    let fetch = self.fetch(identity, source);
                    self.round(round).push(Load {
                        fetch,
                        keys: keys(),
                        place: None,
                        among: None,
                    });
                    OfConnection::TotalCount(fetch)
                }
                ("nodes", Some(here)) => OfConnection::Nodes(self.object(kind, here, field)?),
                ("edges", Some(here)) => {
                    let edges = fields(&field.selection_set.node)?
                        .into_iter()
                        .map(|field| {
                            let of_edge = match field.name.node.as_str() {
                                "__typename" => OfEdge::Always(quoted(&format!("{kind}Edge"))),
                                "cursor" => {
                                    self.cursor(&mut connection, here, listed.as_ref());
                                    OfEdge::Cursor
                                }
                                "node" => OfEdge::Node(self.object(kind, here, field)?),
                                _ => return None,
                            };
                            Some((key(field), of_edge))
                        })
                        .collect::<Option<_>>()?;
                    OfConnection::Edges(edges)
                }
                ("pageInfo", Some(here)) => {
                    let info = fields(&field.selection_set.node)?
                        .into_iter()
                        .map(|field| {
                            let of_info = match field.name.node.as_str() {
                                "__typename" => OfPageInfo::Always(quoted("PageInfo")),
                                "hasNextPage" => OfPageInfo::HasNextPage,
                                "hasPreviousPage" => OfPageInfo::HasPreviousPage,
                                name @ ("startCursor" | "endCursor") => {
                                    self.cursor(&mut connection, here, listed.as_ref());
                                    if name == "startCursor" {
                                        OfPageInfo::StartCursor
                                    } else {
                                        OfPageInfo::EndCursor
                                    }
                                }
                                _ => return None,
                            };
                            Some((key(field), of_info))
                        })
                        .collect::<Option<_>>()?;
                    OfConnection::PageInfo(info)
                }
                _ => return None,
            };
            connection.fields.push((key(field), of_connection));
        }
        Some(connection)
    }

    fn cursor(&mut self, connection: &mut Connection, here: Here, listed: &dyn Listed) {
        connection.cursor = Cursors {
            name: listed.name(),
            columns: listed
                .order()
                .into_iter()
                .map(|column| self.column(here.fetch, 0, column, None))
                .collect(),
            id: self.column(here.fetch, 0, "id", Some(Scalar::Id)),
        };
    }

    /// Whether the caller may see rows of the table.
    fn check(&self, table: &dyn Table) -> Option<()> {
        self.asked.permissions.has(table.needs()).then_some(())
    }

    fn place(&mut self, fetch: usize) -> usize {
        self.places.push(fetch);
        self.places.len() - 1
    }

    fn round(&mut self, round: usize) -> &mut Vec<Load> {
        if self.rounds.len() <= round {
            self.rounds.resize_with(round + 1, Vec::new);
        }
        &mut self.rounds[round]
    }

    fn load(&mut self, round: usize, fetch: usize, keys: Keys, place: usize, most: usize) {
        self.round(round).push(Load {
            fetch,
            keys,
            place: Some(Reached { place, most }),
            among: None,
        });
    }

    /// Finds out which pages need not be asked for, because their rows are among those of a page that comes earlier.
    fn look_elsewhere(&mut self) {
        // The last first: what it adds to an earlier page is known when it is that page's turn.
        for round in (1..self.rounds.len()).rev() {
            for index in 0..self.rounds[round].len() {
                let among = self.elsewhere(round, index);
                self.rounds[round][index].among = among;
            }
        }
    }

    fn elsewhere(&mut self, round: usize, index: usize) -> Option<Among> {
        let load = &self.rounds[round][index];
        let (fetch, Keys::Column { place, row, .. }) = (load.fetch, &load.keys) else {
            return None;
        };
        let (place, row) = (*place, *row);
        let Source::Page(_, listed) = &self.drafts[fetch].source else {
            return None;
        };
        let within = listed.within().filter(|_| listed.is_first())?;
        let name = listed.name();
        let other = self.rounds[..round].iter().flatten().find_map(|load| {
            let Source::Page(_, other) = &self.drafts[load.fetch].source else {
                return None;
            };
            let is_same =
                other.identity().0 == within.relation && other.name() == name && other.is_first();
            is_same.then(|| (load.fetch, other.size()))
        });
        let (other, most) = other?;
        let columns: Vec<_> = self.drafts[fetch]
            .columns
            .iter()
            .map(|column| (column.name, column.scalar.clone()))
            .collect();
        if columns.is_empty() {
            return None;
        }
        let columns = columns
            .into_iter()
            .map(|(name, scalar)| self.column(other, 0, name, scalar))
            .collect();
        Some(Among {
            fetch: other,
            most: usize::try_from(most).ok()?,
            by: self.column(self.places[place], row, within.by, Some(Scalar::Id)),
            names: self.column(other, 0, within.names, Some(Scalar::Id)),
            columns,
        })
    }

    fn fetch(&mut self, identity: FetchKey, source: Source) -> usize {
        let known = self
            .drafts
            .iter()
            .position(|draft| draft.identity == identity);
        known.unwrap_or_else(|| {
            self.drafts.push(Draft {
                source,
                identity,
                columns: Vec::new(),
                joins: Vec::new(),
            });
            self.drafts.len() - 1
        })
    }

    fn by_id(&mut self, table: &Arc<dyn Table>) -> usize {
        let source = Source::ById(Arc::clone(table));
        let fetch = self.fetch(FetchKey::ById(table.kind()), source);
        self.column(fetch, 0, "id", Some(Scalar::Id));
        fetch
    }

    /// The place of a column among those of the fetch.
    fn column(
        &mut self,
        fetch: usize,
        row: usize,
        name: &'static str,
        scalar: Option<Scalar>,
    ) -> usize {
        let columns = &mut self.drafts[fetch].columns;
        let known = columns
            .iter()
            .position(|column| column.row == row && column.name == name);
        match known {
            Some(known) => {
                let column = &mut columns[known];
                column.scalar = column.scalar.take().or(scalar);
                known
            }
            None => {
                columns.push(Column { row, name, scalar });
                columns.len() - 1
            }
        }
    }

    fn join(
        &mut self,
        fetch: usize,
        from: usize,
        column: &'static str,
        table: &Arc<dyn Table>,
    ) -> usize {
        let joins = &mut self.drafts[fetch].joins;
        let known = joins
            .iter()
            .position(|join| join.from == from && join.column == column);
        let number = known.unwrap_or_else(|| {
            joins.push(Join {
                from,
                column,
                table: Arc::clone(table),
            });
            joins.len() - 1
        });
        number + 1
    }

    fn arguments(&self, field: &Selected) -> Option<Arguments> {
        let mut arguments = Arguments {
            largest: self.asked.largest_page,
            ..Arguments::default()
        };
        for (name, value) in &field.arguments {
            let slot = match name.node.as_str() {
                "first" => &mut arguments.first,
                "after" => &mut arguments.after,
                "last" => &mut arguments.last,
                "before" => &mut arguments.before,
                "filter" => &mut arguments.filter,
                "orderBy" => &mut arguments.order_by,
                _ => return None,
            };
            *slot = self.value(&value.node)?;
        }
        Some(arguments)
    }

    /// The value of an argument, its variables put in; nothing where a variable stands for nothing. A variable within a value
    /// that stands for nothing is not understood here.
    fn value(&self, written: &Written) -> Option<Option<Value>> {
        if let Written::Variable(name) = written {
            return Some(self.variable(name));
        }
        written
            .clone()
            .into_const_with(|name| self.variable(&name).ok_or(()))
            .ok()
            .map(Some)
    }

    fn variable(&self, name: &Name) -> Option<Value> {
        if let Some(given) = self.asked.variables.get(name) {
            return Some(given.clone());
        }
        self.default(name).cloned()
    }

    fn default(&self, name: &Name) -> Option<&Value> {
        self.asked
            .operation
            .variable_definitions
            .iter()
            .find(|definition| definition.node.name.node == *name)?
            .node
            .default_value
            .as_ref()
            .map(|default| &default.node)
    }

    fn given_id(&self, field: &Selected) -> Option<GivenId> {
        let [(name, value)] = field.arguments.as_slice() else {
            return None;
        };
        if name.node != "id" {
            return None;
        }
        match &value.node {
            Written::String(text) => Some(GivenId::Written(Uuid::try_parse(text).ok()?)),
            Written::Variable(name) => {
                let default = match self.default(name) {
                    Some(Value::String(text)) => Some(Uuid::try_parse(text).ok()?),
                    Some(_) => return None,
                    None => None,
                };
                Some(GivenId::Variable(name.clone(), default))
            }
            _ => None,
        }
    }
}

impl Draft {
    fn finish(mut self, actor: &Actor) -> Option<Fetch> {
        let (keyed_by, statement) = match &self.source {
            Source::ById(table) => {
                let (row, selected) = self.begun(table.as_ref(), actor);
                let keyed_by = self
                    .columns
                    .iter()
                    .position(|column| column.row == 0 && column.name == "id");
                let ids = SqlValue::from(vec![*KEYS]);
                (keyed_by, table.by_id(&row, selected, ids).ok()?)
            }
            Source::Page(table, listed) => {
                if self.columns.is_empty() {
                    self.columns.push(Column {
                        row: 0,
                        name: table.column("id")?,
                        scalar: Some(Scalar::Id),
                    });
                }
                let (row, selected) = self.begun(table.as_ref(), actor);
                // The parent's key stands behind what was selected.
                let keyed_by = listed.is_nested().then_some(self.columns.len());
                (keyed_by, listed.rows(&row, selected, *KEYS).ok()?)
            }
            Source::Total(table, listed) => {
                let (row, _) = table.begin(actor);
                let keyed_by = listed.is_nested().then_some(1);
                (keyed_by, listed.total(&row, *KEYS).ok()?)
            }
        };
        let (sql, values) = text(&statement);
        if values.len() > MOST_VALUES {
            return None;
        }
        let slots = values.into_iter().map(slot).collect::<Option<_>>()?;
        let columns = match self.source {
            Source::Total(..) => vec![Some(Scalar::BigInt)],
            _ => self
                .columns
                .into_iter()
                .map(|column| column.scalar)
                .collect(),
        };
        Some(Fetch {
            sql: sql.into(),
            slots,
            columns,
            keyed_by,
        })
    }

    /// `SELECT` the columns `FROM` the table and what is joined to it.
    fn begun(&self, table: &dyn Table, actor: &Actor) -> (Row, SelectStatement) {
        let (row, mut statement) = table.begin(actor);
        let rows: Vec<Row> = std::iter::once(row.clone())
            .chain((1..=self.joins.len()).map(|number| row.joined(number)))
            .collect();
        for (join, joined) in self.joins.iter().zip(&rows[1..]) {
            let id = rows[join.from].named(join.column);
            join.table.join(&mut statement, joined, id);
        }
        for column in &self.columns {
            let value = rows[column.row].named(column.name);
            let name = match column.row {
                0 => column.name.to_owned(),
                number => format!("joined_{number}_{}", column.name),
            };
            statement.expr_as(value, Alias::new(name));
        }
        (row, statement)
    }
}

fn slot(value: SqlValue) -> Option<Slot> {
    if value == SqlValue::from(*TENANT) {
        return Some(Slot::Tenant);
    }
    if value == SqlValue::from(vec![*KEYS]) {
        return Some(Slot::Keys);
    }
    Parameter::from_value(value).map(Slot::Value)
}

/// The fields of a selection; none where there is anything else in it, or a condition on any.
fn fields(set: &SelectionSet) -> Option<Vec<&Selected>> {
    set.items
        .iter()
        .map(|item| match &item.node {
            Selection::Field(Positioned { node, .. }) if node.directives.is_empty() => Some(node),
            _ => None,
        })
        .collect()
}

/// The key of a field in its object, as it is written.
fn key(field: &Selected) -> Box<[u8]> {
    let mut key = quoted(&field.response_key().node).into_vec();
    key.push(b':');
    key.into()
}

fn quoted(name: &str) -> Box<[u8]> {
    // Names are letters, digits and underscores.
    format!("\"{name}\"").into_bytes().into()
}
