//! Rows that are parts of another and are written again and again, as the passages of a text: what is there already is replaced,
//! what is left over goes. The audit trail has what was done to the whole, not every part.

use sea_orm::{ActiveModelTrait, EntityTrait, IdenStatic};
use serde_json::Value as Json;

use super::error::{Error, Result};
use super::insertion::{Insertion, identified};
use super::tx::{Changes, Tx, table, tenant, written};
use super::user_error::Refusal;
use super::{Id, Node};

/// A column of an object's table.
type Column<N> = <<N as Node>::Entity as EntityTrait>::Column;

impl Tx<'_> {
    /// Writes rows, all in one statement. Where one is there already with the same values in the columns of the key (a key of the
    /// table, beside the tenant), it stays who it is and gets what is given. Answers with all of them, in any order.
    pub async fn put<N: Node>(
        &mut self,
        rows: Vec<Changes<N>>,
        key: &[Column<N>],
    ) -> Result<Vec<N>, Refusal>
    where
        Changes<N>: ActiveModelTrait<Entity = N::Entity>,
    {
        let key: Vec<String> = std::iter::once(tenant::<N>())
            .chain(key.iter().map(|column| column.as_str().to_owned()))
            .collect();
        let replaced: Vec<String> = rows
            .first()
            .map(written)
            .unwrap_or_default()
            .keys()
            .filter(|column| *column != "id" && !key.contains(column))
            .map(|column| format!("\"{column}\" = excluded.\"{column}\""))
            .collect();
        let organization = self.organization();
        let (_, rows) = identified::<N>(organization, &rows);
        let Some(insertion) = Insertion::of::<N::Entity>(organization, rows)? else {
            return Ok(Vec::new());
        };
        let otherwise = format!(
            "ON CONFLICT ({}) DO UPDATE SET {}",
            key.join(", "),
            replaced.join(", ")
        );
        let (statement, values) = insertion.answering::<N>(None, &otherwise);
        self.write(&table::<N>(), statement, values)
            .await?
            .iter()
            .map(|row| Ok(N::from_query_result(row, "").map_err(Error::from)?))
            .collect()
    }

    /// Removes the parts of a whole from a place on, all in one statement; answers with how many there were.
    pub async fn remove_from<N: Node>(
        &mut self,
        (reference, whole): (Column<N>, Id),
        (place, first): (Column<N>, i32),
    ) -> Result<usize, Refusal> {
        let table = table::<N>();
        let statement = format!(
            "DELETE FROM \"{table}\" WHERE \"{}\" = $1 AND \"{}\" = $2 AND \"{}\" >= $3 RETURNING id",
            tenant::<N>(),
            reference.as_str(),
            place.as_str(),
        );
        let values = vec![self.organization().into(), whole.0.into(), first.into()];
        Ok(self.write(&table, statement, values).await?.len())
    }

    /// Notes for the audit trail what was done to a whole by its parts.
    pub fn note<N: Node>(&mut self, verb: &str, id: Id, said: &Json) {
        self.tell::<N>(verb, id, said);
    }
}
