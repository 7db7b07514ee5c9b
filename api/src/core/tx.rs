//! The only way to write: one transaction for one mutation. It writes for the caller's organization alone, tells the audit
//! trail of every row in the same transaction, and turns a violated rule into what a person can put right. One that is dropped
//! without `commit` is taken back.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::scope::{Scope, Scoped};
use sea_orm::sea_query::{Alias, Expr, PostgresQueryBuilder, Value, Values};
use sea_orm::{
    ActiveModelTrait, ActiveValue, EntityName, EntityTrait, IdenStatic, Iterable, QueryResult,
};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::added::{Written, in_order};
use super::error::{Error, Result};
use super::insertion::{Insertion, identified};
use super::node::select;
use super::row::Lies;
use super::user_error::{Refusal, UserError, UserErrorCode, of_constraint};
use super::{Id, Node, Permission, Session, trail};

/// The transaction of a mutation.
#[must_use = "a transaction that is not committed is taken back"]
#[derive(Debug)]
pub struct Tx<'a> {
    pub(super) session: &'a Session,
    trail: Vec<Json>,
    pub(super) last: Vec<(String, Values)>,
    pub(super) tables: Vec<String>,
}

/// The row of an entity, with the columns that shall be written.
pub type Changes<N> = <<N as Node>::Entity as EntityTrait>::ActiveModel;

impl Session {
    /// Begins a mutation's transaction, if the caller may.
    pub async fn begin(&self, needs: Permission) -> Result<Tx<'_>> {
        self.require(needs)?;
        self.begin_writing().await?;
        Ok(Tx {
            session: self,
            trail: Vec::new(),
            last: Vec::new(),
            tables: Vec::new(),
        })
    }
}

