//! New rows as one statement: the values travel as one JSON parameter that PostgreSQL reads by the table's own types, so that one
//! row and a thousand are the same statement. What rows share with what they hang under can be left to the statement.

use sea_orm::sea_query::Value;
use sea_orm::{ActiveModelTrait, EntityTrait, IdenStatic, Iterable};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::error::{Error, Result};
use super::row::{deleted_at, hanging_free};
use super::tx::{Changes, all_columns, answer, quoted, table, tenant, written};
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
        let bin = deleted_at::<P::Entity>().map(|_| " AND parent.deleted_at IS NULL");
        Self {
            needs: P::NEEDS,
            parent: table::<P>(),
            visible: format!(
                "parent.\"{}\" = $2{}{}",
                tenant::<P>(),
                bin.unwrap_or_default(),
                hanging_free::<P::Entity>("parent", "$2")
            ),
            reference: reference.as_str().to_owned(),
            inherited: inherited
                .iter()
                .map(|column| column.as_str().to_owned())
                .collect(),
        }
    }
}

/// Rows of one table that are ready to be written.
pub(super) struct Insertion {
    pub(super) ids: Vec<Id>,
    columns: Vec<&'static str>,
    records: Vec<Json>,
    organization: Uuid,
}

impl Insertion {
    /// Gives the rows their tenant, and an identity where they have none. Nothing where there are no rows.
    pub(super) fn of<N: Node>(organization: Uuid, rows: &[Changes<N>]) -> Result<Option<Self>>
    where
        Changes<N>: ActiveModelTrait<Entity = N::Entity>,
    {
        let mut ids = Vec::with_capacity(rows.len());
        let mut records = Vec::with_capacity(rows.len());
        let mut columns: Option<Vec<&'static str>> = None;
        for row in rows {
            let mut record = written(row);
            let given = record.get("id").and_then(Json::as_str);
            let id = match given.map(Uuid::try_parse) {
                Some(Ok(given)) => Id(given),
                _ => Id::new(),
            };
            record.insert("id".to_owned(), json!(id));
            record.insert(tenant::<N>(), json!(organization));
            let has = |column: &&'static str| record.contains_key(*column);
            let names = <N::Entity as EntityTrait>::Column::iter().map(|column| column.as_str());
            match &columns {
                None => columns = Some(names.filter(has).collect()),
                Some(columns) if columns.len() == record.len() && columns.iter().all(has) => {}
                Some(_) => {
                    return Err(Error::internal("rows of one insert set different columns"));
                }
            }
            ids.push(id);
            records.push(Json::Object(record));
        }
        Ok(columns.map(|columns| Self {
            ids,
            columns,
            records,
            organization,
        }))
    }

    /// The statement, which answers with the rows, and its values.
    pub(super) fn answering<N: Node>(
        self,
        under: Option<&Under>,
        otherwise: &str,
    ) -> (String, Vec<Value>) {
        let returned = format!("{otherwise} RETURNING {}", all_columns::<N>());
        let (statement, values) = self.silent::<N>(under, &returned);
        let statement = format!(
            "WITH \"{}\" AS ({statement}) {}",
            table::<N>(),
            answer::<N>()
        );
        (statement, values)
    }

    /// The statement, which answers with nothing, and its values.
    pub(super) fn silent<N: Node>(
        self,
        under: Option<&Under>,
        otherwise: &str,
    ) -> (String, Vec<Value>) {
        let table = table::<N>();
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
            "INSERT INTO \"{table}\" ({given}{inherited}) SELECT {} FROM jsonb_populate_recordset(NULL::\"{table}\", $1) AS given \
             LEFT JOIN \"{}\" AS parent ON {} AND parent.id = given.\"{}\" {otherwise}",
            chosen.join(", "),
            under.parent,
            under.visible,
            under.reference,
        );
        (statement, values)
    }
}
