//! Rows that only join two others, as a project and its members: they come and go and have no id of their own. The audit trail
//! tells of them as of changes of one of the two.

use sea_orm::{
    ActiveModelTrait, EntityName, EntityTrait, FromQueryResult, IdenStatic, Iterable, QueryResult,
};
use serde_json::{Map, Value as Json, json};

use super::error::Error;
use super::insertion::Insertion;
use super::tx::{all_columns, columns, quoted, written};
use super::user_error::Refusal;
use super::{Id, Node, Tx};

/// The column of the tenant, in link tables as everywhere.
const TENANT: &str = "organization_id";

impl Tx<'_> {
    /// Joins, all in one statement; what is joined already stays as it is and is not answered. The trail has each as `verb` of
    /// the object `of`.
    pub async fn link<N: Node, A: ActiveModelTrait>(
        &mut self,
        verb: &str,
        of: Id,
        rows: Vec<A>,
    ) -> Result<Vec<<A::Entity as EntityTrait>::Model>, Refusal>
    where
        <A::Entity as EntityTrait>::Model: FromQueryResult,
    {
        let linked = self.join(rows).await?;
        self.tell_links::<N, A::Entity>(verb, of, "after", &linked)
    }

    /// The same, with one entry of the trail for all: what `told` makes of those that were joined.
    pub async fn link_told<N: Node, A: ActiveModelTrait>(
        &mut self,
        verb: &str,
        of: Id,
        rows: Vec<A>,
        told: impl FnOnce(&[<A::Entity as EntityTrait>::Model]) -> Json,
    ) -> Result<(), Refusal>
    where
        <A::Entity as EntityTrait>::Model: FromQueryResult,
    {
        let linked = models::<A::Entity>(&self.join(rows).await?)?;
        if !linked.is_empty() {
            self.tell::<N>(verb, of, &json!({ "after": told(&linked) }));
        }
        Ok(())
    }

    async fn join<A: ActiveModelTrait>(
        &mut self,
        rows: Vec<A>,
    ) -> Result<Vec<QueryResult>, Refusal> {
        let records = rows.iter().map(|row| self.record(row)).collect();
        let Some(insertion) = Insertion::of::<A::Entity>(self.organization(), records)? else {
            return Ok(Vec::new());
        };
        let missing = format!(
            "ON CONFLICT DO NOTHING RETURNING {}",
            all_columns::<A::Entity>()
        );
        let (statement, values) = insertion.silent(None, &missing);
        self.write(A::Entity::default().table_name(), statement, values)
            .await
    }

    /// Parts what is joined, all in one statement; what is not joined is not missed, and not answered. `links` have the columns
    /// of the key.
    pub async fn unlink<N: Node, A: ActiveModelTrait>(
        &mut self,
        verb: &str,
        of: Id,
        links: Vec<A>,
    ) -> Result<Vec<<A::Entity as EntityTrait>::Model>, Refusal>
    where
        <A::Entity as EntityTrait>::Model: FromQueryResult,
    {
        let parted = self.part(links).await?;
        self.tell_links::<N, A::Entity>(verb, of, "before", &parted)
    }

    /// The same, with one entry of the trail for all: what `told` makes of those that were parted.
    pub async fn unlink_told<N: Node, A: ActiveModelTrait>(
        &mut self,
        verb: &str,
        of: Id,
        links: Vec<A>,
        told: impl FnOnce(&[<A::Entity as EntityTrait>::Model]) -> Json,
    ) -> Result<(), Refusal>
    where
        <A::Entity as EntityTrait>::Model: FromQueryResult,
    {
        let parted = models::<A::Entity>(&self.part(links).await?)?;
        if !parted.is_empty() {
            self.tell::<N>(verb, of, &json!({ "before": told(&parted) }));
        }
        Ok(())
    }

    async fn part<A: ActiveModelTrait>(
        &mut self,
        links: Vec<A>,
    ) -> Result<Vec<QueryResult>, Refusal> {
        let table = A::Entity::default().table_name().to_owned();
        let key: Vec<&str> = <A::Entity as EntityTrait>::PrimaryKey::iter()
            .map(|column| column.as_str())
            .collect();
        let key = quoted(&key);
        let records: Vec<_> = links.iter().map(|link| self.record(link)).collect();
        let statement = format!(
            "DELETE FROM \"{table}\" WHERE ({key}) IN \
             (SELECT {key} FROM jsonb_populate_recordset(NULL::\"{table}\", $1)) RETURNING {}",
            all_columns::<A::Entity>()
        );
        let values = vec![Json::from(records).into()];
        self.write(&table, statement, values).await
    }

    /// What is set, and whose it is: always the caller's.
    fn record<A: ActiveModelTrait>(&self, link: &A) -> Map<String, Json> {
        let mut record = written(link);
        if columns::<A::Entity>().any(|column| column == TENANT) {
            record.insert(TENANT.to_owned(), json!(self.organization()));
        }
        record
    }

    fn tell_links<N: Node, E: EntityTrait>(
        &mut self,
        verb: &str,
        of: Id,
        when: &str,
        rows: &[QueryResult],
    ) -> Result<Vec<E::Model>, Refusal>
    where
        E::Model: FromQueryResult,
    {
        for row in rows {
            let joined: Map<String, Json> = E::PrimaryKey::iter()
                .map(|column| column.as_str())
                .filter(|column| *column != TENANT)
                .map(|column| {
                    let value = row.try_get::<uuid::Uuid>("", column);
                    Ok((column.to_owned(), json!(value.map_err(Error::from)?)))
                })
                .collect::<Result<_, Error>>()?;
            self.tell::<N>(verb, of, &json!({ when: joined }));
        }
        models::<E>(rows)
    }
}

fn models<E: EntityTrait>(rows: &[QueryResult]) -> Result<Vec<E::Model>, Refusal>
where
    E::Model: FromQueryResult,
{
    rows.iter()
        .map(|row| Ok(E::Model::from_query_result(row, "").map_err(Error::from)?))
        .collect()
}
