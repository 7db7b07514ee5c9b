//! New rows as one statement: the values travel as one JSON parameter that PostgreSQL reads by the table's own types, so that one
//! row and a thousand are the same statement. What rows share with what they hang under can be left to the statement.

use sea_orm::sea_query::Value;
use sea_orm::{ActiveModelTrait, EntityTrait, IdenStatic};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::error::{Error, Result};
use super::row::Lies;
use super::tx::{Changes, all_columns, answer, columns, quoted, table, tenant, written};
use super::{Id, Node, Permission};

/// What rows hang under: it must be there for the caller to see, and gives them columns of its own.
#[derive(Debug)]
pub struct Under {
    pub(super) needs: Permission,
    parent: String,
    visible: String,
    reference: String,
    inherited: Vec<String>,
}

impl Under {
    /// The row of `P` that a column of the child refers to gives it columns, by the names that both tables have for them.
    pub fn of<P: Node, C: IdenStatic>(reference: C, inherited: &[C]) -> Self {
        Self {
            needs: P::NEEDS,
            parent: table::<P>(),
            visible: format!(
                "parent.\"{}\" = $2 AND {}",
                tenant::<P>(),
                Lies::Free.sql::<P::Entity>("parent", "$2")
            ),
            reference: reference.as_str().to_owned(),
            inherited: inherited
                .iter()
                .map(|column| column.as_str().to_owned())
                .collect(),
        }
    }
}

/// Gives rows their tenant, and an identity where they have none.
pub(super) fn identified<N: Node>(
    organization: Uuid,
    rows: &[Changes<N>],
) -> (Vec<Id>, Vec<Map<String, Json>>)
where
    Changes<N>: ActiveModelTrait<Entity = N::Entity>,
{
    let identify = |row| {
        let mut record = written(row);
        let given = record.get("id").and_then(Json::as_str);
        let id = match given.map(Uuid::try_parse) {
            Some(Ok(given)) => Id(given),
            _ => Id::new(),
        };
        record.insert("id".to_owned(), json!(id));
        record.insert(tenant::<N>(), json!(organization));
        (id, record)
    };
    rows.iter().map(identify).unzip()
}

/// Rows of one table that are ready to be written.
pub(super) struct Insertion {
    table: String,
    columns: Vec<&'static str>,
    records: Vec<Json>,
    organization: Uuid,
}

impl Insertion {
    /// Of rows that set the same columns. Nothing where there are no rows.
    pub(super) fn of<E: EntityTrait>(
        organization: Uuid,
        rows: Vec<Map<String, Json>>,
    ) -> Result<Option<Self>> {
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        let columns: Vec<_> = columns::<E>()
            .filter(|column| first.contains_key(*column))
            .collect();
        let alike = |row: &Map<String, Json>| {
            row.len() == columns.len() && columns.iter().all(|column| row.contains_key(*column))
        };
        if !rows.iter().all(alike) {
            return Err(Error::internal("rows of one insert set different columns"));
        }
        Ok(Some(Self {
            table: E::default().table_name().to_owned(),
            columns,
            records: rows.into_iter().map(Json::Object).collect(),
            organization,
        }))
    }

    /// The statement, which answers with the rows, and its values.
    pub(super) fn answering<N: Node>(
        self,
        under: Option<&Under>,
        otherwise: &str,
    ) -> (String, Vec<Value>) {
        let returned = format!("{otherwise} RETURNING {}", all_columns::<N::Entity>());
        let (statement, values) = self.silent(under, &returned);
        let statement = format!(
            "WITH \"{}\" AS ({statement}) {}",
            table::<N>(),
            answer::<N>()
        );
        (statement, values)
    }

    /// The statement, which answers with nothing, and its values. Rows are written in their order, whatever joins them to what they
    /// hang under: triggers that number them see it.
    pub(super) fn silent(self, under: Option<&Under>, otherwise: &str) -> (String, Vec<Value>) {
        let table = self.table;
        let given = quoted(&self.columns);
        let mut values = vec![Json::Array(self.records).into()];
        let Some(under) = under else {
            return (
                format!(
                    "INSERT INTO \"{table}\" ({given}) SELECT {given} FROM jsonb_populate_recordset(NULL::\"{table}\", $1) {otherwise}"
                ),
                values,
            );
        };
        values.push(self.organization.into());
        let inherited: String = under
            .inherited
            .iter()
            .map(|column| format!(", \"{column}\""))
            .collect();
        let chosen: Vec<String> = self
            .columns
            .iter()
            .map(|column| format!("given.\"{column}\""))
            .chain(under.inherited.iter().map(|column| {
                format!(
                    "coalesce(parent.\"{column}\", refuse_orphan('{table}_{}_fkey'))",
                    under.reference
                )
            }))
            .collect();
        let statement = format!(
            "INSERT INTO \"{table}\" ({given}{inherited}) SELECT {} FROM jsonb_populate_recordset(NULL::\"{table}\", $1) WITH ORDINALITY AS given \
             LEFT JOIN \"{}\" AS parent ON {} AND parent.id = given.\"{}\" ORDER BY given.ordinality {otherwise}",
            chosen.join(", "),
            under.parent,
            under.visible,
            under.reference,
        );
        (statement, values)
    }
}
