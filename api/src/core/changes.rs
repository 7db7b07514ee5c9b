//! Many rows of one table changed in one statement, each told to the trail with what it was before; and what a mutation asks of
//! many rows before it changes any, without reading them.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Alias, Expr, ExprTrait, PostgresQueryBuilder, Query};
use sea_orm::{ActiveModelTrait, Condition, EntityTrait, JoinType};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::added::in_order;
use super::error::{Error, Result};
use super::node::select;
use super::row::Lies;
use super::tx::{Changes, qualified_columns, table, tenant, written};
use super::user_error::Refusal;
use super::{Filter, Id, Node, Tx};

impl Tx<'_> {
    /// Changes rows, all in one statement, and answers with them in the order given. Each is named once, and all set the same
    /// columns.
    pub async fn update_all<N: Node>(
        &mut self,
        verb: &str,
        changes: Vec<(Id, Changes<N>)>,
    ) -> Result<Vec<N>, Refusal>
    where
        Changes<N>: ActiveModelTrait<Entity = N::Entity>,
    {
        let ids: Vec<Id> = changes.iter().map(|(id, _)| *id).collect();
        let mut records: Vec<_> = changes.iter().map(|(_, row)| written(row)).collect();
        for record in &mut records {
            // Neither identity nor tenant ever change.
            record.remove("id");
            record.remove(&tenant::<N>());
        }
        let Some(first) = records.first() else {
            return Ok(Vec::new());
        };
        if first.is_empty() || records.iter().any(|record| !record.keys().eq(first.keys())) {
            return Err(Error::internal("rows of one update set different columns").into());
        }
        let list = |each: &dyn Fn(&String) -> String| {
            first.keys().map(each).collect::<Vec<_>>().join(", ")
        };
        let table = table::<N>();
        let mut shown = select::<N>();
        shown
            .expr_as(Expr::cust("before.fields"), Alias::new("before"))
            .join(
                JoinType::InnerJoin,
                Alias::new("before"),
                Expr::cust(format!("before.id = \"{table}\".id")),
            );
        // Locked in the order of their ids, so that two who change the same rows wait for each other instead of deadlocking.
        let statement = format!(
            "WITH before AS (SELECT id, jsonb_build_object({fields}) AS fields FROM \"{table}\" \
               WHERE \"{tenant}\" = $2 AND id = ANY($3) AND {free} ORDER BY id FOR UPDATE), \
             \"{table}\" AS (UPDATE \"{table}\" SET {assignments} \
               FROM jsonb_populate_recordset(NULL::\"{table}\", $1) changed JOIN before ON before.id = changed.id \
               WHERE \"{table}\".\"{tenant}\" = $2 AND \"{table}\".id = changed.id RETURNING {returned}) {shown}",
            fields = list(&|column| format!("'{column}', \"{column}\"")),
            tenant = tenant::<N>(),
            free = Lies::Free.sql::<N::Entity>(&table, "$2"),
            assignments = list(&|column| format!("\"{column}\" = changed.\"{column}\"")),
            returned = qualified_columns::<N>(&table),
            shown = shown.to_string(PostgresQueryBuilder),
        );
        let named = ids.iter().zip(&records).map(|(id, record)| {
            let mut record = record.clone();
            record.insert("id".to_owned(), json!(id));
            Json::Object(record)
        });
        let keys: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let values = vec![
            Json::Array(named.collect()).into(),
            self.organization().into(),
            keys.into(),
        ];
        let rows = self.write(&table, statement, values).await?;
        let mut before: HashMap<Id, Json> = HashMap::with_capacity(rows.len());
        for row in &rows {
            let id = row.try_get("", "id").map_err(Error::from)?;
            before.insert(id, row.try_get("", "before").map_err(Error::from)?);
        }
        for (id, after) in ids.iter().zip(records) {
            match before.get(id) {
                Some(before) => {
                    self.tell::<N>(verb, *id, &json!({ "before": before, "after": after }));
                }
                None => return Err(self.why_not::<N>(*id, None, Lies::Free).await?.into()),
            }
        }
        Ok(in_order(ids, &rows)?)
    }

    /// How many rows a filter leaves.
    pub async fn count<N: Node>(&self, filter: &N::Filter) -> Result<i64> {
        let mut counted = Query::select();
        counted.expr_as(Expr::cust("count(*)"), Alias::new("total"));
        let rows = self.asked::<N>(counted, filter, None).await?;
        let row = rows.first();
        let row = row.ok_or_else(|| Error::internal("a count answered with no row"))?;
        Ok(row.try_get("", "total")?)
    }

    /// Which texts a column holds in the rows that a filter leaves, each once.
    pub async fn texts<N: Node>(
        &self,
        column: <N::Entity as EntityTrait>::Column,
        filter: &N::Filter,
    ) -> Result<HashSet<String>> {
        let text = self.session.answer::<N::Entity>().column(column);
        let mut texts = Query::select();
        texts.distinct().expr_as(text.clone(), Alias::new("text"));
        let there = Condition::all().add(text.is_not_null());
        self.asked::<N>(texts, filter, Some(there))
            .await?
            .iter()
            .map(|row| Ok(row.try_get("", "text")?))
            .collect()
    }

    async fn asked<N: Node>(
        &self,
        mut statement: sea_orm::sea_query::SelectStatement,
        filter: &N::Filter,
        also: Option<Condition>,
    ) -> Result<Vec<sea_orm::QueryResult>> {
        self.session.require(N::NEEDS)?;
        let row = self.session.answer::<N::Entity>();
        statement
            .from(N::Entity::default())
            .cond_where(row.visible::<N::Entity>())
            .cond_where(filter.condition(&row)?);
        if let Some(also) = also {
            statement.cond_where(also);
        }
        self.session.rows(&statement).await
    }
}