impl Tx<'_> {
    /// Writes new rows, all in one statement, and answers with them in the order given.
    pub async fn insert<N: Node>(&mut self, rows: Vec<Changes<N>>) -> Result<Vec<N>, Refusal>
    where
        Changes<N>: ActiveModelTrait<Entity = N::Entity>,
    {
        self.insert_or(rows, "").await
    }

    /// Writes one new row, and answers with it.
    pub async fn insert_one<N: Node>(&mut self, row: Changes<N>) -> Result<N, Refusal>
    where
        Changes<N>: ActiveModelTrait<Entity = N::Entity>,
    {
        let written = self.insert::<N>(vec![row]).await?.pop();
        Ok(written.ok_or_else(|| Error::internal("a new row was not answered"))?)
    }

    /// The same as `insert`, but for rows that are there already by one of the table's keys: those are left as they are and not answered.
    pub async fn insert_missing<N: Node>(
        &mut self,
        rows: Vec<Changes<N>>,
    ) -> Result<Vec<N>, Refusal>
    where
        Changes<N>: ActiveModelTrait<Entity = N::Entity>,
    {
        self.insert_or(rows, "ON CONFLICT DO NOTHING").await
    }

    async fn insert_or<N: Node>(
        &mut self,
        rows: Vec<Changes<N>>,
        otherwise: &str,
    ) -> Result<Vec<N>, Refusal>
    where
        Changes<N>: ActiveModelTrait<Entity = N::Entity>,
    {
        let organization = self.organization();
        let (ids, rows) = identified::<N>(organization, &rows);
        let Some(insertion) = Insertion::of::<N::Entity>(organization, rows)? else {
            return Ok(Vec::new());
        };
        let (statement, values) = insertion.answering::<N>(None, otherwise);
        let rows = self.write(&table::<N>(), statement, values).await?;
        let written = in_order::<N>(ids, &rows)?;
        for node in &written {
            self.tell::<N>("create", node.id(), &json!({}));
        }
        Ok(written)
    }

    /// Which of the texts a column of the table holds already, in the bin or not.
    pub async fn taken<N: Node>(
        &self,
        column: <N::Entity as EntityTrait>::Column,
        texts: Vec<String>,
    ) -> Result<HashSet<String>> {
        let statement = format!(
            "SELECT \"{column}\" AS taken FROM \"{}\" WHERE \"{}\" = $1 AND \"{column}\" = ANY($2)",
            table::<N>(),
            tenant::<N>(),
            column = column.as_str(),
        );
        let values = vec![self.organization().into(), texts.into()];
        self.session
            .rows_of(statement, Values(values))
            .await?
            .iter()
            .map(|row| Ok(row.try_get("", "taken")?))
            .collect()
    }

    /// Changes a row. `since` is what the caller last saw of `updatedAt`, if they mind that somebody was quicker.
    pub async fn update<N: Node>(
        &mut self,
        verb: &str,
        id: Id,
        changes: Changes<N>,
        since: Option<DateTime<Utc>>,
    ) -> Result<N, Refusal>
    where
        Changes<N>: ActiveModelTrait<Entity = N::Entity>,
    {
        self.change(verb, id, written(&changes), since, Lies::Free)
            .await
    }

    /// Puts a row into the bin.
    pub async fn delete<N: Node>(
        &mut self,
        id: Id,
        since: Option<DateTime<Utc>>,
    ) -> Result<N, Refusal> {
        let record = Map::from_iter([("deleted_at".to_owned(), json!(Utc::now()))]);
        self.change("delete", id, record, since, Lies::Free).await
    }

    /// Takes a row out of the bin.
    pub async fn restore<N: Node>(&mut self, id: Id) -> Result<N, Refusal> {
        let record = Map::from_iter([("deleted_at".to_owned(), Json::Null)]);
        self.change("restore", id, record, None, Lies::InBin).await
    }

    /// Removes rows for good, all in one statement; those that are not there are not missed.
    pub async fn remove<N: Node>(&mut self, ids: &[Id]) -> Result<Vec<Id>, Refusal> {
        let table = table::<N>();
        let statement = format!(
            "DELETE FROM \"{table}\" WHERE \"{}\" = $1 AND id = ANY($2) AND {} RETURNING id, to_jsonb(\"{table}\") AS before",
            tenant::<N>(),
            Lies::Free.sql::<N::Entity>(&table, "$1")
        );
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let values = vec![self.organization().into(), ids.into()];
        let rows = self.write(&table, statement, values).await?;
        let mut removed = Vec::with_capacity(rows.len());
        for row in &rows {
            let id: Id = row.try_get("", "id").map_err(Error::from)?;
            let before: Json = row.try_get("", "before").map_err(Error::from)?;
            self.tell::<N>("delete", id, &json!({ "before": before }));
            removed.push(id);
        }
        Ok(removed)
    }

    /// Writes what was added and the audit trail, and makes it all last.
    pub async fn commit(self) -> Result<Written, Refusal> {
        let Self {
            session,
            trail,
            mut last,
            tables,
        } = self;
        if !trail.is_empty() {
            last.push(trail::statement(trail));
        }
        match session.commit_with(last).await {
            Ok(answers) => Ok(Written(answers)),
            Err(Error::Refused(violation)) => {
                session.roll_back().await?;
                let of = |table: &&String| violation.constraint.starts_with(table.as_str());
                let table = tables.iter().find(of).map_or("", String::as_str);
                Err(of_constraint(table, &violation).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn change<N: Node>(
        &mut self,
        verb: &str,
        id: Id,
        mut record: Map<String, Json>,
        since: Option<DateTime<Utc>>,
        lies: Lies,
    ) -> Result<N, Refusal> {
        // Neither identity nor tenant ever change.
        record.remove("id");
        record.remove(&tenant::<N>());
        if record.is_empty() {
            return Err(UserError::new(
                UserErrorCode::Invalid,
                &[],
                "nothing to change: name at least one field",
            )
            .into());
        }
        let table = table::<N>();
        let columns: Vec<&str> = record.keys().map(String::as_str).collect();
        let assignments: Vec<String> = columns
            .iter()
            .map(|column| format!("\"{column}\" = changed.\"{column}\""))
            .collect();
        let fields: Vec<String> = columns
            .iter()
            .map(|column| format!("'{column}', \"{column}\""))
            .collect();
        let mut shown = select::<N>();
        shown.expr_as(
            Expr::cust("(SELECT fields FROM before)"),
            Alias::new("before"),
        );
        let statement = format!(
            "WITH before AS (SELECT jsonb_build_object({fields}) AS fields FROM \"{table}\" \
               WHERE \"{tenant}\" = $2 AND id = $3 AND {lies} AND ($4 IS NULL OR updated_at = $4) FOR UPDATE), \
             \"{table}\" AS (UPDATE \"{table}\" SET {assignments} \
               FROM jsonb_populate_record(NULL::\"{table}\", $1) changed, before \
               WHERE \"{table}\".\"{tenant}\" = $2 AND \"{table}\".id = $3 RETURNING {returned}) {shown}",
            fields = fields.join(", "),
            tenant = tenant::<N>(),
            lies = lies.sql::<N::Entity>(&table, "$2"),
            assignments = assignments.join(", "),
            returned = qualified_columns::<N>(&table),
            shown = shown.to_string(PostgresQueryBuilder),
        );
        let values = vec![
            Json::Object(record.clone()).into(),
            self.organization().into(),
            id.0.into(),
            since.into(),
        ];
        let rows = self.write(&table, statement, values).await?;
        let Some(row) = rows.first() else {
            return Err(self.why_not::<N>(id, since, lies).await?.into());
        };
        let before: Json = row.try_get("", "before").map_err(Error::from)?;
        let node = N::from_query_result(row, "").map_err(Error::from)?;
        self.tell::<N>(verb, id, &json!({ "before": before, "after": record }));
        Ok(node)
    }

    /// Nothing was changed: because it is not there, or because somebody was quicker.
    pub(super) async fn why_not<N: Node>(
        &self,
        id: Id,
        since: Option<DateTime<Utc>>,
        lies: Lies,
    ) -> Result<UserError> {
        let in_bin = lies == Lies::InBin;
        let there = !in_bin && since.is_some() && {
            let row = self.session.answer::<N::Entity>();
            let mut statement = select::<N>();
            statement
                .cond_where(row.visible::<N::Entity>())
                .and_where(Expr::cust_with_values("id = $1", [id.0]));
            !self.session.rows(&statement).await?.is_empty()
        };
        Ok(if there {
            UserError::new(
                UserErrorCode::Conflict,
                &["ifUnchangedSince"],
                "somebody changed it since: read it again",
            )
        } else if in_bin {
            UserError::not_found(
                &["id"],
                &format!("{} in the bin", kind::<N>().replace('_', " ")),
            )
        } else {
            UserError::not_found(&["id"], &kind::<N>().replace('_', " "))
        })
    }

    /// What a statement that writes a table answers with.
    pub(super) async fn write(
        &self,
        table: &str,
        statement: String,
        values: Vec<Value>,
    ) -> Result<Vec<QueryResult>, Refusal> {
        match self.session.rows_of(statement, Values(values)).await {
            Err(Error::Refused(violation)) => Err(of_constraint(table, &violation).into()),
            answer => Ok(answer?),
        }
    }

    /// Whose rows it writes.
    pub(super) fn organization(&self) -> Uuid {
        self.session.actor().organization
    }

    /// Notes for the audit trail what was done to a thing.
    pub(super) fn tell<N: Node>(&mut self, verb: &str, id: Id, metadata: &Json) {
        let entry = trail::entry(self.session, (&kind::<N>(), verb), Some(id), metadata);
        self.trail.push(entry);
    }
}

pub(super) fn table<N: Node>() -> String {
    N::Entity::default().table_name().to_owned()
}

/// The column of the tenant. To write rows that are everybody's does not compile.
pub(super) fn tenant<N: Node>() -> String {
    const {
        assert!(
            !matches!(<N::Entity as Scoped>::SCOPE, Scope::Shared),
            "rows that are everybody's are nobody's to write"
        );
    }
    match <N::Entity as Scoped>::SCOPE {
        Scope::Own(tenant) | Scope::OwnOrShared(tenant) => tenant.as_str().to_owned(),
        Scope::Shared => String::new(),
    }
}

/// As the audit trail names it: processing_event.
fn kind<N: Node>() -> String {
    let mut kind = String::with_capacity(N::NAME.len() + 4);
    for letter in N::NAME.chars() {
        if letter.is_ascii_uppercase() && !kind.is_empty() {
            kind.push('_');
        }
        kind.push(letter.to_ascii_lowercase());
    }
    kind
}

/// `SELECT` the object's columns from what was written, which goes by the name of the table.
pub(super) fn answer<N: Node>() -> String {
    select::<N>().to_string(PostgresQueryBuilder)
}

pub(super) fn quoted(columns: &[&str]) -> String {
    columns
        .iter()
        .map(|column| format!("\"{column}\""))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Not `*`: there are columns that no role of the gateway may read.
pub(super) fn all_columns<E: EntityTrait>() -> String {
    quoted(&columns::<E>().collect::<Vec<_>>())
}

/// The columns that an entity has, by name and in its order.
pub(super) fn columns<E: EntityTrait>() -> impl Iterator<Item = &'static str> {
    E::Column::iter().map(|column| column.as_str())
}

pub(super) fn qualified_columns<N: Node>(table: &str) -> String {
    columns::<N::Entity>()
        .map(|column| format!("\"{table}\".\"{column}\""))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The columns that are set, as PostgreSQL reads them back by the table's own types.
pub(super) fn written<A: ActiveModelTrait>(changes: &A) -> Map<String, Json> {
    <A::Entity as EntityTrait>::Column::iter()
        .filter_map(|column| match changes.get(column) {
            ActiveValue::Set(value) => Some((column.as_str().to_owned(), as_json(&value))),
            _ => None,
        })
        .collect()
}

fn as_json(value: &Value) -> Json {
    match value {
        Value::ChronoDateTimeUtc(time) => json!(time),
        other => sea_orm::sea_query::sea_value_to_json_value(other),
    }
}
